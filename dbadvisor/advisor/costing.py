"""What statements would cost: every what-if question goes through here, and none is asked twice."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from dbadvisor.advisor.existing import usable
from dbadvisor.advisor.load import Load, mean
from dbadvisor.model.catalog import Catalog
from dbadvisor.model.index import IndexDefinition
from dbadvisor.model.names import Name
from dbadvisor.model.plan import Node, Plan
from dbadvisor.model.whatif import Planner, PlannerRefused, Unplanned, WhatIf

Indexes = frozenset[IndexDefinition]


@dataclass(frozen=True, slots=True)
class Answer:
    """A statement's plans, one a sample, where some indexes were allowed and some hidden."""

    cost: float
    """Mean believed cost over the samples."""
    costs: tuple[float, ...]
    """Believed cost of each sample."""
    used: Indexes
    """The imagined indexes that the plans use; all of a partitioned table's where the plan can't tell them apart."""
    plans: tuple[Plan, ...]


@dataclass(slots=True)
class Costing:
    """Asks the planner, remembers the answers, and derives answers from others where that is exact.

    A plan found with the indexes A allowed that uses U of them is also the plan for every set between U and A:
    what it did not take it would not take if it were not there.
    """

    planner: Planner
    catalog: Catalog
    refused: dict[IndexDefinition, str] = field(default_factory=dict)
    """Indexes that cannot exist, with the reason."""
    _known: dict[tuple[str, frozenset[Name]], list[tuple[Indexes, Answer]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    _bytes: dict[IndexDefinition, int] = field(default_factory=dict)
    _existing: frozenset[Name] = field(init=False)

    def __post_init__(self) -> None:
        self._existing = frozenset(name for name, index in self.catalog.indexes.items() if usable(index))

    def ask(self, load: Load, allowed: Indexes, hide: frozenset[Name] = frozenset()) -> Answer:
        """The statement's answer where these indexes exist and the hidden ones don't."""
        relevant = frozenset(index for index in allowed if index.table in load.tables and index not in self.refused)
        if not relevant and not hide:
            return Answer(load.cost, load.costs, frozenset(), load.plans)
        known = self._known[load.key, hide]
        for given, answer in known:
            if answer.used <= relevant <= given:
                return answer
        answer, relevant = self._explain(load, relevant, hide)
        known.append((relevant, answer))
        return answer

    def packages(self, load: Load) -> list[tuple[Indexes, float]]:
        """The sets of indexes that plans of the statement were seen to use together, with their cost."""
        best: dict[Indexes, float] = {}
        for _, answer in self._known[load.key, frozenset()]:
            best[answer.used] = min(answer.cost, best.get(answer.used, answer.cost))
        return sorted(best.items(), key=lambda item: (item[1], len(item[0])))

    def bytes(self, definition: IndexDefinition) -> int:
        """The size of the index once built; 0 for one that cannot exist."""
        if definition not in self._bytes:
            try:
                self._bytes[definition] = self.planner.index_bytes(definition)
            except PlannerRefused as refusal:
                self.refused[definition] = refusal.reason
                self._bytes[definition] = 0
        return self._bytes[definition]

    def _explain(self, load: Load, allowed: Indexes, hide: frozenset[Name]) -> tuple[Answer, Indexes]:
        while True:
            try:
                answers = self.planner.explain(load.texts, WhatIf(create=allowed, hide=hide), role=load.role)
            except PlannerRefused as refusal:
                self.refused[refusal.definition] = refusal.reason
                allowed -= {refusal.definition}
                continue
            return self._answer(load, allowed, answers), allowed

    def _answer(self, load: Load, allowed: Indexes, answers: Sequence[Plan | Unplanned]) -> Answer:
        pairs = zip(answers, load.plans, strict=True)
        plans = tuple(before if isinstance(plan, Unplanned) else plan for plan, before in pairs)
        costs = tuple(load.believed.cost(plan) for plan in plans)
        used = frozenset().union(*(self._used(plan, allowed) for plan in plans))
        return Answer(mean(costs), costs, used, plans)

    def _used(self, plan: Plan, allowed: Indexes) -> Indexes:
        scanned = dict(_scanned(plan.root, None))
        shown = {index: self._shown(index) for index in allowed}
        used = frozenset(index for index in allowed if shown[index] in scanned)
        strange = scanned.keys() - self._existing - set(shown.values())
        parents = {self.catalog.root(table) for name in strange if (table := scanned[name])}
        return used | frozenset(index for index in allowed if index.table in parents and self._split(index.table))

    def _shown(self, index: IndexDefinition) -> Name:
        """The index's name in plans: the default one, or its stand-in where a usable index bears that."""
        name = Name(index.table.schema, index.default_name)
        return Name(name.schema, f"{name.name[:60]}_2") if name in self._existing else name

    def _split(self, table: Name) -> bool:
        """Whether the table is partitioned, so that its index shows in plans as its parts' indexes."""
        return self.catalog.tables[table].kind == "p"


def _scanned(node: Node, heap: Name | None) -> Iterator[tuple[Name, Name | None]]:
    """Every index of the plan with its table; a bitmap index scan names none: the heap scan above it does."""
    heap = node.relation or heap
    if node.index is not None:
        yield Name(heap.schema if heap else "public", node.index), heap
    for child in node.children:
        yield from _scanned(child, heap)


def explore(costing: Costing, load: Load, candidates: Indexes, calls: int) -> None:
    """Learns the statement's packages: all candidates at once, then smaller sets where something was used.

    After each answer: the used indexes each alone, and for each used index only what is smaller on its table.
    `calls` bounds the what-if questions; the answers stay in `costing`.
    """
    queue, seen = [candidates], set[Indexes]()
    while queue and len(seen) < calls:
        allowed = queue.pop(0)
        if allowed in seen or not allowed:
            continue
        seen.add(allowed)
        answer = costing.ask(load, allowed)
        if answer.used and answer.cost < load.cost:
            queue += _smaller(costing, allowed - costing.refused.keys(), answer.used)


def _smaller(costing: Costing, allowed: Indexes, used: Indexes) -> list[Indexes]:
    biggest = sorted(used, key=lambda index: (-costing.bytes(index), index.body))
    capped = [
        frozenset(
            other for other in allowed if other.table != index.table or costing.bytes(other) < costing.bytes(index)
        )
        for index in biggest
    ]
    return capped + [frozenset((index,)) for index in biggest if len(used) > 1]
