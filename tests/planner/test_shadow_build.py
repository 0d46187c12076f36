"""How a shadow comes about and goes: what it says of what it could not rebuild, and that nothing is left."""

from dataclasses import replace

import psycopg
import pytest
from comparing import planned, truth, values

from dbadvisor.collector.collect import collect
from dbadvisor.model.index import IndexDefinition, IndexKey
from dbadvisor.model.names import Name
from dbadvisor.model.snapshot import Column, Extension, Snapshot, View
from dbadvisor.model.whatif import PlannerRefused, WhatIf
from dbadvisor.planner.shadow import majors, shadow

pytestmark = pytest.mark.live


@pytest.fixture
def small(database: str) -> Snapshot:
    """The snapshot of one table with an index."""
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(
            "CREATE TABLE t (id int PRIMARY KEY, place text, v text); CREATE INDEX t_v ON t (v);"
            "INSERT INTO t SELECT i, 'x' || i, i % 100 FROM generate_series(1, 10000) i; ANALYZE t"
        )
    return collect(database)


def test_nothing_is_left_when_it_ends(small: Snapshot) -> None:
    with shadow(small) as planner:
        server = planner._shadow.server
        assert server.data_dir.exists()
    assert not server.data_dir.exists()
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(server.url())


def test_what_cannot_be_rebuilt_is_named_and_the_rest_goes_on(database: str, small: Snapshot) -> None:
    (table,) = small.tables
    strange = tuple(
        replace(column, type="public.geometry", statistics=None) if column.name == "place" else column
        for column in table.columns
    )
    area = IndexDefinition(table.name, (IndexKey(expression="public.st_area(place)"),))
    broken = replace(
        small,
        tables=(replace(table, columns=strange),),
        extensions=(*small.extensions, Extension("postgis", "public", "3.5")),
        indexes=(
            *small.indexes,
            replace(small.indexes[0], oid=1, name=Name("public", "i"), definition=area, constraint=None),
        ),
        views=(View(Name("public", "map"), "SELECT public.st_area(place) FROM public.t"),),
    )

    with shadow(broken) as planner, psycopg.connect(database) as original:
        got = planned(planner.explain(["SELECT id FROM t WHERE v = '5'"])[0])
        expected = truth(original, "SELECT id FROM t WHERE v = '5'")

    assert values(got) == values(expected)
    dropped = {line.partition(":")[0] for line in planner.dropped}
    assert dropped == {"extension postgis", "index public.i", "view public.map", "column public.t.place"}


def test_another_major_version_is_said_to_differ(small: Snapshot) -> None:
    other = replace(small, server=replace(small.server, version_num=190001))
    with shadow(other, offline=True) as planner:
        (caveat,) = planner.caveats
        assert "18 instead of 19" in caveat
    other = replace(small, server=replace(small.server, version_num=160001))
    assert [text[-4:] for text in majors.differences(18, 16)] == ["(17)", "(18)"]


def test_a_locale_that_is_missing_here_is_stood_in_for(small: Snapshot) -> None:
    other = replace(small, server=replace(small.server, collation="xx_XX.UTF-8", ctype="xx_XX.UTF-8"))
    with shadow(other) as planner:
        assert any("xx_XX.UTF-8" in caveat for caveat in planner.caveats)
        prefix = planned(planner.explain(["SELECT * FROM t WHERE v LIKE '5%'"])[0])
        assert prefix.indexes == frozenset(), "a plain B-tree serves LIKE in the C locale only"


def test_an_empty_database_has_a_shadow(database: str) -> None:
    with shadow(collect(database)) as planner:
        assert planned(planner.explain(["SELECT 1"])[0]).root.type == "Result"


def test_a_table_as_large_as_a_disk_costs_none(small: Snapshot) -> None:
    (table,) = small.tables
    huge = replace(table, rows=4e9, pages=120_000_000, blocks=120_000_000)
    index = IndexDefinition(table.name, (IndexKey("v"), IndexKey("id")))
    with shadow(replace(small, tables=(huge,))) as planner:
        before, after = (
            planned(planner.explain(["SELECT * FROM t WHERE v = '5' AND id < 100"], whatif)[0])
            for whatif in (WhatIf(hide=frozenset(each.name for each in small.indexes)), WhatIf(frozenset([index])))
        )
        assert before.cost > 1e7 > after.cost
        assert after.indexes == {"t_v_id_idx"}
        assert planner.index_bytes(index) > 50e9
        written = sum(
            file.stat().st_blocks * 512 for file in planner._shadow.server.data_dir.rglob("*") if file.is_file()
        )
        assert written < 200e6


def test_progress_is_told(small: Snapshot) -> None:
    told: list[str] = []
    with shadow(small, progress=told.append):
        pass
    assert told == [
        "shadow: starting a private server",
        "shadow: restoring the schema",
        "shadow: loading statistics and sizes",
    ]


def test_a_wide_column_is_refused_a_btree(database: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(
            "CREATE TABLE wide (id int, body text);"
            "INSERT INTO wide SELECT i, repeat(md5(i::text), 200) FROM generate_series(1, 300) i; ANALYZE wide"
        )
    with shadow(collect(database)) as planner, pytest.raises(PlannerRefused, match="longer than a B-tree"):
        planner.index_bytes(IndexDefinition(Name("public", "wide"), (IndexKey("body"),)))


def test_an_unknown_column_type_leaves_the_column(small: Snapshot) -> None:
    (table,) = small.tables
    extra = Column("area", 4, "public.geometry", not_null=True)
    with shadow(replace(small, tables=(replace(table, columns=(*table.columns, extra)),))) as planner:
        assert planned(planner.explain(["SELECT area FROM t WHERE id = 5"])[0]).indexes == {"t_pkey"}
