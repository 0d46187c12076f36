"""What a look at a real database writes down, and what it leaves alone."""

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from dbadvisor.collector.collect import collect
from dbadvisor.model import snapshot_file
from dbadvisor.model.catalog import Catalog
from dbadvisor.model.names import Name
from dbadvisor.model.snapshot import Gap, Snapshot
from dbadvisor.servers.local import LocalServer

pytestmark = pytest.mark.live

RICH = (Path(__file__).parent / "rich.sql").read_text()


def public(name: str) -> Name:
    return Name("public", name)


@pytest.fixture
def rich(database: str) -> Iterator[psycopg.Connection]:
    """A session (it keeps a temporary table alive) on the database with a bit of everything."""
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(RICH)
        connection.execute("SELECT pg_stat_force_next_flush()")
        yield connection


def gap(seen: Snapshot, key: str) -> Gap:
    found = [gap for gap in seen.gaps if gap.key == key]
    assert len(found) == 1, seen.gaps
    return found[0]


def keys(seen: Snapshot) -> set[str]:
    return {gap.key for gap in seen.gaps}


def test_every_index_can_be_made_again_exactly(database: str, rich: psycopg.Connection) -> None:
    seen = collect(database)
    assert {"by_lower_email", "by_name", "by_two", "by_sign", "by_note", "by_big", "Odd idx"} <= {
        index.name.name for index in seen.indexes
    }
    assert "passing_pkey" not in {index.name.name for index in seen.indexes}
    free = [index for index in seen.indexes if not index.constraint and not index.parent]
    real = {index: definition_of(rich, index.oid) for index in free}
    for index, definition in real.items():
        rich.execute(f"DROP INDEX {index.name}")
        rich.execute(index.definition.create_sql(index.name.name))
        oid = rich.execute("SELECT %s::regclass::oid", (str(index.name),)).fetchone()
        assert oid is not None
        assert definition_of(rich, oid[0]) == definition


def definition_of(connection: psycopg.Connection, oid: int) -> str:
    row = connection.execute("SELECT pg_get_indexdef(%s)", (oid,)).fetchone()
    assert row is not None
    return str(row[0])


@pytest.mark.usefixtures("rich")
def test_indexes_say_what_hangs_on_them(database: str) -> None:
    catalog = Catalog(collect(database))
    indexes = catalog.indexes
    assert indexes[public("customers_pkey")].constraint == "p"
    assert indexes[public("orders_period_excl")].constraint == "x"
    assert indexes[public("events_2024_day_idx")].parent == public("by_day")
    lowered = indexes[public("by_lower_email")]
    assert lowered.definition.keys[0].expression == "lower((email)::text)"
    assert lowered.definition.include == ("name",)
    assert lowered.expression_statistics[0][0] == 1
    assert lowered.expression_statistics[0][1].n_distinct == -1
    assert lowered.blocks is not None
    assert lowered.tuples == 2000
    assert indexes[public("by_note")].definition.nulls_not_distinct
    assert indexes[public("by_big")].definition.where == "public.is_big(id) AND (status <> ')'::text)"


@pytest.mark.usefixtures("rich")
def test_tables_and_their_columns(database: str) -> None:
    seen = collect(database)
    catalog = Catalog(seen)
    customers = catalog.tables[public("customers")]
    assert (customers.rows, customers.blocks) == (2000, customers.pages)
    assert [column.name for column in customers.columns][-2:] == ["created", "twice"]
    email, name, score, identity = (customers.column(c) for c in ("email", "name", "score", "id"))
    assert email
    assert name
    assert score
    assert identity
    assert (email.type, email.base_type, email.statistics_target) == (
        "character varying(100)",
        "character varying",
        500,
    )
    assert (name.collation, name.options) == ('pg_catalog."C"', ("n_distinct=-0.5",))
    assert (score.type, score.base_type, score.default) == ("public.small", "integer", "3")
    assert identity.identity
    assert name.statistics
    assert name.statistics.most_common_vals
    assert name.statistics.most_common_freqs
    assert len(name.statistics.most_common_vals) == len(name.statistics.most_common_freqs) == 100
    tags = customers.column("tags")
    assert tags
    assert tags.statistics
    assert tags.statistics.most_common_elems
    assert customers.activity
    assert customers.activity.inserted == 2000
    orders = catalog.tables[public("orders")]
    assert set(orders.options) == {"fillfactor=80", "autovacuum_enabled=off"}
    events = catalog.tables[public("events")]
    assert (events.kind, events.partition_key) == ("p", "RANGE (day)")
    part = catalog.tables[public("events_2024")]
    assert part.parent == events.name
    assert part.bound == "FOR VALUES FROM ('2024-01-01') TO ('2025-01-01')"
    day = events.column("day")
    assert day
    assert day.statistics
    assert day.statistics.inherited
    assert "passing" not in {table.name.name for table in seen.tables}
    assert Name("Archive 2024", 'We "ird') in catalog.tables
    assert catalog.tables[public("totals")].definition


