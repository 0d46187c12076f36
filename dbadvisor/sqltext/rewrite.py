"""Statements written another way. Each function returns None where it is not certain that it may."""

from collections.abc import Callable
from typing import Any

from pglast import ast, enums

from dbadvisor.sqltext.operators import Kind, keeps_apart, name_of
from dbadvisor.sqltext.parse import Unparsable, deparse, parse_one, walk
from dbadvisor.sqltext.printing import type_name
from dbadvisor.sqltext.scopes import fields_of

_TIMES = frozenset({"timestamp", "timestamptz", "timestamp without time zone", "timestamp with time zone"})
_STABLE = frozenset({"now", "date_trunc", "to_date", "make_date"})
_PLACE = "dbadvisor_last_"
"""Stands for `:last_` while the tree is printed."""


def cast_to_range(text: str, column: str, type_: str) -> str | None:
    """Comparisons of `column::date` with a date as comparisons of the bare column with midnights.

    For timestamp and timestamptz columns: `=` becomes a half-open day, `<`, `<=`, `>`, `>=` and BETWEEN their bounds.
    Exact for every value, NULL and infinity included, within one session's time zone. None where no such comparison
    stands in the text, or where the other side might not be a date.
    """
    statement = _read(text)
    if statement is None or type_ not in _TIMES:
        return None
    found = [node for node in walk(statement) if isinstance(node, ast.A_Expr) and _cast_column(node.lexpr) == column]
    written = [_day_range(node) for node in found]
    if not found or None in written or len({_qualifier(_column_in(node.lexpr)) for node in found}) > 1:
        return None
    by_id = {id(node): new for node, new in zip(found, written, strict=True)}
    return deparse(_exchanged(statement, lambda node: by_id.get(id(node))))


def _cast_column(node: Any) -> str | None:
    """The column that is cast to date there."""
    inner = _column_in(node)
    return str(getattr(fields_of(inner)[-1], "sval", "")) if inner else None


def _column_in(node: Any) -> Any:
    inner = None
    if isinstance(node, ast.TypeCast) and type_name(node.typeName) == "date":
        inner = node.arg
    elif isinstance(node, ast.FuncCall) and node.funcname[-1].sval == "date" and len(node.args or ()) == 1:
        inner = node.args[0]
    return inner if isinstance(inner, ast.ColumnRef) else None


def _qualifier(node: ast.ColumnRef) -> tuple[str, ...]:
    return tuple(getattr(field, "sval", "") for field in fields_of(node)[:-1])


def _day_range(node: ast.A_Expr) -> ast.Node | None:
    column = _column_in(node.lexpr)
    if node.kind == Kind.AEXPR_BETWEEN:
        low, high = node.rexpr
        return _both(column, low, high) if _is_day(low) and _is_day(high) else None
    if node.kind != Kind.AEXPR_OP or not _is_day(node.rexpr):
        return None
    day = node.rexpr
    match name_of(node):
        case "=":
            return _both(column, day, day)
        case ">=" | "<" as operator:
            return _compare(column, operator, _day(day))
        case "<=":
            return _compare(column, "<", _next(day))
        case ">":
            return _compare(column, ">=", _next(day))
    return None


def _both(column: ast.Node, low: ast.Node, high: ast.Node) -> ast.Node:
    bounds = (_compare(column, ">=", _day(low)), _compare(column, "<", _next(high)))
    return ast.BoolExpr(enums.BoolExprType.AND_EXPR, bounds)


def _compare(left: ast.Node, operator: str, right: ast.Node) -> ast.Node:
    return ast.A_Expr(Kind.AEXPR_OP, (ast.String(operator),), left, right)


