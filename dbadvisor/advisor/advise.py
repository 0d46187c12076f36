"""From findings and statements to one set of changes that never contradicts itself."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from dbadvisor.advisor.candidates import Field
from dbadvisor.advisor.changes import Writer
from dbadvisor.advisor.choice import Selection, choose
from dbadvisor.advisor.costing import Costing, Indexes
from dbadvisor.advisor.foreignkeys import foreign_key_checks
from dbadvisor.advisor.indexes import IndexAdvice, renamed
from dbadvisor.advisor.load import Load, loads, uses_by_table
from dbadvisor.advisor.options import Options
from dbadvisor.advisor.packages import Explorer
from dbadvisor.advisor.removal import Remover
from dbadvisor.advisor.replaceable import Replacer
from dbadvisor.advisor.replacements import with_replaceable
from dbadvisor.advisor.rewrites import Trial, trials
from dbadvisor.advisor.select import Selector
from dbadvisor.advisor.sorting import ANSWERED_BY_INDEX, Sorted, created, drops, sort_out, worst
from dbadvisor.advisor.tidy import UNUSED
from dbadvisor.advisor.writecost import WriteCost
from dbadvisor.model.catalog import Catalog
from dbadvisor.model.change import CreateIndex
from dbadvisor.model.finding import Finding, Severity
from dbadvisor.model.report import IndexSet, Recommendation, Rejected
from dbadvisor.model.snapshot import Snapshot
from dbadvisor.model.whatif import Planner, SamplePlan
from dbadvisor.sqltext.shape import QueryShape

__all__ = ["Advice", "Options", "advise"]

MODEST = 0.3
"""The share of its statements' time by which advice without an estimate is ranked: real gains of rewrites and
settings reach from none to nearly all, and a proved saving of the same statements should stand above it."""
JIT_ABOVE_COST = 100_000.0
"""PostgreSQL's default of the setting, where it was not collected."""


@dataclass(frozen=True, slots=True)
class Advice:
    """The recommendations, best first, and what was looked at and left."""

    recommendations: tuple[Recommendation, ...]
    rejected: tuple[Rejected, ...]
    index_set: IndexSet | None = None
    """None where no planner could be asked."""
    refusals: tuple[str, ...] = ()
    """Why the planner could not imagine an index, one reason for each."""


def advise(
    snapshot: Snapshot,
    catalog: Catalog,
    shapes: Mapping[str, QueryShape],
    plans: Mapping[str, tuple[SamplePlan, ...]],
    findings: tuple[Finding, ...],
    planner: Planner | None,
    options: Options,
) -> Advice:
    """Chooses the changes; without a planner only the findings' own proposals, which then stay hypotheses."""
    groups = sort_out(findings)
    timed = any(statement.total_ms > 0 for statement in snapshot.statements)
    if planner is None:
        writes = WriteCost(snapshot, catalog, shapes)
        remover = Remover((), catalog, shapes, frozenset(), None)
        return _ranked(*_unplanned(Writer(snapshot, None, writes, remover), groups, catalog), findings, timed=timed)
    statements = _in_doubt(loads(snapshot.statements, catalog, shapes, plans, plainly=options.as_peers), findings)
    costing = Costing(planner, catalog)
    writes = WriteCost(snapshot, catalog, shapes, costing.bytes)
    desk = _Desk(snapshot, catalog, shapes, planner, options, writes, groups, costing)
    made, left, index_set = desk.advise(statements, findings)
    refusals = tuple(sorted(desk.costing.refused.values()))
    return replace(_ranked(made, left, findings, timed=timed), refusals=refusals, index_set=index_set)


def _in_doubt(statements: tuple[Load, ...], findings: tuple[Finding, ...]) -> tuple[Load, ...]:
    """Statements whose plan is wrong because statistics are: no index is chosen on the word of those."""
    doubted = {fingerprint for finding in findings if finding.rule == "UPK002" for fingerprint in finding.statements}
    return tuple(replace(load, at_stake=0.0) if load.key in doubted else load for load in statements)


