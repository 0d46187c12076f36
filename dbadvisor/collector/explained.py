"""How the server itself plans statements of the users': asked only where somebody wants to know just that.

Planning runs what users wrote (functions, operators, index expressions) with our role's rights. So the role must be
an ordinary one, which whoever calls this makes sure of, and the transaction is read-only like any other of ours.
Nothing is run: the texts are parsed here first, and EXPLAIN never comes with ANALYZE.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from dbadvisor.collector.queries import MARK, Query
from dbadvisor.collector.session import PINNED, ReadOnlySession, SkippedQuery
from dbadvisor.model.plan import Plan
from dbadvisor.model.whatif import Unplanned
from dbadvisor.sqltext.parse import Unparsable, statement_kind

_SAFETY = ("default_transaction_read_only", "lock_timeout", "idle_in_transaction_session_timeout", "jit")
"""Pins that stay; the others would not be the application's. JIT changes no plan, and is off on the shadow."""

_PARAMETER = re.compile(r"\$\d")

_WHY = {
    "42501": "our role may not do what the statement does",
    "55P03": "a relation is locked by another session",
    "57014": "planning took too long",
    "25006": "the server takes no such statement in a read-only transaction",
}


@dataclass(frozen=True, slots=True)
class Question:
    """A statement to be planned, and the settings that its session would have."""

    sql: str
    settings: tuple[tuple[str, str], ...]


def explain_there(session: ReadOnlySession, questions: Iterable[Question]) -> list[Plan | Unplanned]:
    """The server's plans, in order; of what it does not plan, why. Raises DatabaseLost."""
    answers = [_explain(session, question) for question in questions]
    session.rest()
    return answers


def _explain(session: ReadOnlySession, question: Question) -> Plan | Unplanned:
    if reason := unfit(question.sql):
        return Unplanned(reason)
    settings: Mapping[str, str] = {**{name: PINNED[name] for name in _SAFETY}, **dict(question.settings)}
    sql = f"EXPLAIN {MARK}: check */ (VERBOSE, FORMAT JSON) {question.sql}"
    try:
        (row,) = session.fetch(Query("check", "postgres", (13,), "a statement's plan", sql), settings=settings)
    except SkippedQuery as skipped:
        return Unplanned(_WHY.get(skipped.sqlstate, f"the server refused it (SQLSTATE {skipped.sqlstate})"))
    return Plan.from_json(row["QUERY PLAN"])


def unfit(sql: str) -> str | None:
    """Why a text is not sent: it is not one plain statement on rows, or holds open parameters."""
    try:
        kind = statement_kind(sql)
    except Unparsable as error:
        return str(error)
    if kind == "UTILITY":
        return "not a SELECT, INSERT, UPDATE, DELETE or MERGE"
    return "its parameters have no values" if _PARAMETER.search(sql) else None
