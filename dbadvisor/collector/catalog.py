"""Rows about the schema to the model's nouns."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from dbadvisor.collector.answers import Answers
from dbadvisor.collector.indexes import build_indexes, unwrapped
from dbadvisor.collector.session import Row
from dbadvisor.model.names import Name
from dbadvisor.model.snapshot import (
    Check,
    Column,
    ColumnStatistics,
    ExtendedStatistics,
    Extension,
    ForeignKey,
    Function,
    Sequence,
    Table,
    TableActivity,
    UserType,
    View,
)

Statistics = Mapping[tuple[int, str], ColumnStatistics]

_LISTS = (
    "most_common_vals",
    "most_common_freqs",
    "histogram_bounds",
    "most_common_elems",
    "most_common_elem_freqs",
    "elem_count_histogram",
)


def schema(answers: Answers) -> dict[str, Any]:
    """The snapshot's fields that describe the schema, by field name."""
    rows = answers.rows
    tables = {row["oid"]: _name(row) for row in rows["tables"]}
    statistics = _statistics(answers)
    return {
        "extensions": tuple(Extension(**row) for row in rows["extensions"]),
        "schemas": tuple(row["name"] for row in rows["schemas"]),
        "types": tuple(_type(row) for row in rows["types"]),
        "functions": tuple(Function(**{**_without(row, "schema"), "name": _name(row)}) for row in rows["functions"]),
        "tables": _tables(answers, tables, statistics),
        "indexes": build_indexes(answers, tables, statistics),
        "foreign_keys": _foreign_keys(rows["foreign_keys"], tables),
        "checks": tuple(
            Check(table=tables[row["table_oid"]], **_without(row, "table_oid"))
            for row in rows["checks"]
            if row["table_oid"] in tables
        ),
        "views": tuple(View(_name(row), row["definition"]) for row in rows["views"] if row["kind"] == "v"),
        "extended_statistics": _extended(answers, tables),
        "sequences": tuple(_sequence(row, tables) for row in rows["sequences"]),
    }


def _name(row: Row) -> Name:
    return Name(row["schema"], row["name"])


def _without(row: Row, *names: str) -> Row:
    return {key: value for key, value in row.items() if key not in names}


def _type(row: Row) -> UserType:
    return UserType(
        name=_name(row),
        kind=row["kind"],
        labels=tuple(row["labels"]),
        base=row["base"],
        not_null=row["not_null"],
        checks=tuple(row["checks"]),
        attributes=tuple(zip(row["attribute_names"], row["attribute_types"], strict=True)),
    )


def _statistics(answers: Answers) -> Statistics:
    """By relation and column. A partitioned table has inherited ones only; otherwise the table's own count."""
    partitioned = {row["oid"] for row in answers.rows["tables"] if row["kind"] == "p"}
    found: dict[tuple[int, str], ColumnStatistics] = {}
    for row in answers.rows["statistics"]:
        key = (row["relation_oid"], row["name"])
        if key in found and row["inherited"] != (row["relation_oid"] in partitioned):
            continue
        fields = _without(row, "relation_oid", "name")
        fields.update({name: tuple(fields[name]) for name in _LISTS if fields[name] is not None})
        found[key] = ColumnStatistics(**fields)
    return found


def _tables(answers: Answers, names: Mapping[int, Name], statistics: Statistics) -> tuple[Table, ...]:
    columns: dict[int, list[Column]] = defaultdict(list)
    for row in answers.rows["columns"]:
        columns[row["table_oid"]].append(_column(row, statistics))
    activity = {row["oid"]: TableActivity(**_without(row, "oid")) for row in answers.rows["table_activity"]}
    blocks = {row["oid"]: row["blocks"] for row in answers.rows["sizes"]}
    definitions = {row["oid"]: row["definition"] for row in answers.rows["views"] if row["kind"] == "m"}
    return tuple(
        Table(
            **{
                **_without(row, "schema", "parent_oid", "readable"),
                "name": names[row["oid"]],
                "options": tuple(row["options"]),
                "parent": names.get(row["parent_oid"]),
            },
            columns=tuple(columns[row["oid"]]),
            blocks=blocks.get(row["oid"]),
            definition=definitions.get(row["oid"]),
            activity=activity.get(row["oid"]),
        )
        for row in answers.rows["tables"]
    )


def _column(row: Row, statistics: Statistics) -> Column:
    fields = _without(row, "table_oid")
    fields["options"] = tuple(row["options"])
    fields["default"] = unwrapped(row["default"]) if row["default"] else None
    return Column(**fields, statistics=statistics.get((row["table_oid"], row["name"])))


def _foreign_keys(rows: list[Row], tables: Mapping[int, Name]) -> tuple[ForeignKey, ...]:
    return tuple(
        ForeignKey(
            name=row["name"],
            table=tables[row["table_oid"]],
            columns=tuple(row["columns"]),
            referenced=tables[row["referenced_oid"]],
            referenced_columns=tuple(row["referenced_columns"]),
            on_delete=row["on_delete"],
            on_update=row["on_update"],
            validated=row["validated"],
        )
        for row in rows
        if row["table_oid"] in tables and row["referenced_oid"] in tables
    )


def _extended(answers: Answers, tables: Mapping[int, Name]) -> tuple[ExtendedStatistics, ...]:
    data: dict[int, list[tuple[bool, str | None, str | None, str | None]]] = defaultdict(list)
    for row in answers.rows["extended_data"]:
        data[row["oid"]].append((row["inherited"], row["ndistinct"], row["dependencies"], row["mcv"]))
    return tuple(
        ExtendedStatistics(_name(row), tables[row["table_oid"]], row["definition"], tuple(data[row["oid"]]))
        for row in answers.rows["extended_statistics"]
        if row["table_oid"] in tables
    )


def _sequence(row: Row, tables: Mapping[int, Name]) -> Sequence:
    owner = tables.get(row["owner_oid"])
    return Sequence(
        name=_name(row),
        type=row["type"],
        last_value=row["last_value"],
        max_value=row["max_value"],
        increment=row["increment"],
        owned_by=(owner, row["owner_column"]) if owner else None,
    )
