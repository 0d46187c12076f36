"""The only place that talks to the user's server: read-only, bounded in time, and written down.

One connection. Every text goes through the extended protocol, which takes one statement only, and runs in a
transaction that begins READ ONLY, pins what the session depends on with SET LOCAL semantics and ends in
ROLLBACK: nothing outlives it, not even behind a pooler that hands the session to the application next.
"""

import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn, Self

import psycopg
from psycopg.rows import dict_row

from dbadvisor.collector.audit import Sent, Trail
from dbadvisor.collector.connection import Connection, connect
from dbadvisor.collector.queries import Query
from dbadvisor.collector.watchdog import watchdog
from dbadvisor.errors import DatabaseLost
from dbadvisor.model.snapshot import ServerCost

Row = dict[str, Any]

STATEMENT_TIMEOUT_MS = 5_000
LOCK_TIMEOUT_MS = 100
"""A lock that is not free at once is not waited for: a waiting reader blocks everybody behind it."""
_IDLE_TIMEOUT_MS = 10_000
_WATCHDOG_GRACE = 1.0
"""Seconds beyond statement_timeout before the watchdog cancels; a second later it closes the socket."""
_LONGEST_TRANSACTION = 1.0
"""Seconds after which a transaction is not used for another question, so that it holds back no vacuum."""

BEGIN = "BEGIN TRANSACTION READ ONLY /* dbadvisor */"
ROLLBACK = "ROLLBACK /* dbadvisor */"
PIN = (
    "SELECT /* dbadvisor */ pg_catalog.set_config(name, value, true) FROM "
    "pg_catalog.jsonb_each_text($1::pg_catalog.jsonb) AS pinned (name, value)"
)
PINNED = {
    "search_path": "pg_catalog",  # nobody's function or operator shadows the catalog's
    "default_transaction_read_only": "on",
    "standard_conforming_strings": "on",
    "lock_timeout": str(LOCK_TIMEOUT_MS),
    "idle_in_transaction_session_timeout": str(_IDLE_TIMEOUT_MS),
    "datestyle": "ISO, YMD",
    "intervalstyle": "postgres",
    "timezone": "UTC",
    "bytea_output": "hex",
    "extra_float_digits": "1",
    "jit": "off",  # compiling our questions would cost more than they do
    "max_parallel_workers_per_gather": "0",
}
"""Settings of every transaction, statement_timeout besides."""

_LOST_STATES = ("57P01", "57P02", "57P03", "57P05", "25P03")


class SkippedQuery(Exception):
    """One question was refused or ran out of time; the session goes on. `sqlstate` says which."""

    def __init__(self, query: str, sqlstate: str) -> None:
        super().__init__(f"{query}: {sqlstate}")
        self.query = query
        self.sqlstate = sqlstate


