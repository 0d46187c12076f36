"""Which indexes plans use together: the packages of each heavy statement, explored and then shared between statements.

Nobody can ask about every set of candidates. A statement is planned with all of its candidates at once, then with
fewer: each answer's largest indexes are forbidden on their tables, one table at a time, so that cheaper and cheaper
ways come to light. What one statement was seen to use is then offered to the others, alone and merged.
"""

import heapq
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import combinations, count

from dbadvisor.advisor.candidates import MAX_COLUMNS, MAX_KEYS, Field, candidates
from dbadvisor.advisor.costing import Costing, Indexes, Package
from dbadvisor.advisor.load import Load, saving
from dbadvisor.model.index import IndexDefinition
from dbadvisor.model.names import Name

COVERED = 0.999
"""Share of the workload's time whose statements are explored; what is left could not earn an index its place."""
MOST = 400
"""Statements explored at most; the rest are planned with what those led to."""
CHEAP = 10.0
"""Planner cost below which a statement is as good as it gets: a look-up by primary key costs about 8."""
PLAIN_CALLS = 4
"""Questions about a statement's plain one- and two-column candidates."""
CALLS = 8
"""Questions about all of a statement's candidates; from 14 on nothing more was found on TPC-H and TPC-DS."""
SHARED_CALLS = 5
"""Questions about what other statements use."""
USEFUL = 0.9995
"""A package must bring the cost below this share of today's."""
MAX_MERGED = 12
"""Merged candidates of one table."""
POPULAR = 40
"""Indexes of one table, the most useful first, that are tried for merging."""

Price = Callable[[IndexDefinition], float]
"""What an index takes of whatever is scarce; exploration forbids the dearest first."""


_FIRST = -float("inf")
_NO_CAP = float("inf")
_State = tuple[float, int, Indexes, dict[Name, float]]
"""What to ask next: urgency (least first), order, the indexes to choose from, and the cap on each table."""


class Explorer:
    """Learns packages; what it asks for stays in `costing`."""

    def __init__(self, costing: Costing, field: Field) -> None:
        self.costing = costing
        self.own: dict[str, Indexes] = {}
        """Candidates by explored load."""
        self.extra: set[IndexDefinition] = set()
        """Merged candidates, which belong to no one statement."""
        self.field = field

    def learn(self, loads: Sequence[Load], proposed: Mapping[str, Indexes]) -> None:
        """Explores the heavy loads; `proposed` adds findings' own indexes by load, explored whatever the load."""
        heavy = list(heaviest(loads, 1.0 if self.field.exactly else COVERED))
        for load in heavy:
            self.own[load.key] = self._candidates(load) | proposed.get(load.key, frozenset())
        for load in heavy:
            own = self.own[load.key]
            self.explore(load, frozenset(index for index in own if _plain(index)), PLAIN_CALLS)
            self.explore(load, own, CALLS)
        self._share(heavy)
        for load in loads:
            if load.key not in self.own and load.key in proposed:
                self.own[load.key] = proposed[load.key]
                self.explore(load, proposed[load.key], CALLS)

    def explore(self, load: Load, allowed: Indexes, calls: int, price: Price | None = None) -> None:
        """Plans with all that is allowed, then below a cap on each table: only what is smaller than what was used.

        Of several indexes that a plan uses on one table each is also tried without the others: a statement's samples
        may each take another one where the right one would serve them all.
        `calls` bounds the questions; those that earlier answers answer are free. `price` stands in for the size.
        """
        costs = price or self.costing.bytes
        queue: list[_State] = [(0.0, 0, allowed, {})]
        seen, number, asked = set[Indexes](), count(1), 0
        while queue and asked < calls:
            _, _, base, caps = heapq.heappop(queue)
            some = _below(base, caps, costs) if caps else base  # no size is asked for before all are made at once
            if some in seen:
                continue
            seen.add(some)
            free = self.costing.derived
            answer = self.costing.ask(load, some)
            asked += self.costing.derived == free
            for index in sorted(answer.used, key=lambda one: one.body):
                lower = {**caps, index.table: min(costs(index), caps.get(index.table, _NO_CAP))}
                heapq.heappush(queue, (-costs(index), next(number), base, lower))
            for fewer in _each_alone(answer.used):
                heapq.heappush(queue, (_FIRST, next(number), fewer, {}))
            if len(seen) == 1 and price is None:
                for table in _several({index.table for index in answer.used}):
                    heapq.heappush(queue, (_FIRST, next(number), allowed, dict.fromkeys(load.tables - {table}, 0.0)))

    def relevant(self, load: Load, indexes: Iterable[IndexDefinition]) -> Indexes:
        """Those that one of the statement's tables could read by: they hold a column that it reads there."""
        read: dict[Name, set[str]] = defaultdict(set)
        for use in load.shape.uses:
            read[self.costing.catalog.root(use.table)] |= {*use.columns}
        return frozenset(
            index
            for index in indexes
            if index.table in load.tables
            and (any(key.expression for key in index.keys) or not read[index.table].isdisjoint(columns_of(index)))
        )

    def seen(self, loads: Iterable[Load]) -> dict[str, Indexes]:
        """The indexes that each statement's useful packages hold."""
        none: Indexes = frozenset()
        return {load.key: none.union(*(package.used for package in useful(self.costing, load))) for load in loads}

    def _candidates(self, load: Load) -> Indexes:
        none: Indexes = frozenset()
        return none.union(*(candidates(self.field, use) for use in load.shape.uses))

    def _share(self, loads: Sequence[Load]) -> None:
        used = self.seen(loads)
        self.extra |= set(self._merged(loads))
        everything = frozenset[IndexDefinition]().union(*used.values(), self.extra)
        for load in loads:
            foreign = self.relevant(load, everything - used[load.key])
            if foreign:
                self.explore(load, foreign, SHARED_CALLS)

    def _merged(self, loads: Sequence[Load]) -> Iterator[IndexDefinition]:
        """Indexes that can do two indexes' work, the most useful of each table tried with each other."""
        gains: dict[IndexDefinition, float] = defaultdict(float)
        for load in loads:
            for package in useful(self.costing, load):
                for index in package.used:
                    gain = saving(load, package.cost) / len(package.used)
                    gains[index] = max(gains[index], gain)
        tables: dict[Name, list[IndexDefinition]] = defaultdict(list)
        for index in sorted(gains, key=lambda index: (-gains[index], index.body)):
            tables[index.table].append(index)
        for popular in tables.values():
            found = [one for one in merged(popular[:POPULAR]) if not self.field.there(one)]
            yield from [one for one in dict.fromkeys(found) if one not in gains][:MAX_MERGED]


