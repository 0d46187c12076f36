"""The chosen set as a careful person would have it: nothing that does not earn its place or is wider than need be."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from dbadvisor.advisor.costing import Indexes
from dbadvisor.advisor.select import COUNT_PRICE, Selector, doubles
from dbadvisor.advisor.writecost import Burden
from dbadvisor.model.index import IndexDefinition
from dbadvisor.model.names import Name
from dbadvisor.sqltext.shape import TableUse

MIN_SHARE = 0.15
"""Share of its statements' time that an index must save: planner costs err by a tenth easily, and reading an index
instead of its table saves only as long as VACUUM keeps up."""
UNUSED = "no plan uses it once the other indexes are there"
DOUBLED = "another recommended index begins with it, or it begins with another"


@dataclass(slots=True)
class Tidy:
    """Takes indexes out of a set or makes them smaller; each step is planned for every statement concerned."""

    selector: Selector
    dismissed: dict[IndexDefinition, str] = field(default_factory=dict)
    """What was left out, and why."""

    def run(self, chosen: Indexes) -> Indexes:
        """The tidy set."""
        return self._without_doubles(self._bounded(self._pruned(chosen)))

    def loss(self, chosen: Indexes, index: IndexDefinition) -> float:
        """Milliseconds lost when only this index leaves the set."""
        return self._saved_on(chosen, index) - self._saved_on(chosen - {index}, index)

    def _saved_on(self, chosen: Indexes, index: IndexDefinition) -> float:
        return self.selector.saved(chosen, self.selector.touching(frozenset((index,))))

    def _pruned(self, chosen: Indexes) -> Indexes:
        while True:
            smaller = next(self._improvements(chosen), None)
            if smaller is None:
                return chosen
            chosen = smaller

    def _improvements(self, chosen: Indexes) -> Iterator[Indexes]:
        bytes_ = self.selector.costing.bytes
        for index in sorted(chosen, key=lambda index: (-bytes_(index), index.body)):
            reason = self._unearned(chosen, index)
            if reason and self._good(chosen - {index}):
                self.dismissed[index] = reason
                yield chosen - {index}
            for less in self._lessened(index):
                tried = chosen - {index} | {less}
                if less not in chosen and self._good(tried) and self._gain(chosen, tried, index) >= 0:
                    yield tried

    def _gain(self, chosen: Indexes, tried: Indexes, index: IndexDefinition) -> float:
        """How much more the tried set is worth, which differs on the index's table alone."""
        prices = math.fsum(map(self.selector.price, chosen)) - math.fsum(map(self.selector.price, tried))
        return self._saved_on(tried, index) - self._saved_on(chosen, index) + prices

    def _good(self, tried: Indexes) -> bool:
        return self.selector.fits(tried) and not any(self.selector.regressed(tried))

    def _bounded(self, chosen: Indexes) -> Indexes:
        """The set with sort keys behind its equalities, where a LIMIT then stops early and the price is small.

        Without them every match of a value is read and sorted. Samples show a few values only, and the busiest
        ones need not be among them: work that is bounded by the LIMIT is worth as much as a further index costs.
        """
        for index in sorted(chosen, key=lambda index: index.body):
            for wider in self._ordering(index):
                tried = chosen - {index} | {wider}
                if self._gain(tried, chosen, index) <= COUNT_PRICE * self.selector.total and self._good(tried):
                    chosen = tried
                    break
        return chosen

    def _ordering(self, index: IndexDefinition) -> Iterator[IndexDefinition]:
        """Candidates that are longer than this one by the sort keys of a statement with LIMIT.

        Its equalities may stand in another order there.
        """
        loads = self.selector.touching(frozenset((index,)))
        own = self.selector.explorer.own
        wanting = [load for load in loads if _wants_order(load.shape.uses, index.table) and load.key in own]
        for wider in sorted(
            {one for load in wanting for one in own[load.key]}, key=lambda one: (len(one.keys), one.body)
        ):
            longer = len(wider.keys) > len(index.keys) and {*wider.keys[: len(index.keys)]} == {*index.keys}
            if longer and replace(wider, keys=index.keys) == index and wider not in self.dismissed:
                yield wider

    def _without_doubles(self, chosen: Indexes) -> Indexes:
        """The set without pairs of which one index begins with the other. Of a pair stays the one worth more alone."""
        pair = next(doubles(set(chosen)), None)
        if pair is None:
            return chosen
        gone = max(pair, key=lambda one: (self._good(chosen - {one}), self.selector.value(chosen - {one})))
        self.dismissed[gone] = DOUBLED
        return self._without_doubles(chosen - {gone})

    def _unearned(self, chosen: Indexes, index: IndexDefinition) -> str | None:
        """Why the index does not earn its place among the others; None when it does."""
        loss, total = self.loss(chosen, index), self.selector.total
        loads = self.selector.touching(frozenset((index,)))
        answers = self.selector.costing.ask_all(loads, chosen)
        served = sum(load.at_stake for load in loads if index in answers[load.key].used)
        burden = self.selector.writes.burden(index)
        if served == 0:
            return UNUSED
        if loss <= burden.ms:
            return self.too_dear(loss, burden)
        if loss < max(self.selector.options.min_gain * total, MIN_SHARE * served, self.selector.price(index)):
            return f"it would save {loss / served:.1%} of its statements' time, {loss / total:.2%} of the workload's"
        return None

    def too_dear(self, saved: float, burden: Burden) -> str:
        """That the writes pay more than the reads gain."""
        total = self.selector.total
        writes = f"{burden.entries:,.0f} entries, {burden.hot_lost:,.0f} updates no longer HOT"
        shares = f"{saved / total:.2%} of the workload's time and cost the writes {burden.ms / total:.2%}"
        return f"it would save {shares} ({writes})"

    def _lessened(self, index: IndexDefinition) -> Iterator[IndexDefinition]:
        """The index without its INCLUDE, and without its last key."""
        less = [replace(index, include=())] if index.include else []
        less += [replace(index, keys=index.keys[:-1])] if len(index.keys) > 1 else []
        there = self.selector.explorer.field.there
        return (one for one in less if one not in self.dismissed and not there(one))


def _wants_order(uses: Iterable[TableUse], table: Name) -> bool:
    return any(use.limit and use.sort and use.table == table for use in uses)
