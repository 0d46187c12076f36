"""Existing indexes whose every statement other indexes serve nearly as well: cheaper gone than kept.

An index that is read is dropped on the word of counters and plans together. The statements that are known must
account for its scans, all of them must be planned, and the planner must find each of them hardly dearer without the
index, beside all else that goes and comes. What the reads lose must be well below what the writes and the disk gain.
Where anything of that cannot be seen, the index stays.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from dbadvisor.advisor.costing import Answer, Costing
from dbadvisor.advisor.existing import leads_with, usable
from dbadvisor.advisor.load import Load, mean, tables
from dbadvisor.advisor.options import Options
from dbadvisor.advisor.removal import Removal, Remover
from dbadvisor.advisor.select import SIZE_PRICE
from dbadvisor.advisor.words import count
from dbadvisor.advisor.writecost import Burden, WriteCost
from dbadvisor.model.index import IndexDefinition
from dbadvisor.model.names import Name, quote_literal
from dbadvisor.model.plan import Node
from dbadvisor.model.report import Rejected
from dbadvisor.model.snapshot import Index, Snapshot

DAY = 86_400.0
LONG_SECONDS = 35 * DAY
"""Seconds of counting from which the statements are taken for all that there are: monthly work is among them."""
EVICTIONS_PER_DAY = 1.0
"""Rounds in which pg_stat_statements threw out its rarest twentieth; with more, statements may be missing."""
EXPLAINED = 0.8
"""Share of the index's scans that the known statements must account for."""
MARGIN = 0.5
"""What the reads lose, at most, of what the writes and the disk gain: both are estimates."""
LEAST_DISK = 0.01
"""Share of all tables' size from which freed disk alone is worth a removal."""
MOST = 200
"""Indexes that are tried, those that would spare most first."""

_KEEPING = frozenset(("Limit", "Memoize", "Materialize", "Hash"))


@dataclass(frozen=True, slots=True)
class Service:
    """A statement that uses the index today."""

    load: Load
    today: Answer
    after: Answer
    """With the new indexes, without this one and the others that go."""
    instead: tuple[str, ...]
    """What it then reads the table by, in words; empty where it reads all of it."""


@dataclass(frozen=True, slots=True)
class Replaced:
    """An index that may go, what serves its statements, and what that costs and spares."""

    removal: Removal
    by: IndexDefinition | None
    """The new index that it leans on; None where it may go by itself."""
    served: tuple[Service, ...]
    """The statements that use it today, the heaviest first."""
    lost_ms: float
    """Milliseconds of the window that the reads lose."""
    relief: Burden
    freed: int
    """Bytes."""


