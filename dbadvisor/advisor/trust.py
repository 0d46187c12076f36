"""How far a plan's cost can be believed: scans that stop early, what the server measured of them, and nested loops.

A LIMIT over an ordered scan that filters is priced as if the wanted rows lay evenly along the order. When they
don't, the scan walks on and on, and nothing in the cost shows it (the planner's best known trap). Two facts are
set against it: the blocks that the server really touched per call for a plan that runs today, and for a plan
that would be new the geometric mean of stopping early and of never stopping. What the cost leaves out of index
scans inside nested loops (`loops.py`) is added.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

from dbadvisor.advisor.loops import extra_cost
from dbadvisor.model.catalog import Catalog
from dbadvisor.model.plan import Node, Plan

DISTRUST = 3.0
"""Measured blocks per call over planned cost beyond which the cost is not believed. A block costs the planner 1 (in
sequence) to 4 (at random), so even a perfect estimate stays below 1 when all its cost is reading."""
STOPS = 0.5
"""A LIMIT that pays less than this share of its input's cost stops early."""
KEEPS = 0.5
"""A join that keeps less than this share of its outer rows filters them."""

_STREAMING = frozenset(
    ("Subquery Scan", "Result", "ProjectSet", "Unique", "LockRows", "Append", "Merge Append", "Group", "Gather Merge")
)

Stop = tuple[str, str | None]
"""Relation and index of a scan that a LIMIT cuts short."""


@dataclass(frozen=True, slots=True)
class EarlyStop:
    """One LIMIT that hopes to stop early: over which scan, at what cost, and what reading all would cost."""

    scan: Stop
    cost: float
    full_cost: float
    node: Node
    """The scan itself."""
    risky: bool
    """Whether rows on the way may be thrown away, so that the hope can fail."""


@dataclass(frozen=True, slots=True)
class Trust:
    """What statistics say of any plan of a statement, and measuring of those that it has now."""

    catalog: Catalog
    factor: float = 1.0
    """Measured blocks over planned cost, 1 where the cost is believed."""
    scans: frozenset[Stop] = frozenset()
    """The early-stopping scans that the factor is charged to."""
    plainly: bool = False
    """Take the planner's word for everything."""

    def cost(self, plan: Plan) -> float:
        """The plan's cost as far as it can be believed, in the planner's unit."""
        if self.plainly:
            return plan.cost
        stops = early_stops(plan)
        if any(stop.scan in self.scans or (stop.risky and self._failed(stop)) for stop in stops):
            return plan.cost * self.factor
        extra = sum(math.sqrt(stop.cost * stop.full_cost) - stop.cost for stop in stops if stop.risky)
        return plan.cost + extra + extra_cost(plan, self.catalog)

    def _failed(self, stop: EarlyStop) -> bool:
        """Whether stopping early is known to fail on that table: a new index in the same order walks as far."""
        return self.factor > 1 and any(relation == stop.scan[0] for relation, _ in self.scans)


def trust(
    plans: tuple[Plan, ...], blocks_per_call: float, catalog: Catalog, tight: Callable[[Node], bool] = lambda _: False
) -> Trust:
    """Sets the blocks of a mean call against the mean cost of today's plans, where those stop early.

    A scan is `tight` when every row on its way is wanted, so that it cannot have walked far.
    """
    scans = frozenset(stop.scan for plan in plans for stop in early_stops(plan) if not tight(stop.node))
    mean = sum(plan.cost for plan in plans) / len(plans)
    factor = blocks_per_call / mean if mean > 0 else 1.0
    return Trust(catalog, factor if factor > DISTRUST else 1.0, scans) if scans else Trust(catalog)


def early_stops(plan: Plan) -> tuple[EarlyStop, ...]:
    """Every LIMIT of the plan that stops its input early."""
    found = (_early_stop(node) for node in plan.nodes() if node.type == "Limit" and node.children)
    return tuple(stop for stop in found if stop)


def _early_stop(limit: Node) -> EarlyStop | None:
    child = limit.children[0]
    if limit.total_cost >= STOPS * child.total_cost:
        return None
    risky, node = False, child
    while node.children and (node.type in _STREAMING or node.type == "Nested Loop"):
        outer = node.children[0]
        risky = risky or node.filter is not None
        risky = risky or (node.type == "Nested Loop" and node.plan_rows < KEEPS * outer.plan_rows)
        node = outer
    if node.relation is None:
        return None
    return EarlyStop(
        scan=(str(node.relation), node.index),
        node=node,
        cost=limit.total_cost,
        full_cost=child.total_cost,
        risky=risky or node.filter is not None,
    )
