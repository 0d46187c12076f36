"""What indexes cost the writes: an entry for every new row version, its removal, and the HOT updates that they end.

A set of indexes of a table has a cost; what one index more or less changes is the difference of two sets. So an
update that one index keeps from being HOT is not charged to the next one again, and is won back only when the last
of them goes. An update that is not HOT writes an entry into every index of the table, wherever the row meets its
predicate (measured: an update of a key, of an INCLUDE column or of a partial index's WHERE took 10,000 of 10,000 HOT
updates to 0; one that sets a column to what it was stays HOT). `entries.py` says what an entry costs.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from dbadvisor.advisor.entries import DEAD_MS, dead_wal, entry_ms, entry_wal
from dbadvisor.advisor.indexable import expression_columns
from dbadvisor.advisor.partial import held_share
from dbadvisor.model.catalog import Catalog
from dbadvisor.model.index import IndexDefinition
from dbadvisor.model.names import Name
from dbadvisor.model.snapshot import Index, Snapshot, TableActivity
from dbadvisor.sqltext.shape import QueryShape

LONG_SECONDS = 86_400.0
"""Seconds of table counters from which they tell a rate: younger ones are mostly the loading of the data."""
SUMMARIZING_SINCE = 16
"""The major version from which BRIN indexes do not stand in the way of HOT updates."""
UNSEEN_HOT = 0.5
"""Share of a table's updates that would be HOT if nothing stood in their way, where none was seen that could be:
whether pages have room is not known."""

Sizes = Callable[[IndexDefinition], int]
"""The bytes that an index would have once built; 0 where it cannot be told."""


@dataclass(frozen=True, slots=True)
class Burden:
    """What the writes of the statements' window pay for indexes."""

    ms: float = 0.0
    entries: float = 0.0
    """Entries written, into these indexes and, where updates cease to be HOT, into the table's others."""
    hot_lost: float = 0.0
    """Updates that are HOT without the indexes and not with them."""
    wal_bytes: float = 0.0
    """WAL written for the entries and their removal, full page images left out."""

    def __add__(self, other: "Burden") -> "Burden":
        return Burden(
            self.ms + other.ms,
            self.entries + other.entries,
            self.hot_lost + other.hot_lost,
            self.wal_bytes + other.wal_bytes,
        )

    def __sub__(self, other: "Burden") -> "Burden":
        return self + Burden(-other.ms, -other.entries, -other.hot_lost, -other.wal_bytes)


@dataclass(frozen=True, slots=True)
class _Update:
    rows: float
    assigned: frozenset[str]
    """Columns that it sets; empty where only the table's counters know of it."""


@dataclass(frozen=True, slots=True)
class _Writes:
    """What is written to a table within the statements' window."""

    inserted: float
    updates: tuple[_Update, ...]
    deleted: float
    hot_free: float
    """Share that is HOT of the updates in whose way no index of today stands."""
    hot_blocked: float
    """Share that is HOT of the others: those that set columns to what they were."""


@dataclass(frozen=True, slots=True)
class _Member:
    """An index of a set, as the writes see it."""

    new: bool
    touched: frozenset[str]
    """Columns whose change keeps an update from being HOT."""
    of_inserts: float
    """Share of the rows inserted that get an entry."""
    of_updates: float
    """Share of the row versions made by updates, and of those that die, that get or leave one."""
    ms: float
    """Of one entry."""
    wal: float
    dead_wal: float


