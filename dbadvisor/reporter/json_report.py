"""The report as JSON: the published contract (report.schema.json) and a lossless store in one document.

Samples are left out: they hold values from the tables.
"""

import dataclasses
import enum
import json
from pathlib import Path
from typing import Any

from dbadvisor.model import store
from dbadvisor.model.change import Change
from dbadvisor.model.finding import Finding
from dbadvisor.model.report import SCHEMA_VERSION, IndexSet, Recommendation, Report
from dbadvisor.model.workload import Statement

_MAJOR = SCHEMA_VERSION.partition(".")[0]


def render(report: Report) -> str:
    """The document, indented, the same text for the same report; ASCII only, so no name can act on a terminal.

    Raises ValueError where a number is not finite: JSON has no word for it.
    """
    return json.dumps(document(report), indent=2, allow_nan=False) + "\n"


def load(text: str | bytes) -> Report:
    """The report that `render` wrote, without samples; raises ValueError for anything else."""
    found = json.loads(text)
    version = found.get("schema_version") if isinstance(found, dict) else None
    if not isinstance(version, str) or version.partition(".")[0] != _MAJOR:
        raise ValueError(f"not a report of schema version {_MAJOR}.x")
    try:
        stored = found | {
            "cost": found["cost_to_server"],
            "findings": [_restored(item, "proposals") for item in found["findings"]],
            "recommendations": [_restored(item, "changes") for item in found["recommendations"]],
        }
    except (KeyError, TypeError) as error:
        raise ValueError(f"not a stored Report: {error}") from error
    return store.from_json(Report, stored)


def read(path: str | Path) -> Report:
    """The report stored in a file; raises OSError or ValueError when it cannot be read."""
    return load(Path(path).read_bytes())


def document(report: Report) -> dict[str, Any]:
    """The report as JSON's own types, every key present."""
    return {
        "schema_version": SCHEMA_VERSION,
        "version": report.version,
        "taken_at": report.taken_at,
        "server": _plain(report.server) | {"major": report.server.major},
        "window": _plain(report.window),
        "workload": _plain(report.workload),
        "findings": [_finding(finding) for finding in report.findings],
        "recommendations": [_recommendation(item) for item in report.recommendations],
        "rejected": _plain(report.rejected),
        "coverage": _plain(report.coverage),
        "gaps": _plain(report.gaps),
        "cost_to_server": _plain(report.cost),
        "planner": report.planner,
        "planner_calls": report.planner_calls,
        "index_set": _index_set(report.index_set),
        "doubt": _plain(report.doubt),
    }


def _finding(finding: Finding) -> dict[str, Any]:
    proposals = [_change(change) for change in finding.proposals]
    return {"key": finding.key, **_fields(finding, "proposals"), "proposals": proposals}


def _recommendation(item: Recommendation) -> dict[str, Any]:
    changes = [_change(change) for change in item.changes]
    derived = {"id": item.id, "evidence_level": item.evidence_level}
    return {**derived, **_fields(item, "changes"), "changes": changes}


def _index_set(found: IndexSet | None) -> dict[str, Any] | None:
    return {"gap": found.gap, **_fields(found, "")} if found else None


def _change(change: Change) -> dict[str, Any]:
    return {
        "kind": change.kind,
        "sql": change.sql,
        "undo_sql": change.undo_sql,
        "lock": change.lock,
        "transactional": change.transactional,
        "definition": store.to_json(change),
    }


def _restored(item: dict[str, Any], key: str) -> dict[str, Any]:
    return item | {key: [change["definition"] for change in item[key]]}


def _plain(value: Any) -> Any:
    if isinstance(value, enum.Enum):
        return value.name.lower()
    if dataclasses.is_dataclass(value):
        return _fields(value, "samples" if isinstance(value, Statement) else "")
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value


def _fields(value: Any, left_out: str) -> dict[str, Any]:
    names = (field.name for field in dataclasses.fields(value))
    return {name: _plain(getattr(value, name)) for name in names if name != left_out}
