"""Indexes that are read and go all the same, as others serve their statements; and all that makes them stay."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from advisor.advising import advised, column, definition, index, snapshot, statement, table, titles
from dbadvisor.advisor.advise import Advice, Options, advise
from dbadvisor.advisor.load import Load
from dbadvisor.advisor.replaceable import scans
from dbadvisor.collector.collect import collect
from dbadvisor.model.catalog import Catalog
from dbadvisor.model.index import IndexKey
from dbadvisor.model.names import Name
from dbadvisor.model.plan import Node, Plan
from dbadvisor.model.snapshot import ForeignKey, Horizon, Index, Snapshot, TableActivity
from dbadvisor.model.whatif import SamplePlan
from dbadvisor.model.workload import Statement, Window
from dbadvisor.planner.shadow import shadow
from dbadvisor.sqltext.predicates import shape

LONG = 40 * 86_400.0
WINDOW = Window(statements_seconds=LONG, tables_seconds=LONG)
DEVICES = table(
    "devices",
    column("id", distinct=-1),
    column("owner", distinct=5_000),
    column("kind", distinct=50),
    column("seen_at", "timestamp without time zone", width=8),
    activity=TableActivity(inserted=900_000),
)
OWNERS = table("owners", column("id", distinct=-1))
SEEN = replace(index("devices_owner_seen", definition("devices", "owner", "seen_at")), scans=5_000)
KIND = replace(index("devices_owner_kind", definition("devices", "owner", "kind")), scans=90_000)
RECENT = statement("rr", "SELECT * FROM devices WHERE owner = $1 AND seen_at > $2", ms=900.0, calls=5_000)
OF_KIND = statement("kk", "SELECT * FROM devices WHERE owner = $1 AND kind = $2", ms=9_000.0, calls=90_000)
INSERT = statement("ii", "INSERT INTO devices (id) VALUES ($1)", ms=9_000.0, calls=900_000, rows=900_000)

Bodies = Mapping[str, float]
"""Cost by the body of the index that is used; the empty body is the whole table."""
NEARLY: Mapping[str, Bodies] = {
    "seen_at >": {"devices (owner, seen_at)": 20.0, "devices (owner, kind)": 20.4, "": 9_000.0},
    "kind =": {"devices (owner, kind)": 20.0, "": 9_000.0},
}


def decided(
    *indexes: Index,
    costs: Mapping[str, Bodies] = NEARLY,
    statements: Sequence[Statement] = (RECENT, OF_KIND, INSERT),
    foreign_keys: Sequence[ForeignKey] = (),
    **more: object,
) -> Advice:
    """The advice where each statement takes the cheapest of the indexes that are there."""

    def cost(text: str, there: frozenset[str]) -> tuple[float, tuple[str, ...]]:
        mine = next((bodies for part, bodies in costs.items() if part in text), {"": 1.0})
        best = min((body for body in mine if not body or body in there), key=mine.__getitem__)
        return mine[best], (best,) if best else ()

    seen = snapshot(DEVICES, OWNERS, indexes=indexes, statements=statements, foreign_keys=foreign_keys)
    return advised(replace(seen, **{"window": WINDOW, **more}), cost)  # type: ignore[arg-type]


def test_an_index_goes_whose_statements_another_one_serves_nearly_as_well() -> None:
    (one,) = decided(SEEN, KIND).recommendations
    assert one.title == "DROP INDEX public.devices_owner_seen"
    assert [change.sql for change in one.changes] == ["DROP INDEX CONCURRENTLY public.devices_owner_seen"]
    assert one.evidence_level == "planned"
    assert one.size_bytes == -2_000 * 8192
    assert one.estimate is not None
    assert [(each.fingerprint, each.cost_before, each.cost_after) for each in one.estimate.statements] == [
        ("rr", 20.0, 20.4)
    ]
    assert "1 statement can do without devices_owner_seen" in one.why
    assert "then reads by devices_owner_kind: planner cost 20.00 becomes 20.40" in one.why
    assert "Without it the reads lose about 18 ms" in one.why
    assert "spares the window's writes 900,000 entries" in one.why
    assert "of WAL" in one.why
    assert one.saved_ms > 1_000


def test_of_many_statements_the_heaviest_are_spelt_out() -> None:
    texts = [f"SELECT id FROM devices WHERE owner = $1 AND seen_at > $2 AND kind <> {n}" for n in range(5)]
    many = [statement(f"m{n}", text, ms=100.0 + n, calls=1_000) for n, text in enumerate(texts)]
    (one,) = decided(SEEN, KIND, statements=[*many, OF_KIND, INSERT]).recommendations
    assert "5 statements can do without devices_owner_seen" in one.why
    assert one.why.count("then reads by") == 3
    assert "So do 2 others, none of them much dearer." in one.why
    assert one.estimate is not None
    assert len(one.estimate.statements) == 5


def test_updates_that_become_hot_are_told() -> None:
    beat = statement("bb", "UPDATE devices SET seen_at = $1 WHERE id = $2", ms=900.0, calls=90_000, rows=90_000)
    counted = replace(DEVICES, activity=TableActivity(updated=100_000, hot_updated=10_000))
    (one,) = decided(SEEN, KIND, statements=[RECENT, OF_KIND, beat], tables=(counted, OWNERS)).recommendations
    assert "and lets 90,000 updates be HOT." in one.why


def test_a_large_index_goes_for_its_disk_alone() -> None:
    quiet, large = replace(DEVICES, activity=TableActivity()), replace(SEEN, pages=9_000)
    rare = replace(RECENT, total_ms=90.0)
    (one,) = decided(large, KIND, statements=[rare, OF_KIND], tables=(quiet, OWNERS)).recommendations
    assert "it frees 70.3 MB." in one.why


def test_it_stays_where_a_statement_gets_dearer_than_is_allowed() -> None:
    dearer = {**NEARLY, "seen_at >": {"devices (owner, seen_at)": 20.0, "devices (owner, kind)": 24.0, "": 9_000.0}}
    assert titles(decided(SEEN, KIND, costs=dearer)) == []


def test_it_stays_where_the_reads_lose_as_much_as_the_writes_gain() -> None:
    busy = replace(RECENT, total_ms=200_000.0)
    assert titles(decided(SEEN, KIND, statements=[busy, OF_KIND, INSERT])) == []


def test_it_stays_where_nothing_is_written_and_little_freed() -> None:
    small, quiet = replace(SEEN, pages=50), replace(DEVICES, activity=TableActivity())
    assert titles(decided(small, KIND, statements=[RECENT, OF_KIND], tables=(quiet, OWNERS))) == []
    assert titles(decided(small, KIND)) != []


@pytest.mark.parametrize(
    "window",
    [
        Window(statements_seconds=None, tables_seconds=LONG),
        Window(statements_seconds=30 * 86_400.0, tables_seconds=LONG),
        Window(statements_seconds=LONG, tables_seconds=None),
        Window(statements_seconds=LONG, tables_seconds=30 * 86_400.0),
        Window(statements_seconds=LONG, tables_seconds=LONG, evicted=100),
    ],
)
def test_it_stays_where_the_statements_may_not_be_all(window: Window) -> None:
    assert titles(decided(SEEN, KIND, window=window)) == []


def test_it_stays_where_the_statements_come_from_a_file() -> None:
    given = replace(RECENT, source="workload file")
    assert titles(decided(SEEN, KIND, statements=[given, OF_KIND, INSERT])) == []


def test_it_stays_where_its_scans_are_more_than_its_statements_make() -> None:
    assert titles(decided(replace(SEEN, scans=6_000), KIND)) != []
    assert titles(decided(replace(SEEN, scans=7_000), KIND)) == []


def test_scans_and_calls_are_counted_each_over_its_own_time() -> None:
    longer = Window(statements_seconds=LONG, tables_seconds=4 * LONG)
    assert titles(decided(replace(SEEN, scans=20_000), KIND, window=longer)) != []
    assert titles(decided(replace(SEEN, scans=30_000), KIND, window=longer)) == []


def test_it_stays_where_a_statement_on_the_table_could_not_be_planned() -> None:
    blind = replace(statement("xx", "SELECT * FROM devices WHERE owner < $1 AND seen_at > $2"), samples=())
    assert titles(decided(SEEN, KIND, statements=[RECENT, OF_KIND, INSERT, blind])) == []


@pytest.mark.parametrize("more", [{"standbys": 2}, {"horizons": (Horizon("slot", "replica_1", None, active=False),)}])
def test_where_replicas_read_too_it_is_only_told_how_to_ask_them(more: dict[str, object]) -> None:
    advice = decided(SEEN, KIND, **more)  # type: ignore[arg-type]
    assert titles(advice) == []
    (kept,) = advice.rejected
    assert kept.title == "DROP INDEX public.devices_owner_seen"
    assert "SELECT idx_scan FROM pg_stat_all_indexes WHERE indexrelid = 'public.devices_owner_seen'::regclass" in (
        kept.reason
    )


def test_a_subscriber_of_changes_reads_by_no_index() -> None:
    assert titles(decided(SEEN, KIND, horizons=(Horizon("logical slot", "changes", None),))) != []


@pytest.mark.parametrize(
    "held",
    [
        {"constraint": "p"},
        {"definition": replace(SEEN.definition, unique=True)},
        {"replica_identity": True},
        {"clustered": True},
        {"parent": Name("public", "root")},
        {"valid": False},
        {"definition": definition("devices", "owner", IndexKey(expression="(seen_at + 1)"))},
    ],
)
def test_what_more_than_speed_hangs_on_stays(held: dict[str, object]) -> None:
    assert titles(decided(replace(SEEN, **held), KIND)) == []  # type: ignore[arg-type]


def test_the_last_index_of_a_foreign_key_stays_whoever_deletes() -> None:
    key = ForeignKey("devices_seen_fkey", DEVICES.name, ("owner", "seen_at"), OWNERS.name, ("id", "id"))
    assert titles(decided(SEEN, KIND, foreign_keys=[key])) == []
    shared = replace(key, columns=("owner",))
    assert titles(decided(SEEN, KIND, foreign_keys=[shared])) != []


def test_of_two_that_stand_for_each_other_one_stays() -> None:
    either = {"devices (owner, seen_at)": 20.0, "devices (owner, kind)": 20.0, "": 9_000.0}
    advice = decided(SEEN, replace(KIND, scans=0), costs={"seen_at >": either, "kind =": either})
    assert len(advice.recommendations) == 1


def test_small_losses_do_not_add_up_to_a_large_one() -> None:
    third = replace(index("devices_owner_id", definition("devices", "owner", "id")), scans=5_000)
    chain = {"devices (owner, seen_at)": 100.0, "devices (owner, kind)": 104.0, "devices (owner, id)": 108.0, "": 9e3}
    kinds = {"devices (owner, kind)": 100.0, "devices (owner, id)": 100.0, "": 9e3}
    ids = {"devices (owner, id)": 20.0, "": 9e3}
    by_id = statement("dd", "SELECT * FROM devices WHERE owner = $1 AND id < $2", ms=900.0, calls=5_000)
    advice = decided(
        SEEN,
        replace(KIND, scans=90_000),
        third,
        costs={"seen_at >": chain, "kind =": kinds, "id <": ids},
        statements=[RECENT, OF_KIND, INSERT, by_id],
    )
    assert len(advice.recommendations) == 1


NEW = {
    "seen_at >": {"devices (owner, seen_at)": 20.0, "devices (owner, kind)": 20.4, "": 9_000.0},
    "kind =": NEARLY["kind ="],
}


def test_what_leans_on_a_new_index_goes_with_that_one() -> None:
    advice = decided(SEEN, costs=NEW)
    (one,) = advice.recommendations
    assert one.title == "CREATE INDEX ON public.devices (owner, kind)"
    assert [change.kind for change in one.changes] == ["create_index", "drop_index"]
    assert "then reads by the new index on public.devices (owner, kind): planner cost 20.00 becomes 20.40" in one.why
    assert "Statements outside the seen workload" in " ".join(one.caveats)


def test_no_index_is_made_for_one_that_leaves() -> None:
    """The old index alone serves its statement; nothing new is recommended just so that it can go."""
    advice = decided(SEEN, costs=NEW, statements=[RECENT, INSERT])
    assert titles(advice) == []


VISITS = """
CREATE TABLE visits (id int PRIMARY KEY, user_id int NOT NULL, page int NOT NULL, at timestamp NOT NULL, note text);
INSERT INTO visits
    SELECT g, g * 31 % 99991, g % 300, timestamp '2026-01-01' + g * interval '1 minute', repeat('x', 80)
    FROM generate_series(1, 100000) g;
