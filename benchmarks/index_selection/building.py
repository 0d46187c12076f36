"""Sets of indexes truly built, on a clone of the database, so that the database itself is never changed."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import psycopg

from dbadvisor.bench.clone import clone, connect, sweep
from dbadvisor.model.text import server_words
from index_selection.evaluator import Made, Refused, Verdict, definitions, plans, verdict


@dataclass(frozen=True, slots=True)
class Built:
    """Two sessions on one clone: one sees the new indexes, the other does not.

    The indexes stay uncommitted. So both read the same tables through the same cache and plan with the same figures
    (CREATE INDEX counts a table's rows anew, which all sessions see at once).
    """

    without: psycopg.Connection
    having: psycopg.Connection
    tried: tuple[Made | Refused, ...]
    existing: tuple[str, ...]


@contextmanager
def build(url: str, bodies: Sequence[str]) -> Iterator[Built]:
    """Builds the set on a clone of `url`'s database for the block.

    Raises RefusedForSafety while others are connected to the database.
    """
    sweep(url)
    with ExitStack() as stack:
        copy = stack.enter_context(clone(url))
        without = stack.enter_context(connect(copy))
        having = stack.enter_context(connect(copy))
        existing = definitions(without)
        stack.enter_context(having.transaction(force_rollback=True))
        tried = tuple(_built(having, f"new_{number}", body) for number, body in enumerate(bodies))
        yield Built(without, having, tried, existing)


def judge(built: Built, queries: Mapping[str, str]) -> Verdict:
    """What the planner says of the built set."""
    before, unplanned = plans(built.without, queries)
    after, _ = plans(built.having, {name: queries[name] for name in before})
    return verdict(before, after, unplanned, built.tried, built.existing)


def _built(connection: psycopg.Connection, name: str, body: str) -> Made | Refused:
    try:
        with connection.transaction():
            connection.execute(f"CREATE INDEX {name} ON {body}".encode())
    except psycopg.Error as error:
        return Refused(body, server_words(error))
    row = connection.execute(
        "SELECT pg_get_indexdef(%s::regclass), pg_relation_size(%s::regclass)", (name, name)
    ).fetchone()
    assert row
    return Made(body, name, *row)
