"""What could not be seen although every question was answered: named, with the cure."""

from collections.abc import Iterator

from dbadvisor.collector.answers import BIGGEST, Answers
from dbadvisor.collector.indexes import readable
from dbadvisor.collector.queries import version
from dbadvisor.collector.session import Row
from dbadvisor.collector.statements import EXTENSION, INSUFFICIENT_PRIVILEGE
from dbadvisor.model.snapshot import Gap

NOT_PRELOADED = "55000"
OLDEST_EXTENSION = (1, 8)

_WORKLOAD = "the workload: which statements run, how often, how long"


def find_gaps(answers: Answers) -> tuple[Gap, ...]:
    """All of them, in a stable order, questions that failed first."""
    found = (*_statement_gaps(answers), *_statistics_gaps(answers), *_other_gaps(answers), *_locked(answers))
    return (*answers.gaps, *found)


def _setting(answers: Answers, name: str) -> str | None:
    return next((row["value"] for row in answers.rows["settings"] if row["name"] == name), None)


def _statement_gaps(answers: Answers) -> Iterator[Gap]:
    extension = next((row for row in answers.rows["extensions"] if row["name"] == EXTENSION), None)
    if extension is None:
        cure = "CREATE EXTENSION pg_stat_statements;"
        if _setting(answers, "pg_stat_statements.track") is None:
            cure = f"shared_preload_libraries = 'pg_stat_statements', restart, then {cure} Or give --workload or --log."
        yield Gap(EXTENSION, _WORKLOAD, "the extension pg_stat_statements is not in this database", cure)
        return
    if version(extension["version"]) < OLDEST_EXTENSION:
        why = f"pg_stat_statements {extension['version']} is older than 1.8"
        yield Gap(EXTENSION, _WORKLOAD, why, "ALTER EXTENSION pg_stat_statements UPDATE;")
        return
    if refused := answers.refused.get("statements"):
        yield _refused(answers, refused)
        return
    yield from _uncounted(answers)
    yield from _masked(answers)


def _refused(answers: Answers, sqlstate: str) -> Gap:
    if sqlstate == NOT_PRELOADED:
        why = "pg_stat_statements is created but not preloaded"
        return Gap(EXTENSION, _WORKLOAD, why, "shared_preload_libraries = 'pg_stat_statements', then restart.")
    if sqlstate == "42501":
        cure = f"{answers.grant('pg_monitor')} And GRANT USAGE on the extension's schema."
        return Gap(EXTENSION, _WORKLOAD, "the role may not read pg_stat_statements", cure)
    return Gap(EXTENSION, _WORKLOAD, f"pg_stat_statements could not be read (SQLSTATE {sqlstate})")


def _uncounted(answers: Answers) -> Iterator[Gap]:
    if _setting(answers, "compute_query_id") == "off":
        why = "compute_query_id is off, so nothing is counted"
        yield Gap(EXTENSION, _WORKLOAD, why, "ALTER SYSTEM SET compute_query_id = auto; SELECT pg_reload_conf();")
    if _setting(answers, "pg_stat_statements.track") == "none":
        cure = "ALTER SYSTEM SET pg_stat_statements.track = top; SELECT pg_reload_conf();"
        yield Gap(EXTENSION, _WORKLOAD, "pg_stat_statements.track is none, so nothing is counted", cure)


def _masked(answers: Answers) -> Iterator[Gap]:
    masked = sum(row["hidden"] for row in answers.rows["statements"])
    masked += sum(row["query"] == INSUFFICIENT_PRIVILEGE for row in answers.rows["texts"])
    if masked:
        why = f"{masked} statements of other roles are masked"
        yield Gap(EXTENSION, "other roles' statements", why, answers.grant("pg_monitor"))


def _statistics_gaps(answers: Answers) -> Iterator[Gap]:
    with_statistics = {row["relation_oid"] for row in answers.statistics}
    blind = [row for row in answers.rows["tables"] if row["rows"] > 0 and row["oid"] not in with_statistics]
    denied = [row for row in blind if not row["readable"]]
    hidden = [row for row in blind if row["readable"] and row["row_security"]]
    if (total := len(answers.rows["tables"])) > BIGGEST:
        why = f"only the {BIGGEST} biggest of {total} tables were looked at closely"
        yield Gap("statistics", "column statistics and true sizes of small tables", why)
    if denied:
        why = f"the role may not SELECT from {_some(denied)}, and pg_monitor alone does not show their statistics"
        yield Gap("statistics", "column statistics", why, answers.grant("pg_read_all_data"))
    ranged = any(row["base_type"].endswith("range") for row in answers.rows["columns"])
    if "statistics" in answers.rows and answers.versions["postgres"] < (17,) and ranged:
        why = "pg_stats shows them from PostgreSQL 17 on only, and the role may not read pg_statistic"
        yield Gap("statistics", "histograms of ranges", why, answers.grant("pg_read_all_data"))
    if hidden:
        why = f"row security hides the statistics of {_some(hidden)}"
        yield Gap("statistics", "column statistics", why, "Let the tables' owner run dbadvisor, or a BYPASSRLS role.")


def _some(rows: list[Row]) -> str:
    shown = ", ".join(f"{row['schema']}.{row['name']}" for row in rows[:3])
    return shown if len(rows) <= 3 else f"{shown} and {len(rows) - 3} more"


def _other_gaps(answers: Answers) -> Iterator[Gap]:
    if answers.one("server")["standby"]:
        why = "this is a standby, and every node counts only what ran on itself"
        yield Gap("standby", "statements and scans of the other nodes", why, "Run dbadvisor on the primary too.")
    if _setting(answers, "track_io_timing") == "off":
        cure = "ALTER SYSTEM SET track_io_timing = on; SELECT pg_reload_conf();"
        yield Gap("io_timing", "time spent on reading and writing", "track_io_timing is off", cure)
    if _setting(answers, "track_counts") == "off":
        cure = "ALTER SYSTEM SET track_counts = on; SELECT pg_reload_conf();"
        yield Gap("activity", "how tables and indexes are used", "track_counts is off", cure)
    if any(row["query"] == INSUFFICIENT_PRIVILEGE for row in answers.rows["sessions"]):
        yield Gap("sessions", "what other sessions do", "the role sees its own only", answers.grant("pg_monitor"))
    if any(not row["readable"] for row in answers.rows["sequences"]):
        why = "the role may not read some sequences, and pg_monitor alone does not allow it"
        yield Gap("sequences", "how far they have come", why, answers.grant("pg_read_all_data"))


def _locked(answers: Answers) -> Iterator[Gap]:
    locked = set(answers.locked)
    tables = [row for row in answers.rows["tables"] if row["oid"] in locked]
    keys: dict[int, list[Row]] = {}
    for row in answers.rows["index_keys"]:
        keys.setdefault(row["index_oid"], []).append(row)
    half = [row for row in answers.rows["indexes"] if not readable(row, keys.get(row["oid"], []))]
    if tables or half:
        what = "expressions, views and true sizes of locked relations"
        why = f"another session holds or awaits an exclusive lock on {_some(tables or half)}"
        yield Gap("locks", what, why, "Run again when the lock is gone.")
