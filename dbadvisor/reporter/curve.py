"""Where the points and lines of the curve stand: size to the right, share left upwards, all in per cent of the plot."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from dbadvisor.model.report import CurvePoint, IndexSet
from dbadvisor.reporter import words
from dbadvisor.reporter.index_set import percent, sets

_APART = 4.0
"""Per cent of the plot's width within which two labels would touch; the later one is left out."""
_SHARES, _SIZES = 5, 6
"""Steps of the two axes at most."""
_BUDGET_SEEN = 1.5
"""How many times the largest set's size a budget may be to stand on the axis."""


@dataclass(frozen=True, slots=True)
class Mark:
    """One set: its place, the bound's below it, and what stands beside it."""

    x: float
    y: float
    bound: float
    label: str
    words: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Curve:
    """The picture's parts; `line` and `bound` are the points of SVG polylines on a square of 100."""

    marks: tuple[Mark, ...]
    line: str
    bound: str
    sizes: tuple[tuple[float, str], ...]
    shares: tuple[tuple[float, str], ...]
    budget: float | None


def curve(found: IndexSet) -> Curve:
    """The picture of at least one set; it begins at today, without any."""
    points = sets(found)
    largest = max((point.bytes for point in points), default=0) or 1
    seen = found.budget_bytes if found.budget_bytes and found.budget_bytes <= _BUDGET_SEEN * largest else None
    sizes, shares = _sizes(max(largest, seen or 0)), _shares(min([1.0, *(min(p.left, p.bound) for p in points)]))
    width, low = max(largest, seen or 0) * 1.02, shares[0]

    def right(value: float) -> float:
        return round(100 * value / width, 2)

    def down(value: float) -> float:
        return round(100 * (1 - value) / (1 - low), 2)

    marks = _marks(points, right, down)
    return Curve(
        marks,
        line=_polyline([(0.0, 0.0), *((mark.x, mark.y) for mark in marks)]),
        bound=_polyline([(mark.x, mark.bound) for mark in marks]),
        sizes=tuple((right(size), words.size(size) if size else "0") for size in sizes),
        shares=tuple((down(share), f"{share:.0%}".replace("%", " %")) for share in shares),
        budget=right(seen) if seen else None,
    )


def _marks(
    points: Sequence[CurvePoint], right: Callable[[float], float], down: Callable[[float], float]
) -> tuple[Mark, ...]:
    """The points, each labelled with its number of indexes where there is room before the next label."""
    marks: list[Mark] = []
    next_label = math.inf
    for point in reversed(points):  # the recommended set is labelled first
        x, chosen = right(point.bytes), not marks
        label = ""
        if chosen or next_label - x >= _APART:
            label, next_label = f"{point.indexes:,}", x
        at_best = min(point.bound, point.left)
        said = f"{words.plural(point.indexes, 'index')}, {words.size(point.bytes)}"
        said = f"{said}: {percent(point.left)} left, {percent(at_best)} at best"
        marks.append(Mark(x, down(point.left), down(at_best), label, said, chosen))
    return tuple(reversed(marks))


def _polyline(places: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:g},{y:g}" for x, y in places)


def _shares(least: float) -> tuple[float, ...]:
    """Round shares from just below the least up to 1.

    >>> _shares(0.56), _shares(0.03)
    ((0.5, 0.6, 0.7, 0.8, 0.9, 1.0), (0.0, 0.2, 0.4, 0.6, 0.8, 1.0))
    """
    for per_cent in (1, 2, 5, 10, 20):
        steps = max(1, math.ceil(round((1 - least) * 100 / per_cent, 6)))
        if steps <= _SHARES and steps * per_cent <= 100:
            break
    return tuple((100 - per_cent * step) / 100 for step in range(steps, -1, -1))


def _sizes(largest: int) -> tuple[int, ...]:
    """Round sizes from 0 to the largest, a few of them, in one unit.

    >>> _sizes(812 * 1024**2) == tuple(count * 200 * 1024**2 for count in range(5))
    True
    """
    rough = largest / _SIZES
    unit = 1024 ** max(0, int(math.log(max(rough, 1), 1024)))
    power = 10 ** math.floor(math.log10(max(1, rough / unit)))
    step = next(factor * power * unit for factor in (1, 2, 5, 10) if factor * power * unit >= rough)
    return tuple(range(0, largest + 1, step))
