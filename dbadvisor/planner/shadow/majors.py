"""Which server plans as the source's does, and what another one plans otherwise."""

from collections.abc import Iterator

from dbadvisor.model.snapshot import Snapshot

_PLANNING = {
    14: "Memoize, and UPDATE and DELETE of partitioned tables",
    15: "parallel DISTINCT and window functions that stop early",
    16: "sorts shared by aggregates and DISTINCT, and right anti joins",
    17: "IN lists on B-trees, statistics of materialized CTEs, and IN with outer columns as joins",
    18: "skip scans, OR as an IN list, and self-joins left out",
}
"""What each version was the first to plan otherwise, by its release notes."""


def needs_icu(snapshot: Snapshot) -> bool:
    """Whether the database, a column, an index or a collation of the users' sorts by ICU."""
    if snapshot.server.locale_provider == "i":
        return True
    collations = {column.collation for table in snapshot.tables for column in table.columns}
    collations |= {key.collation for index in snapshot.indexes for key in index.definition.keys}
    if any(collation and "-x-icu" in collation for collation in collations):
        return True
    return any(each.kind == "collation" and "provider = icu" in each.sql for each in snapshot.objects)


def differences(here: int, source: int) -> Iterator[str]:
    """What a server of one major version plans otherwise than one of another."""
    older, newer = sorted((here, source))
    for major in range(older + 1, newer + 1):
        if major in _PLANNING:
            yield f"{_PLANNING[major]} ({major})"
