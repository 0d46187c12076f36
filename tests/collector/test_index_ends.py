"""Where indexes end is read where that runs nobody's code, so that rows newer than the statistics are planned right."""

from collections.abc import Iterator
from dataclasses import replace

import psycopg
import pytest

from dbadvisor.collector import probing
from dbadvisor.collector.collect import collect
from dbadvisor.model.plan import Plan
from dbadvisor.model.snapshot import Snapshot, Table
from dbadvisor.planner.shadow import shadow
from dbadvisor.servers.local import LocalServer

pytestmark = pytest.mark.live

ADVISOR = "ends_advisor"
EVENTS = """
    CREATE TYPE mood AS ENUM ('sad', 'fine');
    CREATE TABLE events (id bigint PRIMARY KEY, at timestamptz NOT NULL, name text, amount numeric(10, 2), mood mood);
    INSERT INTO events SELECT i, timestamptz '2024-01-01' + i * interval '1 min', 'n' || i, i / 7.0, 'fine'
    FROM generate_series(1, 30000) i;
    CREATE INDEX ON events (at DESC); CREATE INDEX ON events (name, id); CREATE INDEX ON events (amount NULLS FIRST);
    CREATE INDEX ON events (mood);
"""
LATER = """
    INSERT INTO events SELECT i, timestamptz '2024-01-01' + i * interval '1 min', 'z' || i, i / 7.0, 'sad'
    FROM generate_series(30001, 34000) i
"""
QUERIES = (
    "SELECT * FROM events WHERE id > 30500",
    "SELECT * FROM events WHERE at > '2024-01-22 23:00+00'",
    "SELECT * FROM events WHERE name > 'z2'",
    "SELECT * FROM events WHERE amount > 4300",
    "SELECT * FROM events WHERE id BETWEEN 33000 AND 99000",
)


