"""PLN001: a scan reads far more than it keeps."""

from collections import defaultdict
from collections.abc import Iterator

from dbadvisor.analyzer.facts import Facts
from dbadvisor.analyzer.reading import CATALOG, PLAN, counted, measured, visits
from dbadvisor.analyzer.registry import rule
from dbadvisor.analyzer.waste import Waste, waste_of, weighty_uses
from dbadvisor.model.finding import Evidence, Finding, Severity
from dbadvisor.model.names import Name

OWN_SHARE = 0.2
"""Share of the statement's measured blocks that the table must account for, else another one is the trouble."""


@rule("PLN001", "scan-discards-most-rows", Severity.WARNING, needs=("statements", "plans"), since="0.1")
def scan_discards_most_rows(facts: Facts) -> Iterator[Finding]:
    """A scan reads a table to keep a small part of it.

    ## Looks for

    Statements that take at least 1 % of all time or touch at least 1,000 blocks a call, and whose plan reads a table
    of at least 100 blocks sequentially to keep at most 10 % of its rows; or reads it through an index, touching at
    least 10 blocks for every row returned and 500 in all. The blocks the server counted must agree: a call touches at
    least half the table, and the table accounts for at least a fifth of what the call touches.

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
    by_table: dict[Name, list[Waste]] = defaultdict(list)
    for statement, use in weighty_uses(facts):
        waste = waste_of(facts, statement, use)
        if waste and _discards(waste) and _accountable(facts, waste):
            by_table[use.table].append(waste)
    for table, wastes in by_table.items():
        yield _finding(facts, table, wastes)
    facts.examined(facts.planned, len(facts.statements), "statements")


def _discards(waste: Waste) -> bool:
    """Whether the scan itself throws the rows away; one in the order of a LIMIT is another rule's matter."""
    return waste.join is None and not (waste.how != "sequential scan" and waste.use.limit)


def _accountable(facts: Facts, waste: Waste) -> bool:
    """Whether the blocks measured can be laid at this table's door; in a nested loop it is read many times."""
    blocks = facts.catalog.blocks(waste.use.table)
    looped = any(
        visit.looped and visit.node.alias == waste.use.alias
        for sampled in facts.plans(waste.statement.fingerprint)
        for visit in visits(sampled.plan)
    )
    return looped or blocks >= OWN_SHARE * waste.statement.blocks_per_call


def _finding(facts: Facts, table: Name, wastes: list[Waste]) -> Finding:
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
