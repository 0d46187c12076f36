"""Sets beside a set: an index merged with another, without a column that it includes, with fewer keys."""

from collections.abc import Iterator
from dataclasses import replace

from dbadvisor.advisor.candidates import MAX_COLUMNS
from dbadvisor.advisor.costing import Costing, Indexes
from dbadvisor.advisor.existing import already_there
from dbadvisor.advisor.packages import columns_of, joined
from dbadvisor.model.index import IndexDefinition

POOL = 400
"""Known indexes up to which a chosen one is merged with those that are not chosen, too."""

Neighbour = tuple[Indexes, IndexDefinition]
"""What leaves the set, and what comes instead."""


def neighbours(chosen: Indexes, pool: Indexes, costing: Costing) -> list[Neighbour]:
    """Every way to change one index of the set a little, the smallest new index first; none is there already."""
    found = dict.fromkeys(
        (gone, new)
        for index in sorted(chosen, key=lambda one: one.body)
        for gone, new in _around(index, chosen, pool)
        if new not in chosen and not already_there(costing.catalog, new)
    )
    sizes = {new: costing.bytes(new) for _, new in found}
    known = [pair for pair in found if pair[1] not in costing.refused]
    return sorted(known, key=lambda pair: (sizes[pair[1]], pair[1].body))


def _around(index: IndexDefinition, chosen: Indexes, pool: Indexes) -> Iterator[Neighbour]:
    alone = frozenset((index,))
    for less in _lessened(index):
        yield alone, less
    if index.method != "btree":
        return
    others = chosen | (pool if len(pool) < POOL else frozenset())
    for other in sorted(others, key=lambda one: one.body):
        if other != index and mergeable(index, other):
            gone = frozenset((index, other)) & chosen
            for new in dict.fromkeys((joined(index, other), joined(other, index))):
                if new not in (index, other) and len(columns_of(new)) <= MAX_COLUMNS:
                    yield gone, new


def mergeable(one: IndexDefinition, other: IndexDefinition) -> bool:
    """Whether one B-tree could do both's work: they lead with the same key over the same rows."""
    alike = (one.table, one.where, one.method) == (other.table, other.where, other.method)
    return alike and one.keys[0] == other.keys[0]


def _lessened(index: IndexDefinition) -> Iterator[IndexDefinition]:
    """Without one included column, without all of them, with a front of the keys alone or with the rest included."""
    for column in index.include:
        yield replace(index, include=tuple(one for one in index.include if one != column))
    if index.include:
        yield replace(index, include=())
    for front in range(1, len(index.keys)):
        keys = index.keys[:front]
        yield replace(index, keys=keys, include=())
        rest = [key.column for key in index.keys[front:] if key.column]
        if len(rest) == len(index.keys) - front:
            yield replace(index, keys=keys, include=tuple(sorted({*index.include, *rest})))
