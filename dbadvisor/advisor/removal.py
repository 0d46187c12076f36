"""Which existing indexes can go: each is hidden, and every statement on its table planned again without it."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from dbadvisor.advisor.costing import Answer, Costing, Indexes
from dbadvisor.advisor.existing import covers, leads_with, usable
from dbadvisor.advisor.load import Load
from dbadvisor.advisor.select import name_of
from dbadvisor.model.catalog import Catalog
from dbadvisor.model.index import IndexDefinition
from dbadvisor.model.names import Name
from dbadvisor.model.snapshot import Index
from dbadvisor.sqltext.shape import QueryShape

TOLERANCE = 1.02
"""How much dearer a sample of a statement may become without the index: the planner's own fuzz is 1 %."""
TRIVIAL_COST = 1.0
"""One block read in sequence: nothing is refused for less."""

TWINS = ("IDX004", "IDX005")
"""Rules that call an index needless because another one stands for it."""


@dataclass(frozen=True, slots=True)
class Removal:
    """An index that may go, and the answers that prove it."""

    index: Index
    before: Mapping[str, Answer]
    after: Mapping[str, Answer]
    """By load, for the loads on the index's table."""


@dataclass(slots=True)
class Remover:
    """Takes removals one after the other, each on top of those before, so that the set as a whole is proved."""

    loads: tuple[Load, ...]
    catalog: Catalog
    shapes: Mapping[str, QueryShape]
    created: Indexes
    costing: Costing | None
    """None where no planner could be had: then only structure is checked."""
    gone: dict[Name, tuple[str, ...]] = field(default_factory=dict)
    """Indexes that go, with the rules that said so."""
    leaning: dict[Name, IndexDefinition] = field(default_factory=dict)
    """Of those, the ones that go only if a new index comes: both are proposed as one."""
    _attached: dict[Name, list[Name]] = field(init=False)

    def __post_init__(self) -> None:
        self._attached = defaultdict(list)
        for index in self.catalog.snapshot.indexes:
            if index.parent:
                self._attached[index.parent].append(index.name)

    def remove(self, index: Index, rules: tuple[str, ...], by: IndexDefinition | None = None) -> Removal | str:
        """Takes the index out if it can go beside all that went before: the proof, or why it must stay."""
        proof = self.prove(index, rules, by)
        if isinstance(proof, Removal):
            self.take(proof, rules, by)
        return proof

    def take(self, removal: Removal, rules: tuple[str, ...], by: IndexDefinition | None) -> None:
        """Counts the index as gone from now on."""
        self.gone[removal.index.name] = rules
        if by is not None:
            self.leaning[removal.index.name] = by

    def prove(
        self, index: Index, rules: tuple[str, ...], by: IndexDefinition | None, tolerance: float = TOLERANCE
    ) -> Removal | str:
        """The proof that the index can go, or why it must stay.

        It must be able to go whether or not the new indexes are made: with none of them and with all. Where one of
        them is its replacement, with that one alone and with all. No statement may cost more than `tolerance` times
        what it costs with every index of today.
        """
        first: Indexes = frozenset((by,) if by else ())
        if reason := next(self._structural(index, rules, first), None):
            return reason
        before: dict[str, Answer] = {}
        after: dict[str, Answer] = {}
        for created in (first, self.created):
            gone = self._gone_beside(created)
            today, before = self._answers(index, created, ()), self._answers(index, created, gone)
            after = self._answers(index, created, (*gone, index.name))
            if reason := self._unproved(index, after) or self._dearer(today, after, tolerance):
                return reason
        return Removal(index, before, after)

    def _gone_beside(self, created: Indexes) -> tuple[Name, ...]:
        """What goes where these new indexes come."""
        return tuple(name for name in self.gone if name not in self.leaning or self.leaning[name] in created)

    def _structural(self, index: Index, rules: tuple[str, ...], created: Indexes) -> Iterator[str]:
        if not index.droppable and index.valid:
            yield "a constraint, uniqueness, replica identity or partition hangs on it"
        left = self._left(index.name, created)
        if self.costing is None and set(rules) == {"IDX005"}:
            yield "no planner could say what its statements would cost without it"
        if set(rules) & set(TWINS) and index.valid and not _covered(index.definition, left):
            yield "the index that would stand for it goes already"
        for other in self.gone:
            needs = set(self.gone[other]) & set(TWINS)
            if needs and not _covered(self.catalog.indexes[other].definition, left):
                yield f"it stands for {other.short}, which goes"
        for key in self.catalog.foreign_keys_of(index.definition.table):
            served = leads_with(index.definition, key.columns) and index.valid
            if served and self._deleted(key.referenced) and not any(leads_with(d, key.columns) for d in left):
                yield f"foreign key {key.name} would have no index for the deletes of {key.referenced.short}"

    def _left(self, going: Name, created: Indexes) -> list[IndexDefinition]:
        """What stays on any table, and what is created in the same breath."""
        stays = [i for i in self.catalog.snapshot.indexes if usable(i) and i.name not in self.gone and i.name != going]
        return [*(index.definition for index in stays), *created]

    def _deleted(self, table: Name) -> bool:
        """Whether rows of the table are deleted, by its counters or by a statement."""
        counted = any(leaf.activity and leaf.activity.deleted for leaf in self.catalog.leaves(table))
        uses = (use for shape in self.shapes.values() for use in shape.uses)
        return counted or any(use.action == "delete" and use.table == table for use in uses)

    def _answers(self, index: Index, created: Indexes, gone: tuple[Name, ...]) -> dict[str, Answer]:
        """The loads on the index's table, planned with these new indexes and without those that go."""
        if self.costing is None:
            return {}
        hide = frozenset(part for name in gone for part in self.parts(name))
        table = self.catalog.root(index.definition.table)
        return self.costing.ask_all([load for load in self.loads if table in load.tables], created, hide)

    def parts(self, name: Name) -> Iterator[Name]:
        """A partitioned index with all that is attached to it."""
        yield name
        for part in self._attached.get(name, ()):
            yield from self.parts(part)

    def _unproved(self, index: Index, after: Mapping[str, Answer]) -> str | None:
        """A statement whose plan uses the index still: no other one could be had."""
        parts = frozenset(self.parts(index.name))
        blind = (name_of(load) for load in self.loads if load.key in after and after[load.key].standing & parts)
        return next((f"{name} could not be planned without it" for name in blind), None)

    def _dearer(self, before: Mapping[str, Answer], after: Mapping[str, Answer], tolerance: float) -> str | None:
        worst, where = 1.0, ""
        for load in self.loads:
            if load.key in after:
                pairs = zip(before[load.key].costs, after[load.key].costs, strict=True)
                ratios = [b / a for a, b in pairs if a > 0 and b > tolerance * a and b - a > TRIVIAL_COST]
                if ratios and max(ratios) > worst:
                    worst, where = max(ratios), name_of(load)
        return f"without it {where} would cost {worst:.2f} times as much" if where else None


def _covered(definition: IndexDefinition, others: list[IndexDefinition]) -> bool:
    return any(covers(other, definition) for other in others)
