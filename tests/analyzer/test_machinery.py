"""The ledger: fired, clean, could not look; and rules found by being there."""

from collections.abc import Iterator
from dataclasses import replace
from types import ModuleType

import pytest
from builders import node, snap

from dbadvisor.analyzer.facts import Facts, only_says_not_null
from dbadvisor.analyzer.registry import all_rules, find_rule, rule, rules_in
from dbadvisor.analyzer.run import analyze, apply
from dbadvisor.model.finding import Evidence, Finding, Severity
from dbadvisor.model.rule import FAMILIES, Rule

HEADINGS = ["Looks for", "Why it costs", "When to leave it", "Bad", "Good"]


def make(rule_id: str, *targets: str, needs: tuple[str, ...] = (), severity: Severity = Severity.WARNING) -> Rule:
    @rule(rule_id, f"rule-{rule_id}", severity, needs=needs, since="0.1")
    def check(facts: Facts) -> Iterator[Finding]:
        """Made for a test."""
        for target in targets:
            yield Finding(rule_id, severity, target, "found", (Evidence("n", 1, "things", "test"),))
        facts.examined(3, 4, "things", "one is hidden")

    return check


def breaking(facts: Facts) -> Iterator[Finding]:
    """A rule with a fault of its own."""
    yield Finding("IDX999", Severity.INFO, "a", "found", (Evidence("n", 1, "things", "test"),))
    raise KeyError("oid")


def test_outcomes_tell_fired_clean_and_how_much_was_examined() -> None:
    facts = snap().facts()
    findings, fired = apply(make("IDX901", "a", "b"), facts)
    assert [finding.target for finding in findings] == ["a", "b"]
    assert (fired.state, fired.findings, fired.examined, fired.total) == ("fired", 2, 3, 4)
    assert fired.why == "one is hidden"
    _, clean = apply(make("IDX902"), facts)
    assert (clean.state, clean.findings) == ("clean", 0)


def test_a_rule_that_fails_could_not_look_and_costs_no_other_rule_its_findings() -> None:
    broken = Rule("IDX999", "broken", Severity.INFO, (), "0.1", breaking)
    findings, outcomes = analyze(snap().facts(), rules=(broken, make("IDX901", "a")))
    assert [finding.rule for finding in findings] == ["IDX901"]
    assert outcomes[0].state == "could not look"
    assert outcomes[0].why is not None
    assert "KeyError" in outcomes[0].why
    assert (outcomes[1].state, outcomes[1].examined) == ("fired", 3)


@pytest.mark.parametrize("need", ["activity", "sequences", "sessions", "statistics", "extended_statistics"])
def test_a_gap_blinds_the_rules_that_need_what_it_hides(need: str) -> None:
    _, outcome = apply(make("IDX901", "a", needs=(need,)), snap().gap(need, "no privilege").facts())
    assert (outcome.state, outcome.why) == ("could not look", "no privilege")
    _, without = apply(make("IDX901", "a", needs=(need,)), snap().facts())
    assert without.state == "fired"


def test_a_gap_that_hides_only_a_part_is_mentioned_but_does_not_blind() -> None:
    facts = snap().table("seen", distinct={"id": 5}).gap("statistics", "row security on one table").facts()
    silent = replace(make("IDX901", needs=("statistics",)), check=lambda _: iter(()))
    _, outcome = apply(silent, facts)
    assert (outcome.state, outcome.why) == ("clean", "row security on one table")


def test_without_any_statement_a_rule_on_statements_never_says_clean() -> None:
    needing = make("IDX901", needs=("statements",))
    assert apply(needing, snap().facts())[1].why == "no statements were seen"
    blind = snap().gap("pg_stat_statements", "not preloaded")
    assert apply(needing, blind.facts())[1].why == "not preloaded"
    assert apply(needing, blind.statement("SELECT 1").facts())[1].state == "clean"


