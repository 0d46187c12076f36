"""What is chosen for a whole workload, and why other ideas are not."""

from dataclasses import replace

from advisor.advising import MB, advised, column, definition, index, snapshot, statement, table, titles
from dbadvisor.advisor.advise import Options
from dbadvisor.model.change import CreateIndex, DropIndex
from dbadvisor.model.finding import Evidence, Finding, Severity
from dbadvisor.model.snapshot import TableActivity
from dbadvisor.model.workload import Sample, Window

ORDERS = table(
    "orders",
    column("id", distinct=-1),
    column("customer_id", distinct=20_000),
    column("status", "text", distinct=5, width=6),
    column("total", distinct=1000),
    column("created_at", "timestamp without time zone", distinct=-0.9, width=8),
)
ITEMS = table("items", column("order_id", distinct=50_000), column("sku", "text", distinct=900, width=9))
BY_CUSTOMER = statement("aa", "SELECT * FROM orders WHERE customer_id = $1")
NEWEST = statement("bb", "SELECT * FROM orders WHERE customer_id = $1 ORDER BY created_at DESC LIMIT $2")
BY_ORDER_UNTIMED = statement("cc", "SELECT * FROM items WHERE order_id = $1", ms=0.0, calls=500)
BY_ORDER = statement("cc", "SELECT * FROM items WHERE order_id = $1")


def cost(text: str, there: frozenset[str]) -> tuple[float, tuple[str, ...]]:
    """The best of what is there: a narrow world in which only these indexes are of use."""
    worlds = {
        "ORDER BY": [("orders (customer_id, created_at)", 10.0), ("orders (customer_id)", 40.0)],
        "FROM orders": [("orders (customer_id)", 20.0), ("orders (customer_id, created_at)", 20.0)],
        "FROM items": [("items (order_id)", 15.0)],
    }
    for part, known in worlds.items():
        if part in text:
            found = [(figure, (body,)) for body, figure in known if body in there]
            return min(found, default=(10_000.0, ()))
    return 10_000.0, ()


def test_one_index_serves_two_statements_where_its_front_is_enough() -> None:
    advice = advised(snapshot(ORDERS, statements=[BY_CUSTOMER, NEWEST]), cost)
    assert titles(advice) == ["CREATE INDEX ON public.orders (customer_id, created_at)"]
    estimate = advice.recommendations[0].estimate
    assert estimate is not None
    assert {(one.fingerprint, one.cost_before, one.cost_after) for one in estimate.statements} == {
        ("aa", 10_000, 20),
        ("bb", 10_000, 10),
    }


def test_a_limit_gets_its_order_from_the_index_where_that_is_nearly_free() -> None:
    def no_better(text: str, there: frozenset[str]) -> tuple[float, tuple[str, ...]]:
        found = sorted((one for one in there if one.startswith("orders (customer_id")), key=len)
        return (20.0 - 0.01 * len(found), (found[-1],)) if found else (10_000.0, ())

    advice = advised(snapshot(ORDERS, statements=[NEWEST]), no_better, sizes={"orders (customer_id)": 9 * MB})
    assert titles(advice) == ["CREATE INDEX ON public.orders (customer_id, created_at)"]


def test_ranked_by_the_time_that_is_saved_not_by_cost() -> None:
    seen = snapshot(ORDERS, ITEMS, statements=[replace(BY_CUSTOMER, total_ms=10.0), BY_ORDER])
    advice = advised(seen, cost)
    assert titles(advice) == ["CREATE INDEX ON public.items (order_id)", "CREATE INDEX ON public.orders (customer_id)"]
    assert [one.rank for one in advice.recommendations] == [1, 2]
    assert advice.recommendations[0].saved_ms > 900
    assert advice.recommendations[0].evidence_level == "planned"


def test_a_budget_takes_what_saves_most_and_says_what_did_not_fit() -> None:
    seen = snapshot(ORDERS, ITEMS, statements=[BY_CUSTOMER, replace(BY_ORDER, total_ms=5000.0)])
    advice = advised(seen, cost, options=Options(budget_bytes=12 * MB))
    assert titles(advice) == ["CREATE INDEX ON public.items (order_id)"]
    assert [(one.title, "do not fit" in one.reason) for one in advice.rejected] == [
        ("CREATE INDEX ON public.orders (customer_id)", True)
    ]


def test_no_more_indexes_than_allowed() -> None:
    advice = advised(snapshot(ORDERS, ITEMS, statements=[BY_CUSTOMER, BY_ORDER]), cost, options=Options(max_indexes=1))
    assert len(advice.recommendations) == 1


