"""Findings that no index choice answers: foreign keys, rewrites, settings, words for people."""

from dataclasses import replace

from advisor.advising import advised, column, definition, public, snapshot, statement, table, titles
from dbadvisor.model.change import (
    AlterTable,
    CreateExtension,
    CreateIndex,
    Maintenance,
    Rewrite,
    SetParameter,
)
from dbadvisor.model.finding import Evidence, Finding, Severity
from dbadvisor.model.index import IndexKey
from dbadvisor.model.snapshot import ForeignKey, TableActivity
from dbadvisor.model.workload import Sample

EVIDENCE = (Evidence("calls", 1, "calls", "pg_stat_statements"),)
JOBS = table("jobs", column("id", distinct=-1), column("at", "timestamp without time zone", width=8))
ACTIONS = table("actions", column("id", distinct=-1), column("job", distinct=40_000))
KEY = ForeignKey("actions_job_fkey", ACTIONS.name, ("job",), JOBS.name, ("id",), on_delete="c")
PURGE = statement("dd", "DELETE FROM jobs WHERE at < $1", ms=80_000.0, calls=10, rows=1500)
LOGS = table("logs", column("at", "timestamp with time zone", width=8), column("line", "text", width=60))
TODAY = statement("tt", "SELECT * FROM logs WHERE at::date = $1")


def propose(index: CreateIndex, rule: str = "IDX003", **more: object) -> Finding:
    finding = Finding(rule, Severity.WARNING, str(index.definition.table), "It lacks an index.", EVIDENCE)
    return replace(finding, proposals=(index,), **more)  # type: ignore[arg-type]


JOB = propose(CreateIndex(definition("actions", "job"), "actions_job_idx"))


def jobs(text: str, there: frozenset[str]) -> tuple[float, tuple[str, ...]]:
    if "FROM ONLY public.actions" in text:
        return (8.0, ("actions (job)",)) if "actions (job)" in there else (1_000.0, ())
    return 300.0, ()


def test_the_work_behind_a_foreign_key_is_weighed_by_the_deletes_that_cause_it() -> None:
    seen = snapshot(JOBS, ACTIONS, foreign_keys=[KEY], statements=[PURGE])
    (one,) = advised(seen, jobs, [JOB]).recommendations
    assert one.title == "CREATE INDEX ON public.actions (job)"
    assert one.findings == (JOB.key,)
    assert one.estimate is not None
    (deleting,) = one.estimate.statements
    assert (deleting.fingerprint, deleting.cost_before, deleting.cost_after) == ("dd", 300 + 150 * 1_000, 300 + 150 * 8)
    assert 79_000 < one.saved_ms < 80_000


def test_a_foreign_key_whose_parent_is_never_deleted_gets_no_index() -> None:
    advice = advised(snapshot(JOBS, ACTIONS, foreign_keys=[KEY]), jobs, [JOB])
    assert titles(advice) == []
    counted = replace(JOBS, activity=TableActivity(deleted=5_000))
    assert len(advised(snapshot(counted, ACTIONS, foreign_keys=[KEY]), jobs, [JOB]).recommendations) == 1


def rewritten(**more: object) -> Finding:
    after = "SELECT * FROM logs WHERE at >= $1::date AND at < $1::date + 1"
    rewrite = Rewrite(TODAY.text, after, "A day is a half-open range.")
    finding = Finding("QRY001", Severity.WARNING, "statement tt", "A cast hides at.", EVIDENCE, ("tt",))
    return replace(finding, rewrite=replace(rewrite, **more))  # type: ignore[arg-type]


def days(text: str, there: frozenset[str]) -> tuple[float, tuple[str, ...]]:
    if "at >=" in text:
        return (50.0, ("logs (at)",)) if "logs (at)" in there else (7_000.0, ())
    return 8_000.0, ()


