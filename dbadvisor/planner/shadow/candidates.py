"""Imagined indexes: each is created once, on two seed rows, made to look its full size, and left invalid.

The planner passes over invalid indexes; a transaction that asks about some of them marks those valid for itself.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import psycopg
from psycopg import Connection

from dbadvisor.model.index import IndexDefinition
from dbadvisor.model.names import Name
from dbadvisor.model.snapshot import Table
from dbadvisor.model.text import server_words
from dbadvisor.model.whatif import PlannerRefused
from dbadvisor.planner.shadow import expressions, statistics
from dbadvisor.planner.shadow.combinations import combinations, combined
from dbadvisor.planner.shadow.ddl import Types
from dbadvisor.planner.shadow.fence import OURS, Watchdog
from dbadvisor.planner.shadow.images import IndexColumn, IndexFacts, imagined
from dbadvisor.planner.shadow.inventory import Built, Inventory, rows_now
from dbadvisor.planner.shadow.pages import BLOCK
from dbadvisor.planner.shadow.storage import Extent, Relation, Storage

_TRIGRAM_CLASSES = ("gin_trgm_ops", "gist_trgm_ops")

_WIDE_TYPES = ("text", "character varying", "bytea", "jsonb")

T = TypeVar("T")

RowsOf = Callable[[Name, str], float]
"""The planner's estimate of how many rows of a table satisfy a predicate."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An imagined index: the OIDs that switch it (one, or one a partition) and its size."""

    oids: tuple[int, ...]
    bytes: int


