"""Which indexes come to mind for a statement, and which never do."""

from dataclasses import replace

import pytest

from advisor.advising import column, definition, index, keys, public, snapshot, table
from dbadvisor.advisor.candidates import Field, candidates
from dbadvisor.advisor.load import uses_by_table
from dbadvisor.model.catalog import Catalog
from dbadvisor.model.objects import Function
from dbadvisor.model.snapshot import ColumnStatistics, Gap, Index, Snapshot, Table
from dbadvisor.sqltext.predicates import shape

ORDERS = table(
    "orders",
    column("id", distinct=-1),
    column("customer_id", distinct=20_000),
    column("status", "text", distinct=5, width=6),
    column("total", distinct=1000),
    column("created_at", "timestamp without time zone", distinct=-0.9, width=8),
    column("shipped_at", "timestamp with time zone", distinct=-0.9, width=8),
    column("deleted_at", "timestamp without time zone", width=8, nulls=0.6),
    column("archived_at", "timestamp without time zone", width=8, nulls=0.97),
    column("email", "character varying(200)", width=24),
    column("note", "text", width=900),
    column("data", "jsonb", width=300),
    column("raw", "json", width=300),
    column("tags", "text[]", width=40),
)
CUSTOMERS = table("customers", column("id", distinct=-1), column("city", "text", distinct=300, width=9), rows=20_000)


def thought_of(text: str, *others: str, orders: Table = ORDERS, existing: tuple[Index, ...] = ()) -> set[str]:
    """The candidates of the first statement, in a workload with the others."""
    return _thought_of(snapshot(orders, CUSTOMERS, indexes=existing), text, others)


def _thought_of(seen: Snapshot, text: str, others: tuple[str, ...] = ()) -> set[str]:
    catalog = Catalog(seen)
    shapes = {str(n): shape(one, catalog) for n, one in enumerate((text, *others))}
    field = Field(catalog, uses_by_table(catalog, shapes))
    return {keys(one) for use in shapes["0"].uses for one in candidates(field, use)}


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("SELECT * FROM orders WHERE customer_id = $1", "orders (customer_id)"),
        ("SELECT * FROM orders WHERE status = $1 AND customer_id = $2", "orders (customer_id, status)"),
        ("SELECT * FROM orders WHERE total > $1 AND customer_id = $2", "orders (customer_id, total)"),
        ("SELECT * FROM orders WHERE customer_id IN ($1, $2) AND total > $3", "orders (customer_id, total)"),
        (
            "SELECT * FROM orders WHERE customer_id = $1 ORDER BY created_at DESC LIMIT $2",
            "orders (customer_id, created_at)",
        ),
        (
            "SELECT * FROM orders WHERE customer_id = $1 ORDER BY created_at DESC NULLS LAST LIMIT $2",
            "orders (customer_id, created_at NULLS FIRST)",
        ),
        (
            "SELECT * FROM orders WHERE customer_id = $1 ORDER BY created_at DESC, id LIMIT $2",
            "orders (customer_id, created_at, id DESC)",
        ),
        ("SELECT * FROM orders ORDER BY total LIMIT 10", "orders (total)"),
        ("SELECT * FROM customers c JOIN orders o ON o.customer_id = c.id WHERE c.city = $1", "orders (customer_id)"),
        ("SELECT * FROM customers c JOIN orders o ON o.customer_id = c.id WHERE c.city = $1", "customers (city)"),
        ("SELECT * FROM customers c JOIN orders o ON o.customer_id = c.id WHERE o.status = $1", "orders (status)"),
        (
            "SELECT * FROM customers c JOIN orders o ON o.customer_id = c.id WHERE o.status = $1",
            "orders (customer_id, status)",
        ),
        ("SELECT * FROM orders WHERE customer_id = $1 OR total = $2", "orders (total)"),
        ("SELECT * FROM orders WHERE lower(email) = $1", "orders ((lower(email)))"),
        ("SELECT * FROM orders WHERE email LIKE 'a%'", "orders (email text_pattern_ops)"),
        ("SELECT * FROM orders WHERE data @> $1", "orders USING gin (data jsonb_path_ops)"),
        ("SELECT * FROM orders WHERE tags && $1", "orders USING gin (tags)"),
        ("SELECT sum(total) FROM orders WHERE customer_id = $1", "orders (customer_id) INCLUDE (total)"),
        ("SELECT * FROM orders WHERE archived_at IS NOT NULL", "orders (archived_at) WHERE archived_at IS NOT NULL"),
        (
            "SELECT * FROM orders WHERE deleted_at IS NULL AND customer_id = $1",
            "orders (customer_id) WHERE deleted_at IS NULL",
        ),
        ("DELETE FROM orders WHERE customer_id = $1", "orders (customer_id)"),
        ("UPDATE orders SET total = $1 WHERE status = $2", "orders (status)"),
    ],
)
def test_comes_to_mind(text: str, wanted: str) -> None:
    assert wanted in thought_of(text)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * FROM orders WHERE raw = $1",
        "SELECT * FROM orders WHERE shipped_at::date = $1",
        "SELECT * FROM orders WHERE to_char(created_at, 'YYYY') = $1",
        "SELECT * FROM orders WHERE mystery(total) = $1",
        "SELECT * FROM orders WHERE lower(email) LIKE '%x%'",
        "INSERT INTO orders (id, total) VALUES ($1, $2)",
    ],
)
def test_nothing_comes_to_mind(text: str) -> None:
    assert thought_of(text) == set()


