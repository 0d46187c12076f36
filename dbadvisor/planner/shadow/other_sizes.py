"""Sizes of GiST, SP-GiST, hash and BRIN indexes: the tuples' layouts, and how full the builds leave the pages.

How full depends on each operator class's way to split pages; it was measured on built indexes of PostgreSQL 15
and 18. Layouts: gist.h, spgist_private.h, hash.h and hashpage.c, brin_tuple.c and brin_bloom.c of the sources.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise, takewhile

from dbadvisor.planner.shadow.repeats import distinct, repeats
from dbadvisor.planner.shadow.tuples import KeyColumn

_TRIGRAM, _LEXEME_HASH = 3, 4
_ASCENDING = 0.99
_SCALARS = frozenset(
    (
        "smallint,integer,bigint,real,double precision,numeric,money,date,interval,timestamp without time zone,"
        "timestamp with time zone,uuid,text,character varying,bytea,macaddr,bit"
    ).split(",")
)
_HASH_CAPACITY = (8192 - 24 - 16) // 20
_HASH_TARGET = 307
"""Rows a bucket that CREATE INDEX aims at: a fill of 75 %."""

_BLOOM_BITS = -math.log(0.01) / math.log(2) ** 2
_BLOOM_SHARE, _ROWS_A_PAGE = 0.1, 291
"""Defaults of bloom operator classes: distinct values as a share of the most rows that a range may have."""

_MULTI_VALUES = 32
"""Values a range that minmax_multi keeps by default."""


@dataclass(frozen=True, slots=True)
class Part:
    """A column of the index."""

    type: str
    opclass: str
    key: KeyColumn
    elements: float = 0.0
    """Lexemes of a document."""
    ascending: bool = False
    """Whether rows came in the order of their values."""
    bounds: Sequence[str] = ()


def gist(rows: float, parts: Sequence[Part], major: int) -> int:
    """Blocks of a GiST index. Fill factors hold for later inserts, not for the build."""
    item = 8 + _eights(sum(_gist_bytes(part) for part in parts)) + 4
    fills = [_gist_fill(part, major) for part in parts]
    leaves = rows * item / ((8192 - 40) * sum(fills) / len(fills))
    return max(1, math.ceil(leaves * (1 + item / 6000)) + (leaves > 1))


def _gist_bytes(part: Part) -> float:
    if part.type in ("point", "box", "polygon", "circle"):
        return 40 if part.type == "circle" else 32
    if "gist_trgm_ops" in part.opclass:
        return 5 + _TRIGRAM * part.key.width
    if part.type == "tsvector":
        return 6 + _LEXEME_HASH * part.elements
    if part.type in _SCALARS:
        return 2 * _eights(part.key.width) if part.key.length >= 8 else 2 * part.key.width + 4 * (part.key.length < 0)
    return part.key.width


def _gist_fill(part: Part, major: int) -> float:
    """Measured. From 18 on ranges and scalar types (before, points alone) are sorted before they are packed."""
    if part.type == "point":
        return 0.675
    if part.type in _SCALARS and "trgm" not in part.opclass:
        return 0.995 if major >= 18 else 0.455 if part.ascending else 0.7
    if "range" in part.type:
        return 0.64 if major >= 18 else 0.455 if part.ascending else 0.6
    return 0.89 if part.type == "tsvector" else 0.675 if part.type == "inet" or "trgm" in part.opclass else 0.6


def spgist(rows: float, part: Part) -> int:
    """Blocks of an SP-GiST index."""
    if rows < 1:
        return 3
    item = 16 + _eights(_spgist_bytes(part)) + 4
    return math.ceil(rows * (1 - part.key.null_share) * item / ((8192 - 32) * _spgist_fill(part))) + 3


def _spgist_bytes(part: Part) -> float:
    """Texts lose what they share with their neighbours."""
    if part.type in ("text", "character varying"):
        shared = [
            sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(*two, strict=False)))
            for two in pairwise(part.bounds)
        ]
        return max(2.0, part.key.width - (sum(shared) / len(shared) if shared else 0.0) - 1)
    return {"point": 16, "box": 32}.get(part.type, part.key.width)


def _spgist_fill(part: Part) -> float:
    if "range" in part.type:
        return 0.5
    return 0.68 if part.type == "box" or "kd_point" in part.opclass else 0.8


def hash_(rows: float, table_rows: float, key: KeyColumn) -> int:
    """Blocks of a hash index: buckets for the table's rows, and overflow pages where too many rows meet in one.

    The buckets come in quarters of a power of two; those not yet split hold twice the rows of the others.
    """
    buckets = _buckets(table_rows)
    power = 2 ** math.floor(math.log2(buckets))
    split = buckets - power
    classes = [(2 * split, 0.5 / power), (power - split, 1.0 / power)]
    groups = repeats(rows * (1 - key.null_share), [_without_nulls(key)], {}) if rows >= 1 else []
    large = [(count, size) for count, size in groups if size > _HASH_CAPACITY / 4]
    small = [(count, size) for count, size in groups if size <= _HASH_CAPACITY / 4]
    overflow = sum(count * max(0.0, size / _HASH_CAPACITY - 1) for count, size in large if count < buckets)
    for count, share in classes:
        overflow += count * _overflow(share, small, [group for group in large if group[1] <= 4 * _HASH_CAPACITY])
    return 2 + buckets + math.floor(overflow)


def _without_nulls(key: KeyColumn) -> KeyColumn:
    present = max(1e-9, 1.0 - key.null_share)
    return KeyColumn(
        key.width,
        key.length,
        key.alignment,
        key.distinct,
        common=tuple(share / present for share in key.common),
        others=tuple((count, share / present) for count, share in key.others),
    )


def _overflow(share: float, small: Sequence[tuple[float, float]], large: Sequence[tuple[float, float]]) -> float:
    """Expected overflow pages of a bucket that each value falls into with that probability: of the values that many
    rows have a Poisson number, of the others a normal one."""
    mean = sum(count * size for count, size in small) * share
    deviation = math.sqrt(sum(count * size * size for count, size in small) * share)
    keys = distinct(list(large))
    each = sum(count * size for count, size in large) / keys if keys else 0.0
    total = 0.0
    for number in range(40 if keys else 1):
        rate = keys * share
        chance = math.exp(-rate + number * math.log(rate) - math.lgamma(number + 1)) if keys else 1.0
        if chance > 1e-6:
            total += chance * _pages_above(mean + number * each, deviation)
    return total - (keys * share * max(0.0, each / _HASH_CAPACITY - 1))


def _pages_above(mean: float, deviation: float) -> float:
    """Pages beyond the first for a normal number of rows."""
    if deviation <= 0:
        return max(0.0, math.ceil(mean / _HASH_CAPACITY) - 1)
    most = math.ceil((mean + 5 * deviation) / _HASH_CAPACITY)
    above = ((mean - page * _HASH_CAPACITY) / deviation / math.sqrt(2) for page in range(1, most + 1))
    return sum(0.5 * math.erfc(-each) for each in above)


def _buckets(rows: float) -> int:
    """hashutil.c: powers of two up to 512, then quarters between them."""
    wanted = max(2.0, rows / _HASH_TARGET)
    power = int(2 ** math.floor(math.log2(wanted)))
    if power >= 512:
        return next((power + power * step // 4 for step in range(5) if power + power * step // 4 >= wanted), 2 * power)
    return power if power >= wanted else 2 * power


def brin(heap_blocks: int, pages_per_range: int, parts: Sequence[Part]) -> int:
    """Blocks of a BRIN index."""
    ranges = max(1, math.ceil(heap_blocks / pages_per_range))
    item = _eights(8 + sum(_brin_bytes(part, pages_per_range) for part in parts)) + 4
    return 1 + revmap(heap_blocks, pages_per_range) + math.ceil(ranges / max(1, (8192 - 32) // item))


def revmap(heap_blocks: int, pages_per_range: int) -> int:
    """How many of a BRIN index's blocks are its range map: 1360 ranges a page."""
    return max(1, math.ceil(math.ceil(heap_blocks / pages_per_range) / 1360))


def _brin_bytes(part: Part, pages_per_range: int) -> float:
    """A range's summary of one column."""
    if "bloom" in part.opclass:
        values = max(16.0, _BLOOM_SHARE * _ROWS_A_PAGE * pages_per_range)
        return min(8000.0, values * _BLOOM_BITS / 8 + 24)
    if "minmax_multi" in part.opclass:
        return _MULTI_VALUES * part.key.width + 24
    if part.type in ("box", "inet") or "range" in part.type:  # inclusion: the union and two flags
        return part.key.width + 2
    return 2 * part.key.width


def _eights(size: float) -> float:
    return math.ceil(size / 8) * 8
