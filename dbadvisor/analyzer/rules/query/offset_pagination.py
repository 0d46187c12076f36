"""QRY002: pages are reached by counting past everything before them."""

from collections.abc import Iterator
from dataclasses import dataclass

from dbadvisor.analyzer.facts import Facts
from dbadvisor.analyzer.reading import (
    COUNTERS,
    PLAN,
    STATISTICS,
    measured,
    real_uses,
    statistics_of,
    tables_read,
    target_of,
    visits,
    weighty,
)
from dbadvisor.analyzer.registry import rule
from dbadvisor.model.change import Rewrite
from dbadvisor.model.finding import Evidence, Finding, Severity
from dbadvisor.model.workload import Statement
from dbadvisor.sqltext.shape import TableUse

SKIPPED_PER_ROW = 100
"""Rows skipped for every row returned from which paging by OFFSET is a fault (checks of peers agree on 100)."""
LEAST_SKIPPED = 1_000
"""Rows skipped a call below which counting past them is quick whatever is returned."""
BLOCKS_FACTOR = 10
"""How many times the blocks that the returned rows need a call must touch, where the counters alone must tell."""
PHYSICAL_ORDER = 0.9
"""Least |pg_stats.correlation| of the order key for rows that follow each other to share blocks."""


@dataclass(frozen=True, slots=True)
class _Skip:
    evidence: tuple[Evidence, ...]
    words: str


@rule("QRY002", "offset-pagination", Severity.WARNING, needs=("statements",), since="0.1")
def offset_pagination(facts: Facts) -> Iterator[Finding]:
    """OFFSET makes the server produce and throw away every earlier page.

    ## Looks for

    Statements with OFFSET that skip at least 100 rows for every row returned and 1,000 in all: seen in real values
    (logs, running sessions, a workload file), or, without these, from the blocks: a call touches enough to hold so many
    rows, and at least 100 and ten times what the rows returned and the plan's own filter explain.

    ## Why it costs

    The skipped rows are found, fetched and sorted like the others; page 1,000 costs a thousand pages.

    ## When to leave it

    Where only the first few pages are ever opened, or where people must jump to page 57. Keyset pagination needs a
    total order (a unique last key) and gives next and previous, no page numbers.

    ## Bad

    ```sql
    CREATE TABLE letter (id int PRIMARY KEY, body text NOT NULL);
    INSERT INTO letter SELECT g, repeat('x', 60) FROM generate_series(1, 60000) g;
    ANALYZE letter;
    -- workload
    SELECT id, body FROM letter ORDER BY id LIMIT 20 OFFSET 50000;
    ```

    ## Good

    ```sql
    CREATE TABLE letter (id int PRIMARY KEY, body text NOT NULL);
    INSERT INTO letter SELECT g, repeat('x', 60) FROM generate_series(1, 60000) g;
    ANALYZE letter;
    -- workload
    SELECT id, body FROM letter WHERE id > 50000 ORDER BY id LIMIT 20;
    ```
    """
    for statement in facts.statements:
        shape = facts.shapes.get(statement.fingerprint)
        use = next((use for use in shape.uses if use.offset and use.sort), None) if shape else None
        skip = (_declared(facts, statement, use) or _counted_skip(facts, statement, use)) if use else None
        if use and skip:
            yield _finding(facts, statement, use, skip)
    facts.examined(len(facts.shapes), len(facts.statements), "statements")


def _declared(facts: Facts, statement: Statement, use: TableUse) -> _Skip | None:
    """The deepest OFFSET among values that the application really sent."""
    real = (
        (int(same.offset), source)
        for source, same in real_uses(facts, statement, use)
        if same.offset and same.offset.isdecimal()
    )
    depth, source = max(real, default=(0, ""))
    if depth < _least_skipped(statement):
        return None
    return _Skip((Evidence("rows skipped", depth, "rows/call", source),), f"{depth:,} rows")


def _least_skipped(statement: Statement) -> float:
    return max(LEAST_SKIPPED, SKIPPED_PER_ROW * statement.rows_per_call)


