"""Applies every rule and keeps the ledger: fired, clean, or could not look and why."""

import traceback
from collections.abc import Callable
from pathlib import Path

from dbadvisor.analyzer.facts import Facts
from dbadvisor.analyzer.registry import all_rules
from dbadvisor.model.finding import Finding
from dbadvisor.model.rule import Outcome, Rule
from dbadvisor.model.snapshot import Gap

_GAP_KEYS = {"statements": ("statements", "pg_stat_statements")}
"""Gaps that blind a need, where they are called otherwise."""

_ALWAYS_NEEDED = ("statements", "plans")
"""Without any of these a rule cannot say `clean`, gap or no gap: an idle database proves nothing."""

_SEEN: dict[str, Callable[[Facts], bool]] = {
    "statements": lambda facts: bool(facts.statements),
    "plans": lambda facts: facts.planned > 0,
    "statistics": lambda facts: any(column.statistics for table in facts.snapshot.tables for column in table.columns),
    "activity": lambda facts: any(table.activity for table in facts.snapshot.tables),
    "sessions": lambda facts: bool(facts.snapshot.sessions),
    "sequences": lambda facts: any(sequence.last_value is not None for sequence in facts.snapshot.sequences),
    "extended_statistics": lambda facts: any(found.data for found in facts.snapshot.extended_statistics),
}
"""Whether anything at all of a need was seen: a gap that hides only a part does not blind a rule."""


def analyze(
    facts: Facts, only: frozenset[str] | None = None, rules: tuple[Rule, ...] | None = None
) -> tuple[tuple[Finding, ...], tuple[Outcome, ...]]:
    """The findings, most severe and most expensive first, and what became of each rule.

    `only` names the families to apply (None: all). A rule that fails is reported as one that could not look:
    a fault of ours is never shown as "all well".
    """
    chosen = [rule for rule in (all_rules() if rules is None else rules) if only is None or rule.family in only]
    findings: list[Finding] = []
    outcomes: list[Outcome] = []
    for rule in chosen:
        found, outcome = apply(rule, facts)
        findings += found
        outcomes.append(outcome)
    return tuple(sorted(findings, key=lambda finding: _order(finding, facts))), tuple(outcomes)


def apply(rule: Rule, facts: Facts) -> tuple[tuple[Finding, ...], Outcome]:
    """One rule's findings and its line in the ledger."""
    partly = None
    for need in rule.needs:
        gap = _gap(need, facts)
        if (gap or need in _ALWAYS_NEEDED) and not _seen(need, facts):
            why = gap.why if gap else f"no {need} were seen"
            return (), Outcome(rule.id, "could not look", why=why)
        partly = partly or (gap.why if gap else None)
    facts.take_coverage()
    try:
        findings = _distinct(tuple(rule.check(facts)))
    except Exception as error:  # whatever a rule trips over must not cost the others' findings
        return (), Outcome(
            rule.id, "could not look", why=f"the rule failed ({type(error).__name__} in {_place(error)})"
        )
    coverage = facts.take_coverage()
    state = "fired" if findings else "clean"
    if coverage is None:
        return findings, Outcome(rule.id, state, len(findings), why=partly)
    examined = Outcome(
        rule.id,
        state,
        len(findings),
        examined=coverage.examined,
        total=coverage.total,
        unit=coverage.unit,
        why=coverage.why or partly,
    )
    return findings, examined


def _place(error: Exception) -> str:
    """File and line of ours where it happened: the error's own words may hold values."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "?"


def _gap(need: str, facts: Facts) -> Gap | None:
    keys = _GAP_KEYS.get(need, (need,))
    return next((gap for gap in facts.snapshot.gaps if gap.key in keys), None)


def _seen(need: str, facts: Facts) -> bool:
    return need in _SEEN and _SEEN[need](facts)


def _distinct(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """The first finding of each key: a key names one fault, for suppression and comparison."""
    return tuple({finding.key: finding for finding in reversed(findings)}.values())[::-1]


def _order(finding: Finding, facts: Facts) -> tuple[float, float, str]:
    statements = (facts.by_fingerprint.get(fingerprint) for fingerprint in finding.statements)
    weight = sum(facts.weight(statement) for statement in statements if statement)
    return (-finding.severity, -weight, finding.key)
