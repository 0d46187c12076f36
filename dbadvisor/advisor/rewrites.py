"""Rewritten statements, planned beside the original: the cheaper of index, rewrite and both wins."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from dbadvisor.advisor.candidates import Field
from dbadvisor.advisor.costing import Costing, Indexes
from dbadvisor.advisor.load import Load, mean, tables
from dbadvisor.advisor.pool import learn
from dbadvisor.advisor.trust import Trust
from dbadvisor.model.catalog import Catalog
from dbadvisor.model.change import CreateIndex
from dbadvisor.model.finding import Finding
from dbadvisor.model.plan import Plan
from dbadvisor.model.whatif import Planner
from dbadvisor.sqltext.parse import Unparsable
from dbadvisor.sqltext.predicates import shape

WINS = 0.8
"""A rewrite must bring the cost below this share of what indexes alone would reach: it asks people to change code."""
AS_GOOD = 1.1
"""A rewrite that needs no new index may cost this much more than the best index and still be the smaller change."""

_PARAMETER = re.compile(r"\$(\d+)")


@dataclass(frozen=True, slots=True)
class Trial:
    """A rewrite with what it was found to do."""

    finding: Finding
    original: Load
    rewritten: Load | None
    """The statement in its new form with its own plans; None where it can't be planned."""
    adopted: bool
    reason: str = ""
    """Why it was not adopted."""


def trials(findings: Iterable[Finding], loads: tuple[Load, ...], costing: Costing, field: Field) -> tuple[Trial, ...]:
    """Every finding's rewrite of a statement that has a load, tried; the first that wins a statement is adopted."""
    by_key = {load.key: load for load in loads}
    found: list[Trial] = []
    for finding in findings:
        original = next((by_key[key] for key in finding.statements if key in by_key), None)
        if finding.rewrite is None or original is None or original.statement is None:
            continue
        rewritten = _rewritten(finding, original, costing.planner, costing.catalog)
        taken = any(trial.adopted and trial.original.key == original.key for trial in found)
        if taken or finding.rewrite.application or rewritten is None:
            found.append(Trial(finding, original, rewritten, adopted=False))
        else:
            found.append(_tried(finding, original, rewritten, costing, field))
    return tuple(found)


def _rewritten(finding: Finding, original: Load, planner: Planner, catalog: Catalog) -> Load | None:
    assert finding.rewrite is not None
    assert original.statement is not None
    values = [_values(finding.rewrite.before, text) for text in original.texts]
    texts = tuple(_bound(finding.rewrite.after, found) for found in values if found is not None)
    if len(texts) < len(original.texts):
        return None
    try:
        asked = shape(finding.rewrite.after, catalog)
    except Unparsable:
        return None
    plans = tuple(plan for plan in planner.explain(texts) if isinstance(plan, Plan))
    if len(plans) < len(texts):
        return None
    costs = tuple(Trust().cost(plan) for plan in plans)
    ratio = mean(costs) / original.cost if original.cost > 0 else 0.0
    return replace(
        original,
        key=f"{original.key} rewritten",
        shape=asked,
        texts=texts,
        plans=plans,
        weight=original.weight * ratio,
        at_stake=original.at_stake * ratio,
        tables=tables(catalog, asked),
        believed=Trust(),
        costs=costs,
    )


def _values(text: str, sample: str) -> dict[str, str] | None:
    """The sample's values of the text's parameters; None where the sample is not the text with values put in."""
    if text == sample:
        return {number: f"${number}" for number in _PARAMETER.findall(text)}
    pattern, seen = "", set[str]()
    for position, part in enumerate(_PARAMETER.split(text)):
        if position % 2 == 0:
            pattern += re.escape(part)
        else:
            pattern += f"(?P=p{part})" if part in seen else f"(?P<p{part}>.+?)"
            seen.add(part)
    match = re.fullmatch(pattern, sample, re.DOTALL)
    return {name[1:]: value for name, value in match.groupdict().items()} if match else None


def _bound(text: str, values: dict[str, str]) -> str:
    return _PARAMETER.sub(lambda match: values.get(match[1], match[0]), text)


def _tried(finding: Finding, original: Load, rewritten: Load, costing: Costing, field: Field) -> Trial:
    proposed = frozenset(d for d in _definitions(finding) if d.table in rewritten.tables)
    learn(costing, field, (original,), {original.key: proposed})
    learn(costing, field, (rewritten,), {rewritten.key: proposed})
    indexed, both = _best(costing, original), _best(costing, rewritten)
    if rewritten.cost <= AS_GOOD * indexed and rewritten.cost < WINS * original.cost:
        return Trial(finding, original, rewritten, adopted=True)
    if both < WINS * indexed:
        return Trial(finding, original, rewritten, adopted=True)
    reason = (
        f"planner cost {original.cost:,.0f} now, {indexed:,.0f} with an index alone, {rewritten.cost:,.0f} rewritten, "
        f"{both:,.0f} with both"
    )
    return Trial(finding, original, rewritten, adopted=False, reason=reason)


def _definitions(finding: Finding) -> Indexes:
    return frozenset(change.definition for change in finding.proposals if isinstance(change, CreateIndex))


def _best(costing: Costing, load: Load) -> float:
    return min([load.cost, *(cost for _, cost in costing.packages(load))])
