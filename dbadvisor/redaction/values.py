"""Which columns are mapped alike, which values they hold, and, once all have been seen, what stands for each."""

import random
import re
import secrets
from collections import defaultdict
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial

from dbadvisor.model.names import Name
from dbadvisor.redaction.maps import Map, Seen, TooNarrow
from dbadvisor.redaction.patterns import Pattern
from dbadvisor.redaction.scalars import DAY, Scale
from dbadvisor.redaction.scales import Kind, Kinds
from dbadvisor.redaction.tokens import Tokens, array_literal, array_text, range_text

_TEXTS = re.compile(
    r"^(lower|upper|initcap|btrim|substr|substring|left|right|concat|md5|replace|to_char|unaccent)\(|->>|#>>"
)
_TRUTHS = frozenset("t f true false yes no on off 1 0".split())
_CAST = re.compile(r"::([a-z][a-z ]*(?:\(\d+(?:,\d+)?\))?(?:\[\])?)\Z")
_SHAPES = (
    ("boolean", re.compile(r"[tf]|true|false")),
    ("integer", re.compile(r"-?\d{1,9}")),
    ("bigint", re.compile(r"-?\d{1,18}")),
    ("numeric", re.compile(r"-?\d*\.?\d+(e[+-]?\d+)?")),
    ("date", re.compile(r"\d{4}-\d\d-\d\d")),
    ("timestamp with time zone", re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d(\.\d+)?)?([+-]\d\d(:?\d\d)?)?")),
    ("uuid", re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")),
    ("text", re.compile(r"(?s).*")),
)


@dataclass(frozen=True, slots=True)
class Key:
    """A column, an expression over a table's columns, or (without a table) constants of a type that belong to none."""

    table: Name | None
    what: str
    expression: bool = False

    def __str__(self) -> str:
        return f"{self.table.short}.{self.what}" if self.table else f"constants of type {self.what}"


LEXEMES = Key(None, "tsvector")
"""The words of all text search columns."""


@dataclass(slots=True)
class Values:
    """First asked for every value, answering with itself; then `solve`d; then asked again, answering with images."""

    kinds: Kinds
    seed: int | None = None
    notes: dict[str, str] = field(default_factory=dict)
    """What is not exact or could not be mapped: the reason by what it is called."""
    anchored: set[Key] = field(default_factory=set)
    """Columns that statements compare with now()."""
    tokens: Tokens = field(init=False)
    solved: bool = False
    _known: dict[Key, Kind] = field(default_factory=dict)
    _parents: dict[Key, Key] = field(default_factory=dict)
    _seen: dict[Key, Seen] = field(default_factory=lambda: defaultdict(Seen))
    _literals: dict[Key, set[str]] = field(default_factory=lambda: defaultdict(set))
    _patterns: dict[Key, dict[Pattern, str]] = field(default_factory=lambda: defaultdict(dict))
    _maps: dict[tuple[Key, str], Map | None] = field(default_factory=dict)
    _source: random.Random = field(init=False)
    _days: int = field(init=False)

    def __post_init__(self) -> None:
        self._source = random.SystemRandom() if self.seed is None else random.Random(self.seed)  # noqa: S311
        self._days = self._source.randint(500, 5000)
        self.tokens = Tokens(secrets.token_bytes(32) if self.seed is None else str(self.seed).encode())
        self._known[LEXEMES] = Kind("scale", "lexeme", Scale("lexeme", 1, 10**12 - 1))

    def know(self, key: Key, kind: Kind) -> None:
        """Notes a column's kind."""
        self._known[key] = kind

    def kind(self, key: Key) -> Kind | None:
        """A column's kind, and once solved that of expressions and lone constants."""
        return self._known.get(key)

    def join(self, one: Key, other: Key) -> None:
        """Both are mapped alike from now on."""
        self._parents[self._root(one)] = self._root(other)

    def _root(self, key: Key) -> Key:
        while (parent := self._parents.get(key, key)) != key:
            key = parent
        return key

    def histogram(self, key: Key, bounds: tuple[str, ...]) -> None:
        """Notes a column's histogram; the longest is what the map is made along."""
        seen = self._seen[key]
        seen.values.update(bounds)
        if len(bounds) > len(seen.histogram):
            seen.histogram = bounds

    def ends(self, key: Key, low: str, high: str) -> None:
        """Notes a column's true ends."""
        self._seen[key].ends = (low, high)
        self._seen[key].values.update((low, high))

    def common(self, key: Key, values: Iterable[str]) -> None:
        """Notes values out of statistics."""
        self._seen[key].values.update(values)

    def expressions(self) -> list[Key]:
        """The expressions that were seen."""
        return [key for key in {*self._seen, *self._literals} if key.expression]

    def image(self, key: Key, text: str) -> str | None:
        """What stands for a value; None where nothing can. Before all are solved: the value, which is noted."""
        if not self.solved:
            self._literals[key].add(text)
            return text
        kind = self._known.get(key)
        return self._of_kind(key, kind, text) if kind else None

    def pattern(self, key: Key, pattern: Pattern, text: str) -> str | None:
        """What finds the images of what the pattern finds, as `image` does; None where nothing can."""
        if not self.solved:
            self._patterns[key][pattern] = self.tokens.mark(text)
            if not pattern.open:
                self._literals[key].add(pattern.prefix)
            return text
        kind = self._known.get(key)
        found = self._maps.get((self._root(key), kind.scale.group)) if kind and kind.scale else None
        return found.pattern(pattern) if found and found.scale.sorting == "bytes" else None

    def _of_kind(self, key: Key, kind: Kind, text: str) -> str | None:
        try:
            if kind.is_array and text.startswith("{"):
                return array_text(text, lambda element: self._plain(key, kind, element))
            return self._plain(key, kind, text)
        except (ValueError, LookupError, ArithmeticError):
            return None

    def _plain(self, key: Key, kind: Kind, text: str) -> str | None:
        if kind.name == "boolean":
            return text if text.lower() in _TRUTHS else None
        if kind.name == "enum":
            return self.tokens.word(text, "l")
        if kind.name == "json":
            return self.tokens.json(text)
        if kind.scale is None:
            return None
        if kind.name == "range" or (key.table is None and kind.scale.group in ("date", "moment")):
            return self._shifted(kind.scale, text)
        found = self._maps.get((self._root(key), kind.scale.group))
        return found.image(text) if found else None

    def _shifted(self, scale: Scale, text: str) -> str:
        """Moved by days of which all ranges and lone dates share the number, so that lengths of time stay."""
        shift = self._days * DAY if scale.group == "moment" else self._days
        return (
            range_text(text, lambda bound: scale.moved(bound, shift)) if text[:1] in "[(e" else scale.moved(text, shift)
        )

    def solve(self) -> None:
        """Makes the maps of everything that was seen."""
        self._infer()
        members: dict[tuple[Key, str], list[Key]] = defaultdict(list)
        for key, kind in self._known.items():
            if kind.scale is not None and kind.name == "scale":
                members[self._root(key), kind.scale.group].append(key)
        for group, keys in members.items():
            self._maps[group] = self._solved(keys)
        self.solved = True

    def _solved(self, keys: list[Key]) -> Map | None:
        scales = [each.scale for key in keys if (each := self._known[key]) and each.scale]
        scale = scales[0]
        for other in scales[1:]:
            scale = scale.merged(other)
        columns = {key: self._elements(key, scale) for key in keys}
        if not any(seen.values for seen in columns.values()):
            return None
        fixed = scale.group in ("date", "moment") and not self.anchored.isdisjoint(keys)
        if fixed:
            self._note(columns, "compared with the present, so that its values stay near to where they are")
        if scale.sorting == "language" and _in_bytes(columns.values()):
            scale = replace(scale, sorting="bytes")
        if scale.sorting == "language":
            self._note(columns, "sorted as a language does, so that places between bounds are near, not exact")
        marks = {pattern: mark for key in keys for pattern, mark in self._patterns.get(key, {}).items()}
        try:
            return Map(scale, columns, self._source, fixed=fixed, marks=marks if scale.group == "text" else None)
        except TooNarrow:
            return self._evenly(scale, columns)
        except (ValueError, ArithmeticError, LookupError):
            self._note(columns, "values that could not be read, so its statistics are left out")
            return None

    def _evenly(self, scale: Scale, columns: Mapping[Key, Seen]) -> Map | None:
        """Where proportions can't be kept: order and equality alone."""
        values = {value for seen in columns.values() for value in (*seen.values, *seen.histogram)}
        try:
            found = Map(scale, {None: Seen(values=values)}, self._source)
        except TooNarrow:
            self._note(columns, "its type has too few values, so its statistics are left out")
            return None
        self._note(columns, "its values are too close to each other to keep their proportions")
        return found

    def _note(self, columns: Mapping[Key, Seen], why: str) -> None:
        for key, seen in columns.items():
            if seen.values:
                self.notes[str(key)] = why

    def _elements(self, key: Key, scale: Scale) -> Seen:
        """A column's values, or those within its arrays; literals that are none of the type's are passed over."""
        seen, literals = self._seen.get(key, Seen()), self._literals.get(key, set())
        if self._known[key].is_array:
            found: set[str] = set()
            for text in seen.values | literals:
                with suppress(ValueError, LookupError):
                    array_text(text if text.startswith("{") else array_literal([text]), partial(_noted, found))
            return Seen(values={text for text in found if _reads(scale, text)})
        return Seen(seen.histogram, seen.ends, seen.values | {text for text in literals if _reads(scale, text)})

    def _infer(self) -> None:
        """The kinds of expressions and lone constants, from their text or what they are seen to hold."""
        unknown: dict[Key, list[Key]] = defaultdict(list)
        for key in sorted({*self._seen, *self._literals}, key=str):
            if key not in self._known:
                unknown[self._root(key)].append(key)
        for keys in unknown.values():
            values = {value for key in keys for value in self._seen.get(key, Seen()).values}
            values = values or {value for key in keys for value in self._literals.get(key, ())}
            for key in keys:
                self._known[key] = self.kinds.of_type(_type(key, values) if key.table else key.what)


def _noted(found: set[str], element: str) -> str:
    found.add(element)
    return element


def _in_bytes(columns: Iterable[Seen]) -> bool:
    """Whether histograms are there and sorted by bytes, whatever the collation is called."""
    histograms = [[bound.encode() for bound in seen.histogram] for seen in columns if seen.histogram]
    return bool(histograms) and all(each == sorted(each) for each in histograms)


def _reads(scale: Scale, text: str) -> bool:
    try:
        scale.place(text)
    except (ValueError, ArithmeticError, LookupError):
        return scale.is_special(text)
    return True


def _type(key: Key, values: Iterable[str]) -> str:
    if key.what.startswith("to_tsvector("):
        return "tsvector"
    cast = _CAST.search(key.what)
    if cast:
        return cast[1]
    if _TEXTS.search(key.what):
        return "text"
    return next(name for name, shape in _SHAPES if all(shape.fullmatch(value) for value in values))
