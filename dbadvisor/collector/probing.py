"""Sends our own small statements to the users' tables, within bounds, and names those that gave no answer."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from dbadvisor.collector import probes
from dbadvisor.collector.answers import CANCELED, NOT_ASKED, Answers
from dbadvisor.collector.server import build_server
from dbadvisor.collector.session import PINNED, Row, SkippedQuery
from dbadvisor.model.names import Name
from dbadvisor.model.snapshot import Gap

ENDS_TIMEOUT_MS = 250
"""For all ends of one table. An end is some pages away, unless many dead rows lie before it."""
ENDS_SECONDS = 2.0
"""For the ends of all tables, the biggest first."""
_TABLES_A_TRANSACTION = 20
"""Each is locked until the transaction ends, with its indexes: the server has room for some thousand locks in all."""

INDEXES_ONLY = {
    **PINNED,
    **dict.fromkeys(("enable_indexscan", "enable_indexonlyscan"), "on"),
    **dict.fromkeys(("enable_seqscan", "enable_bitmapscan", "enable_sort", "enable_incremental_sort"), "off"),
    "constraint_exclusion": "off",
}
"""Settings under which rows in order can only come from an index."""


@dataclass(slots=True)
class Unprobed:
    """Tables that gave no answer, by reason."""

    what: str
    """Of which nothing is known now, in people's words."""
    timeout_ms: int
    seconds: float
    closed: list[str] = field(default_factory=list)
    late: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    unasked: list[str] = field(default_factory=list)

    def gaps(self) -> Iterator[Gap]:
        """One for each reason."""
        if self.closed:
            why = "row security, or code of the users' that planning runs, keeps our statements from"
            yield Gap("probes", self.what, f"{why} {_some(self.closed)}")
        if self.late:
            why = f"they took longer than {self.timeout_ms} ms in {_some(self.late)}"
            yield Gap("probes", self.what, why, "VACUUM them, where many dead rows lie at an end; or run again.")
        if self.left:
            why = f"the {self.seconds:g} s for all went to bigger tables than {_some(self.left)}"
            yield Gap("probes", self.what, why, "Run again when the server is less busy.")
        if self.refused:
            yield Gap("probes", self.what, f"the server refused to read {_some(self.refused)}")
        if self.unasked:
            yield Gap(
                "probes", self.what, "the script for psql does not ask it", "Let dbadvisor snapshot look by itself."
            )


def ask_ends(answers: Answers) -> None:
    """Reads where the indexes end: as rows of table_oid, name, minimum and maximum, under `ends`.

    Only columns with a histogram: for others the planner does not look (get_actual_variable_range is asked when a
    constant falls into the first or last bin).
    """
    answers.rows["ends"] = []
    columns = _ended_columns(answers)
    unprobed = Unprobed("the smallest and largest values in indexes", ENDS_TIMEOUT_MS, ENDS_SECONDS)

    def ask(table: Row) -> None:
        names = columns[table["oid"]]
        query = probes.index_ends(_name(table), names)
        (row,) = answers.session.fetch(query, timeout_ms=ENDS_TIMEOUT_MS, settings=INDEXES_ONLY)
        answers.rows["ends"] += [
            {"table_oid": table["oid"], "name": name, "minimum": row[f"minimum_{n}"], "maximum": row[f"maximum_{n}"]}
            for n, name in enumerate(names)
        ]

    _each(answers, [row for row in _biggest_first(answers) if row["oid"] in columns], ask, unprobed)
    answers.gaps += unprobed.gaps()


def is_powerful(answers: Answers) -> bool:
    """Whether our role could do more than read, or that is not known."""
    return bool(build_server(answers).powers) or not answers.rows["powers"]


def _biggest_first(answers: Answers) -> list[Row]:
    """Tables with files that our role may read and nobody holds."""
    standby = answers.one("server")["standby"]
    locked = set(answers.locked)
    tables = (
        row
        for row in answers.rows["tables"]
        if row["kind"] in ("r", "m") and row["pages"] > 0 and row["readable"] and row["oid"] not in locked
        if not (standby and row["persistence"] == "u")  # empty there, and not to be read
    )
    return sorted(tables, key=lambda row: (-row["pages"], row["oid"]))


def _ended_columns(answers: Answers) -> dict[int, list[str]]:
    """By table. Under a powerful role only those of the server's own types."""
    powerful = is_powerful(answers)
    known = {
        (row["relation_oid"], row["name"])
        for row in answers.statistics
        if row["histogram_bounds"] and not row["inherited"]
    }
    found: dict[int, list[str]] = defaultdict(list)
    for row in answers.rows["ended_columns"]:
        if (row["table_oid"], row["name"]) in known and (row["built_in"] or not powerful):
            found[row["table_oid"]].append(row["name"])
    return found


def _each(answers: Answers, tables: Iterable[Row], ask: Callable[[Row], None], unprobed: Unprobed) -> None:
    """Asks of one table after the other, as long as the time lasts."""
    theirs = {row["oid"] for row in answers.rows["users_code"]}
    until = time.monotonic() + unprobed.seconds
    for position, table in enumerate(tables):
        if position % _TABLES_A_TRANSACTION == 0:
            answers.session.rest()
        if table["row_security"] or table["oid"] in theirs or "users_code" in answers.refused:
            unprobed.closed.append(str(_name(table)))
        elif time.monotonic() > until:
            unprobed.left.append(str(_name(table)))
        else:
            _ask(ask, table, unprobed)
    answers.session.rest()


def _ask(ask: Callable[[Row], None], table: Row, unprobed: Unprobed) -> None:
    try:
        ask(table)
    except SkippedQuery as skipped:
        reasons = {CANCELED: unprobed.late, NOT_ASKED: unprobed.unasked}
        reasons.get(skipped.sqlstate, unprobed.refused).append(str(_name(table)))


def _name(table: Row) -> Name:
    return Name(table["schema"], table["name"])


def _some(names: list[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
