"""The shadow against the database that it was made from: the same plans, value by value."""

from pathlib import Path
from typing import Any

import psycopg
import pytest
from comparing import cost_error, planned, shape, truth, values

from dbadvisor.model.snapshot import Snapshot
from dbadvisor.model.whatif import Unplanned
from dbadvisor.planner.shadow import ShadowPlanner

pytestmark = pytest.mark.live

_TEXTS = (Path(__file__).parent / "queries.sql").read_text(encoding="utf-8").splitlines()
QUERIES = [line for line in _TEXTS if line and not line.startswith("--")]

DEVIATIONS = {
    "SELECT id FROM orders WHERE total > 95000 AND is_big(total)": "a recheck condition spells out a domain's cast",
}
"""Statements whose plans differ, and why; by at most a thousandth of the cost."""


@pytest.mark.parametrize("query", QUERIES)
def test_plans_are_identical(twin: ShadowPlanner, original: psycopg.Connection[Any], query: str) -> None:
    expected, got = truth(original, query), planned(twin.explain([query])[0])

    if query in DEVIATIONS:
        assert abs(cost_error(expected, got)) < 1e-3
    else:
        assert values(got) == values(expected)


def test_nothing_was_left_out(twin: ShadowPlanner) -> None:
    assert twin.dropped == ()
    assert twin.caveats == ()


def test_many_statements_are_answered_in_order_with_the_bad_ones_named(twin: ShadowPlanner) -> None:
    statements = ["SELECT * FROM nowhere", *QUERIES, "SELECT FROM", "SELECT 1; DROP TABLE tiny", QUERIES[0]]

    answers = twin.explain(statements)

    assert len(answers) == len(statements)
    reasons = [answer.reason for answer in answers if isinstance(answer, Unplanned)]
    assert reasons[0] == 'relation "nowhere" does not exist'
    assert len(reasons) == 3
    assert "multiple commands" in reasons[2]
    assert values(planned(answers[1])) == values(planned(answers[-1]))


GENERIC = (
    "SELECT * FROM orders WHERE customer_id = $1 AND status = $2 ORDER BY created_at DESC LIMIT $3",
    "SELECT * FROM customers WHERE lower(email) = lower($1)",
    "SELECT * FROM events WHERE ts BETWEEN $1 AND $2",
    "UPDATE orders SET note = $2 WHERE id = $1",
    "SELECT '$1' AS text, $1::int",
)


@pytest.mark.parametrize("statement", GENERIC)
def test_parameters_are_planned_generically(
    twin: ShadowPlanner, original: psycopg.Connection[Any], statement: str
) -> None:
    original.execute("SET plan_cache_mode = force_generic_plan")
    original.execute(f"PREPARE generic AS {statement}")
    row = original.execute("SELECT cardinality(parameter_types) FROM pg_prepared_statements").fetchone()
    assert row
    expected = truth(original, f"EXECUTE generic({', '.join(['NULL'] * row[0])})")
    original.execute("DEALLOCATE generic")

    assert values(planned(twin.explain([statement])[0])) == values(expected)


def test_production_settings_are_followed(
    gallery: str, gallery_snapshot: Snapshot, twin: ShadowPlanner, original: psycopg.Connection[Any]
) -> None:
    query = "SELECT o.id FROM orders o JOIN items i ON i.order_id = o.id WHERE o.customer_id < 500"
    settings = (("random_page_cost", "1.1"), ("work_mem", "64kB"), ("enable_hashjoin", "off"))
    for name, value in settings:
        original.execute("SELECT set_config(%s, %s, false)", (name, value))
    from dbadvisor.model.whatif import WhatIf

    got = planned(twin.explain([query], WhatIf(settings=settings))[0])

    assert values(got) == values(truth(original, query))
    assert shape(got) != shape(planned(twin.explain([query])[0]))