def test_findings_are_sorted_by_severity_then_by_what_their_statements_cost() -> None:
    builder = snap().table("t").statement("SELECT id FROM t", ms=10).statement("SELECT id + 1 FROM t", ms=500)
    cheap, dear = (statement.fingerprint for statement in builder.snapshot().statements)

    @rule("IDX901", "weighed", Severity.INFO, needs=(), since="0.1")
    def check(_: Facts) -> Iterator[Finding]:
        evidence = (Evidence("n", 1, "things", "test"),)
        yield Finding("IDX901", Severity.INFO, "cheap", "found", evidence, statements=(cheap,))
        yield Finding("IDX901", Severity.INFO, "dear", "found", evidence, statements=(dear,))
        yield Finding("IDX901", Severity.CRITICAL, "worst", "found", evidence)
        yield Finding("IDX901", Severity.CRITICAL, "worst", "found again", evidence)

    findings, _ = analyze(builder.facts(), rules=(check,))
    assert [(finding.target, finding.summary) for finding in findings] == [
        ("worst", "found"),
        ("dear", "found"),
        ("cheap", "found"),
    ]


def test_only_the_asked_families_are_applied() -> None:
    _, outcomes = analyze(snap().facts(), only=frozenset({"query"}), rules=(make("IDX901"), make("QRY901")))
    assert [outcome.rule for outcome in outcomes] == ["QRY901"]


def test_two_rules_may_not_share_an_id_or_a_name() -> None:
    modules = []
    for word in ("one", "two"):
        module = ModuleType(word)
        made = make("IDX901")
        made.check.__module__ = word
        vars(module)["made"] = made
        modules.append(module)
    with pytest.raises(ValueError, match="two rules are called IDX901: one, two"):
        rules_in(modules)


def test_rules_are_found_by_being_there_and_sorted() -> None:
    ids = [found.id for found in all_rules()]
    assert ids == sorted(ids)
    assert {"IDX001", "IDX008", "QRY001", "PLN001"} <= set(ids)
    assert find_rule("idx003") is find_rule("unindexed-foreign-key")
    assert find_rule("IDX999") is None


@pytest.mark.parametrize("found", all_rules(), ids=lambda found: found.id)
def test_every_page_has_its_headings_in_order(found: Rule) -> None:
    assert [line[3:] for line in found.page.splitlines() if line.startswith("## ")] == HEADINGS
    assert found.family == FAMILIES[found.id[:3]]
    assert found.check.__module__.split(".")[-2] == found.family
    assert 10 < len(found.title) < 100


def test_without_times_a_statement_weighs_calls_times_cost() -> None:
    facts = (
        snap()
        .table("t")
        .statement("SELECT id FROM t", calls=10, ms=0)
        .plan(node("Seq Scan", "t", cost=300))
        .statement("SELECT id + 1 FROM t", calls=10, ms=0)
        .plan(node("Seq Scan", "t", cost=100))
        .facts()
    )
    assert [round(facts.share(statement), 2) for statement in facts.statements] == [0.75, 0.25]


def test_statements_that_cannot_be_read_are_left_out_and_told() -> None:
    builder = snap().table("t").statement("SELECT id FROM t")
    broken = replace(builder.snapshot().statements[0], fingerprint="0" * 16, text="SELECT FROM WHERE")
    snapshot = replace(builder.snapshot(), statements=(*builder.snapshot().statements, broken))
    facts = Facts(snapshot, {})
    assert list(facts.unparsable) == ["0" * 16]
    assert len(facts.shapes) == 1
    assert len(facts.uses_of(snapshot.tables[0].name)) == 1


def test_serving_indexes_lead_with_the_columns_in_any_order_and_leave_out_only_nulls() -> None:
    facts = (
        snap()
        .table("t", columns={"a": "integer", "b": "integer", "c": "integer"})
        .index("t", "b", "a", "c", named="leads")
        .index("t", "c", "a", "b", named="behind")
        .index("t", "a", "b", named="nulls_aside", where="((a IS NOT NULL) AND (b IS NOT NULL))")
        .index("t", "a", "b", named="partial", where="(c > 0)")
        .index("t", "a", "b", named="invalid", valid=False)
        .index("t", "a", "b", named="other_method", method="gin")
        .facts()
    )
    table = facts.snapshot.tables[0].name
    assert [index.name.name for index in facts.serving(table, ("a", "b"))] == ["leads", "nulls_aside"]


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        (None, True),
        ("(a IS NOT NULL)", True),
        ("((a IS NOT NULL) AND (b IS NOT NULL))", True),
        ("(c IS NOT NULL)", False),
        ("((a IS NOT NULL) OR (b IS NOT NULL))", False),
        ("(a > 0)", False),
        ("((a IS NOT NULL) AND (c > 0))", False),
    ],
)
def test_which_predicates_leave_out_only_nulls(where: str | None, expected: bool) -> None:
    assert only_says_not_null(where, {"a", "b"}) is expected
