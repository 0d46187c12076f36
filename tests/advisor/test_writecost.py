"""What indexes cost the writes: against a real server's WAL and HOT counters, and case by case."""

from collections.abc import Sequence
from dataclasses import replace

import psycopg
import pytest
import write_costs

from advisor.advising import column, definition, index, public, snapshot, statement, table
from dbadvisor.advisor.entries import entry_wal
from dbadvisor.advisor.partial import held_share
from dbadvisor.advisor.writecost import WriteCost
from dbadvisor.collector.collect import collect
from dbadvisor.model.catalog import Catalog
from dbadvisor.model.index import IndexDefinition, IndexKey
from dbadvisor.model.snapshot import Column, ColumnStatistics, Index, Snapshot, TableActivity
from dbadvisor.model.workload import Statement, Window
from dbadvisor.sqltext.predicates import shape

JOBS = table(
    "jobs",
    column("id"),
    column("state", "text", distinct=4, width=6),
    column("owner"),
    column("seen_at"),
    column("note", "text", width=100),
)
NOTHING_COUNTED = TableActivity()
PKEY = index("jobs_pkey", definition("jobs", "id"), constraint="p")
INSERT = statement("ii", "INSERT INTO jobs (id) VALUES ($1)", rows=1_000)
BEAT = statement("bb", "UPDATE jobs SET seen_at = $1 WHERE id = $2", rows=10_000)
FINISH = statement("ff", "UPDATE jobs SET state = $1 WHERE id = $2", rows=500)


def writes(seen: Snapshot) -> WriteCost:
    catalog = Catalog(seen)
    return WriteCost(seen, catalog, {one.fingerprint: shape(one.text, catalog) for one in seen.statements})


def written(
    statements: Sequence[Statement], *indexes: Index, activity: TableActivity = NOTHING_COUNTED, **more: object
) -> WriteCost:
    seen = snapshot(replace(JOBS, activity=activity), indexes=(PKEY, *indexes), statements=statements)
    return writes(replace(seen, **more))  # type: ignore[arg-type]


def on(*keys: str, **more: object) -> IndexDefinition:
    return definition("jobs", *keys, **more)


def test_an_insert_writes_an_entry_and_a_delete_leaves_one_to_remove() -> None:
    inserted = written([INSERT]).burden(on("owner"))
    assert inserted.entries == 1_000
    assert 60 < inserted.wal_bytes / 1_000 < 110
    deleted = written([INSERT, statement("dd", "DELETE FROM jobs WHERE id = $1", rows=1_000)]).burden(on("owner"))
    assert deleted.entries == 1_000
    assert inserted.wal_bytes < deleted.wal_bytes < 1.2 * inserted.wal_bytes
    assert deleted.ms > inserted.ms


def test_a_wide_entry_costs_more_than_a_narrow_one() -> None:
    cost = written([INSERT])
    narrow, wide = cost.burden(on("owner")), cost.burden(on("owner", include=("note",)))
    assert wide.entries == narrow.entries
    assert wide.wal_bytes > 2 * narrow.wal_bytes
    assert wide.ms > 2 * narrow.ms


def test_the_size_that_the_index_would_have_tells_what_it_grows_by() -> None:
    seen = snapshot(JOBS, statements=[INSERT])
    catalog = Catalog(seen)
    shapes = {"ii": shape(INSERT.text, catalog)}
    deduplicated = WriteCost(seen, catalog, shapes, lambda _definition: 7_000_000)
    assert deduplicated.burden(on("owner")).wal_bytes < written([INSERT]).burden(on("owner")).wal_bytes


@pytest.mark.parametrize(
    "made", [on("seen_at"), on("owner", include=("seen_at",)), on("owner", where="seen_at IS NULL")]
)
def test_an_index_on_a_column_that_updates_set_ends_their_hot_updates(made: IndexDefinition) -> None:
    burden = written([BEAT]).burden(made)
    assert burden.hot_lost == 10_000
    assert burden.entries >= 10_000
    assert written([BEAT]).burden(on("owner")).hot_lost == 0


def test_what_another_index_keeps_from_being_hot_is_not_lost_again() -> None:
    seen_at = index("jobs_seen", on("seen_at"))
    counted = TableActivity(updated=10_000)
    burden = written([BEAT], seen_at, activity=counted).burden(on("owner", "seen_at"))
    assert burden.hot_lost == 0
    assert burden.entries == 10_000


def test_updates_that_set_a_column_to_what_it_was_stay_hot_until_a_new_index_may_change_that() -> None:
    whole = statement("ww", "UPDATE jobs SET state = $1, owner = $2, seen_at = $3 WHERE id = $4", rows=10_000)
    cost = written([whole], index("jobs_owner", on("owner")), activity=TableActivity(updated=100, hot_updated=90))
    assert cost.burden(on("note")).entries == pytest.approx(1_000)
    assert cost.burden(on("seen_at")).hot_lost == pytest.approx(9_000)


