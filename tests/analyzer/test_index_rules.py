"""Index rules at their edges: each guard once firing and once silent."""

from dataclasses import replace
from typing import Any

import pytest
from builders import Builder, node, snap

from dbadvisor.analyzer.registry import find_rule
from dbadvisor.analyzer.run import apply
from dbadvisor.model.finding import Finding, Severity
from dbadvisor.model.names import Name
from dbadvisor.model.plan import Node
from dbadvisor.model.rule import Rule
from dbadvisor.model.snapshot import Horizon, Server
from dbadvisor.model.workload import Window

WEEK = Window(tables_seconds=7 * 86_400)


def the(rule_id: str) -> Rule:
    found = find_rule(rule_id)
    assert found is not None
    return found


MISSING, UNUSABLE, FOREIGN, DUPLICATE, REDUNDANT, UNUSED, INVALID, HOT = (the(f"IDX00{n}") for n in range(1, 9))


def targets(found: tuple[Finding, ...]) -> list[str]:
    return [finding.target for finding in found]


def changes(found: tuple[Finding, ...]) -> list[str]:
    return [change.sql for finding in found for change in finding.proposals]


# IDX001 ---------------------------------------------------------------------------------------------------------------


def orders(**fields: Any) -> Builder:
    columns = {"id": "bigint", "customer_id": "bigint", "status": "text", "placed_at": "timestamp without time zone"}
    distinct = {"customer_id": 5000, "status": 3}
    made = snap().table("orders", **{"rows": 2e5, "columns": columns, "distinct": distinct, **fields})
    return made.index("orders", "id", unique=True, constraint="p")


BY_CUSTOMER = "SELECT id FROM orders WHERE customer_id = 7 AND status = 'open'"


def test_missing_index_names_the_columns_most_distinct_first() -> None:
    plan = node("Seq Scan", "orders", rows=15, filter="(customer_id = 7)")
    found = orders().statement(BY_CUSTOMER, blocks=2000, rows=15).plan(plan).findings(MISSING)
    assert targets(found) == ["public.orders (customer_id, status)"]
    assert found[0].proposals == ()


@pytest.mark.parametrize(
    ("rows", "blocks", "counted"),
    [
        (2e5, 2000, 20),  # the server counted far fewer blocks than the table has
        (2e5, 90, 90),  # a small table
        (150, 2000, 2000),  # the rows kept are most of the table's
    ],
)
def test_missing_index_is_silent_where_reading_it_all_is_no_waste(rows: float, blocks: int, counted: int) -> None:
    plan = node("Seq Scan", "orders", rows=15.1, filter="(customer_id = 7)")
    builder = orders(rows=rows, blocks=blocks).statement(BY_CUSTOMER, blocks=counted, rows=15)
    assert builder.plan(plan).findings(MISSING) == ()


def test_missing_index_is_silent_for_statements_that_do_not_matter() -> None:
    plan = node("Seq Scan", "orders", rows=15, filter="(customer_id = 7)")
    builder = orders(blocks=500, rows=5e4).statement(BY_CUSTOMER, blocks=500, ms=1).plan(plan)
    assert builder.statement("SELECT 1", ms=1e6).findings(MISSING) == ()


def test_missing_index_without_counters_asks_for_a_larger_table() -> None:
    plan = node("Seq Scan", "orders", rows=15, filter="(customer_id = 7)")
    assert orders(blocks=900).statement(BY_CUSTOMER).plan(plan).findings(MISSING) == ()
    assert orders(blocks=1000).statement(BY_CUSTOMER).plan(plan).findings(MISSING) != ()
    limited = node("Limit", None, plan)
    assert orders(blocks=1000).statement(BY_CUSTOMER + " LIMIT 1").plan(limited).findings(MISSING) == ()


@pytest.mark.parametrize("fields", [{}, {"valid": False}])
def test_missing_index_is_silent_where_an_index_is_there_though_invalid(fields: dict[str, Any]) -> None:
    plan = node("Seq Scan", "orders", rows=15, filter="(customer_id = 7)")
    builder = orders().index("orders", "status", "customer_id", "placed_at", **fields)
    assert builder.statement(BY_CUSTOMER, blocks=2000).plan(plan).findings(MISSING) == ()


def test_missing_index_takes_an_index_scan_that_throws_most_away() -> None:
    plan = node("Limit", None, node("Index Scan", "orders", index="orders_id_idx", filter="(customer_id = 7)", rows=40))
    newest = "SELECT id FROM orders WHERE customer_id = 7 ORDER BY placed_at DESC LIMIT 10"
    wasteful = orders().statement(newest, blocks=5000, rows=10).plan(plan)
    assert targets(wasteful.findings(MISSING)) == ["public.orders (customer_id, placed_at)"]
    assert orders().statement(newest, blocks=60, rows=10).plan(plan).findings(MISSING) == ()