@dataclass(frozen=True, slots=True)
class _Desk:
    """Everything at hand while advising with a planner."""

    snapshot: Snapshot
    catalog: Catalog
    shapes: Mapping[str, QueryShape]
    planner: Planner
    options: Options
    writes: WriteCost
    groups: Sorted
    costing: Costing

    def advise(
        self, statements: tuple[Load, ...], findings: tuple[Finding, ...]
    ) -> tuple[list[Recommendation], list[Rejected], IndexSet]:
        groups = self.groups
        field = Field(self.catalog, uses_by_table(self.catalog, self.shapes), exactly=self.options.as_peers)
        checks = foreign_key_checks(groups.creating, self.catalog, statements, self.planner)
        explorer = Explorer(self.costing, field)
        tried = trials(groups.rewriting, checks.rest, explorer)
        weighed = (*_with_rewrites(checks.rest, tried), *checks.loads)
        explorer.learn(weighed, {**_proposed(groups, weighed), **checks.proposed})
        total = sum(load.weight for load in (*checks.rest, *checks.loads)) or 1.0  # nothing weighs anything
        bytes_ = sum(table.size_blocks for table in self.snapshot.tables) * self.snapshot.server.block_size
        selection = choose(Selector(weighed, total, explorer, self.writes, self.options, bytes_))
        everything = {load.key: load for load in (*weighed, *checks.rest)}  # a rewrite need not be followed
        remover = Remover(tuple(everything.values()), self.catalog, self.shapes, selection.chosen, self.costing)
        writer = Writer(self.snapshot, self.planner.name, self.writes, remover)
        indexes = self._indexes(selection, weighed, remover, total, findings)
        answered = {key for recommendation in indexes for key in recommendation.findings}
        made, left = writer.removals(tuple(one for one in groups.dropping if one.key not in answered))
        told = frozenset(drop.index for finding in groups.dropping for drop in drops(finding))
        replacer = Replacer(self.snapshot, remover, self.costing, self.writes, self.options, total, told)
        indexes = with_replaceable(indexes, replacer.find(), self.planner.name, self.catalog)
        rewrites, unwon = self._rewrites(writer, tried, selection, answered, findings)
        untried, refused = self._unanswered(writer, selection, answered)
        moot = self._compiling_no_more([*indexes, *rewrites])
        answered |= {rejected.findings[0] for rejected in moot}
        left_open = (finding for finding in (*groups.changing, *groups.telling) if finding.key not in answered)
        plain = writer.direct(tuple(left_open))
        rejected = [*left, *replacer.kept, *unwon, *refused, *moot, *_dismissed(selection, refused)]
        return [*indexes, *made, *rewrites, *untried, *plain], rejected, selection.summary

    def _compiling_no_more(self, made: list[Recommendation]) -> list[Rejected]:
        """Turning JIT off, where every statement that suffers from it gets a plan too cheap to be compiled."""
        least = float(self.snapshot.setting("jit_above_cost") or JIT_ABOVE_COST)
        estimates = [each for one in made if one.estimate for each in one.estimate.statements]
        cheap = {each.fingerprint for each in estimates if each.cost_after < least}
        reason = f"the statements' new plans cost less than jit_above_cost ({least:,.0f}) and are not compiled"
        return [
            Rejected(change.sql, reason, (finding.key,))
            for finding in self.groups.changing
            if finding.rule == "PLN004" and finding.statements and {*finding.statements} <= cheap
            for change in finding.proposals[:1]
        ]

    def _indexes(
        self,
        selection: Selection,
        weighed: tuple[Load, ...],
        remover: Remover,
        total: float,
        findings: tuple[Finding, ...],
    ) -> list[Recommendation]:
        advice = IndexAdvice(selection, weighed, self.catalog, self.costing, self.writes, remover, total)
        return [advice.recommend(index, findings) for index in sorted(selection.chosen, key=lambda one: one.body)]

    def _rewrites(
        self,
        writer: Writer,
        tried: tuple[Trial, ...],
        selection: Selection,
        answered: set[str],
        findings: tuple[Finding, ...],
    ) -> tuple[list[Recommendation], list[Rejected]]:
        made: list[Recommendation] = []
        left: list[Rejected] = []
        for trial in tried:
            rewrite = trial.finding.rewrite
            final = selection.answers.get(trial.rewritten.key) if trial.adopted and trial.rewritten else None
            if (
                trial.adopted
                or (rewrite and rewrite.application)
                or not (trial.reason or trial.finding.key in answered)
            ):
                also = _cured(findings, trial.key) - answered if trial.adopted else set[str]()
                made.append(_answering(writer.rewrite(trial, final), also))
            else:
                reason = trial.reason or "an index serves the statement as it is written"
                left.append(Rejected(f"Rewrite: {trial.finding.summary}", reason, (trial.finding.key,)))
        return made, left

    def _unanswered(
        self, writer: Writer, selection: Selection, answered: set[str]
    ) -> tuple[list[Recommendation], list[Rejected]]:
        """Proposed indexes that no chosen one answers: hypotheses where the planner can't judge, else rejected."""
        made: list[Recommendation] = []
        left: list[Rejected] = []
        for finding in self.groups.creating:
            if finding.key in answered or finding.severity is Severity.INFO:
                continue
            refusals = [self.costing.refused.get(one) for one in created(finding)]
            if any(refusals) and all(one.method != "btree" for one in created(finding)):
                made.append(writer.untried(finding, "The planner could not imagine this kind of index."))
                continue
            reasons = [selection.dismissed.get(one) for one in created(finding)] + refusals
            reason = next((reason for reason in reasons if reason), "no planned statement would use it")
            left += [Rejected(f"CREATE INDEX ON {one.body}", reason, (finding.key,)) for one in created(finding)]
        return made, left


