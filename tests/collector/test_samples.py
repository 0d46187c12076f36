"""Values chosen for `$n`: by what they are for, and so that a real server plans every sample."""

from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from builders import Builder, snap

from dbadvisor.collector.collect import collect
from dbadvisor.collector.samples import with_samples
from dbadvisor.model.snapshot import ColumnStatistics
from dbadvisor.model.workload import Sample, Statement

HUNDRED = tuple(str(n) for n in range(0, 1001, 10))
DAYS = tuple(f"2025-01-{day:02} 00:00:00+00" for day in range(1, 32))


def shop() -> Builder:
    made = snap().table(
        "orders",
        rows=1_000,
        columns={
            "id": "bigint",
            "status": "text",
            "paid": "boolean",
            "at": "timestamp with time zone",
            "note": "character varying",
            "data": "jsonb",
            "total": "numeric",
        },
    )
    known = {
        "id": ColumnStatistics(0, 8, -1, histogram_bounds=HUNDRED),
        "status": ColumnStatistics(
            0,
            8,
            20,
            most_common_vals=("sent", "it's", "new"),
            most_common_freqs=(0.7, 0.2, 0.01),
            histogram_bounds=("a", "b", "c"),
        ),
        "paid": ColumnStatistics(0, 1, 2, most_common_vals=("t", "f"), most_common_freqs=(0.9, 0.1)),
        "at": ColumnStatistics(0, 8, -1, histogram_bounds=DAYS),
        "note": ColumnStatistics(0, 20, -1, histogram_bounds=("Order 1001 x", "Order 2002 x", "Order 3003 x")),
    }
    for column, statistics in known.items():
        made.column("orders", column, statistics=statistics)
    return made


def sampled(made: Builder) -> Statement:
    return with_samples(made.snapshot()).statements[-1]


def texts(made: Builder) -> dict[str, str]:
    return {sample.label: sample.sql for sample in sampled(made).samples}


def test_an_equality_gets_a_typical_a_common_and_a_rare_value() -> None:
    found = texts(shop().statement("select id from orders where status = 'x'"))
    assert (
        found["typical"] == found.get("most common", found["typical"]) == "select id from orders where status = 'sent'"
    )
    assert found["rare"].endswith("status = 'a'")


def test_numbers_and_booleans_are_written_bare_and_quotes_doubled() -> None:
    found = texts(shop().statement("select * from orders where id = 1 and paid = true"))
    assert found["typical"] == "select * from orders where id = 500 and paid = true"
    assert found["rare"] == "select * from orders where id = 250 and paid = false"
    assert "'it''s'" in texts(shop().statement("select * from orders where status in ('a', 'b')"))["typical"]


def test_a_range_with_two_bounds_gets_a_narrow_window() -> None:
    found = texts(shop().statement("select * from orders where at >= '2025-01-01' and at < '2025-01-02'"))
    assert found["typical"].endswith("at >= '2025-01-16 00:00:00+00' and at < '2025-01-17 00:00:00+00'")
    between = texts(shop().statement("select * from orders where id between 1 and 2"))
    assert between["typical"].endswith("id between 500 and 510")


def test_a_range_with_one_bound_keeps_few_rows() -> None:
    assert texts(shop().statement("select * from orders where id > 5"))["typical"].endswith("id > 900")
    assert texts(shop().statement("select * from orders where id < 5"))["typical"].endswith("id < 100")


def test_limit_is_what_comes_back() -> None:
    assert texts(shop().statement("select * from orders limit 10", rows=7.2))["typical"].endswith("limit 8")
    assert texts(shop().statement("select * from orders limit 10", rows=0))["typical"].endswith("limit 1")
    assert texts(shop().statement("select * from orders limit 10", calls=0))["typical"].endswith("limit 20")


def test_offset_is_as_deep_as_the_blocks_say() -> None:
    found = texts(shop().statement("select * from orders order by id limit 10 offset 5", rows=10, blocks=11))
    assert found["typical"].endswith("limit 10 offset 500")
    assert found["most common"].endswith("limit 10 offset 100")


def test_patterns_search_for_letters_that_occur() -> None:
    assert texts(shop().statement("select * from orders where note like '%a%'"))["typical"].endswith("like '%2002%'")
    joined = texts(shop().statement("select * from orders where note ilike '%' || 'a' || '%'"))
    assert joined["typical"].endswith("ilike '%' || '2002' || '%'")
    assert texts(shop().statement("select * from orders where note ~ 'a'"))["typical"].endswith("~ '2002'")


