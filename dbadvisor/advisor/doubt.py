"""Is the shadow to be believed? Its plans of statements of our own are held against the server's, kept by the look."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from dbadvisor.model.agreement import Agreement, Deviation, Pair, Skipped, agree
from dbadvisor.model.catalog import Catalog
from dbadvisor.model.change import CreateIndex, DropIndex
from dbadvisor.model.plan import Plan, Probe
from dbadvisor.model.probe import Asked, asked_of, outlined
from dbadvisor.model.report import Recommendation
from dbadvisor.model.snapshot import Snapshot
from dbadvisor.model.whatif import Planner, SamplePlan, Unplanned, WhatIf

TOLERATED = 0.05
"""Cost error up to which plans of the same shape are believed: what the size of an imagined index may be wrong by costs
as much. A table may also have grown between the reading of its size and the plan."""

_ASKS = {
    "whole": "all rows of {table}",
    "common": "rows of {table} with {column}'s most common value",
    "range": "rows of {table} with {column} in the middle of its values",
    "end": "rows of {table} with {column} at the end of its values",
    "null": "rows of {table} without {column}",
    "groups": "the different values of {table}'s {column}",
    "orders": "{table} in the order of each of its indexes",
}


def doubt(seen: Snapshot, planner: Planner) -> Agreement:
    """Compares the plans. Where the look could have nothing planned, says why not."""
    if not seen.probes:
        return Agreement(unseen=_unseen(seen))
    pairs: list[Pair] = []
    skipped: list[Skipped] = []
    asked = list(_asked(seen))
    for (probe, _), answer in zip(asked, _answers(planner, [each for _, each in asked]), strict=True):
        words = _ASKS[probe.kind].format(table=probe.table, column=probe.column)
        if isinstance(answer, Unplanned):
            skipped.append(Skipped(words, "the shadow could not plan it"))
        else:
            pairs.append(Pair(words, "", Plan.from_json(json.loads(probe.plan)), outlined(answer)))
    return agree(pairs, skipped)


def _answers(planner: Planner, asked: Sequence[Asked]) -> list[Plan | Unplanned]:
    """In order; those that are planned under the same settings are asked together."""
    answers: dict[int, Plan | Unplanned] = {}
    for settings in dict.fromkeys(tuple(each.settings.items()) for each in asked):
        alike = [number for number, each in enumerate(asked) if tuple(each.settings.items()) == settings]
        found = planner.explain([asked[number].sql for number in alike], WhatIf(settings=settings))
        answers.update(zip(alike, found, strict=True))
    return [answers[number] for number in range(len(asked))]


def _unseen(seen: Snapshot) -> str:
    if seen.server.powers:
        return f"our role is {seen.server.powers[0]}, and planning under it could run users' code with its rights"
    if not any(table.pages for table in seen.tables):
        return "no table holds rows"
    return "our role may not read the biggest tables, or their planning runs users' code"


def _asked(seen: Snapshot) -> Iterator[tuple[Probe, Asked]]:
    """The kept plans with their statements, made anew; where the snapshot now knows too little, none."""
    catalog = Catalog(seen)
    for name in dict.fromkeys(probe.table for probe in seen.probes):
        table = catalog.tables.get(name)
        made = asked_of(table, catalog.indexes_of(name)) if table else {}
        for probe in seen.probes:
            if probe.table == name and (probe.kind, probe.column) in made and probe.kind in _ASKS:
                yield probe, made[probe.kind, probe.column]


def lowered(
    recommendations: Iterable[Recommendation],
    agreement: Agreement,
    plans: Mapping[str, Sequence[SamplePlan]],
) -> tuple[Recommendation, ...]:
    """The recommendations, with the reason on those that rest on tables whose probes came out too different."""
    wrong = {table: each for each in agreement.deviations if _is_serious(each) for table in each.tables}
    return tuple(_lowered(item, wrong, plans) for item in recommendations)


def _is_serious(each: Deviation) -> bool:
    return not each.same_shape or each.cost_error > TOLERATED


def _lowered(
    item: Recommendation, wrong: Mapping[str, Deviation], plans: Mapping[str, Sequence[SamplePlan]]
) -> Recommendation:
    found = next((wrong[table] for table in sorted(_tables(item, plans)) if table in wrong), None)
    if found is None or item.estimate is None:
        return item
    why = f"cost {found.cost_there:g} there, {found.cost_here:g} on the shadow"
    return replace(item, doubted=f"the shadow plans {found.statement} otherwise than the server ({why})")


def _tables(item: Recommendation, plans: Mapping[str, Sequence[SamplePlan]]) -> set[str]:
    """Those that its changes are about, and those in the plans of its statements."""
    found = {str(change.definition.table) for change in item.changes if isinstance(change, CreateIndex | DropIndex)}
    for estimate in item.estimate.statements if item.estimate else ():
        for known in plans.get(estimate.fingerprint, ()):
            found |= {str(node.relation) for node in known.plan.nodes() if node.relation}
    return found
