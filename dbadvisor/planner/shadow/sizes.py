"""How large a B-tree would be once built, and how high, from column statistics alone.

The arithmetic of nbtsort.c (fill factors, high keys, posting lists of deduplication) over the planner's own idea
of the rows: tuples are aligned, pages filled to 90 % (inner ones to 70 %), equal keys share posting lists.
"""

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from dbadvisor.planner.shadow.repeats import Combinations, Groups, distinct, repeats
from dbadvisor.planner.shadow.tuples import KeyColumn, tuple_bytes, tuple_sizes

_PAGE = 8192 - 24 - 16 - 4
"""Bytes of a page left for items: less its header, the B-tree's special space and the high key's line pointer."""

_LINE_POINTER = 4
_LEAF_RESERVE = 8192 * 10 // 100
_INNER_RESERVE = 8192 * 30 // 100
_POSTING_LIMIT = (8192 // 10 // 8 * 8 - _LINE_POINTER) // 8 * 8
"""Largest posting-list tuple that CREATE INDEX makes: a tenth of a page (nbtsort.c, _bt_dedup_save_htid)."""

_ROW_POINTER = 6
_PIVOT_ROW = 8
"""Bytes of the row pointer that an inner tuple needs where its key alone does not tell two pages apart."""

_NULL_TUPLE = 16
"""Bytes of a tuple whose only key is NULL: its header and an aligned bitmap."""

_GROWN = 1.1
"""How much larger than built an index is that must have grown: page splits in its midst leave pages two thirds full."""

_NEARLY_ALL = 0.995

NEVER_DEDUPLICATED = frozenset(
    ("numeric", "double precision", "real", "jsonb", "interval", "float4[]", "numeric[]", "record")
)
"""Types whose equal values may differ as images (numeric's scale, -0), so that their operator classes forbid it."""


@dataclass(frozen=True, slots=True)
class BtreeSize:
    """Blocks of the file and levels above the leaves."""

    blocks: int
    level: int


@dataclass(frozen=True, slots=True)
class _Items:
    """Leaf items of one size."""

    count: float
    bytes: float
    """Of each, with its line pointer."""
    spare: float = 0.0
    """Of each, bytes of row pointers."""
    alone: bool = False
    """Whether they fill pages without others between them."""


def btree(
    rows: float,
    keys: Sequence[KeyColumn],
    include: Sequence[KeyColumn] = (),
    *,
    fillfactor: int = 90,
    deduplicate: bool = True,
    known: Combinations = MappingProxyType({}),
) -> BtreeSize:
    """The size of a B-tree over that many rows; `known` says how many combinations of keys there are."""
    if rows < 1:
        return BtreeSize(1, 0)
    items = _leaf_items(rows, keys, include, known, deduplicate)
    reserve = _LEAF_RESERVE if fillfactor == 90 else 8192 * (100 - fillfactor) // 100
    alone, mixed = _sections(items)
    pages_alone, pages_mixed = _pages_alone(alone, reserve), _pages(mixed, reserve)
    last = 1.0 / _per_page(alone or mixed, reserve)  # the last page has no high key, so its last item stays
    leaves = max(1, math.ceil(pages_alone + pages_mixed - last))
    apart = _pivot_bytes(rows, sum(item.count for item in mixed) or 1.0, keys, known)
    equal = tuple_bytes(keys) + _PIVOT_ROW
    fan = _fan((pages_alone * equal + pages_mixed * apart) / (pages_alone + pages_mixed))
    return _with_inner_pages(leaves, fan, fan)


def level_of(
    blocks: int, rows: float, keys: Sequence[KeyColumn], include: Sequence[KeyColumn] = (), *, ascending: bool = False
) -> int:
    """Levels above the leaves of an existing B-tree, from its size: where they could not be read.

    One that is much larger than it would be when built anew has grown by inserts, and then its root is split
    only when it is full, not at 70 %. With `ascending` inserts an index grows without growing so much larger.
    """
    smallest, largest = tuple_bytes(keys[:1]), tuple_bytes(keys) + 8
    least, most = _fan(largest), _PAGE // (smallest + _LINE_POINTER)
    lowest = _with_inner_pages(_leaves(blocks, least), most, most).level
    if lowest == _with_inner_pages(_leaves(blocks, most), least, least).level:
        return lowest  # whatever the keys' prefixes are: nearly all indexes
    pivot = _pivot_bytes(max(1.0, rows), max(1.0, rows), keys, {})
    fan = root = _fan(pivot)
    if ascending or blocks > _GROWN * btree(rows, keys, include).blocks:
        root = _PAGE // (pivot + _LINE_POINTER)
    return _with_inner_pages(_leaves(blocks, fan), fan, root).level


def _leaves(blocks: int, fan: float) -> int:
    return max(1, math.ceil((blocks - 1) * (1 - 1 / fan)))


def _pivot_bytes(rows: float, items: float, keys: Sequence[KeyColumn], known: Combinations) -> float:
    """Mean bytes of an inner tuple: the shortest prefix of the key that tells two neighbouring leaf items apart, and
    the whole key with a row pointer where none does. Neighbours share a prefix the likelier the fewer values it has."""
    mean, undecided = 0.0, 1.0
    for count in range(1, len(keys) + 1):
        keys_apart = distinct(repeats(rows, keys[:count], known))
        equal = max(0.0, 1.0 - keys_apart / (items if count == len(keys) else rows))
        mean += (undecided - min(undecided, equal)) * tuple_bytes(keys[:count])
        undecided = min(undecided, equal)
    return mean + undecided * (tuple_bytes(keys) + _PIVOT_ROW)


def _leaf_items(
    rows: float, keys: Sequence[KeyColumn], include: Sequence[KeyColumn], known: Combinations, deduplicate: bool
) -> list[_Items]:
    if deduplicate and not include and all(key.deduplicable for key in keys):
        if len(keys) == 1 and keys[0].null_share > 0:
            return list(_column_with_nulls(rows, keys[0]))
        groups = repeats(rows, keys, known)
        if distinct(groups) < rows * 0.999:
            return list(_posting_items(groups, keys))
    return [_Items(rows * share, size + _LINE_POINTER) for size, share in tuple_sizes([*keys, *include]).items()]


def _column_with_nulls(rows: float, key: KeyColumn) -> Iterator[_Items]:
    """Its NULLs share posting lists of their own, of smaller tuples."""
    present = 1.0 - key.null_share
    yield from _posting(1.0, rows * key.null_share, _NULL_TUPLE)
    if rows * present >= 1:
        common = tuple(share / present for share in key.common)
        yield from _leaf_items(rows * present, [replace(key, null_share=0.0, common=common)], (), {}, True)


def _posting_items(groups: Groups, keys: Sequence[KeyColumn]) -> Iterator[_Items]:
    sizes = tuple_sizes(keys)
    for count, size in groups:
        for leaf, share in sizes.items():
            yield from _posting(count * share, size, leaf)


def _posting(count: float, size: float, leaf: int) -> Iterator[_Items]:
    """Items of `count` keys that `size` rows share each."""
    capacity = max(2, (_POSTING_LIMIT - leaf) // _ROW_POINTER)
    full, rest = divmod(size, capacity)
    alone = full > _PAGE // _POSTING_LIMIT
    if full:
        yield replace(_item(count * full, capacity, leaf), alone=alone)
    low = math.floor(rest)
    for rows, share in ((low, 1.0 - (rest - low)), (low + 1, rest - low)):  # a size may be a mean
        if rows >= 1 and share > 0:
            yield replace(_item(count * share, rows, leaf), alone=alone)


def _item(count: float, rows: int, leaf: int) -> _Items:
    size = -(-(leaf + rows * _ROW_POINTER) // 8) * 8 if rows >= 2 else leaf
    return _Items(count, size + _LINE_POINTER, size - leaf)


def _sections(items: Sequence[_Items]) -> tuple[list[_Items], list[_Items]]:
    """Items that fill pages of their own, as those of a key that many rows share, and those that lie mixed."""
    return [item for item in items if item.alone], [item for item in items if not item.alone]


def _pages_alone(items: Sequence[_Items], reserve: float) -> float:
    if not items:
        return 0.0
    full = max(items, key=lambda item: item.bytes)
    return sum(item.count * item.bytes for item in items) / full.bytes / _per_page([full], reserve)


def _pages(items: Sequence[_Items], reserve: float) -> float:
    return sum(item.count for item in items) / _per_page(items, reserve) if items else 0.0


def _per_page(items: Sequence[_Items], reserve: float) -> float:
    """Items a page keeps: a page is closed when the free space falls below the reserve (not counting what truncating
    its last posting list gives back) or the next item does not fit; the last item then moves on as the high key.

    Of equal items a whole number; of varying ones as many as renewals: half an item less than fits, on average.
    """
    counts: dict[tuple[float, float], float] = defaultdict(float)
    for item in items:
        counts[item.bytes, item.spare] += item.count
    total = sum(counts.values())
    most, spare = max(counts, key=lambda size: counts[size])
    if counts[most, spare] > _NEARLY_ALL * total:
        return max(1.0, min(_PAGE // most, (_PAGE - reserve + spare) // most + 1) - 1)
    mean = sum(count * size for (size, _), count in counts.items()) / total
    spare = sum(count * spare for (_, spare), count in counts.items()) / total
    square = sum(count * (size / mean) ** 2 for (size, _), count in counts.items()) / total
    return max(1.0, min(_PAGE / mean - 1, (_PAGE - reserve + spare) / mean) + (square - 1) / 2 - 0.5)


def _fan(pivot: float) -> float:
    """Pages below an inner page."""
    return max(2.0, _per_page([_Items(1.0, pivot + _LINE_POINTER)], _INNER_RESERVE))


def _with_inner_pages(leaves: int, fan: float, root: float) -> BtreeSize:
    """Levels of pages with `fan` pages below each, up to a root that may have `root` of them."""
    blocks, level, pages = 1 + leaves, 0, float(leaves)
    while pages > 1:
        pages = 1 if pages <= root else math.ceil(pages / fan)
        blocks += int(pages)
        level += 1
    return BtreeSize(int(blocks), level)