@pytest.mark.usefixtures("rich")
def test_types_keys_views_and_the_rest(database: str) -> None:
    seen = collect(database)
    types = {found.name.name: found for found in seen.types}
    assert types["mood"].labels == ("sad", "ok", "it's")
    assert types["small"].base == "public.positive"
    assert types["small"].not_null
    assert types["pair"].attributes == (("a", "integer"), ("b", "text"))
    assert types["span"].base == "bigint"
    assert [function.name.name for function in seen.functions] == ["is_big"]
    assert seen.functions[0].definition
    assert "SELECT x > 10" in seen.functions[0].definition
    (key,) = seen.foreign_keys
    assert (key.table, key.columns, key.referenced, key.on_delete) == (
        public("orders"), ("customer_id",), public("customers"), "c",
    )  # fmt: skip
    assert [check.name for check in seen.checks] == ["name_given"]
    assert [view.name.name for view in seen.views] == ["addresses"]
    assert seen.views[0].definition.startswith("SELECT id")
    (together,) = seen.extended_statistics
    assert together.data[0][0] is False
    assert all(together.data[0][1:])
    (sequence,) = seen.sequences
    assert (sequence.last_value, sequence.owned_by) == (2000, (public("customers"), "id"))
    assert seen.schemas == ("Archive 2024", "public")
    assert snapshot_file.unpack(snapshot_file.pack(seen)) == seen


def test_statements_are_merged_and_ours_left_out(database: str, rich: psycopg.Connection) -> None:
    rich.execute("SELECT pg_stat_statements_reset()")
    rich.execute("SELECT note FROM orders WHERE customer_id = 7 /* card 4711 */")
    rich.execute("SELECT note FROM orders WHERE customer_id = %s", (8,))
    rich.execute("SELECT note FROM orders WHERE customer_id = 9::int")
    rich.execute("COMMENT ON TABLE orders IS 'secret words'")
    first = collect(database)
    seen = collect(database)
    texts = [statement.text for statement in seen.statements]
    assert not [text for text in texts if "pg_catalog" in text or "dbadvisor" in text or "pg_class" in text]
    assert [s.text for s in first.statements if s.kind != "UTILITY"] == [
        s.text for s in seen.statements if s.kind != "UTILITY"
    ]
    (orders,) = [statement for statement in seen.statements if "customer_id" in statement.text and statement.calls > 1]
    assert (orders.kind, orders.calls, orders.rows, len(orders.queryids)) == ("SELECT", 3, 9, 2)
    assert orders.hit_blocks + orders.read_blocks > 0
    assert not [text for text in texts if "4711" in text or "secret words" in text]
    assert seen.window.statements_seconds is not None


def test_what_runs_now_gives_samples_but_shows_no_values(database: str, rich: psycopg.Connection) -> None:
    with psycopg.connect(database) as holding:
        holding.execute("SELECT note FROM orders WHERE customer_id = 77 FOR UPDATE")
        seen = collect(database)
        pid = holding.info.backend_pid
    (session,) = [found for found in seen.sessions if found.pid == pid]
    assert session.state == "idle in transaction"
    assert session.transaction_age is not None
    assert "77" not in session.query
    held = next(s for s in seen.statements if "FOR UPDATE" in s.text)
    assert [sample.sql for sample in held.samples] == ["SELECT note FROM orders WHERE customer_id = 77 FOR UPDATE"]


def test_names_are_looked_up_where_the_database_says(database: str, rich: psycopg.Connection) -> None:
    name = psycopg.conninfo.conninfo_to_dict(database)["dbname"]
    assert collect(database).search_path == ("public",)
    rich.execute(f'ALTER DATABASE {name} SET search_path = "$user", "Archive 2024", nowhere, public')
    assert collect(database).search_path == ("Archive 2024", "public")


