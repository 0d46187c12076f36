"""A rule: its identity and the page that its docstring is."""

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from dbadvisor.model.finding import Finding, Severity

FAMILIES = {
    "IDX": "index",
    "QRY": "query",
    "PLN": "plan",
    "SCH": "schema",
    "UPK": "upkeep",
    "WRK": "workload",
    "SET": "settings",
    "ARC": "architecture",
}


@dataclass(frozen=True, slots=True)
class Rule:
    """A heuristic. `needs` names what it must be able to see; when it can't, it says so and stays silent."""

    id: str
    name: str
    """States the fault and reads well after "ignore"."""
    severity: Severity
    needs: tuple[str, ...]
    """statements, statistics, activity, plans, sessions, sequences …: keys of gaps that would blind it."""
    since: str
    check: Callable[[Any], Iterator[Finding]]

    @property
    def family(self) -> str:
        """index, query, plan, schema, upkeep, workload, settings or architecture."""
        return FAMILIES[self.id[:3]]

    @property
    def page(self) -> str:
        """The docstring: title line, then Looks for, Why it costs, When to leave it, Bad, Good."""
        return inspect.getdoc(self.check) or ""

    @property
    def title(self) -> str:
        """The page's first line."""
        return self.page.partition("\n")[0].rstrip(".")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one rule in one run."""

    rule: str
    state: str
    """fired, clean or could not look."""
    findings: int = 0
    examined: int = 0
    total: int = 0
    unit: str = "objects"
    """What was examined, N of M: tables, indexes, statements …"""
    why: str | None = None
    """Why it could not look, or not at everything."""