def heaviest(loads: Sequence[Load], covered: float = COVERED) -> Iterator[Load]:
    """The heaviest loads until that share of all time is covered, without those that are cheap already."""
    left = covered * sum(load.at_stake for load in loads)
    for load in sorted(loads, key=lambda load: (-load.at_stake, load.key))[:MOST]:
        if left <= 0:
            return
        left -= load.at_stake
        if load.cost > CHEAP:
            yield load


def merged(indexes: Sequence[IndexDefinition]) -> Iterator[IndexDefinition]:
    """Both keys' orders of every two B-trees that lead with the same key, with the union of their columns."""
    for one, other in combinations(indexes, 2):
        yield from unions(one, other)


def unions(one: IndexDefinition, other: IndexDefinition) -> Iterator[IndexDefinition]:
    """What could do both indexes' work: of two B-trees that lead with the same key over the same rows."""
    alike = (one.table, one.where, one.method) == (other.table, other.where, other.method)
    if not alike or one.method != "btree" or one.keys[0] != other.keys[0]:
        return
    for both in dict.fromkeys((joined(one, other), joined(other, one))):
        if both not in (one, other) and len(columns_of(both)) <= MAX_COLUMNS:
            yield both


def joined(first: IndexDefinition, second: IndexDefinition) -> IndexDefinition:
    """The first's keys with the columns of both; the longer keys where one begins with the other."""
    longer = second.keys[: len(first.keys)] == first.keys and len(second.keys) <= MAX_KEYS
    keys = second.keys if longer else first.keys
    keyed = {key.column for key in keys}
    rest = {*columns_of(first), *columns_of(second)} - keyed
    return IndexDefinition(first.table, keys, tuple(sorted(rest)), first.where)


def columns_of(index: IndexDefinition) -> tuple[str, ...]:
    """Every column that the index holds."""
    return (*index.columns, *index.include)


def useful(costing: Costing, load: Load) -> list[Package]:
    """The statement's packages that save something, cheapest first."""
    found = costing.packages(load)
    return [package for package in found if package.used and package.cost < USEFUL * load.cost]


def _plain(index: IndexDefinition) -> bool:
    return not index.include and not index.where and len(index.keys) <= 2


def _below(indexes: Indexes, caps: Mapping[Name, float], costs: Price) -> Indexes:
    return frozenset(one for one in indexes if costs(one) < caps.get(one.table, _NO_CAP))


def _each_alone(used: Indexes) -> Iterator[Indexes]:
    """Of the sets with several indexes of one table, those with one of them."""
    for index in sorted(used, key=lambda one: one.body):
        fewer = frozenset(one for one in used if one == index or one.table != index.table)
        if fewer != used:
            yield fewer


def _several(tables: set[Name]) -> list[Name]:
    return sorted(tables) if len(tables) > 1 else []
