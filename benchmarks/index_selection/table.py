"""What the judge found, for people and for programs."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from index_selection.evaluator import Verdict
from index_selection.execution import Execution
from index_selection.proposals import MB, Proposal


@dataclass(slots=True)
class Row:
    """A proposal and everything that was found about it."""

    proposal: Proposal
    imagined: Verdict
    without_duplicates: float
    """The relative cost without the indexes that exist already."""
    built: Verdict | None = None
    executions: tuple[Execution, ...] = ()


_HEAD = (
    f"{'budget':>7} {'set':18}{'relative':>9}{'no dup':>8}{'geo':>7}{'indexes':>8}{'MB':>6}"
    f"{'dup':>5}{'leads':>6}{'unused':>7}{'worse':>6}{'explains':>9}{'seconds':>9}{'published':>10}"
)
_BUILT = f"{'budget':>7} {'set':18}{'relative':>9}{'geo':>7}{'MB':>6}{'promised':>10}{'worse':>6}"
_RUN = f"{'budget':>7} {'set':18}{'mode':>8}{'changed':>8}{'best':>7}{'median':>7}{'noise':>7}  slower beyond the noise"


def text(workload: str, rows: Sequence[Row]) -> str:
    """Tables: imagined, built where that was asked, run where that was asked."""
    ordered = sorted(rows, key=lambda row: (row.proposal.budget_mb or float("inf"), row.imagined.relative))
    lines = [f"{workload}: {len(rows[0].imagined.costs)} statements" if rows else workload, _HEAD]
    lines += map(_imagined, ordered)
    lines += _under("Truly built", _BUILT, [_built(row, row.built) for row in ordered if row.built])
    lines += _under("Run", _RUN, [_run(row, one) for row in ordered for one in row.executions])
    lines += _under("Refused", "", [line for row in ordered for line in _refused(row)])
    return "\n".join(lines) + "\n"


def _under(title: str, head: str, lines: list[str]) -> Iterator[str]:
    if lines:
        yield from ("", title, *([head] if head else []), *lines)


def _who(row: Row) -> str:
    budget = row.proposal.budget_mb
    return f"{'–' if budget is None else f'{budget:g}':>7} {row.proposal.name:18}"


def _imagined(row: Row) -> str:
    found, proposal = row.imagined, row.proposal
    published = "" if proposal.published is None else f"{proposal.published:10.4f}"
    return (
        f"{_who(row)}{found.relative:9.4f}{row.without_duplicates:8.4f}{found.geometric_mean:7.3f}"
        f"{len(found.made):8}{found.bytes / MB:6.0f}{len(found.duplicates):5}{len(found.leading):6}"
        f"{len(found.unused):7}{len(found.worse):6}{proposal.explains:9,}{proposal.seconds:9.1f}{published}"
    )


def _built(row: Row, found: Verdict) -> str:
    promised = "–" if row.proposal.promised is None else f"{row.proposal.promised / MB:.0f}"
    return (
        f"{_who(row)}{found.relative:9.4f}{found.geometric_mean:7.3f}{found.bytes / MB:6.0f}{promised:>10}"
        f"{len(found.worse):6}"
    )


def _run(row: Row, one: Execution) -> str:
    return (
        f"{_who(row)}{one.mode:>8}{len(one.changed):8}{one.minima:7.3f}{one.medians:7.3f}{one.floor:7.2f}"
        f"  {', '.join(f'{query} × {ratio:.2f}' for query, ratio in one.slower.items()) or '–'}"
    )


def _refused(row: Row) -> Iterator[str]:
    for name, reason in row.imagined.unplanned.items():
        yield f"{_who(row)}query {name}: {reason}"
    for each in row.imagined.refused:
        yield f"{_who(row)}{each.body}: {each.reason}"


def document(workload: str, rows: Sequence[Row]) -> str:
    """Everything as JSON."""
    return json.dumps({"workload": workload, "sets": [_object(row) for row in rows]}, indent=1) + "\n"


def _object(row: Row) -> dict[str, Any]:
    proposal = row.proposal
    return {
        "name": proposal.name,
        "budget_mb": proposal.budget_mb,
        "explains": proposal.explains,
        "seconds": round(proposal.seconds, 2),
        "published": proposal.published,
        "promised_bytes": proposal.promised,
        "imagined": _judged(row.imagined) | {"relative_without_duplicates": row.without_duplicates},
        "built": _judged(row.built) if row.built else None,
        "executions": [_executed(one) for one in row.executions],
    }


def _judged(found: Verdict) -> dict[str, Any]:
    return {
        "relative": found.relative,
        "geometric_mean": found.geometric_mean,
        "bytes": found.bytes,
        "indexes": [{"on": each.body, "bytes": each.bytes} for each in found.made],
        "duplicates": found.duplicates,
        "leading": found.leading,
        "unused": found.unused,
        "worse": found.worse,
        "refused": {each.body: each.reason for each in found.refused},
        "unplanned": dict(found.unplanned),
        "statements": {
            name: {"before": each.before, "after": each.after, "uses": sorted(each.used)}
            for name, each in found.costs.items()
        },
    }


def _executed(one: Execution) -> dict[str, Any]:
    return {
        "mode": one.mode,
        "minima": one.minima,
        "medians": one.medians,
        "noise": one.floor,
        "slower": list(one.slower),
        "timed_out": dict(one.timed_out),
        "changed": {each.query: {"before_ms": each.before, "after_ms": each.after} for each in one.changed},
        "controls": {each.query: {"before_ms": each.before, "after_ms": each.after} for each in one.controls},
    }
