"""Whether bytes are what CREATE STATISTICS keeps. The server copies by the lengths in them without a look, and a
snapshot may come from anywhere.

Layouts: statistics/mvdistinct.c, dependencies.c and mcv.c (statext_mcv_serialize) of the server's sources, the same
in PostgreSQL 13 to 18.
"""

import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

_NDISTINCT = struct.pack("<II", 0xA352BFA4, 1)
_DEPENDENCIES = struct.pack("<II", 0xB4549A2C, 1)
_MCV = struct.pack("<II", 0xE1A651C2, 1)
_MOST_COLUMNS = 8
_MOST_ITEMS = 10_000
_DIMENSION = struct.Struct("<iiii?xxx")  # values, bytes, aligned bytes, length of the type, whether by value
_FREQUENCIES = 16
"""Bytes of an item's two."""


@dataclass(frozen=True, slots=True)
class StoredType:
    """The type of a column or expression, as pg_type has it."""

    oid: int
    length: int
    by_value: bool
    send: str
    """The function that sends its values: a domain has that of its base type."""


_FIXED = frozenset("uuid_send interval_send timetz_send macaddr_send macaddr8_send namesend".split())
_TEXTS = frozenset("textsend varcharsend bpcharsend citextsend".split())
"""Types whose values hold no lengths or offsets of their own, beside numbers and those that are passed by value."""


def is_ndistinct(data: bytes) -> bool:
    """Whether the bytes are numbers of distinct combinations."""
    return data[:8] == _NDISTINCT and _reaches_end(data, "<di", 2)


def is_dependencies(data: bytes) -> bool:
    """Whether the bytes are functional dependencies."""
    return data[:8] == _DEPENDENCIES and _reaches_end(data, "<dh", 2)


def _reaches_end(data: bytes, head: str, least: int) -> bool:
    """Whether the items, each a number with a count of columns and those, end where the bytes do."""
    try:
        (items,) = struct.unpack_from("<I", data, 8)
        at, done = 12, 0
        while done < items and at < len(data):
            _, columns = struct.unpack_from(head, data, at)
            if not least <= columns <= _MOST_COLUMNS:
                return False
            at += struct.calcsize(head) + 2 * columns
            done += 1
    except struct.error:
        return False
    return done == items > 0 and at == len(data)


def is_mcv(data: bytes, types: Sequence[StoredType]) -> bool:
    """Whether the bytes are the most common combinations of values of these types."""
    try:
        return _is_mcv(data, types)
    except (struct.error, UnicodeDecodeError):
        return False


def _is_mcv(data: bytes, types: Sequence[StoredType]) -> bool:
    items, columns = struct.unpack_from("<Ih", data, 8)
    if data[:8] != _MCV or columns != len(types) or not 0 < items <= _MOST_ITEMS:
        return False
    if list(struct.unpack_from(f"<{columns}I", data, 14)) != [type_.oid for type_ in types]:
        return False
    at = 14 + 4 * columns
    dimensions = [_DIMENSION.unpack_from(data, at + _DIMENSION.size * place) for place in range(columns)]
    at += _DIMENSION.size * columns
    for (values, size, room, *shape), type_ in zip(dimensions, types, strict=True):
        if shape != [type_.length, type_.by_value] or not 0 <= size <= len(data) - at or values < 0:
            return False
        if _room(data[at : at + size], values, type_) != room:
            return False
        at += size
    counts = [values for values, *_ in dimensions]
    return len(data) == at + items * (3 * columns + _FREQUENCIES) and _are_items(data[at:], counts)


def _room(data: bytes, values: int, type_: StoredType) -> int | None:
    """The bytes of memory that the server sets aside for a column's values; None when they are not such values."""
    if type_.length > 0:
        fits = len(data) == values * type_.length and (type_.by_value or type_.send in _FIXED)
        return (0 if type_.by_value else values * _aligned(type_.length)) if fits else None
    check = _CHECKS.get(type_.send)
    if type_.length != -1 or check is None:
        return None
    found = list(_varying(data))
    if len(found) != values or not all(map(check, found)):
        return None
    return sum(_aligned(4 + len(value)) for value in found)


def _aligned(size: int) -> int:
    return (size + 7) // 8 * 8


def _varying(data: bytes) -> Iterator[bytes]:
    """Values behind their lengths. Raises struct.error where one reaches beyond the end."""
    at = 0
    while at < len(data):
        (length,) = struct.unpack_from("<I", data, at)
        (value,) = struct.unpack_from(f"{length}s", data, at + 4)
        yield value
        at += 4 + length


def _is_text(value: bytes) -> bool:
    return "\0" not in value.decode()


def _is_numeric(value: bytes) -> bool:
    """The two highest bits tell a header of two bytes from one of four."""
    return len(value) % 2 == 0 and len(value) >= (2 if len(value) > 1 and value[1] & 0x80 else 4)


_CHECKS: dict[str, Callable[[bytes], bool]] = {**dict.fromkeys(_TEXTS, _is_text), "numeric_send": _is_numeric}


def _are_items(data: bytes, counts: Sequence[int]) -> bool:
    """Whether every item is NULL or one of a column's values, for each column."""
    columns = len(counts)
    size = 3 * columns + _FREQUENCIES
    for at in range(0, len(data), size):
        nulls = data[at : at + columns]
        places = struct.unpack_from(f"<{columns}H", data, at + columns + _FREQUENCIES)
        if any(null > 1 for null in nulls):
            return False
        if any(place >= count for null, place, count in zip(nulls, places, counts, strict=True) if not null):
            return False
    return True
