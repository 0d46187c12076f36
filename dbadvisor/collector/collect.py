"""The whole look: ask everything, let the server go, then write down what was seen."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from dbadvisor.collector.answers import BIGGEST, Answers, Source
from dbadvisor.collector.catalog import schema
from dbadvisor.collector.executed import Execution, statements_of
from dbadvisor.collector.gaps import find_gaps
from dbadvisor.collector.logs import read_log
from dbadvisor.collector.probing import ask_ends, ask_heights, ask_plans
from dbadvisor.collector.queries import version
from dbadvisor.collector.server import (
    build_server,
    build_window,
    horizons,
    role_settings,
    search_path,
    sessions,
    settings,
)
from dbadvisor.collector.session import ReadOnlySession
from dbadvisor.collector.statements import ask_statements, build_statements, with_further
from dbadvisor.collector.workload_file import read_workload
from dbadvisor.model.plan import Probe
from dbadvisor.model.snapshot import Gap, Snapshot
from dbadvisor.model.workload import Statement

BATCH = 500
"""Relations a question about sizes, so that none of them takes long and one lock costs little."""
UNLOCKED = (
    *("tables", "columns", "indexes", "index_keys", "checks", "policies", "views", "extended_statistics"),
    "sequences",
)
"""Questions that open relations, and so would wait for exclusive locks."""
_PLAIN = (
    *("settings", "schemas", "role_settings", "user_schemas", "types", "functions", "foreign_keys"),
    *("objects", "operator_classes", "tablespaces", "roles", "foreign_tables"),
    *("table_activity", "index_activity", "sessions", "horizons", "window", "users_code", "ended_columns"),
)


def collect(
    target: str,
    *,
    workload: Path | None = None,
    logs: tuple[Path, ...] = (),
    audit: Path | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> Snapshot:
    """Reads what a database is and was asked, without writing anything or running anybody's statement.

    `workload` is a file or directory of SQL and `logs` are server logs: both are read before the server is
    asked. Raises UsageError for a wrong target or file, DatabaseLost when the server is out of reach.
    """
    executions, gaps = read_executions(workload, logs, progress)
    progress("connecting")
    with ReadOnlySession(target, audit=audit) as session:
        return collect_from(session, executions, gaps, progress)


def collect_from(
    session: ReadOnlySession,
    executions: list[Execution],
    gaps: tuple[Gap, ...],
    progress: Callable[[str], None],
) -> Snapshot:
    """The same through a session that is open, and stays so, with what `read_executions` found."""
    answers = ask_everything(session, progress)
    session.rest()
    progress("writing down what was seen")
    return write_down(answers, executions, gaps, taken_at=datetime.now(UTC).isoformat(timespec="seconds"))


def with_executions(
    seen: Snapshot, *, workload: Path | None, logs: tuple[Path, ...], progress: Callable[[str], None]
) -> Snapshot:
    """A stored snapshot with what a workload file and logs say was run, as if a look had read them. Raises UsageError.

    What is in it twice counts once: a statement that is known keeps its counters.
    """
    executions, gaps = read_executions(workload, logs, progress)
    further, unreadable = statements_of(executions)
    statements = with_further(seen.statements, further)
    return replace(seen, statements=statements, gaps=(*seen.gaps, *gaps, *_unread(unreadable)))


def read_executions(
    workload: Path | None, logs: tuple[Path, ...], progress: Callable[[str], None]
) -> tuple[list[Execution], tuple[Gap, ...]]:
    """What a workload file and logs say was run, and a gap for each log that says nothing. Raises UsageError."""
    executions = [*(read_workload(workload) if workload else ())]
    untimed: list[Path] = []
    for log in logs:
        progress(f"reading {log.name}")
        found = read_log(log)
        executions += found
        untimed += [] if found else [log]
    return executions, tuple(map(_nothing_timed, untimed))


def ask_everything(session: Source, progress: Callable[[str], None]) -> Answers:
    """All questions in a fixed order, with nothing thought in between."""
    answers = Answers(session)
    answers.ask_server()
    progress("reading the schema")
    for row in answers.ask("extensions"):
        answers.versions[row["name"]] = version(row["version"])
    for name in ("identity", "powers", *_PLAIN):
        answers.ask(name)
    answers.look_for_locks()
    for name in UNLOCKED:
        answers.ask_unlocked(name)
    progress("reading statistics and sizes")
    answers.ask("statistic_rows" if answers.one("powers").get("reads_statistics") else "statistics", BIGGEST)
    answers.rows.update({"extended_data": [], "extended_expressions": []})
    if answers.rows["extended_statistics"]:
        answers.ask("extended_data")
        answers.ask("extended_expressions", gap=False)  # refused with the data, which say so
    _ask_sizes(answers)
    progress("probing indexes")
    ask_ends(answers)
    ask_heights(answers)
    ask_plans(answers)
    progress("reading the workload")
    ask_statements(answers)
    return answers


def _ask_sizes(answers: Answers) -> None:
    locked = set(answers.locked)
    stored = [row for row in answers.rows["tables"] if row["kind"] in ("r", "m")] + answers.rows["indexes"]
    biggest = sorted(
        (row for row in stored if row["oid"] not in locked and row.get("table_oid") not in locked),
        key=lambda row: -row["pages"],
    )[:BIGGEST]
    found = []
    for start in range(0, len(biggest), BATCH):
        found += answers.ask("sizes", [row["oid"] for row in biggest[start : start + BATCH]])
    answers.rows["sizes"] = found


def write_down(answers: Answers, executions: list[Execution], gaps: tuple[Gap, ...], taken_at: str) -> Snapshot:
    """The rows, and what was run besides, as a snapshot."""
    counted, unreadable = build_statements(answers)
    further, unreadable_further = statements_of(executions)
    return Snapshot(
        taken_at=taken_at,
        server=build_server(answers),
        window=build_window(answers),
        search_path=search_path(answers),
        settings=settings(answers),
        role_settings=role_settings(answers),
        statements=_with_running(with_further(counted, further), answers),
        sessions=sessions(answers),
        horizons=horizons(answers),
        standbys=sum(row["kind"] == "standby" for row in answers.rows["horizons"]),
        gaps=(*find_gaps(answers), *gaps, *_unread(unreadable + unreadable_further)),
        probes=tuple(Probe(**row) for row in answers.rows["probes"]),
        cost=answers.session.cost,
        **schema(answers),
    )


def _with_running(statements: tuple[Statement, ...], answers: Answers) -> tuple[Statement, ...]:
    """The statements with the values of those that run just now; a statement that nothing counted is left out."""
    known = {statement.fingerprint for statement in statements}
    running, _ = statements_of(Execution(row["query"], "pg_stat_activity") for row in answers.rows["sessions"])
    return with_further(statements, [statement for statement in running if statement.fingerprint in known])


def _nothing_timed(log: Path) -> Gap:
    why = "it holds no statement with its duration"
    cure = "ALTER SYSTEM SET log_min_duration_statement = '100ms'; SELECT pg_reload_conf();"
    return Gap("log", f"the workload of {log.name}", why, cure)


def _unread(texts: int) -> tuple[Gap, ...]:
    if not texts:
        return ()
    return (Gap("unreadable_statements", f"{texts} statements", "their texts are cut short or not PostgreSQL's SQL"),)
