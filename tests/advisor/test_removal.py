"""Which indexes go, and which stay whatever a rule said of them."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from advisor.advising import Cost, advised, column, definition, index, public, snapshot, statement, table, titles
from dbadvisor.advisor.advise import Advice
from dbadvisor.model.change import AlterTable, Change, DropIndex
from dbadvisor.model.finding import Evidence, Finding, Severity
from dbadvisor.model.names import Name
from dbadvisor.model.snapshot import ForeignKey, Index, TableActivity
from dbadvisor.model.workload import Statement

DEVICES = table(
    "devices",
    column("id", distinct=-1),
    column("owner", distinct=5_000),
    column("seen_at", "timestamp without time zone", width=8),
    activity=TableActivity(inserted=1_000, updated=100_000, hot_updated=1_000),
)
OWNERS = table("owners", column("id", distinct=-1))
OWNER = index("devices_owner", definition("devices", "owner"))
WIDE = index("devices_owner_seen", definition("devices", "owner", "seen_at"))
SEEN = index("devices_seen", definition("devices", "seen_at"))
BY_OWNER = statement("aa", "SELECT * FROM devices WHERE owner = $1")


def drop(rule: str, *indexes: Index, extra: Sequence[Change] = ()) -> Finding:
    changes = tuple(DropIndex(one.name, one.definition) for one in indexes)
    return Finding(
        rule,
        Severity.WARNING,
        str(indexes[0].name),
        f"{indexes[0].name.name} is not needed.",
        (Evidence("scans", 0, "scans", "pg_stat_user_indexes"),),
        proposals=(*changes, *extra),
    )


def same(text: str, there: frozenset[str]) -> tuple[float, tuple[str, ...]]:
    """Every index on owner is as good as any other."""
    found = sorted(one for one in there if one.startswith("devices (owner"))
    return (20.0, (found[0],)) if found and "owner =" in text else (5_000.0, ())


def decided(
    findings: Sequence[Finding],
    *indexes: Index,
    cost: Cost | None = same,
    statements: Sequence[Statement] = (BY_OWNER,),
    foreign_keys: Sequence[ForeignKey] = (),
) -> Advice:
    seen = snapshot(DEVICES, OWNERS, indexes=indexes, statements=statements, foreign_keys=foreign_keys)
    return advised(seen, cost, findings)


def test_a_redundant_index_goes_when_every_statement_is_as_cheap_without_it() -> None:
    advice = decided([drop("IDX005", OWNER)], OWNER, WIDE)
    (one,) = advice.recommendations
    assert one.title == "DROP INDEX public.devices_owner"
    assert one.size_bytes == -2_000 * 8192
    assert one.evidence_level == "planned"
    assert "1 statement on the table, planned again without it, got no dearer" in one.why


def test_a_redundant_index_stays_when_its_replacement_is_slower() -> None:
    def slower(text: str, there: frozenset[str]) -> tuple[float, tuple[str, ...]]:
        return (20.0, ("devices (owner)",)) if "devices (owner)" in there else (166.0, ("devices (owner, seen_at)",))

    advice = decided([drop("IDX005", OWNER)], OWNER, WIDE, cost=slower)
    assert titles(advice) == []
    assert advice.rejected[0].reason == "without it statement aa would cost 8.30 times as much"


def test_an_index_stays_where_the_planner_cannot_plan_without_it() -> None:
    """As HypoPG before 1.4, which hides no index."""
    seen = snapshot(DEVICES, OWNERS, indexes=[OWNER], statements=[BY_OWNER])
    advice = advised(seen, same, [drop("IDX006", OWNER)], hides=False)
    assert titles(advice) == []
    assert advice.rejected[0].reason == "statement aa could not be planned without it"


def test_of_twins_one_stays() -> None:
    twin = replace(OWNER, name=public("devices_owner_2"))
    advice = decided([drop("IDX004", OWNER), drop("IDX006", twin)], OWNER, twin)
    assert titles(advice) == ["DROP INDEX public.devices_owner"]
    assert advice.rejected[0].title == "DROP INDEX public.devices_owner_2"


def test_not_even_where_both_are_called_duplicates() -> None:
    twin = replace(OWNER, name=public("devices_owner_2"))
    advice = decided([drop("IDX004", OWNER), drop("IDX004", twin)], OWNER, twin)
    assert len(advice.recommendations) == 1
    assert advice.rejected[0].reason == "the index that would stand for it goes already"


def test_an_index_that_is_gone_meanwhile_is_not_dropped() -> None:
    assert decided([drop("IDX006", OWNER)], SEEN, statements=[]).rejected[0].reason == "it is not there"


def test_a_partitioned_index_is_hidden_with_its_parts() -> None:
    part = replace(OWNER, name=public("devices_1_owner"), parent=OWNER.name)
    hidden: list[frozenset[str]] = []

    def noted(text: str, there: frozenset[str]) -> tuple[float, tuple[str, ...]]:
        hidden.append(there)
        return 5_000.0, tuple(one for one in there if one == "devices (owner)")

    statements = [statement("ss", "SELECT * FROM devices WHERE seen_at > $1 AND seen_at < $2")]
    advice = decided([drop("IDX006", OWNER)], OWNER, part, cost=noted, statements=statements)
    assert titles(advice) == ["DROP INDEX public.devices_owner"]
    assert not any("devices (owner)" in there for there in hidden[-1:])


def test_the_index_of_one_partition_is_held_against_the_statements_on_all() -> None:
    leaf = replace(DEVICES, name=public("devices_1"), parent=DEVICES.name, bound="FOR VALUES …")
    whole = replace(DEVICES, kind="p", rows=-1.0, pages=0)
    own = replace(OWNER, definition=definition("devices_1", "owner"))

    def by_part(text: str, there: frozenset[str]) -> tuple[float, tuple[str, ...]]:
        return (20.0, ("devices_1 (owner)",)) if "devices_1 (owner)" in there else (5_000.0, ())

    seen = snapshot(whole, leaf, OWNERS, indexes=[own], statements=[BY_OWNER])
    advice = advised(seen, by_part, [drop("IDX006", own)])
    assert titles(advice) == []
    assert "times as much" in advice.rejected[0].reason


def test_what_stands_for_a_dropped_index_is_not_dropped_as_unused() -> None:
    advice = decided([drop("IDX006", WIDE), drop("IDX005", OWNER)], OWNER, WIDE, statements=[])
    assert titles(advice) == ["DROP INDEX public.devices_owner"]
    assert advice.rejected[0].reason == "it stands for devices_owner, which goes"


@pytest.mark.parametrize(
    "held", [{"constraint": "p"}, {"replica_identity": True}, {"clustered": True}, {"parent": Name("public", "root")}]
)
def test_what_more_than_speed_hangs_on_never_goes(held: dict[str, object]) -> None:
    kept = replace(OWNER, **held)  # type: ignore[arg-type]
    assert titles(decided([drop("IDX006", kept)], kept)) == []


def test_the_only_index_of_a_foreign_key_with_deletes_stays() -> None:
    key = ForeignKey("devices_owner_fkey", DEVICES.name, ("owner",), OWNERS.name, ("id",))
    delete = statement("dd", "DELETE FROM owners WHERE id = $1")
    kept = decided([drop("IDX006", OWNER)], OWNER, statements=[delete], foreign_keys=[key])
    assert titles(kept) == []
    assert "devices_owner_fkey would have no index" in kept.rejected[0].reason
    assert titles(decided([drop("IDX006", OWNER)], OWNER, statements=[], foreign_keys=[key])) != []


def test_what_only_replanning_can_prove_is_not_dropped_without_a_planner() -> None:
    assert titles(decided([drop("IDX005", OWNER)], OWNER, WIDE, cost=None)) == []


def test_findings_on_one_index_become_one_recommendation() -> None:
    fill = AlterTable(DEVICES.name, "SET (fillfactor = 85)", "RESET (fillfactor)")
    hot, unused = drop("IDX008", SEEN, extra=[fill]), drop("IDX006", SEEN)
    beat = statement("bb", "UPDATE devices SET seen_at = $1 WHERE id = $2", ms=900.0, calls=50_000, rows=50_000)
    (one,) = decided([unused, hot], SEEN, statements=[beat]).recommendations
    assert set(one.findings) == {hot.key, unused.key}
    assert [change.kind for change in one.changes] == ["drop_index", "alter_table"]
    assert one.saved_ms > 0


def test_without_a_planner_a_removal_is_a_hypothesis() -> None:
    (one,) = decided([drop("IDX004", OWNER)], OWNER, replace(OWNER, name=public("twin")), cost=None).recommendations
    assert one.evidence_level == "hypothesis"