CREATE INDEX visits_user_page ON visits (user_id, page);
CREATE INDEX visits_user_at ON visits (user_id, at);
VACUUM ANALYZE;
"""
OF_PAGE = "SELECT * FROM visits WHERE user_id = 4711 AND page = 7"
WORKLOAD = f"""
-- calls: 4000
{OF_PAGE};
-- calls: 9000
SELECT * FROM visits WHERE user_id = 77 AND at > '2026-02-01' ORDER BY at LIMIT 10;
-- calls: 900000
INSERT INTO visits VALUES (200000, 5, 5, now(), 'y');
"""


def advised_on(connection: psycopg.Connection, database: str, schema: str, workload: Path) -> Advice:
    """The advice on a real database whose statements were counted for long."""
    for text in filter(str.strip, schema.split(";\n")):
        connection.execute(text.encode())
    seen = collect(database, workload=workload)
    counted = tuple(
        replace(one, source="pg_stat_statements", total_ms=1000.0, hit_blocks=400 * one.calls, rows=one.calls)
        for one in seen.statements
    )
    return planned(replace(seen, statements=counted, window=WINDOW))


@pytest.mark.live
def test_a_real_server_plans_as_well_without_what_was_dropped(database: str, tmp_path: Path) -> None:
    path = tmp_path / "workload.sql"
    path.write_text(WORKLOAD)
    with psycopg.connect(database, autocommit=True) as connection:
        (one,) = advised_on(connection, database, VISITS, path).recommendations
        assert [change.sql for change in one.changes] == ["DROP INDEX CONCURRENTLY public.visits_user_page"]
        assert "then reads by visits_user_at" in one.why
        before = explained(connection, OF_PAGE)
        connection.execute(one.changes[0].sql.encode())
        after = explained(connection, OF_PAGE)
    assert [*before.indexes, *after.indexes] == ["visits_user_page", "visits_user_at"]
    assert one.estimate is not None
    assert any(each.cost_after == pytest.approx(after.cost, rel=0.01) for each in one.estimate.statements)
    assert after.cost < 1.05 * before.cost


NEWEST = "SELECT * FROM visits WHERE user_id = 77 ORDER BY at DESC LIMIT 3"
OF_USER = "SELECT count(note) FROM visits WHERE user_id = 4711"


@pytest.mark.live
def test_a_real_server_reads_by_the_new_index_what_the_old_one_served(database: str, tmp_path: Path) -> None:
    path = tmp_path / "workload.sql"
    path.write_text(f"-- calls: 4000\n{OF_USER};\n-- calls: 90000\n{NEWEST};\n")
    few_users = VISITS.replace("% 99991", "% 500").replace("(user_id, page)", "(user_id)")
    schema = few_users.replace("CREATE INDEX visits_user_at ON visits (user_id, at);\n", "")
    with psycopg.connect(database, autocommit=True) as connection:
        made = {one.title: one for one in advised_on(connection, database, schema, path).recommendations}
        assert "CREATE INDEX ON public.visits (user_id, at)" in made, [*made]
        one = made["CREATE INDEX ON public.visits (user_id, at)"]
        assert [change.kind for change in one.changes] == ["create_index", "drop_index"]
        before = {text: explained(connection, text) for text in (OF_USER, NEWEST)}
        for change in one.changes:
            connection.execute(change.sql.encode())
        after = {text: explained(connection, text) for text in (OF_USER, NEWEST)}
    assert {index for plan in after.values() for index in plan.indexes} == {"visits_user_id_at_idx"}
    assert after[OF_USER].cost < 1.05 * before[OF_USER].cost
    assert after[NEWEST].cost < before[NEWEST].cost / 5


def planned(seen: Snapshot) -> Advice:
    """The advice of the shadow on the snapshot, without findings."""
    with shadow(seen) as planner:
        catalog = Catalog(seen)
        shapes = {one.fingerprint: shape(one.text, catalog) for one in seen.statements}
        plans: dict[str, tuple[SamplePlan, ...]] = {}
        for one in seen.statements:
            answers = planner.explain([sample.sql for sample in one.samples])
            pairs = zip(one.samples, answers, strict=True)
            plans[one.fingerprint] = tuple(SamplePlan(s, plan) for s, plan in pairs if isinstance(plan, Plan))
        return advise(seen, catalog, shapes, plans, (), planner, Options())


def explained(connection: psycopg.Connection, text: str) -> Plan:
    row = connection.execute(f"EXPLAIN (FORMAT JSON) {text}".encode()).fetchone()
    assert row
    return Plan.from_json(row[0])


def node(kind: str, *children: Node, rows: float = 1.0, index: str | None = None) -> Node:
    return Node(kind, 0, 1, rows, 8, children=children, index=index)


def load(root: Node) -> Load:
    return Load("aa", None, None, (), (Plan(root),), 1, 1, 1, frozenset(), None, (1.0,))  # type: ignore[arg-type]


def test_repeated_scans_are_counted_as_often_as_the_plan_repeats_them() -> None:
    inner, outer = node("Index Scan", index="x"), node("Seq Scan", rows=50)
    names = frozenset(("x",))
    assert scans(load(node("Nested Loop", outer, inner)), names) == 50
    assert scans(load(node("Nested Loop", outer, node("Memoize", inner))), names) == 1
    assert scans(load(node("Limit", node("Nested Loop", outer, inner))), names) == 50
    assert scans(load(node("Hash Join", outer, node("Hash", inner))), names) == 1
    assert scans(load(inner), frozenset(("y",))) == 0
