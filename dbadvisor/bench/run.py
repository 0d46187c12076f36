"""Each recommendation tried on a clone of a copy: measured when it helps, withdrawn with its numbers when not."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace

import psycopg

from dbadvisor.bench import statistics
from dbadvisor.bench.arms import Arm, compare, shape
from dbadvisor.bench.clone import clone, connect, sweep
from dbadvisor.errors import RefusedForSafety
from dbadvisor.model.change import Change, CreateIndex, CreateStatistics, SetParameter
from dbadvisor.model.names import quote
from dbadvisor.model.report import Measurement, Recommendation, Rejected, Report, StatementMeasurement
from dbadvisor.model.snapshot import Server
from dbadvisor.model.workload import Sample, Statement
from dbadvisor.sqltext.parameters import bind
from dbadvisor.sqltext.repair import typed

Progress = Callable[[str], None]

STATEMENT_TIMEOUT_MS = 60_000
SECONDS_EACH = 2.0
"""How long one statement with one sample's values is measured."""
STATEMENTS_EACH = 5
SAMPLES_EACH = 3
WATCHED = 100
"""How many of the most expensive other statements are planned again to see whether a change harms them."""


def refuse_the_analysed(analysed: Server, copy: Server, *, same_system: bool) -> None:
    """Raises RefusedForSafety when the copy is, or lives with, what was analysed."""
    if analysed.system_identifier is None or analysed.system_identifier != copy.system_identifier:
        return
    if analysed.database == copy.database:
        raise RefusedForSafety(
            f"{copy.database} is the database that was analysed",
            "Name a copy with --on: a staging database, a restored dump, a branch.",
        )
    if not same_system:
        raise RefusedForSafety(
            f"{copy.database} lives on the server that was analysed",
            "Measuring would load it. If that is what you want, say --on-analysed-system.",
        )


def measure(report: Report, statements: Sequence[Statement], url: str, progress: Progress) -> Report:
    """The same report with every recommendation that can be run measured on clones of the database at `url`.

    `statements` are the report's with real values from the copy. What proves worse, or no better where better was
    the aim, moves to `rejected` with its measurement.
    """
    sweep(url)
    kept: list[Recommendation] = []
    withdrawn: list[Rejected] = []
    with ExitStack() as stack:
        before = stack.enter_context(clone(url))
        stack.enter_context(connect(before)).execute("VACUUM")
        for position, recommendation in enumerate(report.recommendations, 1):
            progress(f"measuring {position} of {len(report.recommendations)}: {recommendation.title}")
            measurement = _measure_one(recommendation, statements, url, before)
            if measurement is None:
                kept.append(recommendation)
            elif reason := _reason_to_withdraw(recommendation, measurement):
                withdrawn.append(Rejected(recommendation.title, reason, recommendation.findings, measurement))
            else:
                kept.append(replace(recommendation, measurement=measurement))
    ranked = tuple(replace(each, rank=rank) for rank, each in enumerate(kept, 1))
    return replace(report, recommendations=ranked, rejected=(*report.rejected, *withdrawn))


@dataclass(frozen=True, slots=True)
class _Trial:
    statement: Statement
    sample: Sample
    after: str
    """The text to run in the after-arm."""


def _measure_one(
    recommendation: Recommendation, statements: Sequence[Statement], url: str, before_url: str
) -> Measurement | None:
    by_fingerprint = {statement.fingerprint: statement for statement in statements}
    wanted = [by_fingerprint[f] for f in _fingerprints(recommendation) if f in by_fingerprint][:STATEMENTS_EACH]
    if not recommendation.changes and _rewritten(recommendation) is None:
        return None
    with ExitStack() as stack:
        after_url = stack.enter_context(clone(url))
        refused = apply(recommendation.changes, after_url)
        if refused:
            return Measurement("template clone", statistics.WORSE, 0, 0, 1, 1, 1, (), (refused,))
        before = Arm(stack.enter_context(connect(before_url, statement_timeout_ms=STATEMENT_TIMEOUT_MS)))
        # only now: settings given to the database take effect at login
        after = Arm(stack.enter_context(connect(after_url, statement_timeout_ms=STATEMENT_TIMEOUT_MS)))
        notes: list[str] = []
        trials = list(_trials(wanted, _rewritten(recommendation)))
        others = [s for s in statements[:WATCHED] if s not in wanted]
        trials += _changed_plans(before, after, others, notes)
        settings = any(isinstance(change, SetParameter) for change in recommendation.changes)
        if not trials and not wanted:
            return Measurement("template clone", statistics.SAME, 0, 0, 1.0, 1.0, 1.0, (), tuple(notes))
        results = list(_results(before, after, trials, notes, settings=settings))
        measured = {each.fingerprint for each, _ in results}
        if (wanted and measured.isdisjoint(each.fingerprint for each in wanted)) or not results:
            return None  # what it is for could not be run here, so nothing was measured
        return _verdict(results, by_fingerprint, notes)


