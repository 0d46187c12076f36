"""What is gathered while a statement is read, and how its expressions are visited."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from pglast import ast

from dbadvisor.model.catalog import Catalog
from dbadvisor.model.names import Name
from dbadvisor.model.snapshot import Table
from dbadvisor.sqltext.parse import children
from dbadvisor.sqltext.scopes import Computed, Instance, Output, Ref, Scope, Source
from dbadvisor.sqltext.shape import Op


@dataclass(frozen=True, slots=True)
class Parameter:
    """One `$n` and what the statement does with it."""

    number: int
    role: str
    """predicate, in, element (of an array column), key (of a JSON value), having, like, part and wildcard (of a LIKE
    pattern put together from parameters), word and configuration (of a text search), limit, offset, assign (also a
    stand-in for NULL), insert, field (of date_trunc or extract), truth (alone a
    condition), constant (compared with another one), output (where no value changes the plan), other."""
    table: Name | None = None
    column: str | None = None
    op: Op | None = None
    cast: str | None = None
    """The type of an explicit cast, as SQL text."""
    operator: str | None = None
    """`=`, `>=`, `between` … as seen from the column."""
    expression: str | None = None
    """Where not the bare column but an expression of it is compared: its text."""


@dataclass(eq=False, slots=True)
class SubLevel:
    """A subquery that was read: what it returns, and which columns from outside it uses."""

    outputs: dict[str, Output]
    level: int
    outer: list[Ref] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ReadAs:
    """Where a SELECT stands: whether it can become a join (semi), and whether only its rows' existence matters."""

    semi: bool = False
    exists: bool = False


QueryReader = Callable[["Analysis", Any, Scope, ReadAs], SubLevel]


@dataclass(eq=False, slots=True)
class Analysis:
    """The state of one reading. Levels are numbered in the order in which they are met, from 0."""

    catalog: Catalog
    statement: ast.Node
    read_query: QueryReader
    """Reads a subquery as a level of its own. Handed in, as expressions and queries contain each other."""
    instances: list[Instance] = field(default_factory=list)
    functions: dict[str, None] = field(default_factory=dict)
    parameters: dict[int, Parameter] = field(default_factory=dict)
    or_across_tables: bool = False
    sublevels: dict[int, tuple[ast.SubLink, SubLevel]] = field(default_factory=dict)
    """By the node's id; the node is kept so that no other takes its id."""
    levels: int = 0
    outer: dict[int, list[Ref]] = field(default_factory=dict)
    views: tuple[Name, ...] = ()
    """Views being read into, outermost first."""

    def new_level(self) -> int:
        """The next level's number."""
        self.levels += 1
        return self.levels - 1

    def add(self, table: Table | None, alias: str, level: int, action: str = "read") -> Instance:
        """A new instance; an alias that is taken gets a number, as EXPLAIN does."""
        taken = {instance.alias for instance in self.instances}
        unique, number = alias, 0
        while unique in taken:
            number += 1
            unique = f"{alias}_{number}"
        instance = Instance(unique, level, table, action)
        self.instances.append(instance)
        return instance

    def at(self, level: int) -> list[Instance]:
        """The level's instances of tables."""
        return [instance for instance in self.instances if instance.level == level and instance.table]

    def note(self, output: Output | None, level: int) -> None:
        """Remembers that a column is read by an expression of the level."""
        if isinstance(output, Computed):
            visit(self, output.node, output.scope)
        elif output is not None:
            table = output.instance.table
            if table is None or table.column(output.column):
                output.instance.columns[output.column] = None
            if output.instance.level != level:
                self.outer.setdefault(level, []).append(output)

    def subquery(self, link: ast.SubLink, scope: Scope, how: ReadAs | None = None) -> SubLevel:
        """The subquery of an expression, read once however often it is met."""
        if id(link) not in self.sublevels:
            how = how or ReadAs(exists=link.subLinkType == 0)
            found = self.read_query(self, link.subselect, scope, how)
            self.sublevels[id(link)] = (link, found)
            self.outer.setdefault(scope.level, []).extend(r for r in found.outer if r.instance.level != scope.level)
        return self.sublevels[id(link)][1]


def base_source(instance: Instance, names: tuple[str, ...] = ()) -> Source:
    """A table's columns, the first ones renamed where the alias lists names."""
    assert instance.table is not None
    columns = [column.name for column in instance.table.columns]
    seen = [*names, *columns[len(names) :]]
    return Source({new: Ref(instance, old) for new, old in zip(seen, columns, strict=False)})


def parts(node: Any) -> Iterator[ast.Node]:
    """The node and everything below it, without what stands inside subqueries."""
    todo = [node]
    while todo:
        current = todo.pop()
        yield current
        if isinstance(current, ast.SubLink):
            todo.extend([current.testexpr] if current.testexpr else [])
        else:
            todo.extend(reversed(children(current)))


def visit(analysis: Analysis, node: Any, scope: Scope) -> None:
    """Notes the columns, functions and subqueries of an expression (or of a tuple of them)."""
    if node is None:
        return
    for part in parts(node):
        if isinstance(part, ast.ColumnRef):
            _visit_column(analysis, part, scope)
        elif isinstance(part, ast.FuncCall):
            analysis.functions[str(part.funcname[-1].sval)] = None
        elif isinstance(part, ast.SubLink):
            analysis.subquery(part, scope)


def _visit_column(analysis: Analysis, node: ast.ColumnRef, scope: Scope) -> None:
    for output in _meant(node, scope):
        analysis.note(output, scope.level)


def _meant(node: ast.ColumnRef, scope: Scope) -> list[Output]:
    """The one column, or all that a star stands for."""
    stars = scope.starred(node)
    if stars is not None:
        return stars
    found = scope.resolve(node)
    return [found] if found else []


def refs(analysis: Analysis, node: Any, scope: Scope) -> list[Ref]:
    """The columns that an expression hangs on, through computed outputs and correlated subqueries."""
    found: list[Ref] = []
    for part in parts(node):
        if isinstance(part, ast.ColumnRef):
            for output in _meant(part, scope):
                found += refs(analysis, output.node, output.scope) if isinstance(output, Computed) else []
                found += [output] if isinstance(output, Ref) else []
        elif isinstance(part, ast.SubLink):
            found += analysis.subquery(part, scope).outer
    return found


def resolved(node: Any, scope: Scope) -> tuple[Any, Scope]:
    """The node, or what a computed output stands for, with the scope in which to read it."""
    while isinstance(node, ast.ColumnRef) and isinstance(output := scope.resolve(node), Computed):
        node, scope = output.node, output.scope
    return node, scope
