"""The whole job, in the order in which it happens. The only file that knows every room."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

from dbadvisor import __version__
from dbadvisor.advisor.advise import Advice, advise
from dbadvisor.advisor.doubt import doubt, lowered
from dbadvisor.analyzer.facts import Facts
from dbadvisor.analyzer.run import analyze as run_rules
from dbadvisor.bench.run import measure, refuse_the_analysed
from dbadvisor.collector.by_hand import collect_answers
from dbadvisor.collector.collect import collect, with_executions
from dbadvisor.collector.examples import with_examples
from dbadvisor.collector.samples import with_samples
from dbadvisor.errors import ServerUnavailable, UsageError
from dbadvisor.model import snapshot_file
from dbadvisor.model.agreement import Agreement
from dbadvisor.model.finding import Finding
from dbadvisor.model.plan import Plan
from dbadvisor.model.report import Report, Workload
from dbadvisor.model.rule import Outcome
from dbadvisor.model.snapshot import Gap, Snapshot
from dbadvisor.model.whatif import Planner, SamplePlan, Unplanned
from dbadvisor.model.workload import Sample
from dbadvisor.redaction import redact_values
from dbadvisor.settings import PlannerChoice, Settings

Progress = Callable[[str], None]
Plans = Mapping[str, tuple[SamplePlan, ...]]

ANSWERS_SUFFIX = ".jsonl"
"""Of a file of answers to the script that `dbadvisor snapshot --sql` prints."""
_NO_SHADOW = "there is no shadow that could be held against the server"
TOP_STATEMENTS = 5_000
"""How many of the most expensive statements are planned: pg_stat_statements keeps as many by default. The rest are
counted in the report's coverage."""
CLOSELY = 500
"""How many of them are planned with all their samples, the rest with the first one."""


def analyze(target: str | Path, settings: Settings, progress: Progress) -> Report:
    """Look, think, ask what-if, report. `target` is a libpq connection string, a snapshot file or a file of answers."""
    return analyze_snapshot(look(target, settings, progress), target, settings, progress)


def look(target: str | Path, settings: Settings, progress: Progress) -> Snapshot:
    """What the database is and was asked, read once (or from a file), with sample values filled in."""
    if not isinstance(target, Path):
        seen = collect(target, workload=settings.workload, logs=settings.logs, audit=settings.audit, progress=progress)
    elif target.suffix == ANSWERS_SUFFIX:
        seen = collect_answers(target, workload=settings.workload, logs=settings.logs, progress=progress)
    else:
        progress(f"reading {target.name}")
        seen = _stored(target)
        if not (settings.workload or settings.logs):
            return seen
        seen = with_executions(seen, workload=settings.workload, logs=settings.logs, progress=progress)
    progress("choosing sample values")
    return with_samples(seen)


def redacted(seen: Snapshot, progress: Progress) -> Snapshot:
    """The snapshot without anybody's values; its last gap says what can still be seen, and what is not exact."""
    progress("replacing values")
    return redact_values(seen)


def _stored(path: Path) -> Snapshot:
    try:
        return snapshot_file.read(path)
    except (OSError, ValueError) as error:
        raise UsageError(f"{path} cannot be read: {error}", "Make it again with dbadvisor snapshot.") from None


def analyze_snapshot(seen: Snapshot, target: str | Path, settings: Settings, progress: Progress) -> Report:
    """Everything after the look: nothing here needs the analysed server unless HypoPG was asked for."""
    with _planner(seen, target, settings, progress) as (planner, gaps):
        progress(f"planning {min(len(seen.statements), TOP_STATEMENTS)} statements")
        seen, plans = plan_statements(replace(seen, gaps=seen.gaps + gaps), planner)
        facts = Facts(seen, plans)
        progress("applying the rules")
        findings, coverage = run_rules(facts, settings.only)
        progress("choosing changes")
        table_bytes = sum(table.size_blocks for table in seen.tables) * seen.server.block_size
        options = replace(settings.limits, budget_bytes=settings.budget.resolve(table_bytes))
        advice = advise(seen, facts.catalog, facts.shapes, plans, findings, planner, options)
        advice = replace(advice, recommendations=with_examples(advice.recommendations, seen))
        seen = replace(seen, gaps=(*seen.gaps, *_refusals(advice)))
        progress("comparing with the server's own plans")
        doubted = doubt(seen, planner) if planner and planner.name == "shadow" else Agreement(unseen=_NO_SHADOW)
        advice = replace(advice, recommendations=lowered(advice.recommendations, doubted, plans))
        return replace(_report(seen, plans, findings, coverage, advice, planner), doubt=doubted)


def bench(report: Report, url: str, progress: Progress, *, same_system: bool = False) -> Report:
    """The report with its recommendations measured on clones of the copy at `url`, with the copy's own values.

    Raises RefusedForSafety when the copy is what was analysed, or lives on its server without `same_system`.
    """
    copy = collect(url, progress=progress)
    refuse_the_analysed(report.server, copy.server, same_system=same_system)
    statements = with_samples(replace(copy, statements=report.workload.statements)).statements
    return measure(report, statements, url, progress)