def test_expressions_are_compared_with_expressions_of_values() -> None:
    found = texts(shop().statement("select * from orders where at::date = '2025-01-01'"))
    assert found["typical"].endswith("at::date = '2025-01-16'")
    truncated = texts(shop().statement("select * from orders where date_trunc('day', at) = '2025-01-01'"))
    assert truncated["typical"].endswith("date_trunc('day', at) = '2025-01-16 00:00:00+00'")


def test_lists_are_as_long_as_the_rows_of_a_unique_column() -> None:
    made = shop().statement("select * from orders where id = any('{1}')", rows=5)
    assert texts(made)["typical"].endswith("""any('{"500","510","520","530","540"}')""")
    cut = "select * from orders where id in ($1 /*, ... */)"
    assert one(Statement("f", cut, "SELECT", calls=10, rows=20)).samples[0].sql == (
        "select * from orders where id in (500, 510)"
    )


def one(statement: Statement) -> Statement:
    return with_samples(replace(shop().snapshot(), statements=(statement,))).statements[0]


def test_real_samples_stay_first_and_are_added_to() -> None:
    logged = Sample("logged", "select * from orders where id = 77", "log")
    found = one(Statement("f", "select * from orders where id = $1", "SELECT", samples=(logged,))).samples
    assert found[0] == logged
    assert [sample.label for sample in found[1:]] == ["typical", "rare"]


def test_a_workload_file_is_taken_at_its_word() -> None:
    given = (Sample("logged", "select * from orders where id = 77", "workload file"),)
    assert one(Statement("f", "select * from orders where id = $1", "SELECT", samples=given)).samples == given


def test_a_statement_without_parameters_is_its_own_sample() -> None:
    (found,) = one(Statement("f", "select * from orders where note is null", "SELECT")).samples
    assert (found.label, found.sql, found.source) == (
        "typical",
        "select * from orders where note is null",
        "pg_stat_statements",
    )


def test_a_sample_says_which_value_stands_for_which_parameter() -> None:
    sample = one(Statement("f", "select * from orders where id = $2 and status = $1", "SELECT")).samples[0]
    assert sample.values == ((1, "'sent'"), (2, "500"))


@pytest.mark.parametrize(
    "text",
    [
        "select * from orders where total = $1",  # no statistics
        "select * from orders where f($1)",
        "select * from elsewhere where a = $1 and b > now() - interval $2",
    ],
)
def test_what_nothing_is_known_of_is_planned_with_open_parameters(text: str) -> None:
    (found,) = one(Statement("f", text, "SELECT")).samples
    assert (found.label, found.source) == ("generic", "generic plan")
    assert found.sql == text.replace("interval $2", "$2::interval")


def test_utility_statements_have_no_samples_and_unreadable_ones_say_why() -> None:
    assert one(Statement("f", "vacuum orders", "UTILITY")).samples == ()
    cut_off = one(Statement("f", "select * from orders where id = $1 and", "SELECT"))
    assert cut_off.samples == ()
    assert cut_off.unplannable is not None
    assert "syntax error" in cut_off.unplannable


SHOP = (Path(__file__).parent / "shop.sql").read_text()
CALLS = (Path(__file__).parent / "calls.sql").read_text().strip().splitlines()


@pytest.mark.live
def test_a_real_server_plans_every_sample_of_what_it_was_asked(database: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(SHOP)
        connection.execute("SELECT pg_stat_statements_reset()")
        for call in CALLS:
            connection.execute(call)
        seen = with_samples(collect(database))
        asked = [statement for statement in seen.statements if "orders" in statement.text]
        open_ones = [s.text for s in asked if any(sample.label == "generic" for sample in s.samples)]
        refused, empty = [], []
        for sample in (sample for statement in asked for sample in statement.samples if sample.label != "generic"):
            try:
                plan = connection.execute("EXPLAIN " + sample.sql).fetchall()
            except psycopg.Error as error:
                refused.append((sample.sql, str(error)))
            else:
                empty += [sample.sql] if "One-Time Filter: false" in str(plan) else []
    assert len(asked) == len(CALLS)
    assert all(statement.samples for statement in asked)
    assert (refused, empty) == ([], [])
    assert open_ones == ["SELECT * FROM orders WHERE upper($1 || note) = $2"]


def test_a_window_is_as_wide_as_the_rows_that_came_back() -> None:
    wide = texts(shop().statement("select * from orders where at >= $1 and at < $2", calls=10, rows=400_000))
    narrow = texts(shop().statement("select * from orders where at >= $1 and at < $2", calls=10, rows=40))
    assert wide["typical"] != narrow["typical"]
