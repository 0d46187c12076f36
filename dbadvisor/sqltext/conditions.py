"""WHERE and ON taken apart: predicates on one instance, join keys between two."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from pglast import ast, enums

from dbadvisor.sqltext.analysis import Analysis, ReadAs, SubLevel, parts, refs, resolved
from dbadvisor.sqltext.operators import (
    JOINABLE,
    STRICT,
    Kind,
    boolean,
    classify,
    commuted,
    is_constant,
    name_of,
    parameter_of,
    written,
)
from dbadvisor.sqltext.printing import TEXT_TYPES, expression_text, type_name
from dbadvisor.sqltext.scopes import Instance, Output, Ref, Scope
from dbadvisor.sqltext.shape import JoinKey, Op, Predicate

_NULL_TESTS = {enums.NullTestType.IS_NULL: Op.IS_NULL, enums.NullTestType.IS_NOT_NULL: Op.IS_NOT_NULL}
_BOOLEAN_TESTS = {enums.BoolTestType.IS_TRUE: Op.TRUE, enums.BoolTestType.IS_FALSE: Op.FALSE}
_UNKNOWN = 0
_TEXT_LIKE = frozenset({"text", "character varying"})


@dataclass(frozen=True, slots=True)
class Place:
    """Where a condition stands."""

    scope: Scope
    restricts: Callable[[Instance], bool]
    """Whether a condition here keeps rows of the instance away (not so for the kept side of an outer join)."""
    filled: Callable[[Instance], bool]
    """Whether the instance is filled with NULLs by the join whose ON this is."""
    semi: bool = False
    """Whether this is the WHERE of an EXISTS or IN that can become a join, so that keys count both ways."""
    under_or: bool = False


@dataclass(frozen=True, slots=True)
class Comparison:
    """`<subject> <operator> <value>` with the scope in which the subject is to be read."""

    op: Op
    operator: str
    subject: Any
    value: Any
    text: str
    scope: Scope


def add_conditions(analysis: Analysis, node: ast.Node | None, place: Place) -> None:
    """Puts every conjunct where it belongs."""
    for conjunct in conjuncts(node):
        handler = _HANDLERS.get(type(conjunct), _other)
        handler(analysis, conjunct, place)


def conjuncts(node: ast.Node | None) -> list[Any]:
    """The conditions that AND joins, NOT moved inward past OR."""
    if node is None:
        return []
    if isinstance(node, ast.BoolExpr) and node.boolop == enums.BoolExprType.AND_EXPR:
        return [conjunct for arg in node.args for conjunct in conjuncts(arg)]
    inner = negated(node)
    if isinstance(inner, ast.BoolExpr) and inner.boolop == enums.BoolExprType.OR_EXPR:
        arms = (ast.BoolExpr(enums.BoolExprType.NOT_EXPR, (arg,)) for arg in inner.args)
        return [conjunct for arm in arms for conjunct in conjuncts(arm)]
    if isinstance(inner, ast.BoolExpr) and inner.boolop == enums.BoolExprType.NOT_EXPR:
        return conjuncts(inner.args[0])
    return [node]


def negated(node: ast.Node) -> Any:
    """What NOT stands before, or None."""
    if isinstance(node, ast.BoolExpr) and node.boolop == enums.BoolExprType.NOT_EXPR:
        return node.args[0]
    return None


def _boolean(analysis: Analysis, node: ast.BoolExpr, place: Place) -> None:
    if node.boolop == enums.BoolExprType.OR_EXPR:
        _disjunction(analysis, node, place)
        return
    inner, scope = resolved(node.args[0], place.scope)
    if isinstance(inner, ast.ColumnRef):
        text = f"NOT {expression_text(inner, scope)}"
        _place(analysis, Comparison(Op.FALSE, "false", inner, None, text, scope), place)
    elif isinstance(inner, ast.NullTest):
        flipped = ast.NullTest(inner.arg, enums.NullTestType(1 - inner.nulltesttype), inner.argisrow)
        _null_test(analysis, flipped, place)
    elif isinstance(inner, ast.SubLink):
        analysis.subquery(inner, scope)
    else:
        _other(analysis, node, place)


def _disjunction(analysis: Analysis, node: ast.BoolExpr, place: Place) -> None:
    arms = [_reach(analysis, arg, place.scope) for arg in node.args]
    touched = {instance for instances, _ in arms for instance in instances}
    linked = {link for instances, link in arms if instances or link}
    analysis.or_across_tables |= len(touched) > 1 or linked == {True, False}
    for arg in node.args:
        add_conditions(analysis, arg, replace(place, under_or=True))


def _reach(analysis: Analysis, arm: ast.Node, scope: Scope) -> tuple[frozenset[int], bool]:
    """Which of the level's instances an arm of an OR speaks of, and whether by EXISTS or IN (SELECT …)."""
    link = any(isinstance(part, ast.SubLink) and part.subLinkType in (0, 2) for part in parts(arm))
    found = {id(ref.instance) for ref in refs(analysis, arm, scope) if ref.instance.level == scope.level}
    return frozenset(found), link