def test_missing_index_leaves_an_expression_to_its_own_rule_unless_the_bare_columns_select() -> None:
    def builder(condition: str) -> Builder:
        sql = f"SELECT id FROM orders WHERE {condition} AND upper(status) = 'OPEN'"
        plan = node("Seq Scan", "orders", rows=15, filter="(upper(status) = 'OPEN')")
        return orders().statement(sql, blocks=2000, rows=15).plan(plan)

    assert builder("status <> 'x' AND status = 'a'").findings(MISSING) == ()
    assert targets(builder("customer_id = 7").findings(MISSING)) == ["public.orders (customer_id)"]
    served = builder("customer_id = 7").index("orders", "(upper(status))", "customer_id")
    assert served.findings(MISSING) == ()


def test_missing_index_leaves_out_types_that_cannot_be_sorted() -> None:
    columns = {"id": "bigint", "payload": "json"}
    plan = node("Seq Scan", "orders", rows=15, filter="(payload IS NULL)")
    builder = orders(columns=columns).statement("SELECT id FROM orders WHERE payload IS NULL", blocks=2000)
    assert builder.plan(plan).findings(MISSING) == ()


def test_missing_index_is_silent_where_an_aggregate_needs_every_row() -> None:
    scan = node("Seq Scan", "orders", rows=2e5)
    total = node("Hash Join", None, node("Aggregate", None, scan, rows=5000), rows=3, join_cond="(customer_id = c.id)")
    sql = "SELECT customer_id, count(*) FROM orders GROUP BY customer_id"
    assert orders().statement(sql, blocks=2000).plan(total).findings(MISSING) == ()


def test_missing_index_needs_counters_to_call_an_index_scan_wasteful() -> None:
    plan = node("Index Scan", "orders", index="orders_id_idx", filter="(customer_id = 7)", rows=40)
    assert orders().statement(BY_CUSTOMER).plan(plan).findings(MISSING) == ()
    few_samples = orders().statement(BY_CUSTOMER, blocks=2000, rows=15)
    scan = node("Seq Scan", "orders", rows=15, filter="(customer_id = 7)")
    for root in (scan, node("Result"), node("Result")):
        few_samples = few_samples.plan(root)
    assert few_samples.findings(MISSING) == ()


def test_missing_index_wants_the_range_behind_the_equality() -> None:
    def builder(*keys: str) -> Builder:
        sql = "SELECT id FROM orders WHERE customer_id = 7 AND placed_at > now()"
        scan = node("Bitmap Heap Scan", "orders", node("Bitmap Index Scan", index="some_idx"), filter="x", rows=20)
        return orders().index("orders", *keys).statement(sql, blocks=2000, rows=9).plan(scan)

    found = builder("customer_id", "status").findings(MISSING)
    assert targets(found) == ["public.orders (customer_id, placed_at)"]
    assert "scan of index some_idx" in found[0].summary
    assert builder("customer_id", "placed_at").findings(MISSING) == ()


def test_what_is_written_to_or_no_table_of_the_snapshot_is_passed_over() -> None:
    builder = orders().statement("SELECT id FROM elsewhere WHERE id = 1", blocks=2000)
    builder = builder.plan(node("Seq Scan", "elsewhere")).statement("INSERT INTO orders (id) VALUES (1)", blocks=2000)
    assert builder.plan(node("ModifyTable", "orders", node("Result"))).findings(MISSING) == ()


def test_coverage_counts_statements_without_a_plan() -> None:
    builder = orders().statement(BY_CUSTOMER).plan(node("Result")).statement("SELECT status FROM orders")
    _, outcome = apply(MISSING, builder.facts())
    assert (outcome.examined, outcome.total, outcome.why) == (1, 2, "the others could not be read or planned")


def test_missing_index_for_a_join_names_the_key_that_restricts() -> None:
    sql = "SELECT o.id FROM pick p JOIN orders o ON o.customer_id = p.customer_id WHERE p.batch = 9"
    columns = {"batch": "integer", "customer_id": "bigint"}

    def builder(join_rows: float) -> Builder:
        scan = node("Seq Scan", "orders", rows=2e5, alias="o")
        inner = node("Hash", None, node("Index Scan", "pick", rows=3, alias="p", index="pick_batch_idx"))
        plan = node("Hash Join", None, scan, inner, rows=join_rows, join_cond="(o.customer_id = p.customer_id)")
        made = orders().table("pick", rows=1e4, columns=columns).index("pick", "batch")
        return made.statement(sql, blocks=2000, rows=9).plan(plan)

    assert targets(builder(120).findings(MISSING)) == ["public.orders (customer_id)"]
    assert builder(1e5).findings(MISSING) == ()
    assert builder(120).index("orders", "customer_id").findings(MISSING) == ()


