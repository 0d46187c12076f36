import pandas as pd
import pytest

from dbadvisor.reporter import frames
from reporter.example import REPORT, empty


def test_statements_are_ordered_and_shares_are_of_the_whole() -> None:
    frame = frames.statements(REPORT)
    assert frame["fingerprint"].iloc[0] == "7f31a2c49bd0e815"
    assert frame["share"].iloc[0] == pytest.approx(131_430_000 / 235e6)
    assert "samples" not in frame


def test_findings_know_the_recommendation_that_answers_them() -> None:
    frame = frames.findings(REPORT).set_index("rule")
    assert frame.loc["IDX001", "answered_by"] == REPORT.recommendations[0].id
    assert frame.loc["QRY009", "answered_by"] != REPORT.recommendations[0].id


def test_recommendations_carry_costs_and_measurements() -> None:
    frame = frames.recommendations(REPORT).set_index("rank")
    assert list(frame["evidence_level"]) == ["measured", "planned", "hypothesis", "hypothesis", "hypothesis"]
    assert frame.loc[1, "measured_ratio"] == pytest.approx(0.0022)
    assert pd.isna(frame.loc[3, "cost_before"])
    assert frame.loc[1, "lost_share"] == pytest.approx(0.548)
    assert pd.isna(frame.loc[3, "lost_share"])


def test_coverage_has_a_row_a_rule() -> None:
    frame = frames.coverage(REPORT).set_index("rule")
    assert frame.loc["WRK002", "state"] == "could not look"
    assert frame.loc["QRY002", "examined"] == 4


@pytest.mark.parametrize(
    "make", [frames.statements, frames.findings, frames.recommendations, frames.curve, frames.coverage]
)
def test_an_empty_report_keeps_its_columns(make: object) -> None:
    assert callable(make)
    empty_frame, full = make(empty()), make(REPORT)
    assert empty_frame.empty
    assert list(empty_frame.columns) == list(full.columns)
