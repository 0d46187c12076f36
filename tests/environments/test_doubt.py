"""A report says by itself whether its shadow plans as the server does, and believes it no further than that."""

import secrets
from collections.abc import Iterator
from dataclasses import replace

import psycopg
import pytest

from dbadvisor import pipeline
from dbadvisor.collector import probing
from dbadvisor.collector.collect import collect
from dbadvisor.collector.samples import with_samples
from dbadvisor.model import snapshot_file
from dbadvisor.model.report import Report
from dbadvisor.model.snapshot import Snapshot
from dbadvisor.redaction.redact import redact_values
from dbadvisor.reporter import words
from dbadvisor.servers.local import LocalServer
from dbadvisor.settings import Settings

pytestmark = pytest.mark.live

ROWS = """
    CREATE EXTENSION pg_stat_statements;
    CREATE SCHEMA "Odd one";
    CREATE TABLE orders (id bigint PRIMARY KEY, customer int NOT NULL, state text, paid date, note text);
    INSERT INTO orders SELECT i, i % 5000, (ARRAY['open', 'done', NULL])[1 + i % 3], date '2024-01-01' + i % 500,
      md5(i::text) FROM generate_series(1, 40000) i;
    CREATE INDEX orders_paid ON orders (paid DESC, state) WHERE customer > 100;
    CREATE TABLE "Odd one"."Big table" ("Key" numeric(12, 2) PRIMARY KEY, kind char(3));
    INSERT INTO "Odd one"."Big table" SELECT i / 7.0, 'k' || i % 9 FROM generate_series(1, 20000) i;
    CREATE TABLE parts (id int PRIMARY KEY, at timestamptz) PARTITION BY RANGE (id);
    CREATE TABLE part1 PARTITION OF parts FOR VALUES FROM (0) TO (10000);
    INSERT INTO parts SELECT i, now() FROM generate_series(1, 9000) i
"""


@pytest.fixture(autouse=True)
def _patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probing, "TIMEOUT_MS", 5_000)
    monkeypatch.setattr(probing, "SECONDS", 30.0)


@pytest.fixture
def advisor(server: LocalServer, database: str) -> Iterator[str]:
    role = f"doubt_{secrets.token_hex(4)}"
    with psycopg.connect(database, autocommit=True) as admin:
        for statement in ROWS.split(";\n"):
            admin.execute(statement)
        admin.execute("VACUUM ANALYZE")
        admin.execute("INSERT INTO orders SELECT i, 1, 'late', '2026-01-01', 'x' FROM generate_series(40001, 45000) i")
        admin.execute("SELECT pg_stat_statements_reset()")
        for number in range(5):
            admin.execute(f"SELECT note FROM orders WHERE customer = {number}")
        admin.execute(f"CREATE ROLE {role} LOGIN; GRANT pg_monitor, pg_read_all_data TO {role}")
        admin.execute(f"ALTER ROLE {role} SET random_page_cost = 1")  # not the application's
        yield server.url(admin.info.dbname, role)
        admin.execute(f"DROP ROLE {role}")


@pytest.fixture
def seen(advisor: str) -> Snapshot:
    return with_samples(collect(advisor))


def report(seen: Snapshot) -> Report:
    return pipeline.analyze_snapshot(seen, "", Settings(), lambda _: None)


def level(found: Report) -> str:
    return next(item.evidence_level for item in found.recommendations if item.kind == "index")


def test_the_shadow_agrees_and_so_it_does_from_a_file_and_with_other_values(seen: Snapshot) -> None:
    found = report(seen)

    assert (found.doubt.deviations, found.doubt.skipped) == ((), ())
    assert found.doubt.statements == found.doubt.identical > 20
    assert words.doubt(found).startswith("the shadow agreed with the server on")
    assert level(found) == "planned"
    assert {str(probe.table) for probe in seen.probes} >= {'"Odd one"."Big table"', "public.part1"}
    assert not any("late" in probe.plan or "k0" in probe.plan for probe in seen.probes)
    assert report(snapshot_file.unpack(snapshot_file.pack(seen))) == found
    assert report(redact_values(seen, seed=1)).doubt.identical == found.doubt.identical


def test_a_shadow_that_is_wrong_makes_its_advice_a_hypothesis(seen: Snapshot) -> None:
    wrong = tuple(
        replace(table, blocks=table.size_blocks * 4) if table.name.name == "orders" else table for table in seen.tables
    )
    found = report(replace(seen, tables=wrong))

    assert 0 < found.doubt.identical < found.doubt.statements
    assert {table for each in found.doubt.deviations for table in each.tables} == {"public.orders"}
    assert level(found) == "hypothesis"
    assert "; the worst: " in words.doubt(found)


@pytest.mark.usefixtures("advisor")
def test_under_a_powerful_role_it_could_not_look_and_says_so(database: str) -> None:
    found = report(with_samples(collect(database)))

    assert found.doubt.statements == 0
    assert words.doubt(found).startswith("the shadow was not held against the server: our role is superuser")
    assert level(found) == "planned"
