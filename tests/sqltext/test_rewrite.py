"""Statements written another way: the texts, and the rows that both ways return on a real server."""

import psycopg
import pytest

from dbadvisor.sqltext.rewrite import cast_to_range, keyset, or_to_union, order_by_prefix, order_nulls

ZONED = "timestamp with time zone"


@pytest.mark.parametrize(
    ("sql", "after"),
    [
        (
            "select id from e where at::date = $1 and kind = $2",
            "SELECT id FROM e WHERE at >= $1::date AND at < $1::date + 1 AND kind = $2",
        ),
        (
            "select id from e where date(e.at) = '2025-01-05'",
            "SELECT id FROM e WHERE e.at >= '2025-01-05'::date AND e.at < '2025-01-05'::date + 1",
        ),
        ("select id from e where at::date < current_date", "SELECT id FROM e WHERE at < current_date"),
        ("select id from e where at::date <= $1", "SELECT id FROM e WHERE at < $1::date + 1"),
        ("select id from e where at::date > $1", "SELECT id FROM e WHERE at >= $1::date + 1"),
        ("select id from e where at::date >= $1", "SELECT id FROM e WHERE at >= $1::date"),
        (
            "select id from e where cast(at as date) between $1 and $2",
            "SELECT id FROM e WHERE at >= $1::date AND at < $2::date + 1",
        ),
        (
            "select id from e where at::date = cast(now() as date)",
            "SELECT id FROM e WHERE at >= now()::date AND at < now()::date + 1",
        ),
    ],
)
def test_a_cast_to_date_becomes_a_range(sql: str, after: str) -> None:
    assert cast_to_range(sql, "at", ZONED) == after


@pytest.mark.parametrize(
    "sql",
    [
        "select id from e where at::date = now()",  # a moment, not a day
        "select id from e where at::date = due",
        "select id from e where at::date in ($1, $2)",
        "select id from e where at::date <> $1",
        "select id from e where at::date = random_day()::date",
        "select id from e where at = $1",
        "select id from e where due::date = $1",
        "select id from e a join e b on a.at::date = $1 and b.at::date = $2",
        "select id from e where at::date = ",
    ],
)
def test_uncertain_casts_are_left(sql: str) -> None:
    assert cast_to_range(sql, "at", ZONED) is None


def test_only_times_are_turned_into_ranges() -> None:
    assert cast_to_range("select id from e where at::date = $1", "at", "text") is None


@pytest.mark.live
@pytest.mark.parametrize("zone", ["Pacific/Auckland", "America/New_York"])
@pytest.mark.parametrize("kind", [ZONED, "timestamp without time zone"])
def test_days_and_ranges_return_the_same_rows(database: str, kind: str, zone: str) -> None:
    """Some of these zones change their clocks on the days that are asked for."""
    conditions = [
        "at::date = '2025-03-09'",
        "at::date <= '2025-03-09'",
        "at::date > '2025-03-09'",
        "at::date >= date '2025-11-02'",
        "date(at) < '2025-11-02 13:00'",
        "at::date between '2025-03-09' and '2025-03-10'",
        "not (at::date = '2025-03-09')",
        "at::date = null::date",
    ]
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(f"SET timezone = '{zone}'")
        connection.execute(f"CREATE TABLE e (id serial, at {kind})")
        connection.execute(
            "INSERT INTO e (at) SELECT start + g * interval '17 minutes'"
            " FROM generate_series(1, 500) g, unnest(array[timestamptz '2025-03-07', '2025-10-31']) start"
            " UNION ALL SELECT at::timestamptz"
            " FROM unnest(array[NULL, 'infinity', '-infinity', '2025-03-09', '2025-03-10']) at"
        )
        for condition in conditions:
            before = f"SELECT id FROM e WHERE {condition} ORDER BY id"
            after = cast_to_range(before, "at", kind)
            assert after is not None
            assert connection.execute(before).fetchall() == connection.execute(after).fetchall(), condition


