"""What each `$n` is compared with, assigned to or used for."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from pglast import ast

from dbadvisor.sqltext.analysis import Analysis, Parameter, parts, refs, resolved
from dbadvisor.sqltext.conditions import bare, column_type, conjuncts
from dbadvisor.sqltext.operators import Kind, classify, commuted, keeps_apart, name_of, uncast, written
from dbadvisor.sqltext.printing import expression_text, type_text
from dbadvisor.sqltext.scopes import Computed, Ref, Scope
from dbadvisor.sqltext.shape import Op

_LIKES = (Op.LIKE_PARAMETER, Op.LIKE_PREFIX, Op.LIKE_ANYWHERE)
_FOLDING = frozenset({"lower", "upper", "unaccent", "btrim"})
"""Functions that applications wrap around both sides of a comparison."""
_SEARCHES = ("to_tsquery", "plainto_tsquery", "phraseto_tsquery", "websearch_to_tsquery")
_JSON_PATHS = ("->", "->>", "#>", "#>>")
_FIELD_FIRST = frozenset({"date_trunc", "date_part", "extract"})


def bind_condition(analysis: Analysis, node: Any, scope: Scope) -> None:
    """Every parameter of a condition, by the comparison that it stands in."""
    for conjunct in conjuncts(node):
        _keep(analysis, conjunct, Parameter(0, "truth"))
    _bind_all(analysis, node, scope, "other")


def bind_output(analysis: Analysis, node: Any, scope: Scope) -> None:
    """Every parameter of an expression that is only returned: comparisons inside it still tell types."""
    _bind_all(analysis, node, scope, "output")


def bind_value(analysis: Analysis, node: Any, role: str, column: Ref | None = None) -> None:
    """A parameter that is a LIMIT, an OFFSET or the new value of a column."""
    _keep(analysis, node, _of(role, column))


def _bind_all(analysis: Analysis, node: Any, scope: Scope, role: str) -> None:
    if node is None:
        return
    for part in parts(node):
        binder = _BINDERS.get(type(part))
        if binder:
            binder(analysis, part, scope)
    for part in parts(node):
        if isinstance(part, ast.TypeCast):
            _keep(analysis, part, Parameter(0, role))
    for part in parts(node):
        _keep(analysis, part, Parameter(0, role))


def _of(role: str, column: Ref | None) -> Parameter:
    while column is not None and column.instance.table is None and isinstance(column.origin, Ref):
        column = column.origin
    if column is None or column.instance.table is None:
        return Parameter(0, role)
    return Parameter(0, role, column.instance.table.name, column.column)


def _keep(analysis: Analysis, node: Any, what: Parameter) -> None:
    """Notes the parameter, cast or not; the first thing known of it stays."""
    inner = uncast(node)
    if isinstance(inner, ast.ParamRef) and inner.number not in analysis.parameters:
        cast = type_text(node.typeName) if isinstance(node, ast.TypeCast) else None
        analysis.parameters[inner.number] = replace(what, number=inner.number, cast=cast)


def _comparison(analysis: Analysis, node: ast.A_Expr, scope: Scope) -> None:
    if isinstance(node.lexpr, ast.RowExpr):
        _rows(analysis, node, scope)
        return
    operator = name_of(node)
    _bind_side(analysis, node, (node.lexpr, operator, node.rexpr), scope)
    if node.kind in (Kind.AEXPR_OP_ANY, Kind.AEXPR_OP_ALL):
        found = refs(analysis, node.rexpr, scope)
        _keep(analysis, node.lexpr, _of("element", found[0] if found else None))
    elif node.kind in (Kind.AEXPR_OP, Kind.AEXPR_DISTINCT, Kind.AEXPR_NOT_DISTINCT):
        _bind_side(analysis, node, (node.rexpr, commuted(operator) or operator, node.lexpr), scope)


def _rows(analysis: Analysis, node: ast.A_Expr, scope: Scope) -> None:
    rows = node.rexpr if isinstance(node.rexpr, tuple) else (node.rexpr,)
    for row in rows:
        for one, other in zip(node.lexpr.args or (), getattr(row, "args", None) or (), strict=False):
            _comparison(analysis, ast.A_Expr(Kind.AEXPR_OP, node.name, one, other), scope)


def _bind_side(analysis: Analysis, node: ast.A_Expr, sides: tuple[Any, str, Any], scope: Scope) -> None:
    subject, operator, value = sides
    if subject is None or value is None:
        return
    if isinstance(subject, ast.ParamRef) and isinstance(value, ast.ParamRef):
        _keep(analysis, value, Parameter(0, "constant"))
    subject, inner = resolved(subject, scope)
    subject = bare(subject, inner)
    found = refs(analysis, subject, inner)
    counted = _counted(analysis, subject, found)
    if counted is not None:
        _keep(analysis, value, counted)
    if not found:
        return
    op = classify(node, operator, value, column_type(subject, inner))
    what = replace(_of(_role(node, op), found[0]), op=op, operator=written(node) if node.kind else operator)
    if not isinstance(subject, ast.ColumnRef):
        wrapped = replace(what, expression=expression_text(subject, inner))
    else:
        wrapped = what
    if op in _LIKES and _bind_pattern(analysis, value, what):
        return
    for item in _items(value):
        _keep(analysis, item, wrapped)
        if isinstance(item, ast.FuncCall) and item.funcname[-1].sval in _FOLDING and item.args:
            _keep(analysis, item.args[0], what)


def _counted(analysis: Analysis, subject: Any, found: list[Ref]) -> Parameter | None:
    """For a comparison with an aggregate, be it a closed subquery's output."""
    if any(keeps_apart(part) for part in parts(subject)):
        return _of("having", found[0] if found else None)
    origin = found[0].origin if found else None
    if isinstance(origin, Computed) and isinstance(subject, ast.ColumnRef):
        return _counted(analysis, origin.node, refs(analysis, origin.node, origin.scope))
    return None


