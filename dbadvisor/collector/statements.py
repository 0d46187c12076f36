"""The workload from pg_stat_statements: one Statement a fingerprint, whatever rows the server keeps of it."""

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

from dbadvisor.collector.answers import Answers
from dbadvisor.collector.queries import MARK
from dbadvisor.collector.session import Row
from dbadvisor.model.names import quote
from dbadvisor.model.workload import Statement
from dbadvisor.sqltext.fingerprint import fingerprint, normalize, redact
from dbadvisor.sqltext.parse import Unparsable, statement_kind

BY_TIME, BY_CALLS = 5_000, 1_000
"""How many rows are taken, most expensive and most frequent: 5,000 is what the server keeps by default."""
TEXT_TIMEOUT_MS = 15_000
"""Reading one text costs the server its whole text file: 195 MB took it 3.7 s."""
MAX_SAMPLES = 5
"""Samples kept of a statement; more teach the planner nothing new."""

EXTENSION = "pg_stat_statements"
INSUFFICIENT_PRIVILEGE = "<insufficient privilege>"

_SUMS = (
    "calls",
    "total_ms",
    "rows",
    "plan_ms",
    "hit_blocks",
    "read_blocks",
    "dirtied_blocks",
    "temp_read_blocks",
    "temp_written_blocks",
    "wal_bytes",
    "io_ms",
    "jit_ms",
)


def ask_statements(answers: Answers) -> None:
    """Counters first, then the texts of those rows only, where the extension is there."""
    extension = next((row for row in answers.rows["extensions"] if row["name"] == EXTENSION), None)
    if extension is None:
        answers.rows.update({"statements": [], "texts": [], "statements_window": []})
        return
    schema = quote(extension["schema"])
    answers.ask("statements_window", schema=schema, gap=False)
    rows = answers.ask("statements", BY_TIME, BY_CALLS, schema=schema, gap=False)
    ids = sorted({row["queryid"] for row in rows if row["queryid"] is not None})
    answers.rows["texts"] = []
    if ids:
        answers.ask("texts", ids, schema=schema, timeout_ms=TEXT_TIMEOUT_MS)


def build_statements(answers: Answers) -> tuple[tuple[Statement, ...], int]:
    """The statements, most expensive first, and how many texts could not be read. Our own are left out."""
    texts = {row["queryid"]: row["query"] for row in answers.rows["texts"]}
    found: list[Statement] = []
    unreadable = 0
    for row in answers.rows["statements"]:
        text = texts.get(row["queryid"])
        if not text or MARK in text or text == INSUFFICIENT_PRIVILEGE:
            continue
        try:
            found.append(_statement(row, text))
        except Unparsable:
            unreadable += 1
    return merged(found), unreadable


def _statement(row: Row, text: str) -> Statement:
    counters = {name: value for name, value in row.items() if name not in ("queryid", "hidden")}
    kind = statement_kind(text)
    return Statement(
        fingerprint=fingerprint(text),
        # a text whose entry was evicted or reset while it ran is kept by the server with its literals
        text=redact(text) if kind == "UTILITY" else normalize(text),
        kind=kind,
        queryids=(row["queryid"],),
        **counters,
    )


def merged(statements: Iterable[Statement]) -> tuple[Statement, ...]:
    """One statement a fingerprint, most expensive first. Counters add up; the text is the most called one's."""
    groups: dict[str, list[Statement]] = defaultdict(list)
    for statement in statements:
        groups[statement.fingerprint].append(statement)
    single = (group[0] if len(group) == 1 else _merge(group) for group in groups.values())
    return tuple(sorted(single, key=lambda s: (-s.total_ms, -s.calls, s.fingerprint)))


def _merge(group: list[Statement]) -> Statement:
    first = max(group, key=lambda statement: (statement.calls, statement.text))
    called = [statement for statement in group if statement.calls]
    samples = dict.fromkeys(sample for statement in group for sample in statement.samples)
    return replace(
        first,
        **{name: sum(getattr(statement, name) for statement in group) for name in _SUMS},
        min_ms=min((statement.min_ms for statement in called), default=0.0),
        max_ms=max((statement.max_ms for statement in called), default=0.0),
        stddev_ms=_pooled(called),
        queryids=tuple(sorted({queryid for statement in group for queryid in statement.queryids})),
        samples=tuple(samples)[:MAX_SAMPLES],
    )


def _pooled(group: list[Statement]) -> float:
    """The standard deviation of all calls together: the mean of squares less the square of the mean."""
    calls = sum(statement.calls for statement in group)
    if not calls:
        return 0.0
    mean = sum(statement.total_ms for statement in group) / calls
    squares = sum(s.calls * (s.stddev_ms**2 + s.mean_ms**2) for s in group) / calls
    return math.sqrt(max(0.0, squares - mean**2))


def with_further(counted: tuple[Statement, ...], further: Iterable[Statement]) -> tuple[Statement, ...]:
    """The counted statements with samples from logs or files, and those statements that only these know.

    A statement that the server counted keeps the server's counters: adding a log's would count twice.
    """
    known = {statement.fingerprint: statement for statement in counted}
    for statement in further:
        if there := known.get(statement.fingerprint):
            samples = dict.fromkeys(there.samples + statement.samples)
            known[statement.fingerprint] = replace(there, samples=tuple(samples)[:MAX_SAMPLES])
        else:
            known[statement.fingerprint] = statement
    return tuple(sorted(known.values(), key=lambda s: (-s.total_ms, -s.calls, s.fingerprint)))
