"""How many kinds there are in all, from how often each of those in a small sample was seen."""

import math
from collections.abc import Sequence

RARE = 10
"""Kinds seen so often at most are rare: the others have all been seen and are told right by the sample."""


def behind(rare: Sequence[int], occurrences: float) -> tuple[float, float]:
    """How many keys there are behind those that were seen so often each, and how unequal they are (the squared
    coefficient of variation): Chao and Lee's coverage-based estimate.

    Where none of n was seen twice there are some n * n / 2 at least and one an occurrence at most: the middle.
    """
    once, total = rare.count(1), sum(rare)
    if once == total:
        return math.sqrt(max(total, total * total / 2) * max(total, occurrences)), 0.0
    coverage = 1.0 - once / total
    pairs = sum(count * (count - 1) for count in rare) / (total * (total - 1))
    spread = max(0.0, len(rare) / coverage * pairs - 1.0)
    return min(len(rare) / coverage + once / coverage * spread, len(rare) + occurrences), spread
