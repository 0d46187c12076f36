"""The choice of indexes as one mixed-integer program: which packages can be had together, for what they cost.

Each statement takes at most one of its packages, and may take it only where all of the package's indexes are chosen.
The link is the tight one: the sum of a statement's packages that need an index is at most that index. Where what the
planner believes and what we believe differ, belief rows make the statement take the plan that the planner would.
Solved by HiGHS (highspy): it gives a bound with every solution, takes a start, and gives the budget's dual price.
"""

from collections import defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any

import highspy
import numpy as np

from dbadvisor.advisor.costing import Indexes
from dbadvisor.model.index import IndexDefinition
from dbadvisor.model.names import Name

SCALE = 10_000.0
"""Units of the objective for the whole workload's cost: HiGHS' tolerances are absolute."""
MEGABYTE = 1e6


@dataclass(frozen=True, slots=True)
class Offer:
    """A package as the program sees it: what a statement saves with it."""

    statement: Hashable
    used: Indexes
    gain: float
    """Of what the objective counts; negative where the plan is believed dearer than today's."""
    planned: float
    """The planner's own cost: of the packages that can be had it takes the one with the least."""
    allowed: bool = True
    """False where its plan must not come to be."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What the set must keep to; None means no limit."""

    bytes: int | None = None
    count: int | None = None
    per_table: int | None = None


@dataclass(frozen=True, slots=True)
class Solution:
    """The best set by the offers."""

    chosen: Indexes
    value: float
    """Gains less prices."""
    bound: float
    """No set within the limits has more."""
    price_per_byte: float
    """What one more byte of budget would be worth: the dual of the relaxed program's budget row."""
    proved: bool
    """Whether the solver ended by itself, within the gap that was asked for."""


