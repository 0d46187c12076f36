"""The real server: how it plans, with indexes that are really built and then rolled back."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import psycopg

from dbadvisor.model.index import IndexDefinition
from dbadvisor.model.names import Name, quote
from dbadvisor.model.plan import Plan

_TREE = "SELECT %s::regclass::oid UNION SELECT relid::oid FROM pg_partition_tree(%s::regclass)"

_FIGURES = f"""
WITH tree(oid) AS ({_TREE})
SELECT c.oid::int8, c.relpages, c.reltuples::float8, c.relallvisible FROM pg_class c
WHERE c.oid IN (SELECT oid FROM tree)
   OR c.oid IN (SELECT i.indexrelid FROM pg_index i JOIN tree ON tree.oid = i.indrelid)
"""

_RESTORE = """
UPDATE pg_class c SET relpages = u.pages, reltuples = u.rows, relallvisible = u.visible
FROM unnest(%s::oid[], %s::int4[], %s::float4[], %s::int4[]) u(oid, pages, rows, visible) WHERE c.oid = u.oid
"""


@dataclass(frozen=True, slots=True)
class Question:
    """A statement to plan; one with `$n` is planned generically."""

    text: str
    generic: bool = False
    role: str = "postgres"
    """Who asks: row security, settings and search_path are that role's."""


class RealServer:
    """A superuser's session on a database with rows."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self._connection = connection
        connection.prepare_threshold = None
        connection.execute("SET plan_cache_mode = force_generic_plan")

    def explain(self, questions: Sequence[Question]) -> list[Plan]:
        """The server's own plans."""
        return [self._generic(each.text) if each.generic else self._plan(each.text) for each in questions]

    def plans(self, question: Question) -> bool:
        """Whether the server can plan the statement at all: a generic one may leave a parameter's type open."""
        try:
            self.explain([question])
        except psycopg.Error:
            return False
        return True

    def _plan(self, text: str) -> Plan:
        row = self._connection.execute(f"EXPLAIN (VERBOSE, FORMAT JSON) {text}").fetchone()
        assert row
        return Plan.from_json(row[0])

    def _generic(self, text: str) -> Plan:
        self._connection.execute(f"PREPARE asked AS {text}")
        row = self._connection.execute("SELECT cardinality(parameter_types) FROM pg_prepared_statements").fetchone()
        assert row
        nulls = ", ".join(["NULL"] * row[0])
        try:
            return self._plan(f"EXECUTE asked({nulls})" if nulls else "EXECUTE asked")
        finally:
            self._connection.execute("DEALLOCATE asked")

    @contextmanager
    def built(self, definition: IndexDefinition) -> Iterator[int]:
        """Really has the index for the block; its bytes.

        CREATE INDEX and ANALYZE count the table anew, and write that in place where no ROLLBACK reaches it. The
        question is what the index changes, not what a new count would, so the old figures are put back twice.
        An index that met HOT chains (indcheckxmin) would be passed over in the transaction that made it.
        """
        table = str(definition.table)
        figures = self._connection.execute(_FIGURES, (table, table)).fetchall()
        columns = [list(column) for column in zip(*figures, strict=True)]
        try:
            with self._connection.transaction(force_rollback=True):
                if any("_trgm_ops" in (key.opclass or "") for key in definition.keys):
                    self._connection.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
                name = self._free_name(definition)
                index = str(name)
                self._connection.execute(definition.create_sql(name.name))
                if any(key.expression for key in definition.keys):
                    self._analyze_expressions(table)
                self._connection.execute(_RESTORE, columns)
                self._connection.execute(
                    f"UPDATE pg_index SET indcheckxmin = false WHERE indexrelid IN ({_TREE})", (index, index)
                )
                row = self._connection.execute(
                    f"SELECT sum(pg_relation_size(oid))::int8 FROM ({_TREE}) tree(oid)", (index, index)
                ).fetchone()
                assert row
                yield row[0]
        finally:
            self._connection.execute(_RESTORE, columns)

    def _free_name(self, definition: IndexDefinition) -> Name:
        """The name that planners are to give an imagined index; an invalid index in its place goes for the moment."""
        name = Name(definition.table.schema, definition.default_name)
        found = self._connection.execute(
            "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(%s)", (str(name),)
        ).fetchone()
        if found and found[0]:
            return replace(name, name=f"{name.name[:60]}_2")
        if found:
            self._connection.execute(f"DROP INDEX {name}")
        return name

    def _analyze_expressions(self, table: str) -> None:
        """Statistics for the new index's expressions only: another sample of the columns would change other plans."""
        names = self._connection.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped",
            (table,),
        ).fetchall()
        actions = ", ".join(f"ALTER COLUMN {quote(name)} SET STATISTICS 0" for (name,) in names)
        self._connection.execute(f"ALTER TABLE {table} {actions}")
        self._connection.execute(f"ANALYZE {table}")
