"""The script for psql: its answers make the snapshot that a live look makes."""

import os
import re
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest

from dbadvisor.collector.by_hand import ByHand, collect_answers
from dbadvisor.collector.collect import collect
from dbadvisor.collector.queries import MARK, all_queries
from dbadvisor.collector.script import left_out, script
from dbadvisor.errors import UsageError
from dbadvisor.model.snapshot import ServerCost, Snapshot, Table
from dbadvisor.servers.local import LocalServer

RICH = (Path(__file__).parent / "rich.sql").read_text()
ODD = """
    CREATE TABLE odd (r int4range, f float8, u int8multirange, n text, t timestamptz);
    INSERT INTO odd SELECT int4range(i, NULL), 'NaN', NULL, E'a\\nb\\u2028c"\\\\d', 'infinity'
    FROM generate_series(1, 300) i;
"""
MOVING = ("activity", "frozen_age", "multixact_age", "scans", "tuples_read", "last_scan_age")
"""Ages, and counters that looking itself raises."""

Asking = Callable[[str], Path]


def psql(program: str, url: str, file: Path) -> subprocess.CompletedProcess[bytes]:
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PG")}
    command = [program, "-XAtq", "-f", str(file), "-d", url]
    return subprocess.run(command, capture_output=True, check=False, env=environment, timeout=120)


@pytest.fixture
def asked(server: LocalServer, tmp_path: Path) -> Asking:
    """Runs the script and gives the file of answers."""

    def ask(url: str) -> Path:
        (tmp_path / "look.sql").write_text(script())
        result = psql(server.installation.program("psql"), url, tmp_path / "look.sql")
        assert result.returncode == 0, result.stderr
        (tmp_path / "answers.jsonl").write_bytes(result.stdout)
        return tmp_path / "answers.jsonl"

    return ask


