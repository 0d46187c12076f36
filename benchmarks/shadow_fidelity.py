"""How exactly the shadow plans as the server does that it was made from: every plan, value by value.

    python benchmarks/shadow_fidelity.py [--major 15] … [--database films] … [--format text|json]

Each database is built on a throw-away server of each version and read by an ordinary role; the shadow knows only what
was read. Ends with 1 when a plan deviates for a reason that is not known. README.md beside this file says what is what.
"""

import argparse
import json
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field

import psycopg
from fidelity.choosing import sample_questions
from fidelity.comparing import Comparison, Tally, compare, tally
from fidelity.databases import Database, databases
from fidelity.known import reason
from fidelity.truth import Question, RealServer

from dbadvisor.collector.collect import collect
from dbadvisor.collector.samples import with_samples
from dbadvisor.model.snapshot import Snapshot
from dbadvisor.planner.shadow import ShadowPlanner, shadow
from dbadvisor.scenarios import SERVER_SETTINGS
from dbadvisor.servers.installation import installations
from dbadvisor.servers.local import LocalServer, start

MAJORS = range(13, 19)


@dataclass(slots=True)
class Outcome:
    """What came of one database on one version."""

    major: int
    database: str
    comparisons: list[Comparison] = field(default_factory=list)
    not_for_this_version: list[str] = field(default_factory=list)
    """Statements of the seed and questions that this server itself refuses."""
    caveats: tuple[str, ...] = ()
    """What the shadow said could not be rebuilt or may differ."""
    build_seconds: float = 0.0

    @property
    def unexplained(self) -> list[Comparison]:
        """Deviations for no known reason."""
        return [each for each in self.comparisons if not each.identical and not self.reason(each)]

    def reason(self, each: Comparison) -> str | None:
        """Why a plan deviates."""
        return reason(self.database, each.statement)


def main() -> None:
    """Parses the arguments, runs, prints."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--major", type=int, action="append", help="only this version of PostgreSQL; may be repeated")
    parser.add_argument("--database", action="append", help="only this database; may be repeated")
    parser.add_argument("--format", choices=("text", "json"), default="text")
    arguments = parser.parse_args()
    here = sorted({each.major for each in installations()} & set(arguments.major or MAJORS))
    missing = sorted(set(arguments.major or MAJORS) - set(here))
    chosen = [each for each in databases() if each.name in (arguments.database or [each.name])]
    outcomes = [outcome for major in here for outcome in _version(major, chosen)]
    if arguments.format == "json":
        sys.stdout.write(json.dumps([asdict(each) for each in outcomes], indent=1) + "\n")
    else:
        sys.stdout.write("\n".join(_text(outcomes, missing)) + "\n")
    sys.exit(any(each.unexplained for each in outcomes))


def _version(major: int, chosen: Sequence[Database]) -> Iterator[Outcome]:
    with start(major, settings=SERVER_SETTINGS) as server:
        with psycopg.connect(server.url(), autocommit=True) as admin:
            powers = "pg_monitor, pg_read_all_data" if major >= 14 else "pg_monitor"
            admin.execute(f"CREATE ROLE advisor LOGIN; GRANT {powers} TO advisor")
        for each in chosen:
            _progress(f"PostgreSQL {major}: {each.name}")
            yield _outcome(server, each)


def _outcome(server: LocalServer, database: Database) -> Outcome:
    with psycopg.connect(server.url(), autocommit=True) as admin:
        admin.execute(f'CREATE DATABASE "{database.name}"')
    outcome = Outcome(server.major, database.name)
    outcome.not_for_this_version = database.seed(server, server.url(database.name))
    if server.major < 14:
        _let_read(server.url(database.name))
    seen = with_samples(collect(server.url(database.name, "advisor")))
    questions = dict.fromkeys(database.questions() + (sample_questions(seen) if database.samples else []))
    begun = time.perf_counter()
    with shadow(seen) as twin:
        outcome.build_seconds = time.perf_counter() - begun
        outcome.caveats = (*twin.caveats, *twin.dropped)
        for role in dict.fromkeys(question.role for question in questions):
            asked = [question for question in questions if question.role == role]
            with psycopg.connect(server.url(database.name, role), autocommit=True) as connection:
                _ask(RealServer(connection), twin, asked, _names(seen), outcome)
    return outcome


def _ask(
    real: RealServer, twin: ShadowPlanner, asked: Sequence[Question], names: frozenset[str], outcome: Outcome
) -> None:
    """Adds the comparisons of one role's questions."""
    possible = [question for question in asked if real.plans(question)]
    outcome.not_for_this_version += [each.text for each in asked if each not in possible]
    answers = twin.explain([question.text for question in possible], role=asked[0].role)
    outcome.comparisons += [
        compare(question.text, truth, answer, names)
        for question, truth, answer in zip(possible, real.explain(possible), answers, strict=True)
    ]


def _let_read(url: str) -> None:
    """What pg_read_all_data is from 14 on."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("GRANT SELECT ON pg_statistic, pg_statistic_ext_data TO advisor")
        for (schema,) in connection.execute("SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_'").fetchall():
            connection.execute(f'GRANT USAGE ON SCHEMA "{schema}" TO advisor')
            connection.execute(f'GRANT SELECT ON ALL TABLES IN SCHEMA "{schema}" TO advisor')


def _names(seen: Snapshot) -> frozenset[str]:
    return frozenset(index.name.name for index in seen.indexes)


def _text(outcomes: Sequence[Outcome], missing: Sequence[int]) -> Iterator[str]:
    heads = f"{'asked':>6}{'none':>6}{'identical':>11}{'shape':>9}{'max error':>11}{'build':>9}"
    yield f"{'PostgreSQL':<12}{'database':<10}{heads}"
    for major in dict.fromkeys(each.major for each in outcomes):
        mine = [each for each in outcomes if each.major == major]
        yield from (_row(str(major), each.database, tally(each.comparisons), each.build_seconds) for each in mine)
        yield _row(str(major), "all", tally([one for each in mine for one in each.comparisons]), None)
    for major in missing:
        yield f"{major:<12}not installed here: left out"
    for each in outcomes:
        yield from _remarks(each)


def _row(major: str, database: str, found: Tally, seconds: float | None) -> str:
    answered = max(1, found.questions - found.unanswered)
    time_ = f"{seconds:7.2f} s" if seconds is not None else ""
    return (
        f"{major:<12}{database:<10}{found.questions:>6}{found.unanswered:>6}{found.identical / answered:>11.1%}"
        f"{found.same_shape / answered:>9.1%}{found.max_error:>11.3%}{time_:>9}"
    )


def _remarks(each: Outcome) -> Iterator[str]:
    place = f"PostgreSQL {each.major}, {each.database}"
    if each.not_for_this_version:
        yield f"{place}: {len(each.not_for_this_version)} statements that this server itself refuses"
    yield from (f"{place}: the shadow says: {caveat}" for caveat in each.caveats)
    for one in each.comparisons:
        if not one.identical:
            why = each.reason(one) or "UNEXPLAINED"
            cost = "no answer" if one.cost is None else f"cost {one.true_cost:.2f} / {one.cost:.2f}"
            yield f"{place}: {why}: {' '.join(one.statement.split())[:150]}"
            yield f"    {cost}; {one.difference[:300]}"


def _progress(message: str) -> None:
    sys.stderr.write(message + "\n")


if __name__ == "__main__":
    main()