def test_rewrite_and_index_win_together_where_neither_does_alone() -> None:
    advice = advised(snapshot(LOGS, statements=[TODAY]), days, [rewritten()])
    assert {one.kind for one in advice.recommendations} == {"rewrite", "index"}
    rewrite = next(one for one in advice.recommendations if one.kind == "rewrite")
    assert rewrite.estimate is not None
    assert (rewrite.estimate.statements[0].cost_before, rewrite.estimate.statements[0].cost_after) == (8_000, 50)


def test_a_rewrite_loses_to_an_index_that_does_the_same() -> None:
    def either(text: str, there: frozenset[str]) -> tuple[float, tuple[str, ...]]:
        if "logs (line)" in there and "at >=" not in text:
            return 50.0, ("logs (line)",)
        return days(text, there)

    index = propose(CreateIndex(definition("logs", "line"), "logs_line_idx"), "QRY001", statements=("tt",))
    advice = advised(snapshot(LOGS, statements=[TODAY]), either, [replace(rewritten(), proposals=index.proposals)])
    assert titles(advice) == ["CREATE INDEX ON public.logs (line)"]
    assert "50 with an index alone" in advice.rejected[0].reason


def test_a_rewrite_that_the_application_must_follow_stays_advice() -> None:
    finding = replace(rewritten(application=True), advice="Use keyset pagination. It reads less.")
    (one,) = advised(snapshot(LOGS, statements=[TODAY]), days, [finding]).recommendations
    assert (one.kind, one.title, one.changes) == ("application", "Use keyset pagination", ())
    assert one.rewrite is not None


def test_a_rewrite_is_planned_with_the_samples_own_values() -> None:
    asked: list[str] = []

    def noted(text: str, there: frozenset[str]) -> tuple[float, tuple[str, ...]]:
        asked.append(text)
        return (60.0, ()) if "at >=" in text else (8_000.0, ())

    logged = replace(
        TODAY, samples=(Sample("typical", "SELECT * FROM logs WHERE at::date = '2026-01-02'", "pg_stats"),)
    )
    (one,) = advised(snapshot(LOGS, statements=[logged]), noted, [rewritten()]).recommendations
    assert (one.kind, one.changes) == ("rewrite", ())
    assert "SELECT * FROM logs WHERE at >= '2026-01-02'::date AND at < '2026-01-02'::date + 1" in asked


def test_where_values_cannot_be_carried_over_both_forms_are_planned_generically() -> None:
    other = replace(TODAY, samples=(Sample("typical", "SELECT * FROM logs WHERE date(at) = '2026-01-02'", "log"),))
    (one,) = advised(
        snapshot(LOGS, statements=[other]), lambda text, there: (60.0 if ">=" in text else 8_000.0, ()), [rewritten()]
    ).recommendations
    assert one.estimate is not None
    assert (one.estimate.statements[0].cost_before, one.estimate.statements[0].cost_after) == (8_000, 60)


def test_a_rewrite_that_cannot_be_planned_stays_a_hypothesis() -> None:
    finding = rewritten(after="SELECT * FROM logs WHERE at > :last_at", application=True)
    (one,) = advised(snapshot(LOGS, statements=[TODAY]), days, [finding]).recommendations
    assert one.evidence_level == "hypothesis"
    assert "only the application knows" in one.caveats[0]


def test_of_two_rewrites_of_one_statement_the_first_that_wins_is_taken() -> None:
    advice = advised(snapshot(LOGS, statements=[TODAY]), days, [rewritten(), replace(rewritten(), rule="QRY009")])
    assert [one.findings for one in advice.recommendations if one.kind == "rewrite"] == [("QRY001:statement tt",)]


