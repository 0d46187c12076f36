"""One map for all columns that are compared with one another: random, yet in the same order and proportions.

The bounds of the widest histogram get random images that increase as they do. Every other value is put into the
image of the histogram bin that it lies in, at the same fraction of it: that is all that the planner's estimates for
`=`, `<` and their like read off a value.
"""

import random
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from typing import Any

from dbadvisor.redaction.patterns import Pattern, after, aligned, proportioned, spanned
from dbadvisor.redaction.scalars import Order, Scale

_MARGIN = Fraction(1, 10)
"""The share of the scale at either end that is left for values beyond every histogram."""
_JITTER = Fraction(1, 4)
"""How far a bound that must stay where it is may move: of the way to the nearer neighbour."""

_ROOM = 1000
"""Values as near to each other as this share of their even distance still have room between them for others."""


class TooNarrow(Exception):
    """The type has fewer values than the columns need."""


@dataclass(slots=True)
class Seen:
    """What is known of one column's values."""

    histogram: tuple[str, ...] = ()
    ends: tuple[str, str] | None = None
    """The true smallest and largest values, which the planner reads off an index."""
    values: set[str] = field(default_factory=set)

    def bounds(self, scale: Scale) -> tuple[str, ...]:
        """The histogram as the planner uses it: with the true ends in place of its own where they lie outside."""
        bounds = [bound for bound in self.histogram if not scale.is_special(bound)]
        if len(bounds) > 1 and self.ends and not any(map(scale.is_special, self.ends)):
            low, high = self.ends
            if scale.place(low) < scale.place(bounds[1]):
                bounds[0] = low
            if scale.place(high) > scale.place(bounds[-2]):
                bounds[-1] = high
        return tuple(bounds)