def test_missing_index_adds_up_the_partitions() -> None:
    def builder(kept: float) -> Builder:
        columns = {"id": "bigint", "customer_id": "bigint"}
        made = snap().table("log", kind="p", rows=-1, blocks=0, columns=columns)
        for part in ("log_1", "log_2"):
            made = made.table(part, rows=1e5, columns=columns, parent=Name("public", "log"), bound="FOR VALUES IN (1)")
        scans = [node("Seq Scan", p, rows=kept, filter="(customer_id = 7)", alias=a) for p, a in PARTS]
        return made.statement("SELECT id FROM log WHERE customer_id = 7", blocks=2000).plan(
            node("Append", None, *scans)
        )

    assert targets(builder(50).findings(MISSING)) == ["public.log (customer_id)"]
    assert builder(15_000).findings(MISSING) == ()


PARTS = (("log_1", "log_1"), ("log_2", "log_2"))


# IDX002 ---------------------------------------------------------------------------------------------------------------

NEWEST = "SELECT id FROM orders WHERE customer_id = 7 ORDER BY placed_at DESC LIMIT 3"


def sorted_plan(rows: float = 4000, index: str = "some_idx") -> Node:
    scan = node("Index Scan", "orders", rows=rows, index=index, index_cond="(customer_id = 7)")
    return node("Limit", None, node("Sort", None, scan, rows=rows), rows=3)


PLAIN = "CREATE INDEX CONCURRENTLY orders_customer_id_placed_at_idx ON public.orders (customer_id, placed_at)"


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("placed_at desc nulls last", [PLAIN]),
        ("placed_at nulls first", [PLAIN]),
        ("placed_at", []),
        ("placed_at desc", []),
    ],
)
def test_order_is_unusable_only_where_neither_direction_agrees(key: str, expected: list[str]) -> None:
    builder = orders().index("orders", "customer_id", key, named="by_customer")
    found = builder.statement(NEWEST, blocks=4000, rows=3).plan(sorted_plan()).findings(UNUSABLE)
    assert changes(found) == expected
    assert targets(found) == ["public.by_customer (order)"] * len(expected)


def test_order_mismatch_is_silent_where_another_index_delivers_or_little_is_sorted() -> None:
    builder = orders().index("orders", "customer_id", "placed_at desc nulls last", named="by_customer")
    little = builder.statement(NEWEST, blocks=20, rows=3).plan(sorted_plan(rows=25))
    assert little.findings(UNUSABLE) == ()
    other = orders().index("orders", "customer_id", "placed_at desc nulls last", named="by_customer")
    other = other.index("orders", "customer_id", "placed_at").statement(NEWEST, blocks=4000, rows=3)
    assert other.plan(sorted_plan()).findings(UNUSABLE) == ()


def test_order_mismatch_offers_the_statement_with_nulls_where_they_are_only_for_columns_without_any() -> None:
    def builder(*not_null: str) -> Builder:
        made = orders(not_null=not_null).index("orders", "customer_id", "placed_at desc nulls last", named="i")
        return made.statement(NEWEST, blocks=4000, rows=3).plan(sorted_plan())

    rewrite = builder("placed_at").findings(UNUSABLE)[0].rewrite
    assert rewrite is not None
    assert "DESC NULLS LAST" in rewrite.after.upper()
    assert builder().findings(UNUSABLE)[0].rewrite is None
    made = orders(not_null=("placed_at",)).index("orders", "placed_at desc nulls last", named="i")
    ordinal = made.statement("SELECT placed_at FROM orders ORDER BY 1 DESC LIMIT 3", blocks=4000, rows=3)
    assert ordinal.plan(sorted_plan()).findings(UNUSABLE)[0].rewrite is None


def test_order_of_several_keys_is_rewritten_only_where_directions_agree() -> None:
    def builder(*keys: str) -> Builder:
        made = orders(not_null=("status", "placed_at")).index("orders", "customer_id", *keys, named="i")
        sql = "SELECT id FROM orders WHERE customer_id = 7 ORDER BY status, placed_at DESC LIMIT 3"
        return made.statement(sql, blocks=4000, rows=3).plan(sorted_plan())

    agreeing = builder("status", "placed_at desc nulls last").findings(UNUSABLE)[0]
    assert agreeing.rewrite is not None
    assert "status, placed_at DESC NULLS LAST" in agreeing.rewrite.after
    crossing = builder("status", "placed_at").findings(UNUSABLE)[0]
    assert crossing.rewrite is None
    assert [change.endswith("(customer_id, status, placed_at DESC)") for change in changes((crossing,))] == [True]