def _role(node: ast.A_Expr, op: Op) -> str:
    if node.kind in (Kind.AEXPR_IN, Kind.AEXPR_OP_ANY, Kind.AEXPR_OP_ALL):
        return "in"
    if op in _LIKES:
        return "like"
    if op in (Op.CONTAINS, Op.OVERLAPS) and isinstance(uncast(node.rexpr), ast.A_ArrayExpr):
        return "element"
    if name_of(node) in _JSON_PATHS:
        return "key"
    arithmetic = op is Op.OTHER and node.kind == Kind.AEXPR_OP
    return "other" if arithmetic else "predicate"


def _items(value: Any) -> tuple[Any, ...]:
    if isinstance(value, tuple):
        return value
    inner = uncast(value)
    if isinstance(inner, ast.A_ArrayExpr):
        return tuple(inner.elements or ())
    return (value,)


def _bind_pattern(analysis: Analysis, value: ast.Node, what: Parameter) -> bool:
    """`$1 || $2 || $3`: the ends are wildcards; of two, the second."""
    pieces = _pieces(value)
    if len(pieces) < 2:
        return False
    for position, piece in enumerate(pieces):
        edge = position == len(pieces) - 1 or (position == 0 and len(pieces) > 2)
        constant_edges = not all(isinstance(uncast(p), ast.ParamRef) for p in pieces)
        _keep(analysis, piece, replace(what, role="wildcard" if edge and not constant_edges else "part"))
    return True


def _pieces(node: Any) -> list[Any]:
    if isinstance(node, ast.A_Expr) and node.kind == Kind.AEXPR_OP and name_of(node) == "||":
        return _pieces(node.lexpr) + _pieces(node.rexpr)
    if isinstance(node, ast.FuncCall) and node.funcname[-1].sval == "concat":
        return list(node.args or ())
    return [node]


def _call(analysis: Analysis, node: ast.FuncCall, scope: Scope) -> None:
    name, arguments = node.funcname[-1].sval, list(node.args or ())
    if name in _FIELD_FIRST and arguments:
        _keep(analysis, arguments[0], Parameter(0, "field"))
    elif name in _SEARCHES and arguments:
        _keep(analysis, arguments[-1], Parameter(0, "word"))
    if name in (*_SEARCHES, "to_tsvector") and len(arguments) == 2:
        _keep(analysis, arguments[0], Parameter(0, "configuration"))


def _coalesce(analysis: Analysis, node: ast.CoalesceExpr, scope: Scope) -> None:
    found = refs(analysis, node.args, scope)
    for item in node.args:
        if found:
            _keep(analysis, item, _of("assign", found[0]))


_BINDERS: dict[type, Callable[[Analysis, Any, Scope], None]] = {
    ast.A_Expr: _comparison,
    ast.FuncCall: _call,
    ast.CoalesceExpr: _coalesce,
}
