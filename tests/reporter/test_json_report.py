import json
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest

import dbadvisor.reporter
from dbadvisor.model.report import Report
from dbadvisor.reporter import json_report
from dbadvisor.reporter.schema import schema
from reporter.conftest import Golden
from reporter.example import EVIL, REPORT, SECRET, empty, without_samples

STORED_SCHEMA = Path(dbadvisor.reporter.__file__).parent / "report.schema.json"
REPORTS = pytest.mark.parametrize("report", [REPORT, empty()], ids=["full", "empty"])


@REPORTS
def test_a_stored_report_comes_back_equal(report: Report) -> None:
    assert json_report.load(json_report.render(report)) == without_samples(report)


@REPORTS
def test_the_same_report_is_the_same_text(report: Report) -> None:
    text = json_report.render(report)
    assert json_report.render(json_report.load(text)) == text


@REPORTS
def test_every_report_keeps_the_published_schema(report: Report) -> None:
    jsonschema.validate(json.loads(json_report.render(report)), schema(), jsonschema.Draft202012Validator)


def test_the_schema_is_itself_valid_and_stored(golden: Golden) -> None:
    jsonschema.Draft202012Validator.check_schema(schema())
    golden(STORED_SCHEMA, json.dumps(schema(), indent=2) + "\n")


def test_the_schema_names_every_key_that_is_written() -> None:
    document = json_report.document(REPORT)
    defined = schema()["$defs"]
    assert set(document) == set(schema()["properties"])
    for name, item in {
        "Finding": document["findings"][0],
        "Recommendation": document["recommendations"][0],
        "Change": document["recommendations"][0]["changes"][0],
        "Statement": document["workload"]["statements"][0],
        "Server": document["server"],
        "IndexSet": document["index_set"],
    }.items():
        assert set(item) == set(defined[name]["properties"]), name


def test_the_contract_that_scripts_rely_on() -> None:
    document = json.loads(json_report.render(REPORT))
    keys = "schema_version server window workload findings recommendations rejected coverage gaps cost_to_server"
    assert set(keys.split()) <= set(document)
    first = document["recommendations"][0]
    keys = """id rank kind title evidence_level changes rewrite estimate measurement size_bytes why findings
        affected_ms saved_ms caveats"""
    assert set(keys.split()) <= set(first)
    assert first["evidence_level"] == "measured"
    assert first["rewrite"] is None
    assert first["changes"][0]["sql"].startswith("CREATE INDEX CONCURRENTLY orders_customer_id_created_at")
    assert first["changes"][0]["undo_sql"].startswith("DROP INDEX CONCURRENTLY public.orders_customer_id")
    assert first["changes"][0]["lock"] == "SHARE UPDATE EXCLUSIVE"
    assert first["changes"][0]["transactional"] is False
    keys = "rule key severity target summary evidence statements advice caveats"
    assert set(keys.split()) <= set(document["findings"][0])
    assert document["findings"][0]["key"] == "IDX001:public.orders"
    assert document["findings"][0]["severity"] == "critical"


def test_no_sample_value_and_no_acting_character_leaves() -> None:
    text = json_report.render(REPORT)
    assert SECRET not in text
    assert text.isascii()
    assert "\x1b" not in text
    assert EVIL in json_report.load(text).recommendations[4].title


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        "null",
        '"1.0"',
        '{"schema_version": "2.0"}',
        '{"schema_version": "1.0"}',
        '{"schema_version": 1}',
    ],
)
def test_what_is_no_report_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"not a|Expecting value"):
        json_report.load(text)


def test_a_report_of_a_later_minor_version_is_read() -> None:
    document = json.loads(json_report.render(REPORT)) | {"schema_version": "1.7", "added_later": [1]}
    assert json_report.load(json.dumps(document)) == without_samples(REPORT)


def test_what_json_cannot_say_is_refused() -> None:
    broken = replace(REPORT, workload=replace(REPORT.workload, total_ms=float("nan")))
    with pytest.raises(ValueError, match="JSON compliant"):
        json_report.render(broken)


def test_a_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.write_text(json_report.render(REPORT))
    assert json_report.read(path) == without_samples(REPORT)
