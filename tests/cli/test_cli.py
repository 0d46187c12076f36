"""What a person types, what they read, and the exit code."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import conninfo

from dbadvisor.advisor.options import Options
from dbadvisor.servers.local import LocalServer
from dbadvisor.settings import Settings, parse_limits

SECRET = "s3cr3t-Passw0rd"
CLEAN_ENVIRONMENT = {
    key: value
    for key, value in os.environ.items()
    if not key.startswith(("PG", "DBADVISOR_")) and key != "DATABASE_URL"
}


def dbadvisor(*words: str, cwd: Path | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "dbadvisor.cli.main", *words],
        capture_output=True,
        text=True,
        cwd=cwd,
        env={**CLEAN_ENVIRONMENT, **environment},
        timeout=120,
        check=False,
    )


def assert_sentence(result: subprocess.CompletedProcess[str], code: int, words: str) -> None:
    """One clear sentence and a hint on stderr; no traceback, no password, nothing on stdout."""
    assert result.returncode == code, result.stderr
    assert words in result.stderr
    assert "Traceback" not in result.stderr
    assert SECRET not in result.stderr + result.stdout
    assert result.stdout == ""
    said = [line for line in result.stderr.splitlines() if not line.startswith("dbadvisor: connecting")]
    assert 1 <= len(said) <= 3, result.stderr


@pytest.fixture
def not_postgres() -> Iterator[int]:
    """A port on which something else answers."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            while True:
                try:
                    peer, _ = listener.accept()
                except OSError:
                    return
                with peer:
                    peer.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        threading.Thread(target=answer, daemon=True).start()
        yield listener.getsockname()[1]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ((), 2, "no database given"),
        (("mysql://u:" + SECRET + "@localhost/db",), 2, "mysql"),
        (("postgresql://u:" + SECRET + "@localhost:1/db",), 4, "localhost"),
        (("postgresql://u:" + SECRET + "@no-such-host.invalid/db",), 4, "no-such-host.invalid"),
        (("nothere.dbsnap",), 2, "no such snapshot file"),
        (("./some/file.sql",), 2, "neither a connection string nor"),
        (("no_such_service",), 2, "no_such_service"),
        (("postgresql://[broken",), 2, "cannot be read"),
    ],
)
def test_a_wrong_target_is_one_sentence(words: tuple[str, ...], code: int, said: str) -> None:
    assert_sentence(dbadvisor("analyze", *words), code, said)


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (("--budget", "lots"), "neither a size nor a share"),
        (("--only", "index,poetry"), "no such family"),
        (("--workload", "nowhere.sql"), "nowhere.sql"),
        (("--format", "pdf"), "pdf"),
        (("--max-indexes", "0"), "--max-indexes 0 leaves no index to choose"),
        (("--max-indexes", "few"), "max-indexes"),
        (("--max-per-table", "0"), "--max-per-table 0 leaves no index to choose"),
        (("--time-limit", "0"), "--time-limit 0 is no time"),
        (("--time-limit", "nan"), "--time-limit nan is no time"),
        (("--max-regression", "0.05"), "--max-regression 0.05 is no ratio of 1 or more"),
        (("--max-regression", "inf"), "--max-regression inf is no ratio"),
    ],
)
def test_a_wrong_flag_is_a_usage_error(flags: tuple[str, ...], said: str) -> None:
    result = dbadvisor("analyze", "postgresql://localhost:1/db", *flags)
    assert result.returncode == 2
    assert said in result.stderr
    assert "Traceback" not in result.stderr


def test_the_limits_of_the_index_set_come_from_the_environment_and_the_file_too(tmp_path: Path) -> None:
    target = "postgresql://localhost:1/db"
    for name, value in (("MAX_INDEXES", "-1"), ("TIME_LIMIT", "-1"), ("MAX_REGRESSION", "-1")):
        flag = f"--{name.lower().replace('_', '-')}"
        assert_sentence(dbadvisor("analyze", target, cwd=None, **{f"DBADVISOR_{name}": value}), 2, f"{flag} -1 ")
        (tmp_path / "dbadvisor.toml").write_text(f"[analyze]\n{flag[2:]} = {value}\n")
        assert_sentence(dbadvisor("analyze", target, cwd=tmp_path), 2, f"{flag} -1 ")


def test_limits_that_a_set_can_keep_are_taken() -> None:
    limits = parse_limits(max_indexes=12, max_per_table=3, time_limit=0.5, max_regression=1.0)
    assert (limits.max_indexes, limits.max_per_table, limits.time_limit, limits.max_regression) == (12, 3, 0.5, 1.0)
    assert parse_limits(None, None, Options().time_limit, Options().max_regression) == Settings().limits == Options()


def test_something_that_is_not_postgres_is_named(not_postgres: int) -> None:
    result = dbadvisor("analyze", f"postgresql://u:{SECRET}@127.0.0.1:{not_postgres}/db")
    assert_sentence(result, 4, f"127.0.0.1:{not_postgres}")


