"""Several rows of one statement become one, without losing what they measured."""

import statistics

import psycopg
import pytest

from dbadvisor.collector.collect import collect
from dbadvisor.collector.statements import merged, with_further
from dbadvisor.model.workload import Sample, Statement


def measured(times: list[float], fingerprint: str = "f", samples: tuple[Sample, ...] = ()) -> Statement:
    return Statement(
        fingerprint,
        "SELECT $1",
        "SELECT",
        calls=len(times),
        total_ms=sum(times),
        min_ms=min(times),
        max_ms=max(times),
        stddev_ms=statistics.pstdev(times),
        rows=len(times),
        queryids=(len(times),),
        samples=samples,
    )


def test_merging_equals_measuring_all_calls_together() -> None:
    one, other = [1.0, 2.0, 9.0], [40.0, 41.0]
    (both,) = merged([measured(one), measured(other)])
    together = measured(one + other)
    assert (both.calls, both.total_ms, both.min_ms, both.max_ms) == (5, 93.0, 1.0, 41.0)
    assert both.stddev_ms == pytest.approx(together.stddev_ms)
    assert both.queryids == (2, 3)


def test_a_row_without_calls_does_not_lower_the_minimum() -> None:
    (both,) = merged([measured([5.0]), Statement("f", "SELECT $1", "SELECT")])
    assert both.min_ms == 5.0


def test_the_most_expensive_comes_first() -> None:
    found = merged([measured([1.0], fingerprint="cheap"), measured([7.0], fingerprint="dear")])
    assert [statement.fingerprint for statement in found] == ["dear", "cheap"]


def test_samples_are_kept_once_and_not_without_end() -> None:
    def logged(*values: int) -> tuple[Sample, ...]:
        return tuple(Sample("logged", f"SELECT {value}", "log") for value in values)

    (statement,) = with_further(
        (measured([1.0], samples=logged(1, 2)),), [measured([2.0], samples=logged(2, 3, 4, 5, 6))]
    )
    assert statement.samples == logged(1, 2, 3, 4, 5)
    assert statement.calls == 1


@pytest.mark.live
def test_literals_of_a_text_that_was_reset_while_it_ran_are_not_kept(database: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("CREATE EXTENSION pg_stat_statements")
        connection.execute("SELECT 'ann@secret' AS who, pg_stat_statements_reset(), 4111111 AS card")
        kept = connection.execute("SELECT string_agg(query, ' ') FROM pg_stat_statements").fetchone()
    assert kept is not None
    assert "ann@secret" in kept[0]
    texts = " ".join(statement.text for statement in collect(database).statements)
    assert "pg_stat_statements_reset" in texts
    assert "secret" not in texts
    assert "4111111" not in texts
