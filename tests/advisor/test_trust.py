"""Costs of plans that hope to stop early."""

import pytest

from advisor.advising import snapshot
from dbadvisor.advisor.trust import Trust, early_stops, trust
from dbadvisor.model.catalog import Catalog
from dbadvisor.model.names import Name
from dbadvisor.model.plan import Node, Plan

CATALOG = Catalog(snapshot())
EVENTS = Name("public", "events")


def limited(full: float, cost: float, *, filtered: bool, index: str | None = "events_id") -> Plan:
    """LIMIT over an ordered scan of events."""
    scan = Node("Index Scan", 0, full, 1000, 8, relation=EVENTS, index=index, filter="(kind = 1)" if filtered else None)
    return Plan(Node("Limit", 0, cost, 10, 8, children=(scan,)))


def test_a_limit_that_reads_all_its_input_stops_nowhere() -> None:
    assert early_stops(limited(100, 90, filtered=True)) == ()


def test_measured_blocks_are_believed_over_the_hope_to_stop_early() -> None:
    plan = limited(50_000, 10, filtered=True)
    assert trust((plan,), blocks_per_call=5_000, catalog=CATALOG).cost(plan) == pytest.approx(5_000)
    assert trust((plan,), blocks_per_call=8, catalog=CATALOG).cost(plan) == 10


def test_an_exact_order_is_believed_a_filtering_one_only_half() -> None:
    assert Trust(CATALOG).cost(limited(40_000, 10, filtered=False)) == 10
    assert Trust(CATALOG).cost(limited(40_000, 10, filtered=True)) == pytest.approx((40_000 * 10) ** 0.5)


def test_what_was_measured_of_one_scan_says_nothing_of_another() -> None:
    now = limited(50_000, 10, filtered=True)
    believed = trust((now,), blocks_per_call=5_000, catalog=CATALOG)
    assert believed.cost(limited(200, 12, filtered=False, index="events_kind_id")) == 12


def test_a_join_that_drops_rows_makes_its_ordered_side_risky() -> None:
    outer = Node("Index Scan", 0, 30_000, 1000, 8, relation=EVENTS, index="events_id")
    inner = Node("Index Scan", 0, 8, 1, 8, relation=Name("public", "users"), index="users_pkey")
    join = Node("Nested Loop", 0, 40_000, 20, 8, children=(outer, inner))
    plan = Plan(Node("Limit", 0, 400, 10, 8, children=(join,)))
    assert [stop.risky for stop in early_stops(plan)] == [True]


def test_another_index_in_the_same_order_walks_as_far_as_the_measured_one() -> None:
    now = limited(50_000, 10, filtered=True)
    believed = trust((now,), blocks_per_call=5_000, catalog=CATALOG)
    assert believed.cost(limited(40_000, 8, filtered=True, index="events_id_kind")) == pytest.approx(4_000)


def test_blocks_counted_before_an_index_was_there_are_not_charged_to_a_tight_scan() -> None:
    now = limited(200, 10, filtered=False, index="events_kind_id")
    assert trust((now,), 5_000, CATALOG, lambda node: node.index == "events_kind_id") == Trust(CATALOG)
