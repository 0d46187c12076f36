"""Looking here and thinking elsewhere: a snapshot's report is the live run's, byte for byte."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from test_cli import assert_sentence, dbadvisor

from dbadvisor import pipeline
from dbadvisor.cli.output import Format, deliver, write_snapshot
from dbadvisor.model import snapshot_file
from dbadvisor.model.report import Report
from dbadvisor.servers.local import LocalServer, start
from dbadvisor.settings import Settings

RICH = Path(__file__).parent.parent / "collector" / "rich.sql"
VISITS = """
    CREATE TABLE visit (id int PRIMARY KEY, page int NOT NULL, seen timestamptz NOT NULL, note text NOT NULL);
    INSERT INTO visit SELECT i, i % 3000, '2026-01-01'::timestamptz + i * '1 min'::interval, repeat('x', 60)
    FROM generate_series(1, 40000) i;
"""
WORKLOAD = [
    "SELECT id, note FROM visit WHERE page = {n}",
    "SELECT * FROM visit WHERE date(seen AT TIME ZONE 'UTC') = '2026-01-07' AND page < {n} ORDER BY id OFFSET 1000",
    "SELECT id, note FROM orders WHERE note = '{n}'",
    "SELECT count(*) FROM orders o JOIN customers c ON c.id = o.customer_id WHERE c.score = {n}",
    "SELECT * FROM customers WHERE lower(email) = 'c{n}@example.org' ORDER BY created DESC LIMIT 10",
    "UPDATE orders SET customer_id = customer_id WHERE customer_id = {n}",
]


@pytest.fixture
def shop() -> Iterator[LocalServer]:
    """A server of its own, so that it can be stopped, with a workload on a bit of everything."""
    settings = {"shared_preload_libraries": "pg_stat_statements", "autovacuum": "off"}
    with start(settings=settings) as server, psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute(RICH.read_text())
        connection.execute(VISITS)
        connection.execute("VACUUM ANALYZE visit")
        connection.execute("SELECT pg_stat_statements_reset(), pg_stat_reset()")
        for number in range(20):
            for text in WORKLOAD:
                connection.execute(text.format(n=number))
        connection.execute("SELECT pg_stat_force_next_flush()")
        yield server


@pytest.mark.live
def test_a_saved_snapshot_gives_the_same_bytes_in_every_format_with_the_server_gone(
    shop: LocalServer, tmp_path: Path
) -> None:
    def run(target: str, *flags: str) -> str:
        result = dbadvisor("analyze", target, "--format", "json", "--quiet", "--fail-on", "never", *flags)
        assert result.returncode == 0, result.stderr
        return result.stdout

    def rendered(report: Report, form: Format) -> bytes:
        deliver(report, form, tmp_path / "report")
        return (tmp_path / "report").read_bytes()

    typed, kept = tmp_path / "typed.dbsnap", tmp_path / "kept.dbsnap"
    live = run(shop.url(), "--save-snapshot", str(typed))
    seen = pipeline.look(shop.url(), Settings(), lambda _: None)
    write_snapshot(kept, seen)
    report = pipeline.analyze_snapshot(seen, shop.url(), Settings(), lambda _: None)
    shop.stop()
    assert not shop.socket_dir.exists()
    assert "CREATE INDEX" in live
    assert run(str(typed)) == live
    assert repr(snapshot_file.read(kept)) == repr(seen)
    offline = pipeline.analyze(kept, Settings(), lambda _: None)
    for form in Format:
        assert rendered(offline, form) == rendered(report, form), form


@pytest.mark.live
def test_a_dba_runs_the_questions_and_sends_the_answers(shop: LocalServer, tmp_path: Path) -> None:
    look, answers, file = tmp_path / "look.sql", tmp_path / "answers.jsonl", tmp_path / "shop.dbsnap"
    assert dbadvisor("snapshot", "--sql", "-o", str(look)).returncode == 0
    assert dbadvisor("snapshot", "--sql").stdout == look.read_text()
    psql = [shop.installation.program("psql"), "-XAtq", "-f", str(look), "-d", shop.url()]
    answers.write_bytes(subprocess.run(psql, capture_output=True, check=True).stdout)
    shop.stop()
    result = dbadvisor("snapshot", str(answers), "-o", str(file), "--quiet")
    assert result.returncode == 0, result.stderr
    reports = [
        dbadvisor("analyze", str(each), "--format", "json", "--quiet", "--fail-on", "never").stdout
        for each in (file, answers)
    ]
    assert "CREATE INDEX CONCURRENTLY visit_page_idx" in reports[0]
    assert reports[0] == reports[1]


@pytest.mark.live
def test_a_snapshot_without_a_workload_takes_one_afterwards(shop: LocalServer, tmp_path: Path) -> None:
    with psycopg.connect(shop.url(), autocommit=True) as connection:
        connection.execute("DROP EXTENSION pg_stat_statements")
    file, workload = tmp_path / "shop.dbsnap", tmp_path / "workload.sql"
    workload.write_text("SELECT id, note FROM visit WHERE page = 7;")
    assert dbadvisor("snapshot", shop.url(), "-o", str(file), "--quiet").returncode == 0
    shop.stop()
    result = dbadvisor("analyze", str(file), "--workload", str(workload), "--format", "sql", "--quiet")
    assert "CREATE INDEX CONCURRENTLY visit_page_idx" in result.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("nothere.jsonl", "-o", "a.dbsnap"), "no such file of answers"),
        (("postgresql://localhost:1/db",), "no file given"),
        (("postgresql://localhost:1/db", "-o", "a.txt"), "does not end in .dbsnap"),
    ],
)
def test_wrong_words_are_one_sentence(words: tuple[str, ...], said: str) -> None:
    assert_sentence(dbadvisor("snapshot", *words), 2, said)


def test_answers_that_are_none_are_one_sentence(tmp_path: Path) -> None:
    file = tmp_path / "answers.jsonl"
    file.write_text("psql: error\n")
    assert_sentence(dbadvisor("snapshot", str(file), "-o", str(tmp_path / "a.dbsnap"), "--quiet"), 2, "line 1 is not")
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.live
def test_a_saved_snapshot_is_not_written_where_it_cannot_be(database: str, tmp_path: Path) -> None:
    assert_sentence(dbadvisor("analyze", database, "--save-snapshot", "shop.txt"), 2, "does not end in .dbsnap")
    (tmp_path / "taken.dbsnap").mkdir()
    result = dbadvisor("analyze", database, "--quiet", "--save-snapshot", str(tmp_path / "taken.dbsnap"))
    assert_sentence(result, 2, "cannot be written")


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 cut short", b"no snapshot at all"])
def test_a_file_that_is_no_snapshot_is_one_sentence(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "shop.dbsnap"
    file.write_bytes(content)
    assert_sentence(dbadvisor("analyze", str(file), "--quiet"), 2, "not a snapshot file")