def test_a_users_immutable_function_may_be_indexed() -> None:
    one = Function(public("mystery"), "integer", "integer", "sql", "i")
    seen = replace(snapshot(ORDERS), functions=(one,))
    text = "SELECT * FROM orders WHERE mystery(total) = $1"
    assert _thought_of(seen, text) == {"orders ((mystery(total)))"}
    assert _thought_of(replace(seen, functions=(replace(one, volatility="s"),)), text) == set()


def test_like_needs_no_pattern_class_in_collation_c() -> None:
    seen = snapshot(ORDERS)
    seen = replace(seen, server=replace(seen.server, collation="C"))
    assert "orders (email)" in _thought_of(seen, "SELECT * FROM orders WHERE email LIKE 'a%'")


def test_a_range_is_never_before_an_equality() -> None:
    found = thought_of("SELECT * FROM orders WHERE total > $1 AND customer_id = $2")
    assert not any(one.startswith("orders (total, ") for one in found)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT total FROM orders WHERE customer_id = $1 FOR UPDATE",
        "SELECT note FROM orders WHERE customer_id = $1",
        "SELECT * FROM orders WHERE customer_id = $1",
    ],
)
def test_include_is_for_few_narrow_columns_that_are_only_read(text: str) -> None:
    assert not any("INCLUDE" in one for one in thought_of(text))


def test_include_never_holds_a_column_that_updates_set() -> None:
    text, update = "SELECT total FROM orders WHERE customer_id = $1", "UPDATE orders SET total = $1 WHERE id = $2"
    assert "orders (customer_id) INCLUDE (total)" in thought_of(text)
    assert "orders (customer_id) INCLUDE (total)" not in thought_of(text, update)


def test_a_rare_flag_makes_a_partial_index() -> None:
    values = ColumnStatistics(0.0, 1, 2, most_common_vals=("t", "f"), most_common_freqs=(0.99, 0.01))
    orders = replace(ORDERS, columns=(*ORDERS.columns, replace(column("sent", "boolean"), statistics=values)))
    unsent = thought_of("SELECT * FROM orders WHERE NOT sent ORDER BY created_at LIMIT 5", orders=orders)
    assert any(one.startswith("orders (created_at) WHERE") for one in unsent)
    sent = thought_of("SELECT * FROM orders WHERE sent ORDER BY created_at LIMIT 5", orders=orders)
    assert not any("WHERE" in one for one in sent)
    unknown = replace(ORDERS, columns=(*ORDERS.columns, replace(column("sent", "boolean"), statistics=None)))
    assert not any("WHERE" in one for one in thought_of("SELECT * FROM orders WHERE NOT sent", orders=unknown))


def test_a_redacted_value_is_never_spelt_out() -> None:
    values = ColumnStatistics(0.0, 6, 5, most_common_vals=("4711", "12"), most_common_freqs=(0.9, 0.01))
    orders = replace(
        ORDERS, columns=tuple(replace(c, statistics=values) if c.name == "status" else c for c in ORDERS.columns)
    )
    seen = snapshot(orders, CUSTOMERS)
    text = "SELECT * FROM orders WHERE status = '12' AND deleted_at IS NULL ORDER BY created_at LIMIT 5"

    assert any("'12'" in one for one in _thought_of(seen, text))
    found = _thought_of(replace(seen, gaps=(Gap("values", "the values", "they were replaced"),)), text)
    assert not any("'12'" in one for one in found)
    assert "orders (status, deleted_at, created_at)" in found


def test_joins_by_range_and_orders_that_no_index_can_keep() -> None:
    found = thought_of("SELECT * FROM customers c JOIN orders o ON o.total > c.id WHERE o.status = $1")
    assert "orders (status, total)" in found
    assert thought_of("SELECT * FROM orders WHERE total = $1 ORDER BY to_char(created_at, 'DD'), id LIMIT 5") == {
        "orders (total)"
    }
    assert thought_of("SELECT * FROM orders WHERE total > $1 AND total < $2") == {"orders (total)"}


