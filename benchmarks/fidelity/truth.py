"""The real server: how it plans, for the role that asks, and with indexes that are really built and rolled back."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Self

import psycopg
from psycopg import Connection

from dbadvisor.model.index import IndexDefinition
from dbadvisor.model.names import Name, quote
from dbadvisor.model.plan import Plan
from dbadvisor.model.text import server_words
from dbadvisor.model.whatif import Unplanned
from dbadvisor.servers.local import LocalServer

ASKER = "app"
"""The ordinary role that asks where nothing else is said."""
READER = "reader"
"""The ordinary role that takes snapshots: it has pg_monitor and may read everything."""
SUPERUSER = "postgres"

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
    role: str = ASKER
    settings: tuple[tuple[str, str], ...] = ()


def make_roles(server: LocalServer) -> None:
    """The two ordinary roles."""
    reads = ", pg_read_all_data" if server.major >= 14 else ""
    with psycopg.connect(server.url(), autocommit=True) as admin:
        admin.execute(f"CREATE ROLE {ASKER} LOGIN")
        admin.execute(f"CREATE ROLE {READER} LOGIN IN ROLE pg_monitor{reads}")


def let_read(server: LocalServer, database: str) -> None:
    """What pg_read_all_data is from 14 on."""
    with psycopg.connect(server.url(database), autocommit=True) as admin:
        admin.execute(f"GRANT SELECT ON pg_statistic, pg_statistic_ext_data TO {READER}")
        for (schema,) in admin.execute("SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_'").fetchall():
            admin.execute(f"GRANT USAGE ON SCHEMA {quote(schema)} TO {READER}")
            admin.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA {quote(schema)} TO {READER}")


class RealServer:
    """Sessions of every role on a database with rows. A context manager."""

    def __init__(self, server: LocalServer, database: str) -> None:
        self._server = server
        self._database = database
        self._sessions: dict[str, Connection] = {}
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def explain(self, questions: Sequence[Question]) -> list[Plan | Unplanned]:
        """The server's own plans; what it cannot plan comes with its words."""
        return [self._explain(question) for question in questions]

    def planned(self, questions: Sequence[Question]) -> dict[Question, Plan]:
        """The superuser's plans of what the server can plan: a generic one may leave a parameter's type open."""
        asked = [replace(question, role=SUPERUSER) for question in questions]
        rows = zip(asked, self.explain(asked), strict=True)
        return {question: answer for question, answer in rows if isinstance(answer, Plan)}

    def _explain(self, question: Question) -> Plan | Unplanned:
        connection = self._session(question.role)
        plan = _generic if question.generic else _plan
        try:
            with connection.transaction(force_rollback=True):
                for setting in question.settings:
                    connection.execute("SELECT set_config(%s, %s, true)", setting)
                return plan(connection, question.text)
        except psycopg.Error as error:
            return Unplanned(server_words(error))
        finally:
            if question.generic:
                connection.execute("DEALLOCATE ALL")

    def _session(self, role: str) -> Connection:
        if role not in self._sessions:
            made = psycopg.connect(self._server.url(self._database, role), autocommit=True, prepare_threshold=None)
            made.execute("SET plan_cache_mode = force_generic_plan")
            self._sessions[role] = self._stack.enter_context(made)
        return self._sessions[role]

    @contextmanager
    def built(self, definition: IndexDefinition) -> Iterator[int]:
        """Really has the index for the block, for the superuser's questions; its bytes."""
        with built(self._session(SUPERUSER), definition) as size:
            yield size


@contextmanager
def built(connection: Connection, definition: IndexDefinition) -> Iterator[int]:
    """The index made in truth for the block, in this session; its bytes.

    CREATE INDEX and ANALYZE count the table anew, and write that in place where no ROLLBACK reaches it. The
    question is what the index changes, not what a new count would, so the old figures are put back twice.
    An index that met HOT chains (indcheckxmin) would be passed over in the transaction that made it.
    """
    table = str(definition.table)
    figures = connection.execute(_FIGURES, (table, table)).fetchall()
    columns = [list(column) for column in zip(*figures, strict=True)]
    try:
        with connection.transaction(force_rollback=True):
            index = _create(connection, definition)
            connection.execute(_RESTORE, columns)
            connection.execute(
                f"UPDATE pg_index SET indcheckxmin = false WHERE indexrelid IN ({_TREE})", (index, index)
            )
            row = connection.execute(
                f"SELECT sum(pg_relation_size(oid))::int8 FROM ({_TREE}) tree(oid)", (index, index)
            ).fetchone()
            assert row
            yield row[0]
    finally:
        connection.execute(_RESTORE, columns)


def _create(connection: Connection, definition: IndexDefinition) -> str:
    """Makes the index, and statistics of its expressions; its name as SQL text."""
    if any("_trgm_ops" in (key.opclass or "") for key in definition.keys):
        connection.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    name = _free_name(connection, definition)
    connection.execute(definition.create_sql(name.name))
    if any(key.expression for key in definition.keys):
        _analyze_expressions(connection, str(definition.table))
    return str(name)


def _plan(connection: Connection, text: str) -> Plan:
    row = connection.execute(f"EXPLAIN (VERBOSE, FORMAT JSON) {text}").fetchone()
    assert row
    return Plan.from_json(row[0])


def _generic(connection: Connection, text: str) -> Plan:
    connection.execute(f"PREPARE asked AS {text}")
    row = connection.execute("SELECT cardinality(parameter_types) FROM pg_prepared_statements").fetchone()
    assert row
    nulls = ", ".join(["NULL"] * row[0])
    return _plan(connection, f"EXECUTE asked({nulls})" if nulls else "EXECUTE asked")


def _free_name(connection: Connection, definition: IndexDefinition) -> Name:
    """The name that planners are to give an imagined index; an invalid index in its place goes for the moment."""
    name = Name(definition.table.schema, definition.default_name)
    found = connection.execute(
        "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(%s)", (str(name),)
    ).fetchone()
    if found and found[0]:
        return replace(name, name=f"{name.name[:60]}_2")
    if found:
        connection.execute(f"DROP INDEX {name}")
    return name


def _analyze_expressions(connection: Connection, table: str) -> None:
    """Statistics for the new index's expressions only: another sample of the columns would change other plans."""
    names = connection.execute(
        "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped",
        (table,),
    ).fetchall()
    actions = ", ".join(f"ALTER COLUMN {quote(name)} SET STATISTICS 0" for (name,) in names)
    connection.execute(f"ALTER TABLE {table} {actions}")
    connection.execute(f"ANALYZE {table}")
