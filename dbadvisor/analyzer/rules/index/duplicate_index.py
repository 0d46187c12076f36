"""IDX004: an index that says exactly what another one says."""

from collections.abc import Iterator

from dbadvisor.analyzer.facts import Facts
from dbadvisor.analyzer.reading import CATALOG
from dbadvisor.analyzer.registry import rule
from dbadvisor.analyzer.twins import blocks, duplicates, scans
from dbadvisor.analyzer.wants import drop
from dbadvisor.model.finding import Evidence, Finding, Severity


@rule("IDX004", "duplicate-index", Severity.WARNING, needs=(), since="0.1")
def duplicate_index(facts: Facts) -> Iterator[Finding]:
    """An index with exactly the definition of another one.

    ## Looks for

    Usable indexes of one table with the same method, keys in the same order and direction, operator classes,
    collations, INCLUDE columns and predicate. A plain index also duplicates a unique one. Of each group one stays:
    what a constraint hangs on, then what replication or clustering needs, then a unique one, then the most scanned.
    A unique index that a foreign key may hang on is left alone.

    ## Why it costs

    Both are kept up to date at every insert and non-HOT update, both take disk and cache, and the planner looks at
    both; only one can serve a scan.

    ## When to leave it

    While a new index is being brought in to take the place of a bloated one.

    ## Bad

    ```sql
    CREATE TABLE voucher (id int PRIMARY KEY, code text NOT NULL UNIQUE);
    CREATE INDEX voucher_code_idx ON voucher (code);
    INSERT INTO voucher SELECT g, 'V' || g FROM generate_series(1, 5000) g;
    ANALYZE voucher;
    -- workload
    SELECT id FROM voucher WHERE code = 'V77';
    ```

    ## Good

    ```sql
    CREATE TABLE voucher (id int PRIMARY KEY, code text NOT NULL UNIQUE);
    INSERT INTO voucher SELECT g, 'V' || g FROM generate_series(1, 5000) g;
    ANALYZE voucher;
    -- workload
    SELECT id FROM voucher WHERE code = 'V77';
    ```
    """
    for index, stays in duplicates(facts):
        yield Finding(
            rule="IDX004",
            severity=Severity.WARNING,
            target=str(index.name),
            summary=f"{index.name.short} says exactly what {stays.name.short} says; only one of them can serve a scan.",
            evidence=(
                Evidence("size", blocks(facts, index), "blocks", CATALOG),
                Evidence("scans", scans(facts, index), "scans", "pg_stat_all_indexes"),
                Evidence("scans of the other", scans(facts, stays), "scans", "pg_stat_all_indexes"),
            ),
            proposals=(drop(facts, index),),
        )
    facts.examined(len(facts.snapshot.indexes), len(facts.snapshot.indexes), "indexes")
