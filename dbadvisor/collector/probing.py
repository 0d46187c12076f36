"""Sends our own small statements to the users' tables, within bounds, and names those that gave no answer."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from dbadvisor.collector import probes
from dbadvisor.collector.answers import CANCELED, NOT_ASKED, Answers
from dbadvisor.collector.catalog import columns_of
from dbadvisor.collector.indexes import definition, readable
from dbadvisor.collector.server import build_server, settings
from dbadvisor.collector.session import PINNED, Row, SkippedQuery
from dbadvisor.model.index import IndexDefinition
from dbadvisor.model.names import Name, quote
from dbadvisor.model.probe import INDEXES_ONLY, ORDERS, Asked, has_levels, orders, outline, statements
from dbadvisor.model.snapshot import Gap, Table

TIMEOUT_MS = 250
"""For one table. The end of an index is some pages away, unless many dead rows lie before it."""
SECONDS = 5.0
"""For the ends of all indexes, again for their heights, and for plans; the biggest tables first."""
_INDEXES_A_QUESTION = 500
_TABLES_A_TRANSACTION = 20
"""Each is locked until the transaction ends, with its indexes: the server has room for some thousand locks in all."""

SAMPLED_ROWS = 300
"""Rows that ANALYZE reads for each step of the statistics target (std_typanalyze)."""
PROBED_TABLES = 5
"""Tables, the biggest, of which the server's plans of our own statements are kept to hold the shadow's against."""


@dataclass(slots=True)
class Unprobed:
    """Tables that gave no answer, by reason."""

    what: str
    """Of which nothing is known now, in people's words."""
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
            why = f"they took longer than {TIMEOUT_MS} ms in {_some(self.late)}"
            yield Gap("probes", self.what, why, "VACUUM them, where many dead rows lie at an end; or run again.")
        if self.left:
            why = f"the {SECONDS:g} s for all went to bigger tables than {_some(self.left)}"
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
    unprobed = Unprobed("the smallest and largest values in indexes")

    def ask(table: Row) -> None:
        names = columns[table["oid"]]
        query = probes.index_ends(_name(table), names)
        (row,) = answers.session.fetch(query, timeout_ms=TIMEOUT_MS, settings={**PINNED, **INDEXES_ONLY})
        answers.rows["ends"] += [
            {"table_oid": table["oid"], "name": name, "minimum": row[f"minimum_{n}"], "maximum": row[f"maximum_{n}"]}
            for n, name in enumerate(names)
        ]

    known = _wholly_sampled(answers)
    tables = [row for row in _biggest_first(answers) if row["oid"] in columns and row["oid"] not in known]
    _each(answers, tables, ask, unprobed)
    answers.gaps += unprobed.gaps()


def _wholly_sampled(answers: Answers) -> set[int]:
    """Tables of which ANALYZE read every row and that nobody has written to since: their statistics know the ends."""
    target = next((row["value"] for row in answers.rows["settings"] if row["name"] == "default_statistics_target"), 0)
    unchanged = {
        row["oid"]
        for row in answers.rows["table_activity"]
        if row["modified_since_analyze"] == 0 and row["analyze_age"] is not None
    }
    few = SAMPLED_ROWS * int(target)
    return {row["oid"] for row in answers.rows["tables"] if 0 <= row["rows"] <= few and row["oid"] in unchanged}


def ask_heights(answers: Answers) -> None:
    """Learns how high B-trees are, as rows of oid and height under `heights`, and of which pages GIN indexes are.

    A superuser reads them from the indexes themselves, where pageinspect is. Any other role that is not powerful has
    statements of ours planned. Where neither can be, whoever plans says which heights are in doubt.
    """
    answers.rows.update({"heights": [], "gin_pages": [], "probes": []})
    if answers.one("powers").get("superuser"):
        _inspect(answers)
    elif not is_powerful(answers):
        _explain(answers)


def _inspect(answers: Answers) -> None:
    tables = {row["oid"] for row in _biggest_first(answers)}
    locked = set(answers.locked)
    schema = next((quote(row["schema"]) for row in answers.rows["extensions"] if row["name"] == "pageinspect"), "")
    for name, method in (("btree_heights", "btree"), ("gin_pages", "gin")):
        oids = [
            row["oid"]
            for row in answers.rows["indexes"]
            if row["method"] == method and row["table_oid"] in tables and row["oid"] not in locked
        ]
        found: list[Row] = []
        for start in range(0, len(oids), _INDEXES_A_QUESTION):
            found += answers.ask(name, oids[start : start + _INDEXES_A_QUESTION], schema=schema)
        answers.rows["heights" if method == "btree" else name] = found


def _explain(answers: Answers) -> None:
    indexes = _high_indexes(answers)
    tables = [row for row in _biggest_first(answers) if row["oid"] in indexes]

    def ask(table: Row) -> None:
        asked = indexes[table["oid"]]
        document = _plan(answers, orders(_name(table), [definition for _, definition in asked.values()]))
        for name, height in probes.heights(document).items():
            if name in asked:
                answers.rows["heights"].append({"oid": asked[name][0], "height": height})
        if table in tables[:PROBED_TABLES]:
            answers.rows["probes"].append(_probe(table, ORDERS, None, document))

    _each(answers, tables, ask, Unprobed("heights"))


def ask_plans(answers: Answers) -> None:
    """Has statements of ours about the biggest tables planned; rows of table, kind, column and plan, under `probes`."""
    if is_powerful(answers):
        return

    def ask(table: Row) -> None:
        known = Table(table["oid"], _name(table), table["kind"], columns_of(answers, table["oid"]))
        for asked in statements(known):
            answers.rows["probes"].append(_probe(table, asked.kind, asked.column, _plan(answers, asked)))

    _each(answers, _biggest_first(answers)[:PROBED_TABLES], ask, Unprobed("plans"))


def _plan(answers: Answers, asked: Asked) -> Any:
    """The server's plan, made as for a role without settings of its own."""
    ours = {row["name"]: row["value"] for row in answers.rows["settings"]}
    general = {each.name: each.value for each in settings(answers) if each.value != ours[each.name]}
    pins = {**general, **PINNED, **asked.settings}
    (row,) = answers.session.fetch(probes.explain("probe", asked.sql), timeout_ms=TIMEOUT_MS, settings=pins)
    return row["QUERY PLAN"]


def _probe(table: Row, kind: str, column: str | None, document: Any) -> Row:
    return {"table": _name(table), "kind": kind, "column": column, "plan": outline(document)}


def _high_indexes(answers: Answers) -> dict[int, dict[str, tuple[int, IndexDefinition]]]:
    """By table and name: OID and definition of those that may be more than a leaf."""
    tables = {row["oid"]: _name(row) for row in answers.rows["tables"]}
    blocks = {row["oid"]: row["blocks"] for row in answers.rows["sizes"]}
    keys: dict[int, list[Row]] = defaultdict(list)
    for row in answers.rows["index_keys"]:
        keys[row["index_oid"]].append(row)
    found: dict[int, dict[str, tuple[int, IndexDefinition]]] = defaultdict(dict)
    for row in answers.rows["indexes"]:
        if row["table_oid"] in tables and readable(row, keys[row["oid"]]):
            made = definition(row, keys[row["oid"]], tables[row["table_oid"]])
            if has_levels(
                made, row["pages"] if blocks.get(row["oid"]) is None else blocks[row["oid"]], valid=row["valid"]
            ):
                found[row["table_oid"]][row["name"]] = (row["oid"], made)
    return found


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
    until = time.monotonic() + SECONDS
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