class WriteCost:
    """Row versions written within the statements' window, and what an index more or less changes for them.

    Writes are counted by the statements of the workload; where the tables' own counters are older than a day and tell
    of more (triggers, COPY), by those.
    """

    def __init__(
        self,
        snapshot: Snapshot,
        catalog: Catalog,
        shapes: Mapping[str, QueryShape],
        sizes: Sizes = lambda _definition: 0,
    ) -> None:
        self._snapshot, self._catalog, self._shapes, self._sizes = snapshot, catalog, shapes, sizes
        self._tables: dict[Name, _Writes] = {}
        self._members: dict[Name, _Member] = {}
        self._today: dict[Name, Burden] = {}
        self._burdens: dict[IndexDefinition, Burden] = {}

    def burden(self, definition: IndexDefinition) -> Burden:
        """What a new index costs beside those that exist."""
        if definition not in self._burdens:
            table = definition.table
            members = [self._standing(index) for index in self._existing(table)]
            self._burdens[definition] = self._cost(table, [*members, self._imagined(definition)]) - self._now(table)
        return self._burdens[definition]

    def relief(self, going: Collection[Name]) -> Burden:
        """What dropping these existing indexes spares, all together; `hot_lost` are the updates HOT from then on."""
        spared = Burden()
        for table in {self._catalog.indexes[name].definition.table for name in going}:
            left = [self._standing(index) for index in self._existing(table) if index.name not in going]
            spared += self._now(table) - self._cost(table, left)
        return spared

    def _now(self, table: Name) -> Burden:
        if table not in self._today:
            self._today[table] = self._cost(table, [self._standing(index) for index in self._existing(table)])
        return self._today[table]

    def _existing(self, table: Name) -> Iterator[Index]:
        """The indexes that writes go to: invalid ones, too."""
        return (index for index in self._catalog.indexes_of(table) if index.ready)

    def _cost(self, table: Name, members: Sequence[_Member]) -> Burden:
        writes = self._writes(table)
        hot = [(update.rows, update.rows * _hot(writes, update, members)) for update in writes.updates]
        versions = sum(rows - unwritten for rows, unwritten in hot)
        cost = Burden(hot_lost=-sum(unwritten for _, unwritten in hot))
        for member in members:
            entries = writes.inserted * member.of_inserts + versions * member.of_updates
            dead = (writes.deleted + versions) * member.of_updates
            ms = entries * member.ms + dead * DEAD_MS
            cost += Burden(ms, entries, wal_bytes=entries * member.wal + dead * member.dead_wal)
        return cost

    def _standing(self, index: Index) -> _Member:
        if index.name not in self._members:
            rows = self._catalog.rows(index.definition.table)
            counted = index.definition.where and index.tuples > 0 and rows > 0
            share = min(1.0, index.tuples / rows) if counted else held_share(self._catalog, index.definition)
            size = index.size_blocks * self._snapshot.server.block_size
            row_bytes = size / index.tuples if index.tuples >= 1 else None
            self._members[index.name] = self._member(index.definition, share, row_bytes, new=False)
        return self._members[index.name]

    def _imagined(self, definition: IndexDefinition) -> _Member:
        share = held_share(self._catalog, definition)
        rows, size = self._catalog.rows(definition.table) * share, self._sizes(definition)
        return self._member(definition, share, size / rows if rows >= 1 and size else None, new=True)

    def _member(self, definition: IndexDefinition, share: float, row_bytes: float | None, *, new: bool) -> _Member:
        """Rows that an UPDATE lets into the index or out of it may all have been in it when they were new."""
        met = frozenset(_named(self._catalog, definition, (definition.where or "",)))
        passing = any(update.assigned & met for update in self._writes(definition.table).updates)
        wal = entry_wal(self._catalog, definition, row_bytes)
        return _Member(
            new,
            self._touched(definition),
            1.0 if passing else share,
            share,
            entry_ms(definition, wal),
            wal,
            dead_wal(self._catalog, definition, row_bytes),
        )

    def _touched(self, definition: IndexDefinition) -> frozenset[str]:
        summarizing = definition.method == "brin" and self._snapshot.server.major >= SUMMARIZING_SINCE
        return frozenset() if summarizing else columns_of(self._catalog, definition)

    def _writes(self, table: Name) -> _Writes:
        if table not in self._tables:
            self._tables[table] = self._written(table)
        return self._tables[table]

    def _written(self, table: Name) -> _Writes:
        root = self._catalog.root(table)
        part = self._catalog.rows(table) / max(1.0, self._catalog.rows(root)) if root != table else 1.0
        mine = self._by_statement.get(root, _Counted((), 0.0, 0.0))
        activity = _activity(self._catalog, table)
        updates = [_Update(update.rows * part, update.assigned) for update in mine.updates]
        more = activity.updated * self._scale - sum(update.rows for update in updates)
        if more > 0:
            updates.append(_Update(more, frozenset()))
        touched = frozenset[str]().union(*(self._touched(index.definition) for index in self._existing(table)))
        free, blocked = _hot_shares(updates, touched, activity)
        inserted = max(mine.inserted * part, activity.inserted * self._scale)
        return _Writes(
            inserted, tuple(updates), max(mine.deleted * part, activity.deleted * self._scale), free, blocked
        )

    @cached_property
    def _scale(self) -> float:
        """What turns counts of the tables' counters into counts of the statements' window."""
        window = self._snapshot.window
        long = window.statements_seconds is not None and (window.tables_seconds or 0) >= LONG_SECONDS
        return (window.statements_seconds or 0) / (window.tables_seconds or 1) if long else 0.0

    @cached_property
    def _by_statement(self) -> "dict[Name, _Counted]":
        """The rows that the workload's statements write; a call without a count is one row."""
        updates: dict[Name, list[_Update]] = defaultdict(list)
        counts: dict[tuple[Name, str], float] = defaultdict(float)
        for statement in self._snapshot.statements:
            shape = self._shapes.get(statement.fingerprint)
            for use in shape.uses if shape else ():
                table, rows = self._catalog.root(use.table), float(statement.rows or statement.calls)
                if use.assigned:
                    updates[table].append(_Update(rows, frozenset(use.assigned)))
                elif use.action in ("insert", "delete"):
                    counts[table, use.action] += rows
        tables = {*updates, *(table for table, _ in counts)}
        return {
            table: _Counted(tuple(updates[table]), counts[table, "insert"], counts[table, "delete"]) for table in tables
        }


