"""Sizes of indexes that are no B-trees, roughly: right enough that the planner takes or leaves them as it would.

GIN's entry pages enter its cost by a small root and its entries by a logarithm, so a sample of keys from the
column's statistics will do. Fill factors of GiST, SP-GiST and hash were calibrated on built indexes.
"""

import json
import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from dbadvisor.model.snapshot import ColumnStatistics
from dbadvisor.planner.shadow.pages import GinCounts

_PAGE = 8192 - 24 - 8
_POSTING_TREE_BYTES = 2600
"""Longer posting lists move from the entry's page into pages of their own."""

_GIN_FILL = 0.65
"""How full GIN's pages are after CREATE INDEX: measured between 0.55 and 0.75."""

_ROWS_A_PAGE = 2048
"""A heap page's address space in a row pointer: MaxHeapTuplesPerPage rounded up to bits."""


@dataclass(frozen=True, slots=True)
class KeySample:
    """Keys that a GIN index would hold."""

    groups: tuple[tuple[float, float], ...]
    """(share of the rows that have such a key, how many such keys)."""
    key_bytes: float


UNKNOWN_KEYS = KeySample(((0.01, 1000.0),), 8.0)
"""Of a column without statistics: some ten keys a row."""


def trigrams(text: str) -> Iterable[str]:
    """The trigrams of a text as pg_trgm takes them: of each word in small letters, padded by two blanks and one."""
    for word in re.findall(r"\w+", text.lower()):
        padded = f"  {word} "
        for at in range(len(padded) - 2):
            yield padded[at : at + 3]


def json_keys(text: str) -> Iterable[str]:
    """The keys and values that jsonb_ops indexes."""
    return _json_items(json.loads(text))


def json_paths(text: str) -> Iterable[str]:
    """The paths with values that jsonb_path_ops indexes."""
    return _json_paths(json.loads(text), "")


def _json_items(value: object) -> Iterable[str]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield f"K{key}"
            yield from _json_items(item)
    elif isinstance(value, list):
        for item in value:
            yield from _json_items(item)
    else:
        yield f"V{value}"


def _json_paths(value: object, path: str) -> Iterable[str]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _json_paths(item, f"{path}.{key}")
    elif isinstance(value, list):
        for item in value:
            yield from _json_paths(item, f"{path}[]")
    else:
        yield f"{path}={value}"


def sampled(
    statistics: ColumnStatistics, keys: Callable[[str], Iterable[str]], key_bytes: float | None, rows: float
) -> KeySample:
    """The keys of the values that the statistics name: histogram bounds stand for equal shares of the other rows.

    Keys of one bound alone stand for the many that no bound has, counted as ANALYZE counts distinct values
    (Haas and Stokes' Duj1).
    """
    common: Counter[str] = Counter()
    for value, share in zip(statistics.most_common_vals or (), statistics.most_common_freqs or (), strict=True):
        common.update(dict.fromkeys(keys(value), share))
    bounds = statistics.histogram_bounds or ()
    rest = max(0.0, 1.0 - statistics.null_frac - sum(statistics.most_common_freqs or ()))
    share = rest / max(1, len(bounds))
    seen = Counter(key for value in bounds for key in set(keys(value)))
    singles = sum(1 for key, count in seen.items() if count == 1 and key not in common)
    groups = [(common[key] + share * seen[key], 1.0) for key in common | seen if seen[key] != 1 or key in common]
    if singles:
        total = sum(seen.values())
        distinct = total * len(seen) / max(1.0, total - singles + singles / max(1.0, share * rows))
        unseen = max(float(singles), distinct - len(seen) + singles)
        groups.append((singles * share / unseen, unseen))
    width = sum(map(len, common | seen)) / len(common | seen) if common | seen else 8.0
    return KeySample(tuple(groups), key_bytes or width)


def elements(statistics: ColumnStatistics) -> KeySample:
    """The elements of arrays or the lexemes of documents, which statistics list with their frequencies."""
    values = statistics.most_common_elems or ()
    shares = (statistics.most_common_elem_freqs or ())[: len(values)]
    mean = statistics.elem_count_histogram[-1] if statistics.elem_count_histogram else sum(shares)
    groups = [(share, 1.0) for share in shares]
    unlisted = max(0.0, mean - sum(shares))
    if shares and unlisted > 0.02 * mean:
        rare = min(shares) / 2
        groups.append((rare, unlisted / rare))
    width = sum(map(len, values)) / len(values) if values else 8.0
    return KeySample(tuple(groups), width)


