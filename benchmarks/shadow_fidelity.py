"""How exactly the shadow plans as the server does that it was made from: every plan, value by value.

    python benchmarks/shadow_fidelity.py [--major 15] … [--database films] … [--format text|json]

Each database is built on a throw-away server of each version and read by an ordinary role and by a superuser; the
shadow knows only what was read. Ends with 1 when a plan deviates for a reason that is not known. README.md beside this
file says what is what.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict

from fidelity.comparing import Tally, tally
from fidelity.databases import Database, databases
from fidelity.exactness import Outcome, measure
from fidelity.truth import READER, make_roles

from dbadvisor.scenarios import SERVER_SETTINGS
from dbadvisor.servers.installation import installations
from dbadvisor.servers.local import start

MAJORS = range(13, 19)


def main() -> None:
    """Parses the arguments, runs, prints."""
    named = {each.name: each for each in databases()}
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--major", type=int, action="append", help="only this version of PostgreSQL; may be repeated")
    parser.add_argument("--database", choices=list(named), action="append", help="only this one; may be repeated")
    parser.add_argument("--format", choices=("text", "json"), default="text")
    arguments = parser.parse_args()
    wanted = arguments.major or MAJORS
    here = sorted({each.major for each in installations()} & set(wanted))
    chosen = [named[name] for name in arguments.database or named]
    outcomes = [outcome for major in here for outcome in _version(major, chosen)]
    if arguments.format == "json":
        sys.stdout.write(json.dumps([_document(each) for each in outcomes], indent=1) + "\n")
    else:
        sys.stdout.write("\n".join(_text(outcomes, sorted(set(wanted) - set(here)))) + "\n")
    sys.exit(any(each.unexplained for each in outcomes))


def _version(major: int, chosen: Sequence[Database]) -> Iterator[Outcome]:
    with start(major, settings=SERVER_SETTINGS) as server:
        make_roles(server)
        for each in chosen:
            sys.stderr.write(f"PostgreSQL {server.installation.version}: {each.name}\n")
            yield from measure(server, each)


def _text(outcomes: Sequence[Outcome], missing: Sequence[int]) -> Iterator[str]:
    heads = f"{'asked':>6}{'none':>6}{'identical':>11}{'shape':>9}{'max error':>11}{'build':>9}"
    yield f"{'PostgreSQL':<12}{'database':<12}{'read by':<12}{heads}"
    for major, reader in dict.fromkeys((each.major, each.reader) for each in outcomes):
        mine = [each for each in outcomes if (each.major, each.reader) == (major, reader)]
        for each in mine:
            yield _row(each.database, each, tally(each.comparisons), f"{each.build_seconds:7.2f} s")
        if len(mine) > 1:
            yield _row("all", mine[0], tally([one for each in mine for one in each.comparisons]))
    yield from (f"{major:<12}not installed here: left out" for major in missing)
    if "tpch" not in {each.name for each in databases()}:
        yield f"{'':12}tpch, tpcds: left out without the packages of the benchmark extra"
    for each in outcomes:
        yield from _remarks(each)


def _document(each: Outcome) -> dict[str, object]:
    comparisons = [{**asdict(one), "reason": None if one.identical else each.reason(one)} for one in each.comparisons]
    figures = {**asdict(tally(each.comparisons)), "unexplained": len(each.unexplained)}
    return {**asdict(each), "figures": figures, "comparisons": comparisons}


def _row(name: str, of: Outcome, found: Tally, seconds: str = "") -> str:
    asked = max(1, found.questions)
    return (
        f"{of.major:<12}{name:<12}{of.reader:<12}{found.questions:>6}{found.unanswered:>6}"
        f"{found.identical / asked:>11.2%}{found.same_shape / asked:>9.2%}{found.max_error:>11.3%}{seconds:>9}"
    )


def _remarks(each: Outcome) -> Iterator[str]:
    place = f"PostgreSQL {each.major}, {each.database}, read by {each.reader}"
    if each.reader == READER:
        yield from (f"{place}: this server itself refuses: {text}" for text in each.not_for_this_version)
    yield from (f"{place}: the shadow says: {caveat}" for caveat in (*each.caveats, *each.dropped))
    for one in each.comparisons:
        if not one.identical:
            why = each.reason(one) or "UNEXPLAINED"
            cost = "no answer" if one.cost is None else f"cost {one.true_cost:.2f} / {one.cost:.2f}"
            yield f"{place}: {why}: {' '.join(one.statement.split())[:200]}"
            yield f"    {cost}; {one.difference[:300]}"


if __name__ == "__main__":
    main()
