"""Texts as pg_stat_statements keeps them, made ready for PREPARE on a real server."""

import psycopg
import pytest

from dbadvisor.sqltext.parse import Unparsable
from dbadvisor.sqltext.repair import repair, typed

SCHEMA = """
CREATE TABLE customer (id bigint PRIMARY KEY, email varchar(200), name text, born date, tags text[], data jsonb);
CREATE TABLE purchase (
    id bigint PRIMARY KEY, customer_id bigint REFERENCES customer, status text, total numeric, quantity int,
    created_at timestamptz, paid_at timestamp, note text, paid boolean
);
"""

STORED = """
SELECT * FROM purchase WHERE id = $1
SELECT * FROM purchase WHERE created_at > now() - interval $1
SELECT * FROM purchase WHERE created_at >= timestamptz $1 AND created_at < timestamptz $2
SELECT * FROM customer WHERE born = date $1
SELECT * FROM purchase WHERE paid_at >= timestamp $1 LIMIT $2
SELECT extract($1 from created_at), count(*) FROM purchase GROUP BY 1
SELECT extract($1 from created_at) AS y, sum(total) FROM purchase WHERE status = $2 GROUP BY y
SELECT * FROM customer WHERE born > current_date - $1
SELECT * FROM purchase WHERE created_at > now() - $1
SELECT * FROM generate_series($1, $2) AS day
SELECT d, count(p.id) FROM generate_series($1, $2, interval $3) d LEFT JOIN purchase p ON p.paid_at = d GROUP BY d
SELECT concat($1, id, $2) FROM customer
SELECT date_trunc($1, created_at), count(*) FROM purchase GROUP BY date_trunc('month', created_at)
SELECT date_trunc($1, paid_at), count(*) FROM purchase GROUP BY date_trunc($2, paid_at) ORDER BY date_trunc($3, paid_at)
SELECT coalesce(status, $1), count(*) FROM purchase GROUP BY coalesce(status, $2)
SELECT count($1) FROM purchase
SELECT sum(CASE WHEN paid THEN $1 ELSE $2 END) FROM purchase
SELECT * FROM purchase WHERE ($1 IS NULL OR status = $2) AND customer_id = $3
SELECT * FROM purchase WHERE status IN ($1 /*, ... */)
SELECT * FROM purchase WHERE id = ANY($1)
SELECT * FROM customer WHERE lower(email) = lower($1) AND tags @> $2 AND data @> $3
SELECT * FROM customer WHERE email LIKE $1 || $2 ORDER BY id OFFSET $3 LIMIT $4
SELECT * FROM customer WHERE data->>$1 = $2
SELECT jsonb_build_object($1, id, $2, name) FROM customer
SELECT round(avg(total), $1) FROM purchase HAVING count(*) > $2
INSERT INTO purchase (id, status, created_at) VALUES ($1, $2, now() + interval $3) ON CONFLICT (id) DO NOTHING
UPDATE purchase SET quantity = quantity + $1, note = $2 WHERE id IN ($3, $4)
DELETE FROM purchase WHERE created_at < current_timestamp - interval $1
SELECT array_agg($1) FROM customer
SELECT * FROM purchase WHERE paid_at::date BETWEEN date $1 AND current_date - $2
SELECT * FROM purchase WHERE created_at > $1::timestamptz - interval $2 day
SELECT to_char(created_at, $1), sum(total * $2) FROM purchase GROUP BY to_char(created_at, $3)
WITH recent AS (SELECT * FROM purchase WHERE paid_at > timestamp(0) $1) SELECT * FROM recent WHERE total > $2
"""


@pytest.fixture
def shop(database: str) -> psycopg.Connection:
    connection = psycopg.connect(database, autocommit=True)
    connection.execute(SCHEMA)
    return connection


@pytest.mark.live
def test_common_stored_texts_can_be_prepared(shop: psycopg.Connection) -> None:
    refused = {}
    with shop:
        for number, text in enumerate(STORED.strip().splitlines()):
            try:
                shop.execute(f"PREPARE p{number} AS {repair(text)}")
            except psycopg.Error as error:
                refused[text] = str(error)
    assert refused == {}
    assert len(STORED.strip().splitlines()) >= 31


@pytest.mark.live
def test_without_repair_some_of_them_are_refused(shop: psycopg.Connection) -> None:
    def accepted(text: str) -> bool:
        try:
            shop.execute(f"PREPARE one AS {text}")
        except psycopg.Error:
            return False
        shop.execute("DEALLOCATE one")
        return True

    with shop:
        assert sum(not accepted(text) for text in STORED.strip().splitlines()) >= 8


@pytest.mark.parametrize(
    ("stored", "ready"),
    [
        ("select now() - interval $1", "select now() - $1::interval"),
        ("select interval $1 day to second", "select $1::interval day to second"),
        ("select timestamp(3) with time zone $1", "select $1::timestamp(3) with time zone"),
        ("select 'é', 'interval $1', interval $1", "select 'é', 'interval $1', $1::interval"),
        ("select extract($1 from x) from t where a = $2", "select extract(year from x) from t where a = $1"),
        ("select a from t where d > current_date - $1", "select a from t where d > current_date - $1::integer"),
        ("select * from generate_series($1,$2)", "select * from generate_series($1::integer,$2::integer)"),
        (
            "select date_trunc($1,x), count(*) from t group by date_trunc('month',x)",
            "select date_trunc('month',x), count(*) from t group by date_trunc('month',x)",
        ),
        ("select a from t where $1 is null or b = $1", "select a from t where $1 is null or b = $1"),
        ("select a from t where x = $1", "select a from t where x = $1"),
    ],
)
def test_repairs_say_the_types_and_leave_the_rest(stored: str, ready: str) -> None:
    assert repair(stored) == ready


def test_typed_keeps_the_numbers() -> None:
    assert typed("select extract($1 from x) from t where a = $2") == "select extract(year from x) from t where a = $2"


def test_what_cannot_be_read_is_refused() -> None:
    with pytest.raises(Unparsable):
        repair("select * from t where a = ")
