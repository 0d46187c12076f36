"""The set of new indexes for the whole workload: greedy over what plans were seen to use, proved by planning the set.

The greedy sees packages: sets of indexes that some plan used together, with that plan's cost. Two orders are
tried, most net gain first and most net gain per byte first (the classic pair for a knapsack), and the better one
is planned for real; what that teaches goes into the next round. At the end each index must survive the question
"what is lost without it, or with less of it?".
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from dbadvisor.advisor.costing import Answer, Costing, Indexes
from dbadvisor.advisor.existing import already_there, stands_for
from dbadvisor.advisor.load import Load
from dbadvisor.advisor.options import Options
from dbadvisor.advisor.words import size
from dbadvisor.advisor.writecost import Burden, WriteCost
from dbadvisor.model.index import IndexDefinition

COUNT_PRICE = 0.001
"""Share of the workload's time that every index must earn besides its writes: maintenance, planning time, a human's
attention. On TPC-DS 0.1 to 0.2 % removed a third of the indexes and cost 0.1 to 0.2 points of gain."""
SIZE_PRICE = 0.01
"""Share of the workload's time that an index as large as all tables together must earn: cache and backups."""
INCLUDE_PRICE = 0.005
"""Share that INCLUDE must earn on top: it pays only while VACUUM keeps up, and ends HOT updates of its columns."""
MIN_SHARE = 0.1
"""Share of its statements' time that an index must save: planner costs err by a tenth easily."""
MAX_REGRESSION = 1.05
"""How much dearer a sample of a noteworthy statement may become."""
TRIVIAL_COST = 10.0
"""Planner cost units (ten blocks read in sequence) that nobody feels."""
ROUNDS = 4
"""Rounds of choosing and planning; on TPC-H and TPC-DS model and planner agreed after two."""
EMPTY: Indexes = frozenset()
UNUSED = "no plan uses it once the other indexes are there"
DOUBLED = "another recommended index begins with it, or it begins with another"


@dataclass(frozen=True, slots=True)
class Selection:
    """The chosen indexes and every statement's plans with all of them."""

    chosen: Indexes
    answers: Mapping[str, Answer]
    losses: Mapping[IndexDefinition, float]
    """Milliseconds of the window that would be lost without the index, the others staying."""
    dismissed: Mapping[IndexDefinition, str]
    """Indexes that some plan would use but are not chosen, and why."""


