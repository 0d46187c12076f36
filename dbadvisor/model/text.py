"""Text from a database made safe to show: names and queries are written by others."""

import re
import unicodedata

# Control, format (bidirectional overrides, zero-width …), surrogate, line and paragraph separator characters:
# what could move the cursor, hide text or make it read in another order than it runs.
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def visible(text: str) -> str:
    r"""The text with every character that acts instead of being seen written as an escape.

    >>> visible("a\x1b[31m\u202eb\n")
    'a\\x1b[31m\\u202eb\\n'
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(_escape(c) if unicodedata.category(c) in _HIDDEN else c for c in text)


def one_line(text: str) -> str:
    """The text on one line, runs of white space as one blank, the rest made visible."""
    return visible(" ".join(text.split()))


def server_words(error: object) -> str:
    """The first line of what a server said, without the value that stands quoted at its end.

    >>> server_words('invalid input syntax for type integer: "4711-secret"')
    'invalid input syntax for type integer: …'
    """
    return re.sub(r': ".*', ": …", str(error).partition("\n")[0])


def _escape(character: str) -> str:
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")
