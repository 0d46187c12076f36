"""Values of a column that a statement may have been called with, out of the column's statistics."""

import re
from dataclasses import dataclass

from dbadvisor.model.names import quote_literal
from dbadvisor.model.snapshot import Column, ColumnStatistics

TYPICAL, COMMON, RARE = "typical", "most common", "rare"
LABELS = (TYPICAL, COMMON, RARE)

_NUMBERS = frozenset({"smallint", "integer", "bigint", "numeric", "real", "double precision"})
_NUMBER = re.compile(r"-?\d+(\.\d+)?\Z")
_STAND_INS = {
    "boolean": "true",
    "date": "'2024-01-01'",
    "timestamp without time zone": "'2024-01-01 00:00:00'",
    "timestamp with time zone": "'2024-01-01 00:00:00+00'",
    "time without time zone": "'12:00'",
    "time with time zone": "'12:00+00'",
    "interval": "'1 day'",
    "uuid": "'00000000-0000-4000-8000-000000000000'",
    "json": "'{}'",
    "jsonb": "'{\"a\": 1}'",
    "inet": "'10.0.0.1'",
    "cidr": "'10.0.0.0/8'",
    "bytea": "'\\x00'",
    "jsonpath": "'$.a'",
    "text": "'x'",
    "character varying": "'x'",
    "character": "'x'",
    "name": "'x'",
    "tsquery": "'word'",
    "tsvector": "'word'",
}
"""Literals that each type reads, for parameters that no column's statistics can fill."""
_SPELLINGS = {
    "int": "integer",
    "int2": "smallint",
    "int4": "integer",
    "int8": "bigint",
    "float4": "real",
    "float8": "double precision",
    "decimal": "numeric",
    "bool": "boolean",
    "varchar": "character varying",
    "bpchar": "character",
    "char": "character",
    "timestamp": "timestamp without time zone",
    "timestamptz": "timestamp with time zone",
    "time": "time without time zone",
    "timetz": "time with time zone",
}


@dataclass(frozen=True, slots=True)
class Values:
    """A column with its statistics; every answer is a value's text form, or None where nothing is known."""

    column: Column
    statistics: ColumnStatistics

    @property
    def _common(self) -> tuple[str, ...]:
        return self.statistics.most_common_vals or ()

    @property
    def _bounds(self) -> tuple[str, ...]:
        return self.statistics.histogram_bounds or ()

    def one(self, label: str, position: int = 0) -> str | None:
        """A value by how often it occurs; `position` counts on to further, different ones."""
        ordered = {
            TYPICAL: self._typical(),
            COMMON: [*self._common, *self._from_the_middle()],
            RARE: [*self._uncommon(), *reversed(self._common)],
        }[label]
        return ordered[position % len(ordered)] if ordered else None

    def _typical(self) -> list[str]:
        """From the middle of the histogram, or of the common values where those are most of the rows."""
        common = list(self._common)
        half = self._half()
        if half is None:
            return [*self._from_the_middle(), *common]
        return [*common[half:], *common[:half]]

    def _half(self) -> int | None:
        """The common value at which, most common first, half of all rows is reached; None when it never is."""
        reached = 0.0
        for position, frequency in enumerate(self.statistics.most_common_freqs or ()):
            reached += frequency
            if reached >= (1 - self.statistics.null_frac) / 2:
                return position
        return None

    def _from_the_middle(self) -> list[str]:
        bounds = list(self._bounds)
        return bounds[len(bounds) // 2 :] + bounds[: len(bounds) // 2]

    def _uncommon(self) -> list[str]:
        """Histogram bounds from its first quarter on: never among the common values."""
        bounds = list(self._bounds)
        return bounds[len(bounds) // 4 :] + bounds[: len(bounds) // 4]

    def at(self, share: float) -> str | None:
        """The value below which that share of the rows lies, by the histogram or the sorted common values."""
        bounds = self._bounds or tuple(sorted(self._common, key=_order))
        return bounds[min(len(bounds) - 1, max(0, round(share * (len(bounds) - 1))))] if bounds else None

    def window(self, label: str, share: float | None = None) -> tuple[str, str] | None:
        """Two values with that share of the rows between them.

        Where it is not known: a step of the histogram, or a tenth of it where the label is most common.
        """
        bounds = self._bounds or tuple(sorted(self._common, key=_order))
        if len(bounds) < 2:
            return None
        width = len(bounds) // 10 if label == COMMON else 1
        if share is not None:
            width = round(share * (len(bounds) - 1))
        width = min(max(1, width), len(bounds) - 1)
        start = len(bounds) - 1 - width if label == RARE else (len(bounds) - width) // 2
        start = min(max(0, start), len(bounds) - 1 - width)
        return bounds[start], bounds[start + width]

    def chunk(self, label: str) -> str:
        """A few letters or digits from the middle of a value, for a LIKE pattern."""
        words = re.findall(r"[^\W_]{3,}", self.one(label) or "")
        if not words:
            return "abcd"
        others = {self.one(label, position) or "" for position in (1, 2, 3)} - {self.one(label)}
        telling = [word for word in words if not any(word in other for other in others)]
        word = max(telling or words, key=len)
        return str(word[max(0, len(word) // 2 - 2) :][:5]) if len(word) > 5 else str(word)

    def elements(self) -> tuple[str, ...]:
        """The elements that an array column holds most often."""
        return self.statistics.most_common_elems or ()

    @property
    def unique(self) -> bool:
        """Whether every row has a value of its own."""
        return self.statistics.n_distinct == -1


def _order(value: str) -> tuple[float, str]:
    return (float(value), "") if _NUMBER.match(value) else (0.0, value)


def literal(value: str, type_: str) -> str:
    """A value's text form as the literal that an application would write for the type."""
    if type_ in _NUMBERS and _NUMBER.match(value):
        return value
    if type_ == "boolean":
        return "true" if value in ("t", "true") else "false"
    return quote_literal(value)


def stand_in(type_: str) -> str | None:
    """Some literal that the type reads; None for types of which nothing is known."""
    name = plain(type_)
    if name in _NUMBERS:
        return "1"
    return "'{}'" if name.endswith("[]") else _STAND_INS.get(name)


def plain(type_: str) -> str:
    """A type's long name without schema and modifier: `varchar(10)` is character varying."""
    name = re.sub(r"\([^)]*\)", "", type_.lower().removeprefix("pg_catalog.")).strip()
    name = re.sub(r"\s+", " ", name)
    if name.startswith("interval"):
        return "interval"
    return _SPELLINGS.get(name, name)


def array(values: list[str]) -> str:
    """A literal of an array of those values."""
    quoted = ('"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"' for value in values)
    return quote_literal("{" + ",".join(quoted) + "}")
