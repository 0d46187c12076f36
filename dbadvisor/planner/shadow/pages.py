"""Images of the few index pages that the planner reads, as PostgreSQL 13 to 18 lay them out.

Offsets and constants: access/nbtree.h, gin_private.h (ginblock.h), brin_page.h, spgist_private.h and
storage/bufpage.h of the server's sources. Numbers are little-endian, as on every machine with wheels.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass

BLOCK = 8192
_HEADER = 24
_LAYOUT_VERSION = 4
_NO_BLOCK = 0xFFFFFFFF

_BTREE_ROOT_AT = 32  # btm_root, btm_level, btm_fastroot, btm_fastlevel, 4 bytes each
_LEAF, _ROOT = 1, 2
_MINUS_INFINITY = struct.pack("<HHHH", 0, 0, 0, 8 | 0x2000)  # a pivot of 8 bytes without keys: its t_tid is filled in


@dataclass(frozen=True, slots=True)
class GinCounts:
    """What a GIN metapage tells the planner: pages in all, of entries, of postings, and distinct keys."""

    total: int
    entry: int
    data: int
    entries: int
    pending: int = 0
    """Pages of the list that new keys wait in."""


def btree(seeded: bytes, level: int) -> bytes:
    """The first pages of a B-tree whose root is at the given level above the leaves.

    `seeded` is a whole small index as the server built it, whose root is a leaf or which is empty; its
    leaf stays reachable, since the planner reads the index's ends (get_actual_variable_range). The root leads
    straight to it: descending follows downlinks and stops at level 0, and nobody counts the levels between.
    """
    metapage = bytearray(seeded[:BLOCK])
    root, height = struct.unpack_from("<II", metapage, _BTREE_ROOT_AT)
    body = bytearray(seeded[BLOCK:])
    if root == 0:
        body, root = bytearray(_page(_btree_special(0, _LEAF | _ROOT))), 1
    if level > height:
        _take_root_flag(body, root)
        downlink = struct.pack("<HH", root >> 16, root & 0xFFFF) + _MINUS_INFINITY[4:]
        body += _page(_btree_special(level, _ROOT), (downlink,))
        root = len(body) // BLOCK
    struct.pack_into("<IIII", metapage, _BTREE_ROOT_AT, root, max(level, height), root, max(level, height))
    return bytes(metapage + body)


def empty_btree(seeded: bytes) -> bytes:
    """The one page of a B-tree over no rows, whose metapage names no root."""
    metapage = bytearray(seeded[:BLOCK])
    struct.pack_into("<IIII", metapage, _BTREE_ROOT_AT, 0, 0, 0, 0)
    return bytes(metapage)


def _take_root_flag(body: bytearray, block: int) -> None:
    flags_at = block * BLOCK - 4
    (flags,) = struct.unpack_from("<H", body, flags_at)
    struct.pack_into("<H", body, flags_at, flags & ~_ROOT)


def _btree_special(level: int, flags: int) -> bytes:
    return struct.pack("<IIIHH", 0, 0, level, flags, 0)


def gin(counts: GinCounts) -> bytes:
    """A GIN metapage, version 2."""
    content = struct.pack(
        "<IIIIqIIIIqi",
        *(_NO_BLOCK, _NO_BLOCK, 0, counts.pending, 0),
        *(counts.total, counts.entry, counts.data, 0, counts.entries, 2),
    )
    return _page(struct.pack("<IHH", _NO_BLOCK, 0, 8), content=content)


def brin(pages_per_range: int, revmap_pages: int) -> bytes:
    """A BRIN metapage whose range map is that many pages long."""
    return _page(
        struct.pack("<HHHH", 0, 0, 0, 0xF091),
        content=struct.pack("<IIII", 0xA8109CFA, 1, pages_per_range, revmap_pages),
    )


def spgist() -> bytes:
    """An SP-GiST metapage: the planner only checks its magic number."""
    last_used = struct.pack("<Ii", _NO_BLOCK, 0) * 8
    return _page(struct.pack("<HHHH", 1, 0, 0, 0xFF82), content=struct.pack("<I", 0xBA0BABEE) + last_used)


def _page(special: bytes, items: Sequence[bytes] = (), content: bytes = b"") -> bytes:
    """A page with items under line pointers, or with plain content right behind its header."""
    page = bytearray(BLOCK)
    lower, upper = _HEADER + len(content), BLOCK - len(special)
    page[_HEADER:lower] = content
    page[upper:] = special
    for item in items:
        upper -= (len(item) + 7) // 8 * 8
        page[upper : upper + len(item)] = item
        struct.pack_into("<I", page, lower, upper | 1 << 15 | len(item) << 17)  # in use, at `upper`, of that length
        lower += 4
    if content:
        upper = BLOCK - len(special)
    struct.pack_into("<HHHH", page, 12, lower, upper, BLOCK - len(special), BLOCK | _LAYOUT_VERSION)
    return bytes(page)