INSERT = statement("ii", "INSERT INTO orders (id) VALUES ($1)", ms=1.0, calls=1_000_000, rows=1_000_000)


def test_writes_that_pay_more_than_reads_gain_reject_an_index() -> None:
    advice = advised(snapshot(ORDERS, statements=[BY_CUSTOMER, INSERT]), cost)
    assert titles(advice) == []
    assert "(1,000,000 entries" in advice.rejected[0].reason


def test_table_counters_speak_of_writes_only_when_they_are_old_enough_to_be_a_rate() -> None:
    busy = replace(ORDERS, activity=TableActivity(inserted=10_000_000))
    seen = snapshot(busy, statements=[BY_CUSTOMER])
    loaded = replace(seen, window=Window(statements_seconds=60, tables_seconds=600))
    assert len(advised(loaded, cost).recommendations) == 1
    steady = replace(seen, window=Window(statements_seconds=864_000, tables_seconds=8_640_000))
    assert titles(advised(steady, cost)) == []


def test_an_update_of_the_key_costs_its_hot_updates_too() -> None:
    busy = replace(ORDERS, activity=TableActivity(updated=200_000, hot_updated=200_000))
    update = statement("uu", "UPDATE orders SET customer_id = $1 WHERE id = $2", ms=1.0, calls=200_000, rows=200_000)
    pkey = index("orders_pkey", definition("orders", "id", unique=True), constraint="p")
    seen = snapshot(busy, indexes=[pkey], statements=[replace(BY_CUSTOMER, total_ms=1500.0), update])
    advice = advised(seen, cost)
    assert titles(advice) == []
    assert "200,000 updates no longer HOT" in advice.rejected[0].reason
    other = replace(update, text="UPDATE orders SET total = $1 WHERE id = $2", samples=())
    assert len(advised(replace(seen, statements=(seen.statements[0], other)), cost).recommendations) == 1


def test_without_measured_times_no_milliseconds_are_claimed() -> None:
    advice = advised(snapshot(ORDERS, ITEMS, statements=[replace(BY_CUSTOMER, total_ms=0.0), BY_ORDER_UNTIMED]), cost)
    assert titles(advice) == ["CREATE INDEX ON public.items (order_id)", "CREATE INDEX ON public.orders (customer_id)"]
    assert {one.saved_ms + one.affected_ms for one in advice.recommendations} == {0.0}
    assert "planned cost" in advice.recommendations[0].why


def test_too_little_of_its_statements_time_earns_no_index() -> None:
    def slightly(text: str, there: frozenset[str]) -> tuple[float, tuple[str, ...]]:
        return (9_500.0, ("orders (customer_id)",)) if "orders (customer_id)" in there else (10_000.0, ())

    advice = advised(snapshot(ORDERS, statements=[BY_CUSTOMER]), slightly)
    assert titles(advice) == []
    assert advice.rejected[0].reason == "it would save 5.0% of its statements' time, 5.00% of the workload's"


def test_a_trifle_earns_no_index() -> None:
    heavy = statement("hh", "SELECT count(*) FROM items", ms=10_000_000.0)
    advice = advised(snapshot(ORDERS, ITEMS, statements=[heavy, replace(BY_CUSTOMER, total_ms=5.0)]), cost)
    assert titles(advice) == []


def test_an_index_that_makes_a_sample_of_another_statement_dearer_is_vetoed() -> None:
    def trap(text: str, there: frozenset[str]) -> tuple[float, tuple[str, ...]]:
        if "status" in text and "orders (customer_id)" in there:
            return 90_000.0, ("orders (customer_id)",)
        return cost(text, there)

    victim = statement("vv", "SELECT status FROM orders GROUP BY status")
    advice = advised(snapshot(ORDERS, statements=[BY_CUSTOMER, victim]), trap)
    assert "CREATE INDEX ON public.orders (customer_id)" not in titles(advice)
    assert any("statement vv would cost 9.00 times as much" in one.reason for one in advice.rejected)


def test_no_wider_than_it_need_be() -> None:
    def any_front(text: str, there: frozenset[str]) -> tuple[float, tuple[str, ...]]:
        found = sorted(one for one in there if one.startswith("orders (customer_id"))
        return (20.0, (found[-1],)) if found else (10_000.0, ())

    text = "SELECT total FROM orders WHERE customer_id = $1 AND status = $2"
    advice = advised(snapshot(ORDERS, statements=[statement("aa", text)]), any_front)
    assert titles(advice) == ["CREATE INDEX ON public.orders (customer_id)"]


