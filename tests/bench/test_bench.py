import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator

import psycopg
import pytest
from psycopg import conninfo

from dbadvisor.bench.clone import PREFIX, clone, connect, sweep
from dbadvisor.bench.run import apply, measure, refuse_the_analysed
from dbadvisor.errors import RefusedForSafety, UsageError
from dbadvisor.model.change import Change, CreateIndex, DropIndex, SetParameter
from dbadvisor.model.index import IndexDefinition, IndexKey
from dbadvisor.model.names import Name
from dbadvisor.model.report import Estimate, Recommendation, Report, StatementEstimate, Workload
from dbadvisor.model.snapshot import Server
from dbadvisor.model.workload import Sample, Statement, Window

pytestmark = pytest.mark.live

ORDERS = Name("public", "orders")
BY_CUSTOMER = IndexDefinition(ORDERS, (IndexKey("customer_id"),))
LOOKUP = Statement(
    "f1",
    "SELECT * FROM orders WHERE customer_id = $1",
    "SELECT",
    calls=100,
    total_ms=900,
    samples=(Sample("typical", "SELECT * FROM orders WHERE customer_id = 77", "test"),),
)
TOTAL = Statement(
    "f2",
    "SELECT sum(total) FROM orders",
    "SELECT",
    calls=3,
    total_ms=90,
    samples=(Sample("typical", "SELECT sum(total) FROM orders", "test"),),
)


@pytest.fixture
def shop(database: str) -> Iterator[str]:
    with connect(database) as connection:
        connection.execute("CREATE TABLE orders (id int PRIMARY KEY, customer_id int, total int)")
        connection.execute("INSERT INTO orders SELECT i, i % 5000, i % 97 FROM generate_series(1, 60000) i")
        connection.execute("VACUUM ANALYZE orders")
    yield database
    assert clones(database) == []


def clones(url: str) -> list[str]:
    with connect(url) as connection:
        return [name for (name,) in connection.execute(f"SELECT datname FROM pg_database WHERE datname ~ '^{PREFIX}'")]


def report(*changes: Change, kind: str = "index", statement: Statement = LOOKUP) -> Report:
    estimate = Estimate("shadow", 10, 1, (StatementEstimate(statement.fingerprint, 10, 1, 100, 900.0),))
    wanted = Recommendation(1, kind, "the change", "why", ("IDX001:public.orders",), changes, estimate=estimate)
    return Report("t", Server(180000, "18", "shop"), Window(), Workload((LOOKUP, TOTAL)), (), (wanted,))


def run(url: str, made: Report) -> Report:
    return measure(made, (LOOKUP, TOTAL), url, lambda _: None)


def test_an_index_that_helps_is_measured_better(shop: str) -> None:
    made = run(shop, report(CreateIndex(BY_CUSTOMER, "orders_customer_id_idx")))
    (found,) = made.recommendations
    assert found.evidence_level == "measured"
    assert found.measurement is not None
    assert found.measurement.verdict == "better"
    assert found.measurement.buffers_after < found.measurement.buffers_before / 10
    assert [each.same_result for each in found.measurement.statements] == [True]


def test_an_index_that_no_plan_takes_is_withdrawn_with_its_numbers(shop: str) -> None:
    useless = IndexDefinition(ORDERS, (IndexKey("total"),))
    made = run(shop, report(CreateIndex(useless, "orders_total_idx")))
    assert made.recommendations == ()
    (rejected,) = made.rejected
    assert rejected.measurement is not None
    assert "no difference" in rejected.reason


def test_dropping_an_index_that_a_statement_needs_is_withdrawn(shop: str) -> None:
    with connect(shop) as connection:
        connection.execute("CREATE INDEX orders_customer_id_idx ON orders (customer_id)")
    drop = DropIndex(Name("public", "orders_customer_id_idx"), BY_CUSTOMER)
    made = run(shop, report(drop, kind="drop_index", statement=TOTAL))
    assert made.recommendations == ()
    assert "worse" in made.rejected[0].reason


