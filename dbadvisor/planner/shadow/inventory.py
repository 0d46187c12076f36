"""What stands on the shadow, by production's names: tables, indexes and their columns, with their statistics."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import psycopg
from psycopg import Connection

from dbadvisor.model.catalog import Catalog
from dbadvisor.model.names import Name
from dbadvisor.model.snapshot import ColumnStatistics, Snapshot, Table
from dbadvisor.planner.shadow.images import IndexColumn

# Columns of indexes: keys first. Names and types are the table's where it has them: an index's own column may bear
# any name, and in GIN the type of the keys taken from the values.
_COLUMNS = """
SELECT i.indexrelid::int8, n.nspname, c.relname, i.indrelid::int8, a.attnum, a.attnum <= i.indnkeyatts, t.attname,
       COALESCE(quote_ident(t.attname), pg_get_indexdef(i.indexrelid, a.attnum, false)),
       format_type(COALESCE(t.atttypid, a.atttypid), NULL),
       COALESCE(t.attlen, a.attlen), COALESCE(t.attalign, a.attalign)::text
FROM pg_index i
JOIN pg_class c ON c.oid = i.indexrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = i.indexrelid AND a.attnum > 0
LEFT JOIN pg_attribute t ON t.attrelid = i.indrelid AND t.attnum = i.indkey[a.attnum - 1]
WHERE i.indexrelid = ANY (%s::oid[])
ORDER BY i.indexrelid, a.attnum
"""


@dataclass(frozen=True, slots=True)
class Built:
    """An index on the shadow: its table and its columns."""

    oid: int
    name: Name
    table: Table
    columns: tuple[IndexColumn, ...]


class Inventory:
    """OIDs of the restored tables and indexes, and the statistics that their columns had in production."""

    def __init__(self, admin: Connection, owner: Connection, snapshot: Snapshot) -> None:
        self._admin = admin
        self._owner = owner
        self.catalog = Catalog(snapshot)
        standing = _standing(admin)
        self.tables = _with_oids(standing, self.catalog.tables)
        self.indexes = _with_oids(standing, (index.name for index in snapshot.indexes if index.valid))
        self.by_oid = {oid: self.catalog.tables[name] for name, oid in self.tables.items()}
        self._expressions: dict[tuple[Name, str], ColumnStatistics] = {}
        self._learn_expressions()

    def existing(self) -> dict[int, Built]:
        """All indexes of production's by OID."""
        return self.built(list(self.indexes.values()))

    def _learn_expressions(self) -> None:
        indexes = [index for index in self.catalog.snapshot.indexes if index.expression_statistics]
        for built in self.built([self.indexes[each.name] for each in indexes if each.name in self.indexes]).values():
            known = dict(self.catalog.indexes[built.name].expression_statistics)
            for column in built.columns:
                if column.number in known:
                    self._expressions[built.table.name, column.text] = known[column.number]

    def built(self, oids: Sequence[int]) -> dict[int, Built]:
        """The indexes by OID, those of partitioned tables left out: they have no files."""
        columns: dict[tuple[int, str, str, int], list[IndexColumn]] = defaultdict(list)
        for oid, schema, name, table_oid, *facts in self._admin.execute(_COLUMNS, (list(oids),)):
            table = self.by_oid.get(table_oid)
            if table is not None and table.kind != "p":
                columns[oid, schema, name, table_oid].append(self._column(table, IndexColumn(*facts)))
        return {
            oid: Built(oid, Name(schema, name), self.by_oid[table_oid], tuple(found))
            for (oid, schema, name, table_oid), found in columns.items()
        }

    def _column(self, table: Table, column: IndexColumn) -> IndexColumn:
        return replace(column, type=self._type(table, column), statistics=self.statistics(table, column))

    def _type(self, table: Table, column: IndexColumn) -> str:
        """An expression's own type, of which GIN and GiST indexes keep another; asked as the owner, without rows."""
        if column.column is not None:
            return column.type
        question = f"SELECT pg_typeof((SELECT {column.text} FROM {table.name} LIMIT 0))::oid::int8"
        try:
            (oid,) = self._owner.execute(question, binary=True).fetchone() or (None,)
        except psycopg.Error:
            if self._owner.broken:
                raise
            return column.type
        row = self._admin.execute("SELECT format_type(%s::oid, NULL)", (oid,)).fetchone()
        return str(row[0]) if row else column.type

    def statistics(self, table: Table, column: IndexColumn) -> ColumnStatistics | None:
        """Of the column, or of the same expression of another index; a partition's own or its parent's."""
        for name in (table.name, self.catalog.root(table.name)):
            if column.column is None:
                found = self._expressions.get((name, column.text))
            else:
                of_table = self.catalog.tables[name].column(column.column)
                found = of_table.statistics if of_table else None
            if found is not None:
                return found
        return None

    def descendants(self, oid: int) -> list[int]:
        """An index and, for a partitioned table's, those of its partitions."""
        rows = self._admin.execute("SELECT relid::oid::int8 FROM pg_partition_tree(%s::oid::regclass)", (oid,))
        return sorted({oid, *(row[0] for row in rows)})


def _standing(admin: Connection) -> dict[tuple[str, str], int]:
    """OIDs of the users' relations by schema and name."""
    rows = admin.execute(
        "SELECT n.nspname, c.relname, c.oid::int8 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE c.oid >= 16384 AND c.relkind IN ('r', 'p', 'm', 'f', 'i', 'I')"
    )
    return {(schema, name): oid for schema, name, oid in rows}


def _with_oids(standing: Mapping[tuple[str, str], int], names: Iterable[Name]) -> dict[Name, int]:
    return {name: oid for name in names if (oid := standing.get((name.schema, name.name)))}


def rows_now(table: Table) -> float:
    """Rows at the table's size of now: the planner scales pg_class.reltuples by the growth of the file."""
    if table.rows <= 0 or table.pages <= 0:
        return max(0.0, table.rows)
    return table.rows * table.size_blocks / table.pages
