"""Reads what psql printed of the script: the same answers as a session's, from a file."""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from dbadvisor.collector.answers import NOT_ASKED
from dbadvisor.collector.collect import ask_everything, read_executions, write_down
from dbadvisor.collector.connection import NEWEST, OLDEST
from dbadvisor.collector.queries import Query
from dbadvisor.collector.script import digest
from dbadvisor.collector.session import PINNED, Row, SkippedQuery
from dbadvisor.errors import UsageError
from dbadvisor.model import store
from dbadvisor.model.snapshot import ServerCost, Snapshot

MAX_BYTES = 1 << 30
"""Of a file of answers, as of a snapshot's."""

_ANSWERED = "00000"
_OIDS = re.compile(r"(?:\A|_)oids?\Z")
"""Columns of object ids, which PostgreSQL's JSON prints as texts."""
_STATEMENTS = 4
"""That the script sends for each question: its transaction's two ends, the pins and itself."""


def collect_answers(
    path: Path,
    *,
    workload: Path | None = None,
    logs: tuple[Path, ...] = (),
    progress: Callable[[str], None] = lambda _: None,
) -> Snapshot:
    """The snapshot that a live look at the same moment would have made, from a file of answers.

    Raises UsageError for anything but answers to this version's script.
    """
    executions, gaps = read_executions(workload, logs, progress)
    progress(f"reading {path.name}")
    try:
        with store.many_objects():
            source = ByHand(path)
            answers = ask_everything(source, lambda _: None)
            seen = write_down(answers, executions, gaps, source.taken_at)
            # JSON knows one kind of number, and whoever made the file may have made it up
            return store.from_json(Snapshot, store.to_json(seen), strict=True)
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise UsageError(f"{path} does not hold what the script asks: {error}", _AGAIN) from None


@dataclass(slots=True)
class _Answer:
    rows: list[Row] = field(default_factory=list)
    sqlstate: str = ""


class ByHand:
    """The file's answers, asked for like those of a session. Raises UsageError for anything but answers."""

    def __init__(self, path: Path) -> None:
        self._answers: dict[str, list[_Answer]] = {}
        self._open: _Answer | None = None
        self._milliseconds = -1.0
        self.taken_at = ""
        try:
            self._read(path)
        except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
            raise UsageError(f"{path} cannot be read: {error}", _AGAIN) from None
        if self._milliseconds < 0:
            raise UsageError(f"{path} ends early: psql did not come to the script's end", _AGAIN)
        self._check_version(path)

    @property
    def version_num(self) -> int:
        """As in server_version_num."""
        return int(self._server.get("version_num", 0))

    @property
    def libpq_backend_pid(self) -> int:
        """The process that answered: whether a pooler stood between cannot be told from here."""
        return int(self._server["backend_pid"])

    @property
    def cost(self) -> ServerCost:
        """What running the script cost; its time is that between its first statement and its last."""
        answers = [answer for found in self._answers.values() for answer in found]
        rows = sum(len(answer.rows) for answer in answers)
        return ServerCost(len(answers) * _STATEMENTS, self._milliseconds, rows)

    def fetch(
        self,
        query: Query,
        parameters: Sequence[Any] = (),
        *,
        timeout_ms: int | None = None,
        settings: Mapping[str, str] = PINNED,
    ) -> list[Row]:
        """The rows that the question was answered with; asked again, those of its next batch, if it has one.

        Raises SkippedQuery when the server refused it, or when the script did not ask.
        """
        found = self._answers.get(query.name)
        if not found:
            raise SkippedQuery(query.name, NOT_ASKED)
        answer = found.pop(0) if len(found) > 1 else found[0]
        if answer.sqlstate != _ANSWERED:
            raise SkippedQuery(query.name, answer.sqlstate)
        return answer.rows

    def rest(self) -> None:
        """A file holds nothing that could be let go."""

    @property
    def _server(self) -> Row:
        rows = self._answers["server"][0].rows if "server" in self._answers else []
        return rows[0] if rows else {}

    def _check_version(self, path: Path) -> None:
        if not self._server:
            raise UsageError(f"{path} holds no answer of a server: it refused the first question", _AGAIN)
        if not OLDEST <= self.version_num // 10000 <= NEWEST:
            raise UsageError(
                f"{path} is of a server that this dbadvisor does not know",
                f"It works with PostgreSQL {OLDEST} to {NEWEST}.",
            )

    def _read(self, path: Path) -> None:
        if path.stat().st_size > MAX_BYTES:
            raise ValueError(f"it is larger than {MAX_BYTES >> 20} MB")
        for number, entry in _entries(path):
            kind = entry.get("dbadvisor")
            if (kind == "script") == bool(self.taken_at):
                raise ValueError(f"line {number} is not what the script prints")
            if kind is not None:
                self._mark(kind, entry)
            elif self._open is not None:
                self._open.rows.append(_row(entry))

    def _mark(self, kind: str, entry: dict[str, Any]) -> None:
        if kind == "script":
            if entry["script"] != digest():
                raise ValueError(f"it answers the script of another dbadvisor ({str(entry['version'])!r:.20})")
            self.taken_at = str(entry["taken_at"])
        elif kind == "asks":
            self._open = _Answer()
            self._answers.setdefault(str(entry["question"]), []).append(self._open)
        elif kind == "answered" and self._open is not None:
            self._open.sqlstate, self._open = str(entry["sqlstate"]), None
        elif kind == "end":
            self._milliseconds = max(0.0, float(entry["milliseconds"]))


_AGAIN = "Print the script with dbadvisor snapshot --sql and run it: psql -XAtq -f look.sql > answers.jsonl."


def _entries(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    with path.open("rb") as file:  # lines end with a newline only, whatever else a text may hold
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            try:
                entry = json.loads(line.decode("utf-8", "replace"))  # a SQL_ASCII database may hold anything
            except ValueError:
                raise ValueError(f"line {number} is not what the script prints") from None
            if type(entry) is not dict:
                raise ValueError(f"line {number} is not what the script prints")
            yield number, entry


def _row(entry: Row) -> Row:
    for name in _oid_columns(tuple(entry)):
        if entry[name] is not None:
            entry[name] = _oid(entry[name])
    return entry


@cache
def _oid_columns(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name for name in names if _OIDS.search(name))


def _oid(value: Any) -> Any:
    return [int(item) for item in value] if isinstance(value, list) else int(value)