@pytest.fixture
def rich(database: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(RICH)
        connection.execute(ODD)
        connection.execute("ANALYZE odd")
        connection.execute("SELECT pg_stat_statements_reset()")
        connection.execute("SELECT note FROM orders WHERE customer_id = 7")
        connection.execute("SELECT 'two\nlines', count(*) FROM customers /* one \u2028 two */")
        yield connection


def still(value: Any) -> Any:
    return replace(value, **{name: None for name in MOVING if hasattr(value, name)})


def without_probes(table: Table) -> Table:
    return replace(table, columns=tuple(replace(column, minimum=None, maximum=None) for column in table.columns))


def comparable(seen: Snapshot) -> Snapshot:
    """Without what moves between two looks (ages, counters of looking itself, what it cost), and without probes."""
    return replace(
        seen,
        taken_at="",
        server=replace(seen.server, uptime_seconds=None),
        window=replace(seen.window, statements_seconds=None, tables_seconds=None),
        tables=tuple(without_probes(still(table)) for table in seen.tables),
        indexes=tuple(replace(still(index), height=None, gin=None) for index in seen.indexes),
        sessions=tuple(replace(s, transaction_age=0, query_age=0, xmin_age=0) for s in seen.sessions),
        statements=tuple(s for s in seen.statements if s.kind != "UTILITY"),
        cost=ServerCost(),
        gaps=tuple(gap for gap in seen.gaps if gap.key != "probes"),
        probes=(),
    )


def assert_same(by_hand: Snapshot, live: Snapshot) -> None:
    one, other = comparable(by_hand), comparable(live)
    for name in Snapshot.__dataclass_fields__:
        assert repr(getattr(one, name)) == repr(getattr(other, name)), name


@pytest.mark.live
@pytest.mark.usefixtures("rich")
@pytest.mark.parametrize("memberships", [(), ("pg_monitor",), ("pg_monitor", "pg_read_all_data"), None])
def test_the_answers_make_the_live_looks_snapshot(
    database: str, role: Callable[..., str], asked: Asking, memberships: tuple[str, ...] | None
) -> None:
    url = database if memberships is None else role(*memberships)
    live = collect(url)
    seen = collect_answers(asked(url))
    assert_same(seen, live)
    assert seen.tables
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", seen.taken_at)
    assert seen.cost.statements > 100
    assert seen.cost.rows > len(seen.settings)
    assert_same(collect_answers(asked(url)), collect(url))  # and nothing of the script is in the workload


@pytest.mark.live
def test_an_empty_database_without_the_extension(database: str, asked: Asking) -> None:
    assert_same(collect_answers(asked(database)), collect(database))


@pytest.mark.live
@pytest.mark.usefixtures("rich")
def test_a_locked_table_is_the_same_gap(database: str, asked: Asking) -> None:
    with psycopg.connect(database) as holder:
        holder.execute("LOCK TABLE customers IN ACCESS EXCLUSIVE MODE")
        seen, live = collect_answers(asked(database)), collect(database)
    assert "locks" in {gap.key for gap in seen.gaps}
    assert_same(seen, live)


@pytest.mark.live
def test_looking_by_hand_changes_nothing(database: str, rich: psycopg.Connection, asked: Asking) -> None:
    asked(database)  # the first to read catalog pages tidies them up
    before = rich.execute("SELECT pg_current_wal_insert_lsn()").fetchone()
    asked(database)
    assert rich.execute("SELECT pg_current_wal_insert_lsn()").fetchone() == before
    here = "SELECT query FROM pg_stat_statements JOIN pg_database d ON d.oid = dbid WHERE datname = current_database()"
    texts = [row[0] for row in rich.execute(here)]
    catalog = [text for text in texts if "pg_catalog" in text or "pg_class" in text or "row_to_json" in text]
    assert catalog
    assert [text for text in catalog if MARK not in text] == []


@pytest.mark.live
@pytest.mark.usefixtures("rich")
def test_a_question_without_an_answer_is_a_gap_and_stops_no_other(database: str, asked: Asking) -> None:
    file = asked(database)
    lines = file.read_text().split("\n")
    start = next(i for i, line in enumerate(lines) if '"question": "settings"' in line)
    end = next(i for i, line in enumerate(lines) if i > start and '"answered"' in line)
    lines[start + 1 : end + 1] = ['{"dbadvisor": "answered", "sqlstate": "57014" }']
    file.write_text("\n".join(lines))
    seen = collect_answers(file)
    assert [gap.why for gap in seen.gaps if gap.key == "settings"] == ["the server did not answer in time"]
    assert seen.tables
    del lines[start : start + 2]
    file.write_text("\n".join(lines))
    assert [gap.why for gap in collect_answers(file).gaps if gap.key == "settings"] == [
        "the script for psql does not ask it"
    ]


def test_every_question_is_in_the_script_once_a_form_or_named_as_left_out() -> None:
    text = script()
    for query in all_queries():
        asked = text.count(f'"question": "{query.name}"')
        assert query.name in left_out() or asked >= 1, query.name
    assert not re.search(r"\$\d", re.sub(r"--.*", "", text).replace("$|", ""))
    assert text.isascii()


ANSWER = '{"dbadvisor": "answered", "sqlstate": "00000" }'


def file_of(folder: Path, *lines: str) -> Path:
    head = re.search(r"\{\"dbadvisor\": \"script\", .*?\"script\": \"\w+\"", script())
    assert head
    path = folder / "answers.jsonl"
    path.write_text("\n".join((head[0] + ', "taken_at": "2026-01-01T00:00:00+00:00" }', *lines)))
    return path


SERVER = ('{"dbadvisor": "asks", "question": "server"}', '{"version_num": 180000, "backend_pid": 1, "product": "x"}')
END = '{"dbadvisor": "end", "milliseconds": 5.0 }'


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ((*SERVER, ANSWER), "ends early"),
        ((END,), "no answer of a server"),
        ((*SERVER, ANSWER, "psql: nonsense", END), "line 5 is not what the script prints"),
        ((*SERVER, ANSWER, "[1]", END), "line 5 is not what the script prints"),
        ((SERVER[0], SERVER[1].replace("18", "99"), ANSWER, END), "does not know"),
        ((*SERVER, ANSWER, END), "does not hold what the script asks"),
        ((SERVER[0], '{"oid": "x"}', ANSWER, END), "cannot be read"),
    ],
)
def test_what_are_no_answers_is_one_sentence(tmp_path: Path, lines: tuple[str, ...], said: str) -> None:
    with pytest.raises(UsageError, match=said) as error:
        collect_answers(file_of(tmp_path, *lines))
    assert error.value.hint


def test_answers_to_another_script_are_refused(tmp_path: Path) -> None:
    path = file_of(tmp_path, *SERVER, ANSWER, END)
    path.write_text(re.sub(r'"script": "\w+"', '"script": "0123"', path.read_text()))
    with pytest.raises(UsageError, match="another dbadvisor"):
        ByHand(path)
    path.write_text("\n".join((*SERVER, ANSWER, END)))
    with pytest.raises(UsageError, match="line 1 is not what the script prints"):
        ByHand(path)
