"""Plans compared value by value."""

from typing import Any

from dbadvisor.model.agreement import Pair, Skipped, agree
from dbadvisor.model.plan import Plan


def plan(node: str = "Seq Scan", *children: dict[str, Any], cost: float = 10.0, **values: Any) -> dict[str, Any]:
    return {"Node Type": node, "Startup Cost": 0.0, "Total Cost": cost, "Plans": list(children), **values}


def pair(there: dict[str, Any], here: dict[str, Any], statement: str = "s", sample: str = "typical") -> Pair:
    return Pair(statement, sample, Plan.from_json([{"Plan": there}]), Plan.from_json([{"Plan": here}]))


def test_equal_plans_agree() -> None:
    found = agree([pair(plan(), plan()), pair(plan(), plan(), sample="rare")], [Skipped("t", "denied")])

    assert (found.statements, found.identical, found.max_cost_error, found.deviations) == (1, 1, 0.0, ())
    assert found.skipped == (Skipped("t", "denied"),)


def test_one_differing_sample_makes_a_statement_differ() -> None:
    found = agree(
        [pair(plan(), plan()), pair(plan(cost=100.0), plan(cost=95.0), sample="rare"), pair(plan(), plan(), "t")]
    )

    assert (found.statements, found.identical, found.max_cost_error) == (2, 1, 0.05)
    (deviation,) = found.deviations
    assert (deviation.sample, deviation.what, deviation.there, deviation.here) == (
        "rare",
        "Total Cost",
        "100.0",
        "95.0",
    )
    assert deviation.same_shape
    assert deviation.cost_error == 0.05


def test_the_first_differing_value_is_named_by_its_place_and_without_literals() -> None:
    scan: dict[str, Any] = {"Relation Name": "t", "Schema": "public", "Alias": "t"}
    there = plan("Sort", plan(Filter="(a = 'it''s'::text AND b > 4711 AND c1 < '-7'::int)", **scan))
    here = plan("Sort", plan(Filter="(a = 'x'::text)", **scan))
    (deviation,) = agree([pair(there, here)]).deviations

    assert deviation.where == "Sort > Seq Scan t"
    assert deviation.there == "(a = …::text AND b > … AND c1 < …::int)"
    assert deviation.here == "(a = …::text)"
    assert deviation.tables == ("public.t",)


def test_another_node_or_index_is_another_shape() -> None:
    one = agree([pair(plan("Sort", plan()), plan("Sort"))]).deviations[0]
    a, b = (plan("Index Scan") | {"Index Name": name} for name in "ab")
    other = agree([pair(a, b)]).deviations[0]

    assert (one.what, one.there, one.here, one.same_shape) == ("Plans", "1", "0", False)
    assert (other.what, other.there, other.here, other.same_shape) == ("Index Name", "a", "b", False)


def test_lists_are_shown_without_literals_too() -> None:
    (deviation,) = agree([pair(plan(Output=["a", "'x'::text"]), plan(Output=["a"]))]).deviations

    assert (deviation.there, deviation.here) == ("a, …::text", "a")


def test_nothing_compared_is_no_agreement() -> None:
    assert agree([]).statements == 0