class Candidates:
    """Creates imagined indexes and remembers them."""

    def __init__(
        self,
        admin: Connection,
        owner: Connection,
        storage: Storage,
        inventory: Inventory,
        types: Types,
        rows_of: RowsOf,
        watchdog: Watchdog,
    ) -> None:
        self._admin = admin
        self._owner = owner
        self._storage = storage
        self._inventory = inventory
        self._types = types
        self._rows_of = rows_of
        self._watchdog = watchdog
        self._known: dict[IndexDefinition, Candidate | str] = {}
        self._newest = self._newest_oid()
        self._adopted = False
        self._small: list[Relation] = []
        self._trigrams = any(extension.name == "pg_trgm" for extension in inventory.catalog.snapshot.extensions)

    def get(self, definitions: Iterable[IndexDefinition]) -> list[Candidate]:
        """The candidates of the definitions, made where they are new. Raises PlannerRefused."""
        wanted = list(definitions)
        new = [definition for definition in wanted if definition not in self._known]
        if new:
            self._create(new)
        found = []
        for definition in wanted:
            candidate = self._known[definition]
            if isinstance(candidate, str):
                raise PlannerRefused(definition, candidate)
            found.append(candidate)
        return found

    def drop(self) -> bool:
        """Removes every imagined index; False where that would take a partition's real index along."""
        if self._adopted:
            return False
        oids = [oid for each in self._known.values() if isinstance(each, Candidate) for oid in each.oids]
        names = self._admin.execute(
            "SELECT format('%%I.%%I', n.nspname, c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace"
            " WHERE c.oid = ANY (%s::oid[]) AND NOT relispartition",
            (oids,),
        ).fetchall()
        if names:
            self._owner.execute(f"DROP INDEX {', '.join(name for (name,) in names)}")
            self._admin.execute("CHECKPOINT")
        self._storage.remove_small(self._small)
        self._known.clear()
        self._small.clear()
        return True

    def _create(self, definitions: Sequence[IndexDefinition]) -> None:
        """Around it the tables are small, so that CREATE INDEX reads two rows instead of gigabytes of holes."""
        leaves = {leaf.name: leaf for each in definitions for leaf in self._inventory.catalog.leaves(each.table)}
        oids = [self._inventory.tables[name] for name in leaves if name in self._inventory.tables]
        heaps = list(self._storage.relations(oids).values())
        self._storage.use_small(heaps)
        made: dict[IndexDefinition, list[int]] = {}
        try:
            for definition in definitions:
                try:
                    made[definition] = self._create_one(definition)
                except PlannerRefused as refusal:
                    self._known[definition] = refusal.reason
                except psycopg.Error as error:
                    if self._owner.broken:
                        raise
                    self._known[definition] = server_words(error)
        finally:
            self._storage.use_large([table_extent(self._inventory.by_oid[heap.oid], heap) for heap in heaps])
        self._adopt(made)

    def _create_one(self, definition: IndexDefinition) -> list[int]:
        """Makes the index as its owner, never unique (seed rows prove nothing); its OIDs, without adopted old ones."""
        self._refuse_too_wide(definition)
        if any((key.opclass or "").rpartition(".")[2] in _TRIGRAM_CLASSES for key in definition.keys):
            self._need_trigrams()
        plain = replace(definition, unique=False, nulls_not_distinct=False)
        name = self._free_name(definition)
        with self._watchdog.watch(self._owner):
            self._owner.execute(plain.create_sql(name.name), binary=True)  # so that it can be one statement only
        row = self._admin.execute("SELECT to_regclass(%s)::oid::int8", (str(name),)).fetchone()
        assert row
        family = self._inventory.descendants(row[0])
        oids = [oid for oid in family if oid > self._newest]
        self._adopted |= len(oids) < len(family)
        self._admin.execute(
            "UPDATE pg_index SET indisvalid = false, indisunique = %s WHERE indexrelid = ANY (%s::oid[])",
            (definition.unique, oids),
        )
        self._newest = self._newest_oid()
        return oids

    def _newest_oid(self) -> int:
        """Numbers go up as objects are made, so those above are of what is made from now on."""
        (oid,) = self._admin.execute("SELECT max(oid::int8) FROM pg_class").fetchone() or (0,)
        return int(oid)

    def _refuse_too_wide(self, definition: IndexDefinition) -> None:
        """ANALYZE keeps no value over 1 kB, so a column of which it kept none is too wide for a B-tree's 2.7 kB."""
        table = self._inventory.catalog.tables.get(definition.table)
        if table is None or definition.method != "btree":
            return
        for name in definition.columns:
            column = table.column(name)
            known = column.statistics if column and column.base_type in _WIDE_TYPES else None
            if known and known.null_frac < 1 and not (known.most_common_vals or known.histogram_bounds):
                raise PlannerRefused(definition, f"values of {name} are longer than a B-tree holds")

    def _need_trigrams(self) -> None:
        """An index may be proposed together with its extension; kept out of the users' schemas."""
        if not self._trigrams:
            self._admin.execute(f"CREATE EXTENSION IF NOT EXISTS pg_trgm SCHEMA {OURS}")
            self._trigrams = True

    def _free_name(self, definition: IndexDefinition) -> Name:
        name = Name(definition.table.schema, definition.default_name)
        taken = self._admin.execute("SELECT to_regclass(%s) IS NOT NULL", (str(name),)).fetchone()
        return replace(name, name=f"{name.name[:60]}_2") if taken and taken[0] else name

    def _adopt(self, made: Mapping[IndexDefinition, Sequence[int]]) -> None:
        """Gives the new indexes their sizes, and their expressions statistics."""
        relations = self._storage.relations([oid for oids in made.values() for oid in oids])
        all_built = self._inventory.built(list(relations))
        extents: list[Extent] = []
        for definition, oids in made.items():
            mine = [self._extent(definition, all_built[oid], relations[oid]) for oid in oids if oid in all_built]
            self._known[definition] = Candidate(tuple(sorted(oids)), sum(extent.blocks for extent in mine) * BLOCK)
            extents += mine
        self._storage.write_large(extents)
        self._storage.use_large(extents)
        self._small += [extent.relation for extent in extents]

    def _extent(self, definition: IndexDefinition, built: Built, relation: Relation) -> Extent:
        facts = self._facts(definition, self._with_made_up(built))
        image = imagined(facts, self._storage.small_file(relation))
        return Extent(relation, image.blocks, image.blocks, facts.rows, head=image.head)

    def _facts(self, definition: IndexDefinition, built: Built) -> IndexFacts:
        table_rows = self._rows(built.table)
        rows = self._rows_of(built.table.name, definition.where) if definition.where else table_rows
        columns = self._let_in(definition.where, built) if definition.where else built.columns
        known = combinations(self._inventory.catalog, built.table, definition, rows)
        return IndexFacts(
            definition,
            columns,
            rows=min(rows, table_rows),
            table_rows=table_rows,
            table_blocks=built.table.size_blocks,
            major=self._inventory.catalog.snapshot.server.major,
            combinations=known,
        )

    def _rows(self, table: Table) -> float:
        """Of a table that was never analyzed since it was filled, the planner's guess from its size."""
        if table.pages > 0 or table.size_blocks == 0:
            return rows_now(table)
        return self._rows_of(table.name, "true")

    def _let_in(self, predicate: str, built: Built) -> tuple[IndexColumn, ...]:
        """The columns, that of the predicate with the statistics of the values that it lets in."""
        source = expressions.only_column(predicate, built.table)
        if source is None or all(column.column != source.name for column in built.columns):
            return built.columns
        chosen = self._as_owner(
            lambda: expressions.let_in(
                self._owner, predicate, source, self._types.column(source), self._rows(built.table)
            )
        )
        return tuple(
            replace(column, statistics=chosen, chosen=True) if chosen and column.column == source.name else column
            for column in built.columns
        )

    def _with_made_up(self, built: Built) -> Built:
        columns = tuple(self._made_up(built, column) for column in built.columns)
        statistics.insert(self._admin, list(statistics.expression_rows(built.name, columns)))
        return replace(built, columns=columns)

    def _made_up(self, built: Built, column: IndexColumn) -> IndexColumn:
        """The column, with statistics if it is an expression that has none."""
        sources = expressions.columns_in(column.text, built.table)
        if column.column is not None or column.statistics is not None or not sources:
            return column
        rows = self._rows(built.table)
        typed = [(source, self._types.column(source)) for source in sources]
        made = self._as_owner(
            lambda: (
                expressions.made_up(self._owner, column.text, *typed[0], rows)
                if len(typed) == 1
                else expressions.made_up_of_several(
                    self._owner, column.text, typed, combined(self._inventory.catalog, built.table, sources, rows), rows
                )
            )
        )
        return replace(column, statistics=made.statistics, examples=made.examples) if made else column

    def _as_owner(self, question: Callable[[], T | None]) -> T | None:
        """The answer; None when the users' code in it fails."""
        try:
            with self._watchdog.watch(self._owner):
                return question()
        except psycopg.Error:
            if self._owner.broken:
                raise
            return None


def table_extent(table: Table, heap: Relation) -> Extent:
    """A table's true size, and what pg_class says of it."""
    return Extent(heap, table.size_blocks, table.pages, table.rows, table.all_visible, tablespace=table.tablespace)