def gin(rows: float, heap_blocks: int, keys: KeySample) -> GinCounts:
    """Pages and entries of a GIN index: short posting lists (varbyte-coded distances between rows) lie with their
    key, long ones in pages of their own."""
    head = 20 if keys.key_bytes <= 8 else 12 + math.ceil((keys.key_bytes + 1) / 8) * 8
    entry_bytes = data_pages = 0.0
    for share, count in keys.groups:
        size = max(1.0, share * rows)
        posting = size * _row_bytes(size, rows, heap_blocks)
        if posting > _POSTING_TREE_BYTES:
            leaves = math.ceil(posting / (_PAGE * _GIN_FILL))
            data_pages += count * (leaves + (leaves > 1))
            posting = 0.0
        entry_bytes += count * (head + posting)
    entry = max(1, math.ceil(entry_bytes / (_PAGE * _GIN_FILL)))
    data = math.ceil(data_pages)
    return GinCounts(1 + entry + data, entry, data, max(1, math.ceil(sum(count for _, count in keys.groups))))


def _row_bytes(size: float, rows: float, heap_blocks: int) -> float:
    """Mean bytes of a row in a posting list: distances are small when a key occurs often on a page."""
    on_page = size / max(1, heap_blocks)
    if on_page < 1:
        return _varbyte(_ROWS_A_PAGE / on_page)
    near = (on_page - 1) / on_page
    return near * _varbyte(rows / max(1, heap_blocks) / on_page) + (1 - near) * _varbyte(_ROWS_A_PAGE)


def _varbyte(distance: float) -> int:
    return max(1, math.ceil(math.log2(max(2.0, distance)) / 7))


def gist(rows: float, key_bytes: float, fill: float = 0.62) -> int:
    """Blocks of a GiST index: leaf tuples with a header of 8 bytes at a fill of about two thirds."""
    item = 8 + math.ceil(key_bytes / 8) * 8 + 4
    return math.ceil(rows * item / ((8192 - 40) * fill) * 1.01) + 1


def trigram_signature_bytes(width: float) -> float:
    """What gist_trgm_ops stores of a text in a leaf: three bytes a trigram, about one a character."""
    return 5 + 3 * (width + 1)


def spgist(rows: float, key_bytes: float) -> int:
    """Blocks of an SP-GiST index."""
    return math.ceil(rows * (math.ceil((16 + key_bytes) / 8) * 8 + 4) / ((8192 - 32) * 0.68)) + 3


def hash_(rows: float, common: Sequence[float]) -> int:
    """Blocks of a hash index: buckets of 307 rows, doubled in four steps, and overflow pages for common values."""
    buckets = _buckets(rows)
    capacity = (8192 - 24 - 16) // 20
    overflow = sum(max(0.0, share * rows / capacity - 0.5) for share in common)
    load = rows * max(0.0, 1 - sum(common)) / buckets
    spread = (load - capacity) / math.sqrt(load) if load else -9.0
    overflow += buckets * 0.5 * math.erfc(-spread / math.sqrt(2)) * max(1.0, load / capacity - 0.5)
    return 2 + buckets + math.ceil(overflow)


def _buckets(rows: float) -> int:
    wanted = max(2.0, rows / 307)
    power = int(2 ** math.floor(math.log2(wanted)))
    if power >= 512:
        return next((power + power * step // 4 for step in range(5) if power + power * step // 4 >= wanted), 2 * power)
    return power if power >= wanted else 2 * power


def brin(heap_blocks: int, pages_per_range: int, tuple_bytes: float) -> tuple[int, int]:
    """Blocks of a BRIN index, and how many of them are its range map (1360 ranges a page)."""
    ranges = math.ceil(heap_blocks / pages_per_range)
    revmap = max(1, math.ceil(ranges / 1360))
    return 1 + revmap + math.ceil(ranges * (tuple_bytes + 4) / (8192 - 32)), revmap