def test_only_the_last_index_in_the_way_wins_hot_updates_back() -> None:
    one, two = index("jobs_seen", on("seen_at")), index("jobs_owner_seen", on("owner", "seen_at"))
    cost = written([BEAT], one, two, activity=TableActivity(updated=10_000))
    alone, both = cost.relief({one.name}), cost.relief({one.name, two.name})
    assert alone.hot_lost == 0
    assert alone.entries == 10_000
    assert both.hot_lost == 5_000
    assert both.entries == 2 * 10_000 + 5_000
    assert both.wal_bytes > 2 * alone.wal_bytes


@pytest.mark.parametrize(("major", "lost"), [(15, 10_000), (16, 0)])
def test_brin_writes_next_to_nothing_and_from_16_on_keeps_updates_hot(major: int, lost: int) -> None:
    seen = snapshot(JOBS, indexes=[PKEY], statements=[INSERT, BEAT])
    seen = replace(seen, server=replace(seen.server, version_num=major * 10_000))
    burden = writes(seen).burden(on("seen_at", method="brin"))
    assert burden.hot_lost == lost
    assert (burden.wal_bytes == 0) == (lost == 0)


STATE = ColumnStatistics(0.1, 6, 4, most_common_vals=("done", "new"), most_common_freqs=(0.7, 0.1))


@pytest.mark.parametrize(
    ("where", "share"),
    [
        (None, 1.0),
        ("state = 'new'::text", 0.1),
        ("(state <> 'done'::text)", 0.2),
        ("state = 'odd'", 0.05),
        ("state IS NULL", 0.1),
        ("state IS NOT NULL AND state = 'new'", 0.1),
        ("id > 5", 1.0),
        ("lower(state) = 'new'", 1.0),
    ],
)
def test_a_partial_index_is_charged_for_the_rows_that_it_holds(where: str | None, share: float) -> None:
    state = replace(column("state", "text"), statistics=STATE)
    jobs = replace(JOBS, columns=(JOBS.columns[0], state, *JOBS.columns[2:]))
    assert held_share(Catalog(snapshot(jobs)), on("owner", where=where)) == pytest.approx(share)
    cost = writes(snapshot(jobs, statements=[INSERT]))
    assert cost.burden(on("owner", where=where)).entries == pytest.approx(1_000 * share)


@pytest.mark.parametrize(("where", "share"), [("flag", 0.3), ("NOT flag", 0.6)])
def test_a_flag_is_a_condition_too(where: str, share: float) -> None:
    statistics = ColumnStatistics(0.1, 1, 2, most_common_vals=("f", "t"), most_common_freqs=(0.6, 0.3))
    flagged = table("flagged", Column("flag", 1, "boolean", statistics=statistics), Column("blind", 2, "boolean"))
    catalog = Catalog(snapshot(flagged))
    assert held_share(catalog, definition("flagged", "blind", where=where)) == pytest.approx(share)
    assert held_share(catalog, definition("flagged", "flag", where="blind")) == 1.0


def test_rows_that_leave_a_partial_index_by_an_update_have_been_in_it() -> None:
    state = replace(column("state", "text"), statistics=STATE)
    jobs = replace(JOBS, columns=(JOBS.columns[0], state, *JOBS.columns[2:]))
    cost = writes(snapshot(jobs, statements=[INSERT, FINISH]))
    assert cost.burden(on("owner", where="state = 'new'")).entries >= 1_000


def test_an_existing_partial_index_spares_what_it_holds() -> None:
    some = replace(index("jobs_new", on("owner", where="state = 'new'")), tuples=100_000)
    assert written([INSERT], some).relief({some.name}).entries == pytest.approx(100)


def test_counters_that_know_of_more_are_believed() -> None:
    counted = TableActivity(inserted=7_000, updated=700, hot_updated=0, deleted=70)
    week = Window(statements_seconds=86_400.0, tables_seconds=7 * 86_400.0)
    assert written([], activity=counted, window=week).burden(on("owner")).entries == pytest.approx(1_100)
    fresh = Window(statements_seconds=3_600.0, tables_seconds=7_200.0)
    assert written([], activity=counted, window=fresh).burden(on("owner")).entries == 0


def test_an_index_of_a_partition_pays_for_the_partitions_part() -> None:
    root = table("events", column("id"), column("kind"), kind="p", rows=-1.0, blocks=0)
    parts = [
        table(f"events_{n}", column("id"), column("kind"), rows=size, parent=root.name, bound="FOR VALUES …")
        for n, size in enumerate((3e5, 1e5))
    ]
    own = index("events_1_kind", definition("events_1", "kind"))
    fill = statement("ii", "INSERT INTO events (id, kind) VALUES ($1, $2)", rows=4_000)
    assert writes(snapshot(root, *parts, indexes=[own], statements=[fill])).relief({own.name}).entries == 1_000


