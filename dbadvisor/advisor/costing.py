"""What statements would cost: every what-if question goes through here, and none is asked twice."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from dbadvisor.advisor.existing import usable
from dbadvisor.advisor.load import Load, mean
from dbadvisor.advisor.words import plan_line
from dbadvisor.model.catalog import Catalog
from dbadvisor.model.index import IndexDefinition
from dbadvisor.model.names import Name
from dbadvisor.model.plan import Node, Plan
from dbadvisor.model.whatif import Planner, PlannerRefused, Unplanned, WhatIf

Indexes = frozenset[IndexDefinition]
Names = frozenset[Name]

SAME = 0.9999
"""Costs that differ by less than this ratio are the same: the planner's own fuzz is a hundredth."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A statement's plans, one a sample, where some indexes were allowed and some hidden."""

    cost: float
    """Mean believed cost over the samples."""
    costs: tuple[float, ...]
    """Believed cost of each sample."""
    used: Indexes
    """The imagined indexes that the plans use; all of a partitioned table's where the plan can't tell them apart."""
    lines: tuple[str, ...]
    """Each sample's plan in one line."""
    planned: float = 0.0
    """Mean cost by the planner's own word: what it chooses plans by."""
    standing: Names = frozenset()
    """The existing indexes that the plans use."""


@dataclass(frozen=True, slots=True)
class Package:
    """Indexes that the plans of a statement were seen to use together."""

    used: Indexes
    cost: float
    """Mean believed cost."""
    planned: float
    """Mean cost by the planner's own word."""
    costs: tuple[float, ...]
    """Believed cost of each sample."""


@dataclass(frozen=True, slots=True)
class _Known:
    allowed: Indexes
    hidden: Names
    answer: Answer
    planned: bool = True
    """Whether all samples were; today's plan stands for those that were not."""

    def answers(self, allowed: Indexes, hidden: Names) -> bool:
        """Whether it is the answer where these are allowed and those hidden, too.

        A plan found among more plans is also the best among fewer, as long as it is one of them. Where a sample could
        not be planned, nothing is known of fewer.
        """
        if not self.planned:
            return (allowed, hidden) == (self.allowed, self.hidden)
        fewer = self.answer.used <= allowed <= self.allowed and self.hidden <= hidden
        return fewer and not self.answer.standing & hidden

    def contradicts(self, allowed: Indexes, answer: Answer) -> bool:
        """Whether it promises more of these indexes than they were found to give."""
        promised = self.answer.used and self.answer.used <= allowed and not self.hidden
        return bool(promised) and self.answer.planned < SAME * answer.planned


