"""IDX007: an index that is there and serves nobody."""

import re
from collections.abc import Iterator
from dataclasses import replace

from dbadvisor.analyzer.facts import Facts
from dbadvisor.analyzer.reading import CATALOG
from dbadvisor.analyzer.registry import rule
from dbadvisor.analyzer.wants import drop
from dbadvisor.model.change import Change, Maintenance
from dbadvisor.model.finding import Evidence, Finding, Severity
from dbadvisor.model.snapshot import Index

_LEFTOVER = re.compile(r"_cc(new|old)\d*\Z")
"""How REINDEX CONCURRENTLY calls the index it builds and the one it replaced."""


@rule("IDX007", "invalid-index", Severity.WARNING, needs=(), since="0.1")
def invalid_index(facts: Facts) -> Iterator[Finding]:
    """An index that PostgreSQL keeps but may not use.

    ## Looks for

    Indexes marked invalid or not ready that nobody is building now. A partitioned table's index that still lacks some
    partitions' parts is meant to be so and is left alone.

    ## Why it costs

    A CREATE INDEX or REINDEX CONCURRENTLY that was cancelled, ran into a lock or met duplicate values leaves its index
    behind: writes keep it up to date (and a unique one goes on refusing duplicates), but no statement is served by it.
    Worst, everyone believes that the index is there.

    ## When to leave it

    Only while it is being built.

    ## Bad

    ```sql
    CREATE TABLE badge (id int PRIMARY KEY, code int NOT NULL);
    INSERT INTO badge SELECT g, g % 900 FROM generate_series(1, 1000) g;
    CREATE UNIQUE INDEX CONCURRENTLY badge_code_idx ON badge (code);  -- fails: duplicate values
    ANALYZE badge;
    -- workload
    SELECT id FROM badge WHERE id = 7;
    ```

    ## Good

    ```sql
    CREATE TABLE badge (id int PRIMARY KEY, code int NOT NULL);
    INSERT INTO badge SELECT g, g FROM generate_series(1, 1000) g;
    CREATE UNIQUE INDEX CONCURRENTLY badge_code_idx ON badge (code);
    ANALYZE badge;
    -- workload
    SELECT id FROM badge WHERE id = 7;
    ```
    """
    for index in facts.snapshot.indexes:
        if not (index.valid and index.ready) and not index.building and not _awaits_parts(facts, index):
            yield _finding(facts, index)
    facts.examined(len(facts.snapshot.indexes), len(facts.snapshot.indexes), "indexes")


def _awaits_parts(facts: Facts, index: Index) -> bool:
    table = facts.catalog.tables.get(index.definition.table)
    return table is not None and table.kind == "p"


def _finding(facts: Facts, index: Index) -> Finding:
    change, advice = _cure(facts, index)
    return Finding(
        rule="IDX007",
        severity=Severity.WARNING,
        target=str(index.name),
        summary=f"{index.name.short} on {index.definition.table.short} is invalid: it is written but never read.",
        evidence=(
            Evidence("valid", str(index.valid).lower(), "flag", "pg_index"),
            Evidence("ready", str(index.ready).lower(), "flag", "pg_index"),
            Evidence("size", index.size_blocks, "blocks", CATALOG),
        ),
        proposals=(change,),
        advice=advice,
    )


def _cure(facts: Facts, index: Index) -> tuple[Change, str | None]:
    """Drop what is left over, replaced or sure to fail again; build again what may have been wanted."""
    if index.constraint is None and (_LEFTOVER.search(index.name.name) or _replaced(facts, index)):
        return drop(facts, index), None
    if index.definition.unique and index.constraint is None:
        advice = "Its values were not unique: remove the duplicates, then create it again if it is still wanted."
        return drop(facts, index), advice
    return Maintenance("REINDEX INDEX CONCURRENTLY", str(index.name)), None


def _replaced(facts: Facts, index: Index) -> bool:
    wanted = replace(index.definition, options=())
    return any(replace(other.definition, options=()) == wanted for other in facts.usable(index.definition.table))