@dataclass(frozen=True, slots=True)
class _Counted:
    updates: tuple[_Update, ...]
    inserted: float
    deleted: float


def columns_of(catalog: Catalog, definition: IndexDefinition) -> frozenset[str]:
    """Every column whose change makes an update of a row other than HOT because of this index."""
    texts = [*(key.expression or "" for key in definition.keys), definition.where or ""]
    return frozenset((*definition.columns, *definition.include, *_named(catalog, definition, texts)))


def _named(catalog: Catalog, definition: IndexDefinition, texts: Collection[str]) -> Iterator[str]:
    table = catalog.tables.get(definition.table)
    return (column for text in texts if table and text for column in expression_columns(table, text))


def _hot(writes: _Writes, update: _Update, members: Sequence[_Member]) -> float:
    """The share of the update's rows that are HOT beside these indexes: of a new one's columns every change counts."""
    touching = [member for member in members if member.touched & update.assigned]
    if any(member.new for member in touching):
        return 0.0
    return writes.hot_blocked if touching else writes.hot_free


def _hot_shares(updates: Sequence[_Update], touched: frozenset[str], activity: TableActivity) -> tuple[float, float]:
    """The share of HOT updates among those that set none of the columns, and among the others.

    What the counters saw goes to the former first; where there are none, all of them are taken for HOT.
    """
    blocked = sum(update.rows for update in updates if update.assigned & touched)
    free = sum(update.rows for update in updates) - blocked
    if not activity.updated:
        return 1.0, 0.0
    hot = activity.hot_updated / activity.updated * (free + blocked)
    of_free = min(1.0, hot / free) if free else UNSEEN_HOT
    return of_free, max(0.0, hot - free) / blocked if blocked else 0.0


def _activity(catalog: Catalog, table: Name) -> TableActivity:
    """The counters of the table with its partitions."""
    parts = [leaf.activity for leaf in catalog.leaves(table) if leaf.activity]
    return TableActivity(
        inserted=sum(part.inserted for part in parts),
        updated=sum(part.updated for part in parts),
        hot_updated=sum(part.hot_updated for part in parts),
        deleted=sum(part.deleted for part in parts),
    )
