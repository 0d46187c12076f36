"""The database as it is: every question to the real server, and to shadows made of what two roles may read."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

import psycopg

from dbadvisor.collector.collect import collect
from dbadvisor.model.plan import Plan
from dbadvisor.model.whatif import Unplanned, WhatIf
from dbadvisor.planner.shadow import ShadowPlanner, shadow
from dbadvisor.servers.local import LocalServer
from fidelity.comparing import Comparison, compare
from fidelity.databases import Database, make
from fidelity.known import reason
from fidelity.truth import ASKER, READER, SUPERUSER, Question, RealServer, let_read


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one database on one version, for one who read it."""

    major: int
    database: str
    reader: str
    comparisons: tuple[Comparison, ...]
    not_for_this_version: tuple[str, ...]
    """Statements of the seed and questions that this server itself refuses."""
    caveats: tuple[str, ...]
    """Why plans may differ, says the shadow."""
    dropped: tuple[str, ...]
    """What could not be rebuilt, says the shadow."""
    build_seconds: float

    @property
    def unexplained(self) -> list[Comparison]:
        """Deviations for no known reason."""
        return [each for each in self.comparisons if not each.identical and not self.reason(each)]

    def reason(self, each: Comparison) -> str | None:
        """Why a plan deviates."""
        return reason(self.database, each.statement)


def measure(server: LocalServer, database: Database, readers: Sequence[str] = (READER, SUPERUSER)) -> list[Outcome]:
    """Makes the database and asks everything, of a shadow for each reader."""
    refused = make(server, database)
    if server.major < 14:
        let_read(server, database.name)
    with psycopg.connect(server.url(database.name)) as connection:
        asked = database.questions(connection, collect(server.url(database.name)))
    with RealServer(server, database.name) as real:
        answers = real.explain(asked)
    truths = {question: answer for question, answer in zip(asked, answers, strict=True) if isinstance(answer, Plan)}
    refused += [
        f"{each.reason}: {asked[at].text[:80]}" for at, each in enumerate(answers) if isinstance(each, Unplanned)
    ]
    return [_outcome(reader, server, database.name, truths, tuple(refused)) for reader in readers]


def _outcome(
    reader: str, server: LocalServer, database: str, truths: dict[Question, Plan], refused: tuple[str, ...]
) -> Outcome:
    seen = collect(server.url(database, reader))
    known = frozenset(index.name.name for index in seen.indexes)
    begun = time.perf_counter()
    with shadow(seen) as twin:
        seconds = time.perf_counter() - begun
        answers = explain(twin, list(truths))
        caveats, dropped = twin.caveats, twin.dropped
    rows = zip(truths.items(), answers, strict=True)
    comparisons = tuple(compare(_shown(question), truth, answer, known) for (question, truth), answer in rows)
    return Outcome(server.major, database, reader, comparisons, refused, caveats, dropped, seconds)


def explain(twin: ShadowPlanner, questions: Sequence[Question]) -> list[Plan | Unplanned]:
    """The shadow's answers in order."""
    answers: list[Plan | Unplanned] = []
    for (role, settings), group in groupby(questions, key=lambda each: (each.role, each.settings)):
        answers += twin.explain([each.text for each in group], WhatIf(settings=settings), role=role)
    return answers


def _shown(question: Question) -> str:
    settings = "".join(f" {name}={value}" for name, value in question.settings)
    asked = (question.role if question.role != ASKER else "") + settings
    return f"{question.text} -- {asked.strip()}" if asked else question.text
