"""FROM read into a scope: tables, views, subqueries, CTEs, functions and joins."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from pglast import ast, enums

from dbadvisor.model.names import Name
from dbadvisor.sqltext.analysis import Analysis, ReadAs, base_source, visit
from dbadvisor.sqltext.bindings import bind_condition
from dbadvisor.sqltext.conditions import Place, add_conditions, join_columns
from dbadvisor.sqltext.operators import keeps_apart
from dbadvisor.sqltext.parse import Unparsable, parse_one, walk
from dbadvisor.sqltext.scopes import Computed, Cte, Instance, Output, Ref, Scope, Source, fields_of

MAX_VIEWS = 20
"""Views within views that are followed; PostgreSQL has no limit, people's schemas rarely pass five."""

_CLOSING = (
    "groupClause havingClause distinctClause sortClause limitCount limitOffset valuesLists lockingClause windowClause "
    "withClause"
).split()
"""Clauses that keep a subquery apart: is_simple_subquery() in PostgreSQL's prepjointree.c."""


@dataclass(eq=False, slots=True)
class From:
    """The reading of one FROM into a scope, and the conditions of its joins."""

    analysis: Analysis
    scope: Scope
    semi: bool = False
    waiting: list[tuple[ast.Node, Place]] = field(default_factory=list)
    """ON conditions: they are taken apart once all sources are known."""


@dataclass(frozen=True, slots=True)
class Arm:
    """One side of a join: its aliases, and the instances that its rows come from."""

    aliases: tuple[str, ...]
    instances: tuple[Instance, ...]


EVERYWHERE: Callable[[Instance], bool] = lambda _: True  # noqa: E731 - two constants of one type
NOWHERE: Callable[[Instance], bool] = lambda _: False  # noqa: E731


def read_from(found: From, items: tuple[ast.Node, ...] | None, where: ast.Node | None) -> None:
    """Reads every item, then the conditions of the joins and of WHERE."""
    for item in items or ():
        _read(found, item)
    if where is not None:
        found.waiting.append((where, Place(found.scope, EVERYWHERE, NOWHERE, found.semi)))
    for node, place in found.waiting:
        add_conditions(found.analysis, node, place)
        visit(found.analysis, node, place.scope)
        bind_condition(found.analysis, node, place.scope)


def _read(found: From, item: Any) -> Arm:
    before = len(found.analysis.instances)
    aliases = _READERS.get(type(item), _read_other)(found, item)
    fresh = found.analysis.instances[before:]
    return Arm(aliases, tuple(instance for instance in fresh if instance.level == found.scope.level))


def _read_table(found: From, item: ast.RangeVar) -> tuple[str, ...]:
    alias = item.alias.aliasname if item.alias else item.relname
    names = _column_names(item)
    cte = None if item.schemaname else found.scope.ctes.get(item.relname)
    if cte is not None:
        return _read_cte(found, cte, alias, names)
    name = found.analysis.catalog.resolve(item.schemaname, item.relname)
    if name in found.analysis.catalog.views and name is not None:
        return _read_view(found, name, alias, names)
    table = found.analysis.catalog.tables.get(name) if name else None
    instance = found.analysis.add(table, alias, found.scope.level)
    found.scope.sources[alias] = base_source(instance, names) if table else Source({}, instance)
    return (alias,)


def _read_view(found: From, name: Name, alias: str, names: tuple[str, ...]) -> tuple[str, ...]:
    analysis = found.analysis
    outer_views = analysis.views
    try:
        if name in outer_views or len(outer_views) >= MAX_VIEWS:
            raise Unparsable("views within views")
        query = parse_one(analysis.catalog.views[name].definition).stmt
        analysis.views = (*outer_views, name)
        _read_query(found, query, (alias, names), Scope(found.scope.level))
    except Unparsable:
        found.scope.sources[alias] = Source({}, analysis.add(None, alias, found.scope.level))
    finally:
        analysis.views = outer_views
    return (alias,)


def _read_cte(found: From, cte: Cte, alias: str, names: tuple[str, ...]) -> tuple[str, ...]:
    names = names or tuple(name.sval for name in cte.node.aliascolnames or ())
    if cte.inlined:
        _read_query(found, cte.node.ctequery, (alias, names), cte.scope)
    else:
        _close(found, (alias, names), cte.outputs or {}, None)
    return (alias,)


