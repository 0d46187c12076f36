"""A workload written down stands in for counters."""

from pathlib import Path

import psycopg
import pytest

from dbadvisor.collector.collect import collect
from dbadvisor.collector.executed import statements_of
from dbadvisor.collector.workload_file import read_workload
from dbadvisor.errors import UsageError

WORKLOAD = """\ufeff\\set tenant 7
-- calls: 1,200
SELECT * FROM orders WHERE id = 1; SELECT * FROM orders
  WHERE id = 2 /* the second */;

/* nothing */ ;
-- The note may hold a semicolon.
-- calls: 3
UPDATE orders SET note = 'a;b' WHERE id = 5;
INSERT INTO orders (note) VALUES ($1);
VACUUM orders;
SELEC broken
"""


def test_statements_are_counted_merged_and_keep_their_values(tmp_path: Path) -> None:
    file = tmp_path / "workload.sql"
    file.write_text(WORKLOAD, encoding="utf-8")
    statements, unreadable = statements_of(read_workload(file))
    assert unreadable == 1
    assert [(s.kind, s.calls, s.text, len(s.samples)) for s in statements] == [
        ("SELECT", 1201, "SELECT * FROM orders WHERE id = $1", 2),
        ("UPDATE", 3, "UPDATE orders SET note = $1 WHERE id = $2", 1),
        *sorted(
            [("INSERT", 1, "INSERT INTO orders (note) VALUES ($1)", 0), ("UTILITY", 1, "VACUUM orders", 0)],
            key=lambda row: [s.fingerprint for s in statements if s.kind == row[0]],
        ),
    ]
    sample = statements[0].samples[0]
    assert (sample.sql, sample.source) == ("SELECT * FROM orders WHERE id = 1", "workload file")


def test_a_directory_is_its_sql_files(tmp_path: Path) -> None:
    (tmp_path / "b.sql").write_text("SELECT 2")
    (tmp_path / "a.sql").write_text("SELECT 1;")
    (tmp_path / "notes.txt").write_text("SELECT 3")
    assert [execution.sql for execution in read_workload(tmp_path)] == ["SELECT 1", "SELECT 2"]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("missing.sql", None, "no such file or directory"),
        ("open.sql", b"SELECT 'never closed", "cannot be read as SQL"),
        ("latin.sql", "SELECT 'é'".encode("latin-1"), "cannot be read"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(tmp_path: Path, name: str, content: bytes | None, words: str) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(UsageError, match=words) as caught:
        read_workload(tmp_path / name)
    assert "never closed" not in caught.value.message


def test_an_empty_directory_is_no_workload(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"holds no \.sql file"):
        read_workload(tmp_path)


@pytest.mark.live
def test_counted_statements_keep_their_counters_and_gain_samples(database: str, tmp_path: Path) -> None:
    file = tmp_path / "workload.sql"
    file.write_text("-- calls: 900\nSELECT v FROM t WHERE id = 41;\nSELECT max(v) FROM t;")
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("CREATE EXTENSION pg_stat_statements")
        connection.execute("CREATE TABLE t (id int, v int)")
        for _ in range(2):
            connection.execute("SELECT v FROM t WHERE id = 8")
    by_text = {statement.text: statement for statement in collect(database, workload=file).statements}
    counted, written = by_text["SELECT v FROM t WHERE id = $1"], by_text["SELECT max(v) FROM t"]
    assert (counted.calls, counted.source) == (2, "pg_stat_statements")
    assert [sample.sql for sample in counted.samples] == ["SELECT v FROM t WHERE id = 41"]
    assert (written.calls, written.source) == (1, "workload file")