def _sublink(analysis: Analysis, node: ast.SubLink, place: Place) -> None:
    kinds = enums.SubLinkType
    if node.subLinkType == kinds.EXISTS_SUBLINK:
        analysis.subquery(node, place.scope, ReadAs(semi=not place.under_or, exists=True))
    elif node.subLinkType == kinds.ANY_SUBLINK and (not node.operName or node.operName[-1].sval == "="):
        sub = analysis.subquery(node, place.scope, ReadAs(semi=not place.under_or))
        if not place.under_or:
            _semi_join(node, sub, place)
    else:
        analysis.subquery(node, place.scope)


def _semi_join(node: ast.SubLink, sub: SubLevel, place: Place) -> None:
    left = node.testexpr.args if isinstance(node.testexpr, ast.RowExpr) else (node.testexpr,)
    for item, output in zip(left, sub.outputs.values(), strict=False):
        outer = place.scope.resolve(item) if isinstance(item, ast.ColumnRef) else None
        if isinstance(outer, Ref) and isinstance(output, Ref):
            _pair(outer, output, place)


def _pair(one: Ref, other: Ref, place: Place) -> None:
    for ref, partner in ((one, other), (other, one)):
        key = JoinKey(ref.column, None, "=", partner.instance.alias, partner.column, place.filled(ref.instance))
        ref.instance.joins.append(key)


def join_columns(one: Output | None, other: Output | None, place: Place) -> None:
    """An equality that USING or NATURAL says."""
    if isinstance(one, Ref) and isinstance(other, Ref):
        _pair(one, other, place)


def _expression(analysis: Analysis, node: ast.A_Expr, place: Place) -> None:
    if isinstance(node.lexpr, ast.RowExpr):
        _rows(analysis, node, place)
        return
    left, right = _hung_on(analysis, node.lexpr, place), _hung_on(analysis, node.rexpr, place)
    operator = name_of(node)
    if _UNKNOWN in left | right:
        _other(analysis, node, place)
    elif left and not right:
        _compare(analysis, node, (node.lexpr, operator, node.rexpr), place)
    elif right and not left and node.kind == Kind.AEXPR_OP and (turned := commuted(operator)):
        _compare(analysis, node, (node.rexpr, turned, node.lexpr), place)
    elif left and right and not left & right and node.kind == Kind.AEXPR_OP and operator in JOINABLE:
        _join(analysis, node, place)
    else:
        _other(analysis, node, place)


def _hung_on(analysis: Analysis, node: Any, place: Place) -> frozenset[int]:
    """The instances that one side hangs on; _UNKNOWN among them for a name that nothing in sight has."""
    if node is None:
        return frozenset()
    found = {id(ref.instance) for ref in refs(analysis, node, place.scope)}
    names = (part for part in parts(node) if isinstance(part, ast.ColumnRef))
    if any(place.scope.resolve(name) is None and place.scope.starred(name) is None for name in names):
        found.add(_UNKNOWN)
    return frozenset(found)


def _compare(analysis: Analysis, node: ast.A_Expr, sides: tuple[Any, str, Any], place: Place) -> None:
    subject, scope = resolved(sides[0], place.scope)
    subject = bare(subject, scope)
    op = classify(node, sides[1], sides[2], column_type(subject, scope))
    operator = written(node) if node.kind != Kind.AEXPR_OP else sides[1]
    truth = boolean(sides[2])
    if op is Op.EQ and truth is not None:
        op = Op.TRUE if truth else Op.FALSE
    text = _text(node, operator, (subject, scope), (sides[2], place.scope))
    _place(analysis, Comparison(op, operator, subject, sides[2], text, scope), place)


