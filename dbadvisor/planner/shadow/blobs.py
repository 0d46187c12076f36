"""What CREATE STATISTICS keeps, as bytes: numbers of distinct combinations and functional dependencies.

Layouts: statistics/mvdistinct.c (statext_ndistinct_serialize) and statistics/dependencies.c
(statext_dependencies_serialize), the same in PostgreSQL 13 to 18, little-endian as everywhere with wheels.
"""

import struct
from collections.abc import Iterable, Mapping

_NDISTINCT = struct.pack("<II", 0xA352BFA4, 1)
_DEPENDENCIES = struct.pack("<II", 0xB4549A2C, 1)


def ndistinct_bytes(combinations: Mapping[frozenset[int], float]) -> bytes:
    """Combinations of columns (by number) and how many distinct ones there are, as the value of a pg_ndistinct."""
    items = [
        struct.pack(f"<di{len(numbers)}h", count, len(numbers), *sorted(numbers))
        for numbers, count in sorted(combinations.items(), key=lambda pair: (len(pair[0]), sorted(pair[0])))
    ]
    return _NDISTINCT + struct.pack("<I", len(items)) + b"".join(items)


def dependencies_bytes(degrees: Iterable[tuple[tuple[int, ...], int, float]]) -> bytes:
    """(determining columns, the determined one, degree) as the value of a pg_dependencies."""
    items = [struct.pack(f"<dh{len(of) + 1}h", degree, len(of) + 1, *of, to) for of, to, degree in degrees]
    return _DEPENDENCIES + struct.pack("<I", len(items)) + b"".join(items)


def read_ndistinct(data: bytes) -> dict[frozenset[int], float]:
    """What `ndistinct_bytes` wrote; empty for anything else. Expressions have negative numbers."""
    found: dict[frozenset[int], float] = {}
    try:
        if data[:8] != _NDISTINCT:
            return {}
        (count,) = struct.unpack_from("<I", data, 8)
        at = 12
        for _ in range(count):
            value, length = struct.unpack_from("<di", data, at)
            found[frozenset(struct.unpack_from(f"<{length}h", data, at + 12))] = value
            at += 12 + 2 * length
    except struct.error:
        return {}
    return found
