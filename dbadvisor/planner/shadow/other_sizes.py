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
