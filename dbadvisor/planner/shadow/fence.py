"""Who may do what on the shadow. A schema from elsewhere is untrusted code: defaults, index expressions, domains,
functions and views run while it is restored, seeded, indexed and planned. So three roles, a connection each:

- `postgres` writes catalog rows and nothing that evaluates an expression of the users';
- `shadow_owner` owns and makes every object of theirs, but not the database: nothing beside objects is its own;
- `shadow_plan` plans, in read-only transactions, and may call one function of ours that switches indexes.

No SET ROLE stands between them: code that runs while planning could take it back.
"""

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

import psycopg
from psycopg import Connection, sql

from dbadvisor.errors import ServerUnavailable
from dbadvisor.model.names import quote_literal
from dbadvisor.model.snapshot import Server
from dbadvisor.planner.shadow import ddl
from dbadvisor.planner.shadow.sessions import BYPASS
from dbadvisor.servers.local import LocalServer

ADMIN, OWNER, PLAN = "postgres", ddl.OWNER, "shadow_plan"
DATABASE = "shadow"
OURS = "dbadvisor_shadow"
"""The schema of our own function, and of extensions that only imagined indexes need."""

STATEMENT_SECONDS = 10
"""What one statement may take on the shadow before the server stops it."""

PATIENCE_SECONDS = 30
"""What one round of questions may take before the watchdog ends the session."""

_GRACE_SECONDS = 10
"""What a session gets to end when it is told to; after that the server is made to restart without it."""

_LEAST_DISK = 256 * 2**20
"""Bytes that code of the users' leaves on the disk."""

SETTINGS = {
    "autovacuum": "off",  # it would write the true, tiny sizes into pg_class
    "max_locks_per_transaction": "1024",  # a plan over thousands of partitions locks them all
    "shared_buffers": "32MB",
    "temp_file_limit": "64MB",
    "max_wal_size": "1GB",
    "wal_level": "minimal",  # thousands of new files: their first pages need no log
    "max_wal_senders": "0",
    "wal_skip_threshold": "0",
    "wal_recycle": "off",
    "wal_init_zero": "off",
    "min_wal_size": "32MB",
    "jit": "off",
    "max_parallel_maintenance_workers": "0",  # CREATE INDEX would start some by the size that tables seem to have
    "max_worker_processes": "0",  # code of the users' may run queries: each process more has its own bound of memory
    "max_logical_replication_workers": "0",
}

_REVOKED = (
    "lo_create lo_creat lo_from_bytea lo_put lowrite lo_unlink pg_logical_emit_message pg_notify pg_sleep"
    " pg_export_snapshot"
).split()
"""What any role may call by default that writes or waits even in a read-only transaction."""

_REVOKE = """
SELECT format('REVOKE EXECUTE ON FUNCTION pg_catalog.%%I(%%s) FROM PUBLIC', proname, oidvectortypes(proargtypes))
FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace AND proname = ANY (%s)
"""

_SWITCH = f"""
CREATE SCHEMA {OURS};
REVOKE ALL ON SCHEMA {OURS} FROM PUBLIC;
GRANT USAGE ON SCHEMA {OURS} TO {PLAN}, {OWNER};
CREATE TABLE {OURS}.small (oid oid PRIMARY KEY, file oid NOT NULL);
CREATE FUNCTION {OURS}.switch(shown oid[], hidden oid[]) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $$
        UPDATE pg_index SET indisvalid = indexrelid = ANY (shown)
        WHERE indexrelid = ANY (shown || hidden)
          AND indrelid IN (SELECT oid FROM pg_class WHERE relowner = '{OWNER}'::regrole)
    $$;
REVOKE ALL ON FUNCTION {OURS}.switch(oid[], oid[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION {OURS}.switch(oid[], oid[]) TO {PLAN};
"""


def fence(server: LocalServer, source: Server) -> tuple[Connection, tuple[str, ...]]:
    """Makes the roles and the shadow's database; the superuser's connection to it, and what differs from the source."""
    with connect(server, ADMIN, "postgres") as connection:
        connection.execute(f"CREATE ROLE {OWNER} LOGIN; CREATE ROLE {PLAN} LOGIN NOINHERIT")
        connection.execute(f"CREATE ROLE {BYPASS} BYPASSRLS; GRANT {BYPASS} TO {PLAN}")
        connection.execute(f"ALTER ROLE {OWNER} SET session_replication_role = replica")  # no triggers on seed rows
        connection.execute(f"ALTER ROLE {OWNER} SET check_function_bodies = off")
        connection.execute(f"ALTER ROLE {OWNER} SET search_path = pg_catalog")
        connection.execute(f"ALTER ROLE {OWNER} SET statement_timeout = '{10 * STATEMENT_SECONDS}s'")
        connection.execute(f"ALTER ROLE {PLAN} SET statement_timeout = '{STATEMENT_SECONDS}s'")
        connection.execute(f"ALTER ROLE {PLAN} SET plan_cache_mode = force_generic_plan")
        caveats = _create_database(connection, source)
        for database in ("postgres", "template1", DATABASE):
            connection.execute(f"REVOKE ALL ON DATABASE {database} FROM PUBLIC")
        connection.execute(f"GRANT CONNECT ON DATABASE {DATABASE} TO {PLAN}, {OWNER}")
        connection.execute(f"GRANT TEMPORARY ON DATABASE {DATABASE} TO {OWNER}")
    admin = connect(server, ADMIN)
    admin.execute(f"ALTER SCHEMA public OWNER TO {OWNER}")  # as from 15 on; before, imagined indexes need CREATE there
    admin.execute(_SWITCH)
    for (statement,) in admin.execute(_REVOKE, (_REVOKED,)).fetchall():
        admin.execute(statement)
    return admin, caveats