@pytest.fixture
def admin(database: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(f"CREATE ROLE {ADVISOR} LOGIN; GRANT pg_monitor, pg_read_all_data TO {ADVISOR}")
        connection.execute("CREATE EXTENSION pg_stat_statements")
        yield connection
        connection.execute(f"DROP OWNED BY {ADVISOR}; DROP ROLE {ADVISOR}")


@pytest.fixture
def advisor(server: LocalServer, database: str, admin: psycopg.Connection) -> str:
    return server.url(admin.info.dbname, ADVISOR)


@pytest.fixture(autouse=True)
def _patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests' machine may be busy."""
    monkeypatch.setattr(probing, "TIMEOUT_MS", 5_000)
    monkeypatch.setattr(probing, "SECONDS", 30.0)
    monkeypatch.setattr(probing, "SAMPLED_ROWS", 0)  # small tables are asked as well


def table(seen: Snapshot, name: str) -> Table:
    return next(found for found in seen.tables if found.name.name == name)


def ends(seen: Snapshot, name: str) -> dict[str, tuple[str | None, str | None]]:
    return {column.name: (column.minimum, column.maximum) for column in table(seen, name).columns if column.minimum}


def costs(seen: Snapshot) -> list[tuple[float, float]]:
    with shadow(seen) as planner:
        plans = planner.explain(QUERIES)
    return [(plan.cost, plan.root.plan_rows) for plan in plans if isinstance(plan, Plan)]


def test_a_table_that_grew_since_analyze_is_planned_as_there(admin: psycopg.Connection, advisor: str) -> None:
    admin.execute(EVENTS)
    admin.execute("VACUUM ANALYZE events")
    admin.execute(LATER)
    found = [admin.execute(f"EXPLAIN (FORMAT JSON) {query}").fetchone() for query in QUERIES]
    truth = [(plan.cost, plan.root.plan_rows) for plan in (Plan.from_json(row[0]) for row in found if row)]

    seen = collect(advisor)

    assert seen.gaps == ()
    assert ends(seen, "events") == {
        "id": ("1", "34000"),
        "at": ("2024-01-01 00:01:00+00", "2024-01-24 14:40:00+00"),
        "name": ("n1", "z34000"),
        "amount": ("0.14", "4857.14"),
    }
    blind = tuple(replace(column, minimum=None, maximum=None) for column in table(seen, "events").columns)
    assert costs(seen) == truth
    without = costs(replace(seen, tables=(replace(table(seen, "events"), columns=blind),)))
    assert [pair for pair in zip(truth, without, strict=True) if pair[0] == pair[1]] == []


TOUCHY = """
    CREATE FUNCTION note(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RAISE LOG ''ran''; RETURN $1; END';
    CREATE FUNCTION less(int, int) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN $1 < $2; END';
    CREATE OPERATOR <<< (LEFTARG = int, RIGHTARG = int, FUNCTION = less);
    CREATE TABLE plain (id int PRIMARY KEY);
    CREATE TABLE by_function (id int PRIMARY KEY);
    CREATE TABLE by_predicate (id int PRIMARY KEY);
    CREATE TABLE by_operator (id int PRIMARY KEY);
    CREATE TABLE in_statistics (id int PRIMARY KEY, other int);
    CREATE TABLE secured (id int PRIMARY KEY);
    CREATE TABLE composite (id int, pair pair);
    CREATE TABLE arrays (id mood[] PRIMARY KEY);
    CREATE INDEX ON by_function (note(id));
    CREATE INDEX ON by_predicate (id) WHERE note(1) = 1;
    CREATE INDEX ON by_operator (id) WHERE id <<< 7;
    CREATE INDEX ON composite (pair);
    CREATE STATISTICS known ON (note(id)), other FROM in_statistics;
    ALTER TABLE secured ENABLE ROW LEVEL SECURITY;
"""


def test_tables_that_run_what_users_wrote_are_left_alone(admin: psycopg.Connection, advisor: str) -> None:
    admin.execute("CREATE TYPE pair AS (a int, b int); CREATE TYPE mood AS ENUM ('sad', 'fine')")
    for statement in TOUCHY.split(";\n"):
        admin.execute(statement)
    for name in ("plain", "by_function", "by_predicate", "by_operator", "in_statistics", "secured"):
        admin.execute(f"INSERT INTO {name} SELECT generate_series(1, 1000)")
    admin.execute("INSERT INTO composite SELECT i, ROW(i, i)::pair FROM generate_series(1, 1000) i")
    admin.execute("INSERT INTO arrays SELECT array_fill('sad'::mood, ARRAY[i]) FROM generate_series(1, 200) i")
    admin.execute("ANALYZE")

    seen = collect(advisor)

    assert {found.name.name for found in seen.tables if ends(seen, found.name.name)} == {"plain"}
    (gap,) = [found for found in seen.gaps if found.key == "probes"]
    assert gap.why.endswith("from public.by_function, public.by_predicate, public.by_operator and 2 more")


def test_a_powerful_role_reads_only_ends_of_the_servers_own_types(admin: psycopg.Connection, database: str) -> None:
    admin.execute("CREATE EXTENSION citext; CREATE TABLE words (id int PRIMARY KEY, word citext UNIQUE)")
    admin.execute("INSERT INTO words SELECT i, 'w' || i FROM generate_series(1, 1000) i; ANALYZE words")
    admin.execute(f"GRANT SELECT ON words TO {ADVISOR}")

    assert ends(collect(database), "words").keys() == {"id"}


def test_an_extensions_own_types_have_ends_too(admin: psycopg.Connection, advisor: str) -> None:
    admin.execute("CREATE EXTENSION citext; CREATE TABLE words (id int PRIMARY KEY, word citext UNIQUE)")
    admin.execute("INSERT INTO words SELECT i, 'w' || i FROM generate_series(1, 1000) i; ANALYZE words")

    assert ends(collect(advisor), "words") == {"id": ("1", "1000"), "word": ("w1", "w999")}


def test_ends_behind_many_dead_rows_are_given_up_and_named(
    admin: psycopg.Connection, advisor: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin.execute("CREATE TABLE queue (id int PRIMARY KEY); CREATE TABLE small (id int PRIMARY KEY)")
    admin.execute(
        "INSERT INTO queue SELECT generate_series(1, 400000); INSERT INTO small SELECT generate_series(1, 900)"
    )
    admin.execute("ANALYZE")
    monkeypatch.setattr(probing, "TIMEOUT_MS", 5)
    with psycopg.connect(admin.info.dsn) as holding:  # an old snapshot, for which the rows may not go
        holding.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        holding.execute("SELECT count(*) FROM small")
        admin.execute("DELETE FROM queue WHERE id < 399000")
        seen = collect(advisor)

    assert ends(seen, "queue") == {}
    (gap,) = [found for found in seen.gaps if found.key == "probes"]
    assert gap.why == "they took longer than 5 ms in public.queue"


def test_tables_beyond_the_time_for_all_are_named(
    admin: psycopg.Connection, advisor: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin.execute("CREATE TABLE plain (id int PRIMARY KEY); INSERT INTO plain SELECT generate_series(1, 1000)")
    admin.execute("ANALYZE")
    monkeypatch.setattr(probing, "SECONDS", -1.0)

    (gap,) = collect(advisor).gaps

    assert gap.why == "the -1 s for all went to bigger tables than public.plain"


def test_a_partitions_ends_are_its_own(admin: psycopg.Connection, advisor: str) -> None:
    admin.execute("CREATE TABLE parts (id int PRIMARY KEY) PARTITION BY RANGE (id)")
    for n in range(3):
        admin.execute(f"CREATE TABLE part{n} PARTITION OF parts FOR VALUES FROM ({n * 1000}) TO ({n * 1000 + 1000})")
    admin.execute("INSERT INTO parts SELECT generate_series(10, 2500); ANALYZE parts")

    seen = collect(advisor)

    assert [ends(seen, name).get("id") for name in ("parts", "part0", "part1", "part2")] == [
        None,
        ("10", "999"),
        ("1000", "1999"),
        ("2000", "2500"),
    ]


def test_a_small_table_that_nobody_wrote_to_is_not_asked(
    admin: psycopg.Connection, advisor: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probing, "SAMPLED_ROWS", 300)
    admin.execute("CREATE TABLE still (id int PRIMARY KEY); INSERT INTO still SELECT generate_series(1, 1000)")
    admin.execute("CREATE TABLE large (id int PRIMARY KEY); INSERT INTO large SELECT generate_series(1, 40000)")
    admin.execute("CREATE TABLE grown (id int PRIMARY KEY); INSERT INTO grown SELECT generate_series(1, 1000)")
    admin.execute("SELECT pg_stat_force_next_flush()")  # what is counted later would count as written since
    admin.execute("ANALYZE")
    admin.execute("INSERT INTO grown VALUES (1001)")
    admin.execute("SELECT pg_stat_force_next_flush()")

    seen = collect(advisor)

    assert [name for name in ("still", "large", "grown") if ends(seen, name)] == ["large", "grown"]
