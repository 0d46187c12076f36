"""How faithful the shadow planner is: its plans and imagined indexes against the real ones, beside HypoPG's.

    python benchmarks/shadow_whatif.py [--scenario NAME] [--major 14..18] [--format text|json]

Every scenario is seeded on a throw-away server. The shadow is built from what the collector reads, and asked what
the real server is asked too; see README.md beside this file for what the figures mean.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import asdict, dataclass

import psycopg
from fidelity.choosing import chosen_indexes, kind, on_table, sample_questions, workload_questions
from fidelity.comparing import Comparison, ImaginedIndex, Result, compare, tally, values
from fidelity.printing import text
from fidelity.truth import Question, RealServer

from dbadvisor import pipeline, scenarios
from dbadvisor.collector.collect import collect
from dbadvisor.collector.samples import with_samples
from dbadvisor.model.catalog import Catalog
from dbadvisor.model.index import IndexDefinition
from dbadvisor.model.plan import Plan
from dbadvisor.model.whatif import Planner, PlannerRefused, Unplanned, WhatIf
from dbadvisor.planner.hypopg import hypopg
from dbadvisor.planner.shadow import shadow
from dbadvisor.servers.installation import SYSTEM, installations
from dbadvisor.servers.local import LocalServer, start
from dbadvisor.settings import Settings


def main() -> None:
    """Parses the arguments, runs, prints."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--scenario", choices=[each.name for each in scenarios.scenarios()], help="only this one")
    parser.add_argument("--major", type=int, help="a PostgreSQL version; else one with HypoPG, or the default one")
    parser.add_argument("--format", choices=("text", "json"), default="text")
    arguments = parser.parse_args()
    with serve(arguments.major) as server:
        has_hypopg = _has_hypopg(server)
        results = [
            _scenario(server, each, has_hypopg)
            for each in scenarios.scenarios()
            if arguments.scenario in (None, each.name)
        ]
        version = server.installation.version
    if arguments.format == "json":
        sys.stdout.write(json.dumps(_document(version, has_hypopg, results), indent=1) + "\n")
    else:
        sys.stdout.write(text(version, has_hypopg, results))


@contextmanager
def serve(major: int | None) -> Iterator[LocalServer]:
    """A server of that version; without one the newest of the system's that has HypoPG, else the default one.

    HypoPG comes as a system's package only, so then what dbadvisor downloaded is left aside.
    """
    with ExitStack() as stack:
        if major is None:
            for found in sorted({each.major for each in installations() if each.source == SYSTEM}, reverse=True):
                server = _start_system(found)
                if _has_hypopg(server):
                    yield stack.enter_context(server)
                    return
                server.stop()
        yield stack.enter_context(start(major, settings=scenarios.SERVER_SETTINGS))


def _start_system(major: int) -> LocalServer:
    cache = os.environ.get("XDG_CACHE_HOME")
    with tempfile.TemporaryDirectory() as empty:
        os.environ["XDG_CACHE_HOME"] = empty
        try:
            return start(major, settings=scenarios.SERVER_SETTINGS)
        finally:
            os.environ.pop("XDG_CACHE_HOME")
            if cache is not None:
                os.environ["XDG_CACHE_HOME"] = cache


def _has_hypopg(server: LocalServer) -> bool:
    with psycopg.connect(server.url()) as connection:
        found = connection.execute("SELECT 1 FROM pg_available_extensions WHERE name = 'hypopg'").fetchone()
    return found is not None


def _scenario(server: LocalServer, made: scenarios.Scenario, has_hypopg: bool) -> Result:
    with psycopg.connect(server.url(), autocommit=True) as admin:
        admin.execute(f'CREATE DATABASE "{made.name}"')
    url = server.url(made.name)
    scenarios.seed(made, url, progress=_progress)
    clock = _Clock()
    with clock.of("collect"):
        collected = collect(url)
    seen = with_samples(collected)
    _progress("asking the advisor for indexes")
    report = pipeline.analyze_snapshot(seen, url, Settings(), lambda _: None)
    indexes = chosen_indexes(seen, report)
    with ExitStack() as stack:
        real = stack.enter_context(RealServer(server, made.name))
        with clock.of("build"):
            twin = stack.enter_context(shadow(seen))
        _progress("planning the workload as it is")
        asked, sampled = (real.planned(each) for each in (workload_questions(made), sample_questions(seen)))
        questions = list({**asked, **sampled})
        rival = stack.enter_context(_rival(url) if has_hypopg else nullcontext())
        trial = _Trial(real, twin, rival, questions, [*{**asked, **sampled}.values()], Catalog(seen), clock)
        result = Result(made.name, trial.as_it_is(asked), trial.as_it_is(sampled), seconds=clock.seconds)
        for number, definition in enumerate(indexes, 1):
            _progress(f"index {number} of {len(indexes)}: {definition.body}")
            trial.imagine(definition, result)
    return result