def test_dropping_an_index_that_nobody_needs_is_kept(shop: str) -> None:
    unused = IndexDefinition(ORDERS, (IndexKey("total"),))
    with connect(shop) as connection:
        connection.execute("CREATE INDEX orders_total_idx ON orders (total)")
    drop = DropIndex(Name("public", "orders_total_idx"), unused)
    made = run(shop, report(drop, kind="drop_index", statement=TOTAL))
    assert len(made.recommendations) == 1


def test_the_copy_itself_is_not_changed(shop: str) -> None:
    run(shop, report(CreateIndex(BY_CUSTOMER, "orders_customer_id_idx")))
    with connect(shop) as connection:
        assert connection.execute("SELECT count(*) FROM pg_indexes WHERE tablename = 'orders'").fetchone() == (1,)


def test_a_setting_touches_only_the_clone(shop: str) -> None:
    with connect(shop) as connection:
        name = connection.info.dbname
    with clone(shop) as copy:
        assert apply((SetParameter("jit", "off", f"DATABASE {name}"),), copy) is None
        with connect(copy) as connection:
            assert connection.execute("SHOW jit").fetchone() == ("off",)
    with connect(shop) as connection:
        assert connection.execute("SELECT count(*) FROM pg_db_role_setting").fetchone() == (0,)


def test_a_clone_finds_tables_as_its_original_does(shop: str) -> None:
    with connect(shop) as connection:
        connection.execute(f'ALTER DATABASE "{connection.info.dbname}" SET search_path = "App Data", public')
    with clone(shop) as copy, connect(copy) as connection:
        assert connection.execute("SHOW search_path").fetchone() == ('"App Data", public',)
        assert connection.execute("SELECT count(*) FROM orders").fetchone() == (60000,)


def test_the_analysed_database_is_never_the_bench() -> None:
    analysed = Server(180000, "18", "shop", system_identifier="7")
    with pytest.raises(RefusedForSafety, match="is the database that was analysed"):
        refuse_the_analysed(analysed, analysed, same_system=True)
    neighbour = Server(180000, "18", "shop_copy", system_identifier="7")
    with pytest.raises(RefusedForSafety, match="lives on the server"):
        refuse_the_analysed(analysed, neighbour, same_system=False)
    refuse_the_analysed(analysed, neighbour, same_system=True)
    refuse_the_analysed(analysed, Server(180000, "18", "shop", system_identifier="8"), same_system=False)


def test_a_role_without_createdb_is_told_what_to_do(shop: str) -> None:
    with connect(shop) as connection:
        connection.execute("CREATE ROLE poor LOGIN")
    try:
        with (
            pytest.raises(UsageError, match="may not create databases") as refused,
            clone(conninfo.make_conninfo(shop, user="poor")),
        ):
            pass
        assert "CREATEDB" in (refused.value.hint or "")
    finally:
        with connect(shop) as connection:
            connection.execute("DROP ROLE poor")


def test_clones_of_a_killed_run_are_swept(shop: str) -> None:
    script = textwrap.dedent("""
        import sys
        from dbadvisor.bench.clone import clone
        with clone(sys.argv[1]):
            print("ready", flush=True)
            sys.stdin.read()
    """)
    with subprocess.Popen(
        [sys.executable, "-c", script, shop], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        os.kill(process.pid, signal.SIGKILL)
    assert len(clones(shop)) == 1
    assert len(sweep(shop)) == 1


def test_another_machines_clones_are_left_alone(shop: str) -> None:
    """Its process ids say nothing here: the run may be living."""
    other = "dbadvisor_clone_00000000_999999999_1"
    with connect(shop, "postgres") as connection:
        connection.execute(f"CREATE DATABASE {other}")
        try:
            assert other not in sweep(shop)
        finally:
            connection.execute(f"DROP DATABASE {other}")


def test_clones_go_when_the_run_is_interrupted(shop: str) -> None:
    with pytest.raises(KeyboardInterrupt), clone(shop):
        raise KeyboardInterrupt
    assert clones(shop) == []


def test_a_clone_can_be_read(shop: str) -> None:
    with clone(shop) as copy, psycopg.connect(copy) as connection:
        assert connection.execute("SELECT count(*) FROM orders").fetchone() == (60000,)