def test_order_over_an_expression_key_is_cured_in_its_own_shape() -> None:
    sql = "SELECT id FROM orders WHERE upper(status) = upper('x') ORDER BY id DESC LIMIT 1"
    builder = orders().index("orders", "(upper(status))", "id desc nulls last", named="by_status")
    found = builder.statement(sql, blocks=4000, rows=1).plan(sorted_plan()).findings(UNUSABLE)
    assert [change.endswith("((upper(status)), id)") for change in changes(found)] == [True]


def people(database: str = "en_US.UTF-8", provider: str = "c", **column: Any) -> Builder:
    server = Server(180000, "PostgreSQL 18.0", "shop", collation=database, locale_provider=provider)
    made = snap(server=server).table("people", rows=2e5, columns={"id": "bigint", "surname": "text"})
    return made.column("people", "surname", **column) if column else made


def prefix_search(builder: Builder, *, sample: str | None, source: str) -> Builder:
    plan = node("Seq Scan", "people", rows=20, filter="(surname ~~ 'abc%')")
    return builder.statement("SELECT id FROM people WHERE surname LIKE 'x'", blocks=2000).plan(
        plan, sql=sample, source=source
    )


LOGGED = {"sample": "SELECT id FROM people WHERE surname LIKE 'abc%'", "source": "log"}


def test_operator_class_for_a_prefix_that_the_application_really_sent() -> None:
    found = prefix_search(people().index("people", "surname", named="by_surname"), **LOGGED).findings(UNUSABLE)
    assert targets(found) == ["public.by_surname (operator class)"]
    assert [change.endswith("ON public.people (surname text_pattern_ops)") for change in changes(found)] == [True]


@pytest.mark.parametrize(
    "builder",
    [
        prefix_search(people(database="C").index("people", "surname"), **LOGGED),
        prefix_search(people(database="C.UTF-8", provider="b").index("people", "surname"), **LOGGED),
        prefix_search(people(collation='"C"').index("people", "surname"), **LOGGED),
        prefix_search(people().index("people", 'surname collate "C"'), **LOGGED),
        prefix_search(people().index("people", "surname text_pattern_ops"), **LOGGED),
        prefix_search(
            people().index("people", "surname"),
            sample="SELECT id FROM people WHERE surname LIKE '%abc%'",
            source="log",
        ),
        prefix_search(
            people().index("people", "surname"),
            sample="SELECT id FROM people WHERE surname LIKE 'abc%'",
            source="pg_stats",
        ),
    ],
    ids=["database C", "builtin", "column C", "index C", "pattern ops", "not a prefix", "guessed value"],
)
def test_operator_class_is_silent(builder: Builder) -> None:
    assert [f for f in builder.findings(UNUSABLE) if "operator class" in f.target] == []


def test_collation_that_the_statement_asks_for() -> None:
    sql = 'SELECT id FROM people ORDER BY surname COLLATE "sv-x-icu" LIMIT 5'
    scan = node("Seq Scan", "people", rows=2e5)
    plan = node("Limit", None, node("Sort", None, scan, rows=2e5), rows=5)
    builder = people().index("people", "surname", named="by_surname").statement(sql, blocks=2000, rows=5).plan(plan)
    found = builder.findings(UNUSABLE)
    assert targets(found) == ["public.by_surname (collation)"]
    assert [change.endswith('(surname COLLATE "sv-x-icu")') for change in changes(found)] == [True]


def test_collation_of_the_index_that_the_statement_does_not_ask_for() -> None:
    def builder(*keys: str) -> Builder:
        made = people()
        for position, key in enumerate(keys):
            made = made.index("people", key, named=f"i{position}")
        plan = node("Seq Scan", "people", rows=20, filter="(surname = 'x')")
        return made.statement("SELECT id FROM people WHERE surname = 'x'", blocks=2000).plan(plan)

    found = builder('surname collate "C"').findings(UNUSABLE)
    assert targets(found) == ["public.i0 (collation)"]
    assert [change.endswith("ON public.people (surname)") for change in changes(found)] == [True]
    assert builder('surname collate "C"', "surname").findings(UNUSABLE) == ()


