"""UPK002: ANALYZE saw too few rows to count a column's values."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from dbadvisor.analyzer.facts import Facts
from dbadvisor.analyzer.reading import (
    CATALOG,
    COUNTERS,
    PLAN,
    STATISTICS,
    counted,
    leading_index,
    measured,
    reads_whole,
    visits,
    weighty,
)
from dbadvisor.analyzer.registry import rule
from dbadvisor.model.change import AlterTable, Maintenance
from dbadvisor.model.finding import Evidence, Finding, Severity
from dbadvisor.model.names import Name, quote
from dbadvisor.model.plan import Node, Plan
from dbadvisor.model.snapshot import Column, ColumnStatistics, Table
from dbadvisor.model.workload import Statement
from dbadvisor.sqltext.shape import Op, TableUse

ROWS_PER_TARGET = 300
"""Rows that ANALYZE samples for each unit of the statistics target (std_typanalyze in analyze.c, after Chaudhuri)."""
THIN_SHARE = 0.01
"""Share of the rows that the sample may be at most to count as thin: repeated values then seldom meet in it."""
WANTED_SHARE = 0.1
"""Share of the rows that the new target should sample: enough for values of ten rows to appear more than once."""
LEAST_TARGET, MOST_TARGET = 100, 10_000
"""PostgreSQL's default statistics target and its upper limit."""
ROWS_PER_VALUE = 100
"""Rows expected for a value from which a scan can look better than the index."""
MISJUDGED = 10
"""How many times the rows measured must be below those expected."""
LEAST_BLOCKS = 1_000
"""Blocks (8 MB) of a table below which the wrong plan is cheap as well."""


@dataclass(frozen=True, slots=True)
class _Misjudged:
    statement: Statement
    table: Table
    column: Column
    statistics: ColumnStatistics
    expected: float


@rule("UPK002", "thin-statistics-sample", Severity.WARNING, needs=("statements", "plans", "statistics"), since="0.1")
def thin_statistics_sample(facts: Facts) -> Iterator[Finding]:
    """A column's number of values was estimated from a tiny sample, and a plan suffers from it.

    ## Looks for

    Columns that lead an index of a table of at least 1,000 blocks, whose values were counted in a sample (300 rows
    times the statistics target) of at most 1 % of the rows, and which a statement seeks with = or joins by. The error
    must have consequences: the plan reads the whole table (or the whole index in order) although it could seek, it
    expects at least 100 rows a value and ten times the rows that calls return, and the blocks measured say that the
    table was read.

    ## Why it costs

    In a small sample the frequent values crowd out the rare ones: a thousand rare values look like a handful. Each is
    then expected to have many rows, an index scan looks dear, and the planner reads the table instead.

    ## When to leave it

    When the column really has few values. A larger target makes ANALYZE read more and planning a little slower.

    ## Bad

    ```sql
    CREATE TABLE state (grp int NOT NULL, body text NOT NULL) WITH (autovacuum_enabled = off);
    INSERT INTO state SELECT CASE WHEN g % 3 > 0 THEN g % 20 ELSE 1000 + g / 30 END, repeat('x', 100)
    FROM generate_series(1, 90000) g;
    CREATE INDEX state_grp_idx ON state (grp);
    CREATE TABLE wanted (grp int NOT NULL);
    INSERT INTO wanted SELECT 1000 + g FROM generate_series(1, 60) g;
    ALTER TABLE state ALTER COLUMN grp SET STATISTICS 1;
    ALTER TABLE state ALTER COLUMN body SET STATISTICS 1;
    ANALYZE state, wanted;
    -- workload
    SELECT s.grp, s.body FROM state s WHERE s.grp IN (SELECT w.grp FROM wanted w);
    ```

    ## Good

    ```sql
    CREATE TABLE state (grp int NOT NULL, body text NOT NULL) WITH (autovacuum_enabled = off);
    INSERT INTO state SELECT CASE WHEN g % 3 > 0 THEN g % 20 ELSE 1000 + g / 30 END, repeat('x', 100)
    FROM generate_series(1, 90000) g;
    CREATE INDEX state_grp_idx ON state (grp);
    CREATE TABLE wanted (grp int NOT NULL);
    INSERT INTO wanted SELECT 1000 + g FROM generate_series(1, 60) g;
    ANALYZE state, wanted;
    -- workload
    SELECT s.grp, s.body FROM state s WHERE s.grp IN (SELECT w.grp FROM wanted w);
    ```
    """
    worst: dict[tuple[Name, str], list[_Misjudged]] = {}
    for statement in facts.statements:
        if counted(statement) and weighty(statement, facts.share(statement)):
            for found in _in_statement(facts, statement):
                worst.setdefault((found.table.name, found.column.name), []).append(found)
    for misjudged in worst.values():
        yield _finding(facts, misjudged)
    facts.examined(len(facts.shapes), len(facts.statements), "statements")


