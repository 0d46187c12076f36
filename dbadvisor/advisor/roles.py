"""What one table instance of a statement offers to an index: its equalities, ranges, joins and orders as keys."""

import math
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from dbadvisor.advisor.indexable import TEXT_TYPES, base_type, column_may, expression_columns, expression_may
from dbadvisor.model.catalog import Catalog
from dbadvisor.model.index import IndexKey
from dbadvisor.model.names import Name
from dbadvisor.model.snapshot import Column, Table
from dbadvisor.sqltext.shape import JoinKey, Op, Predicate, SortKey, TableUse

Keys = tuple[IndexKey, ...]

_FLAGS = (Op.IS_NULL, Op.TRUE, Op.FALSE)
_EQUAL = (Op.EQ, *_FLAGS)
_PATTERN_OPCLASS = {"character": "bpchar_pattern_ops", "bpchar": "bpchar_pattern_ops"}


@dataclass(frozen=True, slots=True)
class Roles:
    """The keys of an instance by what the statement asks of them. Equalities stand most selective first."""

    equal: Keys = ()
    flags: Keys = ()
    """IS NULL and booleans: they narrow behind other keys or as a partial index's condition, and never lead. For
    NULLs the planner takes the correlation of the other values, and so believes them to lie together."""
    many: Keys = ()
    """IN lists: equalities that deliver no order."""
    span: Keys = ()
    """Ranges and LIKE prefixes."""
    joins: tuple[Keys, ...] = ()
    """One tuple for each instance that it is joined to."""
    sort: Keys = ()
    group: Keys = ()
    arms: Keys = ()
    """Columns of the arms of an OR."""


def roles(catalog: Catalog, table: Table, use: TableUse) -> Roles:
    """The roles of the instance's columns and immutable expressions; what cannot be a key is left out."""
    by_op: dict[str, list[IndexKey]] = defaultdict(list)
    for predicate in use.predicates:
        role = _role(predicate)
        key = _predicate_key(catalog, table, predicate) if role else None
        if role and key:
            by_op[role].append(key)
    equal = sorted(dict.fromkeys(by_op["equal"]), key=lambda key: (-distinct(catalog, table, key), key.sql))
    return Roles(
        equal=tuple(equal),
        flags=_unique(by_op["flags"]),
        many=_unique(by_op["many"]),
        span=_unique([*by_op["span"], *_range_joins(catalog, table, use)]),
        joins=_joins(catalog, table, use),
        sort=_orders(catalog, table, use.sort),
        group=tuple(_plain(key) for key in _orders(catalog, table, use.group)),
        arms=_unique(by_op["arms"]),
    )


def distinct(catalog: Catalog, table: Table, key: IndexKey) -> float:
    """How many different values the key has by the statistics: rows of the table where nothing is known.

    An expression has as many as its column at best, for want of statistics of its own.
    """
    rows = max(1.0, catalog.rows(table.name))
    column = table.column(key.column) if key.column is not None else None
    if column is None or column.statistics is None:
        return rows
    figure = column.statistics.n_distinct
    return figure if figure >= 0 else -figure * rows


def repeats(catalog: Catalog, table: Table, keys: Keys) -> float:
    """How many rows share the same values of all keys, taken as independent of each other: 1 where none do."""
    values = math.prod(distinct(catalog, table, key) for key in keys)
    return max(1.0, catalog.rows(table.name) / max(1.0, values))


def _role(predicate: Predicate) -> str | None:
    if predicate.under_or:
        return "arms" if predicate.op in (*_EQUAL, Op.IN, Op.RANGE) else None
    if predicate.op in _FLAGS:
        return "flags"
    if predicate.op is Op.EQ:
        return "equal"
    if predicate.op is Op.IN:
        return "many"
    return "span" if predicate.op in (Op.RANGE, Op.LIKE_PREFIX) else None


def _predicate_key(catalog: Catalog, table: Table, predicate: Predicate) -> IndexKey | None:
    key = _key(catalog, table, predicate.column, predicate.expression, predicate.columns)
    if key is None or predicate.op is not Op.LIKE_PREFIX:
        return key
    column = table.column(predicate.columns[0])
    return _prefix_key(catalog, key, column) if column else None


def _prefix_key(catalog: Catalog, key: IndexKey, column: Column) -> IndexKey | None:
    """LIKE 'x%' can use the default operator class only where the order is byte-wise (collation C)."""
    if base_type(column) not in TEXT_TYPES:
        return None
    collation = column.collation or catalog.snapshot.server.collation
    if collation.strip('"').rpartition(".")[2].strip('"') in ("C", "POSIX", "ucs_basic"):
        return key
    # The pattern class of text serves varchar and expressions of either, too.
    opclass = _PATTERN_OPCLASS.get(base_type(column), "text_pattern_ops") if key.column else "text_pattern_ops"
    return IndexKey(column=key.column, expression=key.expression, opclass=opclass)


def _key(
    catalog: Catalog, table: Table, column: str | None, expression: str | None, columns: tuple[str, ...]
) -> IndexKey | None:
    if column is not None:
        return IndexKey(column=column) if column_may(catalog, table.column(column)) else None
    if expression and expression_may(catalog, table.name, expression, columns):
        return IndexKey(expression=expression)
    return None


def _joins(catalog: Catalog, table: Table, use: TableUse) -> tuple[Keys, ...]:
    groups: dict[str, list[IndexKey]] = defaultdict(list)
    for join in use.joins:
        if join.operator == "=" and (key := _join_key(catalog, table, join)):
            groups[join.other].append(key)
    return tuple(dict.fromkeys(_unique(keys) for keys in groups.values()))


def _range_joins(catalog: Catalog, table: Table, use: TableUse) -> list[IndexKey]:
    found = (_join_key(catalog, table, join) for join in use.joins if join.operator in ("<", "<=", ">", ">="))
    return [key for key in found if key]


def _join_key(catalog: Catalog, table: Table, join: JoinKey) -> IndexKey | None:
    return _key(catalog, table, join.column, join.expression, expression_columns(table, join.expression))


def _orders(catalog: Catalog, table: Table, keys: tuple[SortKey, ...]) -> Keys:
    """The leading sort keys that can be index keys, with their directions."""
    found: list[IndexKey] = []
    for sort in keys:
        key = _key(catalog, table, sort.column, sort.expression, expression_columns(table, sort.expression))
        if key is None:
            break
        found.append(
            IndexKey(
                column=key.column,
                expression=key.expression,
                descending=sort.descending,
                nulls_first=sort.nulls_first,
            )
        )
    return tuple(found)


def _plain(key: IndexKey) -> IndexKey:
    return IndexKey(column=key.column, expression=key.expression)


def _unique(keys: list[IndexKey]) -> Keys:
    return tuple(dict.fromkeys(keys))


def popularity(uses: Mapping[Name, tuple[TableUse, ...]], table: Name) -> Mapping[str, int]:
    """How many instances of the table, over all statements, compare each column for equality."""
    counts: dict[str, int] = defaultdict(int)
    for use in uses.get(table, ()):
        names = {p.column for p in use.conjuncts if p.column and p.op in (*_EQUAL, Op.IN)}
        names |= {join.column for join in use.joins if join.column and join.operator == "="}
        for name in names:
            counts[name] += 1
    return counts