@dataclass(slots=True)
class Costing:
    """Asks the planner, remembers the answers, and derives answers from others where that is exact."""

    planner: Planner
    catalog: Catalog
    refused: dict[IndexDefinition, str] = field(default_factory=dict)
    """Indexes that cannot exist, with the reason."""
    derived: int = 0
    """Questions that earlier answers answered."""
    _known: dict[str, list[_Known]] = field(default_factory=lambda: defaultdict(list))
    _bytes: dict[IndexDefinition, int] = field(default_factory=dict)
    _shown: dict[IndexDefinition, Name] = field(default_factory=dict)
    _existing: Names = field(init=False)

    def __post_init__(self) -> None:
        self._existing = frozenset(name for name, index in self.catalog.indexes.items() if usable(index))

    def ask(self, load: Load, allowed: Indexes, hide: Names = frozenset()) -> Answer:
        """The statement's answer where these indexes exist and the hidden ones don't."""
        return self.ask_all((load,), allowed, hide)[load.key]

    def ask_all(self, loads: Sequence[Load], allowed: Indexes, hide: Names = frozenset()) -> dict[str, Answer]:
        """The answers of many statements; those that must be planned are asked together."""
        answers: dict[str, Answer] = {}
        unknown: dict[str | None, list[Load]] = defaultdict(list)
        tables = by_table(allowed - self.refused.keys())
        for load in loads:
            known = self._recall(load, _on(tables, load), hide)
            if known is None:
                unknown[load.role].append(load)
            else:
                answers[load.key] = known
        self.derived += len(answers)
        for role, alike in unknown.items():
            answers |= self._explain(role, alike, allowed, hide)
        return answers

    def prove(self, loads: Sequence[Load], allowed: Indexes) -> None:
        """Has the statements planned with exactly these indexes, whatever is known: nothing is derived.

        The planner does not always find the best plan among many: cheaper plans of the same indexes that it was seen
        to find are forgotten, as it does not find them here.
        """
        for role in dict.fromkeys(load.role for load in loads):
            alike = [load for load in loads if load.role == role]
            for key, answer in self._explain(role, alike, allowed, frozenset()).items():
                if self._known[key][0].planned:
                    self._known[key] = [one for one in self._known[key] if not one.contradicts(allowed, answer)]

    def packages(self, load: Load) -> list[Package]:
        """The sets of indexes that plans of the statement were seen to use together, cheapest first."""
        best: dict[Indexes, Package] = {}
        for known in self._known[load.key]:
            if known.planned and not known.hidden:
                found = known.answer
                best.setdefault(found.used, Package(found.used, found.cost, found.planned, found.costs))
        return sorted(best.values(), key=lambda package: (package.cost, len(package.used)))

    def bytes(self, definition: IndexDefinition) -> int:
        """The size of the index once built; 0 for one that cannot exist."""
        if definition not in self._bytes:
            try:
                self._bytes[definition] = self.planner.index_bytes(definition)
            except PlannerRefused as refusal:
                self.refused[definition] = refusal.reason
                self._bytes[definition] = 0
        return self._bytes[definition]

    def _recall(self, load: Load, allowed: Indexes, hide: Names) -> Answer | None:
        known = self._known[load.key]
        if not known:
            known.append(_Known(frozenset(), frozenset(), self._today(load)))
        return next((one.answer for one in known if one.answers(allowed, hide)), None)

    def _today(self, load: Load) -> Answer:
        standing = self._standing(load.plans)
        return Answer(load.cost, load.costs, frozenset(), load.lines, _planned(load.plans), standing)

    def _explain(self, role: str | None, loads: Sequence[Load], allowed: Indexes, hide: Names) -> dict[str, Answer]:
        tables = by_table(allowed - self.refused.keys())
        wanted = frozenset[IndexDefinition]().union(*(_on(tables, load) for load in loads))
        texts = [text for load in loads for text in load.texts]
        while True:
            try:
                plans = iter(self.planner.explain(texts, WhatIf(create=wanted, hide=hide), role=role))
            except PlannerRefused as refusal:
                self.refused[refusal.definition] = refusal.reason
                wanted -= {refusal.definition}
                continue
            made = by_table(wanted)
            return {
                load.key: self._learn(load, [next(plans) for _ in load.texts], _on(made, load), hide) for load in loads
            }

    def _learn(self, load: Load, found: Sequence[Plan | Unplanned], allowed: Indexes, hide: Names) -> Answer:
        pairs = zip(found, load.plans, strict=True)
        plans = tuple(before if isinstance(plan, Unplanned) else plan for plan, before in pairs)
        costs = tuple(load.believed.cost(plan) for plan in plans)
        used = frozenset[IndexDefinition]().union(*(self._used(plan, allowed) for plan in plans))
        lines = tuple(plan_line(plan) for plan in plans)
        answer = Answer(mean(costs), costs, used, lines, _planned(plans), self._standing(plans))
        planned = not any(isinstance(plan, Unplanned) for plan in found)
        self._known[load.key].insert(0, _Known(allowed, hide, answer, planned))
        return answer

    def _used(self, plan: Plan, allowed: Indexes) -> Indexes:
        scanned = dict(_scanned(plan.root, None))
        shown = {self._name(index): index for index in allowed}
        strange = scanned.keys() - self._existing - shown.keys()
        parents = {self.catalog.root(table) for name in strange if (table := scanned[name])}
        used = frozenset(index for name, index in shown.items() if name in scanned)
        return used | frozenset(index for index in allowed if index.table in parents and self._split(index.table))

    def _standing(self, plans: Sequence[Plan]) -> Names:
        return frozenset(name for plan in plans for name, _ in _scanned(plan.root, None)) & self._existing

    def _name(self, index: IndexDefinition) -> Name:
        """The index's name in plans: the default one, or its stand-in where a usable index bears that."""
        if index not in self._shown:
            name = Name(index.table.schema, index.default_name)
            self._shown[index] = Name(name.schema, f"{name.name[:60]}_2") if name in self._existing else name
        return self._shown[index]

    def _split(self, table: Name) -> bool:
        """Whether the table is partitioned, so that its index shows in plans as its parts' indexes."""
        return self.catalog.tables[table].kind == "p"


def by_table(indexes: Iterable[IndexDefinition]) -> dict[Name, Indexes]:
    """The indexes of each table."""
    groups: dict[Name, set[IndexDefinition]] = defaultdict(set)
    for index in indexes:
        groups[index.table].add(index)
    return {table: frozenset(group) for table, group in groups.items()}


def _on(tables: Mapping[Name, Indexes], load: Load) -> Indexes:
    """Those of the load's tables: a lone table's set is not copied."""
    found = [tables[table] for table in load.tables if table in tables]
    return found[0] if len(found) == 1 else frozenset[IndexDefinition]().union(*found)


def _planned(plans: Sequence[Plan]) -> float:
    return mean(tuple(plan.cost for plan in plans))


def _scanned(node: Node, heap: Name | None) -> Iterator[tuple[Name, Name | None]]:
    """Every index of the plan with its table; a bitmap index scan names none: the heap scan above it does."""
    heap = node.relation or heap
    if node.index is not None:
        yield Name(heap.schema if heap else "public", node.index), heap
    for child in node.children:
        yield from _scanned(child, heap)
