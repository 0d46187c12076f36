"""Examples of SQL made, run and looked at on a real server, the whole way to a rule's findings."""

import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from dbadvisor.analyzer.facts import Facts
from dbadvisor.analyzer.run import apply
from dbadvisor.collector.collect import collect
from dbadvisor.model.finding import Finding
from dbadvisor.model.plan import Plan
from dbadvisor.model.rule import Rule
from dbadvisor.model.snapshot import Snapshot
from dbadvisor.model.whatif import SamplePlan
from dbadvisor.planner.shadow import shadow
from dbadvisor.servers.local import LocalServer

ROUNDS = 10
"""How often a page's workload is run: enough for counters to be means."""


@dataclass(frozen=True)
class Example:
    """A page's SQL: what is made, and what is then asked of it."""

    setup: str
    workload: str


def statements(sql: str) -> Iterator[tuple[str, str]]:
    """(statement, the comment behind it) of a page's SQL, in which statements end at the end of a line."""
    lines: list[str] = []
    for line in sql.splitlines():
        code, _, comment = line.partition(" -- ") if not line.startswith("--") else ("", "", "")
        lines.append(code)
        if code.rstrip().endswith(";"):
            yield "\n".join(lines).strip(), comment
            lines = []


def make(connection: psycopg.Connection, setup: str) -> None:
    for statement, comment in statements(setup):
        if comment.startswith("fails"):
            with pytest.raises(psycopg.Error):
                connection.execute(statement.encode())
        else:
            connection.execute(statement.encode())
        connection.execute("SELECT pg_stat_force_next_flush()")  # else an ANALYZE is counted before what it looked at


def ask(connection: psycopg.Connection, workload: str) -> None:
    """Runs every statement as often as the `-- calls: n` above it says, some rounds."""
    counts = re.findall(r"(?:-- calls: (\d+)\n)?((?:(?!--)[^\n]*\n)*?[^\n]*;)\n?", workload)
    for _ in range(ROUNDS):
        for calls, statement in counts:
            for _ in range(int(calls or 1)):
                connection.execute(statement.encode())


def planned(seen: Snapshot) -> dict[str, tuple[SamplePlan, ...]]:
    plans: dict[str, tuple[SamplePlan, ...]] = {}
    with shadow(seen) as planner:
        for one in seen.statements:
            answers = planner.explain([sample.sql for sample in one.samples])
            pairs = zip(one.samples, answers, strict=True)
            if good := tuple(SamplePlan(s, plan) for s, plan in pairs if isinstance(plan, Plan)):
                plans[one.fingerprint] = good
    return plans


def look(url: str, rule: Rule, workload: Path) -> tuple[Finding, ...]:
    """The whole way from the server to the rule's findings; a rule that could not look fails the test."""
    seen = collect(url, workload=workload)
    findings, outcome = apply(rule, Facts(seen, planned(seen) if "plans" in rule.needs else {}))
    assert outcome.state != "could not look", outcome.why
    return findings


@dataclass(frozen=True)
class Bench:
    """A fresh database for each example."""

    server: LocalServer
    folder: Path

    def findings(self, rule: Rule, shown: Example, cure: tuple[str, ...] = ()) -> tuple[Finding, ...]:
        """What the rule finds after the example was made, cured and asked."""
        name = f"page_{secrets.token_hex(6)}"
        with psycopg.connect(self.server.url(), autocommit=True) as admin:
            admin.execute(f'CREATE DATABASE "{name}"'.encode())
            try:
                with psycopg.connect(self.server.url(name), autocommit=True) as connection:
                    connection.execute("CREATE EXTENSION pg_stat_statements")
                    make(connection, shown.setup)
                    for change in cure:
                        connection.execute(change.encode())
                    ask(connection, shown.workload)
                workload = self.folder / f"{name}.sql"
                workload.write_text(shown.workload)
                return look(self.server.url(name), rule, workload)
            finally:
                admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())

    def compiles(self) -> bool:
        """Whether the server has a JIT compiler: the one that comes with the tests has none, most others do."""
        with psycopg.connect(self.server.url()) as connection:
            return connection.execute("SELECT pg_jit_available()").fetchone() == (True,)
