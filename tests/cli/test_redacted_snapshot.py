"""`dbadvisor snapshot --redact-values`: the advice stays, the values do not leave."""

import json
from pathlib import Path

import psycopg
import pytest
from test_cli import dbadvisor

pytestmark = pytest.mark.live

SCHEMA = """
    CREATE TABLE visit (id int PRIMARY KEY, page text NOT NULL, seen timestamptz NOT NULL, note text NOT NULL);
    INSERT INTO visit SELECT i, 'kanariepage' || i % 3000, '2026-01-01'::timestamptz + i * '1 min'::interval,
        repeat('x', 60) FROM generate_series(1, 40000) i;
"""
WORKLOAD = """
    SELECT id, note FROM visit WHERE page = 'kanariepage77';
    SELECT id, note FROM visit WHERE seen BETWEEN '2026-01-07' AND '2026-01-08' ORDER BY seen LIMIT 20;
"""


def test_the_redacted_file_gives_the_same_advice_and_says_what_it_still_shows(database: str, tmp_path: Path) -> None:
    workload = tmp_path / "workload.sql"
    workload.write_text(WORKLOAD)
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(SCHEMA)
        connection.execute("VACUUM ANALYZE visit")

    def looked(name: str, *flags: str) -> tuple[str, str, list[str]]:
        file = str(tmp_path / name)
        made = dbadvisor("snapshot", database, "-o", file, "--workload", str(workload), "--quiet", *flags)
        assert made.returncode == 0, made.stderr
        report = dbadvisor("analyze", file, "--format", "json", "--quiet", "--fail-on", "never")
        assert report.returncode == 0, report.stderr
        advice = [str(each["changes"]) for each in json.loads(report.stdout)["recommendations"]]
        return made.stderr, report.stdout, advice

    _, _, expected = looked("plain.dbsnap")
    told, report, advice = looked("redacted.dbsnap", "--redact-values")

    assert "kanarie" not in report
    assert advice == expected
    assert "visit (page)" in "".join(advice)
    assert "redacted:" in told
    assert "how often each value occurs" in told
    assert "--redact-values replaced them" in report
