"""Which columns share their values: foreign keys, partitions and heirs, and what statements and views join."""

import re
from collections.abc import Iterator

from dbadvisor.model.catalog import Catalog
from dbadvisor.redaction.values import Key
from dbadvisor.sqltext.parse import Unparsable
from dbadvisor.sqltext.predicates import shape
from dbadvisor.sqltext.printing import canonical_expression
from dbadvisor.sqltext.shape import JoinKey, QueryShape, TableUse

_NOW = re.compile(
    r"\b(now|transaction_timestamp|statement_timestamp|clock_timestamp)\(\)|\b(current|local)_?(date|timestamp|time)\b",
    re.IGNORECASE,
)


def joins(catalog: Catalog) -> Iterator[tuple[Key, Key]]:
    """Pairs of columns (or expressions) that are to be mapped alike."""
    for key in catalog.snapshot.foreign_keys:
        for own, other in zip(key.columns, key.referenced_columns, strict=False):
            yield Key(key.table, own), Key(key.referenced, other)
    for table in catalog.snapshot.tables:
        for parent in filter(None, (table.parent, *table.further_parents)):
            above = catalog.tables.get(parent)
            for column in table.columns if above else ():
                if above and above.column(column.name):
                    yield Key(table.name, column.name), Key(parent, column.name)
    for found in _shapes(catalog):
        yield from _joined(found)


def anchored(catalog: Catalog) -> Iterator[Key]:
    """Columns that a statement compares with the present."""
    for found in _shapes(catalog):
        for use in found.uses:
            for predicate in use.predicates:
                if predicate.column and predicate.value and _NOW.search(predicate.value):
                    yield Key(use.table, predicate.column)


def _shapes(catalog: Catalog) -> Iterator[QueryShape]:
    """Of statements, their samples and views; those of one fingerprint join alike, but only samples name everything."""
    snapshot = catalog.snapshot
    texts = [sample.sql for each in snapshot.statements for sample in each.samples]
    texts += [each.text for each in snapshot.statements] + [view.definition for view in snapshot.views]
    texts += [table.definition for table in snapshot.tables if table.definition]
    for text in dict.fromkeys(texts):
        try:
            yield shape(text, catalog)
        except Unparsable:
            continue


def _joined(found: QueryShape) -> Iterator[tuple[Key, Key]]:
    uses = {use.alias: use for use in found.uses}
    for use in found.uses:
        for join in use.joins:
            other = uses.get(join.other)
            own = _key(use, join)
            if other and own and join.other_column:
                yield own, Key(other.table, join.other_column)


def _key(use: TableUse, join: JoinKey) -> Key | None:
    if join.column:
        return Key(use.table, join.column)
    return Key(use.table, canonical_expression(join.expression), expression=True) if join.expression else None