def test_a_pattern_on_a_type_without_a_pattern_class_is_left_alone() -> None:
    columns = {"id": "bigint", "surname": "citext"}
    server = Server(180000, "PostgreSQL 18.0", "shop", collation="en_US.UTF-8")
    made = snap(server=server).table("people", rows=2e5, columns=columns).index("people", "surname")
    assert [f for f in prefix_search(made, **LOGGED).findings(UNUSABLE) if "operator class" in f.target] == []


def test_value_type_that_casts_the_column_is_told_without_an_index() -> None:
    def builder(shown: str) -> Builder:
        made = orders().index("orders", "customer_id", named="by_customer")
        return made.statement("SELECT status FROM orders WHERE customer_id = 7", blocks=2000).plan(
            node("Seq Scan", "orders", rows=1000, filter=shown)
        )

    found = builder("((customer_id)::numeric = 7.0)").findings(UNUSABLE)
    assert targets(found) == ["public.by_customer (value type)"]
    assert changes(found) == []
    assert found[0].advice is not None
    assert builder("(customer_id = 7)").findings(UNUSABLE) == ()


def test_a_partial_index_that_the_conditions_do_not_imply() -> None:
    def builder(condition: str) -> Builder:
        made = orders().index("orders", "customer_id", where="(status IS NULL)", named="open_ones")
        return made.statement(f"SELECT id FROM orders WHERE customer_id = 7{condition}", blocks=2000).plan(
            node("Seq Scan", "orders", rows=20, filter="(customer_id = 7)")
        )

    found = builder("").findings(UNUSABLE)
    assert targets(found) == ["public.open_ones (predicate)"]
    assert changes(found) == ["CREATE INDEX CONCURRENTLY orders_customer_id_idx ON public.orders (customer_id)"]
    assert [f for f in builder(" AND status IS NULL").findings(UNUSABLE) if "predicate" in f.target] == []


def test_column_order_behind_a_column_left_open() -> None:
    builder = orders().index("orders", "placed_at", "customer_id", named="by_time")
    builder = builder.statement("SELECT id FROM orders WHERE customer_id = 7", blocks=2000)
    found = builder.plan(node("Seq Scan", "orders", rows=20, filter="(customer_id = 7)")).findings(UNUSABLE)
    assert targets(found) == ["public.by_time (column order)"]
    assert changes(found) == ["CREATE INDEX CONCURRENTLY orders_customer_id_idx ON public.orders (customer_id)"]


# IDX003 ---------------------------------------------------------------------------------------------------------------


def family(rows: float = 5e4, deleted: int = 500, on_delete: str = "c") -> Builder:
    columns = {"id": "integer", "parent_id": "integer", "other": "integer"}
    made = snap().table("parent", rows=1e4, activity={"deleted": deleted})
    return made.table("child", rows=rows, columns=columns).fk("child", "parent_id", "parent", on_delete=on_delete)


def test_foreign_key_without_an_index_whose_parents_are_deleted() -> None:
    found = family().findings(FOREIGN)
    assert [(f.target, f.severity) for f in found] == [("public.child (parent_id)", Severity.WARNING)]
    assert changes(found) == ["CREATE INDEX CONCURRENTLY child_parent_id_idx ON public.child (parent_id)"]


@pytest.mark.parametrize(
    "builder",
    [
        family().index("child", "parent_id"),
        family().index("child", "parent_id", "other"),
        family().index("child", "parent_id", where="(parent_id IS NOT NULL)"),
        family().index("child", "parent_id", method="hash"),
        family(rows=5000),
        family(deleted=0),
    ],
    ids=["index", "wider index", "nulls aside", "hash", "tiny child", "parents stay"],
)
def test_foreign_key_is_silent(builder: Builder) -> None:
    assert builder.findings(FOREIGN) == ()


@pytest.mark.parametrize(
    "fields",
    [{"valid": False}, {"where": "(other > 0)"}, {"method": "brin"}],
    ids=["invalid", "partial", "brin"],
)
def test_foreign_key_is_not_covered_by_what_cannot_serve_the_check(fields: dict[str, Any]) -> None:
    assert family().index("child", "parent_id", **fields).findings(FOREIGN) != ()
    assert family().index("child", "other", "parent_id").findings(FOREIGN) != ()


def test_foreign_key_of_several_columns_in_any_order_or_by_a_selective_one() -> None:
    def builder(rows: float = 5e4) -> Builder:
        columns = {"tenant": "integer", "parent_id": "integer"}
        made = snap().table("parent", columns=columns, activity={"deleted": 5})
        made = made.table("child", rows=rows, columns=columns, distinct={"tenant": 20, "parent_id": 10_000})
        return made.fk("child", "tenant, parent_id", "parent", to="tenant, parent_id")

    assert targets(builder().findings(FOREIGN)) == ["public.child (tenant, parent_id)"]
    assert builder().index("child", "parent_id", "tenant").findings(FOREIGN) == ()
    assert builder().index("child", "parent_id").findings(FOREIGN) == ()
    assert builder().index("child", "tenant").findings(FOREIGN) != ()
    unknown = builder().column("child", "parent_id", statistics=None).index("child", "parent_id")
    assert unknown.findings(FOREIGN) != ()


