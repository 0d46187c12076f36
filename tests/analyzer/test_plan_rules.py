from dataclasses import replace

import pytest
from builders import Builder, node, snap

from dbadvisor.analyzer.rules.plan.jit_overhead import jit_overhead
from dbadvisor.analyzer.rules.plan.order_by_limit_trap import order_by_limit_trap
from dbadvisor.analyzer.rules.plan.scan_discards_most_rows import scan_discards_most_rows
from dbadvisor.analyzer.rules.plan.spill import spill
from dbadvisor.analyzer.run import apply
from dbadvisor.model.plan import Node
from dbadvisor.model.snapshot import ColumnStatistics, Extension, Setting

PARCEL = {"id": "integer", "depot": "integer", "label": "text"}


def parcels(blocks: int | None = None) -> Builder:
    return snap().table("parcel", rows=1e5, columns=PARCEL, blocks=blocks)


def seek(rows: float, **fields: object) -> Node:
    return node("Seq Scan", "parcel", rows=rows, filter="(depot = 17)", **fields)


# PLN001 --------------------------------------------------------------------------------------------------------------


def test_a_scan_that_keeps_little_names_its_table_and_all_its_statements() -> None:
    built = (
        parcels()
        .statement("select label from parcel where depot = 1", blocks=1_001)
        .plan(seek(20))
        .statement("select id from parcel where depot = 1 and label = 'x'", blocks=1_001, ms=500)
        .plan(seek(1))
    )
    (finding,) = built.findings(scan_discards_most_rows)
    assert finding.target == "public.parcel"
    assert len(finding.statements) == 2
    assert {evidence.label: evidence.value for evidence in finding.evidence}["rows kept"] == 20
    assert not finding.proposals


def test_a_scan_that_keeps_much_of_the_table_is_a_good_plan() -> None:
    built = parcels().statement("select label from parcel where depot < 9", blocks=1_001, rows=3e4).plan(seek(3e4))
    assert not built.findings(scan_discards_most_rows)


def test_an_aggregate_over_everything_discards_nothing() -> None:
    everything = node("Aggregate", None, node("Seq Scan", "parcel", rows=1e5))
    built = parcels().statement("select count(*) from parcel", blocks=1_001).plan(everything)
    assert not built.findings(scan_discards_most_rows)


def test_a_limit_that_stopped_the_scan_shows_in_the_blocks() -> None:
    limited = node("Limit", None, seek(20))
    built = parcels().statement("select label from parcel where depot = 1 limit 1", blocks=12).plan(limited)
    assert not built.findings(scan_discards_most_rows)


def test_a_limit_that_came_after_a_long_search_saved_little() -> None:
    limited = node("Limit", None, seek(20))
    text = "select label from parcel where depot = 1 limit 1"
    (finding,) = (
        parcels(blocks=5_000).statement(text, blocks=900, rows=1).plan(limited).findings(scan_discards_most_rows)
    )
    assert "900 blocks" in finding.summary


def test_reading_a_tiny_table_is_cheap() -> None:
    built = parcels(blocks=40).statement("select label from parcel where depot = 1", blocks=40).plan(seek(20))
    assert not built.findings(scan_discards_most_rows)


def test_a_statement_that_hardly_counts_is_left_alone() -> None:
    built = (
        parcels(blocks=500)
        .statement("select label from parcel where depot = 1", blocks=500, ms=1)
        .plan(seek(20))
        .statement("update parcel set label = 'x'", ms=1_000)
    )
    assert not built.findings(scan_discards_most_rows)


def joined(join: Node, blocks: int) -> Builder:
    text = "select p.label from parcel p, letter l where p.depot = 1"
    return parcels().table("letter", rows=1e6).statement(text, blocks=blocks).plan(join)


def test_a_small_part_of_the_blocks_is_not_the_trouble() -> None:
    letters = node("Seq Scan", "letter", rows=1e6, alias="l")
    join = node("Hash Join", None, letters, node("Hash", None, seek(20, alias="p")))
    assert not joined(join, blocks=11_000).findings(scan_discards_most_rows)


def test_a_table_read_again_for_every_row_is_the_trouble_whatever_its_size() -> None:
    outer = node("Seq Scan", "letter", rows=1e6, alias="l")
    join = node("Nested Loop", None, outer, seek(20, alias="p", relationship="Inner"))
    (finding,) = joined(join, blocks=500_000).findings(scan_discards_most_rows)
    assert finding.target == "public.parcel"