@pytest.mark.live
def test_an_unknown_database_and_a_wrong_password(server: LocalServer, database: str) -> None:
    assert_sentence(dbadvisor("analyze", server.url("nowhere")), 4, "nowhere")
    assert_sentence(dbadvisor("analyze", conninfo.make_conninfo(database, user="nobody_here")), 4, "nobody_here")


@pytest.mark.live
def test_an_empty_database_is_clean_in_every_format(database: str, tmp_path: Path) -> None:
    for form in ("terminal", "json", "markdown", "html", "sql"):
        result = dbadvisor("analyze", database, "--format", form, "--quiet", cwd=tmp_path)
        assert result.returncode == 0, result.stderr
        assert result.stdout.strip()
        assert result.stderr == ""
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def slow(database: str) -> str:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("CREATE EXTENSION pg_stat_statements")
        connection.execute("CREATE TABLE visit (id int PRIMARY KEY, page int NOT NULL, note text NOT NULL)")
        connection.execute("INSERT INTO visit SELECT i, i % 3000, repeat('x', 60) FROM generate_series(1, 60000) i")
        connection.execute("VACUUM ANALYZE visit")
        connection.execute("SELECT pg_stat_statements_reset(), pg_stat_reset()")  # the load is not the workload
        for page in range(40):
            connection.execute(f"SELECT id, note FROM visit WHERE page = {page}")
    return database


@pytest.mark.live
def test_the_main_job_end_to_end(slow: str, tmp_path: Path) -> None:
    out = tmp_path / "report.json"
    result = dbadvisor("analyze", slow, "--format", "json", "--out", str(out), "--quiet")
    assert result.returncode == 1, result.stderr
    report = json.loads(out.read_text())
    best = report["recommendations"][0]
    assert best["changes"][0]["sql"].startswith("CREATE INDEX CONCURRENTLY visit_page_idx ON public.visit (page)")
    assert best["evidence_level"] == "planned"
    assert best["estimate"]["cost_after"] < best["estimate"]["cost_before"] / 5
    assert dbadvisor("analyze", slow, "--fail-on", "never", "--quiet").returncode == 0
    with psycopg.connect(slow) as connection:
        assert connection.execute("SELECT count(*) FROM pg_indexes WHERE tablename = 'visit'").fetchone() == (1,)


@pytest.mark.live
def test_a_snapshot_gives_the_same_report_without_a_connection(slow: str, tmp_path: Path) -> None:
    file = tmp_path / "visit.dbsnap"
    assert dbadvisor("snapshot", slow, "--out", str(file), "--quiet").returncode == 0
    first, second = (
        dbadvisor("analyze", str(file), "--format", "json", "--quiet", "--fail-on", "never") for _ in range(2)
    )
    assert first.returncode == 0, first.stderr
    assert first.stdout == second.stdout
    assert "visit_page_idx" in first.stdout


@pytest.mark.live
def test_settings_come_from_the_file_and_flags_beat_them(slow: str, tmp_path: Path) -> None:
    (tmp_path / "dbadvisor.toml").write_text('[analyze]\nfail-on = "never"\nquiet = true\n')
    assert dbadvisor("analyze", slow, cwd=tmp_path).returncode == 0
    assert dbadvisor("analyze", slow, "--fail-on", "info", cwd=tmp_path).returncode == 1
    (tmp_path / "dbadvisor.toml").write_text("[analyze\n")
    assert dbadvisor("analyze", slow, cwd=tmp_path).returncode == 2


@pytest.mark.live
def test_an_unwritable_result_is_a_usage_error_and_no_half_file(slow: str, tmp_path: Path) -> None:
    (tmp_path / "taken").mkdir()
    result = dbadvisor("analyze", slow, "--format", "json", "--out", str(tmp_path / "taken"), "--quiet")
    assert result.returncode == 2
    assert "cannot be written" in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["taken"]


@pytest.mark.live
@pytest.mark.parametrize("word", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_leaves_nothing_behind(slow: str, tmp_path: Path, word: signal.Signals) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "dbadvisor.cli.main", "analyze", slow],
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**CLEAN_ENVIRONMENT, "TMPDIR": str(tmp_path)},
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # who runs the tests may ignore it
    )
    assert process.stderr is not None
    for line in process.stderr:
        if "shadow" in line or "planning" in line:
            process.send_signal(word)
            break
    _, error = process.communicate(timeout=60)
    assert process.returncode == 128 + word
    assert error.splitlines()[-1] == "dbadvisor: interrupted; nothing was left behind"
    assert "Traceback" not in error
    assert not any(path.name.startswith("dbadvisor-") for path in tmp_path.iterdir())
    with psycopg.connect(slow) as connection:
        query = "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'dbadvisor%' AND state IS NOT NULL"
        assert connection.execute(query).fetchone() == (0,)