def _create_database(connection: Connection, source: Server) -> tuple[str, ...]:
    """With the source's locale where this server has it, else with what sorts most like it; says which."""
    for position, locale in enumerate(_locales(source)):
        try:
            connection.execute(f"CREATE DATABASE {DATABASE} TEMPLATE template0 ENCODING 'UTF8' {locale}")
        except psycopg.Error:
            continue
        if position == 0:
            return ()
        return (f"text sorts by {locale} instead of {source.collation}: costs of text ranges may differ",)
    raise ServerUnavailable("the shadow's database could not be created", "Report this as a bug.")


def _locales(source: Server) -> Iterator[str]:
    """Text of a locale that is missing is best stood in for by C.UTF-8, which like it (and unlike C) does not let
    a plain B-tree serve LIKE 'x%'. Builtin locales sort as C does."""
    if source.locale_provider == "b":
        yield "LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' LOCALE 'C'"
    elif source.locale_provider == "i":
        yield f"LOCALE_PROVIDER icu ICU_LOCALE {quote_literal(source.collation)} LOCALE 'C'"
    else:
        yield f"LC_COLLATE {quote_literal(source.collation)} LC_CTYPE {quote_literal(source.ctype)}"
    if source.locale_provider != "b" and source.collation not in ("C", "POSIX"):
        yield "LC_COLLATE 'C.UTF-8' LC_CTYPE 'C.UTF-8'"
    yield "LC_COLLATE 'C' LC_CTYPE 'C'"


def connect(server: LocalServer, role: str, database: str = DATABASE) -> Connection:
    """A connection of one of the roles, in autocommit and without named prepared statements.

    The superuser's looks names up in pg_catalog alone: functions of the users' may bear any name.
    """
    options = "-c search_path=pg_catalog,pg_temp" if role == ADMIN else ""
    return psycopg.connect(server.url(database, role), autocommit=True, prepare_threshold=None, options=options)


def grant(admin: Connection) -> None:
    """Lets the planning role, and the stand-ins that it may act as, name everything that the owner made."""
    rows = admin.execute(
        "SELECT nspname FROM pg_namespace"
        f" WHERE nspname NOT LIKE 'pg\\_%' AND nspname NOT IN ('information_schema', '{OURS}')"
    )
    for (schema,) in rows.fetchall():
        for text in (
            "REVOKE CREATE ON SCHEMA {} FROM PUBLIC",
            "GRANT USAGE ON SCHEMA {} TO PUBLIC",
            "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {} TO PUBLIC",
            "GRANT SELECT, USAGE ON ALL SEQUENCES IN SCHEMA {} TO PUBLIC",
            "GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA {} TO PUBLIC",
        ):
            admin.execute(sql.SQL(text).format(sql.Identifier(schema)))


class Watchdog:
    """Ends server processes that take too long: code of the users' may catch what statement_timeout throws, and some
    of the server's own never looks up.

    One thread that looks up once a second, as a timer for every question would cost more than the question. It asks
    the system, not the server: a session of ours might wait for what the other one holds.
    """

    def __init__(self, server: LocalServer) -> None:
        self._server = server
        self._watched: tuple[float, int] | None = None
        self._stopped = Event()
        Thread(target=self._run, name="shadow watchdog", daemon=True).start()

    @contextmanager
    def watch(self, connection: Connection, seconds: float | None = None) -> Iterator[None]:
        """Ends the connection's server process when the block lasts longer than that (by default PATIENCE_SECONDS), or
        when the disk is nearly full."""
        end = time.monotonic() + (PATIENCE_SECONDS if seconds is None else seconds)
        self._watched = (end, connection.info.backend_pid)
        try:
            yield
        finally:
            self._watched = None

    def stop(self) -> None:
        """Ends the thread."""
        self._stopped.set()

    def _run(self) -> None:
        while not self._stopped.wait(1.0):
            if watched := self._watched:
                late = time.monotonic() - watched[0]
                if late > 0 or shutil.disk_usage(self._server.socket_dir).free < _LEAST_DISK:
                    self._server.end_session(watched[1], at_once=late > _GRACE_SECONDS)
