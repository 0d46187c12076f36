"""The set of indexes for the whole workload: chosen by a program over what plans were seen to use, proved by planning.

The program knows the packages that were explored; the set that it picks is planned for real, for every statement.
What that teaches, and what the budget's dual price makes worth asking, goes into the next round, until program and
planner agree. Then the set's neighbours (merged, shortened) are tried in the same way. The best set that was planned
wins, not the last.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from time import monotonic

from dbadvisor.advisor.costing import Answer, Costing, Indexes
from dbadvisor.advisor.existing import stands_for
from dbadvisor.advisor.load import Load, saving
from dbadvisor.advisor.neighbours import neighbours
from dbadvisor.advisor.options import Options
from dbadvisor.advisor.packages import Explorer, useful
from dbadvisor.advisor.program import Limits, Offer, Program, Solution
from dbadvisor.advisor.writecost import WriteCost
from dbadvisor.model.index import IndexDefinition
from dbadvisor.model.names import Name

COUNT_PRICE = 0.001
"""Share of the workload's time that every index must earn besides its writes: maintenance, planning time, a human's
attention. On TPC-DS 0.1 to 0.2 % removed a third of the indexes and cost 0.1 to 0.2 points of gain."""
SIZE_PRICE = 0.01
"""Share of the workload's time that an index as large as all tables together must earn: cache and backups."""
WIDE_PRICE = 0.005
"""Share that an index with INCLUDE, or with more than `WIDE` keys, must earn on top: it mostly saves reading the table,
which pays only while VACUUM keeps up, and ends HOT updates of its columns."""
WIDE = 3
"""Keys of a plain index at most: what a fourth narrows is little."""
TIE_PRICE = 1e-6
"""Share by which a smaller set wins where nothing else is counted: as large as all tables together."""
TRIVIAL_COST = 10.0
"""Planner cost units (ten blocks read in sequence) that nobody feels."""
ROUNDS = 6
"""Rounds of choosing and planning; on TPC-H and TPC-DS program and planner agreed after two or three."""
AGREE = 2e-4
"""Share of the cost up to which program and planner agree."""
GAP = 5e-4
"""Share of the cost up to which the program's best set is proved to be the best."""
ROUGH_GAP = 3e-3
"""The same for rounds on the way."""
WORTH = 1.5
"""An index is worth asking about while its price is below this multiple of what its statement could still gain."""
ROUND_CALLS = 3
"""Questions of one statement between two rounds."""
PROOFS = 8
"""Times that a set is chosen anew because its plans, asked for as they are, are worse than those derived."""
STARTS = (2.0, 0.5)
"""Shares of the budget that are searched first."""
TRIED = 300
"""Questions about a set's neighbours in one round."""
EMPTY: Indexes = frozenset()


@dataclass(frozen=True, slots=True)
class Found:
    """A set that was planned."""

    chosen: Indexes
    value: float
    """Milliseconds of the window saved, less the prices."""
    left: float
    """Share of the workload's cost that is left."""
    solution: Solution
    """The last word of the program within the same limits."""


