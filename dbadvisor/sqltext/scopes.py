"""Which table's column a name in a statement means: sources of rows, their scopes, and names looked up in them."""

from dataclasses import dataclass, field
from typing import Any, Union

from pglast import ast

from dbadvisor.model.snapshot import Table
from dbadvisor.sqltext.shape import JoinKey, Predicate, SortKey, TableUse


def fields_of(node: ast.ColumnRef) -> tuple[Any, ...]:
    """The parts of a column's name."""
    return tuple(node.fields)


@dataclass(eq=False, slots=True)
class Instance:
    """One source of rows being read: a table's instance, or (without a table) a function, VALUES or closed subquery."""

    alias: str
    level: int
    table: Table | None = None
    action: str = "read"
    nullable: bool = False
    """Whether an outer join may fill it with NULLs, so that a condition on it does not always restrict it."""
    predicates: list[Predicate] = field(default_factory=list)
    joins: list[JoinKey] = field(default_factory=list)
    sort: tuple[SortKey, ...] = ()
    sort_complete: bool = False
    group: tuple[SortKey, ...] = ()
    columns: dict[str, None] = field(default_factory=dict)
    assigned: tuple[str, ...] = ()
    locked: bool = False
    limit: str | None = None
    offset: str | None = None

    def use(self) -> TableUse:
        """What was gathered, as a value; only for instances of tables."""
        assert self.table is not None
        return TableUse(
            table=self.table.name,
            alias=self.alias,
            level=self.level,
            action=self.action,
            predicates=tuple(dict.fromkeys(self.predicates)),
            joins=tuple(dict.fromkeys(self.joins)),
            sort=self.sort,
            sort_complete=self.sort_complete,
            group=self.group,
            columns=tuple(self.columns),
            assigned=self.assigned,
            locked=self.locked,
            limit=self.limit,
            offset=self.offset,
        )


@dataclass(frozen=True, slots=True, eq=False)
class Ref:
    """A column of an instance. A closed subquery's column knows where it came from."""

    instance: Instance
    column: str
    origin: "Output | None" = None
    pushes: bool = False
    """Whether the planner moves a condition on it down to its origin (a grouped column)."""


@dataclass(frozen=True, slots=True, eq=False)
class Computed:
    """A subquery's output that is an expression over the subquery's own scope."""

    node: ast.Node
    scope: "Scope"


Output = Union[Ref, Computed]  # noqa: UP007 - a forward reference inside Ref


@dataclass(eq=False, slots=True)
class Source:
    """What one alias of FROM offers."""

    columns: dict[str, Output]
    instance: Instance | None = None
    """Where unlisted columns are looked for: the source's columns are not all known."""


@dataclass(frozen=True, slots=True, eq=False)
class Cte:
    """A common table expression: read into each place that uses it (inlined), or once for all (closed)."""

    node: ast.CommonTableExpr
    inlined: bool
    scope: "Scope"
    outputs: dict[str, Output] | None = None
    """What a closed one returns; None while it is being read itself (recursion)."""


@dataclass(eq=False, slots=True)
class Scope:
    """The aliases that expressions of one SELECT see, and the scope around it."""

    level: int
    parent: "Scope | None" = None
    sources: dict[str, Source] = field(default_factory=dict)
    merged: dict[str, Output] = field(default_factory=dict)
    """Columns joined by USING or NATURAL, which need no alias."""
    hidden: set[str] = field(default_factory=set)
    """Aliases whose columns are seen only qualified: `excluded`, a join's own alias."""
    ctes: dict[str, Cte] = field(default_factory=dict)

    def below(self, level: int) -> "Scope":
        """A scope for a query inside: it sees this one's aliases and CTEs."""
        return Scope(level, self, ctes=dict(self.ctes))

    def resolve(self, node: ast.ColumnRef) -> Output | None:
        """The column that a reference means; None for what is no table's column (whole rows and stars, too)."""
        fields = fields_of(node)
        names = [item.sval for item in fields if isinstance(item, ast.String)]
        if len(names) != len(fields):
            return None
        if len(names) == 1:
            return self._unqualified(names[0])
        return self._qualified(names[-2], names[-1])

    def _qualified(self, alias: str, column: str) -> Output | None:
        source = self.sources.get(alias)
        if source is None:
            return self.parent._qualified(alias, column) if self.parent else None
        found = source.columns.get(column)
        return found or (Ref(source.instance, column) if source.instance else None)

    def _unqualified(self, column: str) -> Output | None:
        if column in self.merged:
            return self.merged[column]
        seen = [source for alias, source in self.sources.items() if alias not in self.hidden]
        for source in seen:
            if column in source.columns:
                return source.columns[column]
        unknown = [source.instance for source in seen if source.instance]
        if unknown:
            return Ref(unknown[0], column) if len(unknown) == 1 else None
        return self.parent._unqualified(column) if self.parent else None

    def starred(self, node: ast.ColumnRef) -> list[Output] | None:
        """All columns that `*`, `t.*` or a whole-row `t` stand for; None when the reference is neither."""
        fields = fields_of(node)
        if isinstance(fields[-1], ast.A_Star):
            if len(fields) == 1:
                return [output for source in self.sources.values() for output in source.columns.values()]
            return self._all_of(fields[-2].sval)
        if len(fields) == 1 and self.resolve(node) is None:
            return self._all_of(fields[0].sval)
        return None

    def named(self, node: ast.ColumnRef) -> dict[str, Output]:
        """The columns of a star by name, in the order of FROM."""
        fields = fields_of(node)
        if len(fields) == 1:
            return {**self.merged, **{n: o for s in reversed(self.sources.values()) for n, o in s.columns.items()}}
        source = self._source(fields[-2].sval)
        return dict(source.columns) if source else {}

    def _all_of(self, alias: str) -> list[Output] | None:
        source = self._source(alias)
        return list(source.columns.values()) if source else None

    def _source(self, alias: str) -> Source | None:
        return self.sources.get(alias) or (self.parent._source(alias) if self.parent else None)
