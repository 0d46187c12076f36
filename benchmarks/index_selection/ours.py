"""What dbadvisor chooses, for all budgets in one run: what statements were seen to use is learnt once."""

import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path

from dbadvisor import pipeline
from dbadvisor.advisor.candidates import Field
from dbadvisor.advisor.costing import Costing, Indexes
from dbadvisor.advisor.load import loads, uses_by_table
from dbadvisor.advisor.options import Options
from dbadvisor.advisor.packages import Explorer
from dbadvisor.advisor.program import Limits
from dbadvisor.advisor.select import EMPTY, Selector
from dbadvisor.advisor.tidy import Tidy
from dbadvisor.advisor.writecost import WriteCost
from dbadvisor.analyzer.facts import Facts
from dbadvisor.model.snapshot import Snapshot
from dbadvisor.model.whatif import Planner
from dbadvisor.planner.hypopg import hypopg
from dbadvisor.planner.shadow import shadow
from dbadvisor.settings import PlannerChoice, Settings
from index_selection.proposals import MB, Proposal

Progress = Callable[[str], None]

_LIKE_PEERS = Options(as_peers=True, max_regression=1.0)
"""Nothing but planner cost and size counts, and no statement may get dearer."""


@dataclass(frozen=True, slots=True)
class Ask:
    """What is to be chosen for: budgets in MB, by the sizes that `planner` tells; `most` indexes at most."""

    budgets: Sequence[float]
    planner: PlannerChoice
    seconds: float
    """What the choice of one set may take."""
    most: int | None = None
    cautious: bool = False
    """As dbadvisor chooses for people: with its doubts of the planner's costs, and with prices for upkeep."""


def ours(url: str, queries: Mapping[str, str], ask: Ask, progress: Progress) -> list[Proposal]:
    """A set for each budget. What each took includes the budgets before it."""
    started = time.perf_counter()
    seen = _look(url, queries, ask.planner, progress)
    with _door(url, seen, ask.planner) as planner:
        selector = _learnt(seen, planner, progress, cautious=ask.cautious)
        found: list[Proposal] = []
        chosen = EMPTY
        for budget in sorted(ask.budgets):
            progress(f"choosing for {budget:g} MB")
            options = Options() if ask.cautious else _LIKE_PEERS
            options = replace(options, budget_bytes=int(budget * MB), max_indexes=ask.most, time_limit=ask.seconds)
            chosen = _chosen(selector(options), chosen)
            bodies = tuple(sorted(index.body for index in chosen))
            name, calls, took = _name(ask), planner.calls, time.perf_counter() - started
            found.append(Proposal(name, budget, bodies, calls, took, promised=sum(map(planner.index_bytes, chosen))))
    return found


def _chosen(selector: Selector, smaller: Indexes) -> Indexes:
    """The set within the selector's options; `smaller` is one to begin with."""
    options = selector.options
    found = selector.search(Limits(options.budget_bytes, options.max_indexes), smaller).chosen
    return found if options.as_peers else Tidy(selector).run(found)


def _name(ask: Ask) -> str:
    return "ours, cautious" if ask.cautious else "ours"


def _look(url: str, queries: Mapping[str, str], planner: PlannerChoice, progress: Progress) -> Snapshot:
    with tempfile.TemporaryDirectory() as folder:
        for name, text in queries.items():
            (Path(folder) / f"{name}.sql").write_text(f"{text};\n", encoding="utf-8")
        return pipeline.look(url, Settings(workload=Path(folder), planner=planner), progress)


def _door(url: str, seen: Snapshot, planner: PlannerChoice) -> AbstractContextManager[Planner]:
    return hypopg(url, seen, allow_powerful_role=True) if planner is PlannerChoice.HYPOPG else shadow(seen)


def _learnt(seen: Snapshot, planner: Planner, progress: Progress, *, cautious: bool) -> Callable[[Options], Selector]:
    """Explores the workload; what selects from it within some options."""
    seen, plans = pipeline.plan_statements(seen, planner)
    facts = Facts(seen, plans)
    weighed = loads(seen.statements, facts.catalog, facts.shapes, plans, plainly=not cautious)
    field = Field(facts.catalog, uses_by_table(facts.catalog, facts.shapes), exactly=not cautious)
    explorer = Explorer(Costing(planner, facts.catalog), field)
    progress("learning")
    explorer.learn(weighed, {})
    writes = WriteCost(seen, facts.catalog, facts.shapes)
    total = sum(load.weight for load in weighed)
    bytes_ = sum(table.size_blocks for table in seen.tables) * seen.server.block_size
    return lambda options: Selector(weighed, total, explorer, writes, options, bytes_)
