"""PLN002: an index walked in the wanted order finds the wanted rows late."""

from collections.abc import Iterator
from dataclasses import dataclass

from dbadvisor.analyzer.facts import Facts
from dbadvisor.analyzer.reading import (
    PLAN,
    STATISTICS,
    distinct_values,
    leading_index,
    measured,
    mentions,
    statistics_of,
    tables_read,
    target_of,
    visits,
    weighty,
)
from dbadvisor.analyzer.registry import rule
from dbadvisor.analyzer.wants import create, order_keys
from dbadvisor.model.change import Rewrite
from dbadvisor.model.finding import Evidence, Finding, Severity
from dbadvisor.model.index import IndexDefinition, IndexKey
from dbadvisor.model.plan import Node
from dbadvisor.model.workload import Statement
from dbadvisor.sqltext.shape import Op, TableUse

BLOCKS_PER_ROW = 10
"""Blocks a call for every row returned from which the walk counts as a search: in a fitting index it is one or two."""
LEAST_BLOCKS = 500
"""Blocks (4 MB) a call below which the walk is short whatever it returns."""
CORRELATION = 0.9
"""Least |pg_stats.correlation| of both columns for them to rise together through the table."""
_PINNING = (Op.EQ, Op.TRUE, Op.FALSE, Op.IS_NULL)
"""Predicates that leave one value of their column, so that the index behind it stays in order."""


@dataclass(frozen=True, slots=True)
class _Walk:
    statement: Statement
    use: TableUse
    node: Node


@rule("PLN002", "order-by-limit-trap", Severity.WARNING, needs=("statements", "plans"), since="0.1")
def order_by_limit_trap(facts: Facts) -> Iterator[Finding]:
    """ORDER BY … LIMIT walks an index in order and throws away rows until enough fit.

    ## Looks for

    Plans in which a LIMIT stands above a scan of an index on the ORDER BY key, with a filter on columns that the scan
    does not search by, while a call touches at least 10 blocks for every row returned and table read, and 500 in all.

    ## Why it costs

    The planner expects rows that fit to be spread evenly and hopes to stop early. When they lie at the far end of the
    order, nearly the whole index is read, each row fetched and dropped. The cost it prints is low all the same.

    ## When to leave it

    When the rare slow page does not matter. Where the filter is a range on a column that rises together with the order
    key, no index helps as long as the statement asks for that order: it has to order by the range's column first.

    ## Bad

    ```sql
    CREATE TABLE signal (id int PRIMARY KEY, device int NOT NULL, body text NOT NULL);
    INSERT INTO signal SELECT g, CASE WHEN g < 60 THEN 7 ELSE 100 + g % 20 END, repeat('x', 80)
    FROM generate_series(1, 60000) g;
    ANALYZE signal;
    -- workload
    SELECT id, body FROM signal WHERE device = 7 ORDER BY id DESC LIMIT 10;
    ```

    ## Good

    ```sql
    CREATE TABLE signal (id int PRIMARY KEY, device int NOT NULL, body text NOT NULL);
    INSERT INTO signal SELECT g, CASE WHEN g < 60 THEN 7 ELSE 100 + g % 20 END, repeat('x', 80)
    FROM generate_series(1, 60000) g;
    CREATE INDEX signal_device_id_idx ON signal (device, id);
    ANALYZE signal;
    -- workload
    SELECT id, body FROM signal WHERE device = 7 ORDER BY id DESC LIMIT 10;
    ```
    """
    examined = [statement for statement in facts.statements if facts.plans(statement.fingerprint)]
    for statement in examined:
        walk = _walk(facts, statement) if _searches(facts, statement) else None
        if walk:
            yield from _with_composite(facts, walk) or _with_other_order(facts, walk)
    facts.examined(len(examined), len(facts.statements), "statements")


def _searches(facts: Facts, statement: Statement) -> bool:
    scans = max(tables_read(sampled.plan) for sampled in facts.plans(statement.fingerprint))
    least = max(LEAST_BLOCKS, BLOCKS_PER_ROW * scans * statement.rows_per_call)
    return weighty(statement, facts.share(statement)) and statement.blocks_per_call >= least


def _walk(facts: Facts, statement: Statement) -> _Walk | None:
    shape = facts.shapes.get(statement.fingerprint)
    uses = [use for use in shape.uses if use.level == 0 and use.sort and use.limit] if shape else []
    for use in uses:
        for sampled in facts.plans(statement.fingerprint):
            for visit in visits(sampled.plan):
                node = visit.node
                here = node.relation == use.table and visit.limited and not visit.looped
                if (
                    here
                    and node.type in ("Index Scan", "Index Only Scan")
                    and node.filter
                    and _ordered(facts, use, node)
                ):
                    return _Walk(statement, use, node)
    return None


