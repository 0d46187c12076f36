"""What the advisor's tests share: small schemas as values, and a planner that answers from a function."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from dbadvisor.advisor.advise import Advice, Options, advise
from dbadvisor.model.catalog import Catalog
from dbadvisor.model.finding import Finding
from dbadvisor.model.index import IndexDefinition, IndexKey
from dbadvisor.model.names import Name
from dbadvisor.model.plan import Node, Plan
from dbadvisor.model.snapshot import (
    Column,
    ColumnStatistics,
    ForeignKey,
    Index,
    Server,
    Snapshot,
    Table,
    TableActivity,
)
from dbadvisor.model.whatif import NOTHING, PlannerRefused, SamplePlan, Unplanned, WhatIf
from dbadvisor.model.workload import Sample, Statement
from dbadvisor.sqltext.predicates import shape
from dbadvisor.sqltext.shape import QueryShape

MB = 1024 * 1024

Cost = Callable[[str, frozenset[str]], tuple[float, tuple[str, ...]]]
"""(statement, bodies of the indexes that exist without their table) → (cost, those that the plan uses)."""


def public(name: str) -> Name:
    return Name("public", name)


def column(name: str, type_: str = "integer", *, distinct: float = -1.0, width: int = 4, nulls: float = 0.0) -> Column:
    statistics = ColumnStatistics(null_frac=nulls, avg_width=width, n_distinct=distinct)
    return Column(name, 1, type_, base_type=type_, statistics=statistics)


def table(name: str, *columns: Column, rows: float = 1e6, blocks: int = 10_000, **more: object) -> Table:
    return replace(Table(1, public(name), "r", columns, rows=rows, pages=blocks, activity=TableActivity()), **more)  # type: ignore[arg-type]


def definition(on: str, *keys: str | IndexKey, **more: object) -> IndexDefinition:
    made = tuple(key if isinstance(key, IndexKey) else IndexKey(key) for key in keys)
    return replace(IndexDefinition(public(on), made), **more)  # type: ignore[arg-type]


def index(name: str, what: IndexDefinition, **more: object) -> Index:
    return replace(Index(2, public(name), what, tuples=1e6, pages=2_000), **more)  # type: ignore[arg-type]


def snapshot(
    *tables: Table,
    indexes: Sequence[Index] = (),
    statements: Sequence[Statement] = (),
    foreign_keys: Sequence[ForeignKey] = (),
) -> Snapshot:
    return Snapshot(
        taken_at="2026-01-01T00:00:00Z",
        server=Server(180000, "PostgreSQL 18", "shop", collation="en_US.UTF-8"),
        tables=tables,
        indexes=tuple(indexes),
        statements=tuple(statements),
        foreign_keys=tuple(foreign_keys),
    )


def statement(name: str, text: str, ms: float = 1000.0, calls: int = 100, **more: object) -> Statement:
    made = Statement(name, text, text.split()[0].upper(), calls=calls, total_ms=ms, hit_blocks=1000 * calls)
    made = replace(made, samples=(_sample(text),))
    return replace(made, **more)  # type: ignore[arg-type]


def _sample(text: str) -> Sample:
    return Sample("generic", text, "generic plan")


class FunctionPlanner:
    """Answers what-if questions from a function of the statement and of the indexes that exist."""

    name = "function"

    def __init__(
        self,
        cost: Cost,
        catalog: Catalog,
        *,
        sizes: Mapping[str, int] | None = None,
        refuses: Mapping[str, str] | None = None,
        hides: bool = True,
    ) -> None:
        self.calls = 0
        self._hides = hides
        self._cost, self._catalog = cost, catalog
        self._sizes, self._refuses = sizes or {}, refuses or {}

    def explain(
        self, statements: Sequence[str], whatif: WhatIf = NOTHING, *, role: str | None = None
    ) -> list[Plan | Unplanned]:
        self.calls += len(statements)
        if whatif.hide and not self._hides:
            return [Unplanned("cannot hide indexes") for _ in statements]
        for one in sorted(whatif.create, key=lambda made: made.body):
            if keys(one) in self._refuses:
                raise PlannerRefused(one, self._refuses[keys(one)])
        existing = {
            keys(i.definition): i.name.name
            for i in self._catalog.snapshot.indexes
            if i.valid and i.name not in whatif.hide
        }
        taken = {name.name for name in self._catalog.indexes}
        made = {keys(one): one.default_name for one in whatif.create}
        made = {body: f"{name[:60]}_2" if name in taken else name for body, name in made.items()}
        there = {**made, **existing}
        return [self._plan(text, there) for text in statements]

    def index_bytes(self, definition: IndexDefinition) -> int:
        return self._sizes.get(keys(definition), 10 * MB + MB * len(definition.include))

    def _plan(self, text: str, there: Mapping[str, str]) -> Plan:
        cost, used = self._cost(text, frozenset(there))
        scans = tuple(Node("Index Scan", 0, cost, 1, 8, index=there[one]) for one in used)
        return Plan(Node("Result", 0, cost, 1, 8, children=scans))


def keys(what: IndexDefinition) -> str:
    """The definition's text behind the table: `orders (customer_id) INCLUDE (total)`."""
    return what.body.removeprefix("public.")


def advised(
    seen: Snapshot,
    cost: Cost | None,
    findings: Sequence[Finding] = (),
    options: Options = Options(),  # noqa: B008 - a frozen value
    **planner: object,
) -> Advice:
    """The advice on the snapshot's statements where the planner's costs are the function's."""
    catalog = Catalog(seen)
    shapes: dict[str, QueryShape] = {one.fingerprint: shape(one.text, catalog) for one in seen.statements}
    if cost is None:
        return advise(seen, catalog, shapes, {}, tuple(findings), None, options)
    door = FunctionPlanner(cost, catalog, **planner)  # type: ignore[arg-type]
    plans: dict[str, tuple[SamplePlan, ...]] = {}
    for one in seen.statements:
        answers = door.explain([sample.sql for sample in one.samples])
        pairs = zip(one.samples, answers, strict=True)
        plans[one.fingerprint] = tuple(SamplePlan(s, plan) for s, plan in pairs if isinstance(plan, Plan))
    return advise(seen, catalog, shapes, plans, tuple(findings), door, options)


def titles(advice: Advice) -> list[str]:
    return [one.title for one in advice.recommendations]