def _in_statement(facts: Facts, statement: Statement) -> Iterator[_Misjudged]:
    shape = facts.shapes.get(statement.fingerprint)
    for use in shape.uses if shape else ():
        table = facts.catalog.tables.get(use.table)
        if table is None or table.size_blocks < LEAST_BLOCKS or not reads_whole(statement, table.size_blocks):
            continue
        for name in _sought(use):
            column = table.column(name)
            if column and column.statistics and _thin(facts, table, column.statistics, column):
                expected = _expected(facts, statement, table)
                per_value = table.rows / max(1.0, column.statistics.n_distinct)
                wrong = expected >= MISJUDGED * max(1.0, statement.rows_per_call)
                if wrong and per_value >= ROWS_PER_VALUE and leading_index(facts, table.name, name):
                    yield _Misjudged(statement, table, column, column.statistics, expected)


def _sought(use: TableUse) -> tuple[str, ...]:
    """Columns that the statement seeks by equality or joins by."""
    equal = (p.column for p in use.conjuncts if p.op in (Op.EQ, Op.IN))
    joined = (key.column for key in use.joins if key.operator == "=")
    return tuple(dict.fromkeys(column for column in (*equal, *joined) if column))


def _thin(facts: Facts, table: Table, statistics: ColumnStatistics, column: Column) -> bool:
    own = any(option.startswith("n_distinct=") for option in column.options)
    sampled = _sample(facts, statistics, column)
    return not own and statistics.n_distinct > 0 and 0 < sampled <= THIN_SHARE * table.rows


def _sample(facts: Facts, statistics: ColumnStatistics, column: Column) -> int:
    """Rows that ANALYZE sampled at least for this column: the histogram tells the target that it ran with.

    The target set now may not be the one of the last ANALYZE, which a session can run with its own.
    """
    target = column.statistics_target if column.statistics_target and column.statistics_target > 0 else None
    target = target or int(facts.snapshot.setting("default_statistics_target") or 100)
    bounds = statistics.histogram_bounds
    return ROWS_PER_TARGET * (min(target, len(bounds) - 1) if bounds else target)


def _expected(facts: Facts, statement: Statement, table: Table) -> float:
    """Rows that the plan expects from reading the table whole or the join on top of it; 0 where it seeks."""
    return max((_from_scan(sampled.plan, table) for sampled in facts.plans(statement.fingerprint)), default=0.0)


def _from_scan(plan: Plan, table: Table) -> float:
    for visit in visits(plan):
        if visit.whole and visit.node.relation == table.name and not _collapses(visit.above):
            joins = [node.plan_rows for node in visit.above if node.join_type]
            return joins[-1] if joins else visit.rows if visit.node.filter else 0.0
    return 0.0


def _collapses(above: tuple[Node, ...]) -> bool:
    """Whether few rows come out whatever went in, so that the rows returned say nothing of the estimate."""
    return any(node.type in ("Aggregate", "Group", "Limit") for node in above)


def _finding(facts: Facts, misjudged: list[_Misjudged]) -> Finding:
    worst = misjudged[0]
    table, column = worst.table, worst.column
    sampled = _sample(facts, worst.statistics, column)
    wanted = WANTED_SHARE * table.rows / ROWS_PER_TARGET
    target = min(MOST_TARGET, LEAST_TARGET * math.ceil(wanted / LEAST_TARGET))  # a round number
    before = column.statistics_target if column.statistics_target is not None else -1
    alter = f"ALTER COLUMN {quote(column.name)} SET STATISTICS"
    return Finding(
        rule="UPK002",
        severity=Severity.WARNING,
        target=f"{table.name}.{quote(column.name)}",
        summary=f"ANALYZE counted the values of {table.name}.{column.name} in {sampled:,} of {table.rows:,.0f} rows "
        f"and found {worst.statistics.n_distinct:,.0f}; a plan reads the whole table, expecting "
        f"{worst.expected:,.0f} rows where {worst.statement.rows_per_call:,.0f} come.",
        evidence=(
            *measured(worst.statement, facts.share(worst.statement)),
            Evidence("sample", sampled, "rows", STATISTICS),
            Evidence("table rows", round(table.rows), "rows", CATALOG),
            Evidence("values estimated", round(worst.statistics.n_distinct), "values", STATISTICS),
            Evidence("rows expected", round(worst.expected), "rows", PLAN),
            Evidence("rows returned", round(worst.statement.rows_per_call, 1), "rows/call", COUNTERS),
        ),
        statements=tuple(dict.fromkeys(one.statement.fingerprint for one in misjudged)),
        proposals=(
            AlterTable(table.name, f"{alter} {target}", f"{alter} {before}"),
            Maintenance("ANALYZE", str(table.name)),
        ),
        caveats=("ANALYZE will read more pages and keep longer lists for this column.",),
    )