def test_without_plans_the_rule_could_not_look() -> None:
    built = parcels().statement("select label from parcel where depot = 1", blocks=1_001)
    _, outcome = apply(scan_discards_most_rows, built.facts())
    assert outcome.state == "could not look"


# PLN002 --------------------------------------------------------------------------------------------------------------

SIGNAL = {"id": "integer", "device": "integer", "at": "timestamp with time zone", "body": "text"}
LATEST = "select id, body from signal where device = 7 order by id desc limit 10"
WINDOW = "select id, body from signal where at >= '2026-01-01' and at < '2026-01-02' order by id desc limit 10"


def signals() -> Builder:
    return (
        snap().table("signal", columns=SIGNAL).index("signal", "id", unique=True, constraint="p", named="signal_pkey")
    )


def walk(filter_: str, index: str = "signal_pkey") -> Node:
    return node("Limit", None, node("Index Scan", "signal", filter=filter_, index=index, backward=True))


def test_equality_columns_belong_in_front_of_the_order() -> None:
    built = signals().statement(LATEST, blocks=1_063, rows=10).plan(walk("(device = 7)"))
    (finding,) = built.findings(order_by_limit_trap)
    assert [change.sql for change in finding.proposals] == [
        "CREATE INDEX CONCURRENTLY signal_device_id_idx ON public.signal (device, id)"
    ]
    assert finding.rewrite is None


@pytest.mark.parametrize(
    ("blocks", "rows"), [(400, 10), (2_000, 900)], ids=["a short walk", "few blocks for every row returned"]
)
def test_a_walk_that_pays_is_left_alone(blocks: int, rows: int) -> None:
    built = signals().statement(LATEST, blocks=blocks, rows=rows).plan(walk("(device = 7)"))
    assert not built.findings(order_by_limit_trap)


def test_no_second_index_of_the_same_columns() -> None:
    built = (
        signals().index("signal", "device", "id").statement(LATEST, blocks=1_063, rows=10).plan(walk("(device = 7)"))
    )
    assert not built.findings(order_by_limit_trap)


def test_a_sort_below_the_limit_is_no_walk() -> None:
    sorted_first = node("Limit", None, node("Sort", None, node("Index Scan", "signal", filter="(device = 7)")))
    built = signals().statement(LATEST, blocks=1_063, rows=10).plan(sorted_first)
    assert not built.findings(order_by_limit_trap)


def rising(id_: float, at: float) -> Builder:
    built = signals().index("signal", "at desc", "id desc", named="signal_at_id")
    for column, correlation in (("id", id_), ("at", at)):
        built.column("signal", column, statistics=ColumnStatistics(0, 8, -1, correlation=correlation))
    return built.statement(WINDOW, blocks=5_500, rows=10).plan(walk("((at >= $1) AND (at < $2))"))


def test_a_range_that_rises_with_the_order_key_asks_for_another_order_not_for_an_index() -> None:
    (finding,) = rising(1.0, 0.99).findings(order_by_limit_trap)
    assert not finding.proposals
    assert finding.rewrite is not None
    assert finding.rewrite.application
    assert "order by at desc, id desc" in " ".join(finding.rewrite.after.lower().split())


@pytest.mark.parametrize(("id_", "at"), [(1.0, 0.3), (1.0, -0.99)], ids=["unrelated", "falling"])
def test_a_range_that_does_not_rise_with_the_order_key_may_not_change_the_order(id_: float, at: float) -> None:
    assert not rising(id_, at).findings(order_by_limit_trap)


# PLN003 --------------------------------------------------------------------------------------------------------------


def report(written: int, root: Node, ms: float = 1_000.0) -> Builder:
    return (
        parcels()
        .statement("select label from parcel order by label", calls=10, ms=ms, temp_written_blocks=written * 10)
        .plan(root)
        .statement("update parcel set label = 'x'", ms=1_000)
    )


def test_a_spilling_sort_is_told_the_memory_that_would_hold_it() -> None:
    built = report(589, node("Sort", None, node("Seq Scan", "parcel")))
    (finding,) = built.findings(spill)
    values = {evidence.label: evidence.value for evidence in finding.evidence}
    assert values["temporary blocks written"] == 589
    assert values["work_mem that would hold it"] == 16  # 589 × 8 kB × 3 = 13.8 MB
    assert "SET LOCAL work_mem = '16MB'" in (finding.advice or "")
    assert "index" in (finding.advice or "")
    assert not finding.proposals, "work_mem is never changed for everybody"