def _read_subquery(found: From, item: ast.RangeSubselect) -> tuple[str, ...]:
    alias = item.alias.aliasname if item.alias else "unnamed_subquery"
    around = found.scope if item.lateral else _outside(found.scope)
    _read_query(found, item.subquery, (alias, _column_names(item)), around)
    return (alias,)


def _outside(scope: Scope) -> Scope:
    """What a subquery in FROM sees unless it is LATERAL: the CTEs, and what stands around the whole query."""
    return Scope(scope.level, scope.parent, ctes=scope.ctes)


def _read_query(found: From, query: Any, named: tuple[str, tuple[str, ...]], around: Scope) -> None:
    """A subquery in FROM: flattened into this level where the planner does so, else closed."""
    alias, names = named
    if isinstance(query, ast.SelectStmt) and pulled_up(query):
        inner = around.below(found.scope.level)
        read_from(From(found.analysis, inner, found.semi), query.fromClause, query.whereClause)
        found.scope.sources[alias] = Source(_renamed(outputs_of(query, inner), names))
        return
    sub = found.analysis.read_query(found.analysis, query, around, ReadAs())
    _close(found, named, sub.outputs, query)
    outer = [ref for ref in sub.outer if ref.instance.level != found.scope.level]
    found.analysis.outer.setdefault(found.scope.level, []).extend(outer)


def _close(found: From, named: tuple[str, tuple[str, ...]], outputs: dict[str, Output], query: Any) -> None:
    """A source whose columns are known by name; conditions on some of them may reach where they came from."""
    alias, names = named
    instance = found.analysis.add(None, alias, found.scope.level)
    pushes = isinstance(query, ast.SelectStmt) and _pushes(query)
    columns: dict[str, Output] = {
        name: Ref(instance, name, output, pushes and _grouped(query, position))
        for position, (name, output) in enumerate(_renamed(outputs, names).items())
    }
    found.scope.sources[alias] = Source(columns, None if columns else instance)


def outputs_of(query: ast.SelectStmt, scope: Scope) -> dict[str, Output]:
    """What a SELECT returns, by name and in order; a name that comes twice gets a number."""
    found: dict[str, Output] = {}
    for target in query.targetList or ():
        if isinstance(target.val, ast.ColumnRef) and isinstance(target.val.fields[-1], ast.A_Star):
            found.update(scope.named(target.val))
            continue
        output = scope.resolve(target.val) if isinstance(target.val, ast.ColumnRef) else None
        name = target.name or _output_name(target.val)
        found[name if name not in found else f"{name}#{len(found)}"] = output or Computed(target.val, scope)
    return found


def _output_name(node: Any) -> str:
    if isinstance(node, ast.ColumnRef):
        return str(getattr(fields_of(node)[-1], "sval", "*"))
    if isinstance(node, ast.FuncCall):
        return str(node.funcname[-1].sval)
    return _output_name(node.arg) if isinstance(node, ast.TypeCast) else "?column?"


def _renamed(outputs: dict[str, Output], names: tuple[str, ...]) -> dict[str, Output]:
    return dict(zip([*names, *list(outputs)[len(names) :]], outputs.values(), strict=False))


def pulled_up(query: ast.SelectStmt) -> bool:
    """Whether the planner flattens the subquery into the query around it."""
    if query.op != enums.SetOperation.SETOP_NONE or not query.fromClause:
        return False
    if any(getattr(query, clause) for clause in _CLOSING):
        return False
    return not any(keeps_apart(node) for node in walk(query.targetList))


def _pushes(query: ast.SelectStmt) -> bool:
    """Whether conditions on grouped outputs reach the subquery's WHERE."""
    closed = query.limitCount or query.limitOffset or query.windowClause or query.op != enums.SetOperation.SETOP_NONE
    windows = any(isinstance(node, ast.FuncCall) and node.over for node in walk(query.targetList or ()))
    return not closed and not windows


def _grouped(query: Any, position: int) -> bool:
    """Whether the output at that position is one of the GROUP BY (or all are, by DISTINCT or a mere sort)."""
    if not query.groupClause:
        aggregates = any(keeps_apart(node) for node in walk(query.targetList or ()))
        return not aggregates and (not query.distinctClause or query.distinctClause == (None,))
    targets = query.targetList or ()
    target = targets[position] if position < len(targets) else None
    return target is not None and any(_same(key, position, target) for key in query.groupClause)


