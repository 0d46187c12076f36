"""UPK001: the planner's figures are older than the data."""

from collections.abc import Iterator

from dbadvisor.analyzer.facts import Facts
from dbadvisor.analyzer.registry import rule
from dbadvisor.model.change import Maintenance
from dbadvisor.model.finding import Evidence, Finding, Severity
from dbadvisor.model.snapshot import Table

THRESHOLD_FACTOR = 2
"""How many times the table's own autoanalyze threshold must be passed: once is what autovacuum allows itself."""
LEAST_ROWS = 1_000
"""Rows below which any plan is quick."""
LEAST_BLOCKS = 10
"""Blocks of a never analyzed table below which it is empty or nearly so."""
_BASE, _SCALE = 50.0, 0.1
"""autovacuum_analyze_threshold and _scale_factor as PostgreSQL ships them."""


@rule("UPK001", "stale-statistics", Severity.WARNING, needs=("activity",), since="0.1")
def stale_statistics(facts: Facts) -> Iterator[Finding]:
    """The planner works with figures from before much of the table changed.

    ## Looks for

    Tables of at least 1,000 rows with more changes since the last ANALYZE than twice the threshold at which autovacuum
    would analyze them (autovacuum_analyze_threshold + autovacuum_analyze_scale_factor × rows, the table's own options
    first), and tables of at least 10 blocks that were never analyzed.

    ## Why it costs

    Row counts, most common values and histograms decide between an index and a sequential scan, a nested loop and a
    hash join. Values that came later are unknown to the planner: it expects one row where there are thousands.

    ## When to leave it

    Right after a bulk load or a restart autovacuum may be about to do it: where it is on and fewer rows changed than
    the table has, the finding is for information only. A table that only takes inserts and has not
    grown since its last ANALYZE is not stale, whatever was counted. Rows are taken from pg_class: counters that
    were reset do not hide a stale table for longer than until its next changes.

    ## Bad

    ```sql
    CREATE TABLE ledger (id int PRIMARY KEY, account int NOT NULL) WITH (autovacuum_enabled = off);
    INSERT INTO ledger SELECT g, g % 50 FROM generate_series(1, 5000) g;
    ANALYZE ledger;
    INSERT INTO ledger SELECT g, 99 FROM generate_series(5001, 20000) g;
    -- workload
    SELECT id FROM ledger WHERE account = 99;
    ```

    ## Good

    ```sql
    CREATE TABLE ledger (id int PRIMARY KEY, account int NOT NULL) WITH (autovacuum_enabled = off);
    INSERT INTO ledger SELECT g, g % 50 FROM generate_series(1, 5000) g;
    INSERT INTO ledger SELECT g, 99 FROM generate_series(5001, 20000) g;
    ANALYZE ledger;
    -- workload
    SELECT id FROM ledger WHERE account = 99;
    ```
    """
    tables = [table for table in facts.snapshot.tables if table.kind in ("r", "m")]
    seen = [table for table in tables if table.activity]
    for table in seen:
        if _never_analyzed(table) or _stale(facts, table):
            yield _finding(facts, table)
    facts.examined(len(seen), len(tables), "tables")


def _never_analyzed(table: Table) -> bool:
    """No statistics of any column although there are rows: reltuples is -1 from PostgreSQL 14 on, 0 before."""
    known = any(column.statistics for column in table.columns)
    never = table.activity is not None and table.activity.analyze_age is None
    return table.rows <= 0 and never and not known and table.size_blocks >= LEAST_BLOCKS


def _stale(facts: Facts, table: Table) -> bool:
    changed = table.activity.modified_since_analyze if table.activity else 0
    many = max(table.rows, changed) >= LEAST_ROWS and changed > THRESHOLD_FACTOR * _threshold(facts, table)
    return many and not _counted_late(table)


def _counted_late(table: Table) -> bool:
    """Whether the changes are inserts that the last ANALYZE has seen: a table that only grows would have grown.

    A session reports its inserts up to a second late, after its own ANALYZE has set the count back.
    """
    only_inserts = table.activity is not None and not (table.activity.updated or table.activity.deleted)
    return only_inserts and table.blocks is not None and table.blocks <= table.pages


def _threshold(facts: Facts, table: Table) -> float:
    """Changes at which autovacuum analyzes the table."""
    base = _option(facts, table, "autovacuum_analyze_threshold", _BASE)
    return base + _option(facts, table, "autovacuum_analyze_scale_factor", _SCALE) * max(0.0, table.rows)


def _option(facts: Facts, table: Table, name: str, default: float) -> float:
    own = next((option.partition("=")[2] for option in table.options if option.startswith(f"{name}=")), None)
    return float(own or facts.snapshot.setting(name) or default)


def _finding(facts: Facts, table: Table) -> Finding:
    never = _never_analyzed(table)
    changed = table.activity.modified_since_analyze if table.activity else 0
    off = {"autovacuum_enabled=off", "autovacuum_enabled=false"} & set(table.options)
    disabled = bool(off) or facts.snapshot.setting("autovacuum") == "off"
    return Finding(
        rule="UPK001",
        severity=Severity.WARNING if never or disabled or changed >= table.rows else Severity.INFO,
        target=str(table.name),
        summary=f"{table.name} was never analyzed: the planner knows nothing of its {table.size_blocks:,} blocks."
        if never
        else f"{changed:,} changes of {table.name} since its last ANALYZE, which counted {table.rows:,.0f} rows.",
        evidence=(
            Evidence("changed since ANALYZE", changed, "rows", "pg_stat_all_tables"),
            Evidence("rows at the last ANALYZE", round(max(0.0, table.rows)), "rows", "pg_class"),
            Evidence("autoanalyze threshold", round(_threshold(facts, table)), "rows", "pg_settings, reloptions"),
        ),
        statements=tuple(dict.fromkeys(s.fingerprint for s, _ in facts.uses_of(table.name))),
        proposals=(Maintenance("ANALYZE", str(table.name)),),
        advice="Autovacuum is off for it: turn it on again, or run ANALYZE after every load." if disabled else None,
    )