@dataclass(slots=True)
class Replacer:
    """Looks for replaceable indexes beside what the remover has decided already."""

    snapshot: Snapshot
    remover: Remover
    costing: Costing
    writes: WriteCost
    options: Options
    total: float
    """Milliseconds of the window that the whole workload stands for."""
    refused: frozenset[Name] = frozenset()
    """Indexes that were found to be needed already."""
    kept: list[Rejected] = field(default_factory=list)
    """Indexes that could go by all that is seen here, while other servers may read them."""
    _table_bytes: int = field(init=False)
    _loads: dict[Name, list[Load]] = field(init=False)
    _unplanned: set[Name] = field(init=False)
    """Tables with a statement that could not be planned as it is."""

    def __post_init__(self) -> None:
        blocks = sum(table.size_blocks for table in self.snapshot.tables)
        self._table_bytes = blocks * self.snapshot.server.block_size
        self._loads, planned = defaultdict(list), set[str]()
        for load in self.remover.loads:
            planned.add(load.key)
            for table in load.tables:
                self._loads[table].append(load)
        shapes = self.remover.shapes.items()
        unplanned = (tables(self.remover.catalog, shape) for key, shape in shapes if key not in planned)
        self._unplanned = set[Name]().union(*unplanned)

    def find(self) -> list[Replaced]:
        """The replaceable indexes, each proved beside those before it."""
        if not self._all_seen():
            return []
        found: list[Replaced] = []
        for index in sorted(self._candidates(), key=lambda one: (-self._gain(one), one.name))[:MOST]:
            replaced = self._replaced(index)
            if replaced and self.snapshot.replicated:
                self.kept.append(_elsewhere(index, self.snapshot.standbys))
            elif replaced:
                self.remover.take(replaced.removal, (), replaced.by)
                found.append(replaced)
        return found

    def _all_seen(self) -> bool:
        """Whether the statements counted are, as far as can be told, all of those that the server runs."""
        window = self.snapshot.window
        counted = min(window.statements_seconds or 0.0, window.tables_seconds or 0.0)
        thrown_out = window.evicted / max(1.0, (window.statements_seconds or 0.0) / DAY)
        sources = {statement.source for statement in self.snapshot.statements}
        return counted >= LONG_SECONDS and thrown_out <= EVICTIONS_PER_DAY and sources == {"pg_stat_statements"}

    def _candidates(self) -> Iterator[Index]:
        catalog = self.remover.catalog
        for index in self.snapshot.indexes:
            free = usable(index) and index.droppable and index.name not in self.refused | self.remover.gone.keys()
            plain = all(key.column for key in index.definition.keys)  # else its statistics would go with it
            parts = [catalog.indexes[name] for name in self.remover.parts(index.name)]
            held = any(part.constraint or part.replica_identity or part.clustered for part in parts)
            if free and plain and not held and self._worth(index):
                yield index

    def _worth(self, index: Index) -> bool:
        """Whether a person would feel that it is gone: in the writes, or on the disk."""
        spares = self.writes.relief((index.name,)).ms >= self.options.min_gain * self.total
        return spares or self._freed(index) >= LEAST_DISK * self._table_bytes

    def _serves_key(self, index: Index) -> bool:
        """Whether a foreign key would be left without an index, whoever deletes today."""
        catalog, table = self.remover.catalog, index.definition.table
        left = [one.definition for one in catalog.indexes_of(table) if self._stays(one) and one != index]
        keys = [key for key in catalog.foreign_keys_of(table) if leads_with(index.definition, key.columns)]
        return any(not any(leads_with(other, key.columns) for other in left) for key in keys)

    def _stays(self, index: Index) -> bool:
        return usable(index) and index.name not in self.remover.gone

    def _gain(self, index: Index) -> float:
        """Milliseconds that the writes spare, and what its disk is worth by the price that new indexes pay."""
        disk = SIZE_PRICE * self.total * self._freed(index) / max(1, self._table_bytes)
        return self.writes.relief((index.name,)).ms + disk

    def _freed(self, index: Index) -> int:
        blocks = sum(self.remover.catalog.indexes[part].size_blocks for part in self.remover.parts(index.name))
        return blocks * self.snapshot.server.block_size

    def _replaced(self, index: Index) -> Replaced | None:
        root = self.remover.catalog.root(index.definition.table)
        loads = [] if root in self._unplanned else self._loads[root]
        users = [load for load in loads if self._uses(load, index)]
        if not users or self._serves_key(index) or not self._explained(index, users):
            return None
        for by in (None, *self._new_on(index)):
            proof = self.remover.prove(index, (), by, self.options.max_regression)
            if isinstance(proof, Removal):
                lost = sum(max(0.0, _lost(load, proof)) for load in loads)
                if lost > MARGIN * self._gain(index):
                    return None
                served = tuple(self._service(load, index, proof) for load in users)
                relief = self.writes.relief((index.name,))
                return Replaced(proof, by, served, lost, relief, self._freed(index))
        return None

    def _new_on(self, index: Index) -> list[IndexDefinition]:
        table = index.definition.table
        return sorted((one for one in self.remover.created if one.table == table), key=lambda one: one.body)

    def _uses(self, load: Load, index: Index) -> bool:
        today = self.costing.ask(load, frozenset())
        return not today.standing.isdisjoint(self.remover.parts(index.name))

    def _explained(self, index: Index, users: Sequence[Load]) -> bool:
        """Whether the statements account for the scans that were counted, each over its own time."""
        parts = [self.remover.catalog.indexes[name] for name in self.remover.parts(index.name)]
        names = frozenset(part.name.name for part in parts)
        window = self.snapshot.window
        assert window.statements_seconds
        assert window.tables_seconds
        known = sum(load.calls * load.repeats * scans(load, names) for load in users) / window.statements_seconds
        return known >= EXPLAINED * sum(part.scans for part in parts) / window.tables_seconds

    def _service(self, load: Load, index: Index, proof: Removal) -> Service:
        today, after = self.costing.ask(load, frozenset()), proof.after[load.key]
        return Service(load, today, after, tuple(self._instead(index, after)))

    def _instead(self, index: Index, after: Answer) -> Iterator[str]:
        """What the plans read the index's table by."""
        catalog, table = self.remover.catalog, index.definition.table
        of_table = {catalog.root(table), *(leaf.name for leaf in catalog.leaves(table))}
        for name in sorted(after.standing):
            if catalog.indexes[name].definition.table in of_table:
                yield name.short
        yield from (f"the new index on {one.body}" for one in sorted(after.used, key=_body) if one.table in of_table)


def scans(load: Load, names: frozenset[str]) -> float:
    """How often a call scans the indexes, by its plans: the mean of its samples."""
    return mean(tuple(_scans(plan.root, names, 1.0) for plan in load.plans))


def _scans(node: Node, names: frozenset[str], loops: float) -> float:
    """Rather fewer than many: what a LIMIT stops or a node keeps is not taken for repeated."""
    here = loops if node.index in names else 0.0
    inner = loops
    if node.type == "Nested Loop" and node.children:
        inner = loops * max(1.0, node.children[0].plan_rows)
    if node.type in _KEEPING:
        loops = inner = 1.0
    below = (_scans(child, names, inner if place else loops) for place, child in enumerate(node.children))
    return here + sum(below)


def _lost(load: Load, proof: Removal) -> float:
    """Milliseconds of the window that the statement loses, all of its time taken for the plan's."""
    more = proof.after[load.key].cost - proof.before[load.key].cost
    return load.weight * more / load.cost if load.cost > 0 else 0.0


def _body(definition: IndexDefinition) -> str:
    return definition.body


def _elsewhere(index: Index, standbys: int) -> Rejected:
    many = count(standbys, "replica") if standbys else "servers that replicate it"
    query = f"SELECT idx_scan FROM pg_stat_all_indexes WHERE indexrelid = {quote_literal(str(index.name))}::regclass"
    reason = f"its statements here have other indexes, but {many} may read by it; ask each of them: {query}"
    return Rejected(f"DROP INDEX {index.name}", reason)
