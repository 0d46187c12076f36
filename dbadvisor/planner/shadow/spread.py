"""How a column's values that are no common ones share the rows, from its histogram and its number of values.

ANALYZE's estimate of that number (Haas and Stokes' Duj1, analyze.c) is right for values that come equally often
and too low for values that come by chance, the more so the more skewed they are. Both are found in the wild, so
the middle between the estimate and what chance would have made of it is taken. Whole numbers and dates tell more:
between two bounds of the histogram no more values fit than numbers, and keys that refer to a table use nearly all.
"""

import math
from collections.abc import Sequence
from datetime import date
from itertools import pairwise

from dbadvisor.model.snapshot import ColumnStatistics

_SAMPLE = 30_000
"""Rows that ANALYZE looks at with a statistics target of 100."""

_DENSE = 3.0
"""Up to so many times the estimated values, a range of whole numbers is taken to be used throughout."""

_WHOLE = ("smallint", "integer", "bigint")


def distinct(statistics: ColumnStatistics, rows: float) -> float:
    """Distinct values that are not NULL."""
    estimate = -statistics.n_distinct * rows if statistics.n_distinct < 0 else statistics.n_distinct
    present = rows * (1.0 - statistics.null_frac)
    common = statistics.most_common_freqs or ()
    if statistics.histogram_bounds is None or estimate >= 0.95 * present:
        return estimate
    others, rest = estimate - len(common), present - rows * sum(common)
    if others < 1 or rest < others:
        return estimate
    return len(common) + math.sqrt(others * max(others, _by_chance(others, rest, rest * min(1.0, _SAMPLE / rows))))


def _by_chance(estimate: float, rows: float, sample: float) -> float:
    """The values there are when a sample of values that come by chance made ANALYZE estimate so many."""
    if sample >= rows:
        return estimate
    low, high = math.log(max(1.0, estimate / 2)), math.log(rows * 100)
    for _ in range(40):
        middle = (low + high) / 2
        if _estimated(math.exp(middle), rows, sample) < estimate:
            low = middle
        else:
            high = middle
    values = math.exp(low)
    return values * -math.expm1(-rows / values)


def _estimated(values: float, rows: float, sample: float) -> float:
    """Duj1's expectation over equally likely values."""
    once = sample * math.exp(-sample / values)
    return sample * values * -math.expm1(-sample / values) / (sample - once + once * sample / rows)


def others(statistics: ColumnStatistics, type_: str, values: float, rows: float) -> tuple[tuple[float, float], ...]:
    """(how many values, share of the rows that each has) of each bin of the histogram over whole numbers or dates;
    `values` is the number of distinct ones that are no common ones. Empty where there is nothing to tell."""
    spans = _spans(statistics.histogram_bounds or (), type_)
    share = 1.0 - statistics.null_frac - sum(statistics.most_common_freqs or ())
    if len(spans) < 10 or values < len(spans) or share <= 0 or share * rows <= values * 1.02:
        return ()
    of_bin = share / len(spans)
    dense = sum(_occupied(span, rows * of_bin) for span in spans)
    density = 1.0 if dense <= _DENSE * values else _density(spans, rows * of_bin, values)
    counts = [_occupied(span * density, rows * of_bin) for span in spans]
    return tuple((count, of_bin / count) for count in counts)


def _spans(bounds: Sequence[str], type_: str) -> list[float]:
    try:
        if type_ in _WHOLE:
            numbers = [int(bound) for bound in bounds]
        elif type_ == "date":
            numbers = [date.fromisoformat(bound).toordinal() for bound in bounds]
        else:
            return []
    except ValueError:
        return []
    return [max(1.0, float(after - before)) for before, after in pairwise(numbers)]


def _occupied(span: float, rows: float) -> float:
    """Of so many numbers, those that some of the rows have."""
    return max(1.0, span * -math.expm1(-rows / span)) if span > 0 else 1.0


def _density(spans: Sequence[float], rows: float, values: float) -> float:
    """The share of the numbers in use that makes as many values."""
    low, high = -60.0, 0.0
    for _ in range(40):
        middle = (low + high) / 2
        if sum(_occupied(span * math.exp(middle), rows) for span in spans) < values:
            low = middle
        else:
            high = middle
    return math.exp(low)
