"""Statements with their real values, from a file or a log, as the model's statements."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from dbadvisor.collector.statements import merged
from dbadvisor.model.workload import Sample, Statement
from dbadvisor.sqltext.fingerprint import fingerprint, normalize, redact
from dbadvisor.sqltext.parse import Unparsable, statement_kind

_PARAMETER = re.compile(r"\$\d")
"""A text that still holds `$n` can be counted but is no sample of real values."""


@dataclass(frozen=True, slots=True)
class Execution:
    """A text as it was run, or is to be run, so many times."""

    sql: str
    source: str
    calls: int = 1
    milliseconds: float = 0.0
    """Of one call; 0 when it was not timed."""


def statements_of(executions: Iterable[Execution]) -> tuple[tuple[Statement, ...], int]:
    """One statement a fingerprint with some of its texts as samples, and how many texts could not be read."""
    found: list[Statement] = []
    unreadable = 0
    for execution in executions:
        try:
            found.append(_statement(execution))
        except Unparsable:
            unreadable += 1
    return merged(found), unreadable


def _statement(execution: Execution) -> Statement:
    kind = statement_kind(execution.sql)
    each = execution.milliseconds
    plannable = kind != "UTILITY"
    complete = not _PARAMETER.search(execution.sql)
    return Statement(
        fingerprint=fingerprint(execution.sql),
        text=normalize(execution.sql) if plannable else redact(execution.sql),
        kind=kind,
        calls=execution.calls,
        total_ms=each * execution.calls,
        min_ms=each,
        max_ms=each,
        source=execution.source,
        samples=(Sample("logged", execution.sql, execution.source),) if plannable and complete else (),
    )
