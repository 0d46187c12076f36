"""Stored combinations keep what they tell, whatever is in them."""

import psycopg
import pytest

from dbadvisor.collector.collect import collect
from dbadvisor.planner.shadow import shadow
from dbadvisor.redaction import redact_values

pytestmark = pytest.mark.live


def test_combinations_of_expressions_are_mapped_by_the_size_that_is_stored(database: str) -> None:
    """`id % 987654` of a bigint is a bigint, whatever its few values look like."""
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("CREATE TABLE t (id bigint PRIMARY KEY, small smallint, name text)")
        connection.execute("INSERT INTO t SELECT i, i % 3, 'n' || i % 3 FROM generate_series(1, 3000) i")
        connection.execute("CREATE STATISTICS s (mcv) ON (id % 3), small, name FROM t")
        connection.execute("CREATE STATISTICS far (mcv) ON (id * 1000000000 % 3000000000), name FROM t")
        connection.execute("ANALYZE t")

    hidden = redact_values(collect(database))

    stored = {each.name.name: [mcv for *_, mcv in each.data] for each in hidden.extended_statistics}
    assert all(stored["s"])
    with shadow(hidden) as planner:
        assert planner.dropped == ()
