import pytest

from dbadvisor import pipeline, scenarios
from dbadvisor.bench.run import apply
from dbadvisor.errors import UsageError
from dbadvisor.settings import Settings

NAMES = [made.name for made in scenarios.scenarios()]


@pytest.mark.scenario
@pytest.mark.parametrize("name", NAMES)
def test_the_truth_is_found_and_the_advice_helps(name: str) -> None:
    result = scenarios.run(scenarios.scenario(name))
    assert result.missed == ()
    assert result.wrong == ()
    assert result.buffer_ratio >= result.least_ratio


def test_there_are_three_scenarios_with_all_their_files() -> None:
    assert NAMES == ["events", "saas", "shop"]
    for made in scenarios.scenarios():
        assert set(made.sizes) == {"small", "full"}
        assert made.expected["must_find"]
        assert made.expected["must_not_find"]


def test_an_unknown_scenario_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="no scenario named nowhere"):
        scenarios.scenario("nowhere")


def test_calls_carry_their_values_in_turn() -> None:
    (first, second) = scenarios.calls(
        "-- Two values, three calls.\n-- calls: 3\n-- id: 7 8\nSELECT * FROM t WHERE id = :id AND at > '10:00'::time;\n"
        "-- calls: 2\n-- n: 10..20/10\nSELECT ':n';\n"
    )
    assert first.texts == tuple(f"SELECT * FROM t WHERE id = {n} AND at > '10:00'::time" for n in (7, 8, 7))
    assert second.texts == ("SELECT '10'", "SELECT '20'")


@pytest.mark.scenario
def test_advice_that_was_followed_is_not_given_again_in_another_form() -> None:
    """The counters still hold the time from before: it must not be saved twice."""
    made = scenarios.scenario("saas")
    with scenarios.serve() as server:
        url, _ = scenarios.house(made, server)
        scenarios.seed(made, url)
        first = pipeline.analyze(url, Settings(), lambda _: None)
        assert apply([change for one in first.recommendations for change in one.changes], url) is None
        second = pipeline.analyze(url, Settings(), lambda _: None)
    assert [one.title for one in second.recommendations if one.kind in ("index", "drop_index")] == []
