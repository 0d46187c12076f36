"""IDX002: an index that is there but cannot serve the statement, and why."""

from collections.abc import Iterator

from dbadvisor.analyzer.facts import Facts
from dbadvisor.analyzer.mismatch import Case, Mismatch, reasons
from dbadvisor.analyzer.reading import CATALOG, measured
from dbadvisor.analyzer.registry import rule
from dbadvisor.analyzer.waste import Waste, cover, sorts_for_limit, waste_of, weighty_uses
from dbadvisor.model.finding import Evidence, Finding, Severity


@rule("IDX002", "unusable-index", Severity.WARNING, needs=("statements", "plans"), since="0.1")
def unusable_index(facts: Facts) -> Iterator[Finding]:
    """An index that looks right but cannot serve the statement.

    ## Looks for

    Statements that take at least 1 % of all time or touch at least 1,000 blocks a call, and read a table far beyond
    what they need (as in IDX001) or sort at least 100 rows and ten times those that their LIMIT returns, although an
    index is there, which cannot serve because of

    - order: its DESC, ASC or NULLS FIRST, LAST match the ORDER BY neither forward nor backward;
    - operator class: LIKE 'abc%' (in the text, a log or a workload file) where the index is sorted by a language;
    - collation: the statement compares or orders by another one;
    - value type: the value is of a type that makes the server cast the column;
    - predicate: it is partial, and the statement may want rows that it leaves out;
    - column order: it begins with a column that the statement leaves open.

    Functions and casts written around a column are QRY001's, an OR over two tables is QRY004's.

    ## Why it costs

    A btree is one sorted list. What is not a stretch of that list, in the order and by the comparison it was sorted
    with, can't be looked up in it: the server reads on and throws away, or sorts again at every call.

    ## When to leave it

    When the statement is rare. Where the statement's text can be changed, that is often cheaper than a second index.

    ## Bad

    ```sql
    CREATE TABLE entry (id int PRIMARY KEY, topic int NOT NULL, rank int NOT NULL, body text NOT NULL);
    INSERT INTO entry SELECT g, g % 20, g * 7 % 30011, repeat('x', 60) FROM generate_series(1, 30000) g;
    CREATE INDEX entry_topic_rank_idx ON entry (topic, rank DESC NULLS LAST);
    ANALYZE entry;
    -- workload
    SELECT id, body FROM entry WHERE topic = 7 ORDER BY rank DESC LIMIT 3;
    ```

    ## Good

    ```sql
    CREATE TABLE entry (id int PRIMARY KEY, topic int NOT NULL, rank int NOT NULL, body text NOT NULL);
    INSERT INTO entry SELECT g, g % 20, g * 7 % 30011, repeat('x', 60) FROM generate_series(1, 30000) g;
    CREATE INDEX entry_topic_rank_idx ON entry (topic, rank DESC);
    ANALYZE entry;
    -- workload
    SELECT id, body FROM entry WHERE topic = 7 ORDER BY rank DESC LIMIT 3;
    ```
    """
    found: dict[str, tuple[Mismatch, list[Waste]]] = {}
    for statement, use in weighty_uses(facts):
        waste = sorts_for_limit(facts, statement, use) or waste_of(facts, statement, use)
        mismatch = next(reasons(Case(facts, waste)), None) if waste else None
        if waste and mismatch:
            target = f"{mismatch.index.name} ({mismatch.kind})"
            found.setdefault(target, (mismatch, []))[1].append(waste)
    for target, (mismatch, wastes) in found.items():
        yield _finding(facts, target, mismatch, wastes)
    cover(facts)


def _finding(facts: Facts, target: str, mismatch: Mismatch, wastes: list[Waste]) -> Finding:
    worst = wastes[0].statement
    table = mismatch.index.definition.table
    return Finding(
        rule="IDX002",
        severity=Severity.WARNING,
        target=target,
        summary=f"{mismatch.index.name.short} on {table.short} cannot serve the statement: {mismatch.why}.",
        evidence=(
            *measured(worst, facts.share(worst)),
            Evidence("what the plan does", wastes[0].how, f"on {table.short}", "EXPLAIN"),
            Evidence("index", mismatch.index.definition.body, "definition", "pg_index"),
            Evidence("table size", facts.catalog.blocks(table), "blocks", CATALOG),
        ),
        statements=tuple(dict.fromkeys(waste.statement.fingerprint for waste in wastes)),
        proposals=(mismatch.cure,) if mismatch.cure else (),
        action="Ask in the order that the index has" if mismatch.rewrite else None,
        rewrite=mismatch.rewrite,
        advice=mismatch.advice,
    )
