"""Normalised texts made PREPARE-able.

Where pg_stat_statements puts `$n` for a literal, the server can no longer tell the parameter's type, or refuses the
text altogether: `interval $1` is no SQL. The repairs say the types that the literals had.
"""

import re
from collections.abc import Iterator
from typing import Any

from pglast import ast, enums, parser

from dbadvisor.sqltext.operators import Kind, name_of, uncast
from dbadvisor.sqltext.parameters import positions, replaced
from dbadvisor.sqltext.parse import deparse, parse_one, walk
from dbadvisor.sqltext.printing import type_name

Edit = tuple[int, int, str]

_FIELDS = frozenset({"YEAR_P", "MONTH_P", "DAY_P", "HOUR_P", "MINUTE_P", "SECOND_P", "TO"})
_UNTYPED = {
    **dict.fromkeys("concat concat_ws format json_build_object jsonb_build_object".split(), "text"),
    **dict.fromkeys("json_build_array jsonb_build_array json_object_agg jsonb_object_agg".split(), "text"),
    **dict.fromkeys("to_json to_jsonb array_agg json_agg jsonb_agg pg_typeof num_nulls num_nonnulls".split(), "text"),
    **dict.fromkeys("count sum avg".split(), "integer"),
}
"""Functions of any type at all, which tell a parameter nothing; and the type that its literal most often had."""
_MOMENTS = frozenset({"now", "clock_timestamp", "statement_timestamp", "transaction_timestamp"})
_SUMMING = frozenset({"sum", "avg"})


def repair(text: str) -> str:
    """The same statement in a form that PREPARE accepts, as far as that can be done; else the text as it is.

    `interval $1` becomes `$1::interval`, `extract($1 from x)` gets a field, `current_date - $1` and
    `generate_series($1, $2)` get types, expressions of GROUP BY are made equal again in the select list. Where a
    parameter goes, the higher ones move up. Raises Unparsable.
    """
    return _renumbered(typed(text))


def typed(text: str) -> str:
    """The repaired statement with its parameters' own numbers, perhaps with gaps; raises Unparsable."""
    statement = parse_one(text).stmt
    found: dict[tuple[int, int], str] = {}
    for start, end, new in _edits(text, statement):
        found.setdefault((start, end), new)
    return replaced(text, list(_disjoint(found)))


def _disjoint(found: dict[tuple[int, int], str]) -> Iterator[Edit]:
    position = 0
    for (start, end), new in sorted(found.items()):
        if start >= position:
            yield start, end, new
            position = end


def _edits(text: str, statement: ast.Node) -> Iterator[Edit]:
    nodes = walk(statement)
    for node in nodes:
        if isinstance(node, ast.SelectStmt) and node.groupClause:
            yield from _equal_groups(text, node)
    seen = [number for _, _, number in positions(text)]
    for node in nodes:
        if isinstance(node, ast.TypeCast):
            yield from _typed_literal(text, node)
        elif isinstance(node, ast.FuncCall):
            yield from _call(text, node)
        elif isinstance(node, ast.A_Expr):
            yield from _date_arithmetic(text, node)
        elif isinstance(node, ast.NullTest) and isinstance(node.arg, ast.ParamRef) and seen.count(node.arg.number) == 1:
            yield _cast(text, node.arg, "text")


def _cast(text: str, parameter: ast.ParamRef, kind: str) -> Edit:
    start, end = _span(text, parameter)
    return start, end, f"{text[start:end]}::{kind}"


def _span(text: str, parameter: ast.ParamRef) -> tuple[int, int]:
    digits = re.compile(r"\$\d+").match(text, parameter.location)
    assert digits is not None
    return digits.span()


def _typed_literal(text: str, node: ast.TypeCast) -> Iterator[Edit]:
    """`timestamp(3) $1`, `interval $1 day to second`: the type's name stands before."""
    place = node.typeName.location
    if not isinstance(node.arg, ast.ParamRef) or place is None or place > node.arg.location:
        return
    start, end = _span(text, node.arg)
    kind = text[place:start].strip()
    fields_end = end
    for token in parser.scan(text):
        if token.start >= end:
            if token.name not in _FIELDS or "interval" not in kind.lower():
                break
            fields_end = token.end + 1
    yield place, fields_end, f"{text[start:end]}::{kind}{text[end:fields_end]}"


