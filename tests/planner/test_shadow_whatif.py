"""Imagined changes against the same changes made in truth."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from comparing import Values, cost_error, planned, shape, truth, values

from dbadvisor.model.index import IndexDefinition, IndexKey
from dbadvisor.model.names import Name
from dbadvisor.model.whatif import PlannerRefused, Unplanned, WhatIf
from dbadvisor.planner.shadow import ShadowPlanner

pytestmark = pytest.mark.live

Original = psycopg.Connection[Any]


def index(table: str, *keys: str | IndexKey, **more: Any) -> IndexDefinition:
    parts = tuple(key if isinstance(key, IndexKey) else IndexKey(key) for key in keys)
    return IndexDefinition(Name("public", table), parts, **more)


def expression(text: str) -> IndexKey:
    return IndexKey(expression=text)


def newest(column: str) -> IndexKey:
    return IndexKey(column, descending=True, nulls_first=True)


@contextmanager
def built(original: Original, definition: IndexDefinition) -> Iterator[int]:
    """The index made in truth for the block; its blocks."""
    original.execute("BEGIN")
    original.execute(definition.create_sql(definition.default_name))
    name = str(Name("public", definition.default_name))
    row = original.execute(
        "SELECT sum(pg_relation_size(relid)) / 8192 FROM"
        " (SELECT relid FROM pg_partition_tree(%s::regclass) UNION SELECT %s::regclass) every",
        (name, name),
    ).fetchone()
    assert row
    yield int(row[0])
    original.execute("ROLLBACK")


def unnamed(of_plan: Values) -> Values:
    """Partitions' indexes bear names of the server's choice."""
    return {path: "an index" if path.endswith(".Index Name") else value for path, value in of_plan.items()}


BTREES = (
    (index("orders", "status"), "SELECT * FROM orders WHERE status = 'error'"),
    (index("orders", "status"), "SELECT count(*) FROM orders WHERE status = 'done'"),
    (index("orders", "amount"), "SELECT * FROM orders WHERE amount > 990"),
    (
        index("orders", "customer_id", newest("created_at")),
        "SELECT * FROM orders WHERE customer_id = 7 ORDER BY created_at DESC LIMIT 5",
    ),
    (index("orders", "customer_id", newest("created_at")), "SELECT * FROM orders WHERE customer_id = 19990"),
    (index("orders", "customer_id", include=("amount",)), "SELECT customer_id, sum(amount) FROM orders GROUP BY 1"),
    (index("orders", "code"), "SELECT * FROM orders WHERE code = 'c4ca4238-a0b9-2382-0dcc-509a6f75849b'"),
    (index("orders", "note"), "SELECT count(*) FROM orders WHERE note IS NULL"),
    (index("orders", "note"), "SELECT note, count(*) FROM orders GROUP BY 1"),
    (
        index("orders", "created_at", where="status = 'error'"),
        "SELECT * FROM orders WHERE status = 'error' ORDER BY created_at DESC LIMIT 10",
    ),
    (index("orders", "status", "amount"), "SELECT * FROM orders WHERE status = 'pending' AND amount > 900"),
    (index("orders", "status", "amount"), "SELECT status, max(amount) FROM orders GROUP BY 1"),
    (index("customers", "city"), "SELECT city, count(*) FROM customers GROUP BY 1"),
    (
        index("customers", "zip", "city", "since"),
        "SELECT * FROM customers WHERE zip = 'zip3-0' AND since > '2022-01-01'",
    ),
    (index("customers", "since", "id"), "SELECT id FROM customers WHERE since > '2022-01-01' ORDER BY since"),
    (index("customers", "feeling", "vip"), "SELECT * FROM customers WHERE feeling = 'happy' AND vip"),
    (index("items", "qty"), "SELECT * FROM items WHERE qty = 3"),
    (
        index("items", "sku", "order_id"),
        "SELECT o.id FROM orders o WHERE EXISTS (SELECT FROM items i WHERE i.order_id = o.id AND i.sku = 'sku77')",
    ),
    (index("items", "cost"), "SELECT max(cost) FROM items"),
    (
        index("items", "order_id", include=("sku", "qty", "cost")),
        "SELECT order_id, sum(qty * cost) FROM items WHERE order_id < 1000 GROUP BY 1",
    ),
    (index("events", "payload"), "SELECT * FROM events WHERE payload = 'p7'"),
    (index("events", "kind", "ts"), "SELECT * FROM events WHERE kind = 3 ORDER BY ts DESC LIMIT 3"),
    (index("heir", "id"), "SELECT * FROM heir WHERE id = 3000"),
    (index("bookings", "room", unique=False), "SELECT * FROM bookings WHERE room = 7"),
)


@pytest.mark.parametrize(("definition", "query"), BTREES, ids=lambda value: getattr(value, "body", None))
def test_an_imagined_btree_is_planned_like_a_built_one(
    twin: ShadowPlanner, original: Original, definition: IndexDefinition, query: str
) -> None:
    with built(original, definition) as blocks:
        expected = truth(original, query)

    got = planned(twin.explain([query], WhatIf(create=frozenset([definition])))[0])

    assert unnamed(shape(got)) == unnamed(shape(expected))
    assert abs(cost_error(expected, got)) <= 0.05
    assert twin.index_bytes(definition) == pytest.approx(blocks * 8192, rel=0.15)


def test_most_imagined_btrees_give_identical_plans(twin: ShadowPlanner, original: Original) -> None:
    identical = 0
    for definition, query in BTREES:
        with built(original, definition):
            expected = truth(original, query)
        got = planned(twin.explain([query], WhatIf(create=frozenset([definition])))[0])
        identical += unnamed(values(got)) == unnamed(values(expected))
    assert identical >= 0.8 * len(BTREES)


EXPRESSIONS = (
    (index("customers", expression("upper(city)")), "SELECT * FROM customers WHERE upper(city) = 'CITY3'"),
    (
        index("customers", expression("upper((email)::text)")),
        "SELECT * FROM customers WHERE upper(email) = 'USER5@EX1.COM'",
    ),
    (
        index("orders", expression("((created_at AT TIME ZONE 'UTC'))::date")),
        "SELECT * FROM orders WHERE (created_at AT TIME ZONE 'UTC')::date = '2024-03-05'",
    ),
)


@pytest.mark.parametrize(("definition", "query"), EXPRESSIONS, ids=lambda value: getattr(value, "body", None))
def test_an_imagined_expression_index_has_statistics_as_after_analyze(
    twin: ShadowPlanner, original: Original, definition: IndexDefinition, query: str
) -> None:
    with built(original, definition):
        original.execute(f"ANALYZE {definition.table}")
        expected = truth(original, query)

    got = planned(twin.explain([query], WhatIf(create=frozenset([definition])))[0])

    assert shape(got) == shape(expected)
    assert got.root.plan_rows == pytest.approx(expected.root.plan_rows, rel=0.1, abs=1)
    assert abs(cost_error(expected, got)) <= 0.1


OTHERS = (
    (
        index("customers", IndexKey("name", opclass="gin_trgm_ops"), method="gin"),
        "SELECT * FROM customers WHERE name LIKE '%abcd%'",
        0.35,
    ),
    (
        index("orders", "attrs", method="gin"),
        'SELECT * FROM orders WHERE attrs @> \'{"k": 5, "src": "tel"}\'',
        0.35,
    ),
    (
        index("orders", "created_at", method="brin"),
        "SELECT * FROM orders WHERE created_at BETWEEN '2024-03-01' AND '2024-03-02'",
        0.15,
    ),
    (index("orders", "total", method="hash"), "SELECT * FROM orders WHERE total = 77", 0.15),
    (index("orders", "spot", method="spgist"), "SELECT * FROM orders WHERE spot <@ box '((1,1),(3,3))'", 0.35),
)


@pytest.mark.parametrize(("definition", "query", "size"), OTHERS, ids=lambda value: getattr(value, "body", None))
def test_imagined_indexes_of_other_kinds_have_the_same_shape(
    twin: ShadowPlanner, original: Original, definition: IndexDefinition, query: str, size: float
) -> None:
    with built(original, definition) as blocks:
        expected = truth(original, query)

    got = planned(twin.explain([query], WhatIf(create=frozenset([definition])))[0])

    assert shape(got) == shape(expected)
    assert abs(cost_error(expected, got)) <= 0.05
    assert twin.index_bytes(definition) == pytest.approx(blocks * 8192, rel=size)


def test_imagined_indexes_leave_no_trace_in_other_questions(twin: ShadowPlanner, original: Original) -> None:
    query = "SELECT * FROM orders WHERE status = 'error' AND amount < 700"
    before = values(planned(twin.explain([query])[0]))
    whatif = WhatIf(create=frozenset([index("orders", "status", "amount")]))

    assert "orders_status_amount_idx" in planned(twin.explain([query], whatif)[0]).indexes
    assert values(planned(twin.explain([query])[0])) == before == values(truth(original, query))


def test_several_indexes_together(twin: ShadowPlanner) -> None:
    both = frozenset([index("orders", "code"), index("items", "order_id", include=("sku",))])
    query = (
        "SELECT i.sku FROM orders o JOIN items i ON i.order_id = o.id"
        " WHERE o.code = 'c4ca4238-a0b9-2382-0dcc-509a6f75849b'"
    )

    used = planned(twin.explain([query], WhatIf(create=both))[0]).indexes

    assert used == {definition.default_name for definition in both}


HIDDEN = (
    ("orders_customer", "SELECT * FROM orders WHERE customer_id = 7"),
    ("customers_pkey", "SELECT c.email FROM orders o JOIN customers c ON c.id = o.customer_id WHERE o.id = 5"),
    ("events_kind", "SELECT * FROM events WHERE kind = 99"),
    ("orders_tags", "SELECT * FROM orders WHERE tags @> ARRAY[5, 20]"),
)


@pytest.mark.parametrize(("name", "query"), HIDDEN)
def test_a_hidden_index_is_planned_like_a_dropped_one(
    twin: ShadowPlanner, original: Original, name: str, query: str
) -> None:
    original.execute("BEGIN")
    constraint = original.execute("SELECT conrelid::regclass::text FROM pg_constraint WHERE conname = %s", (name,))
    table = constraint.fetchone()
    original.execute(
        f"ALTER TABLE {table[0]} DROP CONSTRAINT {name} CASCADE" if table else f"DROP INDEX {name} CASCADE"
    )
    expected = truth(original, query)
    original.execute("ROLLBACK")

    got = planned(twin.explain([query], WhatIf(hide=frozenset([Name("public", name)])))[0])

    assert shape(got) == shape(expected)
    assert abs(cost_error(expected, got)) <= 0.01
    assert shape(planned(twin.explain([query])[0])) != shape(got)


def test_hiding_and_creating_at_once_replaces_an_index(twin: ShadowPlanner) -> None:
    wider = index("orders", "customer_id", "status")
    whatif = WhatIf(frozenset([wider]), frozenset([Name("public", "orders_customer")]))

    plan = planned(twin.explain(["SELECT * FROM orders WHERE customer_id = 7"], whatif)[0])

    assert plan.indexes == {wider.default_name}


def test_parameters_are_planned_with_imagined_indexes(twin: ShadowPlanner) -> None:
    code = index("orders", "code")
    statement = "SELECT * FROM orders WHERE code = $1"

    first = planned(twin.explain([statement])[0])
    imagined = planned(twin.explain([statement, "SELECT $2"], WhatIf(create=frozenset([code])))[0])
    again = planned(twin.explain([statement])[0])

    assert imagined.indexes == {code.default_name}
    assert first == again


REFUSED = (
    (index("orders", "spot"), "no default operator class"),
    (index("orders", "nonsense"), 'column "nonsense" does not exist'),
    (index("nowhere", "id"), 'relation "public.nowhere" does not exist'),
    (index("orders", expression("random()")), "must be marked IMMUTABLE"),
    (index("open_orders", "id"), "cannot create index on relation"),
    (index("docs", "id", where="id > 5; DROP TABLE docs"), "multiple commands"),
)


@pytest.mark.parametrize(("definition", "reason"), REFUSED, ids=lambda value: getattr(value, "body", None))
def test_an_index_that_cannot_be_is_refused_with_the_reason(
    twin: ShadowPlanner, original: Original, definition: IndexDefinition, reason: str
) -> None:
    for _ in range(2):
        with pytest.raises(PlannerRefused, match=reason) as refused:
            twin.explain(["SELECT * FROM orders"], WhatIf(create=frozenset([definition])))
        assert refused.value.definition == definition
    query = "SELECT * FROM orders WHERE id = 5"
    assert values(planned(twin.explain([query])[0])) == values(truth(original, query))


def test_a_wrong_setting_is_named(twin: ShadowPlanner) -> None:
    answers = twin.explain(["SELECT 1", "SELECT 2"], WhatIf(settings=(("no_such_setting", "1"),)))
    assert [isinstance(answer, Unplanned) for answer in answers] == [True, True]
    assert planned(twin.explain(["SELECT 1"])[0]).root.type == "Result"


@pytest.mark.parametrize("statement", ["SELECT * FROM docs WHERE id = $1", "SELECT * FROM docs WHERE id = 5"])
def test_a_search_path_holds_for_its_question_alone(twin: ShadowPlanner, statement: str) -> None:
    elsewhere = WhatIf(settings=(("search_path", "pg_catalog"),))
    for _ in range(2):
        assert isinstance(twin.explain([statement], elsewhere)[0], Unplanned)
        assert planned(twin.explain([statement])[0])


def test_calls_are_counted(twin: ShadowPlanner) -> None:
    before = twin.calls
    twin.explain(["SELECT 1", "SELECT 2", "SELECT nonsense"])
    assert twin.calls == before + 3