@contextmanager
def _rival(url: str) -> Iterator[Planner]:
    """HypoPG, created only after the shadow's own look at the database."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE EXTENSION hypopg")
    with hypopg(url, collect(url), allow_powerful_role=True) as planner:
        yield planner


@dataclass(frozen=True, slots=True)
class _Trial:
    """Everything at hand to try indexes."""

    real: RealServer
    twin: Planner
    rival: Planner | None
    questions: list[Question]
    before: list[Plan]
    catalog: Catalog
    clock: "_Clock"

    @property
    def known(self) -> frozenset[str]:
        """Names of the indexes that exist."""
        return frozenset(name.name for name in self.catalog.indexes)

    def as_it_is(self, truths: Mapping[Question, Plan]) -> list[Comparison]:
        """The database as it is, on the real server and on the shadow."""
        answers = self.twin.explain([each.text for each in truths])
        rows = zip(truths.items(), answers, strict=True)
        return [compare(question.text, truth, answer, self.known) for (question, truth), answer in rows]

    def imagine(self, definition: IndexDefinition, result: Result) -> None:
        """Adds an index's size, and the plans with it of all statements on its table, to the result."""
        positions = on_table(self.catalog, self.before, definition.table)
        questions = [self.questions[position] for position in positions]
        with self.real.built(definition) as true_bytes:
            truths = list(self.real.planned(questions).values())
        with self.clock.of("imagine"):
            shadow_bytes = _bytes(self.twin, definition)
        with self.clock.of("plan"):
            answers = _answers(self.twin, questions, definition)
        rival_answers = _answers(self.rival, questions, definition) if self.rival else []
        rival_bytes = _bytes(self.rival, definition) if self.rival else None
        sql = f"CREATE INDEX ON {definition.body}"
        result.indexes.append(ImaginedIndex(sql, kind(definition), true_bytes, shadow_bytes, rival_bytes))
        known = self.known
        changed = [
            values(truth, known) != values(self.before[position], known)
            for truth, position in zip(truths, positions, strict=True)
        ]
        for answered, into in ((answers, result.shadow), (rival_answers, result.hypopg)):
            into += [
                compare(question.text, truth, answer, known, sql, changed=differs)
                for question, truth, answer, differs in zip(questions, truths, answered, changed, strict=False)
            ]


def _answers(planner: Planner, questions: Sequence[Question], definition: IndexDefinition) -> list[Plan | Unplanned]:
    try:
        return planner.explain([each.text for each in questions], WhatIf(create=frozenset((definition,))))
    except PlannerRefused as refusal:
        return [Unplanned(refusal.reason)] * len(questions)


def _bytes(planner: Planner, definition: IndexDefinition) -> int | None:
    try:
        return planner.index_bytes(definition)
    except PlannerRefused:
        return None


class _Clock:
    """Seconds by what they were spent on."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def of(self, what: str) -> Iterator[None]:
        """Adds the block's time."""
        begun = time.perf_counter()
        yield
        self.seconds[what] = self.seconds.get(what, 0.0) + time.perf_counter() - begun


def _progress(message: str) -> None:
    sys.stderr.write(message + "\n")


def _document(version: str, has_hypopg: bool, results: Sequence[Result]) -> dict[str, object]:
    figures = {
        each.scenario: {
            name: asdict(tally(getattr(each, name))) for name in ("workload", "samples", "shadow", "hypopg")
        }
        for each in results
    }
    return {
        "postgresql": version,
        "hypopg": has_hypopg,
        "figures": figures,
        "scenarios": [asdict(each) for each in results],
    }


if __name__ == "__main__":
    main()
