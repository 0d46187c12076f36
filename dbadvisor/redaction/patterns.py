"""Patterns of LIKE and regular expressions, so that their images match the images of what they match.

The planner tries a pattern on every common value and histogram bound, and reads a range off its prefix
(patternsel in utils/adt/like_support.c). So what a pattern begins with becomes digits with which the images of just
those values begin; and what it asks beyond becomes a mark that those values' images carry at their ends.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

_PLAIN_START = re.compile(r"[\w @\-:/,;]*")
_QUANTIFIERS = "*?{"


@dataclass(frozen=True, slots=True)
class Pattern:
    """What one pattern asks."""

    prefix: str
    """What a value has to begin with, letter by letter; empty where that is not known."""
    open: bool
    """Whether anything may follow the prefix."""
    rest: str | None = None
    """A Python regular expression for the whole value; None where the prefix is all that is asked."""
    regular: bool = False
    """Whether it is a regular expression rather than a LIKE pattern."""
    literal: bool = False
    """Whether it is neither: what stands behind ^@."""
    folded: bool = False

    def matches(self, text: str) -> bool:
        """Whether the value is found."""
        return (
            self.rest is not None
            and re.search(self.rest, text, re.DOTALL | (re.IGNORECASE if self.folded else 0)) is not None
        )

    def text(self, start: str, mark: str) -> str:
        """The pattern with other digits to begin with, and another mark to look for."""
        beyond = mark if self.rest is not None else ""
        if self.regular:
            return f"{f'^{start}' if start else ''}{'.*' if start and beyond else ''}{beyond}"
        if not beyond:
            return start + ("%" if self.open and not self.literal else "")
        return f"{start}%{beyond}%"


def read(operator: str, text: str) -> Pattern | None:
    """The pattern as its operator reads it; None where this cannot."""
    name = operator.lstrip("!")
    if name == "^@":
        return Pattern(text, open=True, literal=True)
    try:
        return _regular(text, name == "~*") if name in ("~", "~*") else _like(text, name in ("~~*", "ilike"))
    except re.error:
        return None


def contained(text: str) -> Pattern:
    """What `'%' || text || '%'` asks."""
    return Pattern("", open=True, rest=re.escape(text))


def _like(text: str, folded: bool) -> Pattern:
    parts = re.findall(r"\\.|[%_]|[^\\%_]+", text, re.DOTALL)
    plain = [part[1:] if part.startswith("\\") else part for part in parts]
    wild = [part in ("%", "_") for part in parts]
    first = wild.index(True) if True in wild else len(parts)
    prefix = "" if folded else "".join(plain[:first])
    tail = parts[first:]
    if not folded and (not tail or tail == ["%"]):
        return Pattern(prefix, open=bool(tail))
    translated = "".join(
        (".*" if part == "%" else ".") if each else re.escape(part) for part, each in zip(plain, wild, strict=True)
    )
    return Pattern(prefix, open=True, rest=rf"\A{translated}\Z", folded=folded)


def _regular(text: str, folded: bool) -> Pattern:
    re.compile(text)
    start = _PLAIN_START.match(text[1:]) if text.startswith("^") and not folded and "|" not in text else None
    prefix = start[0] if start else ""
    rest = text[1 + len(prefix) :]
    if rest and rest[0] in _QUANTIFIERS:
        prefix, rest = prefix[:-1], prefix[-1:] + rest
    whole = bool(prefix) and not rest
    return Pattern(prefix, open=True, rest=None if whole else text, regular=True, folded=folded)


def after(prefix: str) -> str:
    """The least text beyond all that begin with the prefix."""
    return prefix[:-1] + chr(ord(prefix[-1]) + 1)


_SLACK = Fraction(9, 10)
"""Of the room up to the next image."""
_BESIDE = 1000
"""How far what the planner takes for the same lies apart, so that there is room between."""
_FOLLOWING = 6
"""Digits behind a prefix that leave room enough for what begins with it."""


def aligned(images: list[int], pairs: Mapping[tuple[int, int], int]) -> dict[tuple[int, int], int]:
    """Moves images so that those between each pair of positions are just the numbers that begin with the same digits.

    How many digits ought to follow those comes with each pair, so that the prefix is as long as it was; how many do
    is returned. Pairs within others come after them. A pair with no room is passed over.
    """
    found: dict[tuple[int, int], int] = {}
    for low, high in sorted(pairs, key=lambda pair: (pair[0], -pair[1])):
        start, room = images[low], images[high] - images[low]
        follow = min(len(str(room // 2)) - 1, max(pairs[low, high], _FOLLOWING))
        if follow < 1:
            continue
        block = 10**follow
        first = -(-start // block) * block
        for at in range(low + 1, high):
            images[at] = first + 1 + (images[at] - start - 1) * (block - 2) // max(1, room - 1)
        images[low], images[high] = first, first + block
        found[low, high] = follow
    return found


def proportioned(images: list[int], at: int, ends: tuple[int, int], fraction: Fraction) -> None:
    """Moves a bin's ends so that what is at a position between them, and stays, lies at that fraction of the bin."""
    low, high = ends
    if fraction <= 0:
        images[low] = max(images[low], images[at] - _BESIDE)
        return
    if fraction >= 1:
        images[high] = min(images[high], images[at] + _BESIDE)
        return
    left = images[at] - (images[low - 1] if low else 0)
    right = (images[high + 1] if high + 1 < len(images) else images[high] + 1) - images[at]
    width = min(left / fraction, right / (1 - fraction)) * _SLACK
    images[low] = images[at] - round(width * fraction)
    images[high] = images[at] + round(width * (1 - fraction))


def spanned(
    images: list[int], pair: tuple[int, int], ends: tuple[int, int], fractions: tuple[Fraction, Fraction]
) -> None:
    """The same for two positions in one bin, where there is room."""
    low, high = ends
    if fractions[0] >= fractions[1]:
        return
    width = (images[pair[1]] - images[pair[0]]) / (fractions[1] - fractions[0])
    start = images[pair[0]] - round(width * fractions[0])
    end = images[pair[1]] + round(width * (1 - fractions[1]))
    if start > (images[low - 1] if low else 0) and (high + 1 == len(images) or end < images[high + 1]):
        images[low], images[high] = min(start, images[pair[0]] - 1), max(end, images[pair[1]] + 1)
