"""IDX008: an index that nobody needs makes updates dearer than they had to be."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from dbadvisor.analyzer.facts import Facts
from dbadvisor.analyzer.registry import rule
from dbadvisor.analyzer.twins import covers_foreign_key, duplicates, planned_with, redundant, scans
from dbadvisor.analyzer.wants import drop
from dbadvisor.model.change import AlterTable, Change
from dbadvisor.model.finding import Evidence, Finding, Severity
from dbadvisor.model.names import Name
from dbadvisor.model.snapshot import Index, Table, TableActivity
from dbadvisor.model.workload import Statement
from dbadvisor.sqltext.shape import TableUse

MANY_UPDATES = 10_000
"""Updates since the counters were reset from which their cost is worth a word."""
UPDATED_SHARE = 0.5
"""Share of the rows updated from which it is worth a word on small tables too."""
LEAST_UPDATES = 1_000
"""Updates below which the share of heap-only ones is chance."""
HOT_SHARE = 0.5
"""Share of heap-only updates below which something stands in their way."""
FILLFACTOR = 85
"""Room left on every heap page for the next version of its rows; heap-only updates need it on the same page."""
SUMMARIZING_SINCE = 16
"""The major version from which BRIN indexes do not stand in the way of heap-only updates."""


@dataclass(frozen=True, slots=True)
class _Update:
    statement: Statement
    use: TableUse


@rule("IDX008", "hot-blocking-index", Severity.WARNING, needs=("activity", "statements"), since="0.1")
def hot_blocking_index(facts: Facts) -> Iterator[Finding]:
    """An unread index on a column that updates assign, so that no update can be heap-only.

    ## Looks for

    Tables with at least 10,000 updates, or at least half their rows (and 1,000) updated, of which fewer than half were
    heap-only (HOT), where dropping indexes that nothing reads would let UPDATE statements of the workload be so. An
    index is taken for unread when it has no scan, no plan uses it, no statement has a condition, join, order or group
    on its columns, and no constraint, uniqueness or foreign key hangs on it. BRIN indexes don't count from PostgreSQL
    16 on.

    ## Why it costs

    An update that changes an indexed column writes a new entry into every index of the table, not just into that one,
    with their WAL, and leaves dead entries for vacuum everywhere. A heap-only update touches one heap page.

    ## When to leave it

    When a statement that did not run within the counters' window needs the index. The harm, though, has been measured.

    ## Bad

    ```sql
    CREATE TABLE device (id int PRIMARY KEY, name text NOT NULL, seen_at int NOT NULL) WITH (fillfactor = 80);
    INSERT INTO device SELECT g, 'device ' || g, 0 FROM generate_series(1, 3000) g;
    CREATE INDEX device_seen_at_idx ON device (seen_at);
    ANALYZE device;
    -- workload
    UPDATE device SET seen_at = seen_at + 1 WHERE id BETWEEN 1 AND 1000;
    ```

    ## Good

    ```sql
    CREATE TABLE device (id int PRIMARY KEY, name text NOT NULL, seen_at int NOT NULL) WITH (fillfactor = 80);
    INSERT INTO device SELECT g, 'device ' || g, 0 FROM generate_series(1, 3000) g;
    ANALYZE device;
    -- workload
    UPDATE device SET seen_at = seen_at + 1 WHERE id BETWEEN 1 AND 1000;
    ```
    """
    named = {index.name for index, _ in (*duplicates(facts), *redundant(facts))}
    looked = [table for table in facts.snapshot.tables if table.activity and table.kind == "r"]
    for table in looked:
        if table.activity and _troubled(table, table.activity):
            found = _blocking(facts, table, named)
            if found:
                yield _finding(facts, table, table.activity, *found)
    facts.examined(len(looked), len(looked), "tables")


def _troubled(table: Table, activity: TableActivity) -> bool:
    many = activity.updated >= MANY_UPDATES or (
        activity.updated >= LEAST_UPDATES and activity.updated >= UPDATED_SHARE * max(table.rows, 0.0)
    )
    return many and activity.hot_updated < HOT_SHARE * activity.updated


def _blocking(facts: Facts, table: Table, named: set[Name]) -> tuple[tuple[Index, ...], tuple[_Update, ...]] | None:
    """The unread indexes that must all go, and the updates that would then be heap-only; None where none would."""
    indexes = [index for index in facts.catalog.indexes_of(table.name) if _stands_in_the_way(facts, index)]
    unread = {index.name for index in indexes if index.name not in named and _unread(facts, index)}
    updates = [
        _Update(statement, use)
        for statement, use in facts.uses_of(table.name)
        if use.assigned and use.action in ("update", "insert")
    ]
    freed: list[_Update] = []
    blocking: dict[Name, Index] = {}
    for update in updates:
        touched = [index for index in indexes if set(update.use.assigned) & _columns(table, index)]
        if touched and all(index.name in unread for index in touched):
            freed.append(update)
            blocking |= {index.name: index for index in touched}
    return (tuple(blocking.values()), tuple(freed)) if freed else None


def _stands_in_the_way(facts: Facts, index: Index) -> bool:
    return not (index.definition.method == "brin" and facts.snapshot.server.major >= SUMMARIZING_SINCE)


def _unread(facts: Facts, index: Index) -> bool:
    sought = {column for _, use in facts.uses_of(index.definition.table) for column in _sought(use)}
    return (
        index.droppable
        and scans(facts, index) == 0
        and not planned_with(facts, index)
        and not covers_foreign_key(facts, index)
        and not sought & set(index.definition.columns)
    )


def _sought(use: TableUse) -> Iterator[str]:
    """Columns by which the use seeks, joins, sorts or groups, bare or within expressions."""
    for predicate in use.predicates:
        yield from predicate.columns
    places = [(key.column, key.expression) for key in use.joins]
    places += [(key.column, key.expression) for key in (*use.sort, *use.group)]
    for column, expression in places:
        yield from (column,) if column else re.findall(r"\w+", expression or "")


def _columns(table: Table, index: Index) -> set[str]:
    """All columns whose change the index must follow: keys, INCLUDE, and those of expressions and the predicate."""
    definition = index.definition
    texts = " ".join([*(key.expression or "" for key in definition.keys), definition.where or ""])
    words = set(re.findall(r"\w+", texts))
    return {*definition.columns, *definition.include, *(c.name for c in table.columns if c.name in words)}


def _finding(
    facts: Facts, table: Table, activity: TableActivity, indexes: tuple[Index, ...], updates: tuple[_Update, ...]
) -> Finding:
    changes: list[Change] = [drop(facts, index) for index in indexes]
    if not any(option.startswith("fillfactor=") for option in table.options):
        changes.append(AlterTable(table.name, f"SET (fillfactor={FILLFACTOR})", "RESET (fillfactor)"))
    names = ", ".join(index.name.short for index in indexes)
    hot = activity.hot_updated / activity.updated
    return Finding(
        rule="IDX008",
        severity=Severity.WARNING,
        target=str(table.name),
        summary=f"Only {hot:.0%} of {activity.updated:,} updates of {table.name.short} were heap-only: they assign "
        f"columns of {names}, which nothing reads.",
        evidence=(
            Evidence("updates", activity.updated, "rows", "pg_stat_all_tables"),
            Evidence("heap-only updates", round(100 * hot, 1), "%", "pg_stat_all_tables"),
            Evidence("scans of the indexes", 0, "scans", "pg_stat_all_indexes"),
            Evidence("size of the indexes", sum(index.size_blocks for index in indexes), "blocks", "pg_class"),
            Evidence("table rows", round(max(table.rows, 0.0)), "rows", "pg_class"),
        ),
        statements=tuple(dict.fromkeys(update.statement.fingerprint for update in updates)),
        proposals=tuple(changes),
        caveats=(
            "That nothing reads them is known only for the time since the counters were reset.",
            "The fill factor holds for pages written from now on; older ones take it up when the table is rewritten.",
        ),
    )
