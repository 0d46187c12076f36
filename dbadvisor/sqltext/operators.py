"""What an operator asks of its left side, in the classes that index types care about."""

import re
from typing import Any

from pglast import ast, enums

from dbadvisor.sqltext.shape import Op

Kind = enums.A_Expr_Kind

RANGES = frozenset({"<", "<=", ">", ">="})
JOINABLE = RANGES | {"="}

_COMMUTED = {
    "=": "=",
    "<>": "<>",
    "<": ">",
    "<=": ">=",
    ">": "<",
    ">=": "<=",
    "@>": "<@",
    "<@": "@>",
    "&&": "&&",
    "@@": "@@",
}
_BY_NAME = {
    "=": Op.EQ,
    "<>": Op.NOT_EQ,
    "<": Op.RANGE,
    "<=": Op.RANGE,
    ">": Op.RANGE,
    ">=": Op.RANGE,
    "@>": Op.CONTAINS,
    "<@": Op.CONTAINS,
    "?": Op.CONTAINS,
    "?|": Op.CONTAINS,
    "?&": Op.CONTAINS,
    "@?": Op.CONTAINS,
    "&&": Op.OVERLAPS,
    "@@": Op.TEXT_SEARCH,
    "^@": Op.LIKE_PREFIX,
    "~~*": Op.LIKE_ANYWHERE,
    "~": Op.LIKE_ANYWHERE,
    "~*": Op.LIKE_ANYWHERE,
}
_BY_KIND = {
    Kind.AEXPR_IN: {"=": Op.IN, "<>": Op.NOT_EQ},
    Kind.AEXPR_OP_ANY: {"=": Op.IN},
    Kind.AEXPR_OP_ALL: {"<>": Op.NOT_EQ},
    Kind.AEXPR_BETWEEN: {"BETWEEN": Op.RANGE},
    Kind.AEXPR_ILIKE: {"~~*": Op.LIKE_ANYWHERE},
    Kind.AEXPR_SIMILAR: {"~": Op.LIKE_ANYWHERE},
}
_WORDS = {
    (Kind.AEXPR_IN, "="): "in",
    (Kind.AEXPR_IN, "<>"): "not in",
    (Kind.AEXPR_OP_ANY, "="): "= any",
    (Kind.AEXPR_OP_ALL, "<>"): "<> all",
}

_AGGREGATES = frozenset(
    """
    count sum avg min max array_agg string_agg bool_and bool_or every bit_and bit_or json_agg jsonb_agg json_object_agg
    jsonb_object_agg stddev stddev_pop stddev_samp variance var_pop var_samp corr mode percentile_cont percentile_disc
    any_value xmlagg regr_slope
    """.split()
)
_SET_RETURNING = frozenset(
    "unnest generate_series generate_subscripts jsonb_array_elements json_array_elements jsonb_each json_each "
    "jsonb_array_elements_text regexp_split_to_table string_to_table jsonb_object_keys".split()
)

STRICT = frozenset(Op) - {Op.IS_NULL, Op.OTHER}
"""Conditions that no NULL satisfies: they restrict an instance even where an outer join may fill it with NULLs."""


def name_of(node: ast.A_Expr) -> str:
    """The operator's own name without schema, `!=` as `<>`."""
    name = str(node.name[-1].sval)
    return "<>" if name == "!=" else name


def written(node: ast.A_Expr) -> str:
    """The operator as people name it: `=`, `~~*`, `in`, `between` …"""
    name = name_of(node)
    return _WORDS.get((node.kind, name), name.lower())


def commuted(operator: str) -> str | None:
    """The operator with its sides exchanged, where there is one."""
    return _COMMUTED.get(operator)


def classify(node: ast.A_Expr, operator: str, value: Any, left_type: str) -> Op:
    """The class of a comparison whose right side is `value`; `left_type` is the column's base type or ''."""
    if node.kind == Kind.AEXPR_LIKE:
        return like(value) if operator == "~~" else Op.OTHER
    if node.kind != Kind.AEXPR_OP:
        return _BY_KIND.get(node.kind, {}).get(name_of(node), Op.OTHER)
    if operator == "~~":
        return like(value)
    if operator == "@@" and left_type == "jsonb":
        return Op.CONTAINS
    if operator == "~" and _anchored(value):
        return Op.LIKE_PREFIX
    return _BY_NAME.get(operator, Op.OTHER)


def like(pattern: ast.Node) -> Op:
    """By how the pattern begins, as far as the text tells."""
    first = _first(pattern)
    if first is None:
        return Op.LIKE_PARAMETER
    return Op.LIKE_ANYWHERE if first == "" or first[0] in "%_" else Op.LIKE_PREFIX


def _anchored(pattern: ast.Node) -> bool:
    """A regular expression that starts with `^` and a literal character, without alternatives."""
    text = _first(pattern)
    return text is not None and re.match(r"\^[\w ]", text) is not None and "|" not in text


def _first(node: ast.Node) -> str | None:
    """The constant that a concatenation begins with; None when it begins with something unknown."""
    if isinstance(node, ast.TypeCast):
        return _first(node.arg)
    if isinstance(node, ast.A_Const):
        return str(node.val.sval) if isinstance(node.val, ast.String) else None
    if isinstance(node, ast.A_Expr) and node.kind == Kind.AEXPR_OP and name_of(node) == "||":
        return _first(node.lexpr)
    if isinstance(node, ast.FuncCall) and node.funcname[-1].sval in ("concat", "like_escape") and node.args:
        return _first(node.args[0])
    return None


def uncast(node: Any) -> Any:
    """The node inside its casts."""
    while isinstance(node, ast.TypeCast):
        node = node.arg
    return node


def parameter_of(node: Any) -> int | None:
    """n where the value is `$n`, perhaps cast or the only member of a list."""
    if isinstance(node, tuple) and len(node) == 1:
        node = node[0]
    node = uncast(node)
    return int(node.number) if isinstance(node, ast.ParamRef) else None


def is_constant(node: Any) -> bool:
    """Whether the value is a literal of the text (or a list of them), perhaps cast."""
    if isinstance(node, tuple):
        return bool(node) and all(is_constant(item) for item in node)
    node = uncast(node)
    if isinstance(node, ast.A_ArrayExpr):
        return is_constant(node.elements or ())
    return isinstance(node, ast.A_Const)


def boolean(node: Any) -> bool | None:
    """True or False where the value is that literal."""
    return bool(node.val.boolval) if isinstance(node, ast.A_Const) and isinstance(node.val, ast.Boolean) else None


def keeps_apart(node: ast.Node) -> bool:
    """Whether it is an aggregate, a window function or one that returns several rows."""
    if not isinstance(node, ast.FuncCall):
        return False
    special = node.over or node.agg_star or node.agg_filter or node.agg_order or node.agg_within_group
    return bool(special) or node.funcname[-1].sval in _AGGREGATES | _SET_RETURNING
