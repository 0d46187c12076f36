"""The neutral judge of a set of indexes: what the planner says of a workload before and with all of them at once.

The indexes are HypoPG's, or truly built (see building.py). An index is given by the text behind ON of CREATE INDEX:
`lineitem (l_partkey, l_shipdate) INCLUDE (l_quantity)`.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import psycopg

from dbadvisor.model.plan import Plan
from dbadvisor.model.text import server_words
from index_selection.structure import copies_of, leads

WORSE = 1.0001
"""A statement is worse when its cost is more than this times what it was: less is rounding."""

_EXISTING = """
SELECT pg_get_indexdef(i.indexrelid) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
WHERE i.indisvalid AND c.relnamespace::regnamespace::text !~ '^pg_'
"""


@dataclass(frozen=True, slots=True)
class Made:
    """An index that the server took: its name in plans, how the server writes it, its bytes."""

    body: str
    name: str
    definition: str
    bytes: int


@dataclass(frozen=True, slots=True)
class Refused:
    """An index that the server did not take, with its words."""

    body: str
    reason: str


@dataclass(frozen=True, slots=True)
class Cost:
    """A statement's planner cost."""

    before: float
    after: float
    used: frozenset[str] = frozenset()
    """The indexes (bodies) of the set that its plan names."""

    @property
    def ratio(self) -> float:
        """After by before."""
        return self.after / self.before


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a set of indexes is worth."""

    costs: Mapping[str, Cost]
    """By the query's name."""
    made: tuple[Made, ...]
    refused: tuple[Refused, ...]
    duplicates: tuple[str, ...]
    """Those that are an existing index once more. HypoPG's copy often looks cheaper than the original."""
    leading: tuple[str, ...]
    """Those whose keys an existing index leads with: smaller than it, and else no better."""
    unplanned: Mapping[str, str]
    """Queries that the server cannot plan, with its words."""

    @property
    def relative(self) -> float:
        """The workload's cost after by before."""
        costs = self.costs.values()
        return sum(each.after for each in costs) / sum(each.before for each in costs)

    @property
    def geometric_mean(self) -> float:
        """Of the statements' ratios: every statement counts alike, however costly."""
        return math.exp(math.fsum(math.log(each.ratio) for each in self.costs.values()) / len(self.costs))

    @property
    def bytes(self) -> int:
        """All indexes together."""
        return sum(each.bytes for each in self.made)

    @property
    def unused(self) -> tuple[str, ...]:
        """Indexes that no statement's plan names."""
        used = frozenset().union(*(each.used for each in self.costs.values()))
        return tuple(each.body for each in self.made if each.body not in used)

    @property
    def worse(self) -> tuple[str, ...]:
        """Statements that cost more than before."""
        return tuple(name for name, each in self.costs.items() if each.after > each.before * WORSE)


def imagine(url: str, queries: Mapping[str, str], bodies: Sequence[str]) -> Verdict:
    """Judges the set with HypoPG, in a session of its own."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SELECT hypopg_reset()")
        before, unplanned = plans(connection, queries)
        existing = definitions(connection)
        made = [_imagined(connection, body) for body in bodies]
        after, _ = plans(connection, {name: queries[name] for name in before})
    return verdict(before, after, unplanned, made, existing)


def verdict(
    before: Mapping[str, Plan],
    after: Mapping[str, Plan],
    unplanned: Mapping[str, str],
    tried: Iterable[Made | Refused],
    existing: Sequence[str],
) -> Verdict:
    """Puts together what was seen; `existing` are the definitions of the indexes that were there already."""
    outcomes = tuple(tried)
    made = tuple(each for each in outcomes if isinstance(each, Made))
    bodies = {each.name: each.body for each in made}
    costs = {
        name: Cost(plan.cost, after[name].cost, frozenset(bodies[one] for one in after[name].indexes & bodies.keys()))
        for name, plan in before.items()
        if name in after
    }
    duplicates = tuple(each.body for each in made if copies_of(each.definition, existing))
    leading = tuple(each.body for each in made if each.body not in duplicates and leads(existing, each.definition))
    refused = tuple(each for each in outcomes if isinstance(each, Refused))
    return Verdict(costs, made, refused, duplicates, leading, unplanned)


def definitions(connection: psycopg.Connection) -> tuple[str, ...]:
    """The indexes that exist, as the server writes them."""
    return tuple(text for (text,) in connection.execute(_EXISTING))


def plans(connection: psycopg.Connection, queries: Mapping[str, str]) -> tuple[dict[str, Plan], dict[str, str]]:
    """The plan of each query, and why some have none."""
    planned: dict[str, Plan] = {}
    refused: dict[str, str] = {}
    for name, text in queries.items():
        try:
            with connection.transaction(force_rollback=True):
                row = connection.execute(f"EXPLAIN (FORMAT JSON) {text}".encode()).fetchone()
        except psycopg.Error as error:
            refused[name] = server_words(error)
            continue
        assert row
        planned[name] = Plan.from_json(row[0])
    return planned, refused


def _imagined(connection: psycopg.Connection, body: str) -> Made | Refused:
    asked = (
        "SELECT indexname, hypopg_get_indexdef(indexrelid), hypopg_relation_size(indexrelid)"
        " FROM hypopg_create_index(%s)"
    )
    try:
        row = connection.execute(asked, (f"CREATE INDEX ON {body}",)).fetchone()
    except psycopg.Error as error:
        return Refused(body, server_words(error))
    assert row
    return Made(body, *row)
