"""Rows about indexes to the model's Index."""

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace

from dbadvisor.collector.answers import Answers
from dbadvisor.collector.session import Row
from dbadvisor.model.index import GinPages, IndexDefinition, IndexKey
from dbadvisor.model.names import Name
from dbadvisor.model.snapshot import ColumnStatistics, Index

Statistics = Mapping[tuple[int, str, bool], ColumnStatistics]

_QUOTED = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"")


def unwrapped(expression: str) -> str:
    """The expression without brackets that enclose all of it.

    >>> unwrapped("((a IS NULL) AND (b > ')'::text))"), unwrapped("(a) = (b)")
    ("(a IS NULL) AND (b > ')'::text)", '(a) = (b)')
    """
    blank = _QUOTED.sub(lambda match: "x" * len(match[0]), expression)
    while blank.startswith("(") and _closing(blank) == len(blank) - 1:
        blank, expression = blank[1:-1], expression[1:-1]
    return expression


def _closing(text: str) -> int:
    """Where the bracket closes that the text opens with."""
    depth = 0
    for position, character in enumerate(text):
        depth += (character == "(") - (character == ")")
        if depth == 0:
            return position
    return -1


def build_indexes(answers: Answers, tables: Mapping[int, Name], statistics: Statistics) -> tuple[Index, ...]:
    """All indexes of the given tables. One whose expressions could not be read is left out: half an index misleads."""
    rows = answers.rows["indexes"]
    names = {row["oid"]: Name(row["schema"], row["name"]) for row in rows}
    keys: dict[int, list[Row]] = defaultdict(list)
    for row in answers.rows["index_keys"]:
        keys[row["index_oid"]].append(row)
    scans = {row["oid"]: row for row in answers.rows["index_activity"]}
    blocks = {row["oid"]: row["blocks"] for row in answers.rows["sizes"]}
    heights = {row["oid"]: row["height"] for row in answers.rows["heights"]}
    gin = {row["oid"]: GinPages(**{k: v for k, v in row.items() if k != "oid"}) for row in answers.rows["gin_pages"]}
    found = (
        _index(row, keys[row["oid"]], tables, names, scans.get(row["oid"], {}), blocks, statistics)
        for row in rows
        if row["table_oid"] in tables and readable(row, keys[row["oid"]])
    )
    return tuple(replace(index, height=heights.get(index.oid), gin=gin.get(index.oid)) for index in found)


def readable(row: Row, keys: list[Row]) -> bool:
    """Whether every key and the predicate are known."""
    known = all(key["column"] is not None or key["expression"] is not None for key in keys)
    return bool(keys) and known and not (row["partial"] and row["where"] is None)


def _index(
    row: Row,
    keys: list[Row],
    tables: Mapping[int, Name],
    names: Mapping[int, Name],
    activity: Row,
    blocks: Mapping[int, int],
    statistics: Statistics,
) -> Index:
    oid = row["oid"]
    return Index(
        oid=oid,
        name=names[oid],
        definition=definition(row, keys, tables[row["table_oid"]]),
        tuples=max(0.0, row["tuples"]),
        pages=row["pages"],
        blocks=blocks.get(oid),
        valid=row["valid"],
        ready=row["ready"],
        building=row["building"],
        constraint=row["constraint"],
        constraint_name=row["constraint_name"],
        deferrable=row["deferrable"],
        tablespace=row["tablespace"],
        replica_identity=row["replica_identity"],
        clustered=row["clustered"],
        parent=names.get(row["parent_oid"]),
        scans=activity.get("scans", 0),
        tuples_read=activity.get("tuples_read", 0),
        last_scan_age=activity.get("last_scan_age"),
        expression_statistics=tuple(
            (key["position"], found) for key in keys if (found := _of_expression(statistics, oid, key["name"]))
        ),
    )


def _of_expression(statistics: Statistics, oid: int, name: str) -> ColumnStatistics | None:
    """An index's own statistics, or a partitioned index's of all its parts."""
    return statistics.get((oid, name, False)) or statistics.get((oid, name, True))


def definition(row: Row, keys: list[Row], table: Name) -> IndexDefinition:
    """An index's row and those of its keys as a definition; `readable` must hold."""
    return IndexDefinition(
        table=table,
        keys=tuple(_key(key) for key in keys if not key["included"]),
        include=tuple(key["column"] for key in keys if key["included"]),
        where=unwrapped(row["where"]) if row["where"] else None,
        unique=row["unique"],
        nulls_not_distinct=row["nulls_not_distinct"],
        method=row["method"],
        options=tuple(row["options"]),
    )


def _key(row: Row) -> IndexKey:
    return IndexKey(
        column=row["column"],
        expression=unwrapped(row["expression"]) if row["expression"] is not None else None,
        opclass=row["opclass"],
        collation=row["collation"],
        descending=row["descending"],
        nulls_first=row["nulls_first"],
    )
