"""The questions themselves: each is reachable, runs, and gives the same columns in every form."""

import re

import psycopg
import pytest
from psycopg.rows import dict_row

from dbadvisor.collector.queries import MARK, Query, all_queries, question, version

PRODUCTS = ("postgres", "pg_stat_statements", "pageinspect")
EXTENSION_VERSIONS = ("1.8", "1.9", "1.10", "1.11", "1.12")
ARGUMENTS = {"statistics": (100,), "statistic_rows": (100,), "statements": (10, 10)}


def label(query: Query) -> str:
    return f"{query.name}@{'.'.join(map(str, query.since))}"


@pytest.mark.parametrize("query", all_queries(), ids=label)
def test_each_form_is_the_answer_to_some_version(query: Query) -> None:
    assert query.product in PRODUCTS
    assert question(query.name, {query.product: query.since}) == query
    assert MARK in query.sql
    assert len(query.asks.split()) > 3


def test_an_extension_is_asked_by_its_own_version_not_the_servers() -> None:
    old = question("statements", {"postgres": (17,), "pg_stat_statements": version("1.10")})
    new = question("statements", {"postgres": (17,), "pg_stat_statements": version("1.12")})
    assert old and "blk_read_time" in old.sql and "shared_blk_read_time" not in old.sql  # noqa: PT018
    assert new and "shared_blk_read_time" in new.sql  # noqa: PT018
    assert question("statements", {"postgres": (17,), "pg_stat_statements": version("1.6")}) is None
    assert question("statements", {"postgres": (17,)}) is None


@pytest.mark.live
def test_every_form_runs_and_all_forms_give_the_same_columns(database: str) -> None:
    columns: dict[str, set[tuple[str, ...]]] = {}
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("SET search_path = pg_catalog")
        for query in (query for query in all_queries() if query.product == "postgres"):
            columns.setdefault(query.name, set()).add(_columns(connection, query))
        connection.execute("CREATE EXTENSION pageinspect SCHEMA public")
        for query in (query for query in all_queries() if query.product == "pageinspect"):
            columns.setdefault(query.name, set()).add(_columns(connection, query))
        for extension in EXTENSION_VERSIONS:
            connection.execute("DROP EXTENSION IF EXISTS pg_stat_statements")
            connection.execute(f"CREATE EXTENSION pg_stat_statements SCHEMA public VERSION '{extension}'")
            versions = {"pg_stat_statements": version(extension)}
            asked = [question(name, versions) for name in ("statements", "statements_window", "texts")]
            for form in (form for form in asked if form):
                columns.setdefault(form.name, set()).add(_columns(connection, form))
    assert set(columns) == {query.name for query in all_queries()}
    assert [name for name, found in columns.items() if len(found) != 1] == []


def _columns(connection: psycopg.Connection, query: Query) -> tuple[str, ...]:
    count = len(set(re.findall(r"\$\d", query.sql)))
    cursor = psycopg.RawCursor(connection, row_factory=dict_row)
    cursor.execute(query.within("public").sql, ARGUMENTS.get(query.name, ([],) * count), binary=True)
    return tuple(column.name for column in cursor.description or ())