def test_foreign_key_that_only_statements_seek_by_is_information_without_proposal() -> None:
    found = family(deleted=0).statement("SELECT id FROM child WHERE parent_id = 7").findings(FOREIGN)
    assert [(f.severity, f.proposals) for f in found] == [(Severity.INFO, ())]


def test_foreign_key_is_felt_by_statements_even_where_nothing_was_counted() -> None:
    found = family(deleted=0).statement("DELETE FROM parent WHERE id = 7").findings(FOREIGN)
    assert [(f.severity, len(f.statements)) for f in found] == [(Severity.WARNING, 1)]
    moved = family(deleted=0).statement("UPDATE parent SET id = 8 WHERE id = 7").findings(FOREIGN)
    assert moved[0].severity is Severity.WARNING


def test_foreign_key_of_a_partitioned_table_is_named_once_and_indexed_at_the_root() -> None:
    columns = {"id": "integer", "parent_id": "integer"}
    made = snap().table("parent", activity={"deleted": 5})
    made = made.table("child", kind="p", rows=-1, blocks=0, columns=columns).fk("child", "parent_id", "parent")
    for part in ("child_1", "child_2"):
        made = made.table(part, columns=columns, parent=Name("public", "child"), bound="FOR VALUES IN (1)")
        made = made.fk(part, "parent_id", "parent")
    found = made.findings(FOREIGN)
    assert changes(found) == ["CREATE INDEX child_parent_id_idx ON public.child (parent_id)"]


# IDX004, IDX005 -------------------------------------------------------------------------------------------------------


def wide() -> Builder:
    return snap().table("t", columns={"id": "integer", "a": "integer", "b": "integer", "c": "text"})


def test_of_twins_all_but_the_constraint_the_unique_or_the_most_used_one_may_go() -> None:
    builder = wide().index("t", "a", named="one", scans=5).index("t", "a", named="two", scans=9)
    assert targets(builder.findings(DUPLICATE)) == ["public.one"]
    builder = builder.index("t", "a", named="three", unique=True)
    assert set(targets(builder.findings(DUPLICATE))) == {"public.one", "public.two"}
    builder = builder.index("t", "a", named="key", unique=True, constraint="u")
    assert set(targets(builder.findings(DUPLICATE))) == {"public.one", "public.two", "public.three"}
    referenced = builder.table("child").fk("child", "id", "t", to="a")
    assert set(targets(referenced.findings(DUPLICATE))) == {"public.one", "public.two"}


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"keys": ("a",)}, {"keys": ("a desc",)}),
        ({"keys": ("c",)}, {"keys": ("c text_pattern_ops",)}),
        ({"keys": ("c",)}, {"keys": ('c collate "C"',)}),
        ({"keys": ("a", "b")}, {"keys": ("b", "a")}),
        ({"keys": ("a",)}, {"keys": ("a",), "where": "(b > 0)"}),
        ({"keys": ("a",)}, {"keys": ("a",), "include": ("b",)}),
        ({"keys": ("a",)}, {"keys": ("a",), "method": "brin"}),
        ({"keys": ("a",)}, {"keys": ("a",), "valid": False}),
        ({"keys": ("a",), "unique": True, "clustered": True}, {"keys": ("a",), "unique": True, "constraint": "u"}),
    ],
)
def test_indexes_that_differ_in_anything_are_no_twins(first: dict[str, Any], second: dict[str, Any]) -> None:
    builder = wide()
    for position, fields in enumerate((first, second)):
        fields = dict(fields)
        builder = builder.index("t", *fields.pop("keys"), named=f"i{position}", **fields)
    assert builder.findings(DUPLICATE) == ()


def test_attached_parts_of_partitioned_twins_are_not_named() -> None:
    builder = wide()
    for position in (1, 2):
        builder = builder.index("t", "a", named=f"part{position}", parent=Name("public", f"whole{position}"))
    assert builder.findings(DUPLICATE) == ()


def test_a_prefix_may_go_and_of_a_chain_only_the_widest_stays() -> None:
    builder = wide().index("t", "a").index("t", "a", "b").index("t", "a", "b", "id")
    found = builder.findings(REDUNDANT)
    assert targets(found) == ["public.t_a_idx", "public.t_a_b_idx"]
    assert all("t_a_b_id_idx" in finding.summary for finding in found)
    assert all(finding.severity is Severity.INFO for finding in found)


