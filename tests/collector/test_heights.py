"""How high indexes are: read from their pages where that is allowed, else by the planner's own arithmetic."""

from collections.abc import Iterator

import psycopg
import pytest

from dbadvisor.collector import probing
from dbadvisor.collector.collect import collect
from dbadvisor.model.index import GinPages
from dbadvisor.model.snapshot import Snapshot
from dbadvisor.servers.installation import installations
from dbadvisor.servers.local import LocalServer, start

pytestmark = pytest.mark.live

ADVISOR = "heights_advisor"
SETUP = """
    CREATE EXTENSION pageinspect;
    CREATE TABLE t (a int, b text, c numeric, d int, e timestamptz);
    INSERT INTO t SELECT i % 5000, repeat('x', 50) || i, i / 3.0, i, now() + i * interval '1 min'
    FROM generate_series(1, 100000) i;
    CREATE INDEX single ON t (a);
    CREATE INDEX descending ON t (b DESC);
    CREATE INDEX mixed ON t (c NULLS FIRST, a DESC NULLS LAST);
    CREATE UNIQUE INDEX including ON t (d) INCLUDE (b);
    CREATE INDEX partial ON t (e, d) WHERE a < 2000;
    CREATE INDEX by_its_predicate ON t (d) WHERE d > 50000;
    CREATE INDEX patterns ON t (b text_pattern_ops DESC);
    CREATE INDEX sorted ON t (b COLLATE "C", a);
    CREATE TABLE wide (key text PRIMARY KEY);
    INSERT INTO wide SELECT repeat(md5(i::text), 30) FROM generate_series(1, 10000) i;
    CREATE TABLE parts (id int PRIMARY KEY, x int) PARTITION BY RANGE (id);
    CREATE TABLE part1 PARTITION OF parts FOR VALUES FROM (0) TO (50000);
    CREATE TABLE part2 PARTITION OF parts FOR VALUES FROM (50000) TO (1000000);
    INSERT INTO parts SELECT i, i % 10 FROM generate_series(1, 80000) i;
    CREATE INDEX ON parts (x);
    CREATE TABLE none (id int PRIMARY KEY);
    CREATE TABLE tagged (tags int[]);
    INSERT INTO tagged SELECT ARRAY[i, i % 100] FROM generate_series(1, 5000) i;
    CREATE INDEX by_tags ON tagged USING gin (tags);
    INSERT INTO tagged SELECT ARRAY[i] FROM generate_series(1, 500) i
"""
LATER = "INSERT INTO t SELECT i % 5000, 'y' || i, i, i, now() FROM generate_series(100001, 130000) i"
INSTALLED = {installation.major for installation in installations()}


def fill(connection: psycopg.Connection) -> None:
    for statement in SETUP.split(";\n"):
        connection.execute(statement)
    connection.execute("VACUUM ANALYZE t, wide, parts")
    connection.execute("ANALYZE tagged")
    connection.execute(LATER)
    connection.execute(f"CREATE ROLE {ADVISOR} LOGIN; GRANT pg_monitor TO {ADVISOR}")
    connection.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {ADVISOR}")


def truth(connection: psycopg.Connection) -> dict[str, int]:
    rows = connection.execute(
        "SELECT c.relname, (SELECT fastlevel FROM bt_metap(c.oid::regclass::text)) FROM pg_class c"
        " JOIN pg_am m ON m.oid = c.relam"
        " WHERE m.amname = 'btree' AND c.relkind = 'i' AND c.oid >= 16384 AND pg_relation_size(c.oid) > 16384"
    )
    return dict(rows.fetchall())


def heights(seen: Snapshot) -> dict[str, int]:
    return {index.name.name: index.height for index in seen.indexes if index.height is not None}


@pytest.fixture(scope="module")
def filled(server: LocalServer) -> Iterator[psycopg.Connection]:
    with psycopg.connect(server.url(), autocommit=True) as admin:
        admin.execute("CREATE DATABASE heights")
        with psycopg.connect(server.url("heights"), autocommit=True) as connection:
            fill(connection)
            yield connection
        admin.execute("DROP DATABASE heights WITH (FORCE)")
        admin.execute(f"DROP ROLE {ADVISOR}")


@pytest.fixture(autouse=True)
def _patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probing, "TIMEOUT_MS", 5_000)
    monkeypatch.setattr(probing, "SECONDS", 30.0)


def test_an_ordinary_role_learns_them_from_what_a_scan_would_cost(
    server: LocalServer, filled: psycopg.Connection
) -> None:
    expected = truth(filled)
    seen = collect(server.url("heights", ADVISOR))

    assert {expected[name] for name in ("single", "descending", "partial", "patterns", "wide_pkey")} == {1, 2}
    assert heights(seen) == expected
    assert [index.gin for index in seen.indexes if index.gin] == []


def test_a_superuser_reads_them_where_pageinspect_is(server: LocalServer, filled: psycopg.Connection) -> None:
    seen = collect(server.url("heights"))

    assert {name: height for name, height in heights(seen).items() if height} == {
        name: height for name, height in truth(filled).items() if height
    }
    counted = {index.name.name: index.gin for index in seen.indexes if index.gin}
    row = filled.execute("SELECT * FROM gin_metapage_info(get_raw_page('by_tags', 0))").fetchone()
    assert row
    assert row[3] > 0
    assert counted == {"by_tags": GinPages(total=row[5], entry=row[6], data=row[7], entries=row[8], pending=row[3])}


def test_a_powerful_role_has_nothing_planned(server: LocalServer, filled: psycopg.Connection) -> None:
    filled.execute(f"ALTER ROLE {ADVISOR} CREATEROLE")
    try:
        assert heights(collect(server.url("heights", ADVISOR))) == {}
    finally:
        filled.execute(f"ALTER ROLE {ADVISOR} NOCREATEROLE")


@pytest.mark.heavy
@pytest.mark.parametrize(
    "major",
    [pytest.param(m, marks=pytest.mark.skipif(m not in INSTALLED, reason="not installed")) for m in range(13, 19)],
)
def test_every_version_costs_a_descent_alike(major: int) -> None:
    with (
        start(major, settings={"autovacuum": "off"}) as server,
        psycopg.connect(server.url(), autocommit=True) as connection,
    ):
        fill(connection)
        expected = truth(connection)
        assert heights(collect(server.url(user=ADVISOR))) == expected
