"""Stand-ins for what has no order that a plan could depend on: equal texts get equal ones, and that is all."""

import hashlib
import hmac
import json
import re
from collections.abc import Callable, Iterable
from typing import Any

_RANGE = re.compile(r'([\[(])("[^"]*"|[^,"]*),("[^"]*"|[^,"\])]*)([\])])')
_WORD = re.compile(r"\w+")
_LIKE = re.compile(r"\\?[%_]")
_TIMES = re.compile(
    r"\s*([+-]?\d+(\.\d+)?\s*(microsecond|millisecond|second|sec|minute|min|hour|day|week|month|mon|year)s?\s*)+(ago)?\Z",
    re.IGNORECASE,
)


class Tokens:
    """Texts made with a key that is thrown away."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def word(self, text: str, first: str = "t") -> str:
        """A word of a letter and ten hexadecimal digits."""
        return first + hmac.new(self._key, text.encode(), hashlib.sha256).hexdigest()[:10]

    def letters(self, text: str) -> str:
        """As many letters as the text is long, at most twelve."""
        digest = hmac.new(self._key, text.encode(), hashlib.sha256).digest()
        return "".join(chr(ord("g") + byte % 20) for byte in digest[: min(12, len(text))])

    def mark(self, pattern: str) -> str:
        """As many letters as the pattern asks for, so that trigrams are as many, but enough to tell it from others."""
        asked = len(re.sub(r"\W", "", pattern))
        return self.letters(pattern + "   ")[: min(12, max(3, asked))]

    def json(self, text: str) -> str:
        """A JSON document with other keys and values: what contains what stays. Raises ValueError."""
        return json.dumps(self._json(json.loads(text)))

    def _json(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {self.word(key, "k"): self._json(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self._json(item) for item in value]
        if isinstance(value, str):
            return self.word(value)
        if value is None or isinstance(value, bool):
            return value
        return int(hmac.new(self._key, repr(float(value)).encode(), hashlib.sha256).hexdigest()[:8], 16)

    def like(self, pattern: str) -> str:
        """A LIKE pattern with its wildcards where they were, and other letters between them."""
        parts, position = [], 0
        for found in _LIKE.finditer(pattern):
            parts += [self.letters(pattern[position : found.start()]), found[0] if found[0][0] != "\\" else "g"]
            position = found.end()
        return "".join([*parts, self.letters(pattern[position:])])

    def regular(self, pattern: str) -> str:
        """A regular expression for some letters, anchored where it was."""
        letters = self.letters(pattern.strip("^$"))
        return f"{'^' if pattern.startswith('^') else ''}{letters}{'$' if pattern.endswith('$') else ''}"


def shape(text: str) -> str:
    """The text with every letter an a and every digit a 1: what types of their own kind still read."""
    if text.startswith("\\x"):
        return "\\x" + "aa" * (len(text) // 2 - 1)
    return "".join("1" if c.isdigit() else "a" if c.isalpha() else c for c in text)


def words(text: str, image: Callable[[str], str]) -> str:
    """A text search query with each word replaced."""
    return _WORD.sub(lambda found: image(found[0].lower()), text)


def range_text(text: str, image: Callable[[str], str]) -> str:
    """A range with its bounds replaced; raises ValueError for what is none."""
    if text == "empty":
        return text
    found = _RANGE.fullmatch(text)
    if found is None:
        raise ValueError("not a range")
    low, high = (f'"{image(bound)}"' if (bound := part.strip('"')) else "" for part in (found[2], found[3]))
    return f"{found[1]}{low},{high}{found[4]}"


def is_length_of_time(text: str) -> bool:
    """Whether it reads like `30 days`."""
    return _TIMES.match(text) is not None


def array_literal(elements: Iterable[str]) -> str:
    """The text of an array."""
    return "{" + ",".join('"' + each.replace("\\", "\\\\").replace('"', '\\"') + '"' for each in elements) + "}"


def array_text(text: str, image: Callable[[str], str | None]) -> str:
    """An array's text with its elements replaced; raises ValueError where it is none or an element has no image."""
    parts, position = [], 0
    if not text.startswith("{"):
        raise ValueError("not an array, or one with bounds of its own")
    while position < len(text):
        letter = text[position]
        if letter in "{},":
            parts.append(letter)
            position += 1
            continue
        element, quoted, position = _element(text, position)
        new = "NULL" if element.upper() == "NULL" and not quoted else image(element)
        if new is None:
            raise ValueError("an element cannot be mapped")
        plain = new == "NULL" and not quoted
        parts.append(new if plain else array_literal([new])[1:-1])
    return "".join(parts)


def _element(text: str, position: int) -> tuple[str, bool, int]:
    if text[position] != '"':
        end = min(at for mark in ",}" if (at := text.find(mark, position)) >= 0)
        return text[position:end], False, end
    letters, position = [], position + 1
    while text[position] != '"':
        position += text[position] == "\\"
        letters.append(text[position])
        position += 1
    return "".join(letters), True, position + 1
