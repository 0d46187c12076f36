"""Where a statement holds constants, what each is compared with, and new ones put in their places."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from pglast import ast, parser
from pglast.error import Error as PglastError

from dbadvisor.model.catalog import Catalog
from dbadvisor.sqltext.analysis import Parameter
from dbadvisor.sqltext.fingerprint import SQUASHED
from dbadvisor.sqltext.parameters import bind, positions, replaced
from dbadvisor.sqltext.parse import Unparsable, parse_one, print_node, walk
from dbadvisor.sqltext.printing import canonical_expression
from dbadvisor.sqltext.queries import analyse

_STRINGS = frozenset({"SCONST", "USCONST", "BCONST", "XCONST"})
_NUMBERS = frozenset({"ICONST", "FCONST"})
_COMMENTS = frozenset({"SQL_COMMENT", "C_COMMENT"})
_FOLDING = frozenset({"lower", "upper", "unaccent", "btrim"})
_KEPT_WHOLE = frozenset({"TypeName", "DefElem"})


@dataclass(frozen=True, slots=True)
class Constant:
    """A string or number of a statement's text."""

    start: int
    end: int
    value: str
    """What it means: a string without its quotes, a number as written."""
    quoted: bool
    use: Parameter
    """What it is compared with or used for; role `unplaced` where the grammar takes only a literal. Its expression
    is in canonical form."""
    function: str | None = None
    """The function of which it is an argument."""


def constants(text: str, catalog: Catalog) -> tuple[Constant, ...]:
    """Every string and number of one statement in the order of the text, save lengths and scales of types.

    Raises Unparsable.
    """
    statement = parse_one(text)
    found = _placed(text, statement)
    functions = _functions(statement, found)
    try:
        known = _uses(text, statement, found, catalog)
    except RecursionError as error:
        raise Unparsable("nested too deeply") from error
    described = [replace(each, function=functions.get(each.start)) for each in _described(text, found, known)]
    literals = {each.use.number: text[each.start : each.end] for each in described}
    return tuple(replace(each, use=_spelled(each.use, literals)) for each in described)


def rewritten(text: str, edits: list[tuple[int, int, str]]) -> str:
    """The text with new constants at their places, and without its comments; raises Unparsable."""
    new = [(start, end, _apart(text, start, value)) for start, end, value in edits]
    comments = [(start, end, " ") for start, end, name in _tokens(text) if name in _COMMENTS]
    return replaced(text, new + [each for each in comments if text[each[0] : each[1]] != SQUASHED]).strip()


def tokens(text: str) -> list[tuple[int, int, str]]:
    """(start, end, kind) of the words of any text that reads like SQL, such as a function's body; raises Unparsable.

    The kinds are `string`, `number`, `comment` and `word`.
    """
    kinds = {**dict.fromkeys(_STRINGS, "string"), **dict.fromkeys(_NUMBERS, "number")}
    kinds |= dict.fromkeys(_COMMENTS, "comment")
    return [(start, end, kinds.get(name, "word")) for start, end, name in _tokens(text)]


def quoted_text(literal: str) -> str:
    """What a string constant of SQL means; raises Unparsable."""
    (target,) = parse_one(f"SELECT {literal}").stmt.targetList
    constant = target.val
    if not isinstance(constant, ast.A_Const) or not isinstance(constant.val, ast.String):
        raise Unparsable("no string constant")
    return str(constant.val.sval)


def keys(listed: str) -> list[tuple[str | None, str | None]]:
    """(column, canonical expression), one of them None, of each key as CREATE INDEX or PARTITION BY lists them.

    Raises Unparsable.
    """
    elements = parse_one(f"CREATE INDEX ON t ({listed})").stmt.indexParams
    return [
        (element.name, None) if element.name else (None, canonical_expression(print_node(element.expr)))
        for element in elements
    ]


def _apart(text: str, start: int, value: str) -> str:
    before = text[:start].rstrip()[-1:]
    return f"({value})" if value.startswith("-") and before and before in "-+*/<>=~!@#%^&|?" else value


def _tokens(text: str) -> list[tuple[int, int, str]]:
    try:
        return [(token.start, token.end + 1, token.name) for token in parser.scan(text)]
    except (PglastError, UnicodeError) as error:
        raise Unparsable(f"cannot be read: {error.args[0]}") from error


def _placed(text: str, statement: ast.RawStmt) -> dict[int, int]:
    """The place in the text of every constant's node, by the node's id."""
    raw = json.loads(parser.parse_sql_json(text))["stmts"][0]["stmt"]
    encoded = text.encode()
    ascii_only = len(encoded) == len(text)
    found: dict[int, int] = {}
    for node, location in _together(statement.stmt, raw):
        found[id(node)] = location if ascii_only else len(encoded[:location].decode(errors="ignore"))
    return found


