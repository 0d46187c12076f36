"""The databases that the shadow is held against: each is built on a throw-away server, with its questions."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psycopg

from dbadvisor import scenarios
from dbadvisor.servers.local import LocalServer
from fidelity.choosing import workload_questions
from fidelity.databases import tpc
from fidelity.truth import Question

_HERE = Path(__file__).parent
_TESTS = _HERE.parents[2] / "tests" / "planner"


@dataclass(frozen=True, slots=True)
class Database:
    """A database to build: `seed` fills it and returns what this version of PostgreSQL could not take."""

    name: str
    seed: Callable[[LocalServer, str], list[str]]
    questions: Callable[[], list[Question]]
    samples: bool = False
    """Whether dbadvisor's own samples of its workload are asked besides."""


def databases() -> tuple[Database, ...]:
    """All of them: small first."""
    return (
        _from_files("pgbench", _HERE / "pgbench.sql", _HERE / "pgbench_queries.sql"),
        _from_files("films", _HERE / "films.sql", _HERE / "films_queries.sql"),
        _from_files("gallery", _TESTS / "gallery.sql", _TESTS / "queries.sql"),
        _from_files("kinds", _TESTS / "kinds.sql", _TESTS / "kinds_queries.sql"),
        *(_scenario(each) for each in scenarios.scenarios()),
        *(Database(name, tpc.seeder(name), tpc.questions(name)) for name in tpc.NAMES),
    )


def _from_files(name: str, seed: Path, queries: Path) -> Database:
    lines = [line for line in queries.read_text(encoding="utf-8").splitlines() if line and not line.startswith("--")]

    def fill(server: LocalServer, url: str) -> list[str]:
        folder = server.socket_dir / f"{name}-tablespace"
        folder.mkdir()
        server.own(folder)
        return run(url, seed.read_text(encoding="utf-8").replace("TSDIR", str(folder)))

    return Database(name, fill, lambda: [_question(line) for line in lines])


def _question(line: str) -> Question:
    text, _, role = line.partition(" -- ")
    return Question(text, generic="$1" in text, role=role or "postgres")


def _scenario(made: scenarios.Scenario) -> Database:
    def fill(_: LocalServer, url: str) -> list[str]:
        scenarios.seed(made, url)
        return []

    return Database(made.name, fill, lambda: workload_questions(made), samples=True)


def run(url: str, text: str) -> list[str]:
    """Runs statements that end in a semicolon and a line break; those that the version refuses, with its words."""
    refused = []
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SELECT setseed(0.5)")
        for statement in filter(str.strip, text.split(";\n")):
            try:
                connection.execute(statement)
            except psycopg.Error as error:
                refused.append(f"{str(error).splitlines()[0]}: {' '.join(statement.split())[:80]}")
    return refused
