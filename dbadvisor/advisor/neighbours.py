"""Sets beside a set: an index merged with another, without a column that it includes, with fewer keys."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from dbadvisor.advisor.candidates import Field
from dbadvisor.advisor.costing import Costing, Indexes
from dbadvisor.advisor.packages import unions
from dbadvisor.model.index import IndexDefinition

POOL = 400
"""Known indexes up to which a chosen one is merged with those that are not chosen, too."""


@dataclass(frozen=True, slots=True)
class Neighbour:
    """One step away from a set."""

    gone: Indexes
    """What leaves the set."""
    new: IndexDefinition
    """What comes instead."""
    of: Indexes
    """The indexes whose work the new one would do."""


def neighbours(chosen: Indexes, pool: Indexes, costing: Costing, field: Field) -> list[Neighbour]:
    """Every way to change one index of the set a little; none is there already.

    Two of the set made one come first, then what is smaller, then what does a further index's work, too; among those
    the ones that save the most disk, or take the least.
    """
    found = dict.fromkeys(
        step
        for index in sorted(chosen, key=lambda one: one.body)
        for step in _around(index, chosen, pool)
        if step.new not in chosen and not field.there(step.new)
    )
    more = {step: costing.bytes(step.new) - sum(map(costing.bytes, step.gone)) for step in found}
    known = [step for step in found if step.new not in costing.refused]
    return sorted(known, key=lambda step: (len(step.of - chosen), -len(step.gone), more[step], step.new.body))


def _around(index: IndexDefinition, chosen: Indexes, pool: Indexes) -> Iterator[Neighbour]:
    alone = frozenset((index,))
    for less in _lessened(index):
        yield Neighbour(alone, less, alone)
    others = chosen | (pool if len(pool) < POOL else frozenset())
    for other in sorted(others - alone, key=lambda one: one.body):
        both = frozenset((index, other))
        yield from (Neighbour(both & chosen, new, both) for new in unions(index, other))


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
