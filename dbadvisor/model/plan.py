"""A query plan: EXPLAIN (FORMAT JSON) with regular names and totals worked out once."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from dbadvisor.model.names import Name


@dataclass(frozen=True, slots=True)
class Node:
    """One node of a plan. Rows and times are per loop, as EXPLAIN prints them; `total_*` multiply by loops."""

    type: str
    startup_cost: float
    total_cost: float
    plan_rows: float
    plan_width: int
    children: tuple["Node", ...] = ()
    relation: Name | None = None
    alias: str | None = None
    index: str | None = None
    """The index's name without schema, as EXPLAIN gives it."""
    relationship: str | None = None
    """Outer, Inner, SubPlan, InitPlan, Member …"""
    join_type: str | None = None
    index_cond: str | None = None
    filter: str | None = None
    recheck_cond: str | None = None
    join_cond: str | None = None
    """Hash Cond, Merge Cond or Join Filter."""
    sort_key: tuple[str, ...] = ()
    group_key: tuple[str, ...] = ()
    output: tuple[str, ...] = ()
    backward: bool = False
    actual_rows: float | None = None
    actual_loops: float | None = None
    actual_ms: float | None = None
    rows_removed: float | None = None
    """Rows Removed by Filter, per loop."""
    workers_planned: int = 0
    raw: dict[str, Any] = field(default_factory=dict, compare=False, hash=False, repr=False)
    """EXPLAIN's own object for this node without its `Plans`."""

    def walk(self) -> Iterator["Node"]:
        """This node and all below it, parents first."""
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass(frozen=True, slots=True)
class Plan:
    """A statement's plan, estimated or (from auto_explain or a copy) with actual figures."""

    root: Node
    planning_ms: float | None = None
    execution_ms: float | None = None
    triggers: tuple[tuple[str, float, float], ...] = ()
    """(constraint or trigger name, total ms, calls) of an executed plan."""
    jit_functions: int = 0
    jit_ms: float | None = None

    @property
    def cost(self) -> float:
        """The planner's total cost of the whole statement."""
        return self.root.total_cost

    def nodes(self) -> Iterator[Node]:
        """All nodes, parents first."""
        return self.root.walk()

    @property
    def indexes(self) -> frozenset[str]:
        """Names of the indexes that the plan uses."""
        return frozenset(node.index for node in self.nodes() if node.index)

    @classmethod
    def from_json(cls, document: Any) -> "Plan":
        """Reads what EXPLAIN (FORMAT JSON) or auto_explain printed: a list of one object, or that object."""
        top = document[0] if isinstance(document, list) else document
        jit = top.get("JIT") or {}
        return cls(
            root=_node(top["Plan"]),
            planning_ms=top.get("Planning Time"),
            execution_ms=top.get("Execution Time"),
            triggers=tuple(
                (t.get("Constraint Name") or t.get("Trigger Name") or "", float(t.get("Time", 0)), float(t["Calls"]))
                for t in top.get("Triggers", ())
            ),
            jit_functions=int(jit.get("Functions", 0)),
            jit_ms=(jit.get("Timing") or {}).get("Total"),
        )


def _node(raw: dict[str, Any]) -> Node:
    relation = raw.get("Relation Name")
    return Node(
        type=raw["Node Type"],
        startup_cost=float(raw.get("Startup Cost", 0)),
        total_cost=float(raw.get("Total Cost", 0)),
        plan_rows=float(raw.get("Plan Rows", 0)),
        plan_width=int(raw.get("Plan Width", 0)),
        children=tuple(_node(child) for child in raw.get("Plans", ())),
        relation=Name(raw.get("Schema", "public"), relation) if relation else None,
        alias=raw.get("Alias"),
        index=raw.get("Index Name"),
        relationship=raw.get("Parent Relationship"),
        join_type=raw.get("Join Type"),
        index_cond=raw.get("Index Cond"),
        filter=raw.get("Filter"),
        recheck_cond=raw.get("Recheck Cond"),
        join_cond=raw.get("Hash Cond") or raw.get("Merge Cond") or raw.get("Join Filter"),
        sort_key=tuple(raw.get("Sort Key", ())),
        group_key=tuple(raw.get("Group Key", ())),
        output=tuple(raw.get("Output", ())),
        backward=raw.get("Scan Direction") == "Backward",
        actual_rows=raw.get("Actual Rows"),
        actual_loops=raw.get("Actual Loops"),
        actual_ms=raw.get("Actual Total Time"),
        rows_removed=raw.get("Rows Removed by Filter"),
        workers_planned=int(raw.get("Workers Planned", 0)),
        raw={key: value for key, value in raw.items() if key != "Plans"},
    )


@dataclass(frozen=True, slots=True)
class Probe:
    """A statement of our own about a table, and how the server planned it; model/probe.py makes the statement."""

    table: Name
    kind: str
    column: str | None
    plan: str
    """EXPLAIN's JSON as text, of figures and names only."""
