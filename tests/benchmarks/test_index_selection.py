"""The judge of index sets: what it calls a copy, unused, worse, slower; and that building leaves the database alone."""

import json
from pathlib import Path

import psycopg
import pytest
from index_selection.building import build, judge
from index_selection.evaluator import Made, Refused, verdict
from index_selection.execution import Execution, Timing, execute
from index_selection.questions import workload
from index_selection.structure import copies_of, leads

from dbadvisor.collector.executed import statements_of
from dbadvisor.collector.workload_file import read_workload
from dbadvisor.model.plan import Plan

PRIMARY = "CREATE UNIQUE INDEX line_pkey ON public.line USING btree (order_id, number)"


@pytest.mark.parametrize(
    ("definition", "copy", "leading"),
    [
        ("CREATE INDEX ON public.line USING btree (order_id, number)", True, True),
        ("CREATE INDEX ON public.line USING btree (order_id)", False, True),
        ("CREATE INDEX ON public.line USING btree (order_id) INCLUDE (number)", False, True),
        ("CREATE INDEX ON public.line USING btree (order_id) INCLUDE (price)", False, False),
        ("CREATE INDEX ON public.line USING btree (order_id, number) INCLUDE (price)", False, False),
        ("CREATE INDEX ON public.line USING btree (number)", False, False),
        ("CREATE INDEX ON public.line USING btree (number, order_id)", False, False),
        ("CREATE INDEX ON public.line USING btree (order_id DESC, number)", False, False),
        ("CREATE INDEX ON public.line USING btree (order_id, number) WHERE (price > 5)", False, False),
        ("CREATE INDEX ON public.line USING btree (abs(order_id), number)", False, False),
        ("CREATE INDEX ON public.line USING hash (order_id)", False, False),
        ("CREATE INDEX ON public.other USING btree (order_id, number)", False, False),
    ],
)
def test_what_repeats_an_existing_index(definition: str, copy: bool, leading: bool) -> None:
    assert copies_of(definition, [PRIMARY]) is copy
    assert leads([PRIMARY], definition) is leading


def test_what_an_existing_index_includes_is_a_copy_and_its_lesser_part_too() -> None:
    wide = "CREATE INDEX wide ON public.line USING btree (day) INCLUDE (price, tax)"

    assert copies_of("CREATE INDEX ON public.line USING btree (day) INCLUDE (tax)", [wide])
    assert not copies_of("CREATE INDEX ON public.line USING btree (day, price)", [wide])


def test_an_index_of_some_rows_only_is_no_original() -> None:
    partial = "CREATE INDEX some ON public.line USING btree (day) WHERE (price > 5)"

    assert not copies_of("CREATE INDEX ON public.line USING btree (day)", [partial])


def _plan(cost: float, index: str | None = None) -> Plan:
    return Plan.from_json(
        {"Plan": {"Node Type": "Scan", "Total Cost": cost, **({"Index Name": index} if index else {})}}
    )


def test_the_verdict_names_what_is_worse_unused_and_copied() -> None:
    tried: list[Made | Refused] = [
        Made("line (day)", "one", "CREATE INDEX one ON public.line USING btree (day)", 1000),
        Made("line (order_id, number)", "two", "CREATE INDEX two ON public.line USING btree (order_id, number)", 500),
        Refused("line (nothing)", 'column "nothing" does not exist'),
    ]
    before = {"a": _plan(100.0), "b": _plan(100.0), "c": _plan(200.0)}
    after = {"a": _plan(25.0, "one"), "b": _plan(100.005), "c": _plan(220.0, "line_pkey")}

    found = verdict(before, after, {"d": "no such table"}, tried, [PRIMARY])

    assert found.relative == pytest.approx(345.005 / 400)
    assert found.geometric_mean == pytest.approx((0.25 * 1.00005 * 1.1) ** (1 / 3))
    assert found.worse == ("c",)
    assert found.unused == ("line (order_id, number)",)
    assert found.duplicates == ("line (order_id, number)",)
    assert found.bytes == 1500
    assert found.costs["a"].used == {"line (day)"}
    assert [each.body for each in found.refused] == ["line (nothing)"]


def test_slower_is_beyond_the_noise_in_the_best_runs_and_in_the_median_pair() -> None:
    noise = Timing("control", (10.0, 10.0, 10.0), (10.0, 11.0, 12.0))
    slow = Timing("slow", (10.0, 10.0, 10.0), (15.0, 15.0, 15.0))
    once = Timing("disturbed", (10.0, 10.0, 10.0), (10.0, 40.0, 40.0))
    quick = Timing("quick", (30.0, 30.0, 30.0), (3.0, 3.0, 3.0))

    found = Execution("default", (slow, once, quick), (noise,), {"endless": "after", "long": "before"})

    assert found.floor == pytest.approx(0.1)
    assert found.slower == {"slow": pytest.approx(1.5), "endless": float("inf")}
    assert found.minima == pytest.approx(28 / 50)
    assert found.medians == pytest.approx(58 / 50)


@pytest.mark.live
def test_a_set_is_built_judged_and_run_on_a_clone_and_the_database_keeps_none_of_it(database: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("CREATE TABLE line AS SELECT n AS id, n % 5000 AS part FROM generate_series(1, 50000) n")
        connection.execute("ALTER TABLE line ADD PRIMARY KEY (id)")
        connection.execute("VACUUM ANALYZE")
    queries = {"part": "SELECT id FROM line WHERE part = 17", "all": "SELECT sum(part) FROM line", "bad": "SELECT nil"}

    with build(database, ["line (part)", "line (id)", "line (nothing)"]) as built:
        found = judge(built, queries)
        run = execute(built, {"part": queries["part"], "all": queries["all"]}, "serial", seconds=60, pairs=4)

    assert found.costs["part"].used == {"line (part)"}
    assert found.costs["all"].ratio == 1
    assert found.relative < 1
    assert found.unused == found.duplicates == ("line (id)",)
    assert [each.body for each in found.refused] == ["line (nothing)"]
    assert set(found.unplanned) == {"bad"}
    assert 8192 < found.bytes < 5_000_000
    assert [each.query for each in run.changed] == ["part"]
    assert "all" in {each.query for each in run.controls}
    assert len(run.changed[0].before) == len(run.changed[0].after) == 4
    with psycopg.connect(database) as connection:
        indexes = connection.execute("SELECT count(*) FROM pg_indexes WHERE tablename = 'line'").fetchone()
        clones = connection.execute("SELECT count(*) FROM pg_database WHERE datname ~ '^dbadvisor_clone'").fetchone()
    assert indexes == (1,)
    assert clones == (0,)


def test_the_peers_sets_are_whole() -> None:
    path = Path(__file__).parents[2] / "benchmarks" / "index_selection" / "peers.json"

    for sets in json.loads(path.read_text(encoding="utf-8")).values():
        assert len({(one["name"], one["budget_mb"]) for one in sets}) == len(sets)
        assert all(one["explains"] > 0 and one["indexes"] for one in sets)


def test_a_made_up_workload_has_as_many_statements_as_were_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "workload.sql"
    path.write_text(workload(300, tables=20, seed=1), encoding="utf-8")

    statements, unreadable = statements_of(read_workload(path))

    assert unreadable == 0
    assert len(statements) == 300
    assert {each.kind for each in statements} == {"SELECT", "UPDATE"}
    assert sorted(each.calls for each in statements)[-3:] == [333_333, 500_000, 1_000_000]


def test_few_tables_do_not_give_many_statements() -> None:
    with pytest.raises(ValueError, match="1 tables do not give 9000"):
        workload(9000, tables=1, seed=1)
