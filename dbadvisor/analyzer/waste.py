"""Where a statement reads far more of a table than it needs, by its plans and by what the server counted."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from dbadvisor.analyzer.facts import Facts
from dbadvisor.analyzer.reading import Visit, counted, mentions, reads_whole, typical, visits, weighty
from dbadvisor.analyzer.wants import Want, existing, join_columns, selects, want_of
from dbadvisor.model.names import Name
from dbadvisor.model.plan import Node, Plan
from dbadvisor.model.whatif import SamplePlan
from dbadvisor.model.workload import Statement
from dbadvisor.sqltext.shape import TableUse

KEPT_SHARE = 0.1
"""Share of the rows that a scan keeps, or a join above it needs, up to which an index may be the better way."""
LEAST_BLOCKS = 1_000
"""Blocks (8 MB) of a table below which reading it all is taken as cheap, as long as nothing was measured."""
LEAST_BLOCKS_COUNTED = 100
"""Blocks (0.8 MB) of a table below which reading it all is cheap even where the server counted it."""
BLOCKS_PER_ROW = 10
"""Blocks a call for every row returned, from which an index scan counts as wasteful: a good one needs one or two."""
INDEX_LEAST_BLOCKS = 500
"""Blocks (4 MB) a call from which a wasteful index scan is worth a word."""
DOMINANT = 0.5
"""Share of the plan's blocks-bearing cost that an index scan must have for the blocks to be laid at its door."""
SORT_FACTOR = 10
"""Times the rows returned that a sort below a LIMIT takes in, from which an index in that order is worth a word."""
SORT_LEAST_ROWS = 100
"""Rows below which a sort costs nothing to speak of."""
_JOINS = ("Hash Join", "Merge Join", "Nested Loop")
_FENCES = ("Aggregate", "WindowAgg", "Unique", "SetOp", "Limit")
"""Nodes that need every row below them, whatever is thrown away above."""
_SORTS = ("Sort", "Incremental Sort")


@dataclass(frozen=True, slots=True)
class Waste:
    """One instance of a table that a statement reads wastefully."""

    statement: Statement
    use: TableUse
    how: str
    """sequential scan, sequential scan below a join, scan of index …, sort before LIMIT."""
    kept: float
    """Rows that were needed of those read."""
    join: str | None = None
    """The condition of the join that makes most rows superfluous, where the instance's own conditions do not."""


def weighty_uses(facts: Facts) -> Iterator[tuple[Statement, TableUse]]:
    """Every planned use of a table by a statement that matters, most expensive statement first."""
    for statement in facts.statements:
        shape = facts.shapes.get(statement.fingerprint)
        if shape and facts.plans(statement.fingerprint) and weighty(statement, facts.share(statement)):
            for use in shape.uses:
                if use.action != "insert" and use.table in facts.catalog.tables:
                    yield statement, use


def waste_of(facts: Facts, statement: Statement, use: TableUse) -> Waste | None:
    """How the use wastes, by most of its samples' plans and the server's counters; None where it does not."""
    names = {leaf.name for leaf in facts.catalog.leaves(use.table)} | {use.table}
    pairs = facts.plans(statement.fingerprint)
    found = [waste for pair in pairs if (waste := _in_plan(facts, statement, use, pair, names))]
    if 2 * len(found) < len(pairs) or not found:
        return None
    kept = typical([waste.kept for waste in found])
    return replace(found[0], kept=kept)


def _in_plan(facts: Facts, statement: Statement, use: TableUse, pair: SamplePlan, names: set[Name]) -> Waste | None:
    mine = [visit for visit in visits(pair.plan) if reads(visit.node, names, use.alias)]
    sequential = [visit for visit in mine if visit.sequential]
    if sequential:
        return _sequential(facts, statement, use, sequential)
    for visit in mine:
        if visit.indexed and _wasteful_index_scan(statement, pair.plan, visit):
            return Waste(statement, use, f"scan of index {visit.node.index or _below(visit)}", statement.rows_per_call)
    return None


def reads(node: Node, names: set[Name], alias: str) -> bool:
    """Whether the node reads one of the tables under that alias, or under one the planner numbered."""
    if node.relation not in names:
        return False
    shown = node.alias or alias
    return shown == alias or (shown.startswith(alias + "_") and shown[len(alias) + 1 :].isdigit())