def test_of_two_indexes_that_begin_alike_one_is_recommended() -> None:
    def each_its_own(text: str, there: frozenset[str]) -> tuple[float, tuple[str, ...]]:
        narrow, wide = "orders (customer_id)", "orders (customer_id) INCLUDE (total)"
        known = {narrow: 1_500.0, wide: 20.0 if "total FROM" in text else 3_000.0}
        return min(((cost, (one,)) for one, cost in known.items() if one in there), default=(10_000.0, ()))

    covered = statement("dd", "SELECT total FROM orders WHERE customer_id = $1")
    advice = advised(snapshot(ORDERS, statements=[BY_CUSTOMER, covered]), each_its_own)
    assert len(titles(advice)) == 1


def test_a_statement_that_reads_nothing_gets_no_index_whatever_its_cost() -> None:
    seen = snapshot(ORDERS, statements=[replace(BY_CUSTOMER, hit_blocks=500)])
    assert titles(advised(seen, cost)) == []
    assert (
        len(advised(replace(seen, statements=(replace(BY_CUSTOMER, hit_blocks=900_000),)), cost).recommendations) == 1
    )


def test_wrong_statistics_are_cured_before_an_index_is_chosen_by_them() -> None:
    evidence = (Evidence("sample", 300, "rows", "pg_stats"),)
    thin = Finding("UPK002", Severity.WARNING, "public.orders.customer_id", "thin", evidence, ("aa",))
    assert titles(advised(snapshot(ORDERS, statements=[BY_CUSTOMER]), cost, [thin])) == []


def test_what_the_planner_refuses_is_not_recommended() -> None:
    seen = snapshot(ORDERS, statements=[BY_CUSTOMER])
    advice = advised(seen, cost, refuses={"orders (customer_id)": "no operator class"})
    assert titles(advice) == []


def test_an_index_takes_over_the_shorter_one_and_both_changes_are_one_step() -> None:
    old = index("orders_customer", definition("orders", "customer_id"))
    advice = advised(snapshot(ORDERS, indexes=[old], statements=[BY_CUSTOMER, NEWEST]), cost)
    (one,) = advice.recommendations
    assert [type(change) for change in one.changes] == [CreateIndex, DropIndex]
    assert "takes over all work of orders_customer" in one.why


def test_the_shorter_one_stays_where_its_own_statement_would_pay() -> None:
    def smaller_is_better(text: str, there: frozenset[str]) -> tuple[float, tuple[str, ...]]:
        if "ORDER BY" not in text and "orders (customer_id)" not in there and len(there):
            return 30.0, ("orders (customer_id, created_at)",)
        return cost(text, there)

    old = index("orders_customer", definition("orders", "customer_id"))
    advice = advised(snapshot(ORDERS, indexes=[old], statements=[BY_CUSTOMER, NEWEST]), smaller_is_better)
    assert [type(change) for one in advice.recommendations for change in one.changes] == [CreateIndex]


def test_a_findings_statements_are_answered_by_the_index_that_cures_them() -> None:
    evidence = (Evidence("blocks per call", 10_000, "blocks", "pg_stat_statements"),)
    missing = Finding("IDX001", Severity.WARNING, "public.orders", "reads all", evidence, ("aa",))
    other = Finding("IDX001", Severity.WARNING, "public.items", "reads all", evidence, ("cc",))
    advice = advised(snapshot(ORDERS, statements=[BY_CUSTOMER]), cost, [missing, other])
    assert [one.findings for one in advice.recommendations] == [(missing.key,)]
    assert advice.rejected == ()


def test_a_name_that_is_taken_is_not_given_again() -> None:
    other = index("orders_customer_id_idx", definition("orders", "total"))
    advice = advised(snapshot(ORDERS, indexes=[other], statements=[BY_CUSTOMER]), cost)
    assert advice.recommendations[0].changes[0].sql == (
        "CREATE INDEX CONCURRENTLY orders_customer_id_1_idx ON public.orders (customer_id)"
    )