def plan_statements(seen: Snapshot, planner: Planner | None) -> tuple[Snapshot, Plans]:
    """Plans every sample of the most expensive statements; notes on each statement why it cannot be planned."""
    if planner is None:
        return seen, {}
    chosen = [statement for statement in seen.statements if statement.samples][:TOP_STATEMENTS]
    texts = {statement.fingerprint: statement.text for statement in chosen}
    asked = [(each.fingerprint, sample) for each in chosen[:CLOSELY] for sample in each.samples]
    asked += [(each.fingerprint, each.samples[0]) for each in chosen[CLOSELY:]]
    plans: dict[str, tuple[SamplePlan, ...]] = {}
    refused: dict[str, str | None] = {}
    for (fingerprint, sample), answer in _answers(planner, asked, {each.fingerprint: each.role for each in chosen}):
        if isinstance(answer, Unplanned):
            refused.setdefault(fingerprint, _without_values(answer.reason, texts[fingerprint]))
        else:
            plans[fingerprint] = (*plans.get(fingerprint, ()), SamplePlan(sample, answer))
    statements = (
        replace(one, unplannable=None if one.fingerprint in plans else refused.get(one.fingerprint, one.unplannable))
        for one in seen.statements
    )
    return replace(seen, statements=tuple(statements)), plans


def _answers(
    planner: Planner, asked: Sequence[tuple[str, Sample]], roles: Mapping[str, str | None]
) -> Iterator[tuple[tuple[str, Sample], Plan | Unplanned]]:
    """Every question with its answer, those of one role asked together."""
    for role in dict.fromkeys(roles.values()):
        alike = [question for question in asked if roles[question[0]] == role]
        yield from zip(alike, planner.explain([sample.sql for _, sample in alike], role=role), strict=True)


def _refusals(advice: Advice) -> tuple[Gap, ...]:
    """What-if indexes that the planner refused: what they would have done is not known."""
    if not advice.refusals:
        return ()
    reasons = "; ".join(dict.fromkeys(advice.refusals))
    return (Gap("what_if", f"what {len(advice.refusals)} imagined indexes would do", f"they were refused: {reasons}"),)


def _without_values(reason: str | None, text: str) -> str | None:
    """The server's words: of what they quote only names stay, which the text without its values holds too."""
    if not reason:
        return None
    ended = re.sub(r': ".*"', ": …", reason, flags=re.DOTALL)  # at the end a value may hold quotes itself
    return re.sub(r'["„«“]([^"“”»]*)["“”»]', lambda quote: quote[0] if quote[1] in text else "…", ended)


@contextmanager
def _planner(
    seen: Snapshot, target: str | Path, settings: Settings, progress: Progress
) -> Iterator[tuple[Planner | None, tuple[Gap, ...]]]:
    """The what-if door that was asked for, with the gaps it leaves; None where there can be none."""
    if settings.planner is PlannerChoice.HYPOPG:
        if settings.audit:
            raise UsageError("--audit-log does not cover what HypoPG is asked", "Leave out one of the two.")
        from dbadvisor.planner.hypopg import hypopg

        with hypopg(target, seen, allow_powerful_role=settings.allow_powerful_role) as planner:
            yield planner, ()
        return
    from dbadvisor.planner.shadow import shadow

    with ExitStack() as stack:
        try:
            door = shadow(seen, offline=settings.offline, keep=settings.keep, progress=progress)
            local = stack.enter_context(door)
        except ServerUnavailable as error:
            yield None, (Gap("plans", "what statements would cost", error.message, error.hint),)
            return
        caveats = (*local.caveats, *(f"not rebuilt: {name}" for name in local.dropped))
        yield local, tuple(Gap("shadow", "exact plans", caveat) for caveat in caveats)


def _report(
    seen: Snapshot,
    plans: Plans,
    findings: tuple[Finding, ...],
    coverage: tuple[Outcome, ...],
    advice: Advice,
    planner: Planner | None,
) -> Report:
    plannable = [statement for statement in seen.statements if statement.kind != "UTILITY"]
    workload = Workload(
        statements=tuple(sorted(seen.statements, key=lambda s: (-s.total_ms, s.fingerprint))),
        total_ms=sum(statement.total_ms for statement in seen.statements),
        planned=len(plans),
        plannable=len(plannable),
        covered_ms=sum(statement.total_ms for statement in plannable if statement.fingerprint in plans),
    )
    return Report(
        taken_at=seen.taken_at,
        server=seen.server,
        window=seen.window,
        workload=workload,
        findings=findings,
        recommendations=advice.recommendations,
        rejected=advice.rejected,
        coverage=coverage,
        gaps=seen.gaps,
        cost=seen.cost,
        index_set=advice.index_set,
        planner=planner.name if planner else "none",
        planner_calls=planner.calls if planner else 0,
        version=__version__,
    )
