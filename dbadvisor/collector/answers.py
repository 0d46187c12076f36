"""Asks the questions and keeps the answers as rows, with a named gap for each that could not be had."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from dbadvisor.collector.connection import refuse_strangers
from dbadvisor.collector.queries import Query, Version, needed, question
from dbadvisor.collector.session import PINNED, Row, SkippedQuery
from dbadvisor.errors import DatabaseLost
from dbadvisor.model.names import quote
from dbadvisor.model.snapshot import Gap, ServerCost

BIGGEST = 5_000
"""Relations whose true size and column statistics are asked: beyond, a look would cost the server seconds."""

LOCK_NOT_AVAILABLE, CANCELED, DENIED = "55P03", "57014", "42501"
NOT_ASKED = "not asked"
"""Stands for the SQLSTATE where nobody asked: the script for psql leaves a question out."""

_SUBJECTS = {
    "table_activity": ("activity", "how tables are used"),
    "index_activity": ("activity", "how indexes are used"),
    "statistics": ("statistics", "column statistics"),
    "extended_statistics": ("extended_statistics", "extended statistics"),
    "extended_data": ("extended_statistics", "what extended statistics know"),
    "statistic_rows": ("statistics", "column statistics"),
    "sequences": ("sequences", "how far sequences have come"),
    "sessions": ("sessions", "what runs now"),
    "statements": ("pg_stat_statements", "the workload's counters"),
    "statements_window": ("pg_stat_statements", "since when statements are counted"),
    "texts": ("pg_stat_statements", "the workload's texts"),
    "users_code": ("probes", "how high indexes are and where they end"),
    "btree_heights": ("probes", "how high indexes are"),
    "gin_pages": ("probes", "of which pages GIN indexes are"),
    "ended_columns": ("probes", "where indexes end"),
    "sizes": ("sizes", "the true sizes of some relations"),
    "identity": ("identity", "the server's system identifier"),
}
"""Question → (gap key, what is missing); others are named by themselves."""
_IN_TABLES = ("statistics", "statistic_rows", "extended_data", "sequences")
"""Questions whose answers only those may see who may read the tables."""


class Source(Protocol):
    """Who answers: a session on the server, or a file of what psql printed."""

    @property
    def version_num(self) -> int:
        """As in server_version_num."""

    @property
    def libpq_backend_pid(self) -> int:
        """The process that the login was answered by."""

    @property
    def cost(self) -> ServerCost:
        """What the answers cost the server."""

    def fetch(
        self,
        query: Query,
        parameters: Sequence[Any] = (),
        *,
        timeout_ms: int | None = None,
        settings: Mapping[str, str] = PINNED,
    ) -> list[Row]:
        """The rows of one question under these settings; raises SkippedQuery when there is no answer."""

    def rest(self) -> None:
        """Lets go of what questions before hold, such as locks."""


class Answers:
    """Rows by question. A question that fails leaves no rows and one gap; the run goes on."""

    def __init__(self, session: Source) -> None:
        self.session = session
        self.versions: dict[str, Version] = {"postgres": (session.version_num // 10000,)}
        self.rows: dict[str, list[Row]] = {}
        self.gaps: list[Gap] = []
        self.refused: dict[str, str] = {}
        """SQLSTATE of the questions that failed."""
        self.pooled = False
        """Whether another process answers than the one that let us in: a pooler stands between."""
        self._locked: list[int] = []

    def ask(
        self, name: str, *parameters: Any, schema: str = "public", timeout_ms: int | None = None, gap: bool = True
    ) -> list[Row]:
        """The rows of a question (none when these versions cannot answer it), also kept in `rows`.

        `schema` is where the extension lives that is asked. With `gap=False` the caller names what is missing.
        """
        query = question(name, self.versions)
        self.rows[name] = []
        if query is None:
            return []
        try:
            self.rows[name] = self.session.fetch(query.within(schema), parameters, timeout_ms=timeout_ms)
        except SkippedQuery as skipped:
            self.refused[name] = skipped.sqlstate
            if gap:
                self.gaps.append(self._gap(name, skipped.sqlstate))
        return self.rows[name]

    def ask_server(self) -> None:
        """The first question. Raises UsageError for a server that only looks like PostgreSQL."""
        try:
            self.rows["server"] = self.session.fetch(needed("server", self.versions))
        except SkippedQuery as skipped:
            raise DatabaseLost(
                f"the server refuses every question (SQLSTATE {skipped.sqlstate})",
                "Look into its log.",
            ) from None
        refuse_strangers(self.one("server")["product"])
        self.pooled = self.one("server")["backend_pid"] != self.session.libpq_backend_pid

    def ask_unlocked(self, name: str) -> list[Row]:
        """As `ask`, of a question whose $1 are the relations it must not touch; asks twice when a lock came between."""
        rows = self.ask(name, self.locked, gap=False)
        if name not in self.refused:
            return rows
        if self.refused.pop(name) == LOCK_NOT_AVAILABLE:
            self.look_for_locks()
        return self.ask(name, self.locked)

    def look_for_locks(self) -> None:
        """Notes which relations somebody holds or awaits exclusively."""
        found = {row["oid"] for row in self.ask("locked")}
        self._locked = sorted(found.union(self._locked))

    @property
    def locked(self) -> Sequence[int]:
        """Oids of those relations, and of none at first."""
        return self._locked

    @property
    def statistics(self) -> Sequence[Row]:
        """What ANALYZE knows, from the catalog or where the role may not read that from pg_stats."""
        return self.rows.get("statistic_rows") or self.rows.get("statistics") or ()

    def one(self, name: str) -> Row:
        """The first row of an answered question; empty when there is none."""
        return next(iter(self.rows.get(name, ())), {})

    def grant(self, *roles: str) -> str:
        """The GRANT that would let our role see what these predefined roles may see."""
        role = quote(self.one("server").get("role", "advisor"))
        if "pg_read_all_data" in roles and self.versions["postgres"] < (14,):
            return f"GRANT SELECT ON ALL TABLES IN SCHEMA … TO {role};"  # before 14 there is no such role
        return f"GRANT {', '.join(roles)} TO {role};"

    def _gap(self, name: str, sqlstate: str) -> Gap:
        key, what = _SUBJECTS.get(name, (name, name.replace("_", " ")))
        if sqlstate == NOT_ASKED:
            return Gap(key, what, "the script for psql does not ask it", "Let dbadvisor snapshot look by itself.")
        if sqlstate == DENIED:
            role = "pg_read_all_data" if name in _IN_TABLES else "pg_monitor"
            return Gap(key, what, "the role may not read it", self.grant(role))
        if sqlstate == LOCK_NOT_AVAILABLE:
            return Gap(key, what, "a relation is locked by another session", "Run again when the lock is gone.")
        if sqlstate == CANCELED:
            return Gap(key, what, "the server did not answer in time", "Run again when the server is less busy.")
        return Gap(key, what, f"the server refused the question (SQLSTATE {sqlstate})")
