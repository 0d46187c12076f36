"""How wide index tuples are: index_form_tuple's layout over columns whose values vary in width and may be NULL."""

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

_ALIGNMENT = {"c": 1, "s": 2, "i": 4, "d": 8}
_HEADER, _HEADER_WITH_NULLS = 8, 16
_SHORT = 127
"""Variable values below it have a header of one byte and no alignment."""


@dataclass(frozen=True, slots=True)
class KeyColumn:
    """What the size model knows of one column of an index."""

    width: float
    """Mean bytes of a value that is not NULL, as pg_stats.avg_width."""
    length: int
    """pg_type.typlen: fixed bytes, or -1 for variable ones."""
    alignment: str
    distinct: float
    """Distinct values that are not NULL, over the rows of the index."""
    null_share: float = 0.0
    common: tuple[float, ...] = ()
    """Shares of the rows that have the most common values."""
    others: tuple[tuple[float, float], ...] = ()
    """(how many values, share of the rows that each has) of the rest; empty when it is spread evenly."""
    deduplicable: bool = True
    widths: tuple[tuple[int, float], ...] = ()
    """(bytes, share of the values) where values vary in width and some are known."""


def tuple_sizes(columns: Sequence[KeyColumn]) -> dict[int, float]:
    """Aligned bytes of index tuples without line pointers, and the share of the tuples of each size."""
    states: dict[tuple[int, bool], float] = {(0, False): 1.0}
    for column in columns:
        after: dict[tuple[int, bool], float] = defaultdict(float)
        for (offset, nulls), probability in states.items():
            if column.null_share > 0:
                after[offset, True] += probability * column.null_share
            for width, share in _widths(column):
                after[_place(offset, width, column), nulls] += probability * share * (1 - column.null_share)
        states = after
    sizes: dict[int, float] = defaultdict(float)
    for (offset, nulls), probability in states.items():
        if probability > 0:
            sizes[_aligned((_HEADER_WITH_NULLS if nulls else _HEADER) + offset)] += probability
    return sizes


def tuple_bytes(columns: Sequence[KeyColumn]) -> float:
    """Mean bytes of an index tuple without its line pointer."""
    return sum(size * share for size, share in tuple_sizes(columns).items())


def _widths(column: KeyColumn) -> Sequence[tuple[int, float]]:
    """Of a mean that is no whole number, the two whole numbers around it."""
    if column.length > 0:
        return ((column.length, 1.0),)
    if column.widths:
        return column.widths
    low = math.floor(column.width)
    return ((low, 1.0 - (column.width - low)), (low + 1, column.width - low))


def _place(offset: int, width: int, column: KeyColumn) -> int:
    """Where the value ends."""
    if column.length < 0 and width < _SHORT:
        return offset + width
    to = _ALIGNMENT[column.alignment]
    return -(-offset // to) * to + width


def _aligned(size: int) -> int:
    return -(-size // 8) * 8
