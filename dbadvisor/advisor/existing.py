"""How two index definitions stand to each other: which one makes the other needless."""

from collections.abc import Sequence
from dataclasses import replace

from dbadvisor.model.catalog import Catalog
from dbadvisor.model.index import IndexDefinition, IndexKey
from dbadvisor.model.snapshot import Index
from dbadvisor.sqltext.predicates import canonical_expression


def usable(index: Index) -> bool:
    """Whether the planner may use the index now."""
    return index.valid and index.ready


def canonical(definition: IndexDefinition) -> IndexDefinition:
    """The definition with expressions and predicate in one spelling, so that equal meanings compare equal.

    Without name-giving or storage parts (options, uniqueness): those change nothing that the planner reads.
    """
    return replace(
        definition,
        keys=tuple(_canonical_key(key) for key in definition.keys),
        where=canonical_expression(definition.where) if definition.where else None,
        unique=False,
        nulls_not_distinct=False,
        options=(),
    )


def covers(wide: IndexDefinition, narrow: IndexDefinition) -> bool:
    """Whether `wide` can do all that `narrow` does: the same keys first, in the same or wholly reversed order.

    A partial index only stands in for one with the same predicate; a full one also for a partial one.
    """
    wide, narrow = canonical(wide), canonical(narrow)
    if wide.table != narrow.table or wide.method != narrow.method or wide.where not in (None, narrow.where):
        return False
    if wide.method != "btree":
        return (wide.keys, wide.where) == (narrow.keys, narrow.where)
    return _leads(wide.keys, narrow.keys) and set(narrow.include) <= {*wide.include, *wide.columns}


def stands_for(wide: IndexDefinition, narrow: IndexDefinition) -> bool:
    """Like `covers`, for the same predicate: nothing of `narrow` is lost, its smallness set apart."""
    return covers(wide, narrow) and canonical(wide).where == canonical(narrow).where


def already_there(catalog: Catalog, candidate: IndexDefinition, *, exactly: bool = False) -> bool:
    """Whether a usable index has the candidate's keys in front, or where `exactly` is asked is the very same.

    A partial candidate beside a full index is new.
    """
    there = [index.definition for index in catalog.indexes_of(candidate.table) if usable(index)]
    if exactly:
        return any(canonical(one) == canonical(candidate) for one in there)
    return any(stands_for(one, candidate) for one in there)


def leads_with(definition: IndexDefinition, columns: Sequence[str]) -> bool:
    """Whether a full B-tree begins with exactly these columns, in any order: what a foreign key needs."""
    if definition.method != "btree" or definition.where is not None:
        return False
    return {key.column for key in definition.keys[: len(columns)]} == set(columns)


def _canonical_key(key: IndexKey) -> IndexKey:
    return replace(key, expression=canonical_expression(key.expression)) if key.expression else key


def _leads(keys: tuple[IndexKey, ...], wanted: tuple[IndexKey, ...]) -> bool:
    front = keys[: len(wanted)]
    return front == wanted or tuple(reverse(key) for key in front) == wanted


def reverse(key: IndexKey) -> IndexKey:
    """The key as a backward scan delivers it."""
    return replace(key, descending=not key.descending, nulls_first=not key.nulls_first)