def _text(node: ast.A_Expr, operator: str, subject: tuple[Any, Scope], value: tuple[Any, Scope]) -> str:
    if node.kind in (Kind.AEXPR_OP, Kind.AEXPR_LIKE, Kind.AEXPR_ILIKE) and not isinstance(subject[0], ast.A_Expr):
        word = {"~~": "LIKE", "~~*": "ILIKE", "!~~": "NOT LIKE", "!~~*": "NOT ILIKE"}.get(operator, operator)
        if not isinstance(value[0], (ast.A_Expr, ast.FuncCall)):
            return f"{expression_text(*subject)} {word} {value_text(*value)}"
    return expression_text(node, value[1])


def value_text(value: Any, scope: Scope, operator: str = "") -> str:
    """A value, list or pair of bounds as SQL text."""
    if not isinstance(value, tuple):
        return expression_text(value, scope)
    items = [expression_text(item, scope) for item in value]
    return " AND ".join(items) if operator == "between" else f"({', '.join(items)})"


def bare(node: Any, scope: Scope) -> Any:
    """The column inside a cast that costs nothing (varchar to text), else the node itself."""
    if isinstance(node, ast.TypeCast) and isinstance(node.arg, ast.ColumnRef) and not node.typeName.typmods:
        kind = column_type(node.arg, scope)
        if kind in _TEXT_LIKE and type_name(node.typeName) in TEXT_TYPES - {"bpchar"}:
            return node.arg
    return node


def column_type(node: Any, scope: Scope) -> str:
    """The base type of a bare column, '' where it is none or unknown."""
    output = scope.resolve(node) if isinstance(node, ast.ColumnRef) else None
    if not isinstance(output, Ref) or output.instance.table is None:
        return ""
    column = output.instance.table.column(output.column)
    return (column.base_type or column.type.partition("(")[0]) if column else ""


def _place(analysis: Analysis, comparison: Comparison, place: Place) -> None:
    """Gives the predicate to its instance where it restricts it."""
    found = refs(analysis, comparison.subject, comparison.scope)
    if len({id(ref.instance) for ref in found}) != 1:
        return
    ref = found[0]
    instance = ref.instance
    local = instance.level == comparison.scope.level or instance.level == place.scope.level
    if not local or not place.restricts(instance) or (_may_be_null(comparison) and instance.nullable):
        return
    is_column = isinstance(comparison.subject, ast.ColumnRef)
    if instance.table is None:
        origin = _descend(ref) if is_column else None
        if origin is None:
            return
        ref, instance, found = origin, origin.instance, [origin]
    instance.predicates.append(_predicate(comparison, ref if is_column else None, found, place))


def _may_be_null(comparison: Comparison) -> bool:
    wraps = (ast.CoalesceExpr, ast.CaseExpr, ast.NullTest, ast.BooleanTest)
    return comparison.op not in STRICT or any(isinstance(part, wraps) for part in parts(comparison.subject))


def _descend(ref: Ref | None) -> Ref | None:
    """The table's column that a condition on a closed subquery's output is moved down to."""
    while ref is not None and ref.instance.table is None:
        ref = ref.origin if ref.pushes and isinstance(ref.origin, Ref) else None
    return ref


def _predicate(comparison: Comparison, bare_ref: Ref | None, found: list[Ref], place: Place) -> Predicate:
    value = comparison.value
    return Predicate(
        op=comparison.op,
        operator=comparison.operator,
        column=bare_ref.column if bare_ref else None,
        expression=None if bare_ref else expression_text(comparison.subject, comparison.scope),
        columns=tuple(dict.fromkeys(ref.column for ref in found)),
        value=None if value is None else value_text(value, place.scope, comparison.operator),
        parameter=None if value is None else parameter_of(value),
        constant=value is not None and is_constant(value),
        under_or=place.under_or,
        text=comparison.text,
    )


