"""Trees of many partitions, attached in groups, are planned as those that the server attached itself."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from comparing import planned, truth, values

from dbadvisor.collector.collect import collect
from dbadvisor.model.index import IndexDefinition, IndexKey
from dbadvisor.model.names import Name
from dbadvisor.model.whatif import WhatIf
from dbadvisor.planner.shadow import ShadowPlanner, partitions, shadow

pytestmark = pytest.mark.live

SCHEMA = """
CREATE TABLE months (at date NOT NULL, gone int, id int, v text) PARTITION BY RANGE (at);
ALTER TABLE months DROP COLUMN gone;
CREATE TABLE kinds (kind text, id int) PARTITION BY LIST (lower(kind));
CREATE TABLE spread (id bigint NOT NULL, v int) PARTITION BY HASH (id);
CREATE TABLE kinds_x PARTITION OF kinds FOR VALUES IN ('x', 'y');
CREATE TABLE kinds_z PARTITION OF kinds FOR VALUES IN ('z', NULL);
CREATE TABLE kinds_rest PARTITION OF kinds DEFAULT PARTITION BY RANGE (id);
CREATE TABLE kinds_rest_1 PARTITION OF kinds_rest FOR VALUES FROM (MINVALUE) TO (500);
CREATE TABLE kinds_rest_2 PARTITION OF kinds_rest FOR VALUES FROM (500) TO (MAXVALUE);
CREATE TABLE months_rest PARTITION OF months DEFAULT;
SELECT setseed(0.5);
DO $$ BEGIN
  FOR i IN 0..6 LOOP
    EXECUTE format('CREATE TABLE months_%s PARTITION OF months FOR VALUES FROM (%L) TO (%L)', i,
                   date '2024-01-01' + i * 30, date '2024-01-01' + i * 30 + 30);
    EXECUTE format('CREATE TABLE spread_%s PARTITION OF spread FOR VALUES WITH (MODULUS 7, REMAINDER %s)', i, i);
  END LOOP;
END $$;
CREATE INDEX months_id ON months (id);
ALTER TABLE spread ADD PRIMARY KEY (id);
CREATE INDEX months_3_v ON months_3 (v);
INSERT INTO months SELECT date '2024-01-01' + (i % 250), i, 'v' || i % 50 FROM generate_series(1, 20000) i;
INSERT INTO kinds SELECT (ARRAY['x', 'Y', 'z', 'q', NULL])[1 + i % 5], i % 1000 FROM generate_series(1, 5000) i;
INSERT INTO spread SELECT i, i % 100 FROM generate_series(1, 20000) i;
ANALYZE
"""

QUERIES = (
    "SELECT * FROM months WHERE at = '2024-02-10'",
    "SELECT count(*) FROM months WHERE at BETWEEN '2024-03-01' AND '2024-05-01'",
    "SELECT * FROM months WHERE at > '2025-01-01' ORDER BY at",
    "SELECT * FROM months WHERE id = 77",
    "SELECT v, count(*) FROM months WHERE v = 'v7' GROUP BY v",
    "SELECT * FROM kinds WHERE lower(kind) = 'y'",
    "SELECT * FROM kinds WHERE lower(kind) = 'q' AND id < 100",
    "SELECT * FROM kinds WHERE kind IS NULL",
    "SELECT * FROM spread WHERE id = 4711",
    "SELECT * FROM spread s JOIN months m ON m.id = s.id WHERE m.at = '2024-04-04'",
    "UPDATE spread SET v = 0 WHERE id IN (1, 2, 3)",
    "DELETE FROM months WHERE at < '2024-01-15' AND id = 3",
)


@pytest.fixture(scope="module")
def trees(server: Any) -> Iterator[str]:
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute("CREATE DATABASE trees")
        with psycopg.connect(server.url("trees"), autocommit=True) as inside:
            inside.execute(SCHEMA.encode())
        yield server.url("trees")
        connection.execute("DROP DATABASE trees WITH (FORCE)")


@pytest.fixture(scope="module")
def grown(trees: str) -> Iterator[ShadowPlanner]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(partitions, "MANY", 2)
        patch.setattr(partitions, "_GROUP", 2)
        with shadow(collect(trees)) as planner:
            yield planner


def test_every_partition_is_in_its_place(grown: ShadowPlanner, trees: str) -> None:
    asked = (
        b"SELECT inhparent::regclass::text, inhrelid::regclass::text, pg_get_expr(c.relpartbound, c.oid),"
        b" replace(pg_get_partition_constraintdef(c.oid), inhparent::oid::text, 'parent')"
        b" FROM pg_inherits JOIN pg_class c ON c.oid = inhrelid AND c.relkind IN ('r', 'p') ORDER BY 1, 2"
    )
    left = b"SELECT count(*) FROM pg_class WHERE relname LIKE '........%' AND relkind = 'p'"
    with psycopg.connect(trees) as original:
        expected = original.execute(asked).fetchall()
    with psycopg.connect(grown._shadow.server.url("shadow")) as ours:
        assert ours.execute(asked).fetchall() == expected
        assert ours.execute(left).fetchone() == (0,)
        ours.execute("DROP TABLE public.months")  # takes its partitions along, as what hangs on what is right
        assert ours.execute("SELECT count(*) FROM pg_class WHERE relname LIKE 'months%'").fetchone() == (0,)
        ours.rollback()
    assert grown.dropped == ()


@pytest.mark.parametrize("number", range(len(QUERIES)))
def test_plans_are_those_of_a_tree_that_the_server_attached(grown: ShadowPlanner, trees: str, number: int) -> None:
    with psycopg.connect(trees) as original:
        expected = truth(original, QUERIES[number])
    assert values(planned(grown.explain([QUERIES[number]])[0])) == values(expected)


def test_an_imagined_index_of_the_parent_is_on_every_partition(grown: ShadowPlanner) -> None:
    index = IndexDefinition(Name("public", "months"), (IndexKey("v"),))
    (plan,) = grown.explain(["SELECT * FROM months WHERE v = 'v7'"], WhatIf(frozenset([index])))
    scanned = [node.index for node in planned(plan).nodes() if node.index]
    assert len(scanned) == 8
