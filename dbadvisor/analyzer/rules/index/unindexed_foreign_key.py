"""IDX003: a foreign key whose columns no index leads with."""

from collections.abc import Iterator
from dataclasses import dataclass

from dbadvisor.analyzer.facts import Facts, only_says_not_null
from dbadvisor.analyzer.reading import CATALOG, distinct_values, measured
from dbadvisor.analyzer.registry import rule
from dbadvisor.analyzer.wants import create
from dbadvisor.model.finding import Evidence, Finding, Severity
from dbadvisor.model.index import IndexDefinition, IndexKey
from dbadvisor.model.names import quote
from dbadvisor.model.snapshot import ForeignKey, Index
from dbadvisor.model.workload import Statement
from dbadvisor.sqltext.shape import TableUse

LEAST_BLOCKS = 100
"""Blocks (0.8 MB) of the referencing table below which reading it all for every deleted row is cheap enough."""
LARGE_BLOCKS = 10_000
"""Blocks (80 MB) from which the first deletion will be felt, so that a word is due before it happens."""
FEW_ROWS = 100
"""Rows for each value of one indexed column up to which the rest of the key may as well be filtered."""
_ACTIONS = {"c": "deletes them", "n": "sets them to null", "d": "sets them to their default"}


@dataclass(frozen=True, slots=True)
class _Pressure:
    """What sets the key's check to work."""

    deleted: int
    changing: tuple[Statement, ...]
    """DELETEs of the referenced table and UPDATEs of its key."""
    joining: tuple[Statement, ...]
    """Statements that seek or join the referencing table by the key's columns."""

    @property
    def felt(self) -> bool:
        return self.deleted > 0 or bool(self.changing)


@rule("IDX003", "unindexed-foreign-key", Severity.WARNING, needs=(), since="0.1")
def unindexed_foreign_key(facts: Facts) -> Iterator[Finding]:
    """A foreign key whose columns no valid index leads with.

    ## Looks for

    Foreign keys of tables with at least 100 blocks (0.8 MB) for which no usable index begins with exactly the key's
    columns, in any order; an index that leaves out only nulls counts, and so does one on a single column of the key
    with at most 100 rows for each value. A warning where rows of the referenced table are deleted or its key is
    changed; for information where statements seek by the columns, or the table has 10,000 blocks (80 MB). A
    partitioned table's key is named once.

    ## Why it costs

    For every row deleted from the referenced table the server looks for rows that still point to it. Without an index
    it reads the whole referencing table each time, inside a trigger: neither EXPLAIN nor the planner's cost shows it.

    ## When to leave it

    When rows of the referenced table are never deleted, their keys never change, and nobody joins from that side.

    ## Bad

    ```sql
    CREATE TABLE playlist (id int PRIMARY KEY);
    CREATE TABLE track (id int PRIMARY KEY, playlist_id int NOT NULL REFERENCES playlist ON DELETE CASCADE, title text);
    INSERT INTO playlist SELECT g FROM generate_series(1, 2000) g;
    INSERT INTO track SELECT g, 1 + g % 1000, repeat('x', 60) FROM generate_series(1, 30000) g;
    ANALYZE playlist, track;
    -- workload
    DELETE FROM playlist WHERE id = (SELECT max(id) FROM playlist);
    ```

    ## Good

    ```sql
    CREATE TABLE playlist (id int PRIMARY KEY);
    CREATE TABLE track (id int PRIMARY KEY, playlist_id int NOT NULL REFERENCES playlist ON DELETE CASCADE, title text);
    CREATE INDEX track_playlist_id_idx ON track (playlist_id);
    INSERT INTO playlist SELECT g FROM generate_series(1, 2000) g;
    INSERT INTO track SELECT g, 1 + g % 1000, repeat('x', 60) FROM generate_series(1, 30000) g;
    ANALYZE playlist, track;
    -- workload
    DELETE FROM playlist WHERE id = (SELECT max(id) FROM playlist);
    ```
    """
    keys = [key for key in facts.snapshot.foreign_keys if not _inherited(facts, key)]
    for key in keys:
        if facts.catalog.blocks(key.table) >= LEAST_BLOCKS and not _covered(facts, key):
            pressure = _pressure(facts, key)
            if pressure.felt:
                yield _felt(facts, key, pressure)
            elif pressure.joining or facts.catalog.blocks(key.table) >= LARGE_BLOCKS:
                yield _latent(facts, key, pressure)
    facts.examined(len(keys), len(keys), "foreign keys")


