"""The choice of new indexes with its reasons: the set, its distance from the best, its curve, and what was left out."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from dbadvisor.advisor.costing import Answer, Indexes
from dbadvisor.advisor.packages import useful
from dbadvisor.advisor.program import Limits
from dbadvisor.advisor.select import EMPTY, Found, Selector, name_of, saving
from dbadvisor.advisor.tidy import Tidy
from dbadvisor.advisor.words import size
from dbadvisor.model.index import IndexDefinition
from dbadvisor.model.report import IndexSet, RunnerUp


@dataclass(frozen=True, slots=True)
class Selection:
    """The chosen indexes and every statement's plans with all of them."""

    chosen: Indexes
    answers: Mapping[str, Answer]
    losses: Mapping[IndexDefinition, float]
    """Milliseconds of the window that would be lost without the index, the others staying."""
    dismissed: Mapping[IndexDefinition, str]
    """Indexes that some plan would use but are not chosen, and why."""
    summary: IndexSet
    runners_up: Mapping[IndexDefinition, RunnerUp]


CURVE = (0.1, 0.25, 0.5, 0.75)
"""Shares of the chosen set's size at which smaller sets are shown."""


def choose(selector: Selector) -> Selection:
    """Searches, tidies, and explains. The packages must have been learnt."""
    options = selector.options
    limits = Limits(options.budget_bytes, options.max_indexes)
    found = selector.search(limits)
    tidy = Tidy(selector)
    chosen = found.chosen if options.as_peers else tidy.run(found.chosen)
    _explain_forbidden(selector, tidy, chosen)
    losses = {index: tidy.loss(chosen, index) for index in chosen}
    _explain_absent(selector, tidy, chosen)
    return Selection(
        chosen,
        selector.answers(chosen),
        losses,
        tidy.dismissed,
        _summary(selector, chosen, found),
        {},
    )


def _summary(selector: Selector, chosen: Indexes, found: Found) -> IndexSet:
    costing, total = selector.costing, selector.total or 1.0
    left = 1 - selector.saved(chosen) / total
    explored = [load for load in selector.loads if load.key in selector.explorer.own]
    return IndexSet(
        left=left,
        bound=min(left, 1 - found.solution.bound / total),
        candidates=len(EMPTY.union(*selector.explorer.own.values(), selector.explorer.extra)),
        plans=sum(len(useful(costing, load)) for load in selector.loads),
        explored=len(explored),
        covered=sum(load.at_stake for load in explored) / total,
        calls=costing.planner.calls,
        derived=costing.derived,
        budget_bytes=selector.options.budget_bytes,
        max_indexes=selector.options.max_indexes,
        proved=found.solution.proved,
        curve=(),
    )


def _explain_forbidden(selector: Selector, tidy: Tidy, chosen: Indexes) -> None:
    """Indexes that are not chosen and that make a sample of a noteworthy statement dearer."""
    for load in selector.loads:
        for package in selector.costing.packages(load):
            worst = selector.worse(load, package.costs)
            for index in sorted(package.used - chosen, key=lambda one: one.body) if worst else ():
                reason = f"a sample of {name_of(load)} would cost {worst:.2f} times as much"
                tidy.dismissed.setdefault(index, reason)


def _explain_absent(selector: Selector, tidy: Tidy, chosen: Indexes) -> None:
    """For each table the most useful index that is not chosen, where writes or the budget were why."""
    alone: dict[IndexDefinition, float] = defaultdict(float)
    for load in selector.loads:
        for package in useful(selector.costing, load):
            if len(package.used) == 1:
                alone[next(iter(package.used))] += saving(load, package.cost)
    tables = {index.table for index in (*chosen, *tidy.dismissed)}
    for index, saved in sorted(alone.items(), key=lambda item: (-item[1], item[0].body)):
        reason = _absence(selector, tidy, chosen, index, saved)
        if index.table not in tables and reason:
            tables.add(index.table)
            tidy.dismissed[index] = reason


def _absence(selector: Selector, tidy: Tidy, chosen: Indexes, index: IndexDefinition, saved: float) -> str | None:
    if saved < selector.options.min_gain * selector.total:
        return None
    if spoilt := next(selector.regressed(chosen | {index}), None):
        return f"a sample of {name_of(spoilt[0])} would cost {spoilt[2]:.2f} times as much"
    if saved <= selector.price(index):
        return tidy.too_dear(saved, selector.writes.burden(index))
    if selector.fits(chosen | {index}):
        return None
    needs = size(selector.costing.bytes(index))
    return f"it would save {saved / selector.total:.1%} of the workload's time, but its {needs} do not fit the limits"
