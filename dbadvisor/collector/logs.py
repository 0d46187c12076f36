"""The server's own log files as a workload: stderr, csvlog and jsonlog, with auto_explain's texts where it ran."""

import csv
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from dbadvisor.collector.executed import Execution
from dbadvisor.errors import UsageError
from dbadvisor.model.names import quote_literal
from dbadvisor.sqltext.parameters import bind
from dbadvisor.sqltext.parse import Unparsable

SOURCE = "log"

_CSV_MESSAGE, _CSV_DETAIL, _CSV_COLUMNS = 13, 14, 23
"""Positions in csvlog, the same in 13 to 18; 13 has 23 columns and each later version more."""

_LEVEL = re.compile(r"(?:^|[\s:>\]])(?P<level>LOG|DETAIL|STATEMENT|HINT|CONTEXT|QUERY|ERROR|WARNING|NOTICE|FATAL):  ")
_DURATION = re.compile(
    r"duration: (?P<ms>[\d.]+) ms  (?P<kind>statement|execute [^:]*|plan):\s*(?P<body>.*)", re.DOTALL
)
_TEXT_PLAN = re.compile(
    r"Query Text: (?P<text>.*?)(?:\nQuery Parameters: (?P<values>.*?))?"
    r"\n[^\n]*  \(cost=\d+\.\d+\.\.\d+\.\d+ rows=\d+ width=\d+\)",
    re.DOTALL,
)
"""auto_explain's default form: the plan's first line ends the query."""
_VALUE = re.compile(r"\$(\d+) = (NULL|'((?:[^']|'')*)')")


@dataclass(slots=True)
class _Entry:
    message: str
    detail: str = ""


def read_log(path: Path) -> tuple[Execution, ...]:
    """The statements that the log timed (log_min_duration_statement, or auto_explain as text or JSON).

    Values of `$n` come from the DETAIL line or from auto_explain; a text whose values were not logged, or cut
    short, stays without them. Raises UsageError when the file cannot be read.
    """
    try:
        with path.open(encoding="utf-8", errors="replace", newline="") as file:
            found = [(kind, run) for entry in _entries(path, file) for kind, run in _executions(entry)]
    except (OSError, csv.Error) as error:
        raise UsageError(f"{path} cannot be read: {error}", "Give a stderr, csv or json log of PostgreSQL.") from None
    timed = {run.sql for kind, run in found if kind != "plan"}
    return tuple(run for kind, run in found if kind != "plan" or run.sql not in timed)  # one run may be logged twice


def _entries(path: Path, file: TextIO) -> Iterator[_Entry]:
    if path.suffix == ".csv":
        return _from_csv(file)
    if path.suffix == ".json":
        return _from_json(file)
    return _from_stderr(file)


def _from_csv(file: TextIO) -> Iterator[_Entry]:
    csv.field_size_limit(2**31 - 1)  # a plan is longer than the 128 kB that Python expects of a field
    for row in csv.reader(file):
        if len(row) >= _CSV_COLUMNS:
            yield _Entry(row[_CSV_MESSAGE], row[_CSV_DETAIL])


def _from_json(file: TextIO) -> Iterator[_Entry]:
    for line in file:
        try:
            row = json.loads(line)
        except ValueError:
            continue  # the last line of a log that is being written
        if isinstance(row, dict):
            yield _Entry(str(row.get("message") or ""), str(row.get("detail") or ""))


def _from_stderr(file: TextIO) -> Iterator[_Entry]:
    """Lines that begin with a tab continue the line before; a DETAIL belongs to the LOG before it."""
    entry: _Entry | None = None
    into_detail = False
    for line in file:
        text = line.rstrip("\r\n")
        if text.startswith("\t"):
            if entry is not None:
                _append(entry, "\n" + text[1:], into_detail)
            continue
        match = _LEVEL.search(text)
        level = match["level"] if match else None
        into_detail = level == "DETAIL"
        if into_detail and entry is not None and match:
            entry.detail = text[match.end() :]
            continue
        if entry is not None:
            yield entry
        entry = _Entry(text[match.end() :]) if match and level == "LOG" else None
    if entry is not None:
        yield entry


def _append(entry: _Entry, text: str, into_detail: bool) -> None:
    if into_detail:
        entry.detail += text
    else:
        entry.message += text


def _executions(entry: _Entry) -> Iterator[tuple[str, Execution]]:
    """The run that an entry tells of, if it does, and how: statement, execute … or plan."""
    match = _DURATION.match(entry.message)
    if match is None:
        return
    text, values = match["body"], entry.detail
    if match["kind"] == "plan":
        text, values = _explained(text)
    if text := text.strip().rstrip(";"):
        yield match["kind"], Execution(_bound(text, values), SOURCE, milliseconds=float(match["ms"]))


def _explained(body: str) -> tuple[str, str]:
    """auto_explain's query text and parameters where it writes text or JSON; empty texts where it does not."""
    if found := _TEXT_PLAN.match(body):
        return found["text"], found["values"] or ""
    try:
        plan: dict[str, Any] = json.loads(body)
        return plan["Query Text"], plan.get("Query Parameters", "")
    except (ValueError, KeyError, TypeError):
        return "", ""


def _bound(text: str, detail: str) -> str:
    """The text with the logged values, unless it or one of them was cut short (log_parameter_max_length)."""
    found = list(_VALUE.finditer(detail))
    if any((match[3] or "").endswith("...") for match in found):
        return text
    values = {
        int(match[1]): "NULL" if match[3] is None else quote_literal(match[3].replace("''", "'")) for match in found
    }
    try:
        return bind(text, values)
    except Unparsable:
        return text  # counted among the unreadable ones
