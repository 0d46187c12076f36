"""Expressions as text: columns without their alias, and one spelling for what means the same."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from pglast import ast, enums, parser
from pglast.error import Error as PglastError
from pglast.stream import RawStream

from dbadvisor.model.names import quote, quote_literal
from dbadvisor.sqltext.parse import polish, print_node
from dbadvisor.sqltext.scopes import Computed, Scope, fields_of

TEXT_TYPES = frozenset({"text", "varchar", "bpchar"})


class Printer(RawStream):  # type: ignore[misc]  # pglast ships no types for its printers
    """Prints columns without alias, and a pulled-up subquery's outputs as what they are computed from."""

    def __init__(self, scope: Scope | None) -> None:
        super().__init__(remove_pg_catalog_from_functions=True)
        self._scope = scope
        self._inside = 0

    def print_node(self, node: Any, is_name: bool = False, is_symbol: bool = False) -> None:
        """One node; subqueries keep their aliases, which mean something there."""
        if isinstance(node, ast.ColumnRef) and not self._inside:
            self.write(column_text(node, self._scope))
            self.separator()
            return
        self._inside += isinstance(node, ast.SubLink)
        super().print_node(node, is_name, is_symbol)
        self._inside -= isinstance(node, ast.SubLink)


def column_text(node: ast.ColumnRef, scope: Scope | None) -> str:
    """A column without alias; where it is a subquery's computed output, what it is computed from."""
    output = scope.resolve(node) if scope else None
    if isinstance(output, Computed):
        return f"({expression_text(output.node, output.scope)})"
    if output is not None:
        return quote(output.column)
    last = fields_of(node)[-1]
    return quote(last.sval) if isinstance(last, ast.String) else "*"


def expression_text(node: ast.Node, scope: Scope | None) -> str:
    """An expression as one line of SQL with columns without alias."""
    if isinstance(node, ast.ParamRef):
        return f"${node.number}"
    if isinstance(node, ast.A_Const) and isinstance(node.val, ast.String):
        return quote_literal(node.val.sval)
    if isinstance(node, ast.ColumnRef):
        text = column_text(node, scope)
        return text[1:-1] if text.startswith("(") else text
    return polish(print_node(node, Printer(scope)), is_expression=True)


@lru_cache(maxsize=8192)
def canonical_expression(text: str) -> str:
    """One spelling for expressions and conditions that PostgreSQL takes for the same.

    Needless brackets, letter case, `pg_catalog.`, aliases, casts that PostgreSQL writes by itself (on constants, and
    to text on a column inside an expression), and the long forms of IN, BETWEEN and LIKE do not count. A text that
    cannot be read comes back as it is.

    >>> canonical_expression("lower((u.email)::text)"), canonical_expression("LOWER(email)")
    ('lower(email)', 'lower(email)')
    """
    try:
        target = parser.parse_sql(f"SELECT {text}")[0].stmt.targetList[0]
    except (PglastError, UnicodeError, AttributeError, TypeError, IndexError):
        return text
    return polish(print_node(_canonical(target.val), Printer(None)), is_expression=True)


def _canonical(root: ast.Node) -> ast.Node:
    holder = ast.ResTarget(val=root)
    _rebuild(holder, inner=False)
    return holder.val


def _rebuild(node: ast.Node, *, inner: bool) -> None:
    """Every child replaced by its canonical form, from the leaves up."""
    for slot in node.__slots__:
        value = getattr(node, slot)
        if isinstance(value, ast.Node):
            setattr(node, slot, _plain(value, inner=inner))
        elif isinstance(value, tuple):
            setattr(node, slot, tuple(_plain(v, inner=inner) if isinstance(v, ast.Node) else v for v in value))


def _plain(node: ast.Node, *, inner: bool) -> ast.Node:
    _rebuild(node, inner=True)
    if isinstance(node, ast.TypeCast) and _implicit(node, inner=inner):
        return node.arg
    if isinstance(node, ast.FuncCall):
        node.funcformat = enums.CoercionForm.COERCE_EXPLICIT_CALL
        if len(node.funcname) == 2 and node.funcname[0].sval == "pg_catalog" and node.funcname[1].sval != "extract":
            node.funcname = node.funcname[1:]
    if isinstance(node, ast.A_Expr):
        return _spelled_out(node)
    return node


def _implicit(cast: ast.TypeCast, *, inner: bool) -> bool:
    if isinstance(cast.arg, (ast.A_Const, ast.A_ArrayExpr)):
        return True
    return inner and isinstance(cast.arg, ast.ColumnRef) and type_name(cast.typeName) in TEXT_TYPES


def type_name(node: ast.TypeName) -> str:
    """The type's own name without schema and modifier: `int4`, `timestamptz`, `text`; arrays end in `[]`."""
    return str(node.names[-1].sval) + ("[]" if node.arrayBounds else "")


def type_text(node: ast.TypeName) -> str:
    """The type as SQL text with its modifier: `timestamp(3) with time zone`, `integer[]`."""
    return print_node(node)


def _spelled_out(node: ast.A_Expr) -> ast.Node:
    node.name = node.name[-1:]
    spelling = _SPELLINGS.get(node.kind)
    return spelling(node) if spelling else node


def _as_operator(node: ast.A_Expr) -> ast.Node:
    node.kind = enums.A_Expr_Kind.AEXPR_OP
    return node


def _as_array(node: ast.A_Expr) -> ast.Node:
    if len(node.rexpr) == 1:
        return ast.A_Expr(enums.A_Expr_Kind.AEXPR_OP, node.name, node.lexpr, node.rexpr[0])
    negated = node.name[0].sval == "<>"
    node.kind = enums.A_Expr_Kind.AEXPR_OP_ALL if negated else enums.A_Expr_Kind.AEXPR_OP_ANY
    node.rexpr = ast.A_ArrayExpr(elements=node.rexpr)
    return node


def _as_bounds(node: ast.A_Expr) -> ast.Node:
    bounds = zip((">=", "<="), node.rexpr, strict=True)
    kind = enums.A_Expr_Kind.AEXPR_OP
    return ast.BoolExpr(
        enums.BoolExprType.AND_EXPR,
        tuple(ast.A_Expr(kind, (ast.String(operator),), node.lexpr, bound) for operator, bound in bounds),
    )


_SPELLINGS: dict[Any, Callable[[ast.A_Expr], ast.Node]] = {
    enums.A_Expr_Kind.AEXPR_LIKE: _as_operator,
    enums.A_Expr_Kind.AEXPR_ILIKE: _as_operator,
    enums.A_Expr_Kind.AEXPR_IN: _as_array,
    enums.A_Expr_Kind.AEXPR_BETWEEN: _as_bounds,
}
