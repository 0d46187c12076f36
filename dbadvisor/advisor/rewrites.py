"""Rewritten statements, planned beside the original: the cheaper of index, rewrite and both wins."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from dbadvisor.advisor.costing import Costing
from dbadvisor.advisor.load import Load, tables
from dbadvisor.advisor.packages import Explorer
from dbadvisor.advisor.sorting import created
from dbadvisor.advisor.trust import Trust
from dbadvisor.advisor.words import plan_line
from dbadvisor.model.catalog import Catalog
from dbadvisor.model.change import Rewrite
from dbadvisor.model.finding import Finding
from dbadvisor.model.plan import Plan
from dbadvisor.model.whatif import Planner
from dbadvisor.sqltext.parameters import bind
from dbadvisor.sqltext.parse import Unparsable
from dbadvisor.sqltext.predicates import shape
from dbadvisor.sqltext.repair import repair

WINS = 0.8
"""A rewrite must bring the cost below this share of what indexes alone would reach: it asks people to change code."""
AS_GOOD = 1.1
"""A rewrite that needs no new index may cost this much more than the best index and still be the smaller change."""

TAKEN = "another rewrite of the statement is recommended"

_PARAMETER = re.compile(r"\$(\d+)")


@dataclass(frozen=True, slots=True)
class Trial:
    """A rewrite with what it was found to do."""

    finding: Finding
    key: str
    """The load that it is about."""
    original: Load
    """That load, with the samples that both forms could be planned with."""
    rewritten: Load | None
    """The statement in its new form with its own plans; None where it can't be planned."""
    adopted: bool
    reason: str = ""
    """Why it was not adopted."""


def trials(findings: Iterable[Finding], loads: tuple[Load, ...], explorer: Explorer) -> tuple[Trial, ...]:
    """Every finding's rewrite of a statement that has a load, tried; the first that wins a statement is adopted."""
    by_key = {load.key: load for load in loads}
    found: list[Trial] = []
    for finding in findings:
        original = next((by_key[key] for key in finding.statements if key in by_key), None)
        if finding.rewrite is None or original is None:
            continue
        pair = _planned(finding.rewrite, original, explorer.costing.planner, explorer.costing.catalog)
        taken = any(trial.adopted and trial.key == original.key for trial in found)
        if pair is None:
            found.append(Trial(finding, original.key, original, None, adopted=False))
        else:
            trial = Trial(finding, original.key, *pair, adopted=False, reason=TAKEN if taken else "")
            found.append(trial if taken or finding.rewrite.application else _tried(trial, explorer))
    return tuple(found)


def _planned(rewrite: Rewrite, original: Load, planner: Planner, catalog: Catalog) -> tuple[Load, Load] | None:
    """Both forms with the same values: the samples' own where they can be carried over, else none (generic plans)."""
    values = [_values(original, rewrite.before, text) for text in original.texts]
    kept = [place for place, found in enumerate(values) if found is not None]
    try:
        asked = shape(rewrite.after, catalog)
        texts = tuple(bind(rewrite.after, found) for found in values if found is not None)
    except Unparsable:
        return None
    if kept:
        now: Load | None = replace(
            original,
            key=original.key if len(kept) == len(values) else f"{original.key} in part",
            texts=tuple(original.texts[place] for place in kept),
            plans=tuple(original.plans[place] for place in kept),
            costs=tuple(original.costs[place] for place in kept),
            lines=tuple(original.lines[place] for place in kept),
        )
    else:
        texts = (repair(rewrite.after),)
        now = _with_plans(replace(original, key=f"{original.key} generic"), (repair(rewrite.before),), planner)
    then = _with_plans(original, texts, planner)
    if now is None or then is None:
        return None
    ratio = then.cost / now.cost if now.cost > 0 else 0.0
    rewritten = replace(
        then,
        key=f"{original.key} rewritten",
        shape=asked,
        weight=original.weight * ratio,
        at_stake=original.at_stake * ratio,
        tables=tables(catalog, asked),
    )
    return now, rewritten


def _with_plans(load: Load, texts: tuple[str, ...], planner: Planner) -> Load | None:
    """The load with other texts and their plans, of which nothing was measured; None where one can't be planned."""
    plans = tuple(plan for plan in planner.explain(texts, role=load.role) if isinstance(plan, Plan))
    if len(plans) < len(texts):
        return None
    believed = Trust(load.believed.catalog)
    costs = tuple(believed.cost(plan) for plan in plans)
    lines = tuple(plan_line(plan) for plan in plans)
    return replace(load, texts=texts, plans=plans, costs=costs, lines=lines, believed=believed)


def _values(load: Load, text: str, sample: str) -> dict[int, str] | None:
    """The sample's values of the text's parameters; None where the sample is not the text with values put in."""
    for known in load.statement.samples if load.statement else ():
        if known.sql == sample and known.values:
            return dict(known.values)
    pattern, seen = "", set[str]()
    for position, part in enumerate(_PARAMETER.split(text)):
        if position % 2 == 0:
            pattern += re.escape(part)
        else:
            pattern += f"(?P=p{part})" if part in seen else f"(?P<p{part}>.+?)"
            seen.add(part)
    match = re.fullmatch(pattern, sample, re.DOTALL)
    return {int(name[1:]): value for name, value in match.groupdict().items()} if match else None


def _tried(trial: Trial, explorer: Explorer) -> Trial:
    original, rewritten = trial.original, trial.rewritten
    assert rewritten is not None
    proposed = frozenset(index for index in created(trial.finding) if index.table in rewritten.tables)
    for load in (original, rewritten):
        explorer.learn((load,), {load.key: proposed})
    costing = explorer.costing
    indexed, both = _best(costing, original), _best(costing, rewritten)
    alone = rewritten.cost <= AS_GOOD * indexed and rewritten.cost < WINS * original.cost
    if alone or both < WINS * indexed:
        return replace(trial, adopted=True)
    reason = (
        f"planner cost {original.cost:,.0f} now, {indexed:,.0f} with an index alone, {rewritten.cost:,.0f} rewritten, "
        f"{both:,.0f} with both"
    )
    return replace(trial, reason=reason)


def _best(costing: Costing, load: Load) -> float:
    return min([load.cost, *(package.cost for package in costing.packages(load))])
