"""How large a GIN index would be once built: its keys from statistics, its posting lists by the server's coding.

Layouts: ginpostinglist.c (row pointers as varbyte-coded distances, in segments), ginentrypage.c, gindatapage.c and
gininsert.c of the server's sources. GIN's pages enter the planner's costs by a small root and its entries by a
logarithm, so a sample of keys from the column's statistics will do.
"""

import json
import math
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from dbadvisor.model.snapshot import ColumnStatistics
from dbadvisor.planner.shadow.pages import GinCounts
from dbadvisor.planner.shadow.richness import RARE, behind
from dbadvisor.planner.shadow.tuples import KeyColumn

_LARGEST_ITEM = (8192 - 40 - 8) // 3 // 8 * 8
"""GinMaxItemSize: a key with a longer posting list gets pages of its own (ginvacuum aside, gininsert.c)."""

_DATA_PAGE = (8192 - 24 - 16 - 8) * 0.97
"""Bytes for postings on a data page: CREATE INDEX fills them but for the last segment of some 256 bytes."""

_ENTRY_PAGE = 8192 - 24 - 8
_ENTRY_FILL, _ENTRY_FILL_IN_ROUNDS = 0.55, 0.65
"""Entry pages are split in the middle; with keys that come in order that leaves them half full, and when the build
takes several rounds of maintenance_work_mem, as chance fills them."""

_ROUND_ROWS = 64 * 1024 * 1024 / 10
"""Row pointers that the default maintenance_work_mem of 64 MB holds."""

_TSVECTOR_HEADER, _LEXEME_BYTES = 8, 9.0
"""Bytes of a document, and of each of its lexemes beside its letters (WordEntry and one position)."""

Key = tuple[str, str]
"""(where the key comes from in the value, the key)."""

Keys = Callable[[str], Iterable[Key]]


@dataclass(frozen=True, slots=True)
class KeySample:
    """Keys that a GIN index would hold."""

    groups: tuple[tuple[float, float], ...]
    """(share of the rows that have such a key, how many such keys)."""
    key_bytes: float

    @property
    def mean(self) -> float:
        """Keys a row."""
        return sum(share * count for share, count in self.groups)


UNKNOWN_KEYS = KeySample(((0.01, 1000.0),), 8.0)
"""Of a column without statistics: some ten keys a row."""


def trigrams(text: str) -> Iterable[Key]:
    """The trigrams of a text as pg_trgm takes them: of each word in small letters, padded by two blanks and one."""
    for word in re.findall(r"[^\W_]+", text.lower()):
        padded = f"  {word} "
        for at in range(len(padded) - 2):
            yield "", padded[at : at + 3]


def lexemes(text: str) -> Iterable[Key]:
    """The lexemes of a document's text."""
    return (("", lexeme) for lexeme in re.findall(r"'((?:[^']|'')*)'", text))


def json_keys(text: str) -> Iterable[Key]:
    """The keys and values that jsonb_ops indexes."""
    return _json_items(json.loads(text), "")


def json_paths(text: str) -> Iterable[Key]:
    """The paths with values that jsonb_path_ops indexes."""
    items = _json_items(json.loads(text), "")
    return ((path, f"{path}={value[1:]}") for path, value in items if path or not value.startswith("K"))


def _json_items(value: object, path: str) -> Iterable[Key]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield "", f"K{key}"
            yield from _json_items(item, f"{path}.{key}")
    elif isinstance(value, list):
        for item in value:
            if isinstance(item, str):
                yield f"{path}[]", f"K{item}"  # jsonb_gin.c: strings in arrays count as keys
            else:
                yield from _json_items(item, f"{path}[]")
    else:
        yield path, f"V{value}"


def column(key: KeyColumn) -> KeySample:
    """The values themselves, as btree_gin indexes them."""
    rest = max(0.0, 1.0 - key.null_share - sum(key.common))
    others = key.distinct - len(key.common)
    groups = [(share, 1.0) for share in key.common] + [(share, count) for count, share in key.others]
    if others >= 1 and not key.others:
        groups.append((rest / others, others))
    return KeySample(tuple(groups), key.width)


def sampled(values: Sequence[tuple[str, float]], keys: Keys, key_bytes: float | None, rows: float) -> KeySample:
    """The keys of values with their shares of the rows; those of each place in the values are counted apart."""
    shares: dict[Key, float] = defaultdict(float)
    seen: Counter[Key] = Counter()
    for value, share in values:
        for key in set(keys(value)):
            shares[key] += share
            seen[key] += 1
    groups: list[tuple[float, float]] = []
    for place in {place for place, _ in seen}:
        groups += _of_place({key: (shares[key], seen[key]) for key in seen if key[0] == place}, rows)
    width = sum(len(key.encode()) + 1 for _, key in seen) / len(seen) if seen else 8.0
    return KeySample(tuple(groups), key_bytes or width)


