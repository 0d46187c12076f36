"""The migration, run through psql as a DBA would."""

import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from dbadvisor.migration import sql
from dbadvisor.model.change import (
    AlterTable,
    Change,
    CreateExtension,
    CreateIndex,
    CreateStatistics,
    DropIndex,
    Maintenance,
    Rewrite,
    SetParameter,
)
from dbadvisor.model.index import IndexDefinition, IndexKey
from dbadvisor.model.names import Name
from dbadvisor.model.report import Estimate, Measurement, Recommendation, Report, Workload
from dbadvisor.model.snapshot import Server
from dbadvisor.model.workload import Window
from dbadvisor.servers.installation import installations

ORDERS = Name("public", "orders")
BY_CUSTOMER = CreateIndex(IndexDefinition(ORDERS, (IndexKey("customer_id"),)), "orders_customer_id_idx")
OLD = DropIndex(Name("public", "orders_old_idx"), IndexDefinition(ORDERS, (IndexKey("note"),)))
SCHEMA = """
    CREATE TABLE orders (id int PRIMARY KEY, customer_id int, city text, zip text, note text);
    INSERT INTO orders SELECT n, n % 10, 'c' || n % 5, 'z' || n % 5, 'n' FROM generate_series(1, 500) n;
    CREATE INDEX orders_old_idx ON orders (note);
"""

Psql = Callable[[str], "subprocess.CompletedProcess[str]"]


def report(*changes: Change, rewrite: Rewrite | None = None) -> Report:
    item = Recommendation(1, "index", "do it\n; DROP TABLE orders", "why", (), changes, rewrite)
    server = Server(180000, "18.0", "shop")
    return Report("2026-11-22T20:41:07Z", server, Window(), Workload(()), (), (item,) if changes or rewrite else ())


def program() -> str:
    """psql of the installation that the tests' server runs from, else the system's."""
    candidates = [str(found.bin_dir / "psql") for found in installations()]
    found = next((path for path in candidates if Path(path).exists()), None) or shutil.which("psql")
    assert found, "these tests need psql"
    return found


@pytest.fixture
def psql(database: str, tmp_path: Path) -> Psql:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(SCHEMA)

    def run(text: str) -> "subprocess.CompletedProcess[str]":
        path = tmp_path / "migration.sql"
        path.write_text(text, encoding="utf-8")
        command = [program(), "-X", "-v", "ON_ERROR_STOP=1", "-d", database, "-f", str(path)]
        return subprocess.run(
            command, capture_output=True, text=True, check=False, env={**os.environ, "PGCLIENTENCODING": "UTF8"}
        )

    return run


def indexes(database: str) -> dict[str, bool]:
    query = "SELECT indexrelid::regclass::text, indisvalid FROM pg_index WHERE indrelid = 'orders'::regclass"
    with psycopg.connect(database) as connection:
        return dict(connection.execute(query).fetchall())


def state(database: str) -> list[tuple[object, ...]]:
    """Everything that the changes of these tests touch."""
    query = """
        SELECT 'index', pg_get_indexdef(indexrelid), indisvalid::text FROM pg_index JOIN pg_class t ON t.oid = indrelid
        WHERE t.relnamespace = 'public'::regnamespace
        UNION ALL SELECT 'table', relname, reloptions::text FROM pg_class WHERE relnamespace = 'public'::regnamespace
        UNION ALL SELECT 'extension', extname, NULL FROM pg_extension
        UNION ALL SELECT 'statistics', stxname, NULL FROM pg_statistic_ext
        UNION ALL SELECT 'setting', setconfig::text, NULL FROM pg_db_role_setting
            WHERE setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database())
        ORDER BY 1, 2, 3"""
    with psycopg.connect(database) as connection:
        return connection.execute(query).fetchall()