@dataclass(slots=True)
class Program:
    """Offers, prices and limits; `total` is what shares are shares of."""

    offers: Sequence[Offer]
    prices: dict[IndexDefinition, float]
    sizes: dict[IndexDefinition, int]
    total: float
    limits: Limits = Limits()
    exclusive: Sequence[tuple[IndexDefinition, IndexDefinition]] = ()
    """Pairs of which only one may be chosen."""
    indexes: list[IndexDefinition] = field(init=False)
    _place: dict[IndexDefinition, int] = field(init=False)
    _rows: "_Rows" = field(init=False)
    _whole: list[int] = field(init=False)
    """Offers that may not be taken in part."""

    def __post_init__(self) -> None:
        room = self.limits.bytes
        self.offers = [
            offer for offer in self.offers if room is None or sum(self.sizes[one] for one in offer.used) <= room
        ]
        self.indexes = sorted({one for offer in self.offers for one in offer.used}, key=lambda one: one.body)
        self._place = {one: place for place, one in enumerate(self.indexes)}
        self._rows, self._whole = _Rows(), []
        self._limit_rows()
        self._choice_rows()

    def solve(self, *, gap: float, seconds: float, start: Indexes | None = None) -> Solution:
        """The best set found within `seconds`, or within `gap` (a share of the total) of the bound."""
        if not self.indexes:
            return Solution(frozenset(), 0.0, 0.0, 0.0, proved=True)
        solver = self._solver()
        solver.setOptionValue("time_limit", seconds)
        relaxed = self._relaxation(solver)
        solver.setOptionValue("time_limit", solver.getRunTime() + seconds)  # its clock runs on
        solver.setOptionValue("mip_abs_gap", gap * SCALE)
        solver.setOptionValue("mip_rel_gap", 0.0)
        if start is not None:
            self._start(solver, start)
        _run(solver)
        info = solver.getInfo()
        ended = solver.getModelStatus() == highspy.HighsModelStatus.kOptimal
        if info.primal_solution_status != int(highspy.SolutionStatus.kSolutionStatusFeasible):
            return Solution(frozenset(), 0.0, relaxed[0], relaxed[1], proved=False)
        values = solver.getSolution().col_value
        chosen = frozenset(one for place, one in enumerate(self.indexes) if values[place] > 0.5)
        value = -info.objective_function_value / SCALE * self.total
        bound = max(value, min(relaxed[0], -info.mip_dual_bound / SCALE * self.total))
        return Solution(chosen, value, bound, relaxed[1], proved=ended)

    def _relaxation(self, solver: Any) -> tuple[float, float]:
        """Value of the relaxed program, and the worth of a byte."""
        solver.setOptionValue("solve_relaxation", True)
        _run(solver)
        solver.setOptionValue("solve_relaxation", False)
        if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return self._most(), 0.0
        value = -solver.getInfo().objective_function_value / SCALE * self.total
        if self.limits.bytes is None:
            return value, 0.0
        dual = abs(solver.getSolution().row_dual[0])
        return value, dual / SCALE * self.total / MEGABYTE

    def _most(self) -> float:
        """What every statement would gain with its best package, all for nothing."""
        best: dict[Hashable, float] = {}
        for offer in self.offers:
            best[offer.statement] = max(offer.gain, best.get(offer.statement, 0.0))
        return sum(best.values())

    def _start(self, solver: Any, start: Indexes) -> None:
        solution = highspy.HighsSolution()
        values = np.zeros(len(self.indexes) + len(self.offers))
        for one in start & self._place.keys():
            values[self._place[one]] = 1.0
        best: dict[Hashable, int] = {}
        for place, offer in enumerate(self.offers):
            if offer.allowed and offer.used <= start and offer.gain > 0:
                now = best.get(offer.statement)
                if now is None or self.offers[now].gain < offer.gain:
                    best[offer.statement] = place
        values[[len(self.indexes) + place for place in best.values()]] = 1.0
        solution.col_value = list(values)
        solver.setSolution(solution)

    def _limit_rows(self) -> None:
        """The budget's row is the first: its dual is asked for."""
        everything = range(len(self.indexes))
        if self.limits.bytes is not None:
            sizes = [self.sizes[one] / MEGABYTE for one in self.indexes]
            self._rows.add(everything, sizes, self.limits.bytes / MEGABYTE)
        if self.limits.count is not None:
            self._rows.add(everything, [1.0] * len(self.indexes), self.limits.count)
        if self.limits.per_table is not None:
            tables: dict[Name, list[int]] = defaultdict(list)
            for place, one in enumerate(self.indexes):
                tables[one.table].append(place)
            for places in tables.values():
                self._rows.add(places, [1.0] * len(places), self.limits.per_table)
        for one, other in self.exclusive:
            if one in self._place and other in self._place:
                self._rows.add([self._place[one], self._place[other]], [1.0, 1.0], 1.0)

    def _choice_rows(self) -> None:
        by_statement: dict[Hashable, list[int]] = defaultdict(list)
        for place, offer in enumerate(self.offers):
            by_statement[offer.statement].append(place)
        first = len(self.indexes)
        for places in by_statement.values():
            allowed = [place for place in places if self.offers[place].allowed]
            self._rows.add([first + place for place in allowed], [1.0] * len(allowed), 1.0)
            links: dict[int, list[int]] = defaultdict(list)
            for place in allowed:
                for one in sorted(self.offers[place].used, key=self._place.__getitem__):
                    links[self._place[one]].append(first + place)
            for index, needing in links.items():
                self._rows.add([*needing, index], [1.0] * len(needing) + [-1.0], 0.0)
            self._belief_rows(places)

    def _belief_rows(self, places: Sequence[int]) -> None:
        """Where all of a package stands, the statement takes it or one that the planner finds cheaper still."""
        first = len(self.indexes)
        for place in places:
            offer = self.offers[place]
            dearer = [self.offers[other] for other in places if self.offers[other].planned > offer.planned]
            better = offer.gain < 0 or any(other.gain > offer.gain for other in dearer)
            if offer.allowed and not better:
                continue
            instead = [
                other for other in places if self.offers[other].allowed and self.offers[other].planned <= offer.planned
            ]
            self._whole += [first + other for other in instead]
            needed = sorted(self._place[one] for one in offer.used)
            coefficients = [1.0] * len(needed) + [-1.0] * len(instead)
            self._rows.add([*needed, *(first + other for other in instead)], coefficients, len(needed) - 1.0)

    def _solver(self) -> Any:
        solver: Any = highspy.Highs()  # type: ignore[no-untyped-call]
        solver.silent()
        solver.HandleUserInterrupt = True
        solver.setOptionValue("threads", 1)
        columns = len(self.indexes) + len(self.offers)
        program = highspy.HighsLp()
        program.num_col_, program.num_row_ = columns, len(self._rows.bounds)
        prices = [self.prices[one] for one in self.indexes] + [-offer.gain for offer in self.offers]
        program.col_cost_ = np.array(prices) / self.total * SCALE
        program.col_lower_ = np.zeros(columns)
        program.col_upper_ = np.array([1.0] * len(self.indexes) + [float(offer.allowed) for offer in self.offers])
        program.row_lower_ = np.full(len(self._rows.bounds), -highspy.kHighsInf)
        program.row_upper_ = np.array(self._rows.bounds)
        program.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        program.a_matrix_.start_ = np.array(self._rows.starts)
        program.a_matrix_.index_ = np.array(self._rows.columns)
        program.a_matrix_.value_ = np.array(self._rows.values)
        whole = {*range(len(self.indexes)), *self._whole}
        kinds = highspy.HighsVarType
        program.integrality_ = [kinds.kInteger if place in whole else kinds.kContinuous for place in range(columns)]
        solver.passModel(program)
        return solver


def _run(solver: Any) -> None:
    """Runs the solver beside this thread, which hears of Ctrl-C only so.

    The solver then stops where it next looks, which the one long step at a program's root delays. It is waited for:
    a process that ends while it runs is aborted.
    """
    solver.startSolve()
    try:
        while not solver.wait(1.0)[0]:
            pass
    except BaseException:
        solver.cancelSolve()
        solver.wait()
        raise


@dataclass(slots=True)
class _Rows:
    """Rows `sum(value * column) <= bound`, one behind the other."""

    starts: list[int] = field(default_factory=lambda: [0])
    columns: list[int] = field(default_factory=list)
    values: list[float] = field(default_factory=list)
    bounds: list[float] = field(default_factory=list)

    def add(self, columns: Sequence[int], values: Sequence[float], bound: float) -> None:
        self.columns += columns
        self.values += values
        self.bounds.append(float(bound))
        self.starts.append(len(self.columns))