def _together(node: Any, raw: Any) -> Iterator[tuple[ast.A_Const, int]]:
    """The two forms of one tree side by side: only the second knows where constants stand."""
    todo = [(node, raw)]
    while todo:
        node, raw = todo.pop()
        if isinstance(node, tuple):
            items = raw["List"]["items"] if isinstance(raw, dict) else raw
            todo += zip(node, items, strict=False)
            continue
        if not isinstance(node, ast.Node) or not isinstance(raw, dict):
            continue
        inner = raw.get(type(node).__name__, raw)
        if isinstance(node, ast.A_Const):
            if inner.get("location", -1) >= 0:
                yield node, inner["location"]
            elif "location" not in inner:
                yield node, 0
            continue
        todo += [(getattr(node, slot), inner.get(slot)) for slot in node.__slots__ if inner.get(slot) is not None]


def _functions(statement: ast.RawStmt, found: dict[int, int]) -> dict[int, str]:
    """The function whose argument each place's constant is."""
    calls = (node for node in walk(statement.stmt) if isinstance(node, ast.FuncCall))
    return {
        found[id(constant)]: str(call.funcname[-1].sval)
        for call in calls
        for argument in call.args or ()
        if (constant := _constant(argument)) is not None and id(constant) in found
    }


def _spelled(use: Parameter, literals: dict[int, str]) -> Parameter:
    """The use with the constants back in its expression, in the spelling that indexes' expressions have."""
    if not use.expression:
        return use
    expression = bind(use.expression, literals) if "$" in use.expression else use.expression
    return replace(use, expression=canonical_expression(expression))


def _uses(text: str, statement: ast.RawStmt, found: dict[int, int], catalog: Catalog) -> dict[int, Parameter]:
    """What each place's constant is for: the statement is read with parameters instead of constants."""
    numbers: dict[int, list[int]] = {}
    first = 1 + max((number for _, _, number in positions(text)), default=0)

    def parameter(nodes: list[ast.A_Const]) -> ast.ParamRef:
        number = first + len(numbers)
        numbers[number] = [found[id(node)] for node in nodes]
        return ast.ParamRef(number=number)

    opened = _opened(statement.stmt, found, parameter)
    known = analyse(opened, catalog).parameters
    return {
        place: known.get(number, Parameter(number, "other")) for number, places in numbers.items() for place in places
    }


def _opened(node: Any, found: dict[int, int], parameter: Callable[[list[ast.A_Const]], ast.ParamRef]) -> Any:
    """The tree with a parameter for each constant, or for a call of which constants are all there is."""
    if isinstance(node, tuple):
        return tuple(_opened(item, found, parameter) for item in node)
    if not isinstance(node, ast.Node) or type(node).__name__ in _KEPT_WHOLE:
        return node
    if isinstance(node, ast.A_Const):
        return parameter([node]) if _is_value(node, found) else node
    if isinstance(node, ast.FuncCall) and (inside := _folded(node, found)):
        return parameter(inside)
    positional = "node" if isinstance(node, ast.SortBy) else None
    for slot in node.__slots__:
        value = getattr(node, slot)
        if slot == positional and isinstance(value, ast.A_Const):
            continue
        if slot == "groupClause" and value:
            new = tuple(v if isinstance(v, ast.A_Const) else _opened(v, found, parameter) for v in value)
        else:
            new = _opened(value, found, parameter)
        if new is not value and isinstance(value, ast.Node | tuple):
            setattr(node, slot, new)
    return node


def _is_value(node: ast.A_Const, found: dict[int, int]) -> bool:
    return id(node) in found and not node.isnull and not isinstance(node.val, ast.Boolean)


def _folded(node: ast.FuncCall, found: dict[int, int]) -> list[ast.A_Const]:
    """The constants of `lower('A')` or `int4range(3, 9)`: the call stands for a value of the column's type."""
    name = str(node.funcname[-1].sval)
    arguments = [_constant(argument) for argument in node.args or ()]
    if (name in _FOLDING and len(arguments) == 1) or (name.endswith("range") and len(arguments) >= 2):
        told = [argument for argument in arguments[:2] if argument is None or not argument.isnull]
        inside = [argument for argument in told if argument is not None and _is_value(argument, found)]
        return inside if len(inside) == len(told) else []
    return []


def _constant(node: Any) -> ast.A_Const | None:
    while isinstance(node, ast.TypeCast):
        node = node.arg
    return node if isinstance(node, ast.A_Const) else None


def _described(text: str, found: dict[int, int], known: dict[int, Parameter]) -> Iterator[Constant]:
    places, words = set(found.values()), _tokens(text)
    position = 0
    while position < len(words):
        start, end, name = words[position]
        position += 1
        negative = text[start:end] == "-" and start in known
        if negative:
            name, end, position = words[position][2], words[position][1], position + 1
        if name in _STRINGS:
            while position < len(words) and words[position][2] == "SCONST" and words[position][0] not in places:
                end, position = words[position][1], position + 1
            yield Constant(start, end, _meaning(text[start:end]), True, known.get(start, Parameter(0, "unplaced")))
        elif name in _NUMBERS and start in known:
            yield Constant(start, end, text[start:end].replace(" ", ""), False, known[start])


def _meaning(literal: str) -> str:
    try:
        return quoted_text(literal)
    except Unparsable:
        return literal
