"""The command line against a hot standby and through a pooler, and its audit log against the server's own log."""

import csv
import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from dbadvisor.servers.account import server_account
from dbadvisor.servers.local import LocalServer, start

pytestmark = [pytest.mark.live, pytest.mark.heavy]

ROWS = """
    CREATE EXTENSION pg_stat_statements;
    CREATE TABLE orders (id bigint PRIMARY KEY, customer int NOT NULL, note text);
    INSERT INTO orders SELECT i, i % 5000, md5(i::text) FROM generate_series(1, 60000) i;
"""
INDEX = "CREATE INDEX ON public.orders (customer)"
PGBOUNCER = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin")


@pytest.fixture(scope="module")
def primary() -> Iterator[LocalServer]:
    settings = {
        "shared_preload_libraries": "pg_stat_statements",
        "track_io_timing": "on",
        "autovacuum": "off",
        "logging_collector": "on",
        "log_destination": "csvlog",
        "log_filename": "server.log",
    }
    with start(settings=settings) as server:
        with psycopg.connect(server.url(), autocommit=True) as connection:
            connection.execute(ROWS)
            connection.execute("VACUUM ANALYZE orders")
            connection.execute("SELECT pg_stat_statements_reset()")
            connection.execute("CREATE ROLE advisor LOGIN; GRANT pg_monitor, pg_read_all_data TO advisor")
            work(connection)
        yield server


def work(connection: psycopg.Connection) -> None:
    for number in range(20):
        connection.execute(f"SELECT note FROM orders WHERE customer = {number}")


def analyze(url: str, *options: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "dbadvisor.cli.main", "analyze", url, "--format", "json", "--quiet", *options]
    result = subprocess.run(command, capture_output=True, text=True)
    assert result.returncode == 1, result.stderr
    assert result.stderr == ""
    report: dict[str, Any] = json.loads(result.stdout)
    return report


def titles(report: dict[str, Any]) -> list[str]:
    return [each["title"] for each in report["recommendations"]]


def wait_for(url: str, process: "subprocess.Popen[bytes]") -> psycopg.Connection:
    while True:
        try:
            return psycopg.connect(url, autocommit=True, prepare_threshold=None)
        except psycopg.OperationalError:
            assert process.poll() is None


@pytest.fixture
def folder(tmp_path_factory: pytest.TempPathFactory, primary: LocalServer) -> Iterator[Path]:
    """A directory beside the server's, which its account can reach."""
    path = primary.socket_dir / "beside"
    path.mkdir(mode=0o700)
    primary.own(path)
    yield path
    shutil.rmtree(path)


def test_a_hot_standby_gets_a_report_of_its_own_statements(primary: LocalServer, folder: Path) -> None:
    account = server_account().process_options
    data = folder / "data"
    command = [primary.installation.program("pg_basebackup"), "-D", str(data), "-R", "-c", "fast", "-d", primary.url()]
    subprocess.run(command, check=True, capture_output=True, cwd="/", **account)
    options = ["-c", f"unix_socket_directories={folder}", "-c", "logging_collector=off"]
    process = subprocess.Popen(
        [primary.installation.program("postgres"), "-D", str(data), *options],
        cwd="/",
        stderr=subprocess.DEVNULL,
        **account,
    )
    try:
        url = f"postgresql://postgres@/postgres?host={folder}&port=5432"
        with wait_for(url, process) as connection:
            work(connection)
        report = analyze(url.replace("postgres@", "advisor@"))
    finally:
        process.terminate()
        process.wait()
    assert titles(report) == [INDEX]
    assert report["doubt"]["statements"] == report["doubt"]["identical"] > 5
    assert [gap["key"] for gap in report["gaps"]] == ["standby"]
    assert report["gaps"][0]["cure"] == "Run dbadvisor on the primary too."


@pytest.mark.skipif(PGBOUNCER is None, reason="no pgbouncer on this machine")
def test_a_pooler_in_transaction_mode_is_no_hindrance_and_nothing_stays_in_its_session(
    primary: LocalServer, folder: Path
) -> None:
    (folder / "users.txt").write_text('"postgres" ""\n"advisor" ""\n')
    (folder / "pgbouncer.ini").write_text(
        f"[databases]\npostgres = host={primary.socket_dir} port=5432\n[pgbouncer]\nlisten_addr =\nlisten_port = 6432\n"
        f"unix_socket_dir = {folder}\nauth_type = trust\nauth_file = {folder}/users.txt\n"
        "pool_mode = transaction\ndefault_pool_size = 1\n"
    )
    for file in folder.iterdir():
        primary.own(file)
    process = subprocess.Popen(
        [str(PGBOUNCER), "-q", str(folder / "pgbouncer.ini")],
        cwd="/",
        stderr=subprocess.DEVNULL,
        **server_account().process_options,
    )
    try:
        url = f"postgresql://postgres@/postgres?host={folder}&port=6432"
        settings = "SELECT name, setting FROM pg_settings WHERE name <> 'application_name' ORDER BY name"
        with wait_for(url, process) as connection:
            before = connection.execute(settings).fetchall()
        report = analyze(url.replace("postgres@", "advisor@"))
        with wait_for(url, process) as connection:
            assert connection.execute(settings).fetchall() == before
            assert connection.execute("SELECT count(*) FROM pg_prepared_statements").fetchone() == (0,)
    finally:
        process.terminate()
        process.wait()
    assert titles(report) == [INDEX]
    assert report["server"]["pooled"] is True


@pytest.mark.parametrize("role", ["postgres", "advisor"])
def test_the_servers_log_holds_what_the_audit_log_holds_and_nothing_changed(
    primary: LocalServer, tmp_path: Path, role: str
) -> None:
    log = primary.data_dir / "log" / "server.csv"
    dump = [primary.installation.program("pg_dump"), "--schema-only", "--restrict-key=same", "-d", primary.url()]
    before = subprocess.run(dump, capture_output=True, check=True).stdout
    with psycopg.connect(primary.url(), autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET log_statement = 'all'")
        connection.execute("SELECT pg_reload_conf()")
        before_it = len(log.read_text())
        report = analyze(primary.url(user=role), "--audit-log", str(tmp_path / "audit.sql"))
        connection.execute("DO $$ BEGIN RAISE LOG 'the end'; END $$")
        while "the end" not in log.read_text()[before_it:]:  # another process writes it
            connection.execute("SELECT 1")
        connection.execute("ALTER SYSTEM RESET log_statement")
        connection.execute("SELECT pg_reload_conf()")
    assert subprocess.run(dump, capture_output=True, check=True).stdout == before
    rows = csv.reader(log.read_text()[before_it:].splitlines(keepends=True))
    messages = [row[13] for row in rows if row[22].startswith("dbadvisor/")]
    logged = Counter(message.partition(": ")[2] for message in messages)
    audit = (tmp_path / "audit.sql").read_text()
    sent = Counter(text.strip().rstrip(";") for text in audit_statements(audit))
    assert logged == sent
    assert sum(sent.values()) > 20
    assert (report["doubt"]["identical"] > 5) == (role == "advisor")
    assert ("EXPLAIN" in audit) == (role == "advisor")


def audit_statements(audit: str) -> Iterator[str]:
    """The statements between the audit's own comment lines."""
    statement: list[str] = []
    for line in audit.splitlines():
        if line.startswith("-- "):
            if statement:
                yield "\n".join(statement)
            statement = []
        else:
            statement.append(line)
    yield "\n".join(statement)
