"""Template clones of a copy: made, used and dropped again, also after a crash."""

import hashlib
import os
import platform
import re
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

import psycopg
from psycopg import conninfo, sql

from dbadvisor.errors import DatabaseLost, RefusedForSafety, UsageError

PREFIX = "dbadvisor_clone_" + hashlib.sha256(platform.node().encode()).hexdigest()[:8]
"""Of this machine's clones: process ids of others say nothing here, and their clones may be in use."""
_NUMBERS = count(1)
_LISTS = ("search_path", "temp_tablespaces")
"""Settings that hold quoted names: given as one literal, all of them would become a single name."""


def connect(url: str, database: str | None = None, *, statement_timeout_ms: int = 0) -> psycopg.Connection:
    """An autocommit connection to a copy or scratch database; raises DatabaseLost without the password in its words."""
    try:
        connection = psycopg.connect(
            conninfo.make_conninfo(url, **({"dbname": database} if database else {})),
            autocommit=True,
            application_name="dbadvisor bench",
            connect_timeout=10,
        )
        connection.execute(f"SET statement_timeout = {int(statement_timeout_ms)}")
    except psycopg.ProgrammingError:
        raise UsageError("the connection string cannot be read", "Write it as a postgresql:// URL.") from None
    except psycopg.OperationalError as error:
        state = f" (SQLSTATE {error.sqlstate})" if error.sqlstate else ""
        raise DatabaseLost(
            f"the database cannot be reached{state}", "Check its address: host, port, database and login."
        ) from None
    return connection


@contextmanager
def clone(url: str) -> Iterator[str]:
    """The connection string of a fresh clone of `url`'s database on the same server; dropped at the end.

    Raises UsageError when the role may not create databases, RefusedForSafety while others are connected to it.
    """
    with connect(url) as connection:
        source = connection.info.dbname
    name = f"{PREFIX}_{os.getpid()}_{next(_NUMBERS)}"
    try:
        _create(url, source, name)
        yield conninfo.make_conninfo(url, dbname=name)
    finally:
        _drop(url, source, name)


def sweep(url: str) -> tuple[str, ...]:
    """Drops the clones that a killed run on this machine left behind; returns their names."""
    with connect(url) as connection:
        source = connection.info.dbname
        rows = connection.execute(
            "SELECT datname FROM pg_database WHERE datname LIKE %s", (f"{PREFIX}\\_%",)
        ).fetchall()
    dead = tuple(name for (name,) in rows if (match := re.search(r"_(\d+)_\d+$", name)) and not _alive(int(match[1])))
    for name in dead:
        _drop(url, source, name)
    return dead


def _create(url: str, source: str, name: str) -> None:
    # CREATE DATABASE … TEMPLATE needs the template free of connections, so it is asked from another database.
    with connect(url, _neighbour(source)) as connection:
        strategy = sql.SQL(" STRATEGY FILE_COPY") if connection.info.server_version >= 150000 else sql.SQL("")
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}{}").format(
            sql.Identifier(name), sql.Identifier(source), strategy
        )
        try:
            connection.execute(statement)
            _copy_settings(connection, source, name)
        except psycopg.errors.InsufficientPrivilege:
            raise UsageError(
                "the role may not create databases on the copy's server",
                f"Let it: ALTER ROLE {connection.info.user} CREATEDB, or name a server of your own with --on.",
            ) from None
        except psycopg.errors.ObjectInUse:
            raise RefusedForSafety(
                f"others are connected to {source}, so it cannot be cloned",
                "Name a copy that nobody uses; sessions are never ended by force.",
            ) from None


def _copy_settings(connection: psycopg.Connection, source: str, name: str) -> None:
    """ALTER DATABASE … SET belongs to the database's name and is not cloned."""
    rows = connection.execute(
        "SELECT split_part(s, '=', 1), substr(s, strpos(s, '=') + 1) FROM pg_db_role_setting"
        " JOIN pg_database d ON d.oid = setdatabase, unnest(setconfig) s WHERE setrole = 0 AND d.datname = %s",
        (source,),
    ).fetchall()
    for parameter, value in rows:
        given: sql.Composable = sql.SQL("TO {}").format(sql.Literal(value))
        if parameter in _LISTS:
            connection.execute("SELECT set_config(%s, %s, false)", (parameter, value))
            given = sql.SQL("FROM CURRENT")
        connection.execute(
            sql.SQL("ALTER DATABASE {} SET {} ").format(sql.Identifier(name), sql.Identifier(parameter)) + given
        )


def _drop(url: str, source: str, name: str) -> None:
    with connect(url, _neighbour(source)) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _neighbour(source: str) -> str:
    return "postgres" if source != "postgres" else "template1"


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
