"""The shadow as a planner: production's plans, from its statistics, on our own machine."""

import struct
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Self

import psycopg
from psycopg import Connection

from dbadvisor.errors import ServerUnavailable
from dbadvisor.model.index import IndexDefinition
from dbadvisor.model.names import Name
from dbadvisor.model.plan import Plan
from dbadvisor.model.snapshot import Snapshot
from dbadvisor.model.text import server_words
from dbadvisor.model.whatif import NOTHING, Unplanned, WhatIf
from dbadvisor.planner.explaining import Command, Explainer
from dbadvisor.planner.shadow import kept, majors
from dbadvisor.planner.shadow.assumptions import Assumptions, CannotAssume
from dbadvisor.planner.shadow.build import Shadow, build, reopen
from dbadvisor.planner.shadow.candidates import Candidate, Candidates
from dbadvisor.planner.shadow.fence import OURS, PLAN, SETTINGS, connect
from dbadvisor.servers.fetching import install
from dbadvisor.servers.installation import find, installations, nearest
from dbadvisor.servers.local import LocalServer, start

_BATCH = 50
"""Statements of one round trip."""


@contextmanager
def shadow(
    snapshot: Snapshot,
    *,
    offline: bool = False,
    keep: bool = True,
    progress: Callable[[str], None] = lambda _: None,
) -> Iterator["ShadowPlanner"]:
    """Builds a shadow of the snapshot's database and plans on it until the block ends; then nothing of it is left.

    But that of a large schema is kept for the next time in the user's cache, unless `keep` is false or the block ends
    by an exception (see `kept`).
    The server is of the snapshot's major version, built with ICU where the database sorts by it. One that is not
    installed is fetched into the user's cache, unless `offline`; where it can't be had the nearest one stands in,
    which the planner's `caveats` say. Raises ServerUnavailable where none can be started.
    """
    key = kept.key(snapshot) if keep else None
    with ExitStack() as stack:
        progress("shadow: starting a private server")
        major, icu = _server(snapshot.server.major, majors.needs_icu(snapshot), offline, progress)
        place = f"{major}{'-icu' if icu else ''}-{key}" if key else None
        server = stack.enter_context(_start(major, icu, place))
        built = _reopened(server, snapshot) if server.reused else None
        if built is None:
            if server.reused:
                server.stop()
                server = stack.enter_context(_start(major, icu, place))
            built = _build(server, snapshot, progress)
        planner = ShadowPlanner(built)
        with planner:
            yield planner
            tidy = place is not None and planner.drop_imagined()
        if place and tidy:
            server.keep(place)


def _reopened(server: LocalServer, snapshot: Snapshot) -> Shadow | None:
    try:
        return reopen(server, snapshot)
    except (psycopg.Error, OSError, ValueError):
        return None


def _build(server: LocalServer, snapshot: Snapshot, progress: Callable[[str], None]) -> Shadow:
    try:
        return build(server, snapshot, progress)
    except psycopg.Error as error:
        raise ServerUnavailable(
            f"the shadow could not be built: {server_words(error)}", "Try --planner hypopg, and report this."
        ) from error
    except (struct.error, ValueError, LookupError, ArithmeticError, RecursionError) as error:
        what = type(error).__name__
        raise ServerUnavailable(
            f"the shadow could not be built: the snapshot holds what no server has ({what})",
            "Take a new snapshot; if that does not help, report this.",
        ) from error


def _start(major: int, icu: bool, place: str | None) -> LocalServer:
    """With what is kept in that place; where that does not start (as after a power cut), without it."""
    try:
        return start(major, icu=icu, settings=SETTINGS, isolate=True, copied=True, kept=place)
    except ServerUnavailable:
        if place is None:
            raise
        return start(major, icu=icu, settings=SETTINGS, isolate=True, copied=True, kept=place)


def _server(major: int, icu: bool, offline: bool, progress: Callable[[str], None]) -> tuple[int, bool]:
    """The version to start, and whether one with ICU."""
    try:
        find(major, icu=icu)
    except ServerUnavailable:
        if not offline and _fetched(major, icu, progress):
            return major, icu
        return (major if any(installations(major)) else nearest(major).major), False
    return major, icu


def _fetched(major: int, icu: bool, progress: Callable[[str], None]) -> bool:
    progress(f"shadow: fetching PostgreSQL {major}{' with ICU' if icu else ''}")
    try:
        install(major, icu=icu)
    except ServerUnavailable:
        return False
    return True


