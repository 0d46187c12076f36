"""Findings by what answers them: an index to make, an index to drop, a rewrite, another change, or a person."""

from collections.abc import Iterator
from dataclasses import dataclass

from dbadvisor.advisor.costing import Indexes
from dbadvisor.model.change import CreateIndex, DropIndex
from dbadvisor.model.finding import Finding, Severity

ANSWERED_BY_INDEX = ("IDX001", "IDX002", "IDX003", "PLN001", "PLN002", "PLN003", "QRY001", "QRY003")
"""Rules that an index can answer even where they propose none or another one."""
FACT_ONLY = ("IDX001", "PLN001")
"""Rules whose unanswered findings ask nothing of anybody."""
DROP_ORDER = ("IDX004", "IDX005", "IDX008", "IDX007", "IDX006")
"""Removals with the surest reason first: later ones must stand beside them."""


@dataclass(frozen=True, slots=True)
class Sorted:
    """Every finding in exactly one group."""

    creating: tuple[Finding, ...] = ()
    """Proposes an index, perhaps with an extension or in place of an invalid one."""
    dropping: tuple[Finding, ...] = ()
    """Proposes to drop indexes, perhaps with a storage parameter; surest first."""
    rewriting: tuple[Finding, ...] = ()
    """Offers another text; may propose an index, too."""
    changing: tuple[Finding, ...] = ()
    """Proposes statistics, settings, upkeep."""
    telling: tuple[Finding, ...] = ()
    """Advice for people only."""
    silent: tuple[Finding, ...] = ()
    """Facts and hints, answered by an index or by nothing."""


def sort_out(findings: tuple[Finding, ...]) -> Sorted:
    """The findings by group, their order kept but for removals."""
    groups: dict[str, list[Finding]] = {}
    for finding in findings:
        groups.setdefault(_group(finding), []).append(finding)
    found = {name: tuple(members) for name, members in groups.items()}
    ordered = sorted(found.pop("dropping", ()), key=lambda finding: (_place(finding.rule), finding.key))
    return Sorted(dropping=tuple(ordered), **found)


def _group(finding: Finding) -> str:
    kinds = {change.kind for change in finding.proposals}
    if finding.rewrite is not None:
        return "rewriting"
    if "create_index" in kinds:
        return "creating"
    if "drop_index" in kinds:
        return "dropping"
    if kinds:
        return "changing"
    told = finding.advice and finding.rule not in FACT_ONLY and finding.severity > Severity.INFO
    return "telling" if told else "silent"


def _place(rule: str) -> int:
    return DROP_ORDER.index(rule) if rule in DROP_ORDER else len(DROP_ORDER)


def created(finding: Finding) -> Indexes:
    """The indexes that the finding proposes."""
    return frozenset(change.definition for change in finding.proposals if isinstance(change, CreateIndex))


def drops(finding: Finding) -> Iterator[DropIndex]:
    """The removals that the finding proposes."""
    return (change for change in finding.proposals if isinstance(change, DropIndex))


def worst(findings: tuple[Finding, ...]) -> Severity:
    """The highest severity among them."""
    return max((finding.severity for finding in findings), default=Severity.INFO)