def _of_place(keys: Mapping[Key, tuple[float, int]], rows: float) -> list[tuple[float, float]]:
    """Groups of keys by their shares. What a sample says of a rare key is mostly chance, so its share is drawn
    towards the rare keys' mean, the more the less they differ by more than chance (gamma-Poisson shrinkage)."""
    groups = [(share, 1.0) for share, count in keys.values() if count > RARE]
    rare = [(share, count) for share, count in keys.values() if count <= RARE]
    if not rare:
        return groups
    total = sum(count for _, count in rare)
    a_time = sum(share for share, _ in rare) / total
    number, spread = behind([count for _, count in rare], total * a_time * rows)
    mean = total / number
    own = mean * spread / (1.0 + mean * spread)
    groups += [(share / count * (own * count + (1.0 - own) * mean), 1.0) for share, count in rare]
    unseen = number - len(rare)
    if unseen >= 1:
        groups.append((a_time * (1.0 - own) * mean, unseen))
    return groups


def elements(statistics: ColumnStatistics, *, document: bool) -> KeySample:
    """The elements of arrays or the lexemes of documents, which statistics list with their frequencies.

    How many a document has is told by its width.
    """
    values = statistics.most_common_elems or ()
    shares = (statistics.most_common_elem_freqs or ())[: len(values)]
    if not shares:
        return UNKNOWN_KEYS
    letters = sum(len(value.encode()) * share for value, share in zip(values, shares, strict=True)) / sum(shares)
    if document:
        mean = (statistics.avg_width - _TSVECTOR_HEADER) / (_LEXEME_BYTES + letters)
    else:
        mean = statistics.elem_count_histogram[-1] if statistics.elem_count_histogram else sum(shares)
    groups = [(share, 1.0) for share in shares]
    unlisted = mean - sum(shares)
    if unlisted > 0.02 * mean:
        rare = min(shares) / 2
        groups.append((rare, unlisted / rare))
    width = sum(len(value.encode()) + 1 for value in values) / len(values)
    return KeySample(tuple(groups), width)


def gin(rows: float, table_rows: float, heap_blocks: int, keys: KeySample) -> GinCounts:
    """Pages and entries of a GIN index: short posting lists lie with their key, long ones in pages of their own."""
    if rows < 1:
        return GinCounts(2, 1, 0, 1)
    per_block = max(1.0, table_rows / max(1, heap_blocks))
    head = 8 + math.ceil(keys.key_bytes / 2) * 2
    occurrences = entry_bytes = data_pages = 0.0
    for share, count in keys.groups:
        size = max(1.0, share * rows)
        occurrences += size * count
        posting = 8 + (size - 1) * _row_bytes(size / max(table_rows, size), per_block)
        if head + posting > _LARGEST_ITEM:
            data_pages += count * _posting_tree(posting)
            posting = 0.0
        entry_bytes += count * (math.ceil((head + posting) / 8) * 8 + 4)
    fill = _ENTRY_FILL if occurrences <= _ROUND_ROWS else _ENTRY_FILL_IN_ROUNDS
    leaves = max(1, math.ceil(entry_bytes / (_ENTRY_PAGE * fill))) if entry_bytes > _ENTRY_PAGE else 1
    entry, data = leaves + (leaves > 1), math.ceil(data_pages)
    entries = max(1, math.ceil(sum(count for _, count in keys.groups)))
    return GinCounts(1 + entry + data, entry, data, entries)


def _posting_tree(posting: float) -> float:
    leaves = math.ceil(posting / _DATA_PAGE)
    return leaves + (leaves > 1) + leaves // 800


def _row_bytes(share: float, per_block: float) -> float:
    """Mean bytes of a row in a posting list when each row has the key by chance: 1 for the next on the same heap
    page, 2 up to 7 pages on, 3 up to 1023 (a row pointer is the page and 11 bits of the row on it)."""
    none_on_page = math.pow(1.0 - share, per_block)
    leaves_page = min(1.0, (1.0 - none_on_page) / (per_block * share))
    return 1.0 - leaves_page + leaves_page * (2.0 + math.pow(none_on_page, 7) + math.pow(none_on_page, 1023))
