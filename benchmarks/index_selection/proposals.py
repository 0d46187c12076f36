"""The sets of indexes that are compared: ours, chosen now, and other advisors', chosen once and written down."""

import json
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from dbadvisor import pipeline
from dbadvisor.model.change import CreateIndex
from dbadvisor.settings import Budget, PlannerChoice, Settings

MB = 1_000_000
"""As the other advisors count it."""
_PEERS = Path(__file__).with_name("peers.json")

Progress = Callable[[str], None]


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


def ours(
    url: str, queries: Mapping[str, str], budgets: Sequence[float], planner: PlannerChoice, progress: Progress
) -> list[Proposal]:
    """What dbadvisor chooses under each budget (in MB)."""
    with tempfile.TemporaryDirectory() as folder:
        for name, text in queries.items():
            (Path(folder) / f"{name}.sql").write_text(f"{text};\n", encoding="utf-8")
        return list(_chosen(url, Path(folder), budgets, planner, progress))


def _chosen(
    url: str, workload: Path, budgets: Sequence[float], planner: PlannerChoice, progress: Progress
) -> Iterator[Proposal]:
    """A run a budget."""
    for budget in budgets:
        progress(f"choosing for {budget:g} MB")
        settings = Settings(
            Budget(bytes=int(budget * MB)), workload=workload, planner=planner, allow_powerful_role=True
        )
        started = time.perf_counter()
        report = pipeline.analyze(url, settings, progress)
        took = time.perf_counter() - started
        changes = [change for one in report.recommendations if one.kind == "index" for change in one.changes]
        bodies = tuple(change.definition.body for change in changes if isinstance(change, CreateIndex))
        yield Proposal("ours", budget, bodies, report.planner_calls, took)
