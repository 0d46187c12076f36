"""What the advisor is told."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Options:
    """Limits of a run; None means no limit."""

    budget_bytes: int | None = None
    """Disk that all new indexes may take together."""
    max_indexes: int | None = None
    max_per_table: int | None = None
    max_regression: float = 1.05
    """How much dearer a sample of a noteworthy statement may become, as a ratio of planner costs."""
    time_limit: float = 60.0
    """Seconds that the choice of the set may take; what was found by then is used."""
    min_gain: float = 0.001
    """The least share of the workload's time that an index must save: below a thousandth nobody would notice."""
    as_peers: bool = False
    """Count what other advisors count, planner cost and size alone: without prices for writes' upkeep, width and
    number, and with no statement dearer at all. For comparisons with them only."""