def _call(text: str, node: ast.FuncCall) -> Iterator[Edit]:
    name, arguments = node.funcname[-1].sval, node.args or ()
    if name == "extract" and arguments and isinstance(arguments[0], ast.ParamRef):
        yield (*_span(text, arguments[0]), "year")
    if name == "generate_series":
        yield from _series(text, arguments)
    if name in _UNTYPED:
        for argument in arguments:
            if isinstance(argument, ast.ParamRef):
                yield _cast(text, argument, _UNTYPED[name])
    if name in _SUMMING:
        for parameter in _case_results(arguments):
            yield _cast(text, parameter, "integer")


def _series(text: str, arguments: tuple[Any, ...]) -> Iterator[Edit]:
    """Numbers, unless the step is an interval."""
    if not all(isinstance(uncast(argument), ast.ParamRef) for argument in arguments):
        return
    casts = [type_name(a.typeName) for a in arguments if isinstance(a, ast.TypeCast)]
    if casts and casts[-1] != "interval":
        return
    for argument in arguments:
        if isinstance(argument, ast.ParamRef):
            yield _cast(text, argument, "timestamptz" if casts else "integer")


def _case_results(arguments: tuple[Any, ...]) -> Iterator[ast.ParamRef]:
    case = arguments[0] if arguments else None
    if isinstance(case, ast.CaseExpr):
        results = [*(arm.result for arm in case.args), case.defresult]
        known = [r for r in results if r is not None and not isinstance(r, (ast.ParamRef, ast.A_Const))]
        yield from (r for r in results if isinstance(r, ast.ParamRef) and not known)


def _date_arithmetic(text: str, node: ast.A_Expr) -> Iterator[Edit]:
    if node.kind != Kind.AEXPR_OP or name_of(node) not in "+-" or not isinstance(node.rexpr, ast.ParamRef):
        return
    if _is_date(node.lexpr):
        yield _cast(text, node.rexpr, "integer")
    elif _is_moment(node.lexpr):
        yield _cast(text, node.rexpr, "interval")


def _is_date(node: Any) -> bool:
    if isinstance(node, ast.TypeCast):
        return type_name(node.typeName) == "date"
    return isinstance(node, ast.SQLValueFunction) and node.op == enums.SQLValueFunctionOp.SVFOP_CURRENT_DATE


def _is_moment(node: Any) -> bool:
    if isinstance(node, ast.FuncCall):
        return node.funcname[-1].sval in _MOMENTS
    kinds = enums.SQLValueFunctionOp
    moments = (kinds.SVFOP_CURRENT_TIMESTAMP, kinds.SVFOP_CURRENT_TIMESTAMP_N, kinds.SVFOP_LOCALTIMESTAMP)
    return isinstance(node, ast.SQLValueFunction) and node.op in moments


def _equal_groups(text: str, query: ast.SelectStmt) -> Iterator[Edit]:
    """An expression of the select list (HAVING, ORDER BY) that was one of GROUP BY's before its literals went."""
    groups = {_skeleton(key): _leaves(key) for key in query.groupClause if not isinstance(key, ast.A_Const)}
    groups = {skeleton: leaves for skeleton, leaves in groups.items() if leaves}
    for node in walk((query.targetList, query.havingClause, query.sortClause) if groups else ()):
        if isinstance(node, _COMPOUND) and (leaves := groups.get(_skeleton(node))):
            for mine, theirs in zip(_leaves(node), leaves, strict=True):
                if isinstance(mine, ast.ParamRef):
                    yield (*_span(text, mine), deparse(theirs))


_COMPOUND = (ast.FuncCall, ast.A_Expr, ast.CaseExpr, ast.CoalesceExpr, ast.TypeCast)


def _skeleton(node: ast.Node) -> str:
    return re.sub(r"\$\d+|'(?:[^']|'')*'|\b\d[\d.]*\b", "?", deparse(node))


def _leaves(node: ast.Node) -> list[Any]:
    return [part for part in walk(node) if isinstance(part, (ast.ParamRef, ast.A_Const))]


def _renumbered(text: str) -> str:
    """`$n` without gaps: PREPARE knows no type for a number that is not there."""
    found = positions(text)
    new = {number: rank for rank, number in enumerate(sorted({number for _, _, number in found}), 1)}
    return replaced(text, [(start, end, f"${new[number]}") for start, end, number in found])
