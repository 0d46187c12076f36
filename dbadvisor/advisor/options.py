"""What the advisor is told."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Options:
    """Limits of a run; None means no limit."""

    budget_bytes: int | None = None
    """Disk that all new indexes may take together."""
    max_indexes: int | None = None
    min_gain: float = 0.001
    """The least share of the workload's time that an index must save: below a thousandth nobody would notice."""
