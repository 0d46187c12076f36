"""Two arms, alive at the same time: the same statement run in both, in random order, pair after pair."""

import hashlib
import random
import time
from dataclasses import dataclass
from typing import Any

import psycopg

from dbadvisor.bench import statistics
from dbadvisor.model.plan import Plan
from dbadvisor.model.report import StatementMeasurement

WARM_UPS = 2
MOST_PAIRS = 15
RESULT_ROWS = 20_000
"""Results larger than this are not compared."""


@dataclass(frozen=True, slots=True)
class Run:
    """One execution: shared and temporary blocks, milliseconds, and whether triggers did part of the work."""

    buffers: float
    ms: float
    triggers: bool


class Arm:
    """A clone and the connection to it. Every statement runs in a transaction that is rolled back."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self.connection = connection

    def run(self, statement: str) -> Run:
        """Executes under EXPLAIN (ANALYZE, BUFFERS, TIMING OFF): the time of each node is not asked, it distorts."""
        document = self._explain("ANALYZE, BUFFERS, TIMING OFF, SUMMARY ON", statement)
        root = document["Plan"]
        shared = root.get("Shared Hit Blocks", 0) + root.get("Shared Read Blocks", 0)
        temporary = root.get("Temp Read Blocks", 0) + root.get("Temp Written Blocks", 0)
        return Run(shared + temporary, float(document["Execution Time"]), bool(document.get("Triggers")))

    def plan(self, statement: str) -> Plan:
        """The plan, not executed."""
        return Plan.from_json(self._explain("VERBOSE", statement))

    def result(self, statement: str) -> str | None:
        """A digest of the result as a multiset; None when it is too large or returns no rows by nature."""
        with self.connection.transaction(force_rollback=True):
            cursor = self.connection.execute(statement.encode())
            if cursor.description is None:
                return f"{cursor.rowcount} rows"
            rows = cursor.fetchmany(RESULT_ROWS + 1)
        if len(rows) > RESULT_ROWS:
            return None
        return hashlib.sha256("\n".join(sorted(map(repr, rows))).encode()).hexdigest()

    def _explain(self, options: str, statement: str) -> dict[str, Any]:
        with self.connection.transaction(force_rollback=True):
            row = self.connection.execute(f"EXPLAIN ({options}, FORMAT JSON) {statement}".encode()).fetchone()
        assert row is not None
        return dict(row[0][0])


def shape(plan: Plan) -> tuple[tuple[str, str | None, str | None], ...]:
    """What makes two plans the same plan: node types, relations and indexes, in order."""
    return tuple((node.type, str(node.relation) if node.relation else None, node.index) for node in plan.nodes())


def compare(
    before: Arm,
    after: Arm,
    text_before: str,
    text_after: str,
    *,
    fingerprint: str,
    label: str,
    seconds: float,
    settings: bool = False,
) -> tuple[StatementMeasurement, str]:
    """Measures one statement in both arms; returns the measurement and its verdict.

    Pairs are interleaved in random order together with an A/A pair of the before-arm, whose spread is the noise
    floor. Rounds end when the interval is narrow, after MOST_PAIRS, or when `seconds` are spent (never before
    statistics.MINIMUM_PAIRS). Where the plan is the same and no setting was changed, whatever the clock says is noise:
    "no difference". psycopg's QueryCanceled passes through when a statement times out.
    """
    for _ in range(WARM_UPS):
        before.run(text_before), after.run(text_after)
    chance = random.Random(fingerprint)  # noqa: S311 - the order of runs, repeatable
    runs: dict[str, list[Run]] = {"before": [], "after": [], "again": []}
    deadline = time.monotonic() + seconds
    while True:
        for which in chance.sample(sorted(runs), 3):
            runs[which].append(after.run(text_after) if which == "after" else before.run(text_before))
        times = statistics.ratio([r.ms for r in runs["before"]], [r.ms for r in runs["after"]])
        pairs = len(runs["before"])
        if pairs >= statistics.MINIMUM_PAIRS and (times.settled or pairs >= MOST_PAIRS or time.monotonic() > deadline):
            break
    floor = statistics.noise(statistics.ratio([r.ms for r in runs["before"]], [r.ms for r in runs["again"]]))
    buffers = {which: sorted(run.buffers for run in each)[len(each) // 2] for which, each in runs.items()}
    millis = {which: sorted(run.ms for run in each)[len(each) // 2] for which, each in runs.items()}
    outside = any(run.triggers for run in runs["before"])
    measured = StatementMeasurement(
        fingerprint,
        label,
        pairs,
        buffers["before"],
        buffers["after"],
        round(millis["before"], 3),
        round(millis["after"], 3),
        round(times.middle, 4),
        round(times.low, 4),
        round(times.high, 4),
        round(floor, 4),
        _same_result(before.result(text_before), after.result(text_after)),
    )
    if not (settings or outside) and shape(before.plan(text_before)) == shape(after.plan(text_after)):
        return measured, statistics.SAME
    return measured, statistics.verdict(buffers["before"], buffers["after"], times, floor, outside=outside)


def _same_result(before: str | None, after: str | None) -> bool | None:
    return None if before is None or after is None else before == after
