"""Plans as flat tables of paths and values, so that two can be compared value by value."""

from collections.abc import Iterator
from typing import Any

import psycopg

from dbadvisor.model.plan import Node, Plan
from dbadvisor.model.whatif import Unplanned

COSTS = ("Startup Cost", "Total Cost", "Plan Rows", "Plan Width")

Values = dict[str, Any]


def truth(connection: psycopg.Connection[Any], statement: str) -> Plan:
    """How the real database plans the statement."""
    row = connection.execute(f"EXPLAIN (VERBOSE, FORMAT JSON) {statement}").fetchone()
    assert row
    return Plan.from_json(row[0])


def planned(answer: Plan | Unplanned) -> Plan:
    assert isinstance(answer, Plan), answer.reason
    return answer


def values(plan: Plan) -> Values:
    """Every value of every node, by the path to it."""
    return dict(_walk(plan.root, ""))


def _walk(node: Node, path: str) -> Iterator[tuple[str, Any]]:
    for key, value in node.raw.items():
        yield f"{path}.{key}", value
    for position, child in enumerate(node.children):
        yield from _walk(child, f"{path}/{position}")


def shape(plan: Plan) -> Values:
    """The values without costs and estimates."""
    return {path: value for path, value in values(plan).items() if not path.endswith(COSTS)}


def cost_error(expected: Plan, got: Plan) -> float:
    """The relative error of the total cost, with its sign."""
    return (got.cost - expected.cost) / max(expected.cost, 0.01)
