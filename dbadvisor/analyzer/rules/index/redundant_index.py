"""IDX005: an index whose keys another index begins with."""

from collections.abc import Iterator

from dbadvisor.analyzer.facts import Facts
from dbadvisor.analyzer.reading import CATALOG
from dbadvisor.analyzer.registry import rule
from dbadvisor.analyzer.twins import blocks, redundant, scans
from dbadvisor.analyzer.wants import drop
from dbadvisor.model.finding import Evidence, Finding, Severity


@rule("IDX005", "redundant-index", Severity.INFO, needs=(), since="0.1")
def redundant_index(facts: Facts) -> Iterator[Finding]:
    """An index whose keys another index begins with.

    ## Looks for

    Usable btree indexes without uniqueness, constraint, replica identity or clustering whose keys (with operator class
    and collation, in the same direction or all reversed) are the first keys of another usable btree of the same table
    with the same predicate, and whose INCLUDE columns the other carries too; and hash indexes on a btree's first key.
    Of a chain only the widest stays.

    ## Why it costs

    What the narrow one finds, the wide one finds too. Meanwhile the narrow one is written at every insert and non-HOT
    update, and takes disk and cache.

    ## When to leave it

    When the wide one is much larger: an index-only scan of the narrow one may read a fraction of the blocks. So this is
    a candidate only: it is proposed when the planner, asked for every statement of the workload without the index,
    finds none dearer.

    ## Bad

    ```sql
    CREATE TABLE lease (id int PRIMARY KEY, flat int NOT NULL, starts date NOT NULL);
    CREATE INDEX lease_flat_idx ON lease (flat);
    CREATE INDEX lease_flat_starts_idx ON lease (flat, starts);
    INSERT INTO lease SELECT g, g % 500, date '2024-01-01' + g % 365 FROM generate_series(1, 5000) g;
    ANALYZE lease;
    -- workload
    SELECT id FROM lease WHERE flat = 77;
    ```

    ## Good

    ```sql
    CREATE TABLE lease (id int PRIMARY KEY, flat int NOT NULL, starts date NOT NULL);
    CREATE INDEX lease_flat_starts_idx ON lease (flat, starts);
    INSERT INTO lease SELECT g, g % 500, date '2024-01-01' + g % 365 FROM generate_series(1, 5000) g;
    ANALYZE lease;
    -- workload
    SELECT id FROM lease WHERE flat = 77;
    ```
    """
    for index, wider in redundant(facts):
        yield Finding(
            rule="IDX005",
            severity=Severity.INFO,
            target=str(index.name),
            summary=f"{wider.name.short} begins with the keys of {index.name.short} and can do its work.",
            evidence=(
                Evidence("size", blocks(facts, index), "blocks", CATALOG),
                Evidence("size of the wider one", blocks(facts, wider), "blocks", CATALOG),
                Evidence("scans", scans(facts, index), "scans", "pg_stat_all_indexes"),
            ),
            proposals=(drop(facts, index),),
            caveats=("Statements outside the seen workload may be better off with the narrower index.",),
        )
    facts.examined(len(facts.snapshot.indexes), len(facts.snapshot.indexes), "indexes")