class ShadowPlanner:
    """Answers what-if questions on a shadow. For one thread."""

    name = "shadow"

    def __init__(self, built: Shadow) -> None:
        self._shadow = built
        self._explainer = Explainer()
        self._plan = self._connect()
        self._watchdog = built.watchdog
        self._candidates = Candidates(
            built.admin, built.owner, built.storage, built.inventory, built.types, self._rows_of, self._watchdog
        )

        self._assumptions = Assumptions(built.admin, built.owner, built.inventory, built.server.major, self._watchdog)

    @property
    def calls(self) -> int:
        """Plans asked so far."""
        return self._explainer.calls

    @property
    def caveats(self) -> tuple[str, ...]:
        """Why plans may differ from production's."""
        return self._shadow.caveats

    @property
    def dropped(self) -> tuple[str, ...]:
        """Objects that could not be rebuilt, each with the reason."""
        return self._shadow.dropped

    def explain(
        self, statements: Sequence[str], whatif: WhatIf = NOTHING, *, role: str | None = None
    ) -> list[Plan | Unplanned]:
        """Plans every statement under one imagined change and as that role; one answer a statement, in order.

        Raises PlannerRefused for an imagined index that cannot be, ServerUnavailable when the shadow is lost.
        """
        shown = [oid for candidate in self._imagined(whatif.create) for oid in candidate.oids]
        settings = (*self._shadow.sessions.settings(role), *whatif.settings)
        try:
            assumed = self._assumptions.ids(whatif)
        except CannotAssume as refusal:
            return [Unplanned(str(refusal)) for _ in statements]
        before = _transaction(sorted(shown), sorted(self._hidden(whatif.hide)), assumed, settings)
        answers: list[Plan | Unplanned] = []
        while len(answers) < len(statements):
            answers += self._some(statements[len(answers) : len(answers) + _BATCH], before)
        return answers

    def index_bytes(self, definition: IndexDefinition) -> int:
        """The size that the index would have once built, in bytes. Raises PlannerRefused."""
        return self._imagined([definition])[0].bytes

    def _imagined(self, definitions: Iterable[IndexDefinition]) -> list[Candidate]:
        try:
            return self._candidates.get(definitions)
        except psycopg.Error as error:
            raise _lost(error) from error

    def drop_imagined(self) -> bool:
        """Makes the shadow as it was built; whether that could be done."""
        try:
            self._assumptions.drop()
            return self._candidates.drop()
        except psycopg.Error:
            return False

    def close(self) -> None:
        """Ends the connections and their watchdog."""
        self._watchdog.stop()
        for connection in (self._plan, self._shadow.owner, self._shadow.admin):
            connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _some(self, statements: Sequence[str], before: Sequence[Command]) -> list[Plan | Unplanned]:
        try:
            with self._watchdog.watch(self._plan):
                return self._explainer.explain(self._plan, statements, before)
        except psycopg.Error as error:
            self._plan.close()
            self._plan = self._connect()
            if len(statements) > 1:
                return self._some(statements[:1], before)
            return [Unplanned(f"planning took too long or ended the shadow's session: {server_words(error)}")]

    def _connect(self) -> Connection:
        try:
            return connect(self._shadow.server, PLAN)
        except psycopg.Error as error:
            raise _lost(error) from error

    def _hidden(self, names: frozenset[Name]) -> list[int]:
        """OIDs of existing indexes, a partitioned table's with its partitions'; unknown ones are hidden as it is."""
        known = (self._shadow.inventory.indexes.get(name) for name in names)
        return [oid for index in known if index for oid in self._shadow.inventory.descendants(index)]

    def _rows_of(self, table: Name, predicate: str) -> float:
        answer = self.explain([f"SELECT FROM {table} WHERE {predicate}"])[0]
        return answer.root.plan_rows if isinstance(answer, Plan) else self._shadow.inventory.catalog.rows(table)


def _lost(error: psycopg.Error) -> ServerUnavailable:
    return ServerUnavailable(f"the shadow was lost: {server_words(error)}", "Run dbadvisor again.")


def _transaction(
    shown: list[int], hidden: list[int], assumed: list[int], settings: Sequence[tuple[str, str]]
) -> list[Command]:
    """Switches indexes and statistics, then gives up writing: as a query has run by then, nothing takes that back."""
    switch = f"SELECT {OURS}.switch(%s::oid[], %s::oid[])"
    before: list[Command] = [(switch, (shown, hidden))]
    if assumed:
        before.append((f"SELECT {OURS}.assume(%s::int4[])", (assumed,)))
    before += [("SELECT set_config(%s, %s, true)", setting) for setting in settings]
    return [*before, ("SET TRANSACTION READ ONLY", ())]