def test_no_index_is_called_both_duplicate_and_redundant() -> None:
    builder = wide().index("t", "a", named="one").index("t", "a", named="two").index("t", "a", "b")
    assert targets(builder.findings(DUPLICATE)) == ["public.two"]
    assert targets(builder.findings(REDUNDANT)) == ["public.one"]


@pytest.mark.parametrize(
    ("narrow", "fields", "redundant"),
    [
        (("a",), {}, True),
        (("a desc",), {}, True),
        (("a desc nulls last",), {}, False),
        (("a",), {"method": "hash"}, True),
        (("a",), {"include": ("b",)}, True),
        (("a",), {"include": ("id",)}, False),
        (("a",), {"unique": True}, False),
        (("a",), {"constraint": "p"}, False),
        (("a",), {"replica_identity": True}, False),
        (("a",), {"clustered": True}, False),
        (("a",), {"where": "(b > 0)"}, False),
        (("a",), {"valid": False}, False),
        (("b",), {}, False),
    ],
)
def test_which_prefixes_are_redundant(narrow: tuple[str, ...], fields: dict[str, Any], redundant: bool) -> None:
    builder = wide().index("t", "a", "b", "c", named="wide").index("t", *narrow, named="narrow", **fields)
    assert targets(builder.findings(REDUNDANT)) == (["public.narrow"] if redundant else [])


# IDX006 ---------------------------------------------------------------------------------------------------------------


def test_unused_for_months_is_a_warning_with_the_drop() -> None:
    found = wide().index("t", "a").findings(UNUSED)
    assert [(f.severity, changes((f,))) for f in found] == [
        (Severity.WARNING, ["DROP INDEX CONCURRENTLY public.t_a_idx"])
    ]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"window": WEEK}, "7 days old"),
        ({"window": Window()}, "0 minutes"),
        ({"standbys": 1}, "Other servers"),
        ({"horizons": (Horizon("slot", "away", None),)}, "Ask each of them: SELECT idx_scan"),
    ],
)
def test_unused_within_a_short_window_or_beside_replicas_is_information_only(fields: Any, words: str) -> None:
    found = snap(**fields).table("t", columns={"a": "integer"}).index("t", "a").findings(UNUSED)
    assert [(f.severity, f.proposals) for f in found] == [(Severity.INFO, ())]
    assert words in " ".join(found[0].caveats)


@pytest.mark.parametrize(
    "fields",
    [
        {"scans": 1},
        {"tuples_read": 20_325_055},
        {"constraint": "x"},
        {"unique": True},
        {"replica_identity": True},
        {"clustered": True},
        {"parent": Name("public", "whole")},
        {"pages": 127},
        {"valid": False},
    ],
    ids=lambda fields: next(iter(fields)),
)
def test_unused_is_silent(fields: dict[str, Any]) -> None:
    assert wide().index("t", "a", **fields).findings(UNUSED) == ()


def test_unused_keeps_what_a_plan_uses_what_a_foreign_key_needs_and_what_another_rule_names() -> None:
    plan = node("Index Scan", "t", index="t_a_idx")
    assert wide().index("t", "a").statement("SELECT id FROM t WHERE a = 1").plan(plan).findings(UNUSED) == ()
    assert wide().table("p").fk("t", "a", "p").index("t", "a").findings(UNUSED) == ()
    assert targets(wide().index("t", "a").index("t", "a", "b").findings(UNUSED)) == ["public.t_a_b_idx"]


def test_unused_keeps_an_index_that_a_wrapped_column_keeps_away() -> None:
    builder = wide().index("t", "c").statement("SELECT id FROM t WHERE lower(c) = 'x'")
    assert builder.findings(UNUSED) == ()
    assert wide().index("t", "c").statement("SELECT id FROM t WHERE c = 'x'").findings(UNUSED) != ()


def test_unused_tells_of_statistics_on_an_expression() -> None:
    found = wide().index("t", "(lower(c))").findings(UNUSED)
    assert [(f.severity, f.proposals) for f in found] == [(Severity.INFO, ())]
    assert "statistics" in found[0].caveats[0]


def test_a_partitioned_index_is_used_when_a_part_is() -> None:
    def builder(scans: int) -> Builder:
        made = snap().table("t", kind="p", columns={"a": "integer"}).table("t_1", columns={"a": "integer"})
        made = made.index("t", "a", pages=0)
        return made.index("t_1", "a", scans=scans, parent=Name("public", "t_a_idx"))

    assert builder(3).findings(UNUSED) == ()
    assert changes(builder(0).findings(UNUSED)) == ["DROP INDEX public.t_a_idx"]


