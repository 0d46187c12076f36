"""The JSON Schema of the report (draft 2020-12), made from the model's own annotations.

`report.schema.json` beside this file is its stored text; a test keeps both equal.
"""

import dataclasses
import inspect
import types
import typing
from typing import Any

from dbadvisor.model.agreement import Agreement, Deviation, Skipped
from dbadvisor.model.change import Change, Rewrite
from dbadvisor.model.finding import Evidence, Finding, Severity
from dbadvisor.model.report import (
    SCHEMA_VERSION,
    CurvePoint,
    Estimate,
    IndexSet,
    Measurement,
    Recommendation,
    Rejected,
    Report,
    RunnerUp,
    StatementEstimate,
    StatementMeasurement,
    Workload,
)
from dbadvisor.model.rule import Outcome
from dbadvisor.model.snapshot import Gap, Server, ServerCost
from dbadvisor.model.workload import Statement, Window

_RECORDS: tuple[Any, ...] = (
    Server, Window, Workload, Statement, Finding, Evidence, Rewrite, Recommendation, Estimate, StatementEstimate,
    Measurement, StatementMeasurement, IndexSet, CurvePoint, RunnerUp, Rejected, Outcome, Gap, ServerCost,
    Agreement, Deviation, Skipped,
)  # fmt: skip
_SCALARS = {str: "string", int: "integer", float: "number", bool: "boolean"}
_TEXT = {"type": "string"}

# What the annotations call `str` and only some words may fill.
_WORDS: dict[tuple[str, str], tuple[str, ...]] = {
    ("Statement", "kind"): ("SELECT", "INSERT", "UPDATE", "DELETE", "MERGE", "UTILITY"),
    ("Recommendation", "kind"): (
        "index", "drop_index", "rewrite", "statistics", "setting", "maintenance", "storage", "application",
    ),
    ("Measurement", "verdict"): ("better", "worse", "no difference"),
    ("Outcome", "state"): ("fired", "clean", "could not look"),
}  # fmt: skip

# Keys that are worked out from the others, for readers that are not dbadvisor.
_DERIVED: dict[str, dict[str, Any]] = {
    "Server": {"major": {"type": "integer"}},
    "Finding": {"key": _TEXT},
    "IndexSet": {"gap": {"type": "number"}},
    "Recommendation": {
        "id": {"type": "string", "pattern": "^R[0-9a-f]{8}$"},
        "evidence_level": {"enum": ["hypothesis", "planned", "measured"]},
    },
}

_CHANGE = {
    "description": "One statement, how it is taken back, and what it takes while it runs.",
    "type": "object",
    "properties": {
        "kind": {
            "enum": [
                "create_index",
                "drop_index",
                "create_extension",
                "create_statistics",
                "alter_table",
                "set_parameter",
                "maintenance",
            ]
        },
        "sql": _TEXT,
        "undo_sql": {"type": ["string", "null"]},
        "lock": _TEXT,
        "transactional": {"type": "boolean"},
        "definition": {
            "description": "The change as dbadvisor stores it; `type` names what it is.",
            "type": "object",
            "required": ["type"],
        },
    },
    "required": ["kind", "sql", "undo_sql", "lock", "transactional", "definition"],
}


def schema() -> dict[str, Any]:
    """The schema of what `json_report.render` prints. Readers should allow keys they do not know."""
    hints = typing.get_type_hints(Report)
    properties = {"schema_version": {"type": "string", "pattern": rf"^{SCHEMA_VERSION.partition('.')[0]}\.\d+$"}}
    for field in dataclasses.fields(Report):
        properties["cost_to_server" if field.name == "cost" else field.name] = _type(hints[field.name])
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "dbadvisor report",
        "description": "Times in milliseconds unless a key says seconds, sizes in bytes, costs in planner units.",
        **_object(properties),
        "$defs": {record.__name__: _record(record) for record in _RECORDS} | {"Change": _CHANGE},
    }


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties)}


def _record(record: Any) -> dict[str, Any]:
    hints = typing.get_type_hints(record)
    properties = dict(_DERIVED.get(record.__name__, {}))
    for field in dataclasses.fields(record):
        if (record, field.name) != (Statement, "samples"):
            words = _WORDS.get((record.__name__, field.name))
            properties[field.name] = {"enum": list(words)} if words else _type(hints[field.name])
    description = inspect.getdoc(record) or ""
    generated = description.startswith(f"{record.__name__}(")  # dataclass's own signature says nothing
    return ({} if generated else {"description": description}) | _object(properties)


def _type(hint: Any) -> dict[str, Any]:
    if hint is Change:
        return {"$ref": "#/$defs/Change"}
    if hint is Severity:
        return {"enum": [severity.word for severity in Severity]}
    if dataclasses.is_dataclass(hint):
        return {"$ref": f"#/$defs/{typing.cast(Any, hint).__name__}"}
    if typing.get_origin(hint) is tuple:
        return {"type": "array", "items": _type(typing.get_args(hint)[0])}
    if typing.get_origin(hint) is types.UnionType:
        return {"anyOf": [_type(option) for option in typing.get_args(hint)]}
    return {"type": "null"} if hint is types.NoneType else {"type": _SCALARS[hint]}
