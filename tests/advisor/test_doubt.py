"""Plans that the server made of our own statements against the planner's, and what follows for the advice."""

import json
from dataclasses import replace
from typing import Any

import pytest

from dbadvisor.advisor.doubt import doubt, lowered
from dbadvisor.model.agreement import Agreement, Deviation
from dbadvisor.model.change import CreateIndex
from dbadvisor.model.index import IndexDefinition, IndexKey
from dbadvisor.model.names import Name
from dbadvisor.model.plan import Plan, Probe
from dbadvisor.model.probe import Asked, asked_of, outline
from dbadvisor.model.report import Estimate, Recommendation, StatementEstimate
from dbadvisor.model.snapshot import Column, ColumnStatistics, Index, Server, Snapshot, Table
from dbadvisor.model.whatif import SamplePlan, Unplanned, WhatIf
from dbadvisor.model.workload import Sample
from dbadvisor.planner.recorded import RecordedPlanner

ORDERS = Name("public", "orders")
SPREAD = ColumnStatistics(0.1, 4, -0.5, histogram_bounds=("1", "50", "99", "150"))
COMMON = ColumnStatistics(0.0, 8, 2, most_common_vals=("it's", "x"), most_common_freqs=(0.9, 0.1))
TABLE = Table(
    oid=1,
    name=ORDERS,
    kind="r",
    columns=(
        Column("unknown", 1, "integer"),
        Column("kind", 2, "public.kind", statistics=SPREAD),
        Column("id", 3, "integer", statistics=SPREAD),
        Column("State", 4, "character(4)", statistics=COMMON),
        Column("later", 5, "integer", statistics=SPREAD),
    ),
    rows=1000,
    pages=10,
)
INDEXES = (
    Index(1, Name("public", "a"), IndexDefinition(ORDERS, (IndexKey("id"),), where="id > 5"), blocks=30),
    Index(2, Name("public", "b"), IndexDefinition(ORDERS, (IndexKey("id", descending=True),)), blocks=30),
    Index(
        3, Name("public", "c"),
        IndexDefinition(ORDERS, (IndexKey("State", opclass="bpchar_pattern_ops", collation='pg_catalog."C"'),)),
        blocks=30,
    ),
    Index(4, Name("public", "d"), IndexDefinition(ORDERS, (IndexKey(expression="lower(note)"),)), blocks=30),
    Index(5, Name("public", "e"), IndexDefinition(ORDERS, (IndexKey("id"),), method="hash"), blocks=30),
    Index(6, Name("public", "f"), IndexDefinition(ORDERS, (IndexKey("id", nulls_first=True),)), blocks=2),
)  # fmt: skip


def scan(cost: float, **more: Any) -> list[dict[str, Any]]:
    node = {"Node Type": "Seq Scan", "Schema": "public", "Relation Name": "orders", "Total Cost": cost}
    return [{"Plan": {**node, "Filter": "(id = 4711)", **more}}]


def seen(*plans: tuple[str, str | None, float], **more: Any) -> Snapshot:
    probes = tuple(Probe(ORDERS, kind, column, outline(scan(cost))) for kind, column, cost in plans)
    return replace(Snapshot("", Server(150000, "15", "shop"), tables=(TABLE,), probes=probes), **more)


def planner(**costs: float) -> RecordedPlanner:
    """Answers about the whole table and about id, by kind."""
    made = asked_of(TABLE, INDEXES)
    answers: dict[tuple[str, WhatIf], Plan | Unplanned] = {}
    for kind, cost in costs.items():
        asked = made[kind, None if kind in ("whole", "orders") else "id"]
        answers[asked.sql, WhatIf(settings=tuple(asked.settings.items()))] = Plan.from_json(scan(cost, Output=["a"]))
    return RecordedPlanner(answers)


def test_statements_are_made_of_statistics_and_indexes() -> None:
    made: dict[tuple[str, str | None], Asked] = asked_of(TABLE, INDEXES)

    assert {key: asked.sql for key, asked in made.items()} == {
        ("whole", None): "SELECT * FROM ONLY public.orders",
        ("groups", "id"): "SELECT id FROM ONLY public.orders GROUP BY id",
        ("range", "id"): "SELECT id FROM ONLY public.orders WHERE id > '50'::integer AND id < '99'::integer",
        ("end", "id"): "SELECT id FROM ONLY public.orders WHERE id >= '150'::integer",
        ("null", "id"): "SELECT id FROM ONLY public.orders WHERE id IS NULL",
        ("groups", "State"): 'SELECT "State" FROM ONLY public.orders GROUP BY "State"',
        ("common", "State"): (
            """SELECT "State" FROM ONLY public.orders WHERE "State" = 'it''s'::character(4)"""
        ),
        ("orders", None): (
            "(SELECT FROM ONLY public.orders WHERE id > 5 ORDER BY id NULLS LAST) UNION ALL "
            "(SELECT FROM ONLY public.orders ORDER BY id DESC NULLS LAST) UNION ALL "
            """(SELECT FROM ONLY public.orders ORDER BY "State" COLLATE pg_catalog."C" """
            "USING OPERATOR(pg_catalog.~<~) NULLS LAST)"
        ),
    }  # fmt: skip
    assert {key for key, asked in made.items() if "enable_seqscan" in asked.settings} == {("orders", None)}
    assert ("orders", None) not in asked_of(TABLE, ())


