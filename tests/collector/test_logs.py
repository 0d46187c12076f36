"""The server's own logs, written by a real server in all three formats."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from dbadvisor.collector.collect import collect
from dbadvisor.collector.executed import Execution, statements_of
from dbadvisor.collector.logs import read_log
from dbadvisor.errors import UsageError
from dbadvisor.servers.local import LocalServer, start

FORMATS = ("log", "csv", "json")


@pytest.fixture(scope="module")
def logging_server() -> Iterator[LocalServer]:
    settings = {
        "logging_collector": "on",
        "log_destination": "stderr,csvlog,jsonlog",
        "log_filename": "server.log",
        "log_line_prefix": "%m [%p] app=%a ",
        "log_min_duration_statement": "0",
        "shared_preload_libraries": "auto_explain",
        "log_parameter_max_length": "-1",
    }
    with start(settings=settings) as server:
        with psycopg.connect(server.url(), autocommit=True) as connection:
            connection.execute("CREATE TABLE t (id int, name text, day date)")
            connection.execute("SELECT name\nFROM t\n\tWHERE name = 'LOG:  duration: 5 ms  statement: SELECT 0'")
            raw = psycopg.RawCursor(connection)
            raw.execute("SELECT name FROM t WHERE id = $1 AND name <> $2 AND day > $3", (7, "it's \\ ü", None))
            with pytest.raises(psycopg.errors.UndefinedTable):
                connection.execute("SELECT * FROM nowhere")
            connection.execute("SET log_parameter_max_length = 3")
            raw.execute("SELECT day FROM t WHERE name = $1", ("longer than that",))
            connection.execute("SET auto_explain.log_format = 'json'")
            connection.execute("SET auto_explain.log_min_duration = 0")
            connection.execute("SELECT 'timed and explained'")
            connection.execute("SET log_min_duration_statement = -1")
            connection.execute("SELECT id FROM t WHERE day = '2024-02-03'")
            connection.execute("SET auto_explain.log_format = 'text'")
            connection.execute("SELECT id\n  FROM t WHERE day = '2024-02-04' AND name = 'Limit  (cost=0.1'")
            raw.execute("SELECT name, day FROM t WHERE id = $1", (8,))
            connection.execute("SET auto_explain.log_min_duration = -1")  # the wait below is no workload
            connection.execute("DO $$ BEGIN RAISE LOG 'the end'; END $$")
            files = [server.data_dir / "log" / f"server.{suffix}" for suffix in FORMATS]
            while not all("the end" in file.read_text() for file in files):  # another process writes them
                connection.execute("SELECT 1")
        yield server


@pytest.mark.live
@pytest.mark.parametrize("suffix", FORMATS)
def test_statements_and_their_values_come_from_every_format(logging_server: LocalServer, suffix: str) -> None:
    found = [e for e in read_log(logging_server.data_dir / "log" / f"server.{suffix}") if e.sql.startswith("SELECT")]
    assert [execution.sql for execution in found] == [
        "SELECT name\nFROM t\n\tWHERE name = 'LOG:  duration: 5 ms  statement: SELECT 0'",
        "SELECT name FROM t WHERE id = '7' AND name <> E'it''s \\\\ ü' AND day > NULL",
        "SELECT day FROM t WHERE name = $1",
        "SELECT 'timed and explained'",
        "SELECT id FROM t WHERE day = '2024-02-03'",
        "SELECT id\n  FROM t WHERE day = '2024-02-04' AND name = 'Limit  (cost=0.1'",
        "SELECT name, day FROM t WHERE id = '8'",
    ]
    assert all(execution.milliseconds > 0 for execution in found)
    statements, unreadable = statements_of(found)
    assert unreadable == 0
    assert sorted(len(statement.samples) for statement in statements) == [0, 1, 1, 1, 1, 1, 1]


def test_times_of_one_statement_add_up() -> None:
    (statement,), _ = statements_of(Execution(f"SELECT {n}", "log", milliseconds=n) for n in (1.0, 2.0, 6.0))
    assert (statement.calls, statement.total_ms, statement.min_ms, statement.max_ms) == (3, 9.0, 1.0, 6.0)
    assert statement.stddev_ms == pytest.approx((14 / 3) ** 0.5)


def test_a_missing_log_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        read_log(tmp_path / "no.log")


def test_a_statement_that_the_log_cuts_short_is_unreadable_not_fatal(tmp_path: Path) -> None:
    log = tmp_path / "cut.log"
    log.write_text("2026-01-01 00:00:00 UTC [1] LOG:  duration: 1.0 ms  statement: SELECT 1 WHERE 'ann@secret")
    assert statements_of(read_log(log)) == ((), 1)


@pytest.mark.live
def test_a_log_without_timed_statements_is_a_named_gap(database: str, tmp_path: Path) -> None:
    log = tmp_path / "quiet.log"
    log.write_text("2026-01-01 00:00:00 UTC [1] LOG:  checkpoint starting: time\n")
    (gap,) = [gap for gap in collect(database, logs=(log,)).gaps if gap.key == "log"]
    assert gap.what == "the workload of quiet.log"
    assert gap.cure is not None
    assert "log_min_duration_statement" in gap.cure
