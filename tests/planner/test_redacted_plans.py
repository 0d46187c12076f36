"""A redacted snapshot plans as the plain one: the same plans, value by value, for queries with mapped constants."""

from collections.abc import Iterator

import pytest
from comparing import cost_error, planned
from redacting import form, images, masked, redacted_with
from test_shadow_fidelity import QUERIES

from dbadvisor.model.snapshot import Snapshot
from dbadvisor.planner.shadow import ShadowPlanner, shadow

pytestmark = pytest.mark.live

_JOINED = "a value in the histograms of several joined columns has one image, that cannot be exact in each"
_MARKED = "a pattern of other letters asks for other trigrams"
DEVIATIONS = {
    "SELECT id FROM docs WHERE body ILIKE '%w299%'": _MARKED,
    "SELECT * FROM orders WHERE attrs ->> 'src' = 'tel' AND customer_id < 100": _JOINED,
    "SELECT row_number() OVER (PARTITION BY customer_id ORDER BY created_at) FROM orders WHERE customer_id < 20": (
        _JOINED
    ),
    "SELECT o.id FROM orders o LEFT JOIN items i ON i.order_id = o.id WHERE i.order_id IS NULL AND o.customer_id < "
    "50": _JOINED,
    "SELECT * FROM events WHERE ts BETWEEN '2024-01-03' AND '2024-01-04'": _JOINED,
}
"""Queries whose plans may differ, by half a hundredth of the cost at most, and why."""


@pytest.fixture(scope="module")
def redacted(gallery_snapshot: Snapshot) -> Snapshot:
    return redacted_with(gallery_snapshot, QUERIES)


@pytest.fixture(scope="module")
def redacted_twin(redacted: Snapshot) -> Iterator[ShadowPlanner]:
    with shadow(redacted) as planner:
        yield planner


@pytest.mark.parametrize("query", QUERIES)
def test_plans_are_the_same(twin: ShadowPlanner, redacted_twin: ShadowPlanner, redacted: Snapshot, query: str) -> None:
    expected = planned(twin.explain([query])[0])
    got = planned(redacted_twin.explain([images(redacted, QUERIES)[query]])[0])

    if query in DEVIATIONS:
        assert abs(cost_error(expected, got)) < 5e-3
        assert form(got) == form(expected)
    else:
        assert masked(got) == masked(expected)


def test_nothing_was_left_out(redacted_twin: ShadowPlanner) -> None:
    assert redacted_twin.dropped == ()
    assert redacted_twin.caveats == ()


def test_what_is_not_exact_is_named(redacted: Snapshot) -> None:
    gap = redacted.gaps[-1]

    assert gap.key == "values"
    assert "customers.home: values of type public.address are left out" in gap.why
    assert "orders.amount" not in gap.why
