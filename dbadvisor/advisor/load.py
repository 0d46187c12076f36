"""Statements as the advisor weighs them: what each costs now, and how much of the server's time it stands for."""

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from dbadvisor.advisor.sharpen import sharpened
from dbadvisor.advisor.trust import DISTRUST, Trust, trust
from dbadvisor.advisor.words import plan_line
from dbadvisor.model.catalog import Catalog
from dbadvisor.model.names import Name
from dbadvisor.model.plan import Node, Plan
from dbadvisor.model.whatif import SamplePlan
from dbadvisor.model.workload import Statement
from dbadvisor.sqltext.shape import QueryShape, TableUse

BLOCK_MS = 0.01
"""Milliseconds that a touched block (or a unit of planner cost, which is one block read in sequence) stands for where
no time was measured: scanning 100 cached blocks with their rows takes about a millisecond."""

FEW_BLOCKS = 8
"""Blocks of a call that leave nothing to spare: a look-up through an index touches four or five."""


@dataclass(frozen=True, slots=True)
class Load:
    """One statement with its plans as the database is."""

    key: str
    """The fingerprint; for work that no statement shows (foreign key checks) a word of its own."""
    statement: Statement | None
    shape: QueryShape
    texts: tuple[str, ...]
    """What is planned: the statement with each sample's values."""
    plans: tuple[Plan, ...]
    weight: float
    """Milliseconds of the window that it stands for."""
    at_stake: float
    """The part of the weight that a better plan could save: nothing where nothing is read."""
    calls: float
    tables: frozenset[Name]
    """Tables it reads or writes, partitions under their root."""
    believed: Trust
    costs: tuple[float, ...]
    """Believed cost of each sample now."""
    lines: tuple[str, ...] = ()
    """Each sample's plan now in one line."""
    base: float = 0.0
    """Cost of the statement's call besides this load; only for work inside a statement."""
    repeats: float = 1.0
    """How often a call of the statement does this work."""

    @property
    def role(self) -> str | None:
        """The role that it is planned as."""
        return self.statement.role if self.statement else None

    @property
    def cost(self) -> float:
        """Mean believed cost of a call now."""
        return mean(self.costs)


def mean(figures: tuple[float, ...]) -> float:
    """The arithmetic mean of one or more figures."""
    return sum(figures) / len(figures)


def saving(load: Load, cost: float) -> float:
    """Milliseconds of the window saved when a call costs this much instead of what it costs now."""
    return load.at_stake * (1 - cost / load.cost) if load.cost > 0 else 0.0


def loads(
    statements: tuple[Statement, ...],
    catalog: Catalog,
    shapes: Mapping[str, QueryShape],
    plans: Mapping[str, tuple[SamplePlan, ...]],
    *,
    plainly: bool = False,
) -> tuple[Load, ...]:
    """All statements that have a shape and a plan, heaviest first; `plainly` believes all that the planner says."""
    found = [
        _load(statement, catalog, shapes[statement.fingerprint], plans[statement.fingerprint], plainly=plainly)
        for statement in statements
        if statement.fingerprint in shapes and plans.get(statement.fingerprint)
    ]
    return tuple(sorted(found, key=lambda load: (-load.weight, load.key)))


def _load(
    statement: Statement, catalog: Catalog, shape: QueryShape, pairs: tuple[SamplePlan, ...], *, plainly: bool
) -> Load:
    plans = tuple(pair.plan for pair in pairs)
    outdated = _outdated(plans, catalog)
    blocks = 0.0 if outdated else statement.blocks_per_call
    believed = trust(plans, blocks, catalog, lambda node: _tight(node, catalog))
    believed = Trust(catalog, plainly=True) if plainly else believed
    costs = tuple(believed.cost(plan) for plan in plans)
    weight = statement.total_ms or BLOCK_MS * (statement.blocks or statement.calls * mean(costs))
    return Load(
        key=statement.fingerprint,
        statement=statement,
        shape=sharpened(shape, statement, catalog),
        texts=tuple(pair.sample.sql for pair in pairs),
        plans=plans,
        weight=weight,
        at_stake=weight * _share_at_stake(statement, believed, mean(costs), outdated=outdated),
        calls=max(1, statement.calls),
        tables=tables(catalog, shape),
        believed=believed,
        costs=costs,
        lines=tuple(plan_line(plan) for plan in plans),
    )


def _tight(node: Node, catalog: Catalog) -> bool:
    """Whether the scan seeks by its index's first column and filters nothing: what it walks over is what it returns."""
    found = catalog.indexes_of(node.relation) if node.relation else ()
    index = next((index for index in found if index.name.name == node.index), None)
    lead = index.definition.keys[0].column if index else None
    sought = lead is not None and re.search(rf"\b{re.escape(lead)}\b", node.index_cond or "") is not None
    return sought and node.filter is None


def _outdated(plans: tuple[Plan, ...], catalog: Catalog) -> bool:
    """Whether the statement was counted under other plans: today's read by an index that was never scanned yet."""
    window = catalog.snapshot.window
    if window.statements_seconds is None or (window.tables_seconds or 0) < window.statements_seconds:
        return False  # the scans were counted for a shorter time
    used = {name for plan in plans for name in plan.indexes}
    return any(index.name.name in used and index.scans == 0 for index in catalog.snapshot.indexes)


def _share_at_stake(statement: Statement, believed: Trust, cost: float, *, outdated: bool) -> float:
    """How much of the measured time today's plan can have taken, 0 to 1.

    Where a call touched far more blocks than the plan can, and nothing in the plan hopes to stop early, most calls
    were counted under another plan, such as before an index was made: that time is not there to be saved again.
    """
    if untouched(statement):
        return 0.0
    hopes = bool(believed.scans) and not outdated
    if statement.kind != "SELECT" or hopes or statement.blocks_per_call <= DISTRUST * cost:
        return 1.0
    return cost / statement.blocks_per_call


def untouched(statement: Statement) -> bool:
    """Whether the server saw it read so little that no index could spare anything, whatever its plan's cost says.

    LIMIT 0 and branches never executed cost much on paper only.
    """
    return statement.source == "pg_stat_statements" and statement.calls > 0 and statement.blocks_per_call < FEW_BLOCKS


def tables(catalog: Catalog, shape: QueryShape) -> frozenset[Name]:
    """The tables of a shape, partitions under their root."""
    return frozenset(catalog.root(use.table) for use in shape.uses)


def uses_by_table(catalog: Catalog, shapes: Mapping[str, QueryShape]) -> dict[Name, tuple[TableUse, ...]]:
    """Every instance of each table over all statements, partitions under their root."""
    groups: dict[Name, list[TableUse]] = defaultdict(list)
    for shape in shapes.values():
        for use in shape.uses:
            groups[catalog.root(use.table)].append(use)
    return {table: tuple(uses) for table, uses in groups.items()}
