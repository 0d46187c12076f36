"""Replaceable indexes as recommendations: of their own, or part of that of the new index that they lean on."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from dbadvisor.advisor.indexes import estimate
from dbadvisor.advisor.replaceable import Replaced, Service
from dbadvisor.advisor.words import cost, count, excerpt, milliseconds, size
from dbadvisor.model.catalog import Catalog
from dbadvisor.model.change import CreateIndex, DropIndex
from dbadvisor.model.index import IndexDefinition
from dbadvisor.model.report import Recommendation
from dbadvisor.model.snapshot import Index

SHOWN = 3
"""Statements that are spelt out; the estimate lists them all."""
OUTSIDE = (
    "Statements outside the seen workload, or on replicas that this server does not list, may need the dropped index: "
    "keep the statement that makes it again."
)


def with_replaceable(
    made: Sequence[Recommendation], found: Sequence[Replaced], planner: str, catalog: Catalog
) -> list[Recommendation]:
    """The recommendations with the removals: what leans on a new index goes with that one, the others by themselves."""
    joined = [_joined(one, [each for each in found if each.by in _created(one)], catalog) for one in made]
    return [*joined, *(_alone(each, planner, catalog) for each in found if each.by is None)]


def _created(recommendation: Recommendation) -> set[IndexDefinition]:
    return {change.definition for change in recommendation.changes if isinstance(change, CreateIndex)}


def _joined(recommendation: Recommendation, leaning: Sequence[Replaced], catalog: Catalog) -> Recommendation:
    if not leaning:
        return recommendation
    return replace(
        recommendation,
        why=" ".join((recommendation.why, *(_why(each) for each in leaning))),
        changes=(*recommendation.changes, *(_drop(each.removal.index, catalog) for each in leaning)),
        saved_ms=recommendation.saved_ms + sum(each.relief.ms - each.lost_ms for each in leaning),
        caveats=tuple(dict.fromkeys((*recommendation.caveats, OUTSIDE))),
    )


def _alone(replaced: Replaced, planner: str, catalog: Catalog) -> Recommendation:
    pairs = [
        (replace(service.load, lines=service.today.lines, costs=service.today.costs), service.after)
        for service in replaced.served
    ]
    return Recommendation(
        rank=0,
        kind="drop_index",
        title=f"DROP INDEX {replaced.removal.index.name}",
        why=_why(replaced),
        findings=(),
        changes=(_drop(replaced.removal.index, catalog),),
        estimate=estimate(planner, pairs),
        size_bytes=-replaced.freed,
        affected_ms=sum(service.load.weight for service in replaced.served),
        saved_ms=max(0.0, replaced.relief.ms - replaced.lost_ms),
        caveats=(OUTSIDE,),
    )


def _drop(index: Index, catalog: Catalog) -> DropIndex:
    return DropIndex(index.name, index.definition, concurrently=catalog.tables[index.definition.table].kind != "p")


def _why(replaced: Replaced) -> str:
    return " ".join(_sentences(replaced))


def _sentences(replaced: Replaced) -> Iterator[str]:
    name, served = replaced.removal.index.name.short, replaced.served
    yield f"{count(len(served), 'statement')} can do without {name}."
    for service in served[:SHOWN]:
        yield _served(service)
    if len(served) > SHOWN:
        yield f"So do {count(len(served) - SHOWN, 'other')}, none of them much dearer."
    relief = replaced.relief
    gained = [f"frees {size(replaced.freed)}"]
    if relief.entries >= 1:
        gained.append(
            f"spares the window's writes {relief.entries:,.0f} entries, about {milliseconds(relief.ms)} and "
            f"{size(relief.wal_bytes)} of WAL"
        )
    if relief.hot_lost >= 1:
        gained.append(f"lets {relief.hot_lost:,.0f} updates be HOT")
    yield f"Without it the reads lose about {milliseconds(replaced.lost_ms)}; it {_listed(gained)}."


def _served(service: Service) -> str:
    what = excerpt(service.load.statement) if service.load.statement else service.load.key
    by = f"reads by {_listed(service.instead)}" if service.instead else "reads the table as a whole"
    return f"{what} then {by}: planner cost {cost(service.today.cost)} becomes {cost(service.after.cost)}."


def _listed(words: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))