class Map:
    """The images of a class of columns. Raises ValueError for a value that is none of the scale's, and TooNarrow."""

    def __init__(
        self,
        scale: Scale,
        columns: Mapping[Any, Seen],
        source: random.Random,
        *,
        fixed: bool = False,
        marks: Mapping[Pattern, str] | None = None,
    ) -> None:
        self.scale, self._fixed_places = scale, fixed
        self._marks = marks or {}
        self._starts: dict[str, str] = {}
        self._texts: list[str] = []
        self._orders: list[Order] = []
        self._images: list[int] = []
        bounds = {key: seen.bounds(scale) for key, seen in columns.items()}
        self._exact: dict[str, Order] = {}
        longest = self._by_reach([each for each in bounds.values() if each])
        everything = {text for seen in columns.values() for text in (*seen.histogram, *(seen.ends or ()), *seen.values)}
        everything = {text for text in everything if not scale.is_special(text)}
        self._exact = self._as_sorted(longest[0]) if longest and scale.sorting == "language" else {}
        prefixes = {each.prefix for each in self._marks if each.prefix and scale.sorting == "bytes"}
        ends = [text for prefix in prefixes for text in (prefix, after(prefix))]
        first = self._distinct([*(longest[0] if longest else everything), *ends])
        self._start(first, self._fixed(first, source) if fixed else self._spread(first, source))
        self._align(prefixes, longest[0] if longest else ())
        for each in longest[1:]:
            self._add(each, ())
        self._beyond(everything)
        for key, seen in columns.items():
            self._add((*seen.histogram, *(seen.ends or ()), *seen.values), bounds[key])

    def _place(self, text: str) -> Order:
        if self.scale.sorting != "language":
            return self.scale.place(text)
        return self._exact.get(text) or (self.scale.place(text), 0)

    def _as_sorted(self, bounds: Sequence[str]) -> dict[str, Order]:
        """Orders that agree with the server's: where ours puts a bound below an earlier one, it follows that one."""
        found: dict[str, Order] = {}
        last: Order = None
        for bound in bounds:
            order = (self.scale.place(bound), 0)
            last = order if last is None or order > last else (last[0], last[1] + 1)
            found[bound] = last
        return found

    def _by_reach(self, histograms: Sequence[Sequence[str]]) -> list[Sequence[str]]:
        """Those first between whose ends most of all bounds lie, and of such the longest."""
        orders = sorted(self._place(bound) for each in histograms for bound in each)

        def reach(each: Sequence[str]) -> tuple[int, int]:
            low, high = self._place(each[0]), self._place(each[-1])
            return bisect_right(orders, high) - bisect_left(orders, low), len(each)

        return sorted(histograms, key=reach, reverse=True)

    def image(self, text: str) -> str:
        """The text that stands for a value; one never seen before is put between its neighbours."""
        if self.scale.is_special(text):
            return text
        order = self._place(text)
        at = bisect_left(self._orders, order)
        if at < len(self._orders) and self._orders[at] == order:
            return self._marked(text, self._images[at])
        near = self._images[max(0, at - 1) : at + 1] or [self.scale.first]
        return self._marked(text, sum(near) // len(near))

    def _marked(self, text: str, image: int) -> str:
        marks = (mark for pattern, mark in self._marks.items() if pattern.matches(text))
        return "-".join([self.scale.text(image), *marks])

    def pattern(self, pattern: Pattern) -> str | None:
        """The pattern that finds the images of what this one finds; None where there was no room for it."""
        start = self._starts.get(pattern.prefix, "")
        if pattern.prefix and not start:
            return None
        if not pattern.open:
            start = self.image(pattern.prefix)
        return pattern.text(start, self._marks[pattern])

    def _align(self, prefixes: Iterable[str], bounds: Sequence[str]) -> None:
        """Gives what begins alike images that begin alike."""
        positions = {prefix: self._position(prefix) for prefix in prefixes}
        pairs = {(at, self._position(after(prefix))): prefix for prefix, at in positions.items()}
        wanted = {pair: self.scale.length - len(prefix) for pair, prefix in pairs.items()}
        for pair, follow in aligned(self._images, wanted).items():
            self._starts[pairs[pair]] = self.scale.text(self._images[pair[0]])[: self.scale.length - follow]
            self._proportion(pair, sorted(self._position(bound) for bound in bounds))
        if any(later <= earlier for earlier, later in pairwise(self._images)):
            raise TooNarrow

    def _proportion(self, pair: tuple[int, int], bounds: Sequence[int]) -> None:
        """Gives the bins around a prefix's two ends the proportions that they had."""
        bins = [self._bin(at, bounds) for at in pair]
        found = [
            self.scale.fraction(self._texts[at], self._texts[ends[0]], self._texts[ends[1]]) if ends else Fraction(0)
            for at, ends in zip(pair, bins, strict=True)
        ]
        if bins[0] and bins[0] == bins[1]:
            spanned(self._images, pair, bins[0], (found[0], found[1]))
            return
        for at, ends, fraction in zip(pair, bins, found, strict=True):
            if ends and ends == (at - 1, at + 1):
                proportioned(self._images, at, ends, fraction)

    @staticmethod
    def _bin(at: int, bounds: Sequence[int]) -> tuple[int, int] | None:
        """The ends of the bin that a position is in; None outside of all and on an end."""
        place = bisect_left(bounds, at)
        inside = 0 < place < len(bounds) and bounds[place] != at
        return (bounds[place - 1], bounds[place]) if inside else None

    def _position(self, text: str) -> int:
        return bisect_left(self._orders, self._place(text))

    def _distinct(self, texts: Iterable[str]) -> list[tuple[Order, str]]:
        found = {self._place(text): text for text in texts if not self.scale.is_special(text)}
        return sorted(found.items(), key=lambda pair: pair[0])

    def _start(self, knots: Sequence[tuple[Order, str]], images: Sequence[int]) -> None:
        self._orders = [order for order, _ in knots]
        self._texts = [text for _, text in knots]
        self._images = list(images)

    def _spread(self, knots: Sequence[object], source: random.Random) -> list[int]:
        """Random steps from margin to margin."""
        scale = self.scale
        margin = int((scale.last - scale.first) * _MARGIN)
        low, high = scale.first + margin, scale.last - margin
        steps = [source.uniform(0.5, 1.5) for _ in range(len(knots) + 1)]
        whole, passed, images = sum(steps), 0.0, []
        for step in steps[:-1]:
            passed += step
            images.append(low + int((high - low) * Fraction(passed / whole)))
        if any(later <= earlier for earlier, later in pairwise(images)):
            raise TooNarrow
        return images

    def _fixed(self, knots: Sequence[tuple[Order, str]], source: random.Random) -> list[int]:
        """Near to where the values are."""
        numbers = [int(order / self.scale.unit) for order, _ in knots]
        images = []
        for at, number in enumerate(numbers):
            gaps = [abs(number - other) for other in numbers[max(0, at - 1) : at + 2] if other != number]
            images.append(number + int(min(gaps, default=2) * Fraction(source.uniform(-1, 1)) * _JITTER))
        if any(later <= earlier for earlier, later in pairwise(images)):
            raise TooNarrow
        return images

    def _beyond(self, texts: Iterable[str]) -> None:
        """Values outside of what has an image: in even steps towards the scale's ends."""
        if not self._orders:
            return
        found = self._distinct(texts)
        below = [pair for pair in found if pair[0] < self._orders[0]]
        above = [pair for pair in found if pair[0] > self._orders[-1]]
        low, high = self._images[0], self._images[-1]
        self._start(
            [*below, *zip(self._orders, self._texts, strict=True), *above],
            [
                *self._steps(min(self.scale.first, low - 10**6 if self._fixed_places else low), low, len(below)),
                *self._images,
                *self._steps(high, max(self.scale.last, high + 10**6 if self._fixed_places else high), len(above)),
            ],
        )

    def _steps(self, low: int, high: int, count: int) -> list[int]:
        if high - low <= count:
            if count:
                raise TooNarrow
            return []
        return [low + (high - low) * (at + 1) // (count + 1) for at in range(count)]

    def _add(self, texts: Iterable[str], bins: Sequence[str]) -> None:
        """Puts values between the images that are there, by their place in the bins or else between neighbours."""
        places = [self._place(text) for text in bins]
        gaps: dict[int, list[tuple[Order, str, int]]] = {}
        known = set(self._orders)
        for order, text in self._distinct(texts):
            at = bisect_left(self._orders, order)
            if order not in known and 0 < at < len(self._orders):
                gaps.setdefault(at, []).append((order, text, self._wanted(order, text, at, bins, places)))
        knots = list(zip(self._orders, self._texts, self._images, strict=True))
        for at in sorted(gaps, reverse=True):
            knots[at:at] = self._settled(gaps[at], self._images[at - 1], self._images[at])
        self._start([(order, text) for order, text, _ in knots], [image for _, _, image in knots])

    def _wanted(self, order: Order, text: str, at: int, bins: Sequence[str], places: Sequence[Order]) -> int:
        low, high = self._texts[at - 1], self._texts[at]
        inside = bisect_left(places, order)
        if 0 < inside < len(bins):
            low, high = bins[inside - 1], bins[inside]
        start, end = (self._images[bisect_left(self._orders, self._place(bound))] for bound in (low, high))
        return start + round((end - start) * self.scale.fraction(text, low, high))

    @staticmethod
    def _settled(wanted: Sequence[tuple[Order, str, int]], low: int, high: int) -> list[tuple[Order, str, int]]:
        """As near to where they ought to be as their order lets them."""
        if high - low <= len(wanted):
            raise TooNarrow
        room = max(1, (high - low) // ((len(wanted) + 1) * _ROOM))
        images, floor = [], low
        for _, _, image in wanted:
            floor = max(image, floor + room)
            images.append(floor)
        ceiling = high
        for at in range(len(images) - 1, -1, -1):
            ceiling = images[at] = min(images[at], ceiling - room)
        return [(order, text, image) for (order, text, _), image in zip(wanted, images, strict=True)]