def test_settings_upkeep_and_words_pass_through_once() -> None:
    jit = Finding("PLN004", Severity.WARNING, "database shop", "JIT costs more than it saves.", EVIDENCE)
    jit = replace(jit, proposals=(SetParameter("jit", "off", "DATABASE shop"),))
    stale = Finding("UPK001", Severity.WARNING, "public.logs", "Statistics are old.", EVIDENCE)
    stale = replace(stale, proposals=(Maintenance("ANALYZE", "public.logs"),))
    target = AlterTable(LOGS.name, "ALTER COLUMN line SET STATISTICS 1000", None)
    thin = replace(stale, rule="UPK002", proposals=(target, *stale.proposals))
    loop = Finding(
        "WRK001", Severity.WARNING, "statement tt", "Asked row by row.", EVIDENCE, ("tt",), advice="Batch it."
    )
    advice = advised(snapshot(LOGS, statements=[TODAY]), days, [jit, stale, thin, loop])
    assert [(one.kind, set(one.findings)) for one in advice.recommendations] == [
        ("application", {loop.key}),
        ("setting", {jit.key}),
        ("statistics", {thin.key, stale.key}),
    ]


TRIGRAMS = definition("logs", IndexKey("line", opclass="gin_trgm_ops"), method="gin")
ANYWHERE = statement("ll", "SELECT * FROM logs WHERE line LIKE $1")


def wildcard() -> Finding:
    finding = propose(CreateIndex(TRIGRAMS, "x"), "QRY003", statements=("ll",))
    return replace(finding, proposals=(CreateExtension("pg_trgm"), *finding.proposals))


def test_an_index_brings_the_extension_that_it_needs() -> None:
    def found(text: str, there: frozenset[str]) -> tuple[float, tuple[str, ...]]:
        body = "logs USING gin (line gin_trgm_ops)"
        return (80.0, (body,)) if body in there else (9_000.0, ())

    (one,) = advised(snapshot(LOGS, statements=[ANYWHERE]), found, [wildcard()]).recommendations
    assert [change.kind for change in one.changes] == ["create_extension", "create_index"]
    assert one.evidence_level == "planned"


def test_a_kind_of_index_that_the_planner_cannot_imagine_stays_a_hypothesis() -> None:
    advice = advised(
        snapshot(LOGS, statements=[ANYWHERE]),
        lambda text, there: (9_000.0, ()),
        [wildcard()],
        refuses={"logs USING gin (line gin_trgm_ops)": "not supported"},
    )
    assert [one.evidence_level for one in advice.recommendations] == ["hypothesis"]


def test_a_cheap_statements_proposed_index_is_still_asked_about() -> None:
    def cheap(text: str, there: frozenset[str]) -> tuple[float, tuple[str, ...]]:
        return (2.0, ("logs (at)",)) if "logs (at)" in there else (9.0, ())

    finding = propose(CreateIndex(definition("logs", "at"), "logs_at_idx"), "PLN002", statements=("tt",))
    advice = advised(snapshot(LOGS, statements=[TODAY]), cheap, [finding])
    assert titles(advice) == ["CREATE INDEX ON public.logs (at)"]


def test_a_proposed_index_that_no_plan_uses_is_rejected() -> None:
    advice = advised(snapshot(LOGS, statements=[ANYWHERE]), lambda text, there: (9_000.0, ()), [wildcard()])
    assert titles(advice) == []
    assert [one.reason for one in advice.rejected] == ["no planned statement would use it"]


def test_without_a_planner_proposals_stay_hypotheses_and_no_index_is_made_twice() -> None:
    seen = snapshot(LOGS, statements=[ANYWHERE])
    advice = advised(seen, None, [wildcard(), replace(wildcard(), target="again")])
    assert [one.evidence_level for one in advice.recommendations] == ["hypothesis"]


def test_nothing_to_say_about_an_empty_database() -> None:
    advice = advised(snapshot(), jobs)
    assert (advice.recommendations, advice.rejected) == ((), ())
    assert public("x").short == "x"


def test_compiling_is_left_alone_where_a_new_plan_ends_it() -> None:
    jit = Finding("PLN004", Severity.WARNING, "database shop", "JIT costs more than it saves.", EVIDENCE, ("tt",))
    jit = replace(jit, proposals=(SetParameter("jit", "off", "DATABASE shop"),))
    advice = advised(snapshot(LOGS, statements=[TODAY]), days, [rewritten(), jit])
    assert "setting" not in [one.kind for one in advice.recommendations]
    assert "jit_above_cost" in next(one.reason for one in advice.rejected if jit.key in one.findings)