def _ordered(facts: Facts, use: TableUse, node: Node) -> bool:
    """Whether the index scanned holds the ORDER BY's first key, so that it was chosen for its order."""
    first = use.sort[0].column
    index = next((i for i in facts.usable(use.table) if i.name.name == node.index), None)
    return index is not None and first is not None and first in index.definition.columns


def _with_composite(facts: Facts, walk: _Walk) -> tuple[Finding, ...]:
    """Equality columns that the scan only filters by: they belong in front of the order key."""
    use = walk.use
    pinned = {p.column for p in use.conjuncts if p.column and p.op in _PINNING}
    late = {column for column in pinned if mentions(walk.node.filter, column)}
    if not late or any(key.column is None for key in use.sort):
        return ()
    lead = sorted(pinned, key=lambda column: (-distinct_values(facts, use.table, column), column))
    order = tuple(key for key in use.sort if key.column not in pinned)
    definition = IndexDefinition(use.table, (*(IndexKey(column) for column in lead), *order_keys(order)))
    if any(_holds(index.definition, len(lead), definition) for index in facts.usable(use.table)):
        return ()
    columns = ", ".join(sorted(late))
    return (
        Finding(
            rule="PLN002",
            severity=Severity.WARNING,
            target=target_of(walk.statement),
            summary=f"Index {walk.node.index} on {use.table} is walked for its order and filtered by {columns}: "
            f"{walk.statement.blocks_per_call:,.0f} blocks for {walk.statement.rows_per_call:,.0f} rows a call.",
            evidence=tuple(_evidence(facts, walk)),
            statements=(walk.statement.fingerprint,),
            proposals=(create(facts, definition),),
        ),
    )


def _holds(there: IndexDefinition, pinned: int, wanted: IndexDefinition) -> bool:
    """Whether an index there begins like the wanted one, the pinned columns in any order."""
    same_lead = set(there.columns[:pinned]) == set(wanted.columns[:pinned])
    return same_lead and there.columns[pinned : len(wanted.keys)] == wanted.columns[pinned:]


def _with_other_order(facts: Facts, walk: _Walk) -> tuple[Finding, ...]:
    """A range on a column that rises with the order key, and an index that leads with it: only the order is wrong."""
    from dbadvisor.sqltext.rewrite import order_by_prefix  # here: to list the rules needs no SQL grammar

    use, key = walk.use, walk.use.sort[0]
    ranged = next(
        (p.column for p in use.conjuncts if p.op is Op.RANGE and p.column and mentions(walk.node.filter, p.column)),
        None,
    )
    if ranged is None or ranged == key.column or not _rise_together(facts, walk, ranged):
        return ()
    index = leading_index(facts, use.table, ranged)
    after = order_by_prefix(walk.statement.text, ranged, key.descending)
    if index is None or after is None:
        return ()
    return (
        Finding(
            rule="PLN002",
            severity=Severity.WARNING,
            target=target_of(walk.statement),
            summary=f"Index {walk.node.index} on {use.table} is walked in the order of {key.column} while the rows are "
            f"chosen by {ranged}: {walk.statement.blocks_per_call:,.0f} blocks for "
            f"{walk.statement.rows_per_call:,.0f} rows a call. Index {index.name.name} has them together.",
            evidence=(*_evidence(facts, walk), *_correlations(facts, walk, ranged)),
            statements=(walk.statement.fingerprint,),
            action=f"Order by {ranged} first",
            rewrite=Rewrite(
                walk.statement.text,
                after,
                f"Returns the same rows in the same order as long as a row with a higher {key.column} never has a "
                f"lower {ranged}; where the two disagree the order changes, and with it what a page holds.",
                application=True,
            ),
            advice=f"Order by {ranged} first, then {key.column}; a further index changes nothing for this order.",
        ),
    )


def _rise_together(facts: Facts, walk: _Walk, ranged: str) -> bool:
    one = _correlation(facts, walk, ranged)
    other = _correlation(facts, walk, walk.use.sort[0].column)
    return min(abs(one), abs(other)) >= CORRELATION and one * other > 0


def _correlation(facts: Facts, walk: _Walk, column: str | None) -> float:
    """How far the column's order is the table's, -1 to 1; 0 when unknown."""
    statistics = statistics_of(facts, walk.use.table, column)
    return (statistics.correlation if statistics else None) or 0.0


def _correlations(facts: Facts, walk: _Walk, ranged: str) -> Iterator[Evidence]:
    for column in (ranged, walk.use.sort[0].column):
        correlation = _correlation(facts, walk, column)
        yield Evidence(f"correlation of {column}", round(correlation, 3), "-1 to 1", STATISTICS)


def _evidence(facts: Facts, walk: _Walk) -> Iterator[Evidence]:
    yield from measured(walk.statement, facts.share(walk.statement))
    filtered = [p.column for p in walk.use.conjuncts if p.column and mentions(walk.node.filter, p.column)]
    yield Evidence("filtered while walking", ", ".join(dict.fromkeys(filtered)) or "an expression", "columns", PLAN)
