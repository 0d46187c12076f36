"""Which scale a type's values are on, from the type's text."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from dbadvisor.model.objects import UserType
from dbadvisor.model.snapshot import Column, Snapshot
from dbadvisor.redaction.scalars import DAY, Scale

_MODIFIER = re.compile(r"\(\s*(\d+)\s*(?:,\s*(-?\d+)\s*)?\)")
_INTEGERS = {"smallint": 2**15 - 1, "integer": 2**31 - 1, "bigint": 4 * 10**18, "oid": 2**31 - 1, "xid": 2**31 - 1}
_FLOATS = {"real": 16_000_000, "double precision": 4 * 10**15}
_TEXTS = frozenset({"text", "character varying", "character", "name", "citext", "public.citext"})
_RANGES = {
    "int4range": "integer",
    "int8range": "bigint",
    "numrange": "numeric",
    "daterange": "date",
    "tsrange": "timestamp without time zone",
    "tstzrange": "timestamp with time zone",
}
_SHIFTED = frozenset({"number", "date", "moment"})
"""Groups whose ranges can be moved."""
_CENTURIES = 200 * 365 * DAY
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
    "timestamp": "timestamp without time zone",
    "timestamptz": "timestamp with time zone",
    "time": "time without time zone",
    "timetz": "time with time zone",
}


@dataclass(frozen=True, slots=True)
class Kind:
    """What the values of a type are: on a scale, labels, tokens, or none of what can be mapped."""

    name: str
    """scale, enum, boolean, json, vector (of lexemes), range, or other."""
    type: str
    scale: Scale | None = None
    """Of the values, or of a range's bounds."""
    is_array: bool = False


class Kinds:
    """The kinds of a snapshot's types."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._types: Mapping[str, UserType] = {
            **{each.name.name: each for each in snapshot.types},
            **{str(each.name): each for each in snapshot.types},
        }
        self._zone = snapshot.setting("TimeZone") or "UTC"
        server = snapshot.server
        self._bytewise = server.locale_provider != "i" and server.collation.split(".")[0] in (
            "C",
            "POSIX",
            "PG_UNICODE_FAST",
        )

    def of_column(self, column: Column) -> Kind:
        """By the column's type; a domain's by what it is made from."""
        return self.of_type(column.type, collation=column.collation)

    def of_type(self, text: str, *, collation: str | None = None) -> Kind:
        """By the type's text, with or without its modifier."""
        text = self._base(text.strip())
        if text.endswith("[]"):
            inner = self.of_type(text[:-2], collation=collation)
            return Kind(inner.name, inner.type, inner.scale, is_array=True)
        found = _MODIFIER.search(text)
        modifier = tuple(int(part) for part in found.groups() if part) if found else ()
        name = plain(text)
        user_type = self._types.get(text)
        if user_type and user_type.kind == "e":
            return Kind("enum", str(user_type.name))
        subtype = user_type.base if user_type and user_type.kind == "r" else _RANGES.get(name)
        if subtype:
            scale = self.of_type(subtype).scale
            return Kind("range", subtype, scale if scale and scale.group in _SHIFTED else None)
        special = {"boolean": "boolean", "json": "json", "jsonb": "json", "tsvector": "vector"}.get(name)
        scale = self._scale(name, modifier, collation)
        return Kind(special or ("scale" if scale else "other"), name, scale)

    def same(self, one: str, other: str) -> bool:
        """Whether two texts name one user's type."""
        found = self._types.get(one)
        return found is not None and found is self._types.get(other)

    def _base(self, text: str) -> str:
        for _ in range(20):
            user_type = self._types.get(text)
            if user_type is None or user_type.kind != "d" or not user_type.base:
                break
            text = user_type.base
        return text

    def _scale(self, name: str, modifier: tuple[int, ...], collation: str | None) -> Scale | None:
        if name in _INTEGERS:
            return Scale("number", 1, _INTEGERS[name])
        if name in _FLOATS:
            return Scale("number", 1, _FLOATS[name])
        if name == "numeric":
            return _numeric(modifier)
        if name in _TEXTS:
            length = min(12, modifier[0]) if modifier else 12
            bytewise = self._bytewise if collation is None else collation.split(".")[-1].strip('"') in ("C", "POSIX")
            sorting = "folded" if "citext" in name else "bytes" if bytewise else "language"
            return Scale("text", 1, 10**length - 1, length=length, sorting=sorting, padded=name == "character")
        return self._temporal(name, modifier)

    def _temporal(self, name: str, modifier: tuple[int, ...]) -> Scale | None:
        unit = Fraction(10 ** (6 - modifier[0])) if modifier and modifier[0] <= 6 else Fraction(1)
        if name == "date":
            return Scale("date", 1, 2_900_000)
        if name.startswith("timestamp"):
            zone = self._zone if "with time" in name else "UTC"
            return Scale("moment", 1, int(_CENTURIES / unit), unit, zone=zone)
        if name == "time without time zone":
            return Scale("time", 1, int((DAY - 1) / unit), unit)
        if name.startswith("interval"):
            return Scale("interval", 1, 10**14)
        return Scale("uuid", 1, 2**128 - 1) if name == "uuid" else None


def _numeric(modifier: tuple[int, ...]) -> Scale:
    if not modifier:
        return Scale("number", 1, 10**14, Fraction(1, 100))
    digits = modifier[1] if len(modifier) > 1 else 0
    return Scale("number", 1, 10 ** min(modifier[0], 18) - 1, Fraction(10) ** -digits)


def plain(text: str) -> str:
    """A type's long name without schema pg_catalog and modifier."""
    name = re.sub(r"\s+", " ", _MODIFIER.sub("", text.lower().removeprefix("pg_catalog."))).strip()
    return _SPELLINGS.get(name, name)
