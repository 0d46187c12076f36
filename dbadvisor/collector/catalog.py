"""Rows about the schema to the model's nouns."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from dbadvisor.collector.answers import Answers
from dbadvisor.collector.indexes import build_indexes, unwrapped
from dbadvisor.collector.session import Row
from dbadvisor.model.names import Name
from dbadvisor.model.objects import (
    ForeignOptions,
    Function,
    OperatorClass,
    Policy,
    Role,
    SchemaObject,
    Tablespace,
    UserType,
)
from dbadvisor.model.snapshot import (
    Check,
    Column,
    ColumnStatistics,
    ExtendedStatistics,
    Extension,
    ForeignKey,
    Sequence,
    Table,
    TableActivity,
    View,
)

Statistics = Mapping[tuple[int, str, bool], ColumnStatistics]
"""By relation, column, and whether they are of the table with its children."""

_LISTS = (
    "most_common_vals",
    "most_common_freqs",
    "histogram_bounds",
    "most_common_elems",
    "most_common_elem_freqs",
    "elem_count_histogram",
    "range_lengths",
    "range_bounds",
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
        "views": tuple(
            View(_name(row), row["definition"], tuple(row["options"])) for row in rows["views"] if row["kind"] == "v"
        ),
        "extended_statistics": _extended(answers, tables),
        "objects": tuple(SchemaObject(row["kind"], row["name"], row["sql"]) for row in rows["objects"] if row["sql"]),
        "operator_classes": tuple(_operator_class(row) for row in rows["operator_classes"]),
        "tablespaces": tuple(Tablespace(row["name"], tuple(row["options"])) for row in rows["tablespaces"]),
        "policies": tuple(
            Policy(**{**_without(row, "table_oid"), "table": tables[row["table_oid"]], "roles": tuple(row["roles"])})
            for row in rows["policies"]
            if row["table_oid"] in tables
        ),
        "roles": tuple(Role(row["name"], row["bypasses"], tuple(row["member_of"])) for row in rows["roles"]),
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
        subtype_diff=row["subtype_diff"],
        subtype_collation=row["subtype_collation"],
        subtype_opclass=row["subtype_opclass"],
        multirange=Name(row["multirange_schema"], row["multirange_name"]) if row["multirange_name"] else None,
        oid=row["oid"],
        label_oids=tuple(row["label_oids"]),
    )


def _operator_class(row: Row) -> OperatorClass:
    return OperatorClass(
        name=_name(row),
        method=row["method"],
        type=row["type"],
        default=row["default"],
        key_type=row["key_type"],
        operators=tuple(zip(row["strategies"], row["operators"], row["sort_families"], strict=True)),
        functions=tuple(zip(row["numbers"], row["functions"], strict=True)),
    )


def _statistics(answers: Answers) -> Statistics:
    return {
        (row["relation_oid"], row["name"], row["inherited"]): column_statistics(_without(row, "relation_oid", "name"))
        for row in answers.statistics
    }


def column_statistics(row: Row) -> ColumnStatistics:
    """A row of pg_stats, or the like of it."""
    lists = {name: tuple(row[name]) for name in _LISTS if row[name] is not None}
    return ColumnStatistics(**{**row, **lists})


def _tables(answers: Answers, names: Mapping[int, Name], statistics: Statistics) -> tuple[Table, ...]:
    columns: dict[int, list[Column]] = defaultdict(list)
    ends = {(row["table_oid"], row["name"]): (row["minimum"], row["maximum"]) for row in answers.rows["ends"]}
    for row in answers.rows["columns"]:
        minimum, maximum = ends.get((row["table_oid"], row["name"]), (None, None))
        columns[row["table_oid"]].append(replace(_column(row, statistics), minimum=minimum, maximum=maximum))
    activity = {row["oid"]: TableActivity(**_without(row, "oid")) for row in answers.rows["table_activity"]}
    blocks = {row["oid"]: row["blocks"] for row in answers.rows["sizes"]}
    definitions = {row["oid"]: row["definition"] for row in answers.rows["views"] if row["kind"] == "m"}
    foreign = {row["table_oid"]: _foreign(row) for row in answers.rows["foreign_tables"]}
    return tuple(
        Table(
            **{
                **_without(row, "schema", "parent_oid", "readable"),
                "name": names[row["oid"]],
                "options": tuple(row["options"]),
                "parent": names.get(row["parent_oid"]),
                "further_parents": tuple(names[oid] for oid in row["further_parents"] if oid in names),
            },
            foreign=foreign.get(row["oid"]),
            columns=tuple(columns[row["oid"]]),
            blocks=blocks.get(row["oid"]),
            definition=definitions.get(row["oid"]),
            activity=activity.get(row["oid"]),
        )
        for row in answers.rows["tables"]
    )


def _foreign(row: Row) -> ForeignOptions:
    return ForeignOptions(
        server=row["server"],
        wrapper=row["wrapper"],
        server_options=tuple(row["server_options"]),
        options=tuple(row["options"]),
        columns=tuple(zip(row["column_names"], row["remote_names"], strict=True)),
    )


def _column(row: Row, statistics: Statistics) -> Column:
    """A partitioned table holds no rows, so what is known of it is known of it with its partitions."""
    fields = _without(row, "table_oid")
    fields["options"] = tuple(row["options"])
    fields["default"] = unwrapped(row["default"]) if row["default"] else None
    own = statistics.get((row["table_oid"], row["name"], False))
    inherited = statistics.get((row["table_oid"], row["name"], True))
    return Column(**fields, statistics=own or inherited, inherited_statistics=inherited if own else None)


def columns_of(answers: Answers, table_oid: int) -> tuple[Column, ...]:
    """One table's columns, without their ends."""
    known = {
        (table_oid, row["name"], row["inherited"]): column_statistics(_without(row, "relation_oid", "name"))
        for row in answers.statistics
        if row["relation_oid"] == table_oid
    }
    return tuple(_column(row, known) for row in answers.rows["columns"] if row["table_oid"] == table_oid)


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
    expressions: dict[int, list[ColumnStatistics]] = defaultdict(list)
    for row in answers.rows["extended_expressions"]:
        expressions[row["oid"]].append(column_statistics(_without(row, "oid", "position")))
    return tuple(
        ExtendedStatistics(
            _name(row),
            tables[row["table_oid"]],
            row["definition"],
            tuple(data[row["oid"]]),
            tuple(expressions[row["oid"]]),
        )
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
        identity=row["identity"],
    )