def _cured(findings: tuple[Finding, ...], key: str) -> set[str]:
    """Findings about scans that speak of nothing but this one statement."""
    return {one.key for one in findings if one.rule in ANSWERED_BY_INDEX and {*one.statements} == {key}}


def _answering(recommendation: Recommendation, also: set[str]) -> Recommendation:
    return replace(recommendation, findings=tuple(dict.fromkeys((*recommendation.findings, *sorted(also)))))


def _with_rewrites(statements: tuple[Load, ...], tried: tuple[Trial, ...]) -> tuple[Load, ...]:
    """The loads with adopted rewrites in the place of what they replace."""
    new = {trial.key: trial.rewritten for trial in tried if trial.adopted and trial.rewritten}
    return tuple(new.get(load.key, load) for load in statements)


def _proposed(groups: Sorted, weighed: tuple[Load, ...]) -> dict[str, Indexes]:
    """The findings' own indexes by load: for the statements they name, or all on the table."""
    proposed: dict[str, Indexes] = {}
    for finding in (*groups.creating, *groups.rewriting):
        for index in created(finding):
            for load in weighed:
                named = load.statement is not None and load.statement.fingerprint in finding.statements
                if index.table in load.tables and (named or not finding.statements):
                    proposed[load.key] = proposed.get(load.key, frozenset()) | {index}
    return proposed


def _dismissed(selection: Selection, told: list[Rejected]) -> list[Rejected]:
    """Indexes that plans would use but that did not earn their place, unless told of already."""
    titles = {rejected.title for rejected in told}
    reasons = selection.dismissed.items()
    found = [(f"CREATE INDEX ON {index.body}", reason) for index, reason in reasons if reason != UNUSED]
    return [Rejected(title, reason) for title, reason in sorted(found) if title not in titles]


def _unplanned(writer: Writer, groups: Sorted, catalog: Catalog) -> tuple[list[Recommendation], list[Rejected]]:
    """The findings' own proposals, none of them checked by a planner; no index twice."""
    made: list[Recommendation] = []
    seen: set[Indexes] = set()
    for finding in (*groups.creating, *groups.rewriting):
        if created(finding) and created(finding) in seen:
            continue
        seen.add(created(finding))
        changes = tuple(renamed(c, catalog) if isinstance(c, CreateIndex) else c for c in finding.proposals)
        made.append(writer.untried(replace(finding, proposals=changes), "No planner could be asked."))
    removed, left = writer.removals(groups.dropping)
    return [*made, *removed, *writer.direct((*groups.changing, *groups.telling))], left


def _ranked(made: list[Recommendation], left: list[Rejected], findings: tuple[Finding, ...], *, timed: bool) -> Advice:
    by_key = {finding.key: finding for finding in findings}

    def order(one: Recommendation) -> tuple[float, int, str]:
        gain = one.saved_ms if one.estimate else max(one.saved_ms, MODEST * one.affected_ms)
        return -gain, -worst(tuple(by_key[key] for key in one.findings if key in by_key)), one.title

    ranked = sorted(made, key=order)
    if not timed:  # the weights were planner costs, which order well but are no time
        ranked = [replace(one, affected_ms=0.0, saved_ms=0.0) for one in ranked]
    return Advice(tuple(replace(one, rank=place) for place, one in enumerate(ranked, 1)), tuple(left))
