"""A local server is private, throw-away, and gone afterwards."""

import psycopg
import pytest

from dbadvisor.servers.local import LocalServer

pytestmark = pytest.mark.live


def test_a_fresh_database_has_statement_statistics(server: LocalServer, database: str) -> None:
    with psycopg.connect(database) as connection:
        connection.execute("CREATE EXTENSION pg_stat_statements")
        connection.execute("SELECT 42 AS answer")
        found = connection.execute("SELECT calls FROM pg_stat_statements WHERE query LIKE '%answer%'").fetchone()
    assert found == (1,)
    assert server.major == 18