class ReadOnlySession:
    """A session on the user's server for the time of a `with`. Raises DatabaseLost and UsageError on opening."""

    def __init__(
        self, target: str, *, audit: Path | None = None, statement_timeout_ms: int = STATEMENT_TIMEOUT_MS
    ) -> None:
        self._target = target
        self._timeout_ms = statement_timeout_ms
        self._trail = Trail(audit)
        self._began: float | None = None
        self._began_with: Mapping[str, str] = {}
        self._reconnected = False
        try:
            self._connection = self._open()
        except BaseException:
            self._trail.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        try:
            if not self._connection.closed:
                self.rest()
        finally:
            self._connection.close()
            self._trail.close()

    @property
    def trail(self) -> tuple[Sent, ...]:
        """Every statement sent so far."""
        return tuple(self._trail.sent)

    @property
    def cost(self) -> ServerCost:
        """What the statements sent so far cost."""
        return self._trail.cost

    @property
    def libpq_backend_pid(self) -> int:
        """The process id that the login answered with; a pooler makes it up."""
        return self._connection.info.backend_pid

    @property
    def version_num(self) -> int:
        """As in server_version_num."""
        return self._connection.info.server_version

    def fetch(
        self,
        query: Query,
        parameters: Sequence[Any] = (),
        *,
        timeout_ms: int | None = None,
        settings: Mapping[str, str] = PINNED,
    ) -> list[Row]:
        """The rows of one question, in a read-only transaction that it may share with the question before it.

        `settings` are those of the transaction. Raises SkippedQuery when the server refuses or cancels this one
        question, DatabaseLost when the server is gone and one new connection does not help.
        """
        timeout_ms = timeout_ms or self._timeout_ms
        settings = {**settings, "statement_timeout": str(timeout_ms)}
        try:
            return self._ask(query, parameters, timeout_ms, settings)
        except psycopg.Error as error:
            if not self._is_lost(error):
                self._give_up(query, error)
        self._reconnect()
        try:
            return self._ask(query, parameters, timeout_ms, settings)
        except psycopg.Error as error:
            if self._is_lost(error):
                raise _lost() from None
            self._give_up(query, error)

    def rest(self) -> None:
        """Ends the transaction, if one is open. To be called before thinking: an idle one holds back vacuum."""
        if self._began is None:
            return
        self._began = None
        try:
            self._send(ROLLBACK, (), self._timeout_ms)
        except psycopg.Error:
            self._connection.close()  # a new one is made should there be another question

    def _ask(self, query: Query, parameters: Sequence[Any], timeout_ms: int, settings: Mapping[str, str]) -> list[Row]:
        if self._connection.closed:
            raise psycopg.OperationalError("closed")
        if self._began is not None and self._stale(settings):
            self.rest()
        if self._began is None:
            self._begin(timeout_ms, settings)
        return self._send(query.sql, parameters, timeout_ms)

    def _stale(self, settings: Mapping[str, str]) -> bool:
        began = self._began or 0.0
        return settings != self._began_with or time.monotonic() - began > _LONGEST_TRANSACTION

    def _begin(self, timeout_ms: int, settings: Mapping[str, str]) -> None:
        self._send(BEGIN, (), timeout_ms)
        self._began, self._began_with = time.monotonic(), settings
        self._send(PIN, (json.dumps(settings),), timeout_ms)

    def _send(self, sql: str, parameters: Sequence[Any], timeout_ms: int) -> list[Row]:
        started = time.perf_counter()
        rows: list[Row] = []
        failed: str | None = "lost"
        try:
            with watchdog(self._connection, timeout_ms / 1000 + _WATCHDOG_GRACE):
                # binary=True makes psycopg send Parse/Bind/Execute of the unnamed statement, parameters or not
                cursor = psycopg.RawCursor(self._connection, row_factory=dict_row)
                cursor.execute(sql, parameters, binary=True)
                rows = cursor.fetchall() if cursor.description else []
            failed = None
        except psycopg.Error as error:
            failed = error.sqlstate or "lost"
            raise
        finally:
            milliseconds = (time.perf_counter() - started) * 1000
            self._trail.add(Sent(sql, tuple(parameters), milliseconds, len(rows), failed))
        return rows

    def _is_lost(self, error: psycopg.Error) -> bool:
        state = error.sqlstate
        if state is None:
            return self._connection.closed or isinstance(error, psycopg.OperationalError | psycopg.InterfaceError)
        return state[:2] == "08" or state in _LOST_STATES

    def _give_up(self, query: Query, error: psycopg.Error) -> NoReturn:
        self.rest()
        raise SkippedQuery(query.name, error.sqlstate or "") from None

    def _reconnect(self) -> None:
        self._connection.close()
        self._began = None
        if self._reconnected:
            raise _lost()
        self._reconnected = True
        self._connection = self._open()

    def _open(self) -> Connection:
        connection = connect(self._target)
        self._trail.connected(f"{connection.info.host}:{connection.info.port}/{connection.info.dbname}")
        return connection


def _lost() -> DatabaseLost:
    return DatabaseLost(
        "the server was lost in mid-run",
        "Look into its log, then run again; a pooler must be in session or transaction mode.",
    )