def everything(database: str) -> Report:
    name = psycopg.conninfo.conninfo_to_dict(database)["dbname"]
    return report(
        Maintenance("VACUUM", "public.orders"),
        SetParameter("work_mem", "32MB", f'DATABASE "{name}"', "5MB"),
        CreateStatistics(Name("public", "orders_city_zip"), ORDERS, ("dependencies",), ("city", "zip")),
        AlterTable(ORDERS, "SET (fillfactor=85)", "RESET (fillfactor)"),
        OLD,
        BY_CUSTOMER,
        CreateIndex(IndexDefinition(ORDERS, (IndexKey(expression="lower(note)"),)), "orders_lower_idx"),
        CreateIndex(
            IndexDefinition(ORDERS, (IndexKey("note", opclass="public.gin_trgm_ops"),), method="gin"), "orders_trgm_idx"
        ),
        CreateExtension("pg_trgm"),
    )


@pytest.mark.live
def test_up_then_down_leaves_the_database_as_it_was(psql: Psql, database: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(f"ALTER DATABASE \"{connection.info.dbname}\" SET work_mem = '5MB'")
    before = state(database)
    migration = everything(database)
    done = psql(sql.up(migration))
    assert done.returncode == 0, done.stderr
    after = state(database)
    assert indexes(database) == dict.fromkeys(
        ["orders_pkey", "orders_customer_id_idx", "orders_lower_idx", "orders_trgm_idx"], True
    )
    changed = {row[0] for row in set(after) ^ set(before)}
    assert changed == {"extension", "index", "setting", "statistics", "table"}
    undone = psql(sql.down(migration))
    assert undone.returncode == 0, undone.stderr
    assert state(database) == before


@pytest.mark.live
def test_running_it_twice_changes_nothing_more(psql: Psql, database: str) -> None:
    migration = everything(database)
    assert psql(sql.up(migration)).returncode == 0
    once = state(database)
    again = psql(sql.up(migration))
    assert again.returncode == 0, again.stderr
    assert state(database) == once
    assert psql(sql.down(migration)).returncode == 0
    assert psql(sql.down(migration)).returncode == 0


@pytest.mark.live
def test_up_with_its_commented_way_back_is_one_file(psql: Psql, database: str) -> None:
    migration = report(BY_CUSTOMER)
    done = psql(sql.up(migration) + "\n" + sql.commented_down(migration))
    assert done.returncode == 0, done.stderr
    assert indexes(database)["orders_customer_id_idx"]


@pytest.mark.live
def test_an_invalid_leftover_is_replaced_by_a_valid_index(psql: Psql, database: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection, pytest.raises(psycopg.errors.UniqueViolation):
        connection.execute("CREATE UNIQUE INDEX CONCURRENTLY orders_customer_id_idx ON orders (customer_id)")
    assert indexes(database)["orders_customer_id_idx"] is False
    done = psql(sql.up(report(BY_CUSTOMER)))
    assert done.returncode == 0, done.stderr
    assert indexes(database)["orders_customer_id_idx"] is True


@pytest.mark.live
def test_a_failing_build_stops_with_an_error_and_leaves_nothing(psql: Psql, database: str) -> None:
    unique = CreateIndex(IndexDefinition(ORDERS, (IndexKey("customer_id"),), unique=True), "orders_once_idx")
    before = indexes(database)
    done = psql(sql.up(report(unique, OLD)))
    assert done.returncode != 0
    assert "could not create unique index" in done.stderr
    assert "orders_once_idx could not be built and was removed again" in done.stderr
    assert indexes(database) == before  # the failed one is gone, the one to drop afterwards still stands


@pytest.mark.live
def test_a_name_taken_on_another_table_is_an_error(psql: Psql, database: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("CREATE TABLE other (a int); CREATE INDEX orders_customer_id_idx ON other (a)")
    done = psql(sql.up(report(BY_CUSTOMER)))
    assert done.returncode != 0
    assert "already exists" in done.stderr


@pytest.mark.live
def test_a_transaction_around_it_is_refused_by_the_server(psql: Psql, database: str) -> None:
    done = psql("BEGIN;\n" + sql.up(report(BY_CUSTOMER)))
    assert done.returncode != 0
    assert "cannot run inside a transaction block" in done.stderr
    assert "orders_customer_id_idx" not in indexes(database)


@pytest.mark.live
@pytest.mark.parametrize(
    "name",
    ["a`touch {marker}`b", "$dbadvisor$", "it's", 'quo"te', ":DBNAME", "back\\slash", "line\nend", "заказ 🙂", "--"],
)
def test_no_name_breaks_out_of_its_quotes(psql: Psql, database: str, tmp_path: Path, name: str) -> None:
    marker = tmp_path / "marker"
    table = Name("public", name.format(marker=marker)[:60])
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(f"CREATE TABLE {table} (a int)".encode())
    index = CreateIndex(IndexDefinition(table, (IndexKey("a"),)), f"{table.name}_i"[:63])
    before = state(database)
    done = psql(sql.up(report(index)))
    assert done.returncode == 0, done.stderr
    assert len(state(database)) == len(before) + 2
    assert psql(sql.down(report(index))).returncode == 0
    assert state(database) == before
    assert not marker.exists()


@pytest.mark.live
def test_a_partitioned_table_gets_its_index_plainly(psql: Psql, database: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("CREATE TABLE log (at date, a int) PARTITION BY RANGE (at)")
        connection.execute("CREATE TABLE log_1 PARTITION OF log FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')")
    before = state(database)
    change = CreateIndex(IndexDefinition(Name("public", "log"), (IndexKey("a"),)), "log_a_idx", concurrently=False)
    assert psql(sql.up(report(change))).returncode == 0
    assert len(state(database)) == len(before) + 4  # parent and partition, each as index and as relation
    assert psql(sql.down(report(change))).returncode == 0
    assert state(database) == before


def test_creates_come_before_drops_then_settings_then_analyze() -> None:
    text = sql.up(
        report(
            Maintenance("ANALYZE", "public.orders"), SetParameter("jit", "off", "SYSTEM"), OLD, BY_CUSTOMER,
        )
    )  # fmt: skip
    places = [text.index(word) for word in (f"{BY_CUSTOMER.sql};", f"{OLD.sql};", "ALTER SYSTEM", "\nANALYZE")]
    assert places == sorted(places)
    assert text.index("pg_reload_conf") > text.index("ALTER SYSTEM")


def test_a_change_that_two_recommendations_ask_for_is_made_once() -> None:
    one = report(BY_CUSTOMER)
    both = Report(one.taken_at, one.server, one.window, one.workload, (), one.recommendations * 2)
    assert sql.up(both).count(f"{BY_CUSTOMER.sql};") == 1


def test_expression_indexes_and_statistics_are_analyzed_once() -> None:
    index = CreateIndex(IndexDefinition(ORDERS, (IndexKey(expression="lower(note)"),)), "i")
    statistics = CreateStatistics(Name("public", "s"), ORDERS, (), ("city", "zip"))
    assert (
        sql.up(report(index, statistics, Maintenance("ANALYZE", "public.orders"))).count("ANALYZE public.orders;") == 1
    )


def test_comments_stay_comments() -> None:
    text = sql.up(report(BY_CUSTOMER))
    assert all(line.startswith("--") for line in text.splitlines() if "DROP TABLE" in line)
    down = sql.commented_down(report(BY_CUSTOMER))
    assert all(line.startswith("--") for line in down.splitlines())


def test_what_a_migration_cannot_do_is_said() -> None:
    rewrite = Rewrite("SELECT 1", "SELECT 2", "the same")
    text = sql.up(report(rewrite=rewrite))
    assert "-- Not in this file: do it ; DROP TABLE orders" in text
    assert "Nothing to change" in text
    assert "Nothing to take back" in sql.down(report())


def test_evidence_stands_once_beside_the_first_step_of_its_recommendation() -> None:
    item = Recommendation(
        1,
        "index",
        "a better index",
        "why",
        (),
        (BY_CUSTOMER, OLD),
        estimate=Estimate("shadow", 12_000.0, 8.0, ()),
        measurement=Measurement("clone", "better", 945.0, 5.0, 0.0022, 0.0019, 0.0027, ()),
        caveats=("each insert\nwrites more",),
    )
    text = sql.up(replace(report(OLD), recommendations=(item,)))
    assert text.count("planner's cost 12,000 -> 8, asked of shadow") == 1
    assert text.count("measured: better, 945 -> 5 blocks, time x 0.0022 (95 %: 0.0019 to 0.0027)") == 1
    assert text.count("mind: each insert writes more") == 1
    assert text.count(f"-- {item.id} (measured): a better index") == 2