# IDX007 ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"named": "i"}, ["REINDEX INDEX CONCURRENTLY public.i"]),
        ({"named": "i_ccnew"}, ["DROP INDEX CONCURRENTLY public.i_ccnew"]),
        ({"named": "i_ccold1"}, ["DROP INDEX CONCURRENTLY public.i_ccold1"]),
        ({"named": "i", "unique": True}, ["DROP INDEX CONCURRENTLY public.i"]),
        ({"named": "i", "unique": True, "constraint": "u"}, ["REINDEX INDEX CONCURRENTLY public.i"]),
        ({"named": "i", "building": True}, []),
    ],
)
def test_what_becomes_of_an_invalid_index(fields: dict[str, Any], expected: list[str]) -> None:
    assert changes(wide().index("t", "a", valid=False, **fields).findings(INVALID)) == expected


def test_an_invalid_index_with_a_valid_twin_is_dropped() -> None:
    builder = wide().index("t", "a", named="dead", valid=False).index("t", "a", named="alive")
    assert changes(builder.findings(INVALID)) == ["DROP INDEX CONCURRENTLY public.dead"]


def test_a_partitioned_index_that_awaits_its_parts_is_meant_to_be_invalid() -> None:
    assert snap().table("t", kind="p").index("t", "id", valid=False).findings(INVALID) == ()


# IDX008 ---------------------------------------------------------------------------------------------------------------

BUSY = {"updated": 20_000, "hot_updated": 300}
BEAT = "UPDATE device SET seen_at = now() WHERE id = 7"


def devices(activity: dict[str, int] | None = None, **fields: Any) -> Builder:
    columns = {"id": "integer", "seen_at": "timestamp with time zone", "gone_at": "timestamp with time zone"}
    made = snap().table("device", rows=6e4, columns=columns, activity=activity or BUSY, **fields)
    return made.index("device", "id", unique=True, constraint="p", scans=20_000)


def test_an_unread_index_on_an_assigned_column_goes_and_pages_get_room() -> None:
    found = devices().index("device", "seen_at").statement(BEAT).findings(HOT)
    assert changes(found) == [
        "DROP INDEX CONCURRENTLY public.device_seen_at_idx",
        "ALTER TABLE public.device SET (fillfactor=85)",
    ]
    roomy = devices(options=("fillfactor=70",)).index("device", "seen_at").statement(BEAT).findings(HOT)
    assert changes(roomy) == ["DROP INDEX CONCURRENTLY public.device_seen_at_idx"]


@pytest.mark.parametrize(
    "builder",
    [
        devices().index("device", "seen_at", scans=1).statement(BEAT),
        devices().index("device", "gone_at").statement(BEAT),
        devices().index("device", "seen_at").statement(BEAT + " AND seen_at < now()"),
        devices().index("device", "seen_at").statement(BEAT).statement("SELECT id FROM device ORDER BY seen_at"),
        devices().index("device", "seen_at", unique=True).statement(BEAT),
        devices().index("device", "seen_at", method="brin").statement(BEAT),
        devices({"updated": 20_000, "hot_updated": 15_000}).index("device", "seen_at").statement(BEAT),
        devices({"updated": 900}).index("device", "seen_at").statement(BEAT),
        devices().index("device", "seen_at").index("device", "id", "seen_at", scans=5, named="used").statement(BEAT),
        devices().index("device", "seen_at").statement("SELECT id FROM device"),
    ],
    ids=[
        "scanned",
        "not assigned",
        "in the condition",
        "in the order",
        "unique",
        "brin",
        "mostly heap-only",
        "few updates",
        "another index needs the column",
        "no update seen",
    ],
)
def test_hot_blocking_is_silent(builder: Builder) -> None:
    assert builder.findings(HOT) == ()


@pytest.mark.parametrize("fields", [{"where": "(seen_at IS NULL)"}, {"include": ("seen_at",)}])
def test_predicate_and_included_columns_stand_in_the_way_too(fields: dict[str, Any]) -> None:
    found = devices().index("device", "gone_at", named="gone", **fields).statement(BEAT).findings(HOT)
    assert "DROP INDEX CONCURRENTLY public.gone" in changes(found)


def test_brin_stands_in_the_way_before_16() -> None:
    builder = devices().index("device", "seen_at", method="brin").statement(BEAT)
    facts = builder.facts()
    old = replace(facts.snapshot, server=Server(150000, "PostgreSQL 15.0", "shop"))
    assert list(HOT.check(type(facts)(old, {}))) != []