def gin(kind: str, opclass: str | None = None, **statistics: object) -> float:
    """WAL of an entry of a GIN index on one column."""
    known = replace(ColumnStatistics(0.0, 60, -1.0), **statistics)  # type: ignore[arg-type]
    made = table("docs", Column("doc", 1, kind, base_type=kind, statistics=known))
    return entry_wal(Catalog(snapshot(made)), definition("docs", IndexKey("doc", opclass=opclass), method="gin"))


def test_gin_pays_for_every_key_of_a_row() -> None:
    few, many = ((1.0, 1.0, 2.0),), ((9.0, 9.0, 12.0),)
    assert gin("integer[]", elem_count_histogram=many[0]) > 3 * gin("integer[]", elem_count_histogram=few[0])
    assert gin("text", "gin_trgm_ops", avg_width=120) > 3 * gin("text", "gin_trgm_ops", avg_width=20)
    assert gin("tsvector", avg_width=600) > 3 * gin("tsvector", avg_width=90)
    short, long = ('{"a": 1}',), ('{"a": {"b": [1, 2, 3, 4]}, "c": "x", "d": null}',)
    assert gin("jsonb", "jsonb_path_ops", histogram_bounds=long) > 2 * gin(
        "jsonb", "jsonb_path_ops", histogram_bounds=short
    )
    assert gin("jsonb", histogram_bounds=long) > gin("jsonb", "jsonb_path_ops", histogram_bounds=long)
    assert gin("jsonb", histogram_bounds=("no document",)) < gin("jsonb")


def test_of_values_that_nothing_is_known_of_some_keys_are_taken() -> None:
    made = table("docs", Column("doc", 1, "jsonb", base_type="jsonb"))
    few = gin("jsonb", "jsonb_path_ops", histogram_bounds=('{"a": 1}',))
    assert entry_wal(Catalog(snapshot(made)), definition("docs", "doc", method="gin")) > few


def test_methods_and_expressions_have_their_prices() -> None:
    cost = written([INSERT])
    plain, expression = cost.burden(on("note")), cost.burden(on(IndexKey(expression="lower(note)")))  # type: ignore[arg-type]
    assert expression.wal_bytes == pytest.approx(plain.wal_bytes, rel=0.1)
    assert cost.burden(on("note", method="hash")).wal_bytes < plain.wal_bytes
    assert cost.burden(on("owner", method="gist")).ms > 2 * cost.burden(on("owner")).ms


@pytest.mark.live
def test_a_real_server_writes_as_much_as_expected(database: str) -> None:
    plain = ("integers at random", "few integers", "times in order", "texts", "with INCLUDE", "hash")
    other = ("partial, a sixteenth", "partial, all but that", "GIN array", "GIN jsonb")
    for row in write_costs.rows(database, (*plain, *other, "BRIN"), 50_000):
        if row.name == "BRIN":
            assert row.insert_wal == 0
            assert abs(row.real.insert_wal) < 2
        else:
            assert row.insert_wal == pytest.approx(row.real.insert_wal, rel=0.3), row.name
            assert row.vacuum_wal < 0.6 * row.real.insert_wal, row.name


@pytest.mark.live
def test_a_real_server_ends_hot_updates_where_expected(database: str) -> None:
    bodies = {
        "(owner)": False,
        "(seen_at)": True,
        "(owner) INCLUDE (seen_at)": True,
        "(owner) WHERE seen_at > 5": True,
        "((seen_at + 1))": True,
    }
    with psycopg.connect(database, autocommit=True) as connection:
        for body, ends in bodies.items():
            connection.execute("DROP TABLE IF EXISTS jobs")
            connection.execute("CREATE TABLE jobs (id int PRIMARY KEY, owner int, seen_at int) WITH (fillfactor = 40)")
            connection.execute("INSERT INTO jobs SELECT g, g, 0 FROM generate_series(1, 2000) g")
            connection.execute(f"CREATE INDEX looked_at ON jobs {body}".encode())
            connection.execute("VACUUM ANALYZE jobs")
            catalog = Catalog(collect(database))
            beat = replace(BEAT, text="UPDATE jobs SET seen_at = seen_at + 1", rows=2_000)
            seen = replace(catalog.snapshot, statements=(beat,))
            looked_at = catalog.indexes[public("looked_at")].definition
            bare = replace(seen, indexes=tuple(one for one in seen.indexes if one.name.name != "looked_at"))
            with connection.transaction():
                connection.execute("UPDATE jobs SET seen_at = seen_at + 1")
                hot = connection.execute(
                    "SELECT pg_stat_get_xact_tuples_hot_updated('jobs'::regclass)::int8"
                ).fetchone()
            assert hot == (0 if ends else 2_000,), body
            assert writes(bare).burden(looked_at).hot_lost == (2_000 if ends else 0), body
