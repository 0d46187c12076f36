"""PLN001: a scan reads far more than it keeps."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from dbadvisor.analyzer.facts import Facts
from dbadvisor.analyzer.reading import (
    CATALOG,
    PLAN,
    counted,
    measured,
    reads_whole,
    sequential_scans,
    typical,
    visits,
    weighty,
)
from dbadvisor.analyzer.registry import rule
from dbadvisor.model.finding import Evidence, Finding, Severity
from dbadvisor.model.names import Name
from dbadvisor.model.workload import Statement

KEPT_SHARE = 0.1
"""Share of the table's rows that a scan may keep at most: from there on reading it all may well be the best plan."""
LEAST_BLOCKS = 100
"""Blocks (0.8 MB) of a table below which reading it all is cheap enough."""
OWN_SHARE = 0.2
"""Share of the statement's measured blocks that the table must account for, else another one is the trouble."""
BLOCKS_PER_ROW = 10
"""Blocks a call for every row kept, from which an index scan counts as wasteful: a good one needs one or two."""
INDEX_LEAST_BLOCKS = 1_000
"""Blocks (8 MB) a call from which a wasteful index scan is worth a word."""
DOMINANT = 0.5
"""Share of the plan's cost that an index scan must have for the statement's blocks to be laid at its door."""


@dataclass(frozen=True, slots=True)
class _Waste:
    statement: Statement
    table: Name
    how: str
    kept: float


@rule("PLN001", "scan-discards-most-rows", Severity.WARNING, needs=("statements", "plans"), since="0.1")
def scan_discards_most_rows(facts: Facts) -> Iterator[Finding]:
    """A scan reads a table to keep a small part of it.

    ## Looks for

    Statements that take at least 1 % of all time or touch at least 1,000 blocks a call, and whose plan reads a table
    of at least 100 blocks sequentially to keep at most 10 % of its rows; or reads it through an index and then filters,
    touching at least 10 blocks for every row kept and 1,000 in all. The blocks the server counted must agree: a call
    touches at least half the table, and the table accounts for at least a fifth of what the call touches.

    ## Why it costs

    Every row is fetched, made visible-or-not and compared before it is thrown away. The pages pass through shared
    buffers and push out those that other statements need.

    ## When to leave it

    Reports that run once a night; tables that stay small. No index is proposed here: whether one pays is asked of the
    planner for the whole workload.

    ## Bad

    ```sql
    CREATE TABLE parcel (id int PRIMARY KEY, depot int NOT NULL, label text NOT NULL);
    INSERT INTO parcel SELECT g, g % 2000, repeat('x', 60) FROM generate_series(1, 40000) g;
    ANALYZE parcel;
    -- workload
    SELECT label FROM parcel WHERE depot = 17;
    ```

    ## Good

    ```sql
    CREATE TABLE parcel (id int PRIMARY KEY, depot int NOT NULL, label text NOT NULL);
    INSERT INTO parcel SELECT g, g % 2000, repeat('x', 60) FROM generate_series(1, 40000) g;
    CREATE INDEX parcel_depot_idx ON parcel (depot);
    ANALYZE parcel;
    -- workload
    SELECT label FROM parcel WHERE depot = 17;
    ```
    """
    by_table: dict[Name, list[_Waste]] = defaultdict(list)
    planned = [statement for statement in facts.statements if facts.plans(statement.fingerprint)]
    for statement in planned:
        if weighty(statement, facts.share(statement)):
            for waste in (*_sequential(facts, statement), *_through_index(facts, statement)):
                by_table[waste.table].append(waste)
    for table, wastes in by_table.items():
        yield _finding(facts, table, wastes)
    facts.examined(len(planned), len(facts.statements), "statements")


def _sequential(facts: Facts, statement: Statement) -> Iterator[_Waste]:
    kept: dict[Name, list[float]] = defaultdict(list)
    looped: set[Name] = set()
    for sampled in facts.plans(statement.fingerprint):
        if not counted(statement) and any(visit.limited and visit.sequential for visit in visits(sampled.plan)):
            continue  # a LIMIT may stop the scan at once, and no counter says that it did not
        for table, scan in sequential_scans(sampled.plan, facts.catalog).items():
            if scan.filter:
                kept[table].append(scan.kept)
                looped |= {table} if scan.looped else set()
    for table, values in kept.items():
        if typical(values) <= KEPT_SHARE * facts.catalog.rows(table) and _accountable(
            facts, statement, table, looped=table in looped
        ):
            yield _Waste(statement, table, "sequential scan", typical(values))


def _accountable(facts: Facts, statement: Statement, table: Name, *, looped: bool) -> bool:
    blocks = facts.catalog.blocks(table)
    if blocks < LEAST_BLOCKS or not reads_whole(statement, blocks):
        return False
    return looped or blocks >= OWN_SHARE * statement.blocks_per_call


def _through_index(facts: Facts, statement: Statement) -> Iterator[_Waste]:
    for sampled in facts.plans(statement.fingerprint):
        for visit in visits(sampled.plan):
            node = visit.node
            if visit.limited or visit.looped or not visit.indexed or not node.filter or node.relation is None:
                continue
            kept = max(visit.rows, statement.rows_per_call, 1.0)
            wasteful = statement.blocks_per_call >= max(INDEX_LEAST_BLOCKS, BLOCKS_PER_ROW * kept)
            if wasteful and node.total_cost >= DOMINANT * sampled.plan.cost:
                yield _Waste(statement, facts.catalog.root(node.relation), f"scan of index {node.index}", kept)
                return


def _finding(facts: Facts, table: Name, wastes: list[_Waste]) -> Finding:
    worst = wastes[0]
    rows = facts.catalog.rows(table)
    touched = (
        f"a call touches {worst.statement.blocks_per_call:,.0f} blocks"
        if counted(worst.statement)
        else f"the table has {facts.catalog.blocks(table):,} blocks"
    )
    return Finding(
        rule="PLN001",
        severity=Severity.WARNING,
        target=str(table),
        summary=f"A {worst.how} of {table} keeps about {worst.kept:,.0f} of {rows:,.0f} rows; {touched}.",
        evidence=(
            *measured(worst.statement, facts.share(worst.statement)),
            Evidence("rows kept", round(worst.kept), "rows", PLAN),
            Evidence("table rows", round(rows), "rows", CATALOG),
            Evidence("table size", facts.catalog.blocks(table), "blocks", CATALOG),
        ),
        statements=tuple(dict.fromkeys(waste.statement.fingerprint for waste in wastes)),
    )
