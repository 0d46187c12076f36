"""How wide the values of a column are, one by one, as far as its statistics name values."""

import math
import re
from collections import defaultdict
from collections.abc import Callable, Mapping

from dbadvisor.model.snapshot import ColumnStatistics

_TEXTS = ("text", "character varying", "citext", "character", "xml", "json")
_HEADER, _SHORT_HEADER, _SHORT = 4, 1, 127


def stored(avg_width: float, length: int, *, expression: bool) -> float:
    """Mean bytes in an index. ANALYZE measures an expression's results before they lose three bytes of header."""
    short = expression and length == -1 and _HEADER < avg_width < _SHORT + _HEADER - _SHORT_HEADER
    return avg_width - (_HEADER - _SHORT_HEADER) if short else avg_width


def known(statistics: ColumnStatistics, type_: str, width: float) -> tuple[tuple[int, float], ...]:
    """(bytes, share) of the values that are not NULL: common values by their shares, the histogram's bounds for the
    rest. Empty for types of one width, and where the mean width shows that values are compressed or moved away."""
    measure = _measure(type_)
    if measure is None:
        return ()
    shares: dict[int, float] = defaultdict(float)
    for value, share in zip(statistics.most_common_vals or (), statistics.most_common_freqs or (), strict=True):
        shares[measure(value)] += share
    bounds = statistics.histogram_bounds or ()
    rest = max(0.0, 1.0 - statistics.null_frac - sum(statistics.most_common_freqs or ()))
    for value in bounds:
        shares[measure(value)] += rest / len(bounds)
    total = sum(shares.values())
    if total <= 0 or len(shares) < 2:
        return ()
    mean = sum(width * share for width, share in shares.items()) / total
    if abs(mean - width) > max(2.0, 0.25 * mean):
        return ()
    measured = min(max(mean, width), width + 0.99)  # by ANALYZE, on more values, but cut to a whole number
    return tuple((each, share / total) for each, share in sorted(_scaled(shares, measured / mean).items()))


def _scaled(shares: Mapping[int, float], by: float) -> Mapping[int, float]:
    if abs(by - 1.0) < 1e-9:
        return shares
    scaled: dict[int, float] = defaultdict(float)
    for width, share in shares.items():
        low = math.floor(width * by)
        scaled[low] += share * (low + 1 - width * by)
        scaled[low + 1] += share * (width * by - low)
    return scaled


def _measure(type_: str) -> Callable[[str], int] | None:
    if type_ in _TEXTS:
        return lambda value: _with_header(len(value.encode()))
    if type_ == "bytea":
        return lambda value: _with_header((len(value) - 2) // 2)
    return _numeric if type_ == "numeric" else None


def _with_header(length: int) -> int:
    return length + (_SHORT_HEADER if length + _SHORT_HEADER < _SHORT else _HEADER)


def _numeric(value: str) -> int:
    """numeric.c: two bytes for sign, scale and weight, two for each group of four digits around the point."""
    number = re.fullmatch(r"-?0*(\d*)(?:\.(\d*?)0*)?", value)
    if number is None:
        return 3
    whole, fraction = number[1], number[2] or ""
    groups = re.findall("....", whole.rjust(-(-len(whole) // 4) * 4, "0")) + re.findall(
        "....", fraction.ljust(-(-len(fraction) // 4) * 4, "0")
    )
    text = "".join("x" if group != "0000" else "0" for group in groups).strip("0")
    return _SHORT_HEADER + 2 + 2 * len(text)
