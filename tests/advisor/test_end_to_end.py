"""A real shop on a real server: looked at, planned on the shadow, advised, and the advice tried for real."""

from pathlib import Path

import psycopg
import pytest

from dbadvisor.advisor.advise import Advice, Options, advise
from dbadvisor.analyzer.facts import Facts
from dbadvisor.analyzer.run import analyze
from dbadvisor.collector.collect import collect
from dbadvisor.model.plan import Plan
from dbadvisor.model.whatif import SamplePlan
from dbadvisor.planner.shadow import shadow

SCHEMA = """
CREATE TABLE customers (id int PRIMARY KEY, email text NOT NULL, city text NOT NULL);
CREATE TABLE orders (
    id int PRIMARY KEY, customer_id int NOT NULL REFERENCES customers, status text NOT NULL,
    total numeric NOT NULL, created_at timestamp NOT NULL
);
CREATE TABLE items (order_id int NOT NULL, line int NOT NULL, sku text NOT NULL, PRIMARY KEY (sku, order_id, line));
CREATE INDEX orders_customer ON orders (customer_id);
INSERT INTO customers SELECT g, 'User' || g || '@example.com', 'city ' || g % 50 FROM generate_series(1, 20000) g;
INSERT INTO orders
    SELECT g, 1 + (g::bigint * g) % 500, CASE WHEN g % 40 = 0 THEN 'open' ELSE 'done' END, g % 900,
           timestamp '2026-01-01' + (g * 7919 % 100000) * interval '1 minute'
    FROM generate_series(1, 100000) g;
INSERT INTO items SELECT 1 + g * 31 % 100000, g, 'sku ' || g % 700 FROM generate_series(1, 150000) g;
VACUUM ANALYZE;
"""
WORKLOAD = """
-- calls: 400
SELECT * FROM orders WHERE customer_id = 17 ORDER BY created_at DESC LIMIT 10;
-- calls: 300
SELECT sku FROM items WHERE order_id = 4711;
-- calls: 200
SELECT id FROM customers WHERE lower(email) = 'user77@example.com';
-- calls: 900
SELECT * FROM orders WHERE id = 5;
"""


@pytest.fixture
def shop(database: str, tmp_path: Path) -> tuple[str, Path]:
    with psycopg.connect(database, autocommit=True) as connection:
        for statement in filter(str.strip, SCHEMA.split(";\n")):
            connection.execute(statement.encode())
    path = tmp_path / "workload.sql"
    path.write_text(WORKLOAD)
    return database, path


def advised(database: str, workload: Path, options: Options) -> Advice:
    seen = collect(database, workload=workload)
    with shadow(seen) as planner:
        plans = {}
        for one in seen.statements:
            answers = planner.explain([sample.sql for sample in one.samples])
            pairs = zip(one.samples, answers, strict=True)
            plans[one.fingerprint] = tuple(SamplePlan(s, plan) for s, plan in pairs if isinstance(plan, Plan))
        facts = Facts(seen, plans)
        findings, _ = analyze(facts)
        return advise(seen, facts.catalog, facts.shapes, plans, findings, planner, options)


@pytest.mark.live
def test_the_right_indexes_for_a_shop(shop: tuple[str, Path]) -> None:
    database, workload = shop
    advice = advised(database, workload, Options())
    indexes = [one for one in advice.recommendations if one.kind == "index"]
    assert {one.title for one in indexes} == {
        "CREATE INDEX ON public.orders (customer_id, created_at)",
        "CREATE INDEX ON public.items (order_id)",
        "CREATE INDEX ON public.customers ((lower(email)))",
    }
    assert {one.evidence_level for one in indexes} == {"planned"}
    with psycopg.connect(database, autocommit=True) as connection:
        before = blocks(connection, workload)
        for one in indexes:
            for change in one.changes:
                connection.execute(change.sql.encode())
        connection.execute("VACUUM ANALYZE")
        assert blocks(connection, workload) < before / 10


@pytest.mark.live
def test_a_budget_for_one(shop: tuple[str, Path]) -> None:
    advice = advised(*shop, Options(max_indexes=1))
    assert [one.title for one in advice.recommendations if one.kind == "index"] == [
        "CREATE INDEX ON public.items (order_id)"
    ]


PARTITIONED = """
CREATE TABLE visits (day date NOT NULL, user_id int NOT NULL, data jsonb NOT NULL) PARTITION BY RANGE (day);
CREATE TABLE visits_1 PARTITION OF visits FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
CREATE TABLE visits_2 PARTITION OF visits FOR VALUES FROM ('2026-02-01') TO ('2026-03-01');
INSERT INTO visits
    SELECT date '2026-01-01' + g % 59, g * 31 % 9000, jsonb_build_object('page', g % 3000, 'step', g % 5)
    FROM generate_series(1, 80000) g;
VACUUM ANALYZE;
"""
VISITS = """
-- calls: 50
SELECT * FROM visits WHERE user_id = 77;
-- calls: 40
SELECT user_id FROM visits WHERE data @> '{"page": 12}';
"""


@pytest.mark.live
def test_a_partitioned_table_gets_one_index_on_its_root(database: str, tmp_path: Path) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        for statement in filter(str.strip, PARTITIONED.split(";\n")):
            connection.execute(statement.encode())
        path = tmp_path / "workload.sql"
        path.write_text(VISITS)
        advice = advised(database, path, Options())
        assert {change.sql.partition(" ON ")[2] for one in advice.recommendations for change in one.changes} == {
            "public.visits (user_id)",
            "public.visits USING gin (data jsonb_path_ops)",
        }
        assert all("writes wait" in " ".join(one.caveats) for one in advice.recommendations)
        for one in advice.recommendations:
            connection.execute(one.changes[0].sql.encode())


def blocks(connection: psycopg.Connection, workload: Path) -> int:
    """Shared blocks that each statement of the workload touches once."""
    total = 0
    for statement in filter(str.strip, workload.read_text().split(";\n")):
        row = connection.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement}".encode()).fetchone()
        assert row
        total += row[0][0]["Plan"]["Shared Hit Blocks"] + row[0][0]["Plan"]["Shared Read Blocks"]
    return total
