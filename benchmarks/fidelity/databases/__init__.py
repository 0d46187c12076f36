"""The databases that the shadow is held against: each is built on a throw-away server, with its questions.

`NAME.sql` makes one: statements that end in a semicolon and a line break, TSDIR being a folder for a tablespace.
`NAME_queries.sql` asks: one statement a line, behind ` -- ` the role that asks, else an ordinary one. Comments in front
of a statement say where it belongs: `-- since: 15` and `-- until: 16` (major versions), `-- extension: vector` (where
that can be created); in front of a question also what is set: `-- set: work_mem=64kB, enable_hashjoin=off`.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import Connection
from tpc import NAMES, available

from dbadvisor import scenarios
from dbadvisor.collector.samples import with_samples
from dbadvisor.model.snapshot import Snapshot
from dbadvisor.servers.local import LocalServer
from fidelity.choosing import sample_questions, workload_questions
from fidelity.databases.tpc import filler, questions
from fidelity.truth import ASKER, Question

_HERE = Path(__file__).parent
_TESTS = _HERE.parents[2] / "tests" / "planner"


@dataclass(frozen=True, slots=True)
class Database:
    """A database to build.

    `fill` returns what this version of PostgreSQL could not take; `questions` are asked once a snapshot was taken.
    """

    name: str
    fill: Callable[[LocalServer, Connection], list[str]]
    questions: Callable[[Connection, Snapshot], Sequence[Question]]


def databases() -> tuple[Database, ...]:
    """All of them: small first."""
    return (
        from_files("pgbench", _HERE / "pgbench.sql", _HERE / "pgbench_queries.sql"),
        from_files("films", _HERE / "films.sql", _HERE / "films_queries.sql"),
        from_files("everything", _HERE / "everything.sql", _HERE / "everything_queries.sql"),
        from_files("gallery", _TESTS / "gallery.sql", _TESTS / "queries.sql"),
        from_files("kinds", _TESTS / "kinds.sql", _TESTS / "kinds_queries.sql"),
        *(_scenario(each) for each in scenarios.scenarios()),
        *(Database(name, filler(name), questions(name)) for name in NAMES if available(name)),
    )


_GRANTS = """
DO $$ DECLARE name text; BEGIN
FOR name IN SELECT quote_ident(nspname) FROM pg_namespace
    WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' LOOP
  EXECUTE format('GRANT USAGE ON SCHEMA %s TO PUBLIC', name);
  EXECUTE format('GRANT ALL ON ALL TABLES IN SCHEMA %s TO PUBLIC', name);
  EXECUTE format('GRANT ALL ON ALL SEQUENCES IN SCHEMA %s TO PUBLIC', name);
END LOOP; END $$
"""


def make(server: LocalServer, database: Database) -> list[str]:
    """Creates and fills it; all may read and write it, as far as policies let them. What the version refused."""
    with psycopg.connect(server.url(), autocommit=True) as admin:
        admin.execute(f'CREATE DATABASE "{database.name}"')
    with psycopg.connect(server.url(database.name), autocommit=True) as connection:
        refused = database.fill(server, connection)
        connection.execute(_GRANTS)
    return refused


def from_files(name: str, seed: Path, queries: Path) -> Database:
    """A database made of two files."""

    def fill(server: LocalServer, connection: Connection) -> list[str]:
        folder = server.socket_dir / f"{name}-tablespace"
        folder.mkdir()
        server.own(folder)
        connection.execute("SELECT setseed(0.5)")
        parts = seed.read_text(encoding="utf-8").replace("TSDIR", str(folder)).split(";\n")
        return list(_refused(connection, (text for text, _ in marked(connection, parts))))

    def ask(connection: Connection, _: Snapshot) -> list[Question]:
        parts = re.findall(r"(?:^--.*\n)*^.+$", queries.read_text(encoding="utf-8"), re.MULTILINE)
        return [_question(text, marks) for text, marks in marked(connection, parts)]

    return Database(name, fill, ask)


_MARK = re.compile(r"^-- (since|until|extension|set): (.+)$", re.MULTILINE)


def marked(connection: Connection, parts: Iterable[str]) -> Iterator[tuple[str, dict[str, str]]]:
    """The statements that belong to the version, without comments in front, each with its marks."""
    major = connection.info.server_version // 10000
    known = {name for (name,) in connection.execute("SELECT name FROM pg_available_extensions")}
    for part in parts:
        marks = dict(_MARK.findall(part))
        text = re.sub(r"^--.*(\n|$)", "", part, flags=re.MULTILINE).strip()
        belongs = int(marks.get("since", 0)) <= major <= int(marks.get("until", 99))
        if text and belongs and marks.get("extension", "plpgsql") in known:
            yield text, marks


def _refused(connection: Connection, statements: Iterable[str]) -> Iterator[str]:
    """Runs them; those that the server refuses, with its words."""
    for statement in statements:
        try:
            connection.execute(statement)
        except psycopg.Error as error:
            yield f"{str(error).splitlines()[0]}: {' '.join(statement.split())[:80]}"


def _question(line: str, marks: dict[str, str]) -> Question:
    text, _, role = line.partition(" -- ")
    pairs = (pair.partition("=") for pair in marks.get("set", "").split(", ") if pair)
    settings = tuple((name, value) for name, _, value in pairs)
    return Question(text, generic="$1" in text, role=role or ASKER, settings=settings)


def _scenario(made: scenarios.Scenario) -> Database:
    """The workload with its own values, and with those that dbadvisor makes from statistics."""

    def fill(server: LocalServer, _: Connection) -> list[str]:
        scenarios.seed(made, server.url(made.name))
        return []

    def ask(_: Connection, seen: Snapshot) -> list[Question]:
        return list(dict.fromkeys(workload_questions(made) + sample_questions(with_samples(seen))))

    return Database(made.name, fill, ask)
