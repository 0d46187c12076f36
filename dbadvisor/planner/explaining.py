"""EXPLAIN by the extended protocol: one statement a message, many messages a round trip, generic where it has `$n`."""

import logging
import re
from collections.abc import Sequence
from typing import Any

import psycopg
from psycopg import Connection, Cursor

from dbadvisor.model.plan import Plan
from dbadvisor.model.whatif import Unplanned

_EXPLAIN = "EXPLAIN (VERBOSE, FORMAT JSON) "
_PREPARED = "dbadvisor_statement"
_PARAMETER = re.compile(r"\$\d")

_LASTING = ("42", "0A", "22", "3F")
"""Classes of SQLSTATE that do not depend on indexes or luck: the text itself cannot be planned here."""


# A statement that cannot be planned is an answer here, but psycopg warns of the pipeline it ended; without a handler
# Python prints that to stderr.
logging.getLogger("psycopg").addHandler(logging.NullHandler())

Command = tuple[str, Sequence[Any]]
"""A statement of ours and its values."""


class Explainer:
    """Plans statements over one connection whose sessions force generic plans (plan_cache_mode)."""

    def __init__(self) -> None:
        self.calls = 0
        self._learned: dict[tuple[Any, ...], tuple[dict[str, int], dict[str, Unplanned]]] = {}
        self._parameters: dict[str, int] = {}
        self._refused: dict[str, Unplanned] = {}

    def explain(
        self, connection: Connection, statements: Sequence[str], before: Sequence[Command]
    ) -> list[Plan | Unplanned]:
        """Answers for a prefix of the statements, at least one: those up to and with the first that fails.

        All in one transaction that starts with the commands `before` and is rolled back. Raises
        psycopg.OperationalError when the connection is lost.
        """
        self._parameters, self._refused = self._learned.setdefault(_settings(before), ({}, {}))
        known = self._known(connection, statements[0], before)
        if known is not None:
            self.calls += 1
            return [known]
        ready = statements[: self._run(connection, statements, before)]
        answers = self._plan(connection, ready, before)
        self.calls += len(answers)
        return answers

    def _run(self, connection: Connection, statements: Sequence[str], before: Sequence[Command]) -> int:
        """How many of the statements, from the first on, are not known to be refused."""
        refused = (at for at, text in enumerate(statements) if self._known(connection, text, before))
        return next(refused, len(statements))

    def _known(self, connection: Connection, statement: str, before: Sequence[Command]) -> Unplanned | None:
        """The refusal of a statement that cannot be planned here; learns the parameters of a new one."""
        if statement not in self._parameters and statement not in self._refused:
            try:
                self._parameters[statement] = _parameter_count(connection, statement, before)
            except psycopg.Error as error:
                if connection.broken:
                    raise
                self._refused[statement] = _unplanned(error)
        return self._refused.get(statement)

    def _plan(
        self, connection: Connection, statements: Sequence[str], before: Sequence[Command]
    ) -> list[Plan | Unplanned]:
        ready: list[Cursor[Any]] = []
        cursors: list[Cursor[Any]] = []
        failure: psycopg.Error | None = None
        try:
            with connection.pipeline():
                connection.execute("BEGIN")
                ready = [connection.execute(command, values) for command, values in before]
                for statement in statements:
                    cursors.append(self._send(connection, statement))  # noqa: PERF401 - those sent before a failure count
                connection.execute("ROLLBACK")
        except psycopg.Error as error:
            if connection.broken:
                raise
            failure = error
            connection.execute("ROLLBACK")
            connection.execute("DEALLOCATE ALL")
        answers: list[Plan | Unplanned] = [
            Plan.from_json(document[0]) for cursor in cursors if cursor.pgresult and (document := cursor.fetchone())
        ]
        if failure is not None:
            set_up = len(ready) == len(before) and all(cursor.pgresult for cursor in ready)
            answers.append(self._remember(statements[len(answers)], failure) if set_up else _unplanned(failure))
        return answers

    def _remember(self, statement: str, error: psycopg.Error) -> Unplanned:
        refusal = _unplanned(error)
        if (error.sqlstate or "").startswith(_LASTING):
            self._refused[statement] = refusal
        return refusal

    def _send(self, connection: Connection, statement: str) -> Cursor[Any]:
        """A prepared statement keeps its plan over changes of indexes, so it lives for one question only."""
        parameters = self._parameters[statement]
        if not parameters:
            return connection.execute(_EXPLAIN + statement)
        connection.execute(f"PREPARE {_PREPARED} AS {statement}")
        nulls = ", ".join(["NULL"] * parameters)
        cursor = connection.execute(f"{_EXPLAIN} EXECUTE {_PREPARED}({nulls})")
        connection.execute(f"DEALLOCATE {_PREPARED}")
        return cursor


def _settings(before: Sequence[Command]) -> tuple[Any, ...]:
    """What the commands set: a statement may be understood under one search_path and not under another."""
    return tuple(tuple(values) for command, values in before if "set_config" in command)


def _parameter_count(connection: Connection, statement: str, before: Sequence[Command]) -> int:
    """The server's own count: `$1` may stand in a string or be missing between `$0` and `$2`."""
    if not _PARAMETER.search(statement):
        return 0
    with connection.transaction(force_rollback=True):
        for command, values in before:
            connection.execute(command, values)
        connection.execute(f"PREPARE {_PREPARED} AS {statement}", binary=True)  # extended protocol: one statement only
        row = connection.execute(
            "SELECT cardinality(parameter_types) FROM pg_prepared_statements WHERE name = %s", (_PREPARED,)
        ).fetchone()
        connection.execute(f"DEALLOCATE {_PREPARED}")
    return int(row[0]) if row else 0


def _unplanned(error: psycopg.Error) -> Unplanned:
    return Unplanned(str(error.diag.message_primary or error).splitlines()[0])