def _same(key: ast.Node, position: int, target: ast.ResTarget) -> bool:
    if isinstance(key, ast.A_Const):
        return isinstance(key.val, ast.Integer) and key.val.ival == position + 1
    if isinstance(key, ast.ColumnRef) and isinstance(target.val, ast.ColumnRef):
        return bool(key.fields[-1] == target.val.fields[-1])
    return False


def _read_join(found: From, item: ast.JoinExpr) -> tuple[str, ...]:
    left, right = _read(found, item.larg), _read(found, item.rarg)
    kept = _nullable_sides(item, left, right)
    nullable = {id(instance) for instance in kept}
    for instance in kept:
        instance.nullable = True
    outer = item.jointype != enums.JoinType.JOIN_INNER
    place = Place(
        scope=found.scope,
        restricts=_restricts(item.jointype, nullable),
        filled=lambda instance: id(instance) in nullable,
        semi=found.semi and not outer,
    )
    _share_columns(found, item, (left, right), place)
    if item.quals is not None:
        found.waiting.append((item.quals, place))
    if item.alias is not None:
        columns = {n: o for a in left.aliases + right.aliases for n, o in found.scope.sources[a].columns.items()}
        found.scope.sources[item.alias.aliasname] = Source(_renamed(columns, _column_names(item)))
        found.scope.hidden.add(item.alias.aliasname)
    return left.aliases + right.aliases


def _restricts(kind: int, nullable: set[int]) -> Callable[[Instance], bool]:
    if kind == enums.JoinType.JOIN_INNER:
        return EVERYWHERE
    return NOWHERE if kind == enums.JoinType.JOIN_FULL else lambda instance: id(instance) in nullable


def _nullable_sides(item: ast.JoinExpr, left: Arm, right: Arm) -> tuple[Instance, ...]:
    kinds = enums.JoinType
    sides = {kinds.JOIN_LEFT: right.instances, kinds.JOIN_RIGHT: left.instances}
    if item.jointype == kinds.JOIN_FULL:
        return left.instances + right.instances
    return sides.get(item.jointype, ())


def _share_columns(found: From, item: ast.JoinExpr, arms: tuple[Arm, Arm], place: Place) -> None:
    left, right = (_columns_of(found, arm) for arm in arms)
    names = [name.sval for name in item.usingClause or ()]
    if item.isNatural:
        names = [name for name in left if name in right]
    for name in names:
        one, other = left.get(name), right.get(name)
        join_columns(one, other, place)
        for output in (one, other):
            found.analysis.note(output, found.scope.level)
        kept = other if item.jointype == enums.JoinType.JOIN_RIGHT else one
        if kept or other:
            found.scope.merged[name] = kept or other  # type: ignore[assignment]  # one of them is there


def _columns_of(found: From, arm: Arm) -> dict[str, Output]:
    sources = [found.scope.sources[alias] for alias in arm.aliases]
    return {name: output for source in reversed(sources) for name, output in source.columns.items()}


def _read_sample(found: From, item: ast.RangeTableSample) -> tuple[str, ...]:
    visit(found.analysis, item.args, found.scope)
    return _read(found, item.relation).aliases


def _read_other(found: From, item: Any) -> tuple[str, ...]:
    """A function, JSON_TABLE or XMLTABLE: its arguments may use the sources before it."""
    alias = item.alias.aliasname if getattr(item, "alias", None) else _function_name(item)
    visit(found.analysis, item, found.scope)
    bind_condition(found.analysis, item, found.scope)
    found.scope.sources[alias] = Source({}, found.analysis.add(None, alias, found.scope.level))
    return (alias,)


def _function_name(item: ast.Node) -> str:
    calls = [node for node in walk(item) if isinstance(node, ast.FuncCall)]
    return str(calls[0].funcname[-1].sval) if calls else "function"


def _column_names(item: Any) -> tuple[str, ...]:
    return tuple(name.sval for name in (item.alias.colnames or ())) if item.alias else ()


_READERS: dict[type, Callable[[From, Any], tuple[str, ...]]] = {
    ast.RangeVar: _read_table,
    ast.RangeSubselect: _read_subquery,
    ast.JoinExpr: _read_join,
    ast.RangeTableSample: _read_sample,
}
