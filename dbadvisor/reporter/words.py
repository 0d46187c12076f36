"""Figures in people's words, the same in every report. Layout only: nothing here is worked out anew."""

from collections.abc import Callable

from dbadvisor.model.agreement import Agreement
from dbadvisor.model.change import Change
from dbadvisor.model.finding import Evidence
from dbadvisor.model.report import Estimate, Measurement, Recommendation, Report
from dbadvisor.model.rule import Outcome
from dbadvisor.model.text import one_line

DOTS = {"measured": "●●●", "planned": "●●○", "hypothesis": "●○○"}
"""The three rungs of evidence, from run on data down to thought only."""


def number(value: float) -> str:
    """A count or a cost: three digits that matter, thousands separated.

    >>> number(0), number(8.63), number(12_389.1), number(3.95e9), number(0.0022)
    ('0', '8.6', '12,389', '3.95 bn', '0.0022')
    """
    size = abs(value)
    if size >= 1e9:
        return f"{value / 1e9:,.3g} bn"
    if size >= 1e7:
        return f"{value / 1e6:,.3g} M"
    if size >= 100 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.1f}" if size >= 1 else f"{value:.2g}"


def milliseconds(value: float) -> str:
    """A time given in milliseconds, in the unit that reads best.

    >>> milliseconds(0.9), milliseconds(412), milliseconds(3_400), milliseconds(131_430_000)
    ('0.9 ms', '412 ms', '3.4 s', '36.5 h')
    """
    for limit, per, unit in ((1e3, 1, "ms"), (6e4, 1e3, "s"), (36e5, 6e4, "min"), (360e6, 36e5, "h")):
        if abs(value) < limit:
            return f"{number(value / per)} {unit}"
    return f"{number(value / 864e5)} d"


def duration(seconds: float) -> str:
    """A span of time in its two largest units.

    >>> duration(529_200), duration(300), duration(7)
    ('6 d 3 h', '5 min', '7 s')
    """
    left, parts = round(seconds), []
    for unit, per in (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1)):
        count, left = divmod(left, per)
        parts.append((count, unit))
    first = next((position for position, (count, _) in enumerate(parts) if count), 3)
    return " ".join(f"{count} {unit}" for count, unit in parts[first : first + 2] if count) or "0 s"


def size(value: int) -> str:
    """Bytes in powers of 1024.

    >>> size(88_080_384), size(-16_384), size(12)
    ('84 MB', '-16 kB', '12 bytes')
    """
    if abs(value) < 1024:
        return f"{value} bytes"
    scaled, units = float(value), iter(("kB", "MB", "GB", "TB"))
    unit = "bytes"
    while abs(scaled) >= 1024 and (larger := next(units, None)):
        scaled, unit = scaled / 1024, larger
    return f"{number(round(scaled, 1))} {unit}"


def share(part: float, whole: float) -> str:
    """A part of a whole in per cent.

    >>> share(1, 3), share(1, 1000), share(0, 0)
    ('33 %', '<1 %', '0 %')
    """
    ratio = part / whole if whole else 0.0
    return "<1 %" if 0 < ratio < 0.01 else f"{ratio:.0%}".replace("%", " %")


def factor(before: float, after: float, less: str = "less", more: str = "more") -> str:
    """How many times less or more; empty where that cannot be said.

    >>> factor(12_389, 8.63), factor(10, 13), factor(100, 99), factor(1, 0)
    ('1,436× less', '1.3× more', 'the same', '')
    """
    if before <= 0 or after <= 0:
        return ""
    if abs(before / after - 1) < 0.05:
        return "the same"
    return f"{number(before / after)}× {less}" if after < before else f"{number(after / before)}× {more}"


def plural(count: int, noun: str) -> str:
    """A count with its noun.

    >>> plural(1, "rule"), plural(2, "rule"), plural(2, "index")
    ('1 rule', '2 rules', '2 indexes')
    """
    ending = "" if count == 1 else "es" if noun.endswith("x") else "s"
    return f"{count:,} {noun}{ending}"


def estimated(estimate: Estimate) -> str:
    """The planner's answer in one line."""
    costs = f"cost {number(estimate.cost_before)} → {number(estimate.cost_after)}"
    times = factor(estimate.cost_before, estimate.cost_after)
    over = f"over {plural(len(estimate.statements), 'statement')}"
    return f"{costs}{f' ({times})' if times else ''} {over}, asked of {estimate.planner}"


def measured(measurement: Measurement) -> str:
    """The measurement in one line: verdict, blocks first, then time with its interval."""
    blocks = f"{number(measurement.buffers_before)} → {number(measurement.buffers_after)} blocks"
    low, high = measurement.ratio_low, measurement.ratio_high
    if low <= 1 <= high:
        time = f"time × {measurement.ratio:.2f} (95 %: {low:.2f}–{high:.2f})"
    else:
        times = factor(1, measurement.ratio, "faster", "slower")
        ends = sorted((low, high)) if measurement.ratio > 1 else sorted((1 / high, 1 / max(low, 1e-9)))
        time = f"{times} (95 %: {number(ends[0])}–{number(ends[1])}×)"
    return f"{measurement.verdict}: {blocks}, {time}, on a {measurement.where}"