def _sequential(facts: Facts, statement: Statement, use: TableUse, visits_: list[Visit]) -> Waste | None:
    blocks, rows = facts.catalog.blocks(use.table), facts.catalog.rows(use.table)
    least = LEAST_BLOCKS_COUNTED if counted(statement) else LEAST_BLOCKS
    stoppable = any(visit.limited for visit in visits_) and not counted(statement)
    if blocks < least or stoppable or not (reads_whole(statement, blocks) or _searches(statement, visits_)):
        return None
    kept = sum(visit.rows for visit in visits_)
    if any(visit.node.filter for visit in visits_) and kept <= KEPT_SHARE * rows:
        return Waste(statement, use, "sequential scan", kept)
    above = _join_above(visits_[0])
    if above is not None and above.join_cond and above.plan_rows <= KEPT_SHARE * rows:
        return Waste(statement, use, "sequential scan below a join", above.plan_rows, above.join_cond)
    return None


def _searches(statement: Statement, visits_: list[Visit]) -> bool:
    """Whether a LIMIT stopped the scan of a single table only after a long search: what is sought has no index."""
    least = max(INDEX_LEAST_BLOCKS, BLOCKS_PER_ROW * max(statement.rows_per_call, 1.0))
    joined = any(node.type in _JOINS for visit in visits_ for node in visit.above)
    return not joined and statement.blocks_per_call >= least


def _join_above(visit: Visit) -> Node | None:
    """The nearest join above; None where an aggregate or nothing comes first."""
    for node in reversed(visit.above):
        if node.type in _JOINS:
            return node
        if node.type in _FENCES:
            return None
    return None


def _wasteful_index_scan(statement: Statement, plan: Plan, visit: Visit) -> bool:
    """A scan that reads many more blocks than it returns rows: filtered, or its condition is not on the first key."""
    if visit.looped or not counted(statement):
        return False
    least = max(INDEX_LEAST_BLOCKS, BLOCKS_PER_ROW * max(statement.rows_per_call, 1.0))
    if statement.blocks_per_call < least:
        return False
    alone = sum(1 for node in plan.nodes() if node.relation) == 1
    return alone or visit.node.total_cost >= DOMINANT * plan.cost


def _below(visit: Visit) -> str:
    return ", ".join(sorted(child.index for child in visit.node.walk() if child.index))


def sorts_for_limit(facts: Facts, statement: Statement, use: TableUse) -> Waste | None:
    """A LIMIT whose ORDER BY belongs to this instance, met by sorting many times the rows returned."""
    if not use.limit or not use.sort:
        return None
    names = {leaf.name for leaf in facts.catalog.leaves(use.table)} | {use.table}
    for pair in facts.plans(statement.fingerprint):
        for node in pair.plan.nodes():
            if node.type in _SORTS and any(reads(below, names, use.alias) for below in node.walk()):
                taken = node.children[0].plan_rows if node.children else 0.0
                if taken >= max(SORT_LEAST_ROWS, SORT_FACTOR * statement.rows_per_call):
                    return Waste(statement, use, "sort before LIMIT", statement.rows_per_call)
    return None


def unserved(facts: Facts, waste: Waste) -> tuple[Want, ...]:
    """What the wasteful use asks and no index gives; an invalid index that would give it counts as one that does."""
    own = want_of(facts, waste.use)
    if waste.join is None:
        wants: tuple[Want, ...] = (own,) if (own.equals or own.ranges) and selects(facts, own) else ()
    else:
        columns = (column for column in join_columns(facts, waste.use) if mentions(waste.join, column))
        wants = tuple(Want(own.table, (column,), ()) for column in columns)
    if any(existing(facts, want, facts.catalog.indexes_of(want.table)) for want in wants):
        return ()  # it could be sought by: that the planner does not is no lack of an index
    return wants


def cover(facts: Facts) -> None:
    """Reports how many of the statements a rule on shapes and plans could look at."""
    looked = sum(
        1 for statement in facts.statements if statement.fingerprint in facts.shapes and _has_plan(facts, statement)
    )
    why = None if looked == len(facts.statements) else "the others could not be read or planned"
    facts.examined(looked, len(facts.statements), "statements", why)


def _has_plan(facts: Facts, statement: Statement) -> bool:
    return bool(facts.plans(statement.fingerprint))