def _inherited(facts: Facts, key: ForeignKey) -> bool:
    """Whether a partition has the key only because its partitioned table has it, or references a partition so."""
    root, referenced = facts.catalog.root(key.table), facts.catalog.root(key.referenced)
    if root == key.table and referenced == key.referenced:
        return False
    return any(
        other.columns == key.columns and facts.catalog.root(other.referenced) == referenced and other != key
        for other in facts.catalog.foreign_keys_of(root)
    )


def _covered(facts: Facts, key: ForeignKey) -> bool:
    """Whether the check can seek: by an index on all columns of the key, or on one that leaves few rows to filter."""
    return bool(facts.serving(key.table, key.columns)) or any(
        index.definition.keys[0].column in key.columns
        and only_says_not_null(index.definition.where, key.columns)
        and _seeks(facts, key, index)
        for index in facts.usable(key.table)
    )


def _seeks(facts: Facts, key: ForeignKey, index: Index) -> bool:
    definition = index.definition
    if definition.method == "hash":
        return len(key.columns) == 1
    lead = definition.keys[0].column
    return definition.method == "btree" and lead is not None and _selective(facts, key, lead)


def _selective(facts: Facts, key: ForeignKey, column: str) -> bool:
    found = facts.column(key.table, column)
    if found is None or found.statistics is None:
        return False
    return facts.catalog.rows(key.table) <= FEW_ROWS * distinct_values(facts, key.table, column)


def _pressure(facts: Facts, key: ForeignKey) -> _Pressure:
    parents = facts.catalog.leaves(key.referenced)
    changing = (
        statement
        for statement, use in facts.uses_of(key.referenced)
        if use.action == "delete" or (use.action == "update" and set(use.assigned) & set(key.referenced_columns))
    )
    joining = (
        statement
        for statement, use in facts.uses_of(key.table)
        if use.action != "insert" and _sought(use) & set(key.columns)
    )
    return _Pressure(
        sum(table.activity.deleted for table in parents if table.activity),
        tuple(dict.fromkeys(changing)),
        tuple(dict.fromkeys(joining)),
    )


def _sought(use: TableUse) -> set[str | None]:
    return {predicate.column for predicate in use.conjuncts} | {join.column for join in use.joins}


def _felt(facts: Facts, key: ForeignKey, pressure: _Pressure) -> Finding:
    definition = IndexDefinition(key.table, tuple(IndexKey(column) for column in key.columns))
    worst = pressure.changing[0] if pressure.changing else None
    action = _ACTIONS.get(key.on_delete, "finds none")
    return Finding(
        rule="IDX003",
        severity=Severity.WARNING,
        target=_target(key),
        summary=f"Every row deleted from {key.referenced.short} reads all {facts.catalog.blocks(key.table):,} blocks "
        f"of {key.table.short} to look for rows that point to it, and {action}.",
        evidence=(
            *_size(facts, key),
            Evidence("rows deleted", pressure.deleted, f"rows of {key.referenced.short}", "pg_stat_all_tables"),
            *(measured(worst, facts.share(worst)) if worst else ()),
        ),
        statements=tuple(statement.fingerprint for statement in pressure.changing),
        proposals=(create(facts, definition),),
    )


def _latent(facts: Facts, key: ForeignKey, pressure: _Pressure) -> Finding:
    return Finding(
        rule="IDX003",
        severity=Severity.INFO,
        target=_target(key),
        summary=f"No index leads with the foreign key from {key.table.short} to {key.referenced.short}; deleting from "
        f"{key.referenced.short} would read all {facts.catalog.blocks(key.table):,} blocks for every row.",
        evidence=_size(facts, key),
        statements=tuple(statement.fingerprint for statement in pressure.joining),
        advice=f"Index {', '.join(key.columns)} before rows of {key.referenced.short} are deleted.",
        caveats=("No deletion was seen, so that an index would pay only for what seeks by the columns.",),
    )


def _target(key: ForeignKey) -> str:
    return f"{key.table} ({', '.join(quote(column) for column in key.columns)})"


def _size(facts: Facts, key: ForeignKey) -> tuple[Evidence, ...]:
    return (
        Evidence("rows", round(facts.catalog.rows(key.table)), f"rows of {key.table.short}", CATALOG),
        Evidence("size", facts.catalog.blocks(key.table), f"blocks of {key.table.short}", CATALOG),
        Evidence("foreign key", key.name, "constraint", "pg_constraint"),
    )
