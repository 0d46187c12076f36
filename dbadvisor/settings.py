"""What a run was asked to do: one frozen value, checked once."""

import enum
import math
import re
from dataclasses import dataclass, field
from pathlib import Path

from dbadvisor.advisor.options import Options
from dbadvisor.errors import UsageError
from dbadvisor.model.rule import FAMILIES


class PlannerChoice(enum.StrEnum):
    """Which what-if door answers."""

    SHADOW = "shadow"
    HYPOPG = "hypopg"


class FailOn(enum.StrEnum):
    """The least severity that makes the exit code 1."""

    CRITICAL = "critical"
    WARNING = "warning"
    INFO = "info"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Budget:
    """How much disk new indexes may take: bytes, or a share of what the tables take now."""

    bytes: int | None = None
    share: float | None = None

    def resolve(self, table_bytes: int) -> int | None:
        """The budget in bytes; None for no limit."""
        if self.share is not None:
            return int(self.share * table_bytes)
        return self.bytes


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything `analyze` can be told besides its target."""

    budget: Budget = Budget()
    limits: Options = field(default_factory=Options)
    """What else the set of indexes must keep to; its bytes come from `budget`, once the tables' size is known."""
    workload: Path | None = None
    logs: tuple[Path, ...] = ()
    only: frozenset[str] | None = None
    planner: PlannerChoice = PlannerChoice.SHADOW
    allow_powerful_role: bool = False
    audit: Path | None = None
    offline: bool = False
    """Whether nothing may be downloaded: a server of the source's version that is missing is stood in for."""
    keep: bool = True
    """Whether the shadow of a large schema may be kept in the user's cache."""


_UNITS = {"b": 1, "kb": 1024, "mb": 1024**2, "gb": 1024**3, "tb": 1024**4}


def parse_budget(text: str | None) -> Budget:
    """`1000MB`, `2GB` or `10%`; raises UsageError for anything else.

    >>> parse_budget("2GB").bytes, parse_budget("10%").share
    (2147483648, 0.1)
    """
    if text is None:
        return Budget()
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(%|[kmgt]?b)\s*", text.lower())
    if match is None:
        raise UsageError(f"--budget {text} is neither a size nor a share", "Write it as 500MB, 2GB or 10%.")
    number, unit = float(match[1]), match[2]
    return Budget(share=number / 100) if unit == "%" else Budget(bytes=int(number * _UNITS[unit]))


def parse_limits(
    max_indexes: int | None, max_per_table: int | None, time_limit: float, max_regression: float
) -> Options:
    """The limits of the set of indexes; raises UsageError for one that no set, or any, could keep to."""
    for option, number in (("--max-indexes", max_indexes), ("--max-per-table", max_per_table)):
        if number is not None and number < 1:
            raise UsageError(f"{option} {number} leaves no index to choose", "Give a number of 1 or more.")
    if not 0 < time_limit < math.inf:
        raise UsageError(f"--time-limit {time_limit:g} is no time to choose in", "Give seconds, such as 60.")
    if not 1 <= max_regression < math.inf:
        raise UsageError(
            f"--max-regression {max_regression:g} is no ratio of 1 or more",
            "1 lets no noteworthy statement get dearer, 1.05 lets it by 5 %.",
        )
    return Options(
        max_indexes=max_indexes, max_per_table=max_per_table, time_limit=time_limit, max_regression=max_regression
    )


def parse_only(text: str | None) -> frozenset[str] | None:
    """A comma-separated list of rule families; raises UsageError for an unknown one."""
    if text is None:
        return None
    wanted = frozenset(word.strip() for word in text.split(",") if word.strip())
    known = frozenset(FAMILIES.values())
    if unknown := wanted - known:
        raise UsageError(
            f"--only {', '.join(sorted(unknown))}: no such family", f"Choose from {', '.join(FAMILIES.values())}."
        )
    return wanted or None
