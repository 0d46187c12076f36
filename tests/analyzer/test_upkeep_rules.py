from dataclasses import replace

import pytest
from builders import Builder, node, snap

from dbadvisor.analyzer.facts import Facts
from dbadvisor.analyzer.rules.upkeep.stale_statistics import stale_statistics
from dbadvisor.analyzer.rules.upkeep.thin_statistics_sample import thin_statistics_sample
from dbadvisor.analyzer.run import apply
from dbadvisor.model.finding import Severity
from dbadvisor.model.snapshot import ColumnStatistics, Setting

# UPK001 --------------------------------------------------------------------------------------------------------------


def changed(by: int, rows: float = 1e5, options: tuple[str, ...] = ()) -> Builder:
    activity = {"modified_since_analyze": by, "analyze_age": 60}
    return snap().table("ledger", rows=rows, activity=activity, options=options)


def test_twice_the_autoanalyze_threshold_is_stale() -> None:
    (finding,) = changed(20_101).findings(stale_statistics)
    assert [change.sql for change in finding.proposals] == ["ANALYZE public.ledger"]
    assert finding.severity is Severity.INFO, "autovacuum is about to do it"
    assert changed(100_000).findings(stale_statistics)[0].severity is Severity.WARNING
    assert not changed(20_099).findings(stale_statistics)  # 2 × (50 + 10 % of 100,000) = 20,100


def test_the_tables_own_options_come_first() -> None:
    assert not changed(20_101, options=("autovacuum_analyze_scale_factor=0.2",)).findings(stale_statistics)
    assert changed(5_000, options=("autovacuum_analyze_scale_factor=0.01",)).findings(stale_statistics)


def test_the_servers_setting_comes_second() -> None:
    built = snap(settings=(Setting("autovacuum_analyze_scale_factor", "0.5"),)).table(
        "ledger", rows=1e5, activity={"modified_since_analyze": 50_000, "analyze_age": 60}
    )
    assert not built.findings(stale_statistics)


@pytest.mark.parametrize(("now", "updated", "stale"), [(1_001, 0, False), (1_900, 0, True), (1_001, 90_000, True)])
def test_inserts_that_the_last_analyze_has_seen_are_no_change(now: int, updated: int, stale: bool) -> None:
    activity = {"modified_since_analyze": 90_000, "analyze_age": 60, "updated": updated}
    snapshot = snap().table("ledger", rows=1e5, blocks=1_001, activity=activity).snapshot()
    grown = replace(snapshot, tables=tuple(replace(table, blocks=now) for table in snapshot.tables))
    findings, _ = apply(stale_statistics, Facts(grown, {}))
    assert bool(findings) is stale


def test_small_tables_do_not_matter() -> None:
    assert not changed(900, rows=300).findings(stale_statistics)


@pytest.mark.parametrize("rows", [-1.0, 0.0], ids=["PostgreSQL 14 and later", "PostgreSQL 13"])
def test_never_analyzed_with_rows(rows: float) -> None:
    built = snap().table("ledger", rows=rows, blocks=400, activity={})
    (finding,) = built.findings(stale_statistics)
    assert "never analyzed" in finding.summary
    assert not snap().table("ledger", rows=rows, blocks=0, activity={}).findings(stale_statistics)


def test_with_autovacuum_off_the_advice_is_to_turn_it_on() -> None:
    (finding,) = changed(90_000, options=("autovacuum_enabled=off",)).findings(stale_statistics)
    assert "Autovacuum is off" in (finding.advice or "")


# UPK002 --------------------------------------------------------------------------------------------------------------

JOIN = "select s.body from state s where s.grp in (select w.grp from wanted w)"


def sampled(
    *, target: int = 1, n_distinct: float = 150, rows: float = 600, expected: float = 40_000, index: bool = True
) -> Builder:
    statistics = ColumnStatistics(0, 8, n_distinct, histogram_bounds=tuple(str(n) for n in range(target + 1)))
    built = (
        snap(settings=(Setting("default_statistics_target", "100"),))
        .table("state", rows=6e5, blocks=8_000, columns={"grp": "bigint", "body": "text"})
        .table("wanted", rows=60, columns={"grp": "bigint"})
        .column("state", "grp", statistics=statistics)
    )
    if index:
        built.index("state", "grp")
    scan = node("Seq Scan", "state", rows=6e5, alias="s")
    inner = node("Hash", None, node("Seq Scan", "wanted", rows=60, alias="w"))
    join = node("Hash Join", None, scan, inner, rows=expected, join_type="Semi", join_cond="(s.grp = w.grp)")
    return built.statement(JOIN, blocks=8_001, rows=rows).plan(join)


def test_a_sample_of_a_few_rows_gets_a_larger_target_and_an_analyze() -> None:
    (finding,) = sampled().findings(thin_statistics_sample)
    assert [change.sql for change in finding.proposals] == [
        "ALTER TABLE public.state ALTER COLUMN grp SET STATISTICS 200",
        "ANALYZE public.state",
    ]
    assert finding.proposals[0].undo_sql == "ALTER TABLE public.state ALTER COLUMN grp SET STATISTICS -1"
    values = {evidence.label: evidence.value for evidence in finding.evidence}
    assert (values["sample"], values["rows expected"], values["rows returned"]) == (300, 40_000, 600)


@pytest.mark.parametrize(
    "built",
    [
        sampled(target=100),
        sampled(n_distinct=-0.05),
        sampled(n_distinct=60_000),
        sampled(rows=30_000),
        sampled(index=False),
    ],
    ids=["a fair sample", "a share of the rows", "many values known", "the estimate was right", "no index to miss"],
)
def test_an_estimate_without_consequences_is_left_alone(built: Builder) -> None:
    assert not built.findings(thin_statistics_sample)


def test_a_set_number_of_values_is_somebodys_decision() -> None:
    assert not sampled().column("state", "grp", options=("n_distinct=-0.5",)).findings(thin_statistics_sample)


def test_rows_counted_by_an_aggregate_say_nothing_of_the_estimate() -> None:
    built = sampled()
    scan = node("Seq Scan", "state", rows=6e5, filter="(grp = 7)")
    built.statement("select count(*) from state where grp = 7", blocks=8_001, rows=1).plan(
        node("Aggregate", None, scan, raw={"Strategy": "Plain"})
    )
    (finding,) = built.findings(thin_statistics_sample)
    assert built.last not in finding.statements


def test_what_was_not_counted_cannot_contradict_an_estimate() -> None:
    built = sampled()
    built.statement(JOIN.replace("s.body", "s.grp"), ms=0).plan(node("Seq Scan", "state", rows=6e5, filter="x"))
    (finding,) = built.findings(thin_statistics_sample)
    assert built.last not in finding.statements
