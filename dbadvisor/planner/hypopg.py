"""HypoPG as a planner: the second door, on the user's own server, for those who ask for it.

It plans the users' statements where they run, so it keeps to what the collector keeps to: read-only transactions,
short timeouts, an ordinary role, a session of its own (imagined indexes live in the session, and behind a pooler
the application would see them). Only B-trees, hash, BRIN and bloom can be imagined, sizes are rough (no
deduplication), and indexes can be hidden from HypoPG 1.4 on.
"""

import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from threading import Timer
from typing import Any

import psycopg
from psycopg import Connection

from dbadvisor import __version__
from dbadvisor.errors import DatabaseLost, RefusedForSafety, UsageError
from dbadvisor.model.index import IndexDefinition
from dbadvisor.model.names import quote
from dbadvisor.model.plan import Node, Plan
from dbadvisor.model.snapshot import Snapshot
from dbadvisor.model.text import server_words
from dbadvisor.model.whatif import NOTHING, PlannerRefused, Unplanned, WhatIf
from dbadvisor.planner.explaining import Command, Explainer

STATEMENT_SECONDS = 5
_OPTIONS = (
    f"-c default_transaction_read_only=on -c statement_timeout={STATEMENT_SECONDS}s -c lock_timeout=100ms"
    " -c idle_in_transaction_session_timeout=10s -c plan_cache_mode=force_generic_plan -c jit=off"
)
_BATCH = 20


@contextmanager
def hypopg(target: str | Path, snapshot: Snapshot, *, allow_powerful_role: bool = False) -> Iterator["HypoPGPlanner"]:
    """A session on the analysed server that plans with HypoPG.

    Raises UsageError for a snapshot file or a server without the extension, RefusedForSafety behind a pooler or
    for a powerful role that was not allowed (planning runs the users' functions), DatabaseLost when the server
    cannot be reached.
    """
    if isinstance(target, Path):
        raise UsageError("HypoPG plans on the server itself, not on a file", "Leave out --planner hypopg.")
    schema = next((extension.schema for extension in snapshot.extensions if extension.name == "hypopg"), None)
    if schema is None:
        raise UsageError("the extension hypopg is not created in this database", "Leave out --planner hypopg.")
    _refuse_danger(snapshot, allow_powerful_role)
    try:
        connection = psycopg.connect(
            target,
            autocommit=True,
            prepare_threshold=None,
            options=_OPTIONS,
            application_name=f"dbadvisor/{__version__}",
        )
    except psycopg.OperationalError as error:
        raise DatabaseLost("the server did not open a second session, for HypoPG", "Try again later.") from error
    with connection:
        path = ", ".join(map(quote, snapshot.search_path))
        connection.execute("SELECT set_config('search_path', %s, false)", (path,))
        yield HypoPGPlanner(connection, snapshot, schema)


def _refuse_danger(snapshot: Snapshot, allow_powerful_role: bool) -> None:
    if snapshot.server.pooled:
        raise RefusedForSafety(
            "behind a pooler imagined indexes would show in the application's plans", "Connect to the server directly."
        )
    if snapshot.server.powers and not allow_powerful_role:
        raise RefusedForSafety(
            f"planning on the server runs the users' functions, and this role is {snapshot.server.powers[0]}",
            "Connect as an ordinary role, or give --allow-powerful-role.",
        )