def _is_day(node: Any) -> bool:
    """Whether it is a date for certain: beside a date, a bare literal or parameter is one."""
    if isinstance(node, ast.ParamRef) or (isinstance(node, ast.A_Const) and isinstance(node.val, ast.String)):
        return True
    if isinstance(node, ast.SQLValueFunction):
        return bool(node.op == enums.SQLValueFunctionOp.SVFOP_CURRENT_DATE)
    if isinstance(node, ast.A_Expr) and name_of(node) in "+-" and isinstance(node.rexpr, ast.A_Const):
        return (
            isinstance(node.rexpr.val, ast.Integer) and _is_day(node.lexpr) and not isinstance(node.lexpr, ast.A_Const)
        )
    if not isinstance(node, ast.TypeCast) or type_name(node.typeName) != "date":
        return False
    parts = walk(node.arg)
    calls = {part.funcname[-1].sval for part in parts if isinstance(part, ast.FuncCall)}
    return calls <= _STABLE and not any(isinstance(part, (ast.ColumnRef, ast.SubLink)) for part in parts)


def _day(node: ast.Node) -> ast.Node:
    if isinstance(node, (ast.ParamRef, ast.A_Const)):
        return ast.TypeCast(node, ast.TypeName((ast.String("date"),), typemod=-1))
    return node


def _next(node: ast.Node) -> ast.Node:
    return ast.A_Expr(Kind.AEXPR_OP, (ast.String("+"),), _day(node), ast.A_Const(isnull=False, val=ast.Integer(1)))


def keyset(text: str, columns: tuple[str, ...]) -> str | None:
    """OFFSET replaced by "behind the last row seen": `(a, b) > (:last_a, :last_b)`.

    `columns` are the keys of the whole ORDER BY, which together must be unique and never NULL: the caller knows.
    None where the keys' directions differ, or where the statement groups, removes duplicates or counts.
    """
    statement = _read(text)
    if not _plain_select(statement) or statement.limitOffset is None or statement.limitCount is None:
        return None
    keys = [item.node for item in statement.sortClause or ()]
    directions = {item.sortby_dir == enums.SortByDir.SORTBY_DESC for item in statement.sortClause or ()}
    if len(directions) != 1 or not columns or tuple(map(_name, keys)) != columns:
        return None
    last = [ast.ColumnRef((ast.String(_PLACE + column),)) for column in columns]
    condition = _compare(_row(keys), "<" if directions.pop() else ">", _row(last))
    statement.whereClause = _and(statement.whereClause, condition)
    statement.limitOffset = None
    return deparse(statement).replace(_PLACE, ":last_")


def _row(items: list[Any]) -> ast.Node:
    return items[0] if len(items) == 1 else ast.RowExpr(tuple(items), enums.CoercionForm.COERCE_IMPLICIT_CAST)


def _and(*conditions: Any) -> Any:
    flat: list[Any] = []
    for condition in conditions:
        is_and = isinstance(condition, ast.BoolExpr) and condition.boolop == enums.BoolExprType.AND_EXPR
        flat += list(condition.args) if is_and else [condition] if condition is not None else []
    if len(flat) < 2:
        return flat[0] if flat else None
    return ast.BoolExpr(enums.BoolExprType.AND_EXPR, tuple(flat))


def or_to_union(text: str, key: tuple[str, ...]) -> str | None:
    """`a AND (p OR q)` over one table as the UNION of `a AND p` and `a AND q`.

    `key` is the table's primary key; it must be among the selected columns, so that no two rows of the result are
    equal and UNION removes only what both arms found. Arms without a subquery stay together. None where the
    statement groups, limits or locks, reads several tables, or its OR has no arm of its own with a subquery.
    """
    statement = _read(text)
    if not _plain_select(statement) or statement.limitCount or statement.limitOffset or statement.lockingClause:
        return None
    if statement.sortClause or len(statement.fromClause) != 1 or not isinstance(statement.fromClause[0], ast.RangeVar):
        return None
    selected = {_name(target.val) for target in statement.targetList}
    conditions = _and_args(statement.whereClause)
    arms = next((_arms(condition) for condition in conditions if _arms(condition)), [])
    if not arms or not key or not ({*key} <= selected or "*" in selected):
        return None
    return " UNION ".join(_arm_text(text, arm) for arm in range(len(arms)))


def _arm_text(text: str, number: int) -> str:
    """The statement with one arm in place of its OR; read anew, as the arms share nothing."""
    statement: Any = parse_one(text).stmt
    conditions = _and_args(statement.whereClause)
    split = next(condition for condition in conditions if _arms(condition))
    arm = _arms(split)[number]
    statement.whereClause = _and(*(arm if condition is split else condition for condition in conditions))
    return deparse(statement)


