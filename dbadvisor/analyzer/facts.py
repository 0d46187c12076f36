"""What many rules need of a snapshot, worked out once and lazily."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from dbadvisor.model.catalog import Catalog
from dbadvisor.model.names import Name
from dbadvisor.model.plan import Node
from dbadvisor.model.snapshot import Column, Index, Snapshot
from dbadvisor.model.whatif import SamplePlan
from dbadvisor.model.workload import Statement
from dbadvisor.sqltext.shape import QueryShape, TableUse


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much of what it should look at a rule could look at."""

    examined: int
    total: int
    unit: str
    why: str | None = None


class Facts:
    """A snapshot with its plans, as rules ask of it. Rules only read; `examined` is their one word back."""

    def __init__(self, snapshot: Snapshot, plans: Mapping[str, tuple[SamplePlan, ...]]) -> None:
        self.snapshot = snapshot
        self.catalog = Catalog(snapshot)
        self._plans = plans
        self._coverage: Coverage | None = None

    def examined(self, n: int, of: int, unit: str, why: str | None = None) -> None:
        """A rule reports its coverage: n of so many tables, statements …, and why not all."""
        self._coverage = Coverage(n, of, unit, why)

    def take_coverage(self) -> Coverage | None:
        """What the last rule reported; forgotten once taken."""
        coverage, self._coverage = self._coverage, None
        return coverage

    # Statements ----------------------------------------------------------------------------------------------------

    @cached_property
    def statements(self) -> tuple[Statement, ...]:
        """SELECT, INSERT, UPDATE, DELETE and MERGE, most expensive first."""
        plannable = (statement for statement in self.snapshot.statements if statement.kind != "UTILITY")
        return tuple(sorted(plannable, key=lambda statement: (-self.weight(statement), statement.fingerprint)))

    @cached_property
    def by_fingerprint(self) -> dict[str, Statement]:
        """All statements by fingerprint."""
        return {statement.fingerprint: statement for statement in self.snapshot.statements}

    @cached_property
    def _read(self) -> tuple[dict[str, QueryShape], dict[str, str]]:
        from dbadvisor.sqltext.parse import Unparsable  # here: to list the rules needs no SQL grammar
        from dbadvisor.sqltext.predicates import shape

        shapes: dict[str, QueryShape] = {}
        refused: dict[str, str] = {}
        for statement in self.statements:
            try:
                shapes[statement.fingerprint] = shape(statement.text, self.catalog)
            except Unparsable as error:
                refused[statement.fingerprint] = str(error)
        return shapes, refused

    @property
    def shapes(self) -> Mapping[str, QueryShape]:
        """What each statement asks of each table, by fingerprint; statements that cannot be read are left out."""
        return self._read[0]

    @property
    def unparsable(self) -> Mapping[str, str]:
        """Why a statement could not be read, by fingerprint."""
        return self._read[1]

    @cached_property
    def _uses(self) -> dict[Name, tuple[tuple[Statement, TableUse], ...]]:
        uses: dict[Name, list[tuple[Statement, TableUse]]] = defaultdict(list)
        for statement in self.statements:
            if found := self.shapes.get(statement.fingerprint):
                for use in found.uses:
                    uses[use.table].append((statement, use))
        return {table: tuple(pairs) for table, pairs in uses.items()}

    def uses_of(self, table: Name) -> tuple[tuple[Statement, TableUse], ...]:
        """The statements that use the table (or, for a partition, its topmost table), most expensive first."""
        root = self.catalog.root(table)
        return self._uses.get(table, ()) + (self._uses.get(root, ()) if root != table else ())

    @cached_property
    def _timed(self) -> bool:
        return any(statement.total_ms > 0 for statement in self.snapshot.statements)

    def weight(self, statement: Statement) -> float:
        """What the statement costs the server in the window: milliseconds, or calls times planner cost."""
        return statement.total_ms if self._timed else statement.calls * max(self.cost(statement), 1.0)

    @cached_property
    def _total(self) -> float:
        return sum(self.weight(statement) for statement in self.snapshot.statements)

    def share(self, statement: Statement) -> float:
        """The statement's part of the whole workload's weight, 0 to 1."""
        return self.weight(statement) / self._total if self._total else 0.0

    # Plans ---------------------------------------------------------------------------------------------------------

    def plans(self, fingerprint: str) -> tuple[SamplePlan, ...]:
        """The statement's plans in the database as it is, one a sample; empty when it could not be planned."""
        return self._plans.get(fingerprint, ())

    @property
    def planned(self) -> int:
        """How many statements have a plan."""
        return len(self._plans)

    def cost(self, statement: Statement) -> float:
        """The planner's cost of a call, averaged over the samples; 0 without a plan."""
        costs = [pair.plan.cost for pair in self.plans(statement.fingerprint)]
        return sum(costs) / len(costs) if costs else 0.0

    def scans(self, fingerprint: str, table: Name, alias: str | None = None) -> Iterator[tuple[SamplePlan, Node]]:
        """The plan nodes that read the table or a partition of it, perhaps only under one alias."""
        names = {leaf.name for leaf in self.catalog.leaves(table)} | {table}
        for pair in self.plans(fingerprint):
            for node in pair.plan.nodes():
                if node.relation in names and (alias is None or node.alias is None or _is_alias(node.alias, alias)):
                    yield pair, node

    # Schema --------------------------------------------------------------------------------------------------------

    def column(self, table: Name, column: str) -> Column | None:
        """The table's column of that name; None when either is not known."""
        found = self.catalog.tables.get(table)
        return found.column(column) if found else None

    def usable(self, table: Name) -> tuple[Index, ...]:
        """The table's indexes that the planner may use."""
        return tuple(index for index in self.catalog.indexes_of(table) if index.valid and index.ready)

    def serving(self, table: Name, columns: Collection[str]) -> tuple[Index, ...]:
        """Usable btree indexes whose first keys are exactly these columns, in any order.

        A partial index counts when its predicate only says that some of these columns are not null, as any
        equality with them implies.
        """
        wanted = set(columns)
        return tuple(
            index
            for index in self.usable(table)
            if index.definition.method == "btree"
            and {key.column for key in index.definition.keys[: len(wanted)]} == wanted
            and only_says_not_null(index.definition.where, wanted)
        )


def only_says_not_null(where: str | None, columns: Collection[str]) -> bool:
    """Whether a partial index's predicate is absent or only excludes nulls of these columns."""
    if where is None:
        return True
    rest = where.replace("(", " ").replace(")", " ")
    terms = [term.strip().strip('"') for term in rest.replace(" AND ", "\n").splitlines()]
    return all(
        term.endswith(" IS NOT NULL") and term.removesuffix(" IS NOT NULL").strip('" ') in columns for term in terms
    )


def _is_alias(shown: str, alias: str) -> bool:
    """Whether EXPLAIN's alias is the statement's: the planner numbers those that would clash (`o_1`)."""
    return shown == alias or (shown.startswith(alias + "_") and shown[len(alias) + 1 :].isdigit())