def _counted_skip(facts: Facts, statement: Statement, use: TableUse) -> _Skip | None:
    """Blocks beyond what the rows returned can explain, where the plan walks an index in the wanted order.

    Under a sort every row is read whatever the OFFSET, so the counters say nothing of its depth.
    """
    passing = _passing_share(facts, statement, use)
    if passing is None or not weighty(statement, facts.share(statement)):
        return None
    dense = _rows_per_block(facts, use)
    needed = max(1.0, statement.rows_per_call) / passing / dense
    if statement.blocks_per_call * dense * passing < _least_skipped(statement):
        return None
    scans = max(tables_read(sampled.plan) for sampled in facts.plans(statement.fingerprint))
    if statement.blocks_per_call < BLOCKS_FACTOR * scans * max(needed, 10.0):
        return None
    return _Skip(
        (
            Evidence("blocks that the rows returned explain", round(needed, 1), "blocks/call", COUNTERS),
            Evidence("rows that pass the filter", round(100 * passing, 1), "%", PLAN),
        ),
        f"far more rows than it returns ({statement.blocks_per_call:,.0f} blocks for {statement.rows_per_call:,.0f})",
    )


def _passing_share(facts: Facts, statement: Statement, use: TableUse) -> float | None:
    """Which share of the rows walked passes the scan's filter; None where no index is walked in order."""
    for sampled in facts.plans(statement.fingerprint):
        for visit in visits(sampled.plan):
            if visit.node.relation == use.table and visit.indexed and visit.limited and not visit.looped:
                if not visit.node.filter:
                    return 1.0
                return min(1.0, max(1e-6, visit.node.plan_rows / max(1.0, facts.catalog.rows(use.table))))
    return None


def _rows_per_block(facts: Facts, use: TableUse) -> float:
    statistics = statistics_of(facts, use.table, use.sort[0].column)
    blocks = facts.catalog.blocks(use.table)
    ordered = statistics and statistics.correlation is not None and abs(statistics.correlation) >= PHYSICAL_ORDER
    return max(1.0, facts.catalog.rows(use.table) / blocks) if ordered and blocks else 1.0


def _finding(facts: Facts, statement: Statement, use: TableUse, skip: _Skip) -> Finding:
    correlation = statistics_of(facts, use.table, use.sort[0].column)
    order = (
        ()
        if correlation is None or correlation.correlation is None
        else (Evidence("physical order of the key", round(correlation.correlation, 3), "-1 to 1", STATISTICS),)
    )
    return Finding(
        rule="QRY002",
        severity=Severity.WARNING,
        target=target_of(statement),
        summary=f"OFFSET makes every call over {use.table} count past {skip.words}.",
        evidence=(*measured(statement, facts.share(statement)), *skip.evidence, *order),
        statements=(statement.fingerprint,),
        action=f"Page through {use.table.short} by key instead of OFFSET",
        rewrite=_keyset(facts, statement, use),
        advice="Use keyset pagination: remember the last row's order key and ask for the rows behind it "
        "(WHERE (key) > (last key) ORDER BY key LIMIT n). The order must end in a unique key.",
    )


def _keyset(facts: Facts, statement: Statement, use: TableUse) -> Rewrite | None:
    """The page after a remembered row, where the order is total and free of NULL."""
    from dbadvisor.sqltext.rewrite import keyset  # here: to list the rules needs no SQL grammar

    columns = tuple(key.column for key in use.sort if key.column)
    if use.level != 0 or not use.sort_complete or len(columns) != len(use.sort) or not _total(facts, use, columns):
        return None
    after = keyset(statement.text, columns)
    if after is None:
        return None
    return Rewrite(
        statement.text,
        after,
        f"Returns the page behind the remembered values of {', '.join(columns)}, which are unique and never NULL. "
        "Rows inserted or deleted meanwhile no longer shift the pages.",
        application=True,
    )


def _total(facts: Facts, use: TableUse, columns: tuple[str, ...]) -> bool:
    unique = any(
        index.definition.unique
        and not index.definition.where
        and set(index.definition.columns) <= set(columns)
        and len(index.definition.columns) == len(index.definition.keys)
        for index in facts.usable(use.table)
    )
    found = [facts.column(use.table, column) for column in columns]
    return unique and all(column is not None and column.not_null for column in found)
