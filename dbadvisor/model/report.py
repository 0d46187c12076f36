"""The result of a run: everything a reporter draws, and nothing it has to work out."""

import hashlib
from dataclasses import dataclass, field

from dbadvisor.model.agreement import Agreement
from dbadvisor.model.change import Change, Rewrite
from dbadvisor.model.finding import Finding
from dbadvisor.model.rule import Outcome
from dbadvisor.model.snapshot import Gap, Server, ServerCost
from dbadvisor.model.workload import Statement, Window

SCHEMA_VERSION = "1.0"


@dataclass(frozen=True, slots=True)
class StatementEstimate:
    """The planner's costs of one statement before and after, per call, averaged over its samples."""

    fingerprint: str
    cost_before: float
    cost_after: float
    calls: int
    total_ms: float
    samples: int = 1
    worst_ratio: float = 1.0
    """The highest cost_after / cost_before of any one sample."""
    plan_before: str = ""
    """The plan in one line, such as `Sort > Seq Scan orders`."""
    plan_after: str = ""


@dataclass(frozen=True, slots=True)
class Estimate:
    """The planner's answer for a recommendation. Costs are sums over the statements, weighted by calls."""

    planner: str
    cost_before: float
    cost_after: float
    statements: tuple[StatementEstimate, ...]


@dataclass(frozen=True, slots=True)
class StatementMeasurement:
    """One statement with one sample's values, run before and after."""

    fingerprint: str
    label: str
    rounds: int
    buffers_before: float
    buffers_after: float
    ms_before: float
    ms_after: float
    ratio: float
    """Median of the paired time ratios after / before."""
    ratio_low: float
    ratio_high: float
    """Bounds of its 95 % bootstrap interval."""
    noise: float
    """The same statement against itself: how far its ratio strayed from 1 (0.05 = 5 %)."""
    same_result: bool | None = None


@dataclass(frozen=True, slots=True)
class Measurement:
    """Before and after on a copy, with data."""

    where: str
    """What it was measured on, such as `template clone`."""
    verdict: str
    """better, worse or no difference."""
    buffers_before: float
    buffers_after: float
    ratio: float
    ratio_low: float
    ratio_high: float
    statements: tuple[StatementMeasurement, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """One set of indexes on the curve of size against gain."""

    indexes: int
    bytes: int
    left: float
    """Share of the workload's cost that is left with the set, as planned: 1 is today."""
    bound: float
    """No set of the same upkeep within the same limits leaves less, by all plans that are known."""


@dataclass(frozen=True, slots=True)
class IndexSet:
    """The recommended indexes as one set, and how far from the best possible it can be."""

    left: float
    """Share of the workload's cost that is left with the set, as planned."""
    bound: float
    """Least share that a set of the same upkeep within the limits could leave, by all plans that are known."""
    candidates: int
    """Indexes that were thought of."""
    plans: int
    """Different plans that were seen to use some of them: what the bound is over."""
    explored: int
    """Statements that were asked about all their candidates."""
    covered: float
    """Share of the workload's cost that those stand for."""
    calls: int
    """What-if questions asked."""
    derived: int
    """What-if questions answered from earlier answers."""
    budget_bytes: int | None = None
    max_indexes: int | None = None
    proved: bool = True
    """Whether the program was solved to its end; else its time limit ended it, and the bound is what it had."""
    curve: tuple[CurvePoint, ...] = ()
    """Smaller sets that leave more, smallest first; the last point is the recommended set."""

    @property
    def gap(self) -> float:
        """How much of the workload's cost a better set could save at most, as a share of today's."""
        return max(0.0, self.left - self.bound)


@dataclass(frozen=True, slots=True)
class RunnerUp:
    """The set's next best without an index: what would take its place, and why it lost."""

    instead: str
    """Body of the index that would take its place; empty where none would."""
    left: float
    """Share of the workload's cost that would be left with it in the index's place."""
    bytes: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Recommendation:
    """Changes that belong together, the findings they answer, and what is known of their effect."""

    rank: int
    kind: str
    """index, drop_index, rewrite, statistics, setting, maintenance, storage or application."""
    title: str
    why: str
    findings: tuple[str, ...]
    """Keys of the findings answered."""
    changes: tuple[Change, ...] = ()
    rewrite: Rewrite | None = None
    estimate: Estimate | None = None
    measurement: Measurement | None = None
    size_bytes: int = 0
    """Disk taken (positive) or freed (negative)."""
    affected_ms: float = 0.0
    """Execution time within the window of the statements it touches."""
    saved_ms: float = 0.0
    """The share of that time the estimate would save; what the rank is made from."""
    caveats: tuple[str, ...] = ()
    lost_share: float = 0.0
    """Share of the workload's cost that comes back when this one of the recommended indexes is left out."""
    runner_up: RunnerUp | None = None
    doubted: str = ""
    """Why the planner's answer is not believed, where the shadow was found to plan otherwise than the server."""

    @property
    def id(self) -> str:
        """Stable between runs: the first finding and the first change."""
        seed = "|".join((*self.findings, *(change.sql for change in self.changes), self.title))
        return "R" + hashlib.sha256(seed.encode()).hexdigest()[:8]

    @property
    def evidence_level(self) -> str:
        """The rung, derived and never typed in: hypothesis, planned or measured."""
        if self.measurement is not None:
            return "measured"
        return "planned" if self.estimate is not None and not self.doubted else "hypothesis"


@dataclass(frozen=True, slots=True)
class Rejected:
    """An idea that was looked at and not recommended."""

    title: str
    reason: str
    findings: tuple[str, ...] = ()
    measurement: Measurement | None = None


@dataclass(frozen=True, slots=True)
class Workload:
    """What of the workload was explained."""

    statements: tuple[Statement, ...]
    """Most expensive first."""
    total_ms: float = 0.0
    planned: int = 0
    """Statements of which at least one sample could be planned."""
    plannable: int = 0
    """Statements that are SELECT, INSERT, UPDATE, DELETE or MERGE."""
    covered_ms: float = 0.0
    """Execution time of the planned ones."""


@dataclass(frozen=True, slots=True)
class Report:
    taken_at: str
    server: Server
    window: Window
    workload: Workload
    findings: tuple[Finding, ...]
    recommendations: tuple[Recommendation, ...]
    rejected: tuple[Rejected, ...] = ()
    coverage: tuple[Outcome, ...] = ()
    gaps: tuple[Gap, ...] = ()
    cost: ServerCost = field(default_factory=ServerCost)
    planner: str = "none"
    planner_calls: int = 0
    index_set: IndexSet | None = None
    """None where no planner could be asked."""
    doubt: Agreement = field(default_factory=Agreement)
    """How the shadow's plans of our own statements agree with the server's."""
    version: str = ""
    """dbadvisor's own."""