def test_a_pattern_on_something_else_than_text_makes_none() -> None:
    assert thought_of("SELECT * FROM orders WHERE data::text LIKE 'a%'") == set()


def test_columns_of_unknown_width_are_never_included() -> None:
    bare = replace(column("weight", "numeric"), statistics=None)
    orders = replace(ORDERS, columns=(*ORDERS.columns, bare))
    found = thought_of("SELECT weight FROM orders WHERE customer_id = $1", orders=orders)
    assert found == {"orders (customer_id)"}


def test_being_null_never_leads_an_index() -> None:
    found = thought_of("SELECT * FROM orders WHERE deleted_at IS NULL AND customer_id = $1")
    assert not any(one.startswith("orders (deleted_at") for one in found)
    assert "orders (customer_id, deleted_at)" in found


def test_a_parameter_never_makes_a_partial_index() -> None:
    assert not any("WHERE" in one for one in thought_of("SELECT * FROM orders WHERE status = $1 AND total = $2"))


def test_a_condition_that_nearly_all_rows_meet_makes_no_partial_index() -> None:
    found = thought_of("SELECT * FROM orders WHERE archived_at IS NULL AND total = $1")
    assert "orders (total)" in found
    assert not any("WHERE" in one for one in found)


@pytest.mark.parametrize(
    "existing",
    [
        definition("orders", "customer_id"),
        definition("orders", "customer_id", "total"),
        definition("orders", "customer_id", unique=True),
    ],
)
def test_what_an_index_starts_with_is_never_proposed_again(existing: object) -> None:
    there = index("there", existing)  # type: ignore[arg-type]
    text = "SELECT * FROM orders WHERE customer_id = $1"
    assert thought_of(text, existing=(there,)) == set()
    assert thought_of(text, existing=(replace(there, valid=False),)) == {"orders (customer_id)"}


@pytest.mark.parametrize(
    "changed", [{"pages": 50}, {"kind": "f"}, {"persistence": "t"}], ids=["tiny", "foreign", "temporary"]
)
def test_some_tables_are_left_alone(changed: dict[str, object]) -> None:
    text = "SELECT * FROM orders WHERE customer_id = $1"
    assert thought_of(text, orders=replace(ORDERS, **changed)) == set()  # type: ignore[arg-type]


def test_a_partition_is_indexed_through_its_root() -> None:
    root = replace(ORDERS, kind="p", pages=0)
    part = replace(ORDERS, oid=7, name=public("orders_1"), parent=root.name, bound="FOR VALUES IN (1)")
    found = _thought_of(snapshot(root, part), "SELECT * FROM orders_1 WHERE customer_id = $1")
    assert found == {"orders (customer_id)"}


def test_a_flag_without_statistics_is_no_key() -> None:
    """Most often nearly all rows have the same value, and the planner would not know."""
    unknown = replace(column("shipped", "boolean"), statistics=None)
    orders = replace(ORDERS, columns=(*ORDERS.columns, unknown))
    assert thought_of("SELECT count(*) FROM orders WHERE shipped", orders=orders) == set()


EVENTS = table(
    "events",
    column("at", "timestamp with time zone", width=8),
    column("during", "tstzrange", width=22),
    column("payload", "text", distinct=-1, width=900),
    blocks=200_000,
    rows=1e7,
)


def _ordered(correlation: float) -> Table:
    at = EVENTS.columns[0]
    assert at.statistics is not None
    return replace(
        EVENTS,
        columns=(replace(at, statistics=replace(at.statistics, correlation=correlation)), *EVENTS.columns[1:]),
    )


def test_brin_is_for_a_large_table_in_the_order_of_the_range() -> None:
    text = "SELECT count(*) FROM events WHERE at >= $1 AND at < $2"
    assert "events USING brin (at)" in _thought_of(snapshot(_ordered(0.999)), text)
    assert "events USING brin (at)" not in _thought_of(snapshot(_ordered(0.5)), text)
    small = replace(_ordered(0.999), pages=1_000)
    assert "events USING brin (at)" not in _thought_of(snapshot(small), text)


def test_ranges_are_for_gist_and_texts_too_wide_for_a_b_tree_for_hash() -> None:
    assert "events USING gist (during)" in _thought_of(snapshot(EVENTS), "SELECT * FROM events WHERE during && $1")
    assert "events USING hash (payload)" in _thought_of(snapshot(EVENTS), "SELECT * FROM events WHERE payload = $1")
