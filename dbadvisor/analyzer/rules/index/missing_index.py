"""IDX001: statements seek by columns that no index leads to."""

from collections import defaultdict
from collections.abc import Iterator

from dbadvisor.analyzer.facts import Facts
from dbadvisor.analyzer.reading import CATALOG, PLAN, counted, measured
from dbadvisor.analyzer.registry import rule
from dbadvisor.analyzer.waste import Waste, cover, unserved, waste_of, weighty_uses
from dbadvisor.model.finding import Evidence, Finding, Severity
from dbadvisor.model.names import Name, quote

Key = tuple[Name, tuple[str, ...]]


@rule("IDX001", "missing-index", Severity.WARNING, needs=("statements", "plans"), since="0.1")
def missing_index(facts: Facts) -> Iterator[Finding]:
    """Statements seek or join by columns that no index leads with.

    ## Looks for

    Statements that take at least 1 % of all time or touch at least 1,000 blocks a call, and read a table far beyond
    what they need: a sequential scan that keeps at most 10 % of the rows (by its own filter or by the join above), or
    an index scan that touches at least 500 blocks and 10 for each row returned. Their conditions or join keys on bare
    columns must be ones that no usable index begins with. Tables count from 1,000 blocks (8 MB), or from 100 where the
    server counted that a call touches at least half of them.

    ## Why it costs

    Without an index on the columns sought by, every row is fetched and compared, at every call, and the pages push
    others out of shared buffers. With one, the server descends three or four blocks and reads the rows it wants.

    ## When to leave it

    When most rows qualify; when the table is written far more often than this statement runs. What an index would
    cost and gain is worked out for the whole workload, so this rule names the need and proposes nothing itself.

    ## Bad

    ```sql
    CREATE TABLE invoice (id int PRIMARY KEY, customer int NOT NULL, note text NOT NULL);
    INSERT INTO invoice SELECT g, g % 3000, repeat('x', 60) FROM generate_series(1, 30000) g;
    ANALYZE invoice;
    -- workload
    SELECT id, note FROM invoice WHERE customer = 77;
    ```

    ## Good

    ```sql
    CREATE TABLE invoice (id int PRIMARY KEY, customer int NOT NULL, note text NOT NULL);
    INSERT INTO invoice SELECT g, g % 3000, repeat('x', 60) FROM generate_series(1, 30000) g;
    CREATE INDEX invoice_customer_idx ON invoice (customer);
    ANALYZE invoice;
    -- workload
    SELECT id, note FROM invoice WHERE customer = 77;
    ```
    """
    found: dict[Key, list[Waste]] = defaultdict(list)
    for statement, use in weighty_uses(facts):
        if waste := waste_of(facts, statement, use):
            for want in unserved(facts, waste):
                found[facts.catalog.root(use.table), want.columns].append(waste)
    for (table, columns), wastes in found.items():
        yield _finding(facts, table, columns, wastes)
    cover(facts)


def _finding(facts: Facts, table: Name, columns: tuple[str, ...], wastes: list[Waste]) -> Finding:
    worst = wastes[0]
    words = ", ".join(quote(column) for column in columns)
    rows = facts.catalog.rows(table)
    share = sum(facts.share(statement) for statement in {waste.statement for waste in wastes})
    touched = f", {worst.statement.blocks_per_call:,.0f} blocks a call" if counted(worst.statement) else ""
    return Finding(
        rule="IDX001",
        severity=Severity.WARNING,
        target=f"{table} ({words})",
        summary=f"No index on {table.short} begins with {words}: a {worst.how} needs about {worst.kept:,.0f} of "
        f"{rows:,.0f} rows{touched}, and its statements take {share:.0%} of all time.",
        evidence=(
            *measured(worst.statement, facts.share(worst.statement)),
            Evidence("rows needed", round(worst.kept), "rows", PLAN),
            Evidence("table rows", round(rows), "rows", CATALOG),
            Evidence("table size", facts.catalog.blocks(table), "blocks", CATALOG),
        ),
        statements=tuple(dict.fromkeys(waste.statement.fingerprint for waste in wastes)),
    )
