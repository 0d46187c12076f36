"""The planner that answers from a table."""

import pytest

from dbadvisor.model.index import IndexDefinition, IndexKey
from dbadvisor.model.names import Name
from dbadvisor.model.plan import Node, Plan
from dbadvisor.model.whatif import NOTHING, AssumedDistinct, Planner, PlannerRefused, Unplanned, WhatIf
from dbadvisor.planner.recorded import RecordedPlanner


def plan(cost: float) -> Plan:
    return Plan(Node("Seq Scan", 0, cost, 1, 8))


A, B = (IndexDefinition(Name("public", "t"), (IndexKey(column),)) for column in "ab")
WITH_A, WITH_B, WITH_BOTH = (WhatIf(frozenset(indexes)) for indexes in ({A}, {B}, {A, B}))
QUERY = "SELECT * FROM t"


@pytest.fixture
def recorded() -> RecordedPlanner:
    answers = {(QUERY, NOTHING): plan(100), (QUERY, WITH_A): plan(10), (QUERY, WITH_B): plan(5)}
    return RecordedPlanner(answers, {A: 8192})


def test_it_is_a_planner(recorded: RecordedPlanner) -> None:
    planner: Planner = recorded
    assert planner.name == "recorded"


def test_it_answers_what_was_recorded(recorded: RecordedPlanner) -> None:
    assert recorded.explain([QUERY]) == [plan(100)]
    assert recorded.explain([QUERY], WITH_A) == [plan(10)]
    assert recorded.calls == 2


def test_a_change_that_was_not_recorded_is_as_good_as_the_best_part_of_it(recorded: RecordedPlanner) -> None:
    assert recorded.explain([QUERY], WITH_BOTH) == [plan(5)]
    hiding = WhatIf(frozenset([A]), frozenset([Name("public", "old")]))
    assert recorded.explain([QUERY], hiding) == [plan(10)]


def test_what_was_never_asked_is_unplanned(recorded: RecordedPlanner) -> None:
    assert recorded.explain(["SELECT 1", QUERY]) == [Unplanned("not recorded"), plan(100)]


def test_sizes(recorded: RecordedPlanner) -> None:
    assert recorded.index_bytes(A) == 8192
    with pytest.raises(PlannerRefused):
        recorded.index_bytes(B)


def test_statistics_must_have_been_recorded_as_they_are_asked(recorded: RecordedPlanner) -> None:
    assumed = WhatIf(distinct=frozenset([AssumedDistinct(Name("public", "t"), "a", 5)]))
    assert recorded.explain([QUERY], assumed) == [Unplanned("not recorded")]
