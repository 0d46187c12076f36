"""Seeded databases with their truth: what must be found in them, what must not, and how much it must help.

A scenario is a folder: `scenario.toml` (title, story, a table of numbers per size), `schema.sql`, `seed.sql` (numbers
as `:name`), `workload.sql` and `expected.toml`. In the workload a comment before a statement says how often it is
called and with which values: `-- calls: 40`, `-- customer: 1 17 230` or `-- order: 100..900/7` (every seventh).
"""

import re
import secrets
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from psycopg import conninfo

from dbadvisor import pipeline
from dbadvisor.bench.clone import clone, connect
from dbadvisor.bench.run import apply
from dbadvisor.errors import ServerUnavailable, UsageError
from dbadvisor.model.names import quote
from dbadvisor.model.report import Report
from dbadvisor.servers.container import ContainerServer, start_container
from dbadvisor.servers.local import LocalServer, start
from dbadvisor.settings import Settings

Progress = Callable[[str], None]

CONTAINER_MAJOR = 18
SERVER_SETTINGS = {
    "shared_preload_libraries": "pg_stat_statements",
    "track_io_timing": "on",
    "autovacuum": "off",  # what a scenario leaves stale stays stale
    "shared_buffers": "256MB",
    "max_wal_size": "4GB",
}


@dataclass(frozen=True, slots=True)
class Scenario:
    """A folder under scenarios/."""

    name: str
    folder: Path
    title: str
    story: str
    sizes: Mapping[str, Mapping[str, int]]

    def text(self, file: str) -> str:
        """A file of the scenario."""
        return (self.folder / file).read_text(encoding="utf-8")

    @property
    def expected(self) -> dict[str, Any]:
        """The truth: must_find, must_not_find, least_buffer_ratio."""
        return tomllib.loads(self.text("expected.toml"))


@dataclass(frozen=True, slots=True)
class Call:
    """One statement of a workload with all its values filled in, and how often it is called with them."""

    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ScenarioResult:
    """What came out, against what was expected."""

    scenario: str
    report: Report
    missed: tuple[str, ...]
    """Must-finds that were not found, with their reasons."""
    wrong: tuple[str, ...]
    """Must-not-finds that were found."""
    buffers_before: int
    buffers_after: int
    least_ratio: float

    @property
    def buffer_ratio(self) -> float:
        """Total shared buffers of the workload before, divided by those after the proposed SQL."""
        return self.buffers_before / max(1, self.buffers_after)

    @property
    def passed(self) -> bool:
        """Whether everything was as expected."""
        return not self.missed and not self.wrong and self.buffer_ratio >= self.least_ratio


def scenarios() -> tuple[Scenario, ...]:
    """All scenarios, by name."""
    return tuple(_read(file.parent) for file in sorted(_folder().glob("*/scenario.toml")))


def scenario(name: str) -> Scenario:
    """The scenario of that name; raises UsageError when there is none."""
    found = {each.name: each for each in scenarios()}
    if name not in found:
        raise UsageError(f"no scenario named {name}", f"There are {', '.join(found)}.")
    return found[name]


def serve() -> LocalServer | ContainerServer:
    """A throw-away server fit for a scenario: a local one, or where none can be had one in Docker."""
    try:
        return start(settings=SERVER_SETTINGS)
    except ServerUnavailable:
        return start_container(CONTAINER_MAJOR, settings=SERVER_SETTINGS)


def house(made: Scenario, server: LocalServer | ContainerServer) -> tuple[str, str]:
    """The URLs of an empty database named after the scenario: its owner's, and that of a role `advisor` with just
    what analyzing needs.
    """
    url, password = server.url(made.name), secrets.token_hex(16)
    with connect(server.url()) as connection:
        connection.execute(f"CREATE DATABASE {quote(made.name)}")
        connection.execute(f"CREATE ROLE advisor LOGIN PASSWORD '{password}' IN ROLE pg_monitor, pg_read_all_data")
    return url, conninfo.make_conninfo(url, user="advisor", password=password)


def seed(made: Scenario, url: str, size: str = "small", progress: Progress = lambda _: None) -> None:
    """Schema, rows and one run of the workload in an empty database; pg_stat_statements holds just the workload."""
    if size not in made.sizes:
        raise UsageError(f"{made.name} has no size {size}", f"Choose from {', '.join(made.sizes)}.")
    numbers = made.sizes[size]
    progress(f"seeding {made.name} ({size})")
    with connect(url) as connection:
        connection.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
        for statement in split(made.text("schema.sql") + "\n" + _numbered(made.text("seed.sql"), numbers)):
            connection.execute(statement)
        connection.execute("CHECKPOINT")
    progress("running the workload")
    run_workload(made, url)


