"""How often keys repeat: the number of distinct keys of an index, and how many rows share each.

A column is told by (how many values, share of the rows that each has): its NULLs, its most common values one by
one, the rest as its histogram spreads them. Columns are combined as if they were independent, unless it is known
how many combinations some of them have: then every value of the most varied one is split evenly.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from dbadvisor.planner.shadow.tuples import KeyColumn

Groups = list[tuple[float, float]]
"""(how many keys, how many rows share each)."""

Combinations = Mapping[frozenset[int], float]
"""How many combinations some of an index's keys (by position from 0) have, where that is known."""

_Shares = list[tuple[float, float]]
"""(how many keys, share of the rows that each is expected to have)."""

_STEPS = 6
"""Shares are told apart to a sixth of a power of two: all combinations of a few columns' hundred common values are
too many."""

_MANY = 60
"""Above so many rows a key, how far chance makes keys differ no longer matters."""

_RARE = 1e-6
"""Below so many rows a key, no key comes twice."""

_UNIQUE = 0.95
"""Share of the rows from which on a column's distinct values mean that every row has another key."""


def repeats(rows: float, keys: Sequence[KeyColumn], known: Combinations) -> Groups:
    """The keys' groups of equal rows."""
    exact = _exact(rows, keys, known)
    if exact is not None and exact >= rows:
        return [(rows, 1.0)]
    cells = _combined(rows, keys, known)
    if exact is None:
        return _summed(group for cell in cells for group in _by_chance(rows, *cell))
    return _summed(group for cell in cells for group in _seen(*_at_least_one(rows, *cell)))


def _summed(groups: Iterable[tuple[float, float]]) -> Groups:
    counts: dict[float, float] = defaultdict(float)
    for count, size in groups:
        counts[size] += count
    return [(count, size) for size, count in counts.items()]


def distinct(groups: Groups) -> float:
    """How many keys there are."""
    return sum(count for count, _ in groups)


def _exact(rows: float, keys: Sequence[KeyColumn], known: Combinations) -> float | None:
    """How many keys there are where that is known; all rows when some of the keys alone differ in all rows."""
    here = frozenset(range(len(keys)))
    if any(key.distinct >= rows * _UNIQUE for key in keys):
        return rows
    if any(positions <= here and total >= rows for positions, total in known.items()):
        return rows
    if len(keys) == 1:
        return keys[0].distinct + (keys[0].null_share > 0)
    return known.get(here)


def _combined(rows: float, keys: Sequence[KeyColumn], known: Combinations) -> _Shares:
    """Keys whose combinations are known count as one; larger such sets first."""
    left = set(range(len(keys)))
    blocks = []
    for positions, total in sorted(known.items(), key=lambda pair: -len(pair[0])):
        if len(positions) > 1 and positions <= left:
            left -= positions
            most = max((_of_column(keys[position]) for position in positions), key=distinct)
            blocks.append(_split(most, min(total, rows)))
    blocks += [_of_column(keys[position]) for position in sorted(left)]
    shares = blocks[0]
    for block in blocks[1:]:
        shares = _merged((a * b, s * t) for a, s in shares for b, t in block)
    return shares


def _of_column(key: KeyColumn) -> _Shares:
    shares = [(1.0, share) for share in key.common] + list(key.others)
    if key.null_share > 0:
        shares.append((1.0, key.null_share))
    if key.others:
        return shares
    rest = max(0.0, 1.0 - sum(share for _, share in shares))
    count = key.distinct - len(key.common)
    if not shares:
        count = max(1.0, count)
    return [*shares, (count, rest / count)] if count > 0 else shares


def _split(shares: _Shares, total: float) -> _Shares:
    parts = max(1.0, total / max(1.0, distinct(shares)))
    return [(count * parts, share / parts) for count, share in shares]


def _merged(cells: Iterable[tuple[float, float]]) -> _Shares:
    """Cells of about the same share as one of their mean."""
    counts: dict[int, float] = defaultdict(float)
    weights: dict[int, float] = defaultdict(float)
    for count, share in cells:
        if count > 0 and share > 0:
            step = round(math.log2(share) * _STEPS)
            counts[step] += count
            weights[step] += count * share
    return [(count, weights[step] / count) for step, count in counts.items()]


def _at_least_one(rows: float, count: float, share: float) -> tuple[float, float]:
    return (count, rows * share) if rows * share >= 1 else (rows * share * count, 1.0)


def _by_chance(rows: float, count: float, share: float) -> Groups:
    """Poisson, without those that no row has."""
    mean = rows * share
    if mean < _RARE:
        return [(count * mean, 1.0)]
    return [(count, mean)] if mean > _MANY else _poisson(count, mean)


def _seen(count: float, mean: float) -> Groups:
    """Of values that are known to occur: Poisson whose mean without the zero is `mean`."""
    if mean > _MANY:
        return [(count, mean)]
    rate = mean
    for _ in range(50):
        rate = mean * -math.expm1(-rate)
    if rate < _RARE:
        return [(count * mean, 1.0)]
    return _poisson(count / -math.expm1(-rate), rate)


def _poisson(count: float, rate: float) -> Groups:
    weight, groups = count * math.exp(-rate) * rate, []
    for size in range(1, 200):
        if weight < 1e-9 * count and size > rate:
            break
        groups.append((weight, float(size)))
        weight *= rate / (size + 1)
    return groups