@pytest.mark.parametrize(
    ("sql", "keys", "after"),
    [
        (
            "select id from t where a = $1 order by id limit $2 offset $3",
            ("id",),
            "SELECT id FROM t WHERE a = $1 AND id > :last_id ORDER BY id LIMIT $2",
        ),
        (
            "select * from t x where a = 1 or b = 2 order by x.at desc, x.id desc limit 5 offset 50",
            ("at", "id"),
            "SELECT * FROM t x WHERE (a = 1 OR b = 2) AND (x.at, x.id) < (:last_at, :last_id) "
            "ORDER BY x.at DESC, x.id DESC LIMIT 5",
        ),
        ("select id from t order by at desc, id limit 5 offset 50", ("at", "id"), None),
        ("select id from t order by id limit 5", ("id",), None),
        ("select id from t order by id, at limit 5 offset 5", ("id",), None),
        ("select a, count(*) from t group by a order by a limit 5 offset 5", ("a",), None),
        ("select distinct a from t order by a limit 5 offset 5", ("a",), None),
        ("select id from t union select id from u order by id limit 5 offset 5", ("id",), None),
        ("delete from t", ("id",), None),
    ],
)
def test_offset_becomes_the_last_row_seen(sql: str, keys: tuple[str, ...], after: str | None) -> None:
    assert keyset(sql, keys) == after


UNION_CASES = [
    "select b.* from book b where b.title = 'T 7' or exists (select 1 from code where book_id = b.id and n = 9)",
    "select * from book where id < 40 and (title = 'T 7' or id = 9 or id in (select book_id from code where n < 5))",
    "select id from book where title is null or id in (select book_id from code where n = 3)",
]


@pytest.mark.live
def test_or_and_union_return_the_same_rows(database: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("CREATE TABLE book (id int PRIMARY KEY, title text)")
        connection.execute("CREATE TABLE code (book_id int, n int)")
        connection.execute("INSERT INTO book SELECT g, nullif('T ' || g % 13, 'T 5') FROM generate_series(1, 60) g")
        connection.execute("INSERT INTO code SELECT g % 50, g % 11 FROM generate_series(1, 200) g")
        for sql in UNION_CASES:
            after = or_to_union(sql, ("id",))
            assert after is not None
            assert " UNION " in after
            first, second = (connection.execute(text).fetchall() for text in (sql, after))
            assert sorted(first) == sorted(second), sql


@pytest.mark.parametrize(
    "sql",
    [
        "select title from book b where title = 'x' or exists (select 1 from code c where c.book_id = b.id)",
        "select id from book b where title = 'x' or exists (select 1 from code) limit 5",
        "select id, count(*) from book b where title = 'x' or exists (select 1 from code) group by id",
        "select id from book where title = 'x' or id = 5",
        "select b.id from book b join code c on true where title = 'x' or exists (select 1 from code)",
        "select id from book where title = 'x' or not exists (select 1 from code)",
        "select id from book where title = 'x' and exists (select 1 from code)",
        "select id from book where title = 'x' or exists (select 1 from code) for update",
        "update book set id = 1",
    ],
)
def test_an_or_that_might_not_mean_the_same_is_left(sql: str) -> None:
    assert or_to_union(sql, ("id",)) is None


def test_an_order_is_changed_only_where_it_is_said() -> None:
    sql = "select * from t order by a desc, b limit 5"
    assert order_nulls(sql, "a", False) == "SELECT * FROM t ORDER BY a DESC NULLS LAST, b LIMIT 5"
    assert order_nulls(sql, "b", True) == "SELECT * FROM t ORDER BY a DESC, b NULLS FIRST LIMIT 5"
    assert order_nulls(sql, "c", True) is None
    assert order_nulls("select * from t order by lower(a)", "a", True) is None


def test_a_column_is_put_before_the_order() -> None:
    sql = "select * from log l where l.at > $1 order by l.id desc limit 51"
    after = "SELECT * FROM log l WHERE l.at > $1 ORDER BY l.at DESC, l.id DESC LIMIT 51"
    assert order_by_prefix(sql, "at", True) == after
    assert order_by_prefix("select * from log limit 5", "at", True) is None
    assert order_by_prefix("select a, count(*) from log group by a order by a", "at", True) is None