def test_a_spill_beyond_all_memory_gets_no_setting() -> None:
    built = report(100_000, node("Aggregate", None, node("Seq Scan", "parcel"), raw={"Strategy": "Hashed"}))
    (finding,) = built.findings(spill)
    assert "hash aggregation" in finding.summary
    assert "SET LOCAL" not in (finding.advice or "")


@pytest.mark.parametrize(("written", "ms"), [(20, 1_000.0), (589, 1.0)], ids=["next to nothing", "seldom"])
def test_a_spill_that_nobody_feels_is_left_alone(written: int, ms: float) -> None:
    assert not report(written, node("Sort", None, node("Seq Scan", "parcel")), ms).findings(spill)


# PLN004 --------------------------------------------------------------------------------------------------------------


def compiled(jit_ms: float, *, version: str = "1.12", setting: str = "on") -> Builder:
    return (
        snap(
            extensions=(Extension("pg_stat_statements", "public", version),),
            settings=(Setting("jit", setting),),
        )
        .table("parcel", columns=PARCEL)
        .statement("select label from parcel where depot = 1", calls=10, ms=1_000, jit_ms=jit_ms)
        .plan(seek(20))
    )


def test_compiling_that_takes_most_of_the_time_is_turned_off_for_the_database() -> None:
    (finding,) = compiled(900).findings(jit_overhead)
    assert [change.sql for change in finding.proposals] == ["ALTER DATABASE shop SET jit = 'off'"]


@pytest.mark.parametrize("jit_ms", [200, 40], ids=["a fifth of the time", "4 ms a call"])
def test_compiling_that_costs_little_is_left_alone(jit_ms: float) -> None:
    assert not compiled(jit_ms).findings(jit_overhead)


def test_already_off() -> None:
    assert not compiled(900, setting="off").findings(jit_overhead)


def test_long_statements_that_may_profit_keep_their_compiler() -> None:
    built = compiled(900).statement("select sum(id) from parcel", calls=2, ms=20_000, jit_ms=300)
    (finding,) = built.findings(jit_overhead)
    assert not finding.proposals
    assert "SET LOCAL jit = off" in (finding.advice or "")


def test_what_is_not_counted_is_not_called_clean() -> None:
    _, outcome = apply(jit_overhead, compiled(0, version="1.9").facts())
    assert outcome.examined == 0
    assert "1.10" in (outcome.why or "")


def test_target_of_a_database_with_an_odd_name_is_quoted() -> None:
    built = compiled(900)
    facts = built.facts()
    odd = replace(facts.snapshot, server=replace(facts.snapshot.server, database="My Shop"))
    facts.snapshot = odd
    (finding,) = apply(jit_overhead, facts)[0]
    assert finding.proposals[0].sql == "ALTER DATABASE \"My Shop\" SET jit = 'off'"


# What plans and counters say together ---------------------------------------------------------------------------------


def test_a_parallel_scans_rows_are_those_of_all_workers() -> None:
    part = seek(5_000, raw={"Parallel Aware": True})
    built = parcels().statement("select label from parcel where depot = 1", blocks=1_001)
    assert not built.plan(node("Gather", None, part, workers_planned=2)).findings(scan_discards_most_rows)


def test_a_workload_file_without_counters_is_judged_by_its_plans() -> None:
    built = parcels().statement("select label from parcel where depot = 1", ms=0).plan(seek(20))
    (finding,) = built.findings(scan_discards_most_rows)
    assert "the table has 1,001 blocks" in finding.summary
    assert "mean time" not in {evidence.label for evidence in finding.evidence}


def test_a_range_without_an_index_or_statistics_gets_no_other_order() -> None:
    unknown = signals().index("signal", "at").statement(WINDOW, blocks=5_500, rows=10).plan(walk("((at >= $1))"))
    assert not unknown.findings(order_by_limit_trap)
    alone = signals()
    for column in ("id", "at"):
        alone.column("signal", column, statistics=ColumnStatistics(0, 8, -1, correlation=1.0))
    assert not alone.statement(WINDOW, blocks=5_500, rows=10).plan(walk("((at >= $1))")).findings(order_by_limit_trap)