def _fingerprints(recommendation: Recommendation) -> tuple[str, ...]:
    if recommendation.estimate is None:
        return ()
    return tuple(each.fingerprint for each in recommendation.estimate.statements)


def apply(changes: Sequence[Change], url: str) -> str | None:
    """Runs the changes in order and brings statistics up to date; the server's words when one is refused."""
    with connect(url) as connection:
        for change in changes:
            if isinstance(change, SetParameter):  # never the original's settings, nor the server's
                change = replace(change, scope=f"DATABASE {quote(connection.info.dbname)}")
            try:
                connection.execute(change.sql.encode())
            except psycopg.Error as error:
                return f"{change.sql}: refused by the copy (SQLSTATE {error.sqlstate})"
            if isinstance(change, CreateIndex):  # expressions have no statistics before
                connection.execute(f"ANALYZE {change.definition.table}".encode())
            elif isinstance(change, CreateStatistics):
                connection.execute(f"ANALYZE {change.table}".encode())
        connection.execute("VACUUM")
    return None


def _rewritten(recommendation: Recommendation) -> str | None:
    """The rewrite's text with `$n`, where it means the same and can take the samples' values."""
    rewrite = recommendation.rewrite
    return rewrite.template or rewrite.after if rewrite and not rewrite.application else None


def _trials(statements: Sequence[Statement], template: str | None = None) -> Iterator[_Trial]:
    for statement in statements:
        for sample in [s for s in statement.samples if s.label != "generic"][:SAMPLES_EACH]:
            after = bind(typed(template), dict(sample.values)) if template else sample.sql
            yield _Trial(statement, sample, after)


def _changed_plans(before: Arm, after: Arm, others: Sequence[Statement], notes: list[str]) -> list[_Trial]:
    """Statements that nobody meant to change but whose plan did: they are measured too."""
    changed: list[_Trial] = []
    planned = 0
    for trial in _trials(others):
        try:
            if shape(before.plan(trial.sample.sql)) != shape(after.plan(trial.sample.sql)):
                changed.append(trial)
            planned += 1
        except psycopg.Error:
            continue  # a sample that cannot be planned here says nothing about the change
    notes.append(f"{planned} samples of other statements planned again, {len(changed)} with another plan")
    return changed


def _results(
    before: Arm, after: Arm, trials: Sequence[_Trial], notes: list[str], *, settings: bool
) -> Iterator[tuple[StatementMeasurement, str]]:
    for trial in trials:
        statement, sample = trial.statement, trial.sample
        try:
            yield compare(
                before,
                after,
                sample.sql,
                trial.after,
                fingerprint=statement.fingerprint,
                label=sample.label,
                seconds=SECONDS_EACH,
                settings=settings,
            )
        except psycopg.errors.QueryCanceled:
            notes.append(f"{statement.fingerprint} ({sample.label}) ran longer than {STATEMENT_TIMEOUT_MS // 1000} s")
        except psycopg.Error as error:
            notes.append(f"{statement.fingerprint} ({sample.label}) cannot be run here: SQLSTATE {error.sqlstate}")


def _verdict(
    results: Sequence[tuple[StatementMeasurement, str]], statements: Mapping[str, Statement], notes: Sequence[str]
) -> Measurement:
    measured = [each for each, _ in results]
    weights = [max(statements[each.fingerprint].calls, 1) for each in measured]
    verdicts = [verdict for _, verdict in results]
    harmed = tuple(
        f"{each.fingerprint} ({each.label}) got worse: {each.ms_before} → {each.ms_after} ms"
        for each, verdict in results
        if verdict == statistics.WORSE
    )
    overall = statistics.WORSE if harmed else statistics.BETTER if statistics.BETTER in verdicts else statistics.SAME
    total = sum(weight * each.ms_before for weight, each in zip(weights, measured, strict=True)) or 1.0

    def weighted(field: str) -> float:
        return (
            sum(w * each.ms_before * float(getattr(each, field)) for w, each in zip(weights, measured, strict=True))
            / total
        )

    return Measurement(
        "template clone",
        overall,
        sum(w * each.buffers_before for w, each in zip(weights, measured, strict=True)),
        sum(w * each.buffers_after for w, each in zip(weights, measured, strict=True)),
        round(weighted("ratio"), 4),
        round(weighted("ratio_low"), 4),
        round(weighted("ratio_high"), 4),
        tuple(measured),
        (*notes, *harmed),
    )


def _reason_to_withdraw(recommendation: Recommendation, measurement: Measurement) -> str | None:
    if measurement.verdict == statistics.WORSE:
        return f"measured worse: {measurement.notes[-1]}"
    aims_at_speed = recommendation.kind in ("index", "statistics", "setting", "rewrite")
    if measurement.verdict == statistics.SAME and aims_at_speed and measurement.statements:
        buffers = f"{measurement.buffers_before:.0f} → {measurement.buffers_after:.0f}"
        return f"measured no difference: time ratio {measurement.ratio:.2f}, buffers {buffers}"
    return None
