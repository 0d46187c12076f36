"""A report as pandas data frames, for notebooks. The only importer of pandas."""

import dataclasses
from typing import Any

import pandas as pd

from dbadvisor.model.report import CurvePoint, Recommendation, Report
from dbadvisor.model.rule import Outcome
from dbadvisor.model.workload import Statement

_STATEMENT = [field.name for field in dataclasses.fields(Statement) if field.name not in ("samples", "queryids")]
_DERIVED = ["mean_ms", "blocks", "blocks_per_call", "rows_per_call"]


def statements(report: Report) -> pd.DataFrame:
    """One row a statement, most expensive first; `share` is its part of the workload's execution time."""
    total = report.workload.total_ms
    rows = [
        {name: getattr(statement, name) for name in (*_STATEMENT, *_DERIVED)}
        | {"share": statement.total_ms / total if total else 0.0}
        for statement in report.workload.statements
    ]
    return pd.DataFrame(rows, columns=[*_STATEMENT, *_DERIVED, "share"])


def findings(report: Report) -> pd.DataFrame:
    """One row a finding; `answered_by` is the id of the recommendation that answers it, if any."""
    answers = {key: item.id for item in reversed(report.recommendations) for key in item.findings}
    rows = [
        {
            "rule": finding.rule,
            "severity": finding.severity.word,
            "target": finding.target,
            "summary": finding.summary,
            "statements": len(finding.statements),
            "answered_by": answers.get(finding.key),
        }
        for finding in report.findings
    ]
    return pd.DataFrame(rows, columns=["rule", "severity", "target", "summary", "statements", "answered_by"])


def recommendations(report: Report) -> pd.DataFrame:
    """One row a recommendation, best first. `measured_ratio` is time after / before; missing where nothing is known."""
    columns = [
        *("id", "rank", "kind", "title", "evidence_level", "cost_before", "cost_after"),
        *("measured_ratio", "buffers_before", "buffers_after", "size_bytes", "affected_ms", "saved_ms"),
        "lost_share",
    ]
    return pd.DataFrame([_recommendation(item) for item in report.recommendations], columns=columns)


def _recommendation(item: Recommendation) -> dict[str, Any]:
    names = ("id", "rank", "kind", "title", "evidence_level", "size_bytes", "affected_ms", "saved_ms")
    return {name: getattr(item, name) for name in names} | {
        "lost_share": item.lost_share or None,
        "cost_before": item.estimate.cost_before if item.estimate else None,
        "cost_after": item.estimate.cost_after if item.estimate else None,
        "measured_ratio": item.measurement.ratio if item.measurement else None,
        "buffers_before": item.measurement.buffers_before if item.measurement else None,
        "buffers_after": item.measurement.buffers_after if item.measurement else None,
    }


def curve(report: Report) -> pd.DataFrame:
    """One row a set of indexes, smallest first: `left` and `bound` are shares of today's planned cost.

    The last one is the recommended set.
    """
    columns = [field.name for field in dataclasses.fields(CurvePoint)]
    points = report.index_set.curve if report.index_set else ()
    return pd.DataFrame([dataclasses.asdict(point) for point in points], columns=columns)


def coverage(report: Report) -> pd.DataFrame:
    """One row a rule: fired, clean or could not look, and how many objects of how many it examined."""
    columns = [field.name for field in dataclasses.fields(Outcome)]
    return pd.DataFrame([dataclasses.asdict(outcome) for outcome in report.coverage], columns=columns)
