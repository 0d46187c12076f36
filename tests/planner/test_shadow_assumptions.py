"""Imagined statistics against those that ANALYZE really gathered: the same values give the same plans."""

import json
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from comparing import planned, truth, values

from dbadvisor.collector.collect import collect
from dbadvisor.model.names import Name
from dbadvisor.model.whatif import AssumedDistinct, AssumedStatistics, Unplanned, WhatIf
from dbadvisor.planner.shadow import ShadowPlanner, shadow
from dbadvisor.servers.local import LocalServer

pytestmark = pytest.mark.live

Original = psycopg.Connection[Any]

BOOKED, DIVIDED = Name("public", "booked"), Name("public", "divided")

# Few enough rows that ANALYZE looks at all of them, and so finds the same each time.
_TABLES = """
CREATE TABLE booked AS
SELECT i AS id, 'land' || i % 40 AS land, 'town' || i % 400 AS town, i % 1200 AS street, i % 7 AS kind
FROM generate_series(1, 20000) i;
CREATE TABLE divided (land int, town int, id int) PARTITION BY RANGE (id);
CREATE TABLE divided_1 PARTITION OF divided FOR VALUES FROM (0) TO (10000);
CREATE TABLE divided_2 PARTITION OF divided FOR VALUES FROM (10000) TO (20001);
INSERT INTO divided SELECT i % 40, i % 400, i FROM generate_series(1, 20000) i;
ANALYZE
"""

QUESTIONS = (
    "SELECT * FROM booked WHERE land = 'land5' AND town = 'town45'",
    "SELECT * FROM booked WHERE land = 'land5' AND town = 'town45' AND kind = 3",
    "SELECT land, town, count(*) FROM booked GROUP BY land, town",
    "SELECT land, town, street FROM booked GROUP BY land, town, street",
    "SELECT DISTINCT town, street FROM booked",
    "SELECT land, town, count(*) FROM divided GROUP BY land, town",
)


@pytest.fixture(scope="module")
def correlated(server: LocalServer) -> Iterator[tuple[Original, ShadowPlanner]]:
    """A database with columns that hang together, statistics on which came after the shadow was made."""
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute("CREATE DATABASE correlated")
        with psycopg.connect(server.url("correlated"), autocommit=True) as inside:
            for statement in _TABLES.split(";\n"):
                inside.execute(statement)
            with shadow(collect(server.url("correlated"))) as planner:
                inside.execute("CREATE STATISTICS towns (ndistinct, dependencies) ON land, town, street FROM booked")
                inside.execute("CREATE STATISTICS parts (ndistinct, dependencies) ON land, town FROM divided")
                inside.execute("ANALYZE")
                yield inside, planner
        connection.execute("DROP DATABASE correlated WITH (FORCE)")


def gathered(original: Original, table: Name) -> AssumedStatistics:
    """What the real statistics of the table say."""
    names = dict(
        original.execute("SELECT attnum, attname::text FROM pg_attribute WHERE attrelid = %s::regclass", (str(table),))
    )
    row = original.execute(
        "SELECT d.stxdndistinct::text, d.stxddependencies::text FROM pg_statistic_ext_data d"
        " JOIN pg_statistic_ext e ON e.oid = d.stxoid WHERE e.stxrelid = %s::regclass",
        (str(table),),
    ).fetchone()
    assert row

    def columns(numbers: str) -> tuple[str, ...]:
        return tuple(names[int(number)] for number in numbers.split(","))

    dependencies = [(*key.split(" => "), degree) for key, degree in json.loads(row[1]).items()]
    return AssumedStatistics(
        table,
        combinations=tuple((columns(key), count) for key, count in json.loads(row[0]).items()),
        dependencies=tuple((columns(of), columns(to)[0], degree) for of, to, degree in dependencies),
    )


@pytest.mark.parametrize("question", QUESTIONS)
def test_assumed_statistics_are_planned_like_gathered_ones(
    correlated: tuple[Original, ShadowPlanner], question: str
) -> None:
    original, planner = correlated
    plain = planned(planner.explain([question])[0])
    assumed = frozenset((gathered(original, BOOKED), gathered(original, DIVIDED)))

    got = planned(planner.explain([question], WhatIf(statistics=assumed))[0])

    assert values(got) == values(truth(original, question))
    assert values(got) != values(plain)
    assert values(planned(planner.explain([question])[0])) == values(plain)


def test_an_assumed_number_of_values_is_planned_like_an_override(
    correlated: tuple[Original, ShadowPlanner],
) -> None:
    original, planner = correlated
    question = "SELECT street, count(*) FROM booked GROUP BY street"
    plain = values(planned(planner.explain([question])[0]))
    original.execute("ALTER TABLE booked ALTER street SET (n_distinct = 5000)")
    original.execute("ANALYZE booked (street)")
    expected = values(truth(original, question))
    original.execute("ALTER TABLE booked ALTER street RESET (n_distinct)")
    original.execute("ANALYZE booked (street)")

    got = values(
        planned(planner.explain([question], WhatIf(distinct=frozenset([AssumedDistinct(BOOKED, "street", 5000)])))[0])
    )

    assert got["/0.Plan Rows"] == expected["/0.Plan Rows"]
    assert got == expected != plain
    assert values(planned(planner.explain([question])[0])) == plain


@pytest.mark.parametrize(
    ("whatif", "reason"),
    [
        (WhatIf(statistics=frozenset([AssumedStatistics(BOOKED, ((("land", "sky"), 3.0),))])), "no column sky"),
        (WhatIf(statistics=frozenset([AssumedStatistics(Name("public", "no"), ((("a", "b"), 3.0),))])), "no table"),
        (WhatIf(distinct=frozenset([AssumedDistinct(BOOKED, "sky", 3.0)])), "no column sky"),
    ],
)
def test_what_cannot_be_assumed_is_named(
    correlated: tuple[Original, ShadowPlanner], whatif: WhatIf, reason: str
) -> None:
    answers = correlated[1].explain(["SELECT * FROM booked", "SELECT 1"], whatif)
    assert [isinstance(answer, Unplanned) and reason in answer.reason for answer in answers] == [True, True]


def test_statistics_on_one_column_are_nonsense() -> None:
    with pytest.raises(ValueError, match="two columns"):
        AssumedStatistics(BOOKED, ((("land",), 3.0),))
