"""Plans and counters read together: what a scan was expected to return beside what the statement really touched."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median

from dbadvisor.analyzer.facts import Facts
from dbadvisor.model.finding import Evidence
from dbadvisor.model.names import Name
from dbadvisor.model.plan import Node, Plan
from dbadvisor.model.snapshot import ColumnStatistics, Index
from dbadvisor.model.workload import Statement
from dbadvisor.sqltext.shape import TableUse

COUNTERS = "pg_stat_statements"
PLAN = "EXPLAIN"
CATALOG = "pg_class"
STATISTICS = "pg_stats"

WEIGHTY_SHARE = 0.01
"""Share of all measured time from which a statement matters: below a hundredth nobody would notice the cure."""
WEIGHTY_BLOCKS = 1_000
"""Blocks a call (8 MB) from which a statement matters whatever its share: it evicts others' pages from the cache."""

_INDEX_SCANS = ("Index Scan", "Index Only Scan", "Bitmap Heap Scan")
_INVENTED = ("pg_stats", "generic plan")
"""Sources of sample values that the application never sent."""
_BLOCKING = ("Sort", "Hash", "Bitmap Heap Scan")
"""Nodes that read their whole input before they return the first row, so that a LIMIT above does not shorten it."""


@dataclass(frozen=True, slots=True)
class Visit:
    """A plan node with what surrounds it."""

    node: Node
    limited: bool
    """Whether a LIMIT above may stop it early: nothing between them reads its whole input first."""
    looped: bool
    """Whether it runs once for every row of something else (inner side of a nested loop, SubPlan)."""
    workers: int
    """Parallel workers planned to share it."""
    above: tuple[Node, ...] = ()
    """Its ancestors, nearest last."""

    @property
    def rows(self) -> float:
        """Estimated rows of a loop over all workers; a parallel node's own estimate is for one of them.

        The leader's part shrinks by 0.3 for every worker: get_parallel_divisor() in costsize.c.
        """
        if not self.node.raw.get("Parallel Aware"):
            return self.node.plan_rows
        return self.node.plan_rows * (self.workers + max(0.0, 1 - 0.3 * self.workers))

    @property
    def sequential(self) -> bool:
        """Whether it reads a whole table."""
        return self.node.type == "Seq Scan"

    @property
    def whole(self) -> bool:
        """Whether it reads all of a table, be it in the order of an index that it does not search."""
        ordered = self.node.type in ("Index Scan", "Index Only Scan") and not self.node.index_cond
        return not self.limited and (self.sequential or ordered)

    @property
    def indexed(self) -> bool:
        """Whether it reads a table through an index."""
        return self.node.type in _INDEX_SCANS


def visits(plan: Plan) -> Iterator[Visit]:
    """All nodes of a plan, parents first."""
    yield from _descend(Visit(plan.root, limited=False, looped=False, workers=0))


def _descend(visit: Visit) -> Iterator[Visit]:
    yield visit
    node = visit.node
    streams = not _reads_all_first(node)
    for child in node.children:
        yield from _descend(
            Visit(
                child,
                limited=(visit.limited or node.type == "Limit") and streams and child.relationship != "InitPlan",
                looped=visit.looped
                or child.relationship == "SubPlan"
                or (node.type == "Nested Loop" and child.relationship == "Inner"),
                workers=node.workers_planned or visit.workers,
                above=(*visit.above, node),
            )
        )


def _reads_all_first(node: Node) -> bool:
    if node.type == "Aggregate":
        return node.raw.get("Strategy") != "Sorted"
    return node.type in _BLOCKING


def counted(statement: Statement) -> bool:
    """Whether the server measured what the statement touched; a workload file has no counters."""
    return statement.blocks > 0


def weighty(statement: Statement, share: float) -> bool:
    """Whether the statement matters: by its share of the workload or by the blocks of a call."""
    return share >= WEIGHTY_SHARE or statement.blocks_per_call >= WEIGHTY_BLOCKS


def reads_whole(statement: Statement, blocks: int) -> bool:
    """Whether a call touches at least half a table of so many blocks: its scans were not cut short.

    Half, because counters are means over calls of which some find the answer early.
    """
    return not counted(statement) or statement.blocks_per_call >= blocks / 2


def typical(values: list[float]) -> float:
    """The median over the samples: one odd value decides nothing."""
    return median(values)


def measured(statement: Statement, share: float) -> tuple[Evidence, ...]:
    """What the server counted for the statement: calls, and where measured time, share and blocks."""
    evidence = [Evidence("calls", statement.calls, "calls", statement.source)]
    if statement.total_ms:
        evidence.append(Evidence("mean time", round(statement.mean_ms, 3), "ms/call", statement.source))
        evidence.append(Evidence("share of all time", round(100 * share, 1), "%", statement.source))
    if counted(statement):
        evidence.append(Evidence("blocks", round(statement.blocks_per_call, 1), "blocks/call", statement.source))
        evidence.append(Evidence("rows", round(statement.rows_per_call, 1), "rows/call", statement.source))
    return tuple(evidence)


def target_of(statement: Statement) -> str:
    """A finding's target where a statement is at fault."""
    return f"statement {statement.fingerprint}"


def mentions(text: str | None, column: str) -> bool:
    """Whether a condition printed by EXPLAIN names the column."""
    return text is not None and re.search(rf"(?<![\w$]){re.escape(column)}(?![\w$])", text) is not None


def leading_index(facts: Facts, table: Name, column: str | None, expression: str | None = None) -> Index | None:
    """A usable btree, whole or partial, whose first key is that column or that expression."""
    from dbadvisor.sqltext.predicates import canonical_expression  # here: to list the rules needs no SQL grammar

    wanted = canonical_expression(expression) if expression is not None else None
    for index in facts.usable(table):
        first = index.definition.keys[0]
        if index.definition.method != "btree":
            continue
        if column is not None and first.column == column:
            return index
        if wanted and first.expression and canonical_expression(first.expression) == wanted:
            return index
    return None


def real_uses(facts: Facts, statement: Statement, use: TableUse) -> Iterator[tuple[str, TableUse]]:
    """The same use of the table in texts with values that the application really sent, each with its source.

    Values made up from statistics tell nothing of what is asked.
    """
    from dbadvisor.sqltext.parse import Unparsable  # here: to list the rules needs no SQL grammar
    from dbadvisor.sqltext.predicates import shape

    for sample in statement.samples:
        if sample.source in _INVENTED:
            continue
        try:
            found = shape(sample.sql, facts.catalog).uses
        except Unparsable:
            continue
        yield from ((sample.source, same) for same in found if (same.alias, same.level) == (use.alias, use.level))


def tables_read(plan: Plan) -> int:
    """How many scans of tables the plan has, at least one: among so many the measured blocks are shared."""
    return max(1, sum(node.relation is not None for node in plan.nodes()))


def statistics_of(facts: Facts, table: Name, column: str | None) -> ColumnStatistics | None:
    """The column's statistics, None when there are none."""
    found = facts.column(table, column) if column else None
    return found.statistics if found else None


def distinct_values(facts: Facts, table: Name, column: str) -> float:
    """Estimated number of different values, 1 when unknown."""
    statistics = statistics_of(facts, table, column)
    estimate = statistics.n_distinct if statistics else 1.0
    return max(1.0, estimate if estimate > 0 else -estimate * facts.catalog.rows(table))
