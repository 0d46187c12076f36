"""Values as the planner's arithmetic sees them: text to a place on a scale, and places on another scale to text.

Where a value lies between two bounds of a histogram is worked out as the server does: convert_to_scalar and
convert_string_to_scalar in utils/adt/selfuncs.c.
"""

import re
import unicodedata
import uuid
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta, timezone
from datetime import time as clock
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

Order = Any
"""What values of a scale are sorted by: a number, or a tuple or bytes of texts."""

DAY = 86_400_000_000
"""Microseconds."""
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_LETTERS = 12
"""Bytes of a text that the server turns into a number."""
_MONTH = Fraction(36525, 1200)
"""Days, as convert_timevalue_to_scalar counts a month of an interval."""
_SPECIAL = frozenset({"nan", "infinity", "-infinity"})


@dataclass(frozen=True, slots=True)
class Scale:
    """How a class of values is read, and which values may stand for them."""

    group: str
    """number, date, moment, time, interval, uuid, text or lexeme: only values of one group are comparable."""
    first: int
    last: int
    """The smallest and largest image, in units."""
    unit: Fraction = Fraction(1)
    """The distance of two images: of a number, in microseconds, or in days."""
    length: int = _LETTERS
    """Digits of a text's image."""
    sorting: str = "bytes"
    """How texts are sorted: by their bytes (collation C), folded (those of small and capital letters), or as a language
    does it."""
    padded: bool = False
    """Whether blanks at a text's end do not count (character)."""
    zone: str = "UTC"

    def merged(self, other: "Scale") -> "Scale":
        """One that fits both, for columns that are compared with each other."""
        unit = max(self.unit, other.unit)
        last = int(min(self.last * self.unit, other.last * other.unit) / unit)
        length = min(self.length, other.length)
        return replace(
            self,
            first=max(1, int(max(self.first * self.unit, other.first * other.unit) / unit)),
            last=min(last, 10**length - 1) if self.group == "text" else last,
            unit=unit,
            length=length,
            padded=self.padded or other.padded,
            sorting=max(self.sorting, other.sorting, key=("bytes", "folded", "language").index),
        )

    def place(self, text: str) -> Order:
        """What the text is sorted by; raises ValueError for what is none of the scale's values."""
        if self.group == "text":
            return collated(text) if self.sorting == "language" else self._folded(text).encode()
        if self.group == "lexeme":
            return len(text.encode()), text.encode()
        return _READERS[self.group](text.strip(), self.zone)

    def is_special(self, text: str) -> bool:
        """Whether it is one of the values beyond all others, which every column may hold."""
        return self.group in ("number", "date", "moment") and text.strip().lower().lstrip("+") in _SPECIAL

    def fraction(self, text: str, low: str, high: str) -> Fraction:
        """Where between two bounds the planner sees the value, from 0 to 1."""
        if self.group == "text":
            return text_fraction(*map(self._folded, (text, low, high)))
        if self.group == "lexeme":
            return Fraction(1, 2)
        value, start, end = self.place(text), self.place(low), self.place(high)
        return (
            min(max(Fraction(value - start) / (end - start), Fraction(0)), Fraction(1)) if end > start else Fraction(0)
        )

    def _folded(self, text: str) -> str:
        text = text.rstrip(" ") if self.padded else text
        return text if self.sorting == "bytes" else text.casefold()

    def moved(self, text: str, shift: int) -> str:
        """The value so many whole numbers, days or microseconds later; raises ValueError."""
        if self.is_special(text):
            return text
        return _WRITERS[self.group](Fraction(self.place(text)) + shift)

    def text(self, image: int) -> str:
        """The image as a text that the type reads."""
        if self.group in ("text", "lexeme"):
            return f"{image:0{self.length}d}"
        return _WRITERS[self.group](image * self.unit)


def collated(text: str) -> Order:
    """Near to how languages sort: letters and digits first, then accents, then case."""
    plain = unicodedata.normalize("NFKD", text)
    base = "".join(c for c in plain if c.isalnum()).casefold()
    return base, plain.casefold(), text.swapcase()


def text_fraction(text: str, low: str, high: str) -> Fraction:
    """Port of convert_string_to_scalar for collation C."""
    lo, hi, value = low.encode(), high.encode(), text.encode()
    first, last = _span(lo, hi)
    while lo and hi and value and lo[0] == hi[0] == value[0]:
        lo, hi, value = lo[1:], hi[1:], value[1:]
    start, end, at = (_number(each, first, last) for each in (lo, hi, value))
    if end <= start:
        return Fraction(1, 2)
    return min(max((at - start) / (end - start), Fraction(0)), Fraction(1))


