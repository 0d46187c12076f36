"""The choice of new indexes with its reasons: the set, its distance from the best, its curve, and what was left out."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from dbadvisor.advisor.costing import Answer, Indexes
from dbadvisor.advisor.load import saving
from dbadvisor.advisor.packages import useful
from dbadvisor.advisor.program import Limits, Solution
from dbadvisor.advisor.select import EMPTY, Found, Selector, name_of
from dbadvisor.advisor.tidy import Tidy
from dbadvisor.advisor.words import size
from dbadvisor.model.index import IndexDefinition
from dbadvisor.model.report import CurvePoint, IndexSet, RunnerUp


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
FEW = 6
"""Indexes of a set up to which the smaller sets are shown by number."""
CURVE_GAP = 2e-3
"""Share of the workload's cost up to which a point of the curve is proved to be the best."""
CURVE_SECONDS = 5.0
"""Time for one point."""
EXPLAINED = 50
"""Indexes, the most useful first, whose absence is explained."""
NOTICED = 1e-4
"""Share of the workload's cost that tells two sets apart."""


def choose(selector: Selector) -> Selection:
    """Searches, tidies, and explains. The packages must have been learnt."""
    options = selector.options
    limits = Limits(options.budget_bytes, options.max_indexes, options.max_per_table)
    found = selector.search(limits)
    late = selector.out_of_time
    tidy = Tidy(selector)
    chosen = found.chosen if options.as_peers else tidy.run(found.chosen)
    _explain_forbidden(selector, tidy, chosen)
    _explain_absent(selector, tidy, chosen)
    return Selection(
        chosen,
        selector.answers(chosen),
        {index: tidy.loss(chosen, index) for index in chosen},
        tidy.dismissed,
        _summary(selector, chosen, found, late=late),
        _runners_up(selector, chosen),
    )


def _summary(selector: Selector, chosen: Indexes, found: Found, *, late: bool) -> IndexSet:
    costing, total = selector.costing, selector.total
    explored = [load for load in selector.loads if load.key in selector.explorer.own]
    curve = (*_curve(selector, chosen), _point(selector, chosen, found.solution))
    return IndexSet(
        left=curve[-1].left,
        bound=curve[-1].bound,
        candidates=len(EMPTY.union(*selector.explorer.own.values(), selector.explorer.extra)),
        plans=sum(len(useful(costing, load)) for load in selector.loads),
        explored=len(explored),
        covered=sum(load.at_stake for load in explored) / total,
        calls=costing.planner.calls,
        derived=costing.derived,
        budget_bytes=selector.options.budget_bytes,
        max_indexes=selector.options.max_indexes,
        proved=found.solution.proved and not late,
        curve=curve,
    )


def _point(selector: Selector, chosen: Indexes, solution: Solution) -> CurvePoint:
    """The set with the least that another one of the same upkeep could leave."""
    left = selector.left(chosen)
    better = max(0.0, solution.bound - selector.value(chosen)) / selector.total
    return CurvePoint(len(chosen), sum(map(selector.costing.bytes, chosen)), left, max(0.0, left - better))


def _curve(selector: Selector, chosen: Indexes) -> Iterator[CurvePoint]:
    """Smaller sets, each the best within its size (or number) by the plans that are known, and planned."""
    size_ = sum(map(selector.costing.bytes, chosen))
    most = selector.options.max_per_table
    if len(chosen) <= FEW:
        limits = [Limits(size_, number, most) for number in range(1, len(chosen))]
    else:
        limits = [Limits(int(share * size_), len(chosen), most) for share in CURVE]
    last = 1.0
    for limit in limits:
        solution = selector.program(limit).solve(gap=CURVE_GAP, seconds=CURVE_SECONDS)
        planned = selector.planned(solution.chosen).chosen
        point = _point(selector, planned, solution)
        if planned and point.left < last:
            last = point.left
            yield point


def _runners_up(selector: Selector, chosen: Indexes) -> dict[IndexDefinition, RunnerUp]:
    """What would take each index's place, planned, with the reason that it lost."""
    return {
        index: _runner_up(selector, chosen, index, _instead(selector, chosen - {index}, index))
        for index in sorted(chosen, key=lambda one: one.body)
    }