@dataclass(slots=True)
class Selector:
    """Chooses from the packages that `explorer` has learnt about the loads."""

    loads: tuple[Load, ...]
    total: float
    """Milliseconds of the window that the whole workload stands for, above 0: what shares are shares of."""
    explorer: Explorer
    writes: WriteCost
    options: Options
    table_bytes: int
    """Size of all tables: what sizes of indexes are held against."""
    _prices: dict[IndexDefinition, float] = field(default_factory=dict)
    _on: dict[Name, list[int]] = field(default_factory=lambda: defaultdict(list))
    """Places of the loads on each table."""
    _deadline: float = field(init=False)

    def __post_init__(self) -> None:
        self._deadline = monotonic() + self.options.time_limit
        for place, load in enumerate(self.loads):
            for table in load.tables:
                self._on[table].append(place)

    @property
    def costing(self) -> Costing:
        """Where what-if questions are asked."""
        return self.explorer.costing

    def search(self, limits: Limits, start: Indexes = EMPTY) -> Found:
        """The best set within the limits that was planned.

        Looser and tighter limits are searched first: what they teach is worth more than asking longer.
        """
        if limits.bytes is not None:
            for share in STARTS:
                self._rounds(replace(limits, bytes=int(share * limits.bytes)), self.planned(EMPTY))
        best = self._rounds(limits, self.planned(start))
        while not self.out_of_time:
            if not self._neighbourhood(best.chosen, limits):
                break
            better = self._rounds(limits, best)
            improved = better.value > best.value + AGREE * self._scale(best)
            best = better
            if not improved:
                break
        return self._proved(limits, best)

    @property
    def out_of_time(self) -> bool:
        """Whether the time limit ended the search."""
        return monotonic() > self._deadline

    def answers(self, chosen: Indexes) -> dict[str, Answer]:
        """Every load's plans where exactly these indexes exist."""
        return self.costing.ask_all(self.loads, chosen)

    def touching(self, indexes: Indexes) -> list[Load]:
        """The loads on the indexes' tables, always in the same order: sums of figures hang on it."""
        tables = {index.table for index in indexes}
        return [self.loads[place] for place in sorted({place for table in tables for place in self._on[table]})]

    def price(self, index: IndexDefinition) -> float:
        """Milliseconds of the window that the index must earn before it is worth having."""
        if index not in self._prices:
            self._prices[index] = self._priced(index)
        return self._prices[index]

    def _priced(self, index: IndexDefinition) -> float:
        share = self.costing.bytes(index) / max(1, self.table_bytes)
        if self.options.as_peers:
            return self.total * TIE_PRICE * share
        wide = WIDE_PRICE if index.include or len(index.keys) > WIDE else 0.0
        return self.writes.burden(index).ms + self.total * (COUNT_PRICE + wide + SIZE_PRICE * share)

    def value(self, chosen: Indexes) -> float:
        """Milliseconds saved by the set, as planned, less its price."""
        return self.saved(chosen) - math.fsum(self.price(index) for index in chosen)

    def saved(self, chosen: Indexes, loads: Sequence[Load] | None = None) -> float:
        """Milliseconds saved by the set, as planned; of these loads alone where they are given."""
        loads = self.touching(chosen) if loads is None else loads
        answers = self.costing.ask_all(loads, chosen)
        return sum(saving(load, answers[load.key].cost) for load in loads)

    def left(self, chosen: Indexes) -> float:
        """Share of the workload's cost that is left with the set, as planned."""
        return 1 - self.saved(chosen) / self.total

    def fits(self, chosen: Indexes) -> bool:
        """Whether the set keeps to the budget and the counts."""
        tables = Counter(index.table for index in chosen)
        found = (
            (self.options.max_indexes, len(chosen)),
            (self.options.max_per_table, max(tables.values(), default=0)),
            (self.options.budget_bytes, sum(map(self.costing.bytes, chosen))),
        )
        return all(limit is None or figure <= limit for limit, figure in found)

    def regressed(self, chosen: Indexes) -> Iterator[tuple[Load, Answer, float]]:
        """Noteworthy statements of which a sample gets dearer with the set, and how many times."""
        loads = self.touching(chosen)
        answers = self.costing.ask_all(loads, chosen)
        for load in loads:
            worst = self.worse(load, answers[load.key].costs)
            if worst and answers[load.key].used:
                yield load, answers[load.key], worst

    def _rounds(self, limits: Limits, best: Found) -> Found:
        solution, agreed = best.solution, False
        for turn in range(ROUNDS):
            last = agreed or turn == ROUNDS - 1 or self.out_of_time
            solution = self.program(limits).solve(
                gap=(GAP if last else ROUGH_GAP) * self._scale(best) / self.total,
                seconds=self._left(),
                start=best.chosen,
            )
            found = self.planned(solution.chosen, solution)
            if found.value > best.value or not best.chosen:
                best = found
            agreed = solution.value - found.value <= AGREE * self._scale(best)
            if last:
                break
            if not agreed or turn == 0:
                agreed = False
                self._ask_what_pays(limits, solution, found)
        return replace(best, solution=solution)

    def _proved(self, limits: Limits, found: Found) -> Found:
        """The set planned as it is, without deriving anything; where that shows another picture, chosen again."""
        best = self.planned(EMPTY, found.solution)
        for _ in range(PROOFS):
            self.costing.prove(self.touching(found.chosen), found.chosen)
            now = self.planned(found.chosen, found.solution)
            if now.value > best.value:
                best = now
            if now.value >= found.value - AGREE * self._scale(best) or self.out_of_time:
                break
            found = self._rounds(limits, now)
        return replace(best, solution=found.solution)

    def _scale(self, found: Found) -> float:
        """What shares of cost are shares of: where little is left of the workload, of that; else of the whole."""
        return self.total * max(1e-6, min(1.0, 2 * found.left))

    def _left(self) -> float:
        return max(2.0, self._deadline - monotonic())

    def planned(self, chosen: Indexes, solution: Solution | None = None) -> Found:
        """The set without what no plan uses and without what makes a statement dearer."""
        chosen = self._used(chosen)
        while spoilt := next(self.regressed(chosen), None):
            chosen = self._used(chosen - spoilt[1].used)
        value = self.value(chosen)
        return Found(chosen, value, self.left(chosen), solution or Solution(chosen, value, value, 0.0, proved=True))

    def _used(self, chosen: Indexes) -> Indexes:
        answers = self.costing.ask_all(self.touching(chosen), chosen).values()
        return chosen & EMPTY.union(*(answer.used for answer in answers))

    def program(self, limits: Limits) -> Program:
        """The program over everything that is known by now."""
        offers = tuple(offer for load in self.loads for offer in self._offers(load))
        indexes = {index for offer in offers for index in offer.used}
        return Program(
            offers,
            {index: self.price(index) for index in indexes},
            {index: self.costing.bytes(index) for index in indexes},
            self.total,
            limits,
            () if self.options.as_peers else tuple(doubles(indexes)),
        )

    def _offers(self, load: Load) -> Iterator[Offer]:
        """The statement's packages, without those that another one beats with fewer indexes."""
        known = [package for package in self.costing.packages(load) if package.used]
        kept: list[Offer] = []
        for package in sorted(known, key=lambda package: (len(package.used), package.planned)):
            gain = saving(load, package.cost)
            allowed = not self.worse(load, package.costs)
            offer = Offer(load.key, package.used, gain, package.planned, allowed)
            beaten = any(
                one.used <= offer.used and one.gain >= gain and one.planned <= offer.planned
                for one in kept
                if one.allowed
            )
            if not allowed or (not beaten and (gain > 0 or package.planned < self._today(load))):
                kept.append(offer)
        yield from kept

    @staticmethod
    def _today(load: Load) -> float:
        return sum(plan.cost for plan in load.plans) / len(load.plans)

    def worse(self, load: Load, costs: Sequence[float]) -> float | None:
        """The worst ratio of a sample's cost after and before, where that is more than a noteworthy one may have."""
        trivial = 0.0 if self.options.as_peers else TRIVIAL_COST
        if not self.options.as_peers and load.weight < self._noteworthy():
            return None
        pairs = zip(costs, load.costs, strict=True)
        worse = [a / b for a, b in pairs if b > 0 and a > self.options.max_regression * b and a - b > trivial]
        return max(worse, default=None)

    def _noteworthy(self) -> float:
        """Weight from which a statement is protected; where all weigh little, that of a mean one."""
        return self.total * min(self.options.min_gain, 1 / max(1, len(self.loads)))

    def _ask_what_pays(self, limits: Limits, solution: Solution, found: Found) -> None:
        """Explores each statement that has much to gain with what the solution has for nothing and what is worth it."""
        everything = frozenset(self.explorer.extra).union(*self.explorer.seen(self.loads).values())
        for load in self.loads:
            best = min((package.cost for package in useful(self.costing, load)), default=load.cost)
            now = self.costing.ask(load, found.chosen).cost
            room = saving(load, best) - saving(load, now)
            if room <= AGREE * self._scale(found) or self.out_of_time:
                continue
            pool = self.explorer.relevant(load, everything | self.explorer.own.get(load.key, EMPTY) | found.chosen)
            prices = {index: 0.0 if index in found.chosen else self._asking(index, solution) for index in pool}
            worth = frozenset(
                index for index in pool if index in found.chosen or prices[index] < WORTH * max(room, 0.0)
            )
            self.explorer.explore(load, worth, ROUND_CALLS, prices.__getitem__)

    def _asking(self, index: IndexDefinition, solution: Solution) -> float:
        """What the index costs in the objective's unit, the scarce disk at its dual price."""
        return (
            self.price(index) + solution.price_per_byte * self.costing.bytes(index) + 1e-9 * self.costing.bytes(index)
        )

    def _neighbourhood(self, chosen: Indexes, limits: Limits) -> bool:
        """Asks the statements concerned about every neighbour of the set; whether anything new was asked."""
        seen = self.explorer.seen(self.loads)
        before = self.costing.planner.calls
        for step in neighbours(chosen, EMPTY.union(*seen.values()), self.costing, self.explorer.field):
            if self.costing.planner.calls - before > TRIED or self.out_of_time:
                break
            if limits.bytes is None or self.costing.bytes(step.new) <= limits.bytes:
                self.explorer.extra.add(step.new)
                concerned = [one for one in self.touching(frozenset((step.new,))) if seen[one.key] & step.of]
                self.costing.ask_all(concerned, chosen - step.gone | {step.new})
        return self.costing.planner.calls > before


def doubles(indexes: set[IndexDefinition]) -> Iterator[tuple[IndexDefinition, IndexDefinition]]:
    """Pairs of which one index begins with the other: the planner finds each of use by a hair, but nobody should keep
    both."""
    groups: dict[tuple[Name, object, str | None], list[IndexDefinition]] = defaultdict(list)
    for index in sorted(indexes, key=lambda one: one.body):
        groups[index.table, index.keys[0].subject, index.where].append(index)
    for group in groups.values():
        yield from ((one, other) for one in group for other in group if one != other and stands_for(one, other))


def name_of(load: Load) -> str:
    """How the load is called in sentences."""
    return f"statement {load.key}" if load.statement else load.key