def effect(item: Recommendation) -> str:
    """What is gained and what it takes, or an empty text where neither is known."""
    parts = []
    if item.saved_ms:
        parts.append(f"saves about {milliseconds(item.saved_ms)} of {milliseconds(item.affected_ms)}")
    elif item.affected_ms:
        parts.append(f"touches {milliseconds(item.affected_ms)}")
    if item.size_bytes:
        parts.append(f"{'takes' if item.size_bytes > 0 else 'frees'} {size(abs(item.size_bytes))} of disk")
    return " · ".join(parts)


def caveats(item: Recommendation) -> tuple[str, ...]:
    """What to mind, first of all why the planner's answer is not believed."""
    return (*((item.doubted,) if item.doubted else ()), *item.caveats)


def evidence(item: Evidence) -> str:
    """A finding's number with its unit and source."""
    if isinstance(item.value, str):
        unit = f" {item.unit}" if item.value.isdigit() else ""  # a setting's value; other texts speak for themselves
        value = one_line(item.value + unit)
    elif item.unit in _SPELLED:
        value = _SPELLED[item.unit](item.value)
    else:
        value = number(item.value) if item.unit in item.label else f"{number(item.value)} {one_line(item.unit)}".strip()
    return f"{one_line(item.label)} {value} ({one_line(item.source)})"


_SPELLED: dict[str, Callable[[float], str]] = {
    "ms": milliseconds,
    "seconds": duration,
    "bytes": lambda value: size(int(value)),
    "share": lambda value: share(value, 1),
}
"""Units that have a better way to be said."""


def conduct(change: Change) -> str:
    """How a change behaves while it runs."""
    lock = "takes no table lock" if change.lock == "none" else f"takes a {change.lock} lock"
    return lock if change.transactional else f"{lock}, runs outside a transaction"


def server(report: Report) -> str:
    """The server in one line."""
    found = report.server
    words = (
        found.database,
        f"PostgreSQL {found.version.split()[0] if found.version else found.major}",
        "standby" if found.standby else "primary",
        "through a pooler" if found.pooled else "direct",
        "TLS" if found.tls else "no TLS",
    )
    return " · ".join(one_line(word) for word in words)


def role(report: Report) -> str:
    """The role in one line: its powers are what a careful reader looks for."""
    found = report.server
    powers = f"powerful: {', '.join(found.powers)}" if found.powers else "no special powers"
    writes = f"could write {plural(found.writable_tables, 'table')}" if found.writable_tables else "can write no table"
    return one_line(f"role {found.role or 'unknown'} · {powers} · {writes}")


def workload(report: Report) -> str:
    """The workload in one line: over which time, and how much of it was explained."""
    work = report.workload
    seconds = report.window.statements_seconds
    over = f"in {duration(seconds)}" if seconds is not None else "over an unknown time"
    head = f"{plural(len(work.statements), 'statement')}, {milliseconds(work.total_ms)} {over}"
    planned = f"{work.planned} of {work.plannable} planned"
    return f"{head} · {planned} ({share(work.covered_ms, work.total_ms)} of the time)"


def coverage(report: Report) -> str:
    """How many rules fired, were clean, or could not look."""
    states = [outcome.state for outcome in report.coverage]
    parts = (f"{states.count(state)} {state}" for state in ("fired", "clean", "could not look"))
    return f"{plural(len(states), 'rule')}: {', '.join(parts)}"


def partly(outcome: Outcome) -> str | None:
    """What a rule could not see, or None when it saw all."""
    if outcome.state == "could not look":
        return f"could not look: {outcome.why}"
    if outcome.why or outcome.examined < outcome.total:
        seen = f"looked at {outcome.examined:,} of {outcome.total:,} {outcome.unit}"
        return f"{seen}: {outcome.why}" if outcome.why else seen
    return None


def agreement(found: Agreement) -> str:
    """How many plans were identical, and how far the worst was off.

    >>> agreement(Agreement(38, 37, 0.0021))
    '37 of 38 statements are planned identically; the largest cost error is 0.21 %'
    """
    if not found.statements:
        return "nothing could be compared"
    error = f"{found.max_cost_error:.2%}".replace("%", " %")
    planned = f"{found.identical:,} of {plural(found.statements, 'statement')} are planned identically"
    return f"{planned}; the largest cost error is {error}"


def doubt(report: Report) -> str:
    """Whether the shadow plans as the server does, in one line."""
    found = report.doubt
    if not found.statements:
        return f"the shadow was not held against the server: {one_line(found.unseen or 'nothing was planned there')}"
    said = f"the shadow agreed with the server on {found.identical:,} of {found.statements:,} of our own probes"
    if found.identical == found.statements:
        return said
    worst = max(found.deviations, key=lambda each: (not each.same_shape, each.cost_error))
    costs = f"cost {number(worst.cost_there)} there, {number(worst.cost_here)} here"
    return one_line(f"{said}; the worst: {worst.statement} ({costs})")


def cost(report: Report) -> str:
    """What looking cost the analysed server."""
    spent = report.cost
    return (
        f"{plural(spent.statements, 'statement')}, {milliseconds(spent.milliseconds)}, "
        f"{plural(spent.rows, 'row')} read, {plural(spent.connections, 'connection')}, nothing written"
    )
