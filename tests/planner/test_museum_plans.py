"""Imagined indexes of every kind against built ones: some 140 pairs of an index and a statement."""

from collections.abc import Sequence
from typing import Any

import psycopg
import pytest
from comparing import cost_error, planned, shape, truth, values
from fidelity import museum_questions
from fidelity.museum_questions import Pair
from fidelity.truth import built

from dbadvisor.model.whatif import WhatIf
from dbadvisor.planner.shadow import ShadowPlanner

pytestmark = [pytest.mark.live, pytest.mark.heavy]

_UNKNOWN_ENDS = "score <", "amount >"
"""A built index shows the planner the true ends of its column; nobody knows those of a column without one."""


def compared(
    planner: ShadowPlanner, exhibits: psycopg.Connection[Any], pairs: Sequence[Pair]
) -> list[tuple[str, float, str]]:
    """(identical, same or other; the cost's error; what was asked) of every pair."""
    found = []
    for definition, statement in pairs:
        with built(exhibits, definition):
            expected = truth(exhibits, statement)
        got = planned(planner.explain([statement], WhatIf(create=frozenset([definition])))[0])
        word = "other"
        if _unnamed(shape(got)) == _unnamed(shape(expected)):
            word = "identical" if _unnamed(values(got)) == _unnamed(values(expected)) else "same"
        found.append((word, abs(cost_error(expected, got)), f"{definition.body}: {statement}"))
    return found


def _unnamed(of_plan: dict[str, Any]) -> dict[str, Any]:
    """Partitions' indexes bear names of the server's choice."""
    return {path: "an index" if path.endswith(".Index Name") else value for path, value in of_plan.items()}


def share(found: Sequence[tuple[str, float, str]], *words: str) -> float:
    return sum(word in words for word, *_ in found) / len(found)


def test_imagined_btrees(museum_twin: ShadowPlanner, exhibits: psycopg.Connection[Any]) -> None:
    found = compared(museum_twin, exhibits, museum_questions.BTREES)
    others = [each for each in found if each[0] == "other"]
    assert not others
    assert share(found, "identical") >= 0.75
    assert sorted(error for _, error, _ in found)[len(found) // 2] == 0.0
    wrong = [each for each in found if each[1] > 0.05 and not any(word in each[2] for word in _UNKNOWN_ENDS)]
    assert not wrong


def test_imagined_indexes_of_other_kinds(museum_twin: ShadowPlanner, exhibits: psycopg.Connection[Any]) -> None:
    found = compared(museum_twin, exhibits, museum_questions.OTHERS)
    assert share(found, "identical", "same") >= 0.95, [each for each in found if each[0] == "other"]
    assert share(found, "identical") >= 0.65
    assert sorted(error for _, error, _ in found)[len(found) // 2] <= 0.001


def test_imagined_indexes_on_expressions(museum_twin: ShadowPlanner, exhibits: psycopg.Connection[Any]) -> None:
    """Their statistics are made up, so costs differ with every sample that ANALYZE takes."""
    found = compared(museum_twin, exhibits, museum_questions.EXPRESSIONS)
    assert share(found, "identical", "same") >= 0.8, found
    assert sorted(error for _, error, _ in found)[len(found) // 2] <= 0.1
