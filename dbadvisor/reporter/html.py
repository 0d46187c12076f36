"""The report as one self-contained page: no network, light and dark, wide and narrow, on paper too."""

import base64
import hashlib
import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from dbadvisor.model.report import Measurement, Report, StatementEstimate, StatementMeasurement
from dbadvisor.model.text import visible
from dbadvisor.reporter import index_set, words
from dbadvisor.reporter.curve import curve

_TEMPLATES = Path(__file__).parent / "templates"
_SLICES = 6
"""Statements with a slice of their own in the picture of where the time goes."""


def render(report: Report) -> str:
    """The page. Everything from the database is escaped for HTML, and what would act is shown as an escape."""
    answers = {key: item.rank for item in reversed(report.recommendations) for key in item.findings}
    return _template().render(
        report=report,
        slices=_slices(report),
        answers=answers,
        policy=_policy(),
        words=words,
        index_set=index_set,
        layout=_LAYOUT,
    )


@cache
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_shown,
    )
    return environment.get_template("report.html.j2")


def _shown(value: Any) -> Any:
    """Strings made visible line by line; markup of our own stays as it is."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return "\n".join(visible(line) for line in value.split("\n"))
    return value


def _policy() -> str:
    """What the page may do: its own style and its one script, nothing from anywhere else."""
    script = (_TEMPLATES / "script.js").read_bytes()
    digest = base64.b64encode(hashlib.sha256(script.strip()).digest()).decode()
    return f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'"


@dataclass(frozen=True, slots=True)
class Slice:
    """A statement's part of the time, as a segment of the bar: `start` and `width` in per cent."""

    start: float
    width: float
    time: str
    share: str
    fingerprint: str
    text: str
    detail: str


def _slices(report: Report) -> tuple[Slice, ...]:
    work, start = report.workload, 0.0
    slices = []
    for statement in work.statements[:_SLICES] if work.total_ms else ():
        width = 100 * statement.total_ms / work.total_ms
        detail = (
            f"{words.plural(statement.calls, 'call')} of {words.milliseconds(statement.mean_ms)}, "
            f"{words.number(statement.blocks_per_call)} blocks and {words.number(statement.rows_per_call)} rows each"
        )
        time, share = words.milliseconds(statement.total_ms), words.share(statement.total_ms, work.total_ms)
        slices.append(Slice(start, width, time, share, statement.fingerprint, statement.text, detail))
        start += width
    return tuple(slices)


@dataclass(frozen=True, slots=True)
class Bars:
    """Costs before and after as widths in per cent of the larger."""

    before: float
    after: float


def bars(estimate: StatementEstimate) -> Bars:
    """Widths for one statement; at least a hair of the bar stays visible."""
    largest = max(estimate.cost_before, estimate.cost_after, 1e-9)
    return Bars(*(max(0.4, 100 * cost / largest) for cost in (estimate.cost_before, estimate.cost_after)))


def plan(text: str, other: str) -> tuple[tuple[int, str, bool], ...]:
    """The nodes of a one-line plan as (depth, node, whether the other plan lacks it)."""
    theirs = set(other.split(" > "))
    return tuple((depth, node, node not in theirs) for depth, node in enumerate(text.split(" > ")))


@dataclass(frozen=True, slots=True)
class Interval:
    """One statement's time ratio on the common axis; positions in per cent."""

    low: float
    middle: float
    high: float
    noise_low: float
    noise_high: float


@dataclass(frozen=True, slots=True)
class Axis:
    """A logarithmic axis of ratios: its decades, and one interval a measured statement."""

    one: float
    """Where nothing changed."""
    ticks: tuple[tuple[float, str], ...]
    intervals: tuple[Interval, ...]


def axis(measurement: Measurement) -> Axis:
    """The axis from the decade of the smallest bound to that of the largest, always around 1."""
    ends = [_log(value) for item in measurement.statements for value in (item.ratio_low, item.ratio_high)]
    low, high = math.floor(min([-1.0, *ends])), math.ceil(max([0.3, *ends]))

    def place(value: float) -> float:
        return 100 * (_log(value) - low) / (high - low)

    ticks = tuple((100 * (decade - low) / (high - low), f"{10.0**decade:g}×") for decade in range(low, high + 1))
    return Axis(place(1), ticks, tuple(_interval(item, place) for item in measurement.statements))


def _interval(item: StatementMeasurement, place: Callable[[float], float]) -> Interval:
    quiet = min(item.noise, 0.99)
    return Interval(
        place(item.ratio_low), place(item.ratio), place(item.ratio_high), place(1 - quiet), place(1 + item.noise)
    )


def _log(value: float) -> float:
    return math.log10(max(value, 1e-6))


_LAYOUT = {"bars": bars, "plan": plan, "axis": axis, "curve": curve}