def test_a_kept_plan_holds_no_condition() -> None:
    kept = outline([{"Plan": {"Node Type": "Sort", "Sort Key": ["x"], "Plans": [scan(1.0)[0]["Plan"]]}}])

    assert "4711" not in kept
    assert [node.type for node in Plan.from_json(json.loads(kept)).nodes()] == ["Sort", "Seq Scan"]


def test_equal_plans_agree_whatever_the_conditions() -> None:
    found = doubt(seen(("whole", None, 10.0), ("range", "id", 7.0), ("orders", None, 99.0), indexes=INDEXES), planner(
        whole=10.0, range=7.0, orders=99.0
    ))  # fmt: skip

    assert (found.statements, found.identical, found.skipped) == (3, 3, ())


def test_a_difference_is_told_in_words_without_values() -> None:
    found = doubt(seen(("whole", None, 10.0), ("end", "id", 7.0)), planner(whole=10.0, end=7.7))

    (deviation,) = found.deviations
    assert deviation.statement == "rows of public.orders with id at the end of its values"
    assert (found.statements, found.identical) == (2, 1)
    assert found.max_cost_error == pytest.approx(0.1)


def test_what_the_shadow_or_the_snapshot_cannot_ask_is_left_out() -> None:
    probes = (("whole", None, 10.0), ("null", "id", 1.0), ("range", "gone", 1.0), ("strange", None, 1.0))
    found = doubt(seen(*probes), planner(whole=10.0))

    assert found.statements == 1
    assert [skipped.statement for skipped in found.skipped] == ["rows of public.orders without id"]
    assert doubt(seen(*probes, tables=()), planner()).statements == 0


def test_where_nothing_was_planned_there_the_reason_is_named() -> None:
    powerful = Server(150000, "15", "shop", powers=("superuser",))

    assert "superuser" in doubt(seen(server=powerful), planner()).unseen
    assert doubt(seen(tables=()), planner()).unseen == "no table holds rows"
    assert "may not read" in doubt(seen(), planner()).unseen


DEVIATION = Deviation(
    *("all rows of public.orders", "", "Seq Scan orders", "Total Cost", "10.0", "11.0"),
    cost_there=10.0,
    cost_here=11.0,
    same_shape=True,
    tables=("public.orders",),
)
ESTIMATE = Estimate("shadow", 10.0, 1.0, (StatementEstimate("f", 10.0, 1.0, 1, 1.0),))
PLANS = {"f": (SamplePlan(Sample("typical", "SELECT", "log"), Plan.from_json(scan(10.0))),)}


def advice(**more: Any) -> Recommendation:
    return replace(Recommendation(1, "index", "t", "w", (), estimate=ESTIMATE), **more)


@pytest.mark.parametrize(
    ("deviation", "level"),
    [
        (DEVIATION, "hypothesis"),
        (replace(DEVIATION, cost_here=10.4), "planned"),
        (replace(DEVIATION, cost_here=10.0, same_shape=False), "hypothesis"),
        (replace(DEVIATION, tables=("public.others",)), "planned"),
    ],
)
def test_advice_on_a_table_that_the_shadow_gets_wrong_is_a_hypothesis(deviation: Deviation, level: str) -> None:
    (by_plan,) = lowered([advice()], Agreement(deviations=(deviation,)), PLANS)
    index = CreateIndex(IndexDefinition(ORDERS, (IndexKey("id"),)), "i")
    (by_change,) = lowered([advice(changes=(index,))], Agreement(deviations=(deviation,)), {})

    assert by_plan.evidence_level == by_change.evidence_level == level
    if level == "hypothesis":
        assert by_plan.doubted.startswith(
            "the shadow plans all rows of public.orders otherwise than the server (cost 10"
        )


def test_advice_without_a_cost_has_nothing_to_doubt() -> None:
    (found,) = lowered([advice(estimate=None)], Agreement(deviations=(DEVIATION,)), PLANS)

    assert found.doubted == ""
