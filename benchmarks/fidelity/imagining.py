"""One imagined index at a time: on the shadow, by HypoPG where it is there, and truly built."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import psycopg

from dbadvisor import pipeline, scenarios
from dbadvisor.collector.collect import collect
from dbadvisor.collector.samples import with_samples
from dbadvisor.model.catalog import Catalog
from dbadvisor.model.index import IndexDefinition
from dbadvisor.model.plan import Plan
from dbadvisor.model.snapshot import Snapshot
from dbadvisor.model.whatif import Planner, PlannerRefused, Unplanned, WhatIf
from dbadvisor.planner.hypopg import hypopg
from dbadvisor.planner.shadow import shadow
from dbadvisor.servers.local import LocalServer
from dbadvisor.settings import Settings
from fidelity import museum, museum_questions
from fidelity.choosing import chosen_indexes, kind, on_table, sample_questions, workload_questions
from fidelity.comparing import Comparison, compare, values
from fidelity.truth import Question, RealServer

MUSEUM = "museum"

Progress = Callable[[str], None]
Cases = Mapping[IndexDefinition, Sequence[Question]]
"""Which questions are asked with which index; none where only its size is."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One index: its true size beside the imagined ones, in bytes, and every plan with it beside the true one."""

    database: str
    sql: str
    kind: str
    true_bytes: int
    bytes: Mapping[str, int | None]
    """By planner; None where it could not imagine the index."""
    plans: Mapping[str, tuple[Comparison, ...]]
    """By planner."""


def measure(server: LocalServer, name: str, has_hypopg: bool, progress: Progress) -> list[Trial]:
    """Makes the database and tries every index chosen for it."""
    progress(f"making {name}")
    with psycopg.connect(server.url(), autocommit=True) as admin:
        admin.execute(f'CREATE DATABASE "{name}"')
    url = server.url(name)
    if name == MUSEUM:
        _fill_museum(url)
    else:
        scenarios.seed(scenarios.scenario(name), url)
    seen = with_samples(collect(url))
    with ExitStack() as stack:
        real = stack.enter_context(RealServer(server, name))
        cases = _museum_cases() if name == MUSEUM else _scenario_cases(scenarios.scenario(name), seen, real, url)
        planners: dict[str, Planner] = {"shadow": stack.enter_context(shadow(seen))}
        if has_hypopg:
            planners["hypopg"] = stack.enter_context(_hypopg(url))
        known = frozenset(index.name.name for index in seen.indexes)
        trials = []
        for number, (definition, questions) in enumerate(cases.items(), 1):
            progress(f"{name}, index {number} of {len(cases)}: {definition.body}")
            trials.append(_tried(name, real, planners, known, definition, questions))
    return trials


def _tried(
    name: str,
    real: RealServer,
    planners: Mapping[str, Planner],
    known: frozenset[str],
    definition: IndexDefinition,
    questions: Sequence[Question],
) -> Trial:
    before = real.planned(questions)
    with real.built(definition) as true_bytes:
        truths = real.planned(questions)
    changed = [values(truth, known) != values(before[question], known) for question, truth in truths.items()]
    sql = f"CREATE INDEX ON {definition.body}"
    return Trial(
        name,
        sql,
        kind(definition),
        true_bytes,
        {name: _bytes(planner, definition) for name, planner in planners.items()},
        {
            name: tuple(
                compare(question.text, truth, answer, known, sql, changed=differs)
                for (question, truth), answer, differs in zip(
                    truths.items(), _answers(planner, list(truths), definition), changed, strict=True
                )
            )
            for name, planner in planners.items()
        },
    )


def _fill_museum(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SELECT setseed(0.5)")
        for statement in museum.SEED.read_text(encoding="utf-8").split(";\n"):
            connection.execute(statement)


def _museum_cases() -> Cases:
    cases: dict[IndexDefinition, list[Question]] = {}
    for definition in (*museum.BTREES, *museum.OTHERS):
        cases[definition] = []
    for pairs in (museum_questions.BTREES, museum_questions.EXPRESSIONS, museum_questions.OTHERS):
        for definition, statement in pairs:
            cases.setdefault(definition, []).append(Question(statement))
    return cases


def _scenario_cases(made: scenarios.Scenario, seen: Snapshot, real: RealServer, url: str) -> Cases:
    """The indexes that the advisor would think of, each with the whole workload on its table."""
    report = pipeline.analyze_snapshot(seen, url, Settings(), lambda _: None)
    plans = real.planned(workload_questions(made) + sample_questions(seen))
    asked, answers, catalog = list(plans), list(plans.values()), Catalog(seen)
    return {
        definition: [asked[position] for position in on_table(catalog, answers, definition.table)]
        for definition in chosen_indexes(seen, report)
    }


@contextmanager
def _hypopg(url: str) -> Iterator[Planner]:
    """HypoPG, created only after the shadow's own look at the database."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE EXTENSION hypopg")
    with hypopg(url, collect(url), allow_powerful_role=True) as planner:
        yield planner


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
