"""How large a B-tree would be once built, and how high, from column statistics alone.

The arithmetic of nbtsort.c (fill factors, high keys, posting lists of deduplication) over the planner's own idea
of the rows: tuples are aligned, pages filled to 90 % (inner ones to 70 %), equal keys share posting lists.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

_PAGE = 8192 - 24 - 16 - 4
"""Bytes of a page left for items: less its header, the B-tree's special space and the high key's line pointer."""

_LINE_POINTER = 4
_LEAF_RESERVE = 8192 * 10 // 100
_INNER_RESERVE = 8192 * 30 // 100
_POSTING_LIMIT = 8192 // 10 // 8 * 8 - _LINE_POINTER
"""Largest posting-list tuple that CREATE INDEX makes: a tenth of a page."""

_ROW_POINTER = 6
_NULL_TUPLE = 16
"""Bytes of a tuple whose only key is NULL: its header and an aligned bitmap."""

_GROWN = 1.1
"""How much larger than built an index is that must have grown: page splits in its midst leave pages two thirds full."""

_ALIGNMENT = {"c": 1, "s": 2, "i": 4, "d": 8}

NEVER_DEDUPLICATED = frozenset(
    ("numeric", "double precision", "real", "jsonb", "interval", "float4[]", "numeric[]", "record")
)
"""Types whose equal values may differ as images (numeric's scale, -0), so that their operator classes forbid it."""


@dataclass(frozen=True, slots=True)
class KeyColumn:
    """What the size model knows of one column of an index."""

    width: float
    """Mean bytes of a value that is not NULL, as pg_stats.avg_width."""
    length: int
    """pg_type.typlen: fixed bytes, or -1 for variable ones."""
    alignment: str
    distinct: float
    """Distinct values over the rows of the index, NULL as one more."""
    null_share: float = 0.0
    common: tuple[float, ...] = ()
    """Shares of the rows that have the most common values."""
    deduplicable: bool = True


@dataclass(frozen=True, slots=True)
class BtreeSize:
    """Blocks of the file and levels above the leaves."""

    blocks: int
    level: int


def btree(rows: float, keys: Sequence[KeyColumn], include: Sequence[KeyColumn] = (), fillfactor: int = 90) -> BtreeSize:
    """The size of a B-tree over that many rows."""
    if rows < 1:
        return BtreeSize(1, 0)
    leaf = tuple_bytes([*keys, *include])
    distinct = _distinct(rows, keys)
    reserve = _LEAF_RESERVE if fillfactor == 90 else 8192 * (100 - fillfactor) // 100
    if not include and all(key.deduplicable for key in keys) and distinct < rows * 0.95:
        items, item_bytes = _deduplicated(rows, distinct, leaf, keys)
        spare = item_bytes / items - leaf - _LINE_POINTER
    else:
        items, item_bytes, spare = rows, rows * (leaf + _LINE_POINTER), 0.0
    leaves = math.ceil(items / _per_page(item_bytes / items, reserve, max(0.0, spare)))
    fan = _fan(_pivot_bytes(rows, items, keys))
    return _with_inner_pages(leaves, fan, fan)


def level_of(
    blocks: int, rows: float, keys: Sequence[KeyColumn], include: Sequence[KeyColumn] = (), *, ascending: bool = False
) -> int:
    """Levels above the leaves of an existing B-tree, from its size: where they could not be read.

    One that is much larger than it would be when built anew has grown by inserts, and then its root is split
    only when it is full, not at 70 %. With `ascending` inserts an index grows without growing so much larger.
    """
    pivot = _pivot_bytes(max(1.0, rows), max(1.0, rows), keys)
    fan = root = _fan(pivot)
    if ascending or blocks > _GROWN * btree(rows, keys, include).blocks:
        root = _PAGE // (pivot + _LINE_POINTER)
    leaves = max(1, math.ceil((blocks - 1) * (1 - 1 / fan)))
    return _with_inner_pages(leaves, fan, root).level


def tuple_bytes(columns: Sequence[KeyColumn]) -> float:
    """Mean bytes of an index tuple without its line pointer, as index_form_tuple lays it out."""
    with_nulls = [column for column in columns if column.null_share > 0]
    full = _aligned(8 + _data_bytes(columns, nulls=False), 8)
    if not with_nulls:
        return full
    share = min(1.0, sum(column.null_share for column in with_nulls))  # of tuples that need a bitmap of NULLs
    return (1 - share) * full + share * _aligned(16 + _data_bytes(columns, nulls=True), 8)


def _data_bytes(columns: Sequence[KeyColumn], nulls: bool) -> float:
    """Bytes of the values, each at its alignment. With `nulls`, of a tuple in which the likeliest NULL is NULL."""
    absent = max(columns, key=lambda column: column.null_share) if nulls else None
    offset = 0.0
    for column in columns:
        if column is absent:
            continue
        if column.length > 0:
            offset = _aligned(offset, _ALIGNMENT[column.alignment]) + column.length
        elif column.width < 127:  # a short variable value has a header of one byte and no alignment
            offset += column.width
        else:
            offset = _aligned(offset, _ALIGNMENT[column.alignment]) + column.width
    return offset


def _aligned(size: float, to: int) -> float:
    """Rounded up; for a mean of varying sizes, the mean of the rounded sizes is half a step above the mean."""
    if size == int(size):
        return math.ceil(size / to) * to
    return size + (to - 1) / 2


def _pivot_bytes(rows: float, items: float, keys: Sequence[KeyColumn]) -> float:
    """Mean bytes of an inner tuple: the shortest prefix of the key that tells two neighbouring leaf items apart, and
    the whole key with a row pointer where none does. Neighbours share a prefix the likelier the fewer values it has."""
    mean, undecided = 0.0, 1.0
    for count in range(1, len(keys) + 1):
        distinct = _distinct(rows, keys[:count])
        equal = max(0.0, 1.0 - distinct / (items if count == len(keys) else rows))
        mean += (undecided - min(undecided, equal)) * tuple_bytes(keys[:count])
        undecided = min(undecided, equal)
    return mean + undecided * (tuple_bytes(keys) + 8)


def _distinct(rows: float, keys: Sequence[KeyColumn]) -> float:
    """Distinct keys: the product of the columns' own, softened towards the rows when it comes near them.

    The planner's estimate for GROUP BY would clamp several columns to a tenth of the rows, which makes
    wide keys look four times smaller than they are built.
    """
    product = 1.0
    for key in keys:
        product = min(product * max(1.0, key.distinct), 1e18)
    if len(keys) == 1:
        return min(rows, product)
    return max(1.0, rows * -math.expm1(-product / rows)) if product < rows * 40 else rows


def _deduplicated(rows: float, distinct: float, leaf: float, keys: Sequence[KeyColumn]) -> tuple[float, float]:
    """Items and their bytes when equal keys share posting lists: NULL and common values one by one, the rest as one."""
    only = keys[0] if len(keys) == 1 else None
    parts = []
    if only and only.null_share:
        parts.append((1.0, *_posting(rows * only.null_share, _NULL_TUPLE)))
        leaf = tuple_bytes([replace(only, null_share=0.0)])
    groups = [(1.0, rows * share) for share in only.common] if only else []
    remaining = max(0.0, rows - sum(size for _, size in groups) - (rows * only.null_share if only else 0.0))
    others = distinct - len(groups) - len(parts)
    if remaining >= 1 and others >= 1:
        groups += _spread(remaining, min(others, remaining))
    parts += [(count, *_posting(size, leaf)) for count, size in groups if size > 0]
    return sum(count * items for count, items, _ in parts), sum(count * size for count, _, size in parts)


def _spread(rows: float, distinct: float) -> list[tuple[float, float]]:
    """Group sizes of values that are nobody's favourites: Poisson without the zero, or the mean when that is large."""
    mean = rows / distinct
    if mean > 60:
        return [(distinct, mean)]
    rate = mean
    for _ in range(50):  # the rate whose mean without the zero is `mean`
        rate = mean * -math.expm1(-rate)
    if rate < 1e-6:
        return [(distinct, 1.0)]
    weight, groups = distinct * rate / math.expm1(rate), []
    for size in range(1, 200):
        groups.append((weight, float(size)))
        weight *= rate / (size + 1)
    return groups


def _posting(size: float, leaf: float) -> tuple[float, float]:
    """Items and bytes (with line pointers) of one key that `size` rows share."""
    if size < 2:
        return size, size * (leaf + _LINE_POINTER)
    capacity = max(2, int((_POSTING_LIMIT - leaf) // _ROW_POINTER))
    full, rest = divmod(size, capacity)
    items, total = full, full * (_aligned_up(leaf + capacity * _ROW_POINTER) + _LINE_POINTER)
    if rest > 0:
        items += 1
        total += _LINE_POINTER + (_aligned_up(leaf + rest * _ROW_POINTER) if rest >= 2 else leaf)
    return items, total


def _aligned_up(size: float) -> float:
    return math.ceil(size / 8) * 8


def _per_page(item: float, reserve: float, spare: float) -> float:
    """Items a page keeps: a page is closed when the free space falls below the reserve (not counting what truncating
    its last posting list gives back) or the next item does not fit; the last item then moves on as the high key."""
    fits = _PAGE // item
    closes = (_PAGE - reserve + spare) // item + 1
    return max(1.0, min(fits, closes) - 1)


def _fan(pivot: float) -> float:
    """Pages below an inner page."""
    return max(2.0, _per_page(pivot + _LINE_POINTER, _INNER_RESERVE, 0.0))


def _with_inner_pages(leaves: int, fan: float, root: float) -> BtreeSize:
    """Levels of pages with `fan` pages below each, up to a root that may have `root` of them."""
    blocks, level, pages = 1 + leaves, 0, float(leaves)
    while pages > 1:
        pages = 1 if pages <= root else math.ceil(pages / fan)
        blocks += int(pages)
        level += 1
    return BtreeSize(int(blocks), level)
