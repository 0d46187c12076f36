"""Which indexes are worth asking about: candidates of each heavy statement, explored and then merged."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations

from dbadvisor.advisor.candidates import MAX_INCLUDED, MAX_KEYS, Field, candidates
from dbadvisor.advisor.costing import Costing, Indexes, explore
from dbadvisor.advisor.load import Load
from dbadvisor.model.index import IndexDefinition
from dbadvisor.sqltext.shape import QueryShape

COVERED = 0.999
"""Share of the workload's time whose statements are explored; what is left could not earn an index its place."""
MOST = 150
"""Statements explored at most. Keeping 99 % of the cost lost nothing on TPC-DS."""
CHEAP = 10.0
"""Planner cost below which a statement is as good as it gets: a look-up by primary key costs about 8."""
CALLS = 12
"""What-if questions for one statement's exploration; 14 were enough to find all that counts on TPC-H and TPC-DS."""
MAX_MERGED = 40
"""Merged candidates over the whole workload."""


def learn(
    costing: Costing,
    field: Field,
    loads: Sequence[Load],
    proposed: Mapping[str, Indexes],
) -> None:
    """Fills `costing` with the packages of the heavy loads; `proposed` adds findings' own indexes by load."""
    wanted = {load.key: _wanted(field, load.shape, proposed.get(load.key, frozenset())) for load in _heavy(loads)}
    for load in _heavy(loads):
        explore(costing, load, wanted[load.key], CALLS)
    _share(costing, [load for load in loads if load.key in wanted])
    for load in loads:
        if load.key not in wanted and load.key in proposed:
            explore(costing, load, proposed[load.key], CALLS)


def _wanted(field: Field, shape: QueryShape, proposed: Indexes) -> Indexes:
    return proposed.union(*(candidates(field, use) for use in shape.uses))


def _heavy(loads: Sequence[Load]) -> Iterator[Load]:
    """The heaviest loads until nearly all time is covered, without those that are cheap already."""
    left = COVERED * sum(load.at_stake for load in loads)
    for load in sorted(loads, key=lambda load: (-load.at_stake, load.key))[:MOST]:
        if left <= 0:
            return
        left -= load.at_stake
        if load.cost > CHEAP:
            yield load


def _share(costing: Costing, loads: Sequence[Load]) -> None:
    """Asks each statement about merged indexes and about those that other statements were seen to use."""
    used = {load.key: frozenset[IndexDefinition]().union(*(p for p, _ in costing.packages(load))) for load in loads}
    everything = frozenset[IndexDefinition]().union(*used.values())
    extra = frozenset(list(merged(everything))[:MAX_MERGED])
    for load in loads:
        foreign = frozenset(index for index in everything | extra if index.table in load.tables) - used[load.key]
        if foreign:
            explore(costing, load, foreign, CALLS // 2)


def merged(indexes: Iterable[IndexDefinition]) -> Iterator[IndexDefinition]:
    """One index for two, where the keys of one begin those of the other: the longer keys, both INCLUDEs."""
    ordered = sorted(indexes, key=lambda index: index.body)
    for one, other in combinations(ordered, 2):
        short, long = sorted((one, other), key=lambda index: len(index.keys))
        alike = (short.table, short.method, short.where) == (long.table, long.method, long.where)
        if not alike or short.method != "btree" or long.keys[: len(short.keys)] != short.keys:
            continue
        include = tuple(dict.fromkeys(c for c in long.include + short.include if c not in long.columns))
        both = IndexDefinition(long.table, long.keys, include, long.where)
        if both not in (one, other) and len(include) <= MAX_INCLUDED and len(long.keys) <= MAX_KEYS:
            yield both
