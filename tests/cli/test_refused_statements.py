"""Why a statement cannot be planned is told without the values that the server quotes."""

from pathlib import Path

import psycopg
import pytest

from dbadvisor import pipeline
from dbadvisor.settings import Settings

pytestmark = pytest.mark.live

REFUSED = {
    "SELECT * FROM t WHERE id = '99999999773'": "value … is out of range for type integer",
    "SELECT * FROM t WHERE id < 'secret'": "invalid input syntax for type integer: …",
    "SELECT 'secret'::regclass FROM t": "relation … does not exist",
    "SELECT nothing FROM t": 'column "nothing" does not exist',
}


def test_names_stay_and_values_go(database: str, tmp_path: Path) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("CREATE TABLE t (id int)")
    file = tmp_path / "workload.sql"
    file.write_text(";\n".join(REFUSED))
    report = pipeline.analyze(database, Settings(workload=file), lambda _: None)
    assert {statement.unplannable for statement in report.workload.statements} == set(REFUSED.values())