def test_an_invalid_index_is_replaced_in_the_same_step() -> None:
    broken = index("orders_customer_ccnew", definition("orders", "customer_id"), valid=False)
    evidence = (Evidence("valid", "false", "flag", "pg_index"),)
    invalid = Finding("IDX007", Severity.WARNING, str(broken.name), "invalid", evidence)
    invalid = replace(invalid, proposals=(DropIndex(broken.name, broken.definition),))
    advice = advised(snapshot(ORDERS, indexes=[broken], statements=[BY_CUSTOMER]), cost, [invalid])
    (one,) = advice.recommendations
    assert [change.kind for change in one.changes] == ["drop_index", "create_index"]
    assert one.findings == (invalid.key,)


def test_caveats_of_covering_and_partial_indexes() -> None:
    def covered(text: str, there: frozenset[str]) -> tuple[float, tuple[str, ...]]:
        best = {
            "customer": "orders (customer_id) INCLUDE (total)",
            "paid": "orders (total) WHERE paid_at IS NULL",
        }
        found = next((body for word, body in best.items() if word in text and body in there), None)
        return (9.0, (found,)) if found else (8_000.0, ())

    paid = column("paid_at", "timestamp without time zone", width=8, nulls=0.02)
    orders = replace(ORDERS, columns=(*ORDERS.columns, paid))
    texts = [
        "SELECT total FROM orders WHERE customer_id = $1",
        "SELECT * FROM orders WHERE paid_at IS NULL AND total > $1",
    ]
    seen = snapshot(orders, statements=[statement(str(n), text) for n, text in enumerate(texts)])
    caveats = {one.title: " ".join(one.caveats) for one in advised(seen, covered).recommendations}
    assert "VACUUM" in caveats["CREATE INDEX ON public.orders (customer_id) INCLUDE (total)"]
    assert "repeat the index's condition" in caveats["CREATE INDEX ON public.orders (total) WHERE paid_at IS NULL"]


def test_the_same_advice_every_time() -> None:
    seen = snapshot(ORDERS, ITEMS, statements=[BY_CUSTOMER, NEWEST, BY_ORDER])
    assert advised(seen, cost) == advised(seen, cost)


def test_a_statement_that_would_get_dearer_costs_its_own_index_and_no_other() -> None:
    def trap(text: str, there: frozenset[str]) -> tuple[float, tuple[str, ...]]:
        found = sorted(one for one in there if one.startswith("orders (customer_id"))
        return (90_000.0, (found[0],)) if "status" in text and found else cost(text, there)

    victim = statement("vv", "SELECT status FROM orders GROUP BY status")
    seen = snapshot(ORDERS, ITEMS, statements=[BY_CUSTOMER, victim, BY_ORDER])
    for limit in (0.0, 60.0):
        advice = advised(seen, trap, options=Options(time_limit=limit))
        assert titles(advice) == ["CREATE INDEX ON public.items (order_id)"]


def test_an_index_that_keeps_a_sample_from_a_worse_plan_stays() -> None:
    narrow, wide = "items (order_id)", "items (sku)"

    def trap(text: str, there: frozenset[str]) -> tuple[float, tuple[str, ...]]:
        if "sku = " not in text:
            return cost(text, there)
        if "'rare'" in text:
            return (990_000.0, (narrow,)) if narrow in there else (1_000_000.0, ())
        if wide in there:
            return 1_000.0, (wide,)
        return (2_000.0, (narrow,)) if narrow in there else (1_000.0, ())

    text = "SELECT * FROM items WHERE sku = $1 AND order_id > $2"
    values = [f"SELECT * FROM items WHERE sku = '{one}' AND order_id > 1" for one in ("rare", "common")]
    both = statement("dd", text, samples=tuple(Sample("logged", one, "logged") for one in values))
    advice = advised(snapshot(ITEMS, statements=[BY_ORDER, both]), trap)
    worst = [one.worst_ratio for each in advice.recommendations if each.estimate for one in each.estimate.statements]
    assert "CREATE INDEX ON public.items (order_id)" in titles(advice)
    assert "CREATE INDEX ON public.items (sku)" in titles(advice)
    assert max(worst) <= 1.05


def test_a_workload_that_weighs_nothing_gets_no_index() -> None:
    wanted = definition("orders", "customer_id")
    evidence = (Evidence("blocks per call", 10_000, "blocks", "pg_stat_statements"),)
    missing = Finding("IDX001", Severity.WARNING, "public.orders", "reads all", evidence, ("aa",))
    missing = replace(missing, proposals=(CreateIndex(wanted, wanted.default_name, concurrently=True),))
    never = replace(BY_CUSTOMER, total_ms=0.0, calls=0, hit_blocks=0)
    assert titles(advised(snapshot(ORDERS, statements=[never]), cost, [missing])) == []