def _span(low: bytes, high: bytes) -> tuple[int, int]:
    """The bytes that are thought to occur: those seen, and all letters or digits where one was."""
    seen = (low + high) or b"\0"
    first, last = min(seen), max(seen)
    for start, end in (b"AZ", b"az", b"09"):
        if first <= end and last >= start:
            first, last = min(first, start), max(last, end)
    return (first, last) if last - first >= 9 else (32, 127)


def _number(text: bytes, first: int, last: int) -> Fraction:
    base, total = last - first + 1, Fraction(0)
    for position, byte in enumerate(text[:_LETTERS], start=1):
        within = first - 1 if byte < first else min(byte, last + 1)
        total += Fraction(within - first, base**position)
    return total


def _read_number(text: str, zone: str) -> int | Fraction:
    return int(text) if text.isascii() and text.lstrip("-").isdigit() else Fraction(text)


def _read_date(text: str, zone: str) -> int:
    return (date.fromisoformat(text[:10]) - date(2000, 1, 1)).days


def _read_moment(text: str, zone: str) -> int:
    found = datetime.fromisoformat(re.sub(r"([+-]\d\d)(\d\d)?$", r"\1:00" if ":" in text else r"\1", text))
    if found.tzinfo is None:
        found = found.replace(tzinfo=UTC if zone == "UTC" else ZoneInfo(zone))
    passed = found.astimezone(UTC) - _EPOCH
    return passed.days * DAY + passed.seconds * 1_000_000 + passed.microseconds


def _read_time(text: str, zone: str) -> int:
    found = clock.fromisoformat(re.sub(r"([+-]\d\d)$", r"\1:00", text))
    return ((found.hour * 60 + found.minute) * 60 + found.second) * 1_000_000 + found.microsecond


_INTERVAL = re.compile(
    r"(?:(-?\d+) years? ?)?(?:(-?\d+) mons? ?)?(?:(-?\d+) days? ?)?(?:(-?)(\d+):(\d\d):(\d\d(?:\.\d+)?))?\Z"
)


_SPOKEN = re.compile(
    r"([+-]?\d+(?:\.\d+)?)\s*(microsecond|millisecond|second|sec|minute|min|hour|day|week|month|year)s?\s*"
)
_LENGTHS = {
    "microsecond": Fraction(1),
    "millisecond": Fraction(1000),
    "second": Fraction(10**6),
    "sec": Fraction(10**6),
    "minute": Fraction(60 * 10**6),
    "min": Fraction(60 * 10**6),
    "hour": Fraction(3600 * 10**6),
    "day": Fraction(DAY),
    "week": Fraction(7 * DAY),
    "month": _MONTH * DAY,
    "year": 12 * _MONTH * DAY,
}


def _read_interval(text: str, zone: str) -> Fraction:
    found = _INTERVAL.match(text)
    if found is None or not text:
        parts = _SPOKEN.findall(text.lower())
        if not parts or _SPOKEN.sub("", text.lower()):
            raise ValueError(text)
        return sum((Fraction(count) * _LENGTHS[unit] for count, unit in parts), Fraction(0))
    years, months, days = (Fraction(part or 0) for part in found.groups()[:3])
    hours, minutes, seconds = (Fraction(part or 0) for part in found.groups()[4:])
    moments = ((hours * 60 + minutes) * 60 + seconds) * 1_000_000 * (-1 if found[4] == "-" else 1)
    return ((years * 12 + months) * _MONTH + days) * DAY + moments


def _read_uuid(text: str, zone: str) -> int:
    return uuid.UUID(text).int


def _write_number(value: Fraction) -> str:
    if value.denominator == 1:
        return str(value.numerator)
    digits = 0
    while (value * 10**digits).denominator != 1:
        digits += 1
    whole = str(abs(int(value * 10**digits))).rjust(digits + 1, "0")
    return f"{'-' if value < 0 else ''}{whole[:-digits]}.{whole[-digits:]}"


def _write_date(value: Fraction) -> str:
    return (date(2000, 1, 1) + timedelta(days=int(value))).isoformat()


def _write_moment(value: Fraction) -> str:
    moment = _EPOCH + timedelta(microseconds=int(value))
    return moment.astimezone(timezone.utc).strftime("%Y-%m-%d %H:%M:%S.%f+00")  # noqa: UP017


def _write_time(value: Fraction) -> str:
    seconds, parts = divmod(int(value), 1_000_000)
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}.{parts:06d}"


def _write_uuid(value: Fraction) -> str:
    return str(uuid.UUID(int=int(value)))


_READERS = {
    "number": _read_number,
    "date": _read_date,
    "moment": _read_moment,
    "time": _read_time,
    "interval": _read_interval,
    "uuid": _read_uuid,
}
_WRITERS = {
    "number": _write_number,
    "date": _write_date,
    "moment": _write_moment,
    "time": _write_time,
    "interval": _write_time,
    "uuid": _write_uuid,
}