class HypoPGPlanner:
    """Answers what-if questions with hypothetical indexes in one session of the user's server. For one thread."""

    name = "hypopg"

    def __init__(self, connection: Connection, snapshot: Snapshot, schema: str) -> None:
        self._connection = connection
        self._schema = quote(schema)
        self._explainer = Explainer()
        self._oids = {index.name: index.oid for index in snapshot.indexes}
        version = next(extension.version for extension in snapshot.extensions if extension.name == "hypopg")
        self._hides = tuple(int(part) for part in version.split(".")[:2]) >= (1, 4)
        self._sizes: dict[IndexDefinition, int] = {}

    @property
    def calls(self) -> int:
        """Plans asked so far."""
        return self._explainer.calls

    def explain(
        self, statements: Sequence[str], whatif: WhatIf = NOTHING, *, role: str | None = None
    ) -> list[Plan | Unplanned]:
        """Plans every statement under one imagined change; one answer a statement, in order.

        As the session's own role, whatever `role` says.

        Raises PlannerRefused for an index that HypoPG cannot imagine, DatabaseLost when the server is gone.
        """
        if whatif.statistics or whatif.distinct:
            return [Unplanned("HypoPG cannot imagine statistics; the shadow can") for _ in statements]
        if whatif.hide and not self._hides:
            return [Unplanned("this version of HypoPG cannot hide indexes; 1.4 can") for _ in statements]
        with self._imagined(whatif) as names:
            before: list[Command] = [("SET TRANSACTION READ ONLY", ())]
            before += [("SELECT set_config(%s, %s, true)", setting) for setting in whatif.settings]
            answers: list[Plan | Unplanned] = []
            while len(answers) < len(statements):
                batch = statements[len(answers) : len(answers) + _BATCH]
                with _bounded(self._connection, (len(batch) + 1) * STATEMENT_SECONDS):
                    answers += self._explainer.explain(self._connection, batch, before)
        return [
            replace(answer, root=_renamed(answer.root, names)) if isinstance(answer, Plan) else answer
            for answer in answers
        ]

    def index_bytes(self, definition: IndexDefinition) -> int:
        """HypoPG's estimate of the size in bytes. Raises PlannerRefused."""
        if definition not in self._sizes:
            with self._imagined(WhatIf(create=frozenset((definition,)))):
                pass
        return self._sizes[definition]

    @contextmanager
    def _imagined(self, whatif: WhatIf) -> Iterator[Mapping[str, str]]:
        """Imagines the change for the block; the names that the server gave the indexes, to ours."""
        try:
            names = self._create(sorted(whatif.create, key=lambda definition: definition.body))
            for name in whatif.hide & self._oids.keys():
                self._ask(f"SELECT {self._schema}.hypopg_hide_index(%s::oid)", (self._oids[name],))
            yield names
            self._reset()
        except PlannerRefused:
            self._reset()
            raise
        except psycopg.OperationalError as error:
            if not self._connection.broken:
                raise
            raise DatabaseLost("the server ended the session that planned with HypoPG", "Try again later.") from error

    def _create(self, definitions: Sequence[IndexDefinition]) -> dict[str, str]:
        """All in one statement; where that fails one by one, so that the refused one is known."""
        try:
            made = self._made([definition.create_sql(definition.default_name) for definition in definitions])
        except psycopg.Error as error:
            if self._connection.broken:
                raise
            if len(definitions) == 1:
                raise PlannerRefused(definitions[0], server_words(error)) from error
            self._reset()
            return {name: ours for one in definitions for name, ours in self._create([one]).items()}
        for definition, (_, size) in zip(definitions, made, strict=True):
            self._sizes[definition] = size
        return {name: definition.default_name for definition, (name, _) in zip(definitions, made, strict=True)}

    def _made(self, texts: Sequence[str]) -> list[tuple[str, int]]:
        """The name and the size of each imagined index."""
        rows = self._connection.execute(
            f"SELECT h.indexname, {self._schema}.hypopg_relation_size(h.indexrelid)"
            f" FROM unnest(%s::text[]) WITH ORDINALITY d (text, place), {self._schema}.hypopg_create_index(d.text) h"
            " ORDER BY place",
            (list(texts),),
        ).fetchall()
        return [(str(name), int(size)) for name, size in rows]

    def _reset(self) -> None:
        self._ask(f"SELECT {self._schema}.hypopg_reset()", ())
        if self._hides:
            self._ask(f"SELECT {self._schema}.hypopg_unhide_all_indexes()", ())

    def _ask(self, question: str, values: Sequence[Any]) -> tuple[Any, ...]:
        row = self._connection.execute(question, values, binary=True).fetchone()
        assert row is not None
        return tuple(row)


def _renamed(node: Node, names: Mapping[str, str]) -> Node:
    children = tuple(_renamed(child, names) for child in node.children)
    if node.index is None or node.index not in names:
        return replace(node, children=children)
    name = names[node.index]
    return replace(node, children=children, index=name, raw={**node.raw, "Index Name": name})


@contextmanager
def _bounded(connection: Connection, seconds: float) -> Iterator[None]:
    """Hangs up when the block takes longer: a function of the users' may outlive statement_timeout."""
    with socket.fromfd(connection.fileno(), socket.AF_UNSPEC, socket.SOCK_STREAM) as wire:
        timer = Timer(seconds, wire.shutdown, (socket.SHUT_RDWR,))
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
