"""A set of indexes truly used: every statement whose plan changed is run with and without it, turn and turn about."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import inf
from statistics import median

import psycopg

from dbadvisor.bench.arms import Arm, shape
from index_selection.building import Built

WARM_UPS = 2
PAIRS = 4
CONTROLS = 4
"""How many statements tell the noise; each is as many pairs of the same plan twice."""
SERIAL = "serial"
MODES = ("default", SERIAL)
"""With the server's settings, and without parallel workers: on few cores they get in each other's way."""

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Timing:
    """One statement's runs in milliseconds, pair by pair."""

    query: str
    before: tuple[float, ...]
    after: tuple[float, ...]

    @property
    def minima(self) -> float:
        """The best time after by the best before: what other work on the machine disturbs least."""
        return min(self.after) / min(self.before)

    @property
    def medians(self) -> float:
        """The median of the pairs' ratios."""
        return median(after / before for before, after in zip(self.before, self.after, strict=True))


@dataclass(frozen=True, slots=True)
class Execution:
    """How long the statements took, in one mode."""

    mode: str
    changed: tuple[Timing, ...]
    controls: tuple[Timing, ...]
    """Statements run in pairs whose plan is the same."""
    timed_out: Mapping[str, str]
    """Statements that were not timed, with the side that took too long: before or after."""

    @property
    def floor(self) -> float:
        """How far the same plan strays from itself at most, by both ratios: 0.05 means 5 %."""
        ratios = [ratio for each in self.controls for ratio in (each.minima, each.medians)]
        return max((max(ratio, 1 / ratio) - 1 for ratio in ratios), default=0.0)

    @property
    def minima(self) -> float:
        """The changed statements' best times together, after by before."""
        return _share(self.changed, min)

    @property
    def medians(self) -> float:
        """The changed statements' median times together, after by before."""
        return _share(self.changed, median)

    @property
    def slower(self) -> dict[str, float]:
        """Statements slower beyond the noise, in their best times and in their median pair, with the lesser ratio;
        those that took too long only with the set have no ratio but infinity."""
        ratios = {each.query: min(each.minima, each.medians) for each in self.changed}
        ratios |= {query: inf for query, side in self.timed_out.items() if side == "after"}
        return {query: ratio for query, ratio in ratios.items() if ratio > 1 + self.floor}


def execute(
    built: Built,
    queries: Mapping[str, str],
    mode: str,
    *,
    seconds: float,
    pairs: int,
    progress: Progress = lambda _: None,
) -> Execution:
    """Runs what the set changes, and some of what it does not; `seconds` is the most that a run may take."""
    before, after = Arm(built.without), Arm(built.having)
    for arm in (before, after):
        _set(arm.connection, mode, seconds)
    plans = {name: (shape(before.plan(text)), shape(after.plan(text))) for name, text in queries.items()}
    changed = [name for name, (old, new) in plans.items() if old != new]
    unchanged = [name for name in queries if name not in changed]
    same = [(name, after) for name in unchanged] + [(name, before) for name in changed]
    timings: list[Timing] = []
    controls: list[Timing] = []
    timed_out: dict[str, str] = {}
    for name, other, found in [
        *((name, after, timings) for name in changed),
        *((name, other, controls) for name, other in same[:CONTROLS]),
    ]:
        progress(f"{mode}: query {name}")
        outcome = _timed(name, queries[name], before, other, pairs)
        if isinstance(outcome, Timing):
            found.append(outcome)
        elif found is timings:
            timed_out[name] = outcome
    return Execution(mode, tuple(timings), tuple(controls), timed_out)


def _set(connection: psycopg.Connection, mode: str, seconds: float) -> None:
    connection.execute(f"SET statement_timeout = {int(seconds * 1000)}")
    connection.execute(
        "SET max_parallel_workers_per_gather = 0" if mode == SERIAL else "RESET max_parallel_workers_per_gather"
    )


def _timed(name: str, text: str, before: Arm, after: Arm, pairs: int) -> Timing | str:
    """The statement's runs, or the side that took too long."""
    runs: dict[str, list[float]] = {"before": [], "after": []}
    for round_ in range(WARM_UPS + pairs):
        for side, arm in _turn(before, after, round_):
            try:
                runs[side].append(arm.run(text).ms)
            except psycopg.errors.QueryCanceled:
                return side
    return Timing(name, tuple(runs["before"][WARM_UPS:]), tuple(runs["after"][WARM_UPS:]))


def _turn(before: Arm, after: Arm, round_: int) -> Iterator[tuple[str, Arm]]:
    """Both sides; who begins alternates."""
    sides = (("before", before), ("after", after))
    yield from sides if round_ % 2 == 0 else reversed(sides)


def _share(timings: Sequence[Timing], best: Callable[[Sequence[float]], float]) -> float:
    if not timings:
        return 1.0
    return sum(best(each.after) for each in timings) / sum(best(each.before) for each in timings)
