"""A statement's `$n`: what they are for, and values put in their place."""

from collections.abc import Mapping

from pglast import parser
from pglast.error import Error as PglastError

from dbadvisor.model.catalog import Catalog
from dbadvisor.sqltext.analysis import Parameter
from dbadvisor.sqltext.parse import Unparsable
from dbadvisor.sqltext.predicates import analysed

__all__ = ["Parameter", "bind", "parameters", "positions", "replaced", "substituted"]


def parameters(text: str, catalog: Catalog) -> tuple[Parameter, ...]:
    """Every `$n` of the statement in the order of n; raises Unparsable.

    One that stands in several places is told by the most telling: a comparison with a column first.
    """
    known = analysed(text, catalog)[1].parameters
    numbers = sorted({number for _, _, number in positions(text)})
    return tuple(known.get(number, Parameter(number, "other")) for number in numbers)


def positions(text: str) -> list[tuple[int, int, int]]:
    """(start, end, n) of every `$n` outside strings and comments; raises Unparsable where quotes stay open."""
    try:
        tokens = parser.scan(text)
    except PglastError as error:
        raise Unparsable(f"cannot be read: {error.args[0]}") from error
    found = [(token.start, token.end + 1) for token in tokens if token.name == "PARAM"]
    return [(start, end, int(text[start + 1 : end])) for start, end in found]


def bind(text: str, values: Mapping[int, str]) -> str:
    """The statement with SQL text (a quoted literal, a number, an expression) in place of each `$n` that has one.

    Nothing else changes; what looks like `$n` in strings, names and comments stays. Raises Unparsable.
    """
    edits = [(start, end, values[number]) for start, end, number in positions(text) if number in values]
    return replaced(text, [(start, end, _apart(text, start, value)) for start, end, value in edits])


def _apart(text: str, start: int, value: str) -> str:
    """A negative number behind an operator in brackets: `a-$1` must not become a comment."""
    before = text[:start].rstrip()
    return f"({value})" if value.startswith("-") and before and before[-1] in "-+*/<>=~!@#%^&|?" else value


def replaced(text: str, edits: list[tuple[int, int, str]]) -> str:
    """The text with each (start, end) cut out for its new text; the cuts must not overlap."""
    for start, end, new in sorted(edits, reverse=True):
        text = text[:start] + new + text[end:]
    return text


def substituted(expression: str, column: str, value: str) -> str:
    """The expression with a value in place of the (quoted) column: `lower(email)` of `'A'::text`."""
    tokens = parser.scan(expression)
    edits = [(t.start, t.end + 1, value) for t in tokens if expression[t.start : t.end + 1] == column]
    return replaced(expression, edits)
