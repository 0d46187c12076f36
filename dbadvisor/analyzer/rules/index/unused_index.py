"""IDX006: an index that nothing reads."""

from collections.abc import Iterator

from dbadvisor.analyzer.facts import Facts
from dbadvisor.analyzer.reading import CATALOG
from dbadvisor.analyzer.registry import rule
from dbadvisor.analyzer.twins import blocks, covers_foreign_key, duplicates, parts, planned_with, redundant, scans
from dbadvisor.analyzer.wants import drop
from dbadvisor.model.finding import Evidence, Finding, Severity
from dbadvisor.model.names import quote_literal
from dbadvisor.model.snapshot import Index

DAY = 86_400
LONG_WINDOW_DAYS = 35
"""Days of counting that hold every monthly job at least once; from then on not being read means something."""
LEAST_BLOCKS = 128
"""Blocks (1 MB) of an index below which it is not worth a decision."""


@rule("IDX006", "unused-index", Severity.WARNING, needs=("activity",), since="0.1")
def unused_index(facts: Facts) -> Iterator[Finding]:
    """An index that nothing has read since the counters were reset.

    ## Looks for

    Indexes of at least 128 blocks (1 MB) with no scan and no entry read, that no plan of the workload uses. Left alone:
    what a constraint, uniqueness, replica identity, clustering or a foreign key's check hangs on; parts of a
    partitioned index, which is judged as a whole; and an index whose first column a statement wraps in an expression.
    A warning when the counters are at least 35 days old and no replica reads the same index; else for information,
    without a proposal.

    ## Why it costs

    It is written at every insert and at every update that cannot be heap-only, logged in WAL, vacuumed, backed up and
    cached, for nobody.

    ## When to leave it

    When a job that runs quarterly needs it; when a replica does (each server counts its own scans); when the counters
    are younger than the oldest habit of the application. An index on an expression also gives the planner statistics.

    ## Bad

    ```sql
    CREATE TABLE reading (id int PRIMARY KEY, sensor int NOT NULL, value int NOT NULL);
    INSERT INTO reading SELECT g, g % 50, g * 7 % 60013 FROM generate_series(1, 80000) g;
    CREATE INDEX reading_value_idx ON reading (value);
    ANALYZE reading;
    -- workload
    SELECT sensor FROM reading WHERE id = 77;
    ```

    ## Good

    ```sql
    CREATE TABLE reading (id int PRIMARY KEY, sensor int NOT NULL, value int NOT NULL);
    INSERT INTO reading SELECT g, g % 50, g * 7 % 60013 FROM generate_series(1, 80000) g;
    ANALYZE reading;
    -- workload
    SELECT sensor FROM reading WHERE id = 77;
    ```
    """
    named = {index.name for index, _ in (*duplicates(facts), *redundant(facts))}
    judged = [index for index in facts.snapshot.indexes if index.valid and index.parent is None]
    for index in judged:
        if index.name not in named and _unused(facts, index):
            yield _finding(facts, index)
    facts.examined(len(judged), len(facts.snapshot.indexes), "indexes", "parts of partitioned and invalid ones aside")


def _unused(facts: Facts, index: Index) -> bool:
    return (
        index.droppable
        and index.tuples_read == 0
        and scans(facts, index) == 0
        and not any(part.constraint or part.replica_identity or part.clustered for part in parts(facts, index.name))
        and blocks(facts, index) >= LEAST_BLOCKS
        and not planned_with(facts, index)
        and not covers_foreign_key(facts, index)
        and not _kept_away(facts, index)
    )


def _kept_away(facts: Facts, index: Index) -> bool:
    """Whether a statement wraps the index's first column in an expression: that, not the index, is the fault."""
    lead = index.definition.keys[0].column
    uses = facts.uses_of(index.definition.table)
    return any(p.expression and lead in p.columns for _, use in uses for p in use.predicates)


def _finding(facts: Facts, index: Index) -> Finding:
    caveats = tuple(_caveats(facts, index))
    days = _window_days(facts)
    return Finding(
        rule="IDX006",
        severity=Severity.INFO if caveats else Severity.WARNING,
        target=str(index.name),
        summary=f"Nothing has read {index.name.short} in {_duration(days)}; every write to "
        f"{index.definition.table.short} pays for it.",
        evidence=(
            Evidence("scans", 0, "scans", "pg_stat_all_indexes"),
            Evidence("counted for", round(days, 1), "days", "pg_stat_database"),
            Evidence("size", blocks(facts, index), "blocks", CATALOG),
        ),
        proposals=() if caveats else (drop(facts, index),),
        caveats=caveats,
    )


def _caveats(facts: Facts, index: Index) -> Iterator[str]:
    days = _window_days(facts)
    if days < LONG_WINDOW_DAYS:
        yield f"The counters are only {_duration(days)} old: look again once they are {LONG_WINDOW_DAYS} days old."
    if facts.snapshot.replicated:
        name = quote_literal(str(index.name))
        yield (
            "Other servers replicate this database and count their own scans. Ask each of them: "
            f"SELECT idx_scan FROM pg_stat_all_indexes WHERE indexrelid = {name}::regclass"
        )
    if any(key.expression for key in index.definition.keys):
        yield "The planner may use the statistics of the index's expression without ever scanning it."


def _window_days(facts: Facts) -> float:
    """Days of counting; where no reset is known, at least as long as the server has been up."""
    return (facts.snapshot.window.tables_seconds or facts.snapshot.server.uptime_seconds or 0.0) / DAY


def _duration(days: float) -> str:
    if days >= 2:
        return f"{days:.0f} days"
    return f"{days * 24:.0f} hours" if days >= 1 / 12 else f"{days * 24 * 60:.0f} minutes"
