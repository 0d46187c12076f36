"""What each `$n` is for, and values in its place."""

import pytest
from builders import snap

from dbadvisor.model.catalog import Catalog
from dbadvisor.sqltext.parameters import bind, parameters, substituted
from dbadvisor.sqltext.parse import Unparsable

CATALOG = Catalog(
    snap()
    .table(
        "orders",
        columns={
            "id": "bigint",
            "customer_id": "bigint",
            "status": "text",
            "total": "numeric",
            "created_at": "timestamp with time zone",
            "tags": "text[]",
            "data": "jsonb",
        },
    )
    .snapshot()
)


def roles(sql: str) -> list[str]:
    found = parameters(sql, CATALOG)
    assert [p.number for p in found] == sorted(p.number for p in found)
    return [
        " ".join(word for word in (p.role, p.column, p.operator, p.expression and f"of {p.expression}", p.cast) if word)
        for p in found
    ]


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("select * from orders where id = $1", ["predicate id ="]),
        ("select * from orders where $1 < total", ["predicate total >"]),
        ("select * from orders o where o.created_at between $1 and $2", ["predicate created_at between"] * 2),
        ("select * from orders where status in ($1, $2)", ["in status in"] * 2),
        ("select * from orders where id = any($1::bigint[])", ["in id = any bigint[]"]),
        ("select * from orders where id = any(array[$1, $2])", ["in id = any"] * 2),
        ("select * from orders where status like $1", ["like status ~~"]),
        (
            "select * from orders where status ilike $1 || $2 || $3",
            ["wildcard status ~~*", "part status ~~*", "wildcard status ~~*"],
        ),
        ("select * from orders where status like '%' || $1 || '%'", ["part status ~~"]),
        ("select * from orders where created_at::date = $1", ["predicate created_at = of created_at::date"]),
        ("select * from orders where lower(status) = lower($1)", ["predicate status ="]),
        ("select * from orders where (id, total) > ($1, $2)", ["predicate id >", "predicate total >"]),
        ("select * from orders where $1 = any(tags) and tags && array[$2]", ["element tags", "element tags &&"]),
        ("select * from orders where data->>$1 = $2", ["key data ->>", "predicate data = of data ->> $1"]),
        ("select * from orders where $1::text is null or status = $1", ["predicate status ="]),
        ("select * from orders where created_at > now() - $1::interval", ["other interval"]),
        ("select * from orders limit $1 offset $2", ["limit", "offset"]),
        (
            "select date_trunc($1, created_at), sum(total) from orders group by 1 having sum(total) > $2",
            ["field", "having total"],
        ),
        ("select coalesce(status, $1), $2::int from orders", ["assign status", "output integer"]),
        (
            "update orders set status = $1, total = total + $2 where id = $3",
            ["assign status", "other total +", "predicate id ="],
        ),
        ("insert into orders (id, status) values ($1, $2), ($3, $4)", ["insert id", "insert status"] * 2),
        ("insert into orders select $1, $2", ["insert id", "insert customer_id"]),
        ("select * from (select status, count(*) n from orders group by 1) s where n > $1", ["having"]),
        ("select * from (select * from orders limit 5) s where s.status = $1", ["predicate status ="]),
        ("with o as (select * from orders) select * from o where total >= $1", ["predicate total >="]),
        ("select * from nowhere where a = $1", ["predicate ="]),
        (
            "select * from orders where to_tsvector($1, status) @@ to_tsquery($2, $3)",
            ["configuration", "configuration", "word"],
        ),
    ],
)
def test_roles(sql: str, expected: list[str]) -> None:
    assert roles(sql) == expected


@pytest.mark.parametrize(
    ("sql", "values", "bound"),
    [
        ("select $1, $10, $1", {1: "'a'", 10: "10"}, "select 'a', 10, 'a'"),
        ("select '$1', \"$1\", $$ $1 $$ -- $1\n, $1", {1: "5"}, "select '$1', \"$1\", $$ $1 $$ -- $1\n, 5"),
        ("select a-$1 from t where b = $2", {1: "-5", 2: "-1"}, "select a-(-5) from t where b = (-1)"),
        ("select * from t where a in ($1 /*, ... */)", {1: "1, 2"}, "select * from t where a in (1, 2 /*, ... */)"),
        ("select 'é', $1", {1: "'$2'"}, "select 'é', '$2'"),
        ("select $1, $2", {2: "x"}, "select $1, x"),
    ],
)
def test_values_stand_where_parameters_stood(sql: str, values: dict[int, str], bound: str) -> None:
    assert bind(sql, values) == bound


def test_open_quotes_are_refused() -> None:
    with pytest.raises(Unparsable):
        bind("select $1, 'open", {1: "2"})


def test_an_expression_of_a_value() -> None:
    assert substituted("lower(email)", "email", "'A'::text") == "lower('A'::text)"