@pytest.mark.usefixtures("rich")
def test_settings_hold_no_secret_and_not_our_own_pins(database: str) -> None:
    seen = collect(database)
    names = {setting.name for setting in seen.settings}
    assert {"random_page_cost", "work_mem", "autovacuum", "pg_stat_statements.track"} <= names
    assert not names & {"primary_conninfo", "archive_command", "ssl_key_file", "data_directory"}
    assert seen.setting("jit") == "on"
    assert seen.setting("lock_timeout") == "0"


def test_an_empty_database_is_fine(database: str) -> None:
    seen = collect(database)
    assert (seen.tables, seen.indexes, seen.statements) == ((), (), ())
    missing = gap(seen, "pg_stat_statements")
    assert missing.why == "the extension pg_stat_statements is not in this database"
    assert missing.cure == "CREATE EXTENSION pg_stat_statements;"


@pytest.mark.usefixtures("rich")
def test_a_role_that_may_only_connect_gets_a_report_with_named_gaps(database: str, role: Callable[..., str]) -> None:
    with psycopg.connect(database):
        seen = collect(role())
    assert keys(seen) >= {"statistics", "sequences", "pg_stat_statements", "extended_statistics", "sessions"}
    assert gap(seen, "pg_stat_statements").cure == f"GRANT pg_monitor TO {seen.server.role};"
    assert seen.statements == ()
    assert len(seen.tables) == len(collect(database).tables)
    assert (seen.server.powers, seen.server.writable_tables) == ((), 0)


@pytest.mark.usefixtures("rich")
def test_pg_monitor_alone_is_blind_for_statistics_and_says_so(database: str, role: Callable[..., str]) -> None:
    seen = collect(role("pg_monitor"))
    assert keys(seen) == {"statistics", "sequences", "extended_statistics"}
    assert gap(seen, "statistics").cure == f"GRANT pg_read_all_data TO {seen.server.role};"
    assert seen.statements
    assert not any(column.statistics for table in seen.tables for column in table.columns)
    assert seen.sequences[0].last_value is None


@pytest.mark.usefixtures("rich")
def test_two_grants_show_everything(database: str, role: Callable[..., str]) -> None:
    seen = collect(role("pg_monitor", "pg_read_all_data"))
    assert keys(seen) == {"probes"}
    assert gap(seen, "probes").why.endswith("from public.orders")  # an index of it calls a function of the users'
    assert len(seen.tables) == len(collect(database).tables)
    assert seen.extended_statistics[0].data
    assert seen.server.powers == ()


@pytest.mark.usefixtures("rich")
def test_powers_are_named(database: str, role: Callable[..., str]) -> None:
    assert "superuser" in collect(database).server.powers
    assert collect(role("pg_execute_server_program")).server.powers == ("pg_execute_server_program",)
    assert collect(role("pg_write_all_data")).server.writable_tables > 0


def test_a_locked_table_costs_its_expressions_and_nothing_else(database: str, rich: psycopg.Connection) -> None:
    free = collect(database)
    with psycopg.connect(database) as holder:
        holder.execute("LOCK TABLE customers IN ACCESS EXCLUSIVE MODE")
        seen = collect(database)
    assert "public.customers" in gap(seen, "locks").why
    assert len(seen.tables) == len(free.tables)
    lost = {index.name.name for index in free.indexes} - {index.name.name for index in seen.indexes}
    assert lost == {"by_lower_email", "by_name", "by_two"}
    assert seen.views == ()
    assert Catalog(seen).tables[public("customers")].blocks is None
    assert Catalog(seen).tables[public("orders")].blocks is not None
    assert keys(seen) == {"locks", "probes"}


def test_looking_changes_nothing_and_leaves_nothing(
    server: LocalServer, database: str, rich: psycopg.Connection
) -> None:
    def dump() -> str:
        command = [server.installation.program("pg_dump"), "--dbname", database]
        text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        return "\n".join(line for line in text.splitlines() if not line.startswith("\\"))

    before = dump()
    written = rich.execute("SELECT pg_current_wal_insert_lsn()").fetchone()
    collect(database)
    assert rich.execute("SELECT pg_current_wal_insert_lsn()").fetchone() == written
    assert dump() == before
    left = rich.execute("SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'dbadvisor%'").fetchone()
    assert left == (0,)


def test_a_standby_that_is_away_is_known_by_its_slot(database: str) -> None:
    assert not collect(database).replicated
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("SELECT pg_create_physical_replication_slot('away')")
        try:
            seen = collect(database)
        finally:
            connection.execute("SELECT pg_drop_replication_slot('away')")
    assert [(one.kind, one.name, one.active) for one in seen.horizons] == [("slot", "away", False)]
    assert seen.replicated
