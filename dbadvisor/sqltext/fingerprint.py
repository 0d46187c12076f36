"""Which texts are the same statement, and texts without anybody's values in them."""

import hashlib
import re
from collections.abc import Iterator

from pglast import parser
from pglast.error import Error as PglastError

from dbadvisor.sqltext.parse import Unparsable, statement_kind

SQUASHED = "/*, ... */"
"""PostgreSQL 18 leaves this comment where pg_stat_statements cut a list of constants down to its first."""

_LITERALS = frozenset({"SCONST", "USCONST", "BCONST", "XCONST"})
_NUMBERS = frozenset({"ICONST", "FCONST", "PARAM"})
_COMMENTS = frozenset({"SQL_COMMENT", "C_COMMENT"})
_VALUE = re.compile(r"(?<![\w)\]?] )- \?")
_INTEGER_CAST = re.compile(r"\? (::|as) (?:int2|int4|int8|int|integer|smallint|bigint)\b")
_LIST = re.compile(r"(\bin \(|\barray \[) (\?(?: :: \w+)?)(?: , \2)+(?= [)\]])")
_ROWS = re.compile(r"(\( [^()]* \))(?: , \1)+")


def fingerprint(text: str) -> str:
    """16 hexadecimal digits, the same for texts that differ only in what does not make them other statements.

    Those are literals, `$n` and their numbering, integer widths of their casts, the length of IN and VALUES
    lists, white space, comments, letter case of words and needless quotes. Never raises.
    """
    return hashlib.sha256(_skeleton(text).encode(errors="replace")).hexdigest()[:16]


def _skeleton(text: str) -> str:
    try:
        words = " ".join(_word(word, name) for word, name in _tokens(normalize(text))).rstrip(" ;")
    except (PglastError, UnicodeError, Unparsable):
        return " ".join(text.split())
    words = _VALUE.sub("?", words)
    words = _INTEGER_CAST.sub(r"? \1 int", words)
    words = _LIST.sub(r"\1 \2", words)
    return _ROWS.sub(r"\1", words)


def _word(word: str, name: str) -> str:
    if name == "PARAM" or name in _LITERALS:
        return "?"
    if word.startswith('"') and re.fullmatch(r'"[a-z_][a-z0-9_]*"', word):
        return word[1:-1]
    if word.startswith('"'):
        return word
    return "<>" if word == "!=" else word.lower()


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    """(text, token name) without comments."""
    for token in parser.scan(text):
        if token.name not in _COMMENTS:
            yield text[token.start : token.end + 1], token.name


def normalize(text: str) -> str:
    """The statement with `$n` for every literal, as pg_stat_statements prints it, and without comments.

    Parameters that are there keep their numbers; new ones are counted on from the highest. A text that
    cannot be read raises Unparsable.
    """
    statement_kind(text)
    try:
        return without_comments(str(parser.normalize(text))).rstrip(" ;\n\t")
    except PglastError as error:
        raise Unparsable(f"cannot be normalised: {error.args[0]}") from error


def without_comments(text: str) -> str:
    """The text without its comments, save the one that stands for a list cut short; raises pglast's errors."""
    parts, position = [], 0
    for token in parser.scan(text):
        found = text[token.start : token.end + 1]
        if token.name in _COMMENTS and found != SQUASHED:
            parts.append(text[position : token.start].rstrip() + " ")
            position = token.end + 1
            while text[position : position + 1].isspace():
                position += 1
    return ("".join(parts) + text[position:]).strip()


def redact(text: str) -> str:
    """The statement in a form that holds no value of the user's: safe to store, show and send.

    Statements on rows are normalised. Others lose everything from the first literal on (a password, a
    connection string, a file's name), or from the value on in SET. Unreadable ones lose everything.
    """
    try:
        normal = normalize(text)
        if statement_kind(text) == "UTILITY":
            return _cut(normal)
        return _masked(normal)
    except (Unparsable, PglastError):
        return f"<unparsable, {len(text.encode(errors='replace'))} bytes>"


def _masked(text: str) -> str:
    parts, position = [], 0
    for token in parser.scan(text):
        if token.name in _LITERALS:
            parts += [text[position : token.start], "'…'"]
            position = token.end + 1
    return "".join(parts) + text[position:]


def _cut(text: str) -> str:
    """A utility statement up to its first value."""
    setting = False
    for token in parser.scan(text):
        if token.name in _LITERALS or token.name in _NUMBERS:
            return text[: token.start] + "…"
        if setting and token.name in ("TO", "ASCII_61"):
            return text[: token.end + 1] + " …"
        setting = setting or token.name == "SET"
    return text
