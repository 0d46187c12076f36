"""Functions and aggregates without the constants in them."""

import re
from dataclasses import replace

from dbadvisor.model.objects import SchemaObject
from dbadvisor.redaction.texts import Texts
from dbadvisor.redaction.tokens import shape
from dbadvisor.sqltext.constants import tokens
from dbadvisor.sqltext.parse import Unparsable


def definition(texts: Texts, text: str, language: str) -> str:
    """CREATE FUNCTION with other constants, head and body apart. Raises Unparsable.

    Also for what only runs (PL/pgSQL) and holds constants: what they do to its results no map could know.
    """
    words = tokens(text)
    at = next((n for n, (start, end, _) in enumerate(words) if text[start:end].lower() == "as"), None)
    if at is None or at + 1 >= len(words) or words[at + 1][2] != "string":
        return texts.body(_without_settings(text))
    start, end, _ = words[at + 1]
    mark = re.match(r"\$\w*\$", text[start:end])
    if mark is None:
        raise Unparsable("a body in plain quotes")
    body = text[start + len(mark[0]) : end - len(mark[0])]
    if language != "sql":
        if any(kind != "word" for _, _, kind in tokens(body)):
            raise Unparsable("constants in a program")
    else:
        body = _sql_body(texts, body)
    return texts.body(_without_settings(text[:start])) + f" {mark[0]}{body}{mark[0]}"


def _sql_body(texts: Texts, body: str) -> str:
    try:
        return texts.statement(body)
    except Unparsable:
        return texts.body(body)


def aggregate(made: SchemaObject) -> SchemaObject:
    """CREATE AGGREGATE with another initial value."""
    return replace(made, sql=re.sub(r"INITCOND = (E?'(?:[^']|'')*')", _initial, made.sql))


def _without_settings(head: str) -> str:
    """CREATE FUNCTION with a harmless SET instead of each: that there is one keeps the planner from inlining."""
    return re.sub(r"(?m)^ SET .*$", " SET search_path TO 'public'", head)


def _initial(found: re.Match[str]) -> str:
    return "INITCOND = " + ("E" if found[1].startswith("E") else "") + shape(found[1].removeprefix("E"))