def _and_args(node: Any) -> list[Any]:
    if isinstance(node, ast.BoolExpr) and node.boolop == enums.BoolExprType.AND_EXPR:
        return list(node.args)
    return [node] if node is not None else []


def _arms(node: Any) -> list[Any]:
    """The arms of an OR that has plain conditions and EXISTS or IN (SELECT …): the plain ones together first."""
    if not isinstance(node, ast.BoolExpr) or node.boolop != enums.BoolExprType.OR_EXPR:
        return []
    linked = [arg for arg in node.args if isinstance(arg, ast.SubLink)]
    plain = [arg for arg in node.args if not any(isinstance(part, ast.SubLink) for part in walk(arg))]
    if not linked or not plain or len(linked) + len(plain) != len(node.args):
        return []
    first = plain[0] if len(plain) == 1 else ast.BoolExpr(enums.BoolExprType.OR_EXPR, tuple(plain))
    return [first, *linked]


def order_nulls(text: str, column: str, nulls_first: bool) -> str | None:
    """NULLS FIRST or NULLS LAST said of one key of the outermost ORDER BY; None where it is not a bare key there."""
    statement = _read(text)
    for item in getattr(statement, "sortClause", None) or ():
        if _name(item.node) == column:
            kinds = enums.SortByNulls
            item.sortby_nulls = kinds.SORTBY_NULLS_FIRST if nulls_first else kinds.SORTBY_NULLS_LAST
            return deparse(statement)
    return None


def order_by_prefix(text: str, column: str, descending: bool) -> str | None:
    """Another column of the same table put before the first key of the outermost ORDER BY.

    This asks for another order: the caller must know that both agree, or that the application may change.
    """
    statement = _read(text)
    items = getattr(statement, "sortClause", None) or ()
    if not _plain_select(statement) or not items or not isinstance(items[0].node, ast.ColumnRef):
        return None
    field = ast.ColumnRef((*fields_of(items[0].node)[:-1], ast.String(column)))
    direction = enums.SortByDir.SORTBY_DESC if descending else enums.SortByDir.SORTBY_DEFAULT
    first = ast.SortBy(node=field, sortby_dir=direction, sortby_nulls=enums.SortByNulls.SORTBY_NULLS_DEFAULT)
    statement.sortClause = (first, *items)
    return deparse(statement)


def _read(text: str) -> Any:
    try:
        return parse_one(text).stmt
    except Unparsable:
        return None


def _plain_select(statement: Any) -> bool:
    """A SELECT whose rows are rows of its FROM, each of them once."""
    if not isinstance(statement, ast.SelectStmt) or statement.op != enums.SetOperation.SETOP_NONE:
        return False
    closing = ("groupClause", "havingClause", "distinctClause", "windowClause", "valuesLists", "withClause")
    if any(getattr(statement, clause) for clause in closing) or not statement.fromClause:
        return False
    return not any(keeps_apart(node) for node in walk(statement.targetList or ()))


def _name(node: Any) -> str:
    """A bare column's name, `*` for a star, else nothing."""
    if not isinstance(node, ast.ColumnRef):
        return ""
    return str(getattr(fields_of(node)[-1], "sval", "*"))


def _exchanged(node: Any, new: Callable[[Any], Any]) -> Any:
    """The tree with the nodes for which there is a new one exchanged, in place."""
    for slot in node.__slots__:
        value = getattr(node, slot)
        if isinstance(value, ast.Node):
            setattr(node, slot, new(value) or _exchanged(value, new))
        elif isinstance(value, tuple):
            setattr(node, slot, _exchanged_all(value, new))
    return node


def _exchanged_all(values: tuple[Any, ...], new: Callable[[Any], Any]) -> tuple[Any, ...]:
    def one(value: Any) -> Any:
        if isinstance(value, tuple):
            return _exchanged_all(value, new)
        return (new(value) or _exchanged(value, new)) if isinstance(value, ast.Node) else value

    return tuple(one(value) for value in values)
