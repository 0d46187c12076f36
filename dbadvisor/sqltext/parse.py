"""One statement's text to PostgreSQL's own parse tree and back to text."""

import re
from typing import Any

from pglast import ast, parser
from pglast.error import Error as PglastError
from pglast.stream import RawStream

MAX_BYTES = 200_000
"""Longer texts (bulk inserts, generated lists) are not looked at: parsing one takes seconds and teaches nothing new."""

MAX_CHAIN = 4_000
"""Operators outside strings in one text. Each may be a level of the tree, and 20,000 levels overflow the C stack."""

_KINDS: dict[type, str] = {
    ast.SelectStmt: "SELECT",
    ast.InsertStmt: "INSERT",
    ast.UpdateStmt: "UPDATE",
    ast.DeleteStmt: "DELETE",
    ast.MergeStmt: "MERGE",
}
_CHAIN = re.compile(r"'(?:[^']|'')*'|(\b(?:union|except|intersect|not)\b|::|[-+*/|<>=~!@#%^&?])", re.IGNORECASE)


class Unparsable(Exception):
    """The text is not one statement that PostgreSQL's grammar accepts; the message says why, for people."""


def parse_one(text: str) -> ast.RawStmt:
    """The parse tree of a text that holds exactly one statement; raises Unparsable."""
    _refuse_monsters(text)
    try:
        statements = parser.parse_sql(text)
    except UnicodeError as error:
        raise Unparsable("it holds half a character") from error
    except PglastError as error:
        raise Unparsable(f"not a statement that PostgreSQL reads: {error.args[0]}") from error
    if len(statements) != 1:
        raise Unparsable(f"{len(statements)} statements instead of one" if statements else "no statement")
    return statements[0]


def _refuse_monsters(text: str) -> None:
    if len(text.encode(errors="replace")) > MAX_BYTES:
        raise Unparsable(f"longer than {MAX_BYTES // 1000} kB")
    if "\0" in text:
        raise Unparsable("it holds a NUL character")
    if len(text) > MAX_CHAIN and sum(1 for match in _CHAIN.finditer(text) if match.group(1)) > MAX_CHAIN:
        raise Unparsable(f"more than {MAX_CHAIN} operators")


def kind_of(statement: ast.Node | None) -> str:
    """SELECT, INSERT, UPDATE, DELETE, MERGE or UTILITY, by the statement's node.

    A SELECT INTO creates a table and so is a UTILITY; VALUES and TABLE are SELECTs.
    """
    if isinstance(statement, ast.SelectStmt) and statement.intoClause is not None:
        return "UTILITY"
    return _KINDS.get(type(statement), "UTILITY")


def statement_kind(text: str) -> str:
    """SELECT, INSERT, UPDATE, DELETE, MERGE or UTILITY; raises Unparsable."""
    return kind_of(parse_one(text).stmt)


def deparse(node: ast.Node) -> str:
    """A statement's or expression's node as one line of SQL."""
    return polish(print_node(node), is_expression=not _is_statement(node))


def print_node(node: ast.Node, stream: RawStream | None = None) -> str:
    """A node as text by a given printer, before it is polished."""
    return str((stream or RawStream(remove_pg_catalog_from_functions=True))(node))


def polish(text: str, *, is_expression: bool) -> str:
    """The text as PostgreSQL's people write it: `x::date` instead of CAST, no needless brackets."""
    prefix = "SELECT " if is_expression else ""
    return _reprinted(prefix + text).removeprefix(prefix)


def _reprinted(text: str) -> str:
    try:
        printed = str(parser.deparse_protobuf(parser.parse_sql_protobuf(text)))
        same = parser.fingerprint(printed) == parser.fingerprint(text)
    except PglastError:
        return text
    return printed if same else text


def children(node: Any) -> list[Any]:
    """The direct child nodes of a node or of a tuple of nodes, in the order of the grammar."""
    if isinstance(node, tuple):
        values: list[Any] = list(node)
    else:
        values = [getattr(node, slot) for slot in node.__slots__]
    found: list[Any] = []
    for value in values:
        if isinstance(value, ast.Node):
            found.append(value)
        elif isinstance(value, tuple):
            found.extend(children(value))
    return found


def walk(node: Any) -> list[Any]:
    """The node and all nodes below it, parents before children."""
    todo, found = [node], []
    while todo:
        current = todo.pop()
        if isinstance(current, ast.Node):
            found.append(current)
        todo.extend(reversed(children(current)))
    return found


def _is_statement(node: ast.Node) -> bool:
    return isinstance(node, ast.RawStmt) or type(node).__name__.endswith("Stmt")
