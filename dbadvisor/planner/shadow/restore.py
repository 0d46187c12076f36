"""Runs CREATE statements of which some may fail: in bulk first, then one by one, then once more what failed.

The texts may be forged. Each is sent as one statement and none but those that make something: no transaction stays
open, no lock is held and no session is changed by what a file holds.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager

import psycopg
from psycopg import Connection

from dbadvisor.errors import ServerUnavailable
from dbadvisor.model.text import server_words
from dbadvisor.planner.shadow import fence
from dbadvisor.planner.shadow.ddl import Definition
from dbadvisor.planner.shadow.fence import Watchdog

_BULK = 100
"""Statements sent together; also bounds the locks that one transaction holds."""

_MAKING = re.compile(r"(CREATE|ALTER TABLE|ALTER TEXT SEARCH|INSERT INTO)\s")

_MOST_ENDLESS = 3
"""Objects whose code had to be ended before the schema is given up."""


class Restorer:
    """Makes objects over connections of one role, remembering what could not be made and why."""

    def __init__(self, connect: Callable[[], Connection], watchdog: Watchdog) -> None:
        self._connect = connect
        self._watchdog = watchdog
        self.connection = connect()
        """The one of now: a session that had to be ended is followed by another."""
        self._failed: dict[Definition, str] = {}
        self._hopeless: dict[Definition, str] = {}
        self._ended = 0

    def aside(self) -> "Restorer":
        """One with a session and failures of its own."""
        return Restorer(self._connect, self._watchdog)

    def close(self) -> None:
        """Ends its session."""
        self.connection.close()

    @property
    def dropped(self) -> tuple[str, ...]:
        """What could not be made, each with the server's reason."""
        both = {**self._hopeless, **self._failed}
        return tuple(f"{definition.target}: {reason}" for definition, reason in both.items())

    def run(self, definitions: Iterable[Definition]) -> None:
        """Makes the objects in order, then tries again what failed, now or before, as long as that helps.

        Raises ServerUnavailable when code of the schema's does not end, again and again.
        """
        pending = []
        for definition in definitions:
            if _MAKING.match(definition.sql):
                pending.append(definition)
            else:
                self._hopeless[definition] = "its text is no statement that makes something"
        for start in range(0, len(pending), _BULK):
            self._run_together(pending[start : start + _BULK])
        while self._failed:
            before = len(self._failed)
            self._one_by_one(list(self._failed))
            if len(self._failed) == before:
                break

    def _run_together(self, definitions: Sequence[Definition]) -> None:
        """In a pipeline, which like a lone message of many statements is one transaction."""
        try:
            with self._watched(), self.connection.pipeline():
                for definition in definitions:
                    self.connection.execute(definition.sql)
        except psycopg.Error as error:
            self._renew(error)
            self._one_by_one(definitions)

    def _one_by_one(self, definitions: Sequence[Definition]) -> None:
        for definition in definitions:
            try:
                with self._watched():
                    self.connection.execute(definition.sql, binary=True)  # so that it can be one statement only
            except psycopg.Error as error:
                self._note(definition, error)
            else:
                self._failed.pop(definition, None)

    def _note(self, definition: Definition, error: psycopg.Error) -> None:
        """What was ended is not tried again: it would take as long."""
        if not self._renew(error) and not isinstance(error, psycopg.errors.QueryCanceled):
            self._failed[definition] = server_words(error)
            return
        self._failed.pop(definition, None)
        self._hopeless[definition] = f"it took too long: {server_words(error)}"
        self._ended += 1
        if self._ended == _MOST_ENDLESS:
            raise ServerUnavailable("the shadow could not be built: code of the schema does not end", None)

    def _watched(self) -> AbstractContextManager[None]:
        return self._watchdog.watch(self.connection, 12 * fence.STATEMENT_SECONDS)

    def _renew(self, error: psycopg.Error) -> bool:
        """Takes another session when this one was ended, of which its connection may not know yet; whether it was."""
        ended = isinstance(error, psycopg.errors.AdminShutdown | psycopg.errors.CrashShutdown)
        if not (ended or self.connection.broken):
            return False
        self.connection.close()
        self.connection = self._connect()
        return True
