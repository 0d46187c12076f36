"""What an index costs the writes: an entry for every new row version, and the HOT updates that it ends.

The constants come from inserting 20,000 and updating 10,000 rows of a cached table with one index more or less:
each B-tree added 1.1 to 1.7 times the time of the whole insert with its primary key (about 3 to 5 µs a row),
two touched blocks and 60 to 100 bytes of WAL; a trigram GIN ten times that WAL and some five times that time; BRIN
next to nothing. An update that changes an indexed column, or a column of a partial index's WHERE, was no longer HOT
(10,000 of 10,000 became 0), so that every index of the table got an entry and the WAL doubled.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from dbadvisor.advisor.indexable import expression_columns
from dbadvisor.model.catalog import Catalog
from dbadvisor.model.index import IndexDefinition
from dbadvisor.model.names import Name
from dbadvisor.model.snapshot import Snapshot, TableActivity
from dbadvisor.sqltext.shape import QueryShape

ENTRY_MS = {"btree": 0.005, "hash": 0.005, "gin": 0.03, "gist": 0.02, "spgist": 0.02, "brin": 0.0005}
"""Milliseconds for one entry of an index, by access method."""


@dataclass(frozen=True, slots=True)
class Burden:
    """What the writes of the statements' window would pay for an index."""

    ms: float
    entries: float
    """Entries written: one for each row inserted and each update that is not HOT."""
    hot_lost: float
    """Updates that are HOT without the index and not with it."""


LONG_SECONDS = 86_400.0
"""Seconds of table counters from which they tell a rate: younger ones are mostly the loading of the data."""


class WriteCost:
    """Row versions written within the statements' window, and what one index more or less changes for them."""

    def __init__(self, snapshot: Snapshot, catalog: Catalog, shapes: Mapping[str, QueryShape]) -> None:
        self._catalog = catalog
        window = snapshot.window
        long = window.statements_seconds is not None and (window.tables_seconds or 0) >= LONG_SECONDS
        self._scale = (window.statements_seconds or 0) / (window.tables_seconds or 1) if long else 0.0
        self._writes = tuple(_writes(snapshot, catalog, shapes))

    def burden(self, definition: IndexDefinition) -> Burden:
        """What a new index costs: its own entries, and every index's for updates that were HOT until now.

        Writes are counted by the statements of the workload; where the tables' own counters are older than a day
        and tell of more (triggers, COPY), by those. Partial indexes are charged like full ones, as nothing
        tells how the new rows meet their predicate.
        """
        versions, changes, hot_share = self._written(definition)
        hot_lost = changes * (1.0 if hot_share is None else hot_share)
        return self._priced(definition, versions + hot_lost, hot_lost)

    def relief(self, definition: IndexDefinition) -> Burden:
        """What dropping an existing index spares: its own entries, and every index's for updates HOT from then on."""
        versions, changes, hot_share = self._written(definition)
        return self._priced(definition, versions, changes * (1 - (hot_share or 0.0)))

    def _written(self, definition: IndexDefinition) -> tuple[float, float, float | None]:
        """Row versions that get an entry in every index, rows in which an UPDATE sets a column of this one, and the
        share of the table's updates that are HOT (None where nothing was counted).
        """
        activity = self._activity(definition.table)
        touched = columns_of(self._catalog, definition)
        mine = [write for write in self._writes if write.table == definition.table]
        inserted = sum(write.rows for write in mine if not write.assigned)
        updated = sum(write.rows for write in mine if write.assigned)
        changes = sum(write.rows for write in mine if write.assigned & touched)
        inserted = max(inserted, activity.inserted * self._scale)
        updated = max(updated, activity.updated * self._scale)
        hot_share = activity.hot_updated / activity.updated if activity.updated else None
        return inserted + updated * (1 - (1.0 if hot_share is None else hot_share)), changes, hot_share

    def _priced(self, definition: IndexDefinition, entries: float, hot: float) -> Burden:
        others = len(self._catalog.indexes_of(definition.table)) * ENTRY_MS["btree"]
        return Burden(entries * ENTRY_MS.get(definition.method, ENTRY_MS["gin"]) + hot * others, entries, hot)

    def _activity(self, table: Name) -> TableActivity:
        """The counters of the table with its partitions."""
        parts = [leaf.activity for leaf in self._catalog.leaves(table) if leaf.activity]
        return TableActivity(
            inserted=sum(part.inserted for part in parts),
            updated=sum(part.updated for part in parts),
            hot_updated=sum(part.hot_updated for part in parts),
        )


@dataclass(frozen=True, slots=True)
class _Write:
    table: Name
    rows: float
    assigned: frozenset[str]
    """Columns that an UPDATE sets; empty for an INSERT."""


def columns_of(catalog: Catalog, definition: IndexDefinition) -> frozenset[str]:
    """Every column whose change makes an update of a row other than HOT because of this index."""
    table = catalog.tables.get(definition.table)
    texts = [key.expression for key in definition.keys if key.expression] + [definition.where or ""]
    named = [column for text in texts if table for column in expression_columns(table, text)]
    return frozenset((*definition.columns, *definition.include, *named))


def _writes(snapshot: Snapshot, catalog: Catalog, shapes: Mapping[str, QueryShape]) -> Iterator[_Write]:
    """Every INSERT and UPDATE of the workload with the rows it wrote; a call without a count is one row."""
    for statement in snapshot.statements:
        for use in shapes[statement.fingerprint].uses if statement.fingerprint in shapes else ():
            if use.action == "insert" or use.assigned:
                rows = float(statement.rows or statement.calls)
                yield _Write(catalog.root(use.table), rows, frozenset(use.assigned))
