"""Runs CREATE statements of which some may fail: in bulk first, then one by one, then once more what failed."""

from collections.abc import Iterable, Sequence

import psycopg
from psycopg import Connection

from dbadvisor.model.text import server_words
from dbadvisor.planner.shadow.ddl import Definition

_BULK = 100
"""Statements sent together; also bounds the locks that one transaction holds."""


class Restorer:
    """Makes objects over one connection, remembering what could not be made and why."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._failed: dict[Definition, str] = {}

    @property
    def dropped(self) -> tuple[str, ...]:
        """What could not be made, each with the server's reason."""
        return tuple(f"{definition.target}: {reason}" for definition, reason in self._failed.items())

    def run(self, definitions: Iterable[Definition]) -> None:
        """Makes the objects in order, then tries again what failed, now or before, as long as that helps."""
        pending = list(definitions)
        for start in range(0, len(pending), _BULK):
            self._run_together(pending[start : start + _BULK])
        while self._failed:
            before = len(self._failed)
            self._one_by_one(list(self._failed))
            if len(self._failed) == before:
                break

    def _run_together(self, definitions: Sequence[Definition]) -> None:
        try:
            self.connection.execute(";\n".join(definition.sql for definition in definitions))
        except psycopg.Error:
            if self.connection.broken:
                raise
            self._one_by_one(definitions)

    def _one_by_one(self, definitions: Sequence[Definition]) -> None:
        for definition in definitions:
            try:
                self.connection.execute(definition.sql)
            except psycopg.Error as error:
                if self.connection.broken:
                    raise
                self._failed[definition] = server_words(error)
            else:
                self._failed.pop(definition, None)