def _join(analysis: Analysis, node: ast.A_Expr, place: Place) -> None:
    operator = name_of(node)
    sides = [resolved(side, place.scope) for side in (node.lexpr, node.rexpr)]
    for (mine, scope), (theirs, other_scope), word in (
        (sides[0], sides[1], operator),
        (sides[1], sides[0], commuted(operator) or operator),
    ):
        _join_side(analysis, (bare(mine, scope), scope), (bare(theirs, other_scope), other_scope), word, place)


def _join_side(
    analysis: Analysis, mine: tuple[Any, Scope], theirs: tuple[Any, Scope], operator: str, place: Place
) -> None:
    own, others = refs(analysis, *mine), refs(analysis, *theirs)
    instance = own[0].instance
    inside = instance.level == place.scope.level or place.semi
    if place.under_or or not inside or len({id(ref.instance) for ref in own}) > 1:
        return
    column = own[0].column if isinstance(mine[0], ast.ColumnRef) else None
    instance.joins.append(
        JoinKey(
            column=column,
            expression=None if column else expression_text(*mine),
            operator=operator,
            other=others[0].instance.alias,
            other_column=others[0].column if isinstance(theirs[0], ast.ColumnRef) else None,
            outer=place.filled(instance),
        )
    )


def _rows(analysis: Analysis, node: ast.A_Expr, place: Place) -> None:
    """(a, b) = (x, y) is two equalities; (a, b) > (x, y) bounds a; (a, b) IN (…) is an OR of equalities."""
    operator, left = name_of(node), node.lexpr.args or ()
    if node.kind == Kind.AEXPR_OP and operator == "=" and isinstance(node.rexpr, ast.RowExpr):
        for one, other in zip(left, node.rexpr.args or (), strict=False):
            _expression(analysis, ast.A_Expr(Kind.AEXPR_OP, node.name, one, other), place)
    elif node.kind == Kind.AEXPR_IN and operator == "=":
        rows = [row.args or () for row in node.rexpr if isinstance(row, ast.RowExpr)]
        for position, one in enumerate(left):
            values = tuple(row[position] for row in rows if len(row) > position)
            _expression(analysis, ast.A_Expr(Kind.AEXPR_IN, node.name, one, values), replace(place, under_or=True))
    elif (
        left
        and operator in JOINABLE
        and isinstance(node.rexpr, ast.RowExpr)
        and not _hung_on(analysis, node.rexpr, place)
    ):
        subject, scope = resolved(left[0], place.scope)
        text = expression_text(node, place.scope)
        _place(analysis, Comparison(Op.RANGE, operator, subject, node.rexpr, text, scope), place)


def _null_test(analysis: Analysis, node: ast.NullTest, place: Place) -> None:
    subject, scope = resolved(node.arg, place.scope)
    op = _NULL_TESTS[node.nulltesttype]
    text = f"{expression_text(subject, scope)} {op.value.upper()}"
    if isinstance(subject, ast.A_Expr):
        text = expression_text(node, place.scope)
    _place(analysis, Comparison(op, op.value, subject, None, text, scope), place)


def _boolean_test(analysis: Analysis, node: ast.BooleanTest, place: Place) -> None:
    op = _BOOLEAN_TESTS.get(node.booltesttype, Op.OTHER)
    subject, scope = resolved(node.arg, place.scope)
    text = expression_text(node, place.scope)
    _place(analysis, Comparison(op, op.value, subject, None, text, scope), place)


def _column(analysis: Analysis, node: ast.ColumnRef, place: Place) -> None:
    subject, scope = resolved(node, place.scope)
    if isinstance(subject, ast.ColumnRef):
        _place(analysis, Comparison(Op.TRUE, "true", subject, None, expression_text(subject, scope), scope), place)
    else:
        add_conditions(analysis, subject, replace(place, scope=scope))


def _other(analysis: Analysis, node: ast.Node, place: Place) -> None:
    text = expression_text(node, place.scope)
    _place(analysis, Comparison(Op.OTHER, "other", node, None, text, place.scope), place)


_HANDLERS: dict[type, Callable[[Analysis, Any, Place], None]] = {
    ast.BoolExpr: _boolean,
    ast.SubLink: _sublink,
    ast.A_Expr: _expression,
    ast.NullTest: _null_test,
    ast.BooleanTest: _boolean_test,
    ast.ColumnRef: _column,
}
