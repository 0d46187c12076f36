"""What an index costs the writes: an entry for every new row version, and the HOT updates that it ends.

The constants come from inserting 20,000 and updating 10,000 rows of a cached table with one index more or less:
each B-tree added 1.1 to 1.7 times the time of the whole insert with its primary key (about 3 to 5 µs a row),
two touched blocks and 60 to 100 bytes of WAL; a trigram GIN ten times that WAL and some five times that time; BRIN
next to nothing. An update that changes an indexed column, or a column of a partial index's WHERE, was no longer HOT
(10,000 of 10,000 became 0), so that every index of the table got an entry and the WAL doubled.
"""

from collections.abc import Mapping
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
    """Updates that were HOT and would no longer be."""


class WriteCost:
    """Write rates of the tables, and what one index more or less changes in them."""

    def __init__(self, snapshot: Snapshot, catalog: Catalog, shapes: Mapping[str, QueryShape]) -> None:
        self._catalog = catalog
        window = snapshot.window
        both = window.statements_seconds and window.tables_seconds
        self._scale = (window.statements_seconds or 1) / (window.tables_seconds or 1) if both else 1.0
        self._updates = tuple(_updates(snapshot, catalog, shapes))

    def burden(self, definition: IndexDefinition) -> Burden:
        """What the index costs, or (for one that exists) what dropping it would save.

        Partial indexes are charged like full ones, as nothing tells how the new rows meet their predicate.
        """
        activity = self._activity(definition.table)
        others = len(self._catalog.indexes_of(definition.table))
        hot_lost = self._hot_lost(definition, activity)
        entries = (activity.inserted + activity.updated - activity.hot_updated) * self._scale + hot_lost
        entry = ENTRY_MS.get(definition.method, ENTRY_MS["gin"])
        return Burden(entries * entry + hot_lost * others * ENTRY_MS["btree"], entries, hot_lost)

    def _hot_lost(self, definition: IndexDefinition, activity: TableActivity) -> float:
        touched = columns_of(self._catalog, definition)
        rows = sum(rows for table, columns, rows in self._updates if table == definition.table and columns & touched)
        if not rows or not activity.updated:
            return rows
        return min(rows, activity.updated * self._scale) * activity.hot_updated / activity.updated

    def _activity(self, table: Name) -> TableActivity:
        """The counters of the table with its partitions."""
        parts = [leaf.activity for leaf in self._catalog.leaves(table) if leaf.activity]
        return TableActivity(
            inserted=sum(part.inserted for part in parts),
            updated=sum(part.updated for part in parts),
            hot_updated=sum(part.hot_updated for part in parts),
        )


def columns_of(catalog: Catalog, definition: IndexDefinition) -> frozenset[str]:
    """Every column whose change makes an update of a row other than HOT because of this index."""
    table = catalog.tables.get(definition.table)
    texts = [key.expression for key in definition.keys if key.expression] + [definition.where or ""]
    named = [column for text in texts if table for column in expression_columns(table, text)]
    return frozenset((*definition.columns, *definition.include, *named))


def _updates(
    snapshot: Snapshot, catalog: Catalog, shapes: Mapping[str, QueryShape]
) -> list[tuple[Name, frozenset[str], float]]:
    """(table, columns set, rows) of every UPDATE in the workload."""
    return [
        (catalog.root(use.table), frozenset(use.assigned), float(statement.rows or statement.calls))
        for statement in snapshot.statements
        if statement.fingerprint in shapes
        for use in shapes[statement.fingerprint].uses
        if use.assigned
    ]
