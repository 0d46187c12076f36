"""A file of SQL into its statements, by PostgreSQL's own scanner."""

import re
from dataclasses import dataclass

from pglast import parser
from pglast.error import Error as PglastError

from dbadvisor.sqltext.parse import Unparsable

_COMMENTS = ("SQL_COMMENT", "C_COMMENT")
_META = re.compile(r"^\\.*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Piece:
    """One statement of a file, without the semicolon, and the comments that stand before and in it."""

    text: str
    comments: tuple[str, ...]


def split(text: str) -> tuple[Piece, ...]:
    """The statements of a file in order; psql's own commands are skipped.

    Raises Unparsable when a quote or comment is never closed.
    """
    text = _META.sub("", text)
    try:
        tokens = parser.scan(text)
    except (PglastError, UnicodeError) as error:
        what, _, _ = str(error.args[0]).partition(" at or near ")  # the rest quotes the file's literals
        raise Unparsable(f"the file cannot be read as SQL: {what}") from None
    pieces: list[Piece] = []
    comments: list[str] = []
    start = end = -1
    for token in tokens:
        if token.name in _COMMENTS:
            comments.append(text[token.start : token.end + 1])
        elif token.name != "ASCII_59":
            start, end = (token.start if start < 0 else start), token.end + 1
        elif start >= 0:
            pieces.append(Piece(text[start:end], tuple(comments)))
            start, comments = -1, []
    if start >= 0:
        pieces.append(Piece(text[start:end], tuple(comments)))
    return tuple(pieces)