def run_workload(made: Scenario, url: str) -> int:
    """Runs the workload once, counted anew; returns the shared buffers it touched."""
    with connect(url) as connection:
        connection.execute("SELECT pg_stat_statements_reset()")
        for call in calls(made.text("workload.sql")):
            for text in call.texts:
                connection.execute(text)
        row = connection.execute(
            "SELECT sum(shared_blks_hit + shared_blks_read) FROM pg_stat_statements s"
            " JOIN pg_database d ON d.oid = s.dbid WHERE d.datname = current_database() AND query ~* %s",
            (r"^\s*(select|insert|update|delete|with)\y(?!.*pg_stat_)",),
        ).fetchone()
        return int(row[0] or 0) if row else 0


def run(made: Scenario, size: str = "small", progress: Progress = lambda _: None) -> ScenarioResult:
    """Seeds, analyzes, compares with the truth, applies all proposed SQL on a clone and runs the workload again."""
    with serve() as server:
        url, advisor = house(made, server)
        seed(made, url, size, progress)
        report = pipeline.analyze(advisor, Settings(), progress)
        progress("applying the advice on a clone")
        with clone(url) as before, clone(url) as after:
            refused = apply([change for each in report.recommendations for change in each.changes], after)
            buffers_before, buffers_after = run_workload(made, before), run_workload(made, after)
    expected = made.expected
    return ScenarioResult(
        made.name,
        report,
        tuple(_missed(expected, report)),
        (*_wrong(expected, report), *((refused,) if refused else ())),
        buffers_before,
        buffers_after,
        float(expected["least_buffer_ratio"]),
    )


def calls(text: str) -> Iterator[Call]:
    """The workload's statements with their values, in order."""
    for statement in split(text):
        notes = dict(re.findall(r"^-- (\w+): (.+)$", statement, re.MULTILINE))
        body = re.sub(r"^--.*\n", "", statement, flags=re.MULTILINE).strip()
        times = int(notes.pop("calls", "1"))
        values = {name: _values(words) for name, words in notes.items()}
        yield Call(
            tuple(_filled(body, {name: list_[i % len(list_)] for name, list_ in values.items()}) for i in range(times))
        )


def split(text: str) -> list[str]:
    """Statements that end with a semicolon at a line's end; their leading comments stay with them."""
    return [part.strip() for part in re.split(r";[ \t]*\n", text + "\n") if re.sub(r"--.*", "", part).strip()]


def _folder() -> Path:
    here = Path(__file__).parent
    packaged = here / "_scenarios"
    return packaged if packaged.is_dir() else here.parent / "scenarios"


def _read(folder: Path) -> Scenario:
    described = tomllib.loads((folder / "scenario.toml").read_text(encoding="utf-8"))
    sizes = {name: numbers for name, numbers in described.items() if isinstance(numbers, dict)}
    return Scenario(folder.name, folder, described["title"], described["story"].strip(), sizes)


def _numbered(text: str, numbers: Mapping[str, int]) -> str:
    return re.sub(r"(?<!:):([a-z]+)\b", lambda m: str(numbers[m[1]]) if m[1] in numbers else m[0], text)


def _filled(text: str, values: Mapping[str, str]) -> str:
    return re.sub(r"(?<!:):([a-z]+)", lambda m: values.get(m[1], m[0]), text)


def _values(words: str) -> list[str]:
    found: list[str] = []
    for word in words.split():
        steps = re.fullmatch(r"(\d+)\.\.(\d+)/(\d+)", word)
        if steps:
            found += [str(n) for n in range(int(steps[1]), int(steps[2]) + 1, int(steps[3]))]
        else:
            found.append(word)
    return found


def _missed(expected: Mapping[str, Any], report: Report) -> Iterator[str]:
    for wanted in expected.get("must_find", ()):
        for kind in ("finding", "change", "rewrite"):
            if kind in wanted and not _matches(wanted[kind], _texts(report, kind)):
                yield f"{kind} /{wanted[kind]}/: {wanted['why']}"


def _wrong(expected: Mapping[str, Any], report: Report) -> Iterator[str]:
    for unwanted in expected.get("must_not_find", ()):
        for kind in ("finding", "change", "rewrite"):
            if kind in unwanted and (found := _matches(unwanted[kind], _texts(report, kind))):
                yield f"{kind} {found}: {unwanted['why']}"


def _texts(report: Report, kind: str) -> list[str]:
    if kind == "finding":
        return [f"{finding.rule} {finding.target}" for finding in report.findings]
    if kind == "rewrite":
        return [each.rewrite.after for each in report.recommendations if each.rewrite]
    return [change.sql for each in report.recommendations for change in each.changes]


def _matches(pattern: str, texts: list[str]) -> str | None:
    return next((text for text in texts if re.search(pattern, text)), None)
