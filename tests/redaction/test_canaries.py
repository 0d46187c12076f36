"""No value of the users' leaves with a redacted snapshot, in whatever form."""

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from dbadvisor.collector.collect import collect
from dbadvisor.collector.samples import with_samples
from dbadvisor.model import snapshot_file
from dbadvisor.model.snapshot import Setting, Snapshot
from dbadvisor.planner.shadow import shadow
from dbadvisor.redaction import redact_values
from dbadvisor.servers.local import LocalServer

pytestmark = pytest.mark.live

SCHEMA, _, WORKLOAD = (Path(__file__).parent / "canaries.sql").read_text(encoding="utf-8").partition("-- workload\n")
SEEN_NEVER = {"kanarietrailing"}
"""A comment behind a statement goes when the workload file is read."""
FORMS = frozenset(
    (
        "777,001,001|1947-07-17|1947-07-18 07:47:17|1947-07-19 07:47:18|07:47:19|47 days 07:47:20|77777777-7777-4777|"
        "77.47.17.7|77.47.0.0/16|1011011101111011|77:47:17:77:47:17|1977-07-17|7770007770007"
    ).split("|")
)
"""Values of other types."""
WORDS = frozenset(re.findall(r"kanarie\w+", SCHEMA + WORKLOAD)) | {"KanarieFolded"}
NUMBERS = frozenset(re.findall(r"\b777\d{6}\b", SCHEMA + WORKLOAD)) - {"777001001"}


@pytest.fixture(scope="module")
def seen(server: LocalServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Snapshot]:
    workload = tmp_path_factory.mktemp("workload") / "workload.sql"
    workload.write_text(";\n".join(WORKLOAD.strip().splitlines()) + ";\n")
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute("CREATE DATABASE canaries")
        with psycopg.connect(server.url("canaries"), autocommit=True) as inside:
            for statement in SCHEMA.split(";\n"):
                inside.execute(statement)
        with psycopg.connect(server.url("canaries"), application_name="kanariesession") as open_session:
            open_session.execute("SELECT 'kanarierunning'")
            snapshot = with_samples(collect(server.url("canaries"), workload=workload))
        free = (Setting("kanariegroup.x", "kanariecustom"), Setting("log_line_prefix", "kanarieprefix %m"))
        yield replace(snapshot, settings=snapshot.settings + free)
        connection.execute("DROP DATABASE canaries WITH (FORCE)")


@pytest.fixture(scope="module")
def redacted(seen: Snapshot) -> Snapshot:
    return redact_values(seen)


def _text(snapshot: Snapshot) -> str:
    """All parts of the file."""
    with zipfile.ZipFile(io.BytesIO(snapshot_file.pack(snapshot))) as archive:
        return "\n".join(archive.read(name).decode() for name in archive.namelist())


def _forms(value: str) -> set[str]:
    """The value as text, as hexadecimal bytes, escaped, and (of a number) as it is stored."""
    found = {value, value.encode().hex(), "\\u" + "\\u".join(f"{ord(c):04x}" for c in value)}
    if value.isdigit():
        found |= {int(value).to_bytes(size, "little").hex() for size in (4, 8) if int(value) < 1 << 8 * size - 1}
    return found


def _leaks(text: str, values: frozenset[str]) -> list[str]:
    lowered = text.lower()
    return sorted(value for value in values if any(form.lower() in lowered for form in _forms(value)))


def test_no_canary_is_in_the_redacted_file(redacted: Snapshot) -> None:
    text = _text(redacted)

    assert _leaks(text, WORDS | NUMBERS | FORMS) == []
    assert "kanarie" not in text.lower()
    assert b"kanarie".hex() not in text
    assert "777000" not in text


def test_every_canary_is_in_the_plain_file(seen: Snapshot) -> None:
    found = set(_leaks(_text(seen), WORDS | NUMBERS | FORMS))

    assert (WORDS | NUMBERS | FORMS) - found - SEEN_NEVER == set()
    assert b"kanarietext".hex() in _text(seen), "within the stored combinations"
    assert "kanariesession" in _text(seen), "what a session calls itself"
    assert (777000333).to_bytes(4, "little").hex() in _text(seen)


def test_two_runs_give_two_files(seen: Snapshot, redacted: Snapshot) -> None:
    assert redact_values(seen) != redacted
    assert redact_values(seen, seed=5) == redact_values(seen, seed=5)


def test_the_shadow_takes_all_of_it(redacted: Snapshot) -> None:
    with shadow(redacted) as planner:
        assert planner.dropped == ()
        for statement in redacted.statements:
            assert statement.samples
            for sample in statement.samples:
                (answer,) = planner.explain([sample.sql])
                assert not hasattr(answer, "reason"), answer
