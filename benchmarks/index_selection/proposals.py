"""The sets of indexes that are compared, and those of other advisors, chosen once and written down."""

import json
from dataclasses import dataclass
from pathlib import Path

MB = 1_000_000
"""As the other advisors count it."""
_PEERS = Path(__file__).with_name("peers.json")


@dataclass(frozen=True, slots=True)
class Proposal:
    """A set of indexes and what choosing it took."""

    name: str
    budget_mb: float | None
    """None where the advisor knows no budget."""
    indexes: tuple[str, ...]
    """The texts behind ON of CREATE INDEX."""
    explains: int
    seconds: float
    published: float | None = None
    """The relative cost that was seen when it was chosen."""
    promised: int | None = None
    """Bytes that the advisor's own planner says the set takes."""


def peers(workload: str) -> list[Proposal]:
    """What other advisors chose for the workload at scale 1 with HypoPG 1.3.1 on PostgreSQL 15."""
    return [
        Proposal(
            one["name"],
            one["budget_mb"],
            tuple(one["indexes"]),
            one["explains"],
            one["seconds"],
            one["relative"],
        )
        for one in json.loads(_PEERS.read_text(encoding="utf-8"))[workload]
    ]