@dataclass(slots=True)
class Selector:
    """Chooses from the packages that `costing` has learnt about the loads."""

    loads: tuple[Load, ...]
    total: float
    """Milliseconds of the window that the whole workload stands for: what shares are shares of."""
    costing: Costing
    writes: WriteCost
    options: Options
    table_bytes: int
    """Size of all tables: what sizes of indexes are held against."""
    dismissed: dict[IndexDefinition, str] = field(default_factory=dict)
    _packages: dict[str, list[tuple[Indexes, float]]] = field(default_factory=dict)
    _wanting: dict[IndexDefinition, set[int]] = field(default_factory=dict)
    """Positions of the loads that have a package with the index."""
    _prices: dict[IndexDefinition, float] = field(default_factory=dict)

    def run(self) -> Selection:
        """The best set that was planned, pruned to what earns its place."""
        best, best_value, seen = EMPTY, 0.0, set[Indexes]()
        for _ in range(ROUNDS):
            chosen = self._greedy()
            if chosen in seen:
                break
            seen.add(chosen)
            if not self._veto(chosen) and (value := self.value(chosen)) > best_value:
                best, best_value = chosen, value
        best = self._without_doubles(self._bounded(self._pruned(best)))
        losses = {index: self._loss(best, index) for index in best}
        self._explain_absent(best)
        return Selection(best, self.answers(best), losses, dict(self.dismissed))

    def answers(self, chosen: Indexes) -> dict[str, Answer]:
        """Every load's plans where exactly these indexes exist."""
        return {load.key: self.costing.ask(load, chosen) for load in self.loads}

    def price(self, index: IndexDefinition) -> float:
        """Milliseconds of the window that the index must earn before it is worth having."""
        if index not in self._prices:
            share = self.costing.bytes(index) / max(1, self.table_bytes)
            fixed = COUNT_PRICE + (INCLUDE_PRICE if index.include else 0.0)
            self._prices[index] = self.writes.burden(index).ms + self.total * (fixed + SIZE_PRICE * share)
        return self._prices[index]

    def value(self, chosen: Indexes) -> float:
        """Milliseconds saved by the set, as planned, less its price."""
        saved = sum(saving(load, self.costing.ask(load, chosen).cost) for load in self.loads)
        return saved - sum(self.price(index) for index in chosen)

    def fits(self, chosen: Indexes) -> bool:
        """Whether the set keeps to the budget and the count."""
        if self.options.max_indexes is not None and len(chosen) > self.options.max_indexes:
            return False
        wanted = sum(self.costing.bytes(index) for index in chosen)
        return self.options.budget_bytes is None or wanted <= self.options.budget_bytes

    def _greedy(self) -> Indexes:
        self._packages = {load.key: self.costing.packages(load) for load in self.loads}
        self._wanting = defaultdict(set)
        for position, load in enumerate(self.loads):
            for index in frozenset[IndexDefinition]().union(*(package for package, _ in self._packages[load.key])):
                self._wanting[index].add(position)
        sets = [self._grow(per_byte=False), self._grow(per_byte=True)]
        return max(sets, key=lambda chosen: (self._gain(EMPTY, chosen), -len(chosen)))

    def _grow(self, *, per_byte: bool) -> Indexes:
        chosen = EMPTY
        while True:
            best, best_score = EMPTY, 0.0
            for move in self._moves(chosen):
                net = self._gain(chosen, move)
                score = net / max(1, sum(self.costing.bytes(index) for index in move)) if per_byte else net
                if score > best_score:
                    best, best_score = move, score
            if not best:
                return chosen
            chosen |= best

    def _moves(self, chosen: Indexes) -> Iterator[Indexes]:
        """Sets of indexes that complete a package, in a stable order."""
        sets = {
            package - chosen
            for packages in self._packages.values()
            for package, _ in packages
            if not package <= chosen and not package & self.dismissed.keys()
        }
        ordered = sorted(sets, key=lambda move: (len(move), sorted(index.body for index in move)))
        return (move for move in ordered if self.fits(chosen | move))

    def _gain(self, chosen: Indexes, move: Indexes) -> float:
        """What adding the indexes is worth by the known packages alone: no planner is asked."""
        touched = sorted(set().union(*(self._wanting[index] for index in move)))
        saved = 0.0
        for load in (self.loads[position] for position in touched):
            fewer = self._known_cost(load, chosen) - self._known_cost(load, chosen | move)
            saved += load.at_stake * fewer / load.cost if load.cost > 0 else 0.0
        return saved - sum(self.price(index) for index in move)

    def _known_cost(self, load: Load, chosen: Indexes) -> float:
        return next((cost for package, cost in self._packages[load.key] if package <= chosen), load.cost)

    def _veto(self, chosen: Indexes) -> bool:
        """Dismisses what makes a sample of a noteworthy statement dearer; whether there was any such."""
        before = len(self.dismissed)
        for load in self.loads:
            answer = self.costing.ask(load, chosen)
            worst = regression(load, answer)
            if worst and answer.used and load.weight >= self.options.min_gain * self.total:
                for index in answer.used:
                    self.dismissed[index] = f"a sample of {name_of(load)} would cost {worst:.2f} times as much"
        return len(self.dismissed) > before

    def _pruned(self, chosen: Indexes) -> Indexes:
        """The set without indexes that don't earn their place, and each index no larger than it need be."""
        while True:
            smaller = next(self._improvements(chosen), None)
            if smaller is None:
                return chosen
            chosen = smaller

    def _improvements(self, chosen: Indexes) -> Iterator[Indexes]:
        now = self.value(chosen)
        for index in sorted(chosen, key=lambda index: (-self.costing.bytes(index), index.body)):
            reason = self._unearned(chosen, index)
            if reason:
                self.dismissed[index] = reason
                yield chosen - {index}
            for less in self._lessened(index):
                tried = chosen - {index} | {less}
                if less not in chosen and self.fits(tried) and self.value(tried) >= now and not self._veto(tried):
                    yield tried

    def _bounded(self, chosen: Indexes) -> Indexes:
        """The set with sort keys behind its equalities, where a LIMIT then stops early and the price is small.

        Without them every match of a value is read and sorted. Samples show a few values only, and the busiest
        ones need not be among them: work that is bounded by the LIMIT is worth as much as a further index costs.
        """
        for index in sorted(chosen, key=lambda index: index.body):
            for wider in self._ordering(index):
                tried = chosen - {index} | {wider}
                loses = self.value(chosen) - self.value(tried)
                if self.fits(tried) and loses <= COUNT_PRICE * self.total and not self._veto(tried):
                    chosen = tried
                    break
        return chosen

    def _without_doubles(self, chosen: Indexes) -> Indexes:
        """The set without pairs of which one index begins with the other: the planner finds each of use by a hair,
        but nobody should keep both. Of a pair stays the one that is worth more alone."""
        ordered = sorted(chosen, key=lambda index: index.body)
        pairs = ((one, other) for one in ordered for other in ordered if one != other and stands_for(one, other))
        pair = next(pairs, None)
        if pair is None:
            return chosen
        gone = max(pair, key=lambda index: self.value(chosen - {index}))
        self.dismissed[gone] = DOUBLED
        return self._without_doubles(chosen - {gone})

    def _ordering(self, index: IndexDefinition) -> Iterator[IndexDefinition]:
        """Indexes that plans were seen to use, longer than this one by the sort keys of a statement with LIMIT."""
        for wider in sorted(self._wanting, key=lambda one: (len(one.keys), one.body)):
            longer = len(wider.keys) > len(index.keys) and wider.keys[: len(index.keys)] == index.keys
            if longer and replace(wider, keys=index.keys) == index and wider not in self.dismissed:
                loads = (self.loads[place] for place in self._wanting[wider])
                if any(use.limit and use.sort and use.table == index.table for one in loads for use in one.shape.uses):
                    yield wider

    def _unearned(self, chosen: Indexes, index: IndexDefinition) -> str | None:
        """Why the index does not earn its place among the others; None when it does."""
        loss = self._loss(chosen, index)
        served = sum(load.at_stake for load in self.loads if index in self.costing.ask(load, chosen).used)
        burden = self.writes.burden(index)
        if served == 0:
            return UNUSED
        if loss <= burden.ms:
            return self._too_dear(loss, burden)
        if loss < max(self.options.min_gain * self.total, MIN_SHARE * served, self.price(index)):
            return (
                f"it would save {loss / served:.1%} of its statements' time, {loss / self.total:.2%} of the workload's"
            )
        return None

    def _loss(self, chosen: Indexes, index: IndexDefinition) -> float:
        """Milliseconds lost when only this index leaves the set."""
        without = chosen - {index}
        return sum(
            load.at_stake * (self.costing.ask(load, without).cost - self.costing.ask(load, chosen).cost) / load.cost
            for load in self.loads
            if index.table in load.tables and load.cost > 0
        )

    def _lessened(self, index: IndexDefinition) -> Iterator[IndexDefinition]:
        """The index without its INCLUDE, and without its last key."""
        less = [replace(index, include=())] if index.include else []
        less += [replace(index, keys=index.keys[:-1])] if len(index.keys) > 1 else []
        return (one for one in less if one not in self.dismissed and not already_there(self.costing.catalog, one))

    def _explain_absent(self, chosen: Indexes) -> None:
        """For each table the most useful index that is not chosen, where writes or the budget were why."""
        alone: dict[IndexDefinition, float] = defaultdict(float)
        for load in self.loads:
            for package, cost in self._packages.get(load.key, ()):
                if len(package) == 1:
                    alone[next(iter(package))] += saving(load, cost)
        tables = {index.table for index in (*chosen, *self.dismissed)}
        for index, saved in sorted(alone.items(), key=lambda item: (-item[1], item[0].body)):
            reason = self._absence(chosen, index, saved)
            if index.table not in tables and reason:
                tables.add(index.table)
                self.dismissed[index] = reason

    def _absence(self, chosen: Indexes, index: IndexDefinition, saved: float) -> str | None:
        if saved < self.options.min_gain * self.total:
            return None
        if saved <= self.price(index):
            return self._too_dear(saved, self.writes.burden(index))
        if self.fits(chosen | {index}):
            return None
        needs = size(self.costing.bytes(index))
        return f"it would save {saved / self.total:.1%} of the workload's time, but its {needs} do not fit the limits"

    def _too_dear(self, saved: float, burden: Burden) -> str:
        writes = f"{burden.entries:,.0f} entries, {burden.hot_lost:,.0f} updates no longer HOT"
        shares = f"{saved / self.total:.2%} of the workload's time and cost the writes {burden.ms / self.total:.2%}"
        return f"it would save {shares} ({writes})"


def saving(load: Load, cost: float) -> float:
    """Milliseconds of the window saved when a call costs this much instead of what it costs now."""
    return load.at_stake * (1 - cost / load.cost) if load.cost > 0 else 0.0


def regression(load: Load, answer: Answer) -> float | None:
    """The worst ratio of a sample's cost after and before, where it is more than trivially dearer."""
    pairs = zip(answer.costs, load.costs, strict=True)
    worse = [a / b for a, b in pairs if b > 0 and a > MAX_REGRESSION * b and a - b > TRIVIAL_COST]
    return max(worse, default=None)


def name_of(load: Load) -> str:
    """How the load is called in sentences."""
    return f"statement {load.key}" if load.statement else load.key
