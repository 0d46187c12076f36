"""`dbadvisor shadow check`: the shadow's plans beside the server's own, and what that may do to the server."""

import json
import secrets
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from dbadvisor.servers.local import LocalServer

ROWS = """
    CREATE EXTENSION pg_stat_statements;
    CREATE TABLE orders (id bigint PRIMARY KEY, customer int NOT NULL, state text NOT NULL, note text);
    INSERT INTO orders SELECT i, i % 5000, (ARRAY['open', 'done'])[1 + (i % 20 > 0)::int], md5(i::text)
    FROM generate_series(1, 40000) i;
    CREATE INDEX ON orders (customer);
    CREATE TABLE secured (id int PRIMARY KEY);
    INSERT INTO secured SELECT generate_series(1, 1000);
    ALTER TABLE secured ENABLE ROW LEVEL SECURITY;
    CREATE SEQUENCE counter
"""
STATEMENTS = (
    "SELECT note FROM orders WHERE customer = 7",
    "SELECT state, count(*) FROM orders WHERE id > 30000 GROUP BY state",
    "SELECT a.id FROM orders a JOIN orders b ON b.customer = a.id WHERE a.state = 'secret-state'",
    "UPDATE orders SET note = 'x' WHERE id = 7",
    "SELECT nextval('counter') FROM orders WHERE id = 7",
    "SELECT * FROM secured WHERE id = 3",
)


def run(*options: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "dbadvisor.cli.main", "shadow", "check", *options]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture
def admin(database: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(database, autocommit=True) as connection:
        for statement in ROWS.split(";\n"):
            connection.execute(statement)
        connection.execute("VACUUM ANALYZE")
        connection.execute("SELECT pg_stat_statements_reset()")
        for text in STATEMENTS:
            connection.execute(text)
        yield connection


@pytest.fixture
def advisor(server: LocalServer, admin: psycopg.Connection) -> Iterator[str]:
    role = f"check_{secrets.token_hex(4)}"
    admin.execute(f"CREATE ROLE {role} LOGIN; GRANT pg_monitor, pg_read_all_data TO {role}")
    admin.execute(f"ALTER ROLE {role} SET work_mem = '64kB'; ALTER ROLE {role} SET enable_indexscan = off")
    yield server.url(admin.info.dbname, role)
    admin.execute(f"DROP ROLE {role}")


@pytest.mark.live
def test_plans_are_compared_with_the_servers_and_nothing_is_run(
    admin: psycopg.Connection, advisor: str, tmp_path: Path
) -> None:
    result = run(advisor, "--format", "json", "--audit-log", str(tmp_path / "audit.sql"), "--quiet")

    assert (result.returncode, result.stderr) == (0, "")
    found = json.loads(result.stdout)
    assert (found["statements"], found["identical"], found["max_cost_error"]) == (4, 4, 0.0)
    assert found["deviations"] == []
    assert {each["why"] for each in found["skipped"]} == {
        "our role may not do what the statement does",
        "row security shows our role other rows than the application's",
    }
    audit = (tmp_path / "audit.sql").read_text()
    assert audit.count("EXPLAIN /* dbadvisor: check */ (VERBOSE, FORMAT JSON)") >= 5
    assert "ANALYZE" not in audit.replace("what ANALYZE", "")
    assert admin.execute("SELECT last_value FROM counter").fetchone() == (1,)


@pytest.mark.live
def test_what_differs_is_named_without_values(admin: psycopg.Connection, advisor: str) -> None:
    admin.execute("CREATE EXTENSION file_fdw; CREATE SERVER files FOREIGN DATA WRAPPER file_fdw")
    admin.execute("CREATE FOREIGN TABLE words (word text) SERVER files OPTIONS (program 'echo a')")
    admin.execute("SELECT * FROM words WHERE word = 'a-secret-word'")

    result = run(advisor, "--quiet")

    assert result.returncode == 1
    lines = result.stdout.splitlines()
    assert lines[0].startswith("4 of 5 statements are planned identically; the largest cost error is ")
    assert any("Foreign Scan words" in line for line in lines)
    assert "secret" not in result.stdout
    assert json.loads(run(advisor, "--quiet", "--format", "json").stdout)["deviations"][0]["tables"] == ["public.words"]


@pytest.mark.live
def test_a_powerful_role_is_refused_before_anything_is_explained(database: str, admin: Any, tmp_path: Path) -> None:
    result = run(database, "--audit-log", str(tmp_path / "audit.sql"), "--quiet")

    assert (result.returncode, result.stdout) == (3, "")
    assert "this role is superuser" in result.stderr
    assert "EXPLAIN" not in (tmp_path / "audit.sql").read_text()
    assert run(database, "--allow-powerful-role", "--quiet").returncode == 0


def test_a_snapshot_file_has_nothing_to_be_compared_with(tmp_path: Path) -> None:
    (tmp_path / "shop.dbsnap").write_bytes(b"")

    result = run(str(tmp_path / "shop.dbsnap"), "--quiet")

    assert result.returncode == 2
    assert "there is no server whose plans could be compared" in result.stderr
