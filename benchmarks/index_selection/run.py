"""Our sets of indexes and other advisors', for one workload under several budgets, through one judge.

    python benchmarks/index_selection/run.py --workload tpch19 --budgets 250,500,1000,2000,5000
    python benchmarks/index_selection/run.py --workload tpcds90 --url postgresql://postgres@/postgres?host=/tmp
    python benchmarks/index_selection/run.py --workload tpch19 --budgets 1000 --real --execute ours,Extend

README.md beside this folder says what the columns mean.
"""

import argparse
import sys
from contextlib import ExitStack
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # this folder as the package that it is for the tests

from dbadvisor.advisor.options import Options
from dbadvisor.errors import DbadvisorError, UsageError
from dbadvisor.settings import PlannerChoice
from index_selection.building import build, judge
from index_selection.databases import WORKLOADS, Workload, provide
from index_selection.evaluator import imagine
from index_selection.execution import MODES, PAIRS, execute
from index_selection.ours import Ask, ours
from index_selection.proposals import Proposal, peers
from index_selection.server import serve
from index_selection.table import Row, document, text


def main() -> int:
    """Parses the arguments, provides the database, judges, prints what was found; the exit code."""
    arguments = _arguments()
    workload = WORKLOADS[arguments.workload]
    rows: list[Row] = []
    code = 0
    try:
        with ExitStack() as stack:
            url = arguments.url or stack.enter_context(serve(arguments.directory))
            _judge(rows, provide(url, workload.benchmark, arguments.scale, _progress), workload, arguments)
    except DbadvisorError as error:
        sys.stderr.write(f"{error.message}\n{error.hint or ''}\n")
        code = error.exit_code
    if rows:
        sys.stdout.write(document(workload.name, rows) if arguments.format == "json" else text(workload.name, rows))
    return code


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--workload", choices=WORKLOADS, default="tpch19")
    parser.add_argument("--budgets", type=_numbers, default=(500.0, 1000.0), help="MB, separated by commas")
    parser.add_argument("--scale", type=float, default=1.0, help="of the database; the peers' sets were chosen at 1")
    parser.add_argument("--url", help="of a server that has HypoPG and the databases tpch or tpcds, or may get them")
    parser.add_argument("--directory", type=Path, help="where the benchmark's own server keeps its data")
    parser.add_argument("--planner", type=PlannerChoice, choices=tuple(PlannerChoice), default=PlannerChoice.HYPOPG)
    parser.add_argument("--max-indexes", dest="most", type=int, help="of each of our sets")
    parser.add_argument(
        "--seconds", type=float, default=Options().time_limit, help="for the choice of each of our sets"
    )
    parser.add_argument("--cautious", action="store_true", help="ours as dbadvisor chooses for people")
    parser.add_argument("--only", choices=("ours", "peers"), help="judge only these")
    parser.add_argument("--real", action="store_true", help="judge the sets truly built on a clone, too")
    parser.add_argument("--execute", type=_words, default=(), help="run the statements with these (ours,Extend w2)")
    parser.add_argument("--pairs", type=int, default=PAIRS, help="how often a statement is run with and without a set")
    parser.add_argument("--timeout", type=float, default=60.0, help="seconds that one run may take")
    parser.add_argument("--format", choices=("text", "json"), default="text")
    return parser.parse_args()


def _numbers(value: str) -> tuple[float, ...]:
    return tuple(float(word) for word in value.split(","))


def _words(value: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in value.split(","))


def _judge(rows: list[Row], url: str, workload: Workload, arguments: argparse.Namespace) -> None:
    """Fills in the rows: all sets imagined, then those built that were asked for."""
    queries = workload.queries()
    others = [one for one in peers(workload.name) if one.budget_mb in (None, *arguments.budgets)]
    known = tuple(dict.fromkeys(("ours", *(one.name for one in others))))
    for word in arguments.execute:
        if not any(name.startswith(word) for name in known):
            raise UsageError(f"--execute {word}: there is no such set", f"There are: {', '.join(known)}.")
    ask = Ask(arguments.budgets, arguments.planner, arguments.seconds, arguments.most, arguments.cautious)
    proposals = ours(url, queries, ask, _progress) if arguments.only != "peers" else []
    proposals += others if arguments.only != "ours" else []
    rows += [_imagined(url, queries, proposal) for proposal in proposals]
    for row in rows:
        if arguments.real or _runs(row, arguments):
            _build(row, url, queries, arguments)


def _runs(row: Row, arguments: argparse.Namespace) -> bool:
    return any(row.proposal.name.startswith(word) for word in arguments.execute)


def _imagined(url: str, queries: dict[str, str], proposal: Proposal) -> Row:
    _progress(f"judging {proposal.name} {proposal.budget_mb or ''}")
    imagined = imagine(url, queries, proposal.indexes)
    kept = [body for body in proposal.indexes if body not in imagined.duplicates]
    return Row(proposal, imagined, imagine(url, queries, kept).relative if imagined.duplicates else imagined.relative)


def _build(row: Row, url: str, queries: dict[str, str], arguments: argparse.Namespace) -> None:
    _progress(f"building {row.proposal.name} {row.proposal.budget_mb or ''}")
    with build(url, row.proposal.indexes) as built:
        row.built = judge(built, queries)
        for mode in MODES if _runs(row, arguments) else ():
            row.executions += (
                execute(built, queries, mode, seconds=arguments.timeout, pairs=arguments.pairs, progress=_progress),
            )


def _progress(message: str) -> None:
    sys.stderr.write(message + "\n")


if __name__ == "__main__":
    sys.exit(main())
