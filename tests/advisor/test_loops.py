"""What nested loops read beyond what the planner says, in real plans of a shop whose lines lie scattered."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import Connection

from dbadvisor.advisor import loops
from dbadvisor.advisor.advise import Options, advise
from dbadvisor.advisor.load import loads
from dbadvisor.advisor.loops import charges, extra_cost
from dbadvisor.analyzer.facts import Facts
from dbadvisor.collector.collect import collect
from dbadvisor.model.catalog import Catalog
from dbadvisor.model.index import IndexDefinition, IndexKey
from dbadvisor.model.names import Name
from dbadvisor.model.plan import Node, Plan
from dbadvisor.model.whatif import SamplePlan, WhatIf
from dbadvisor.planner.shadow import shadow

# What was committed asynchronously, VACUUM may not yet mark as visible to all.
SCHEMA = """
SET synchronous_commit = on;
CREATE TABLE nations (id int PRIMARY KEY, name text NOT NULL);
CREATE TABLE suppliers (id int PRIMARY KEY, nation_id int NOT NULL);
CREATE TABLE lines (id int NOT NULL, supplier_id int NOT NULL, note text NOT NULL);
INSERT INTO nations SELECT g, 'nation ' || g FROM generate_series(0, 4) g;
INSERT INTO suppliers SELECT g, g % 5 FROM generate_series(1, 2000) g;
INSERT INTO lines SELECT g, 1 + (g * 7919) % 2000, repeat('x', 760) FROM generate_series(1, 40000) g;
VACUUM ANALYZE;
"""
INDEX = "CREATE INDEX lines_supplier ON lines (supplier_id)"
OF_A_NATION = """
SELECT l.note FROM nations n JOIN suppliers s ON s.nation_id = n.id JOIN lines l ON l.supplier_id = s.id
WHERE n.name = 'nation 3'
"""
OF_SOME = "SELECT l.note FROM suppliers s LEFT JOIN lines l ON l.supplier_id = s.id WHERE s.id <= 400"
LOOPED = ("enable_hashjoin=off", "enable_mergejoin=off", "enable_memoize=off", "enable_bitmapscan=off")
SERIAL = "max_parallel_workers_per_gather=0"
PARALLEL = (
    "max_parallel_workers_per_gather=2",
    "parallel_setup_cost=0",
    "parallel_tuple_cost=0",
    "min_parallel_table_scan_size=0",
)


@pytest.fixture
def shop(database: str) -> Iterator[Connection]:
    with psycopg.connect(database, autocommit=True) as connection:
        for statement in filter(str.strip, SCHEMA.split(";\n")):
            connection.execute(statement.encode())
        yield connection


@pytest.fixture
def indexed(shop: Connection) -> Connection:
    shop.execute(INDEX)
    return shop


def catalog(connection: Connection) -> Catalog:
    return Catalog(collect(connection.info.dsn))


def planned(connection: Connection, statement: str, *settings: str) -> Plan:
    for setting in settings:
        connection.execute(f"SET {setting}".encode())
    row = connection.execute(f"EXPLAIN (VERBOSE, FORMAT JSON) {statement}".encode()).fetchone()
    assert row
    return Plan.from_json(row[0])


@pytest.mark.live
@pytest.mark.parametrize("further", ["", " AND l.id <= 20000"])
def test_the_repair_is_what_the_planner_charges_where_it_knows_the_loops(
    indexed: Connection, monkeypatch: pytest.MonkeyPatch, further: str
) -> None:
    seen = catalog(indexed)
    some = planned(indexed, OF_SOME.replace(" WHERE", further + " WHERE"), *LOOPED, SERIAL)
    assert charges(some, seen) == ()
    of_a_nation = planned(indexed, OF_A_NATION + further)
    (charge,) = charges(of_a_nation, seen)
    assert (charge.index, charge.loops, charge.assumed) == (Name("public", "lines_supplier"), 400, 2000)
    monkeypatch.setattr(loops, "PAGE", 4.0)  # random_page_cost
    honest, told = inner(some), inner(of_a_nation)
    assert told.total_cost < 0.7 * honest.total_cost
    assert told.total_cost + extra_cost(of_a_nation, seen) / 400 == pytest.approx(honest.total_cost, rel=0.03)


@pytest.mark.live
def test_rows_of_a_table_that_is_looked_up_itself_are_told_from_its_join(indexed: Connection) -> None:
    indexed.execute("CREATE INDEX suppliers_nation ON suppliers (nation_id)")
    seen = catalog(indexed)
    plan = planned(indexed, OF_A_NATION, *LOOPED, SERIAL)
    assert {"suppliers_nation", "lines_supplier"} <= plan.indexes
    assert [(charge.loops, charge.assumed) for charge in charges(plan, seen)] == [(400, 2000)]
    (half,) = charges(planned(indexed, f"{OF_A_NATION} AND s.id > 1000"), seen)
    assert half.loops == pytest.approx(200, rel=0.02)
    assert half.assumed == pytest.approx(1000, rel=0.02)


def inner(plan: Plan) -> Node:
    return next(node for node in plan.nodes() if node.index == "lines_supplier")


@pytest.mark.live
def test_a_bitmap_scan_is_charged_alike(indexed: Connection) -> None:
    seen = catalog(indexed)
    (plain,) = charges(planned(indexed, OF_A_NATION, *LOOPED, SERIAL), seen)
    plan = planned(indexed, OF_A_NATION, "enable_bitmapscan=on", "enable_indexscan=off")
    assert "Bitmap Heap Scan" in {node.type for node in plan.nodes()}
    assert plain in charges(plan, seen)


@pytest.mark.live
@pytest.mark.parametrize(("hashed", "processes"), [("on", 2.4), ("off", 1.0)], ids=["below Gather", "above Gather"])
def test_loops_of_all_processes_read_the_pages_that_one_would(
    indexed: Connection, hashed: str, processes: float
) -> None:
    seen = catalog(indexed)
    (alone,) = charges(planned(indexed, OF_A_NATION, *LOOPED, SERIAL), seen)
    plan = planned(indexed, OF_A_NATION, f"enable_hashjoin={hashed}", *PARALLEL)
    top = next(node for node in plan.nodes() if "Gather" in node.type or node.type == "Nested Loop")
    assert ("Gather" in top.type) == (hashed == "on")
    assert any(node.workers_planned == 2 for node in plan.nodes())
    (charge,) = charges(plan, seen)
    assert charge.loops == pytest.approx(alone.loops, rel=0.01)
    assert charge.assumed == pytest.approx(alone.assumed, rel=0.01)
    assert charge.cost * processes == pytest.approx(alone.cost, rel=0.01)


@pytest.mark.live
@pytest.mark.parametrize(
    "statement",
    [
        "SELECT note FROM lines WHERE supplier_id = 7",
        "SELECT note FROM lines WHERE supplier_id IN (SELECT nation_id FROM suppliers WHERE id < 1000)",
        "SELECT l.note FROM (SELECT nation_id FROM suppliers GROUP BY nation_id) s"
        " JOIN lines l ON l.supplier_id = s.nation_id",
        "SELECT n.name, (SELECT count(note) FROM lines l WHERE l.supplier_id = n.id) FROM nations n, suppliers s"
        " WHERE s.id = n.id",
        "SELECT n.name, x.note FROM nations n JOIN suppliers s ON s.nation_id = n.id CROSS JOIN LATERAL"
        " (SELECT note FROM lines l WHERE l.supplier_id = s.id ORDER BY l.id LIMIT 1) x WHERE n.name = 'nation 3'",
    ],
    ids=["look-up", "semi-join", "grouped", "sub-select", "lateral"],
)
def test_loops_that_the_planner_knows_are_not_charged(indexed: Connection, statement: str) -> None:
    plan = planned(indexed, statement, *LOOPED, SERIAL)
    assert "lines_supplier" in plan.indexes
    assert charges(plan, catalog(indexed)) == ()


@pytest.mark.live
def test_a_memoized_scan_is_left_alone(indexed: Connection) -> None:
    indexed.execute("UPDATE suppliers SET nation_id = id % 20")
    indexed.execute("INSERT INTO nations SELECT g, 'nation 3' FROM generate_series(5, 19) g")
    indexed.execute("VACUUM ANALYZE")
    statement = OF_A_NATION.replace("l.supplier_id = s.id", "l.supplier_id = s.nation_id")
    plan = planned(indexed, statement, *LOOPED, "enable_memoize=on", SERIAL)
    assert [node.children[0].index for node in plan.nodes() if node.type == "Memoize"][-1] == "lines_supplier"
    assert charges(plan, catalog(indexed)) == ()


@pytest.mark.live
def test_an_index_only_scan_is_charged_for_what_is_not_all_visible(shop: Connection) -> None:
    shop.execute("CREATE INDEX lines_supplier ON lines (supplier_id, id)")
    statement = OF_A_NATION.replace("l.note", "l.id")
    plan = planned(shop, statement, *LOOPED, SERIAL)
    assert inner(plan).type == "Index Only Scan"
    assert charges(plan, catalog(shop)) == ()
    shop.execute("UPDATE lines SET id = id + 1")
    shop.execute("ANALYZE")
    assert [charge.loops for charge in charges(planned(shop, statement), catalog(shop))] == [400]


@pytest.mark.live
def test_a_limit_pays_for_its_part(indexed: Connection) -> None:
    seen = catalog(indexed)
    whole = extra_cost(planned(indexed, OF_A_NATION, *LOOPED, SERIAL), seen)
    part = extra_cost(planned(indexed, f"{OF_A_NATION} LIMIT 800"), seen)
    assert part == pytest.approx(whole / 10, rel=0.1)


@pytest.mark.live
def test_an_index_that_the_planner_likes_but_that_reads_more_is_not_recommended(
    shop: Connection, tmp_path: Path
) -> None:
    path = tmp_path / "workload.sql"
    path.write_text(OF_A_NATION)
    seen = collect(shop.info.dsn, workload=path)
    index = IndexDefinition(Name("public", "lines"), (IndexKey("supplier_id"),))
    with shadow(seen) as planner:
        (statement,) = seen.statements
        (plan,) = planner.explain([statement.samples[0].sql])
        assert isinstance(plan, Plan)
        plans = {statement.fingerprint: (SamplePlan(statement.samples[0], plan),)}
        facts = Facts(seen, plans)
        (load,) = loads(seen.statements, facts.catalog, facts.shapes, plans)
        (changed,) = planner.explain(load.texts, WhatIf(create=frozenset((index,))))
        assert isinstance(changed, Plan)
        assert index.default_name in changed.indexes
        assert changed.cost < plan.cost
        assert load.believed.cost(changed) > load.cost
        assert advise(seen, facts.catalog, facts.shapes, plans, (), planner, Options()).recommendations == ()