def _instead(selector: Selector, rest: Indexes, index: IndexDefinition) -> Indexes:
    """What would best take the index's place beside the rest, by the plans that are known: one index or none."""
    costing, gains = selector.costing, defaultdict[IndexDefinition, float](float)
    loads = selector.touching(frozenset((index,)))
    now = costing.ask_all(loads, rest)
    for load in loads:
        best: dict[IndexDefinition, float] = {}
        for package in useful(costing, load):
            (new, *others) = sorted(package.used - rest, key=lambda one: one.body) or (index,)
            gain = saving(load, package.cost) - saving(load, now[load.key].cost)
            if new != index and not others and gain > 0:
                best[new] = max(gain, best.get(new, 0.0))
        for new, gain in best.items():
            gains[new] += gain
    worth = {new: gain - selector.price(new) for new, gain in gains.items() if selector.fits(rest | {new})}
    best_first = sorted(worth, key=lambda one: (-worth[one], one.body))
    return frozenset(new for new in best_first[:1] if worth[new] > 0)


def _runner_up(selector: Selector, chosen: Indexes, index: IndexDefinition, instead: Indexes) -> RunnerUp:
    bytes_ = selector.costing.bytes
    now, other = selector.left(chosen), selector.left(chosen - {index} | instead)
    if not instead:
        return RunnerUp("", other, 0, "no other index earns its place")
    (new,) = instead
    spoilt = next(selector.regressed(chosen - {index} | instead), None)
    if spoilt:
        reason = f"a sample of {name_of(spoilt[0])} would cost {spoilt[2]:.2f} times as much"
    elif other - now >= NOTICED:
        reason = f"it leaves {other - now:.1%} more of the workload's cost"
    elif new.keys == index.keys[: len(new.keys)] and not index.include:
        reason = "the more rows match, the more of them it has to sort"
    elif bytes_(new) > bytes_(index):
        reason = f"it takes {size(bytes_(new))} instead of {size(bytes_(index))}"
    else:
        reason = f"its upkeep costs more than it saves: {_upkeep(selector, new)} instead of {_upkeep(selector, index)}"
    return RunnerUp(new.body, other, bytes_(new), reason)


def _upkeep(selector: Selector, index: IndexDefinition) -> str:
    return f"{selector.price(index) / selector.total:.2%}"


def _explain_forbidden(selector: Selector, tidy: Tidy, chosen: Indexes) -> None:
    """Indexes that are not chosen and that make a sample of a noteworthy statement dearer."""
    for load in selector.loads:
        for package in selector.costing.packages(load):
            worst = selector.worse(load, package.costs)
            for index in sorted(package.used - chosen, key=lambda one: one.body) if worst else ():
                reason = f"a sample of {name_of(load)} would cost {worst:.2f} times as much"
                tidy.dismissed.setdefault(index, reason)


def _explain_absent(selector: Selector, tidy: Tidy, chosen: Indexes) -> None:
    """For each table the most useful index that is not chosen, where writes, a regression or the limits were why."""
    alone: dict[IndexDefinition, float] = defaultdict(float)
    for load in selector.loads:
        for package in useful(selector.costing, load):
            if len(package.used) == 1:
                alone[next(iter(package.used))] += saving(load, package.cost)
    told = {index.table for index in tidy.dismissed}
    ranked = sorted(alone.items(), key=lambda item: (-item[1], item[0].body))
    for index, saved in ranked[:EXPLAINED]:
        worth = saved >= selector.options.min_gain * selector.total and index not in chosen
        reason = _absence(selector, tidy, chosen, index) if worth and index.table not in told else None
        if reason:
            told.add(index.table)
            tidy.dismissed[index] = reason


def _absence(selector: Selector, tidy: Tidy, chosen: Indexes, index: IndexDefinition) -> str | None:
    """Why the index is not in the set, whose other indexes may do its work already."""
    saved = selector.saved(chosen | {index}) - selector.saved(chosen)
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
