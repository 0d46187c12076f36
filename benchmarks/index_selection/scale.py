"""What a large workload costs us: 5,000 different statements over 1,000 tables, from a snapshot to the report.

    python benchmarks/index_selection/scale.py [--tables 1000] [--statements 5000] [--budget 10%] [--major 14..18]

The database never was (synthetic.py); its shadow is made anew. README.md beside this folder says what is printed.
"""

import argparse
import random
import resource
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # this folder as the package that it is for the tests

import synthetic

from dbadvisor import pipeline
from dbadvisor.errors import DbadvisorError
from dbadvisor.model import snapshot_file
from dbadvisor.model.report import Report
from dbadvisor.settings import Settings, parse_budget
from index_selection.questions import workload

_KEYS = (("id",), ("a",))
"""The columns of each table's indexes: its primary key's, and one to join by."""
_ROWS = (3, 6)
"""Tables have a thousand to a million rows, as many small as large ones."""


def main() -> int:
    """Parses the arguments, makes the database and the workload, runs, prints; the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--tables", type=int, default=1000)
    parser.add_argument("--statements", type=int, default=5000)
    parser.add_argument("--budget", default="10%", help="as dbadvisor analyze takes it")
    parser.add_argument("--major", type=int, default=18, help="the PostgreSQL version")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        snapshot, questions = Path(folder) / "made_up.dbsnap", Path(folder) / "workload.sql"
        chance = random.Random(arguments.seed)  # noqa: S311 - repeatable, not secret
        rows = [10 ** chance.uniform(*_ROWS) for _ in range(arguments.tables)]
        snapshot.write_bytes(snapshot_file.pack(synthetic.database(arguments.tables, rows, arguments.major, _KEYS)))
        questions.write_text(workload(arguments.statements, arguments.tables, arguments.seed), encoding="utf-8")
        settings = Settings(parse_budget(arguments.budget), workload=questions, keep=False)
        try:
            _measure(snapshot, settings)
        except DbadvisorError as error:
            sys.stderr.write(f"{error.message}\n{error.hint or ''}\n")
            return error.exit_code
    return 0


def _measure(snapshot: Path, settings: Settings) -> None:
    started, before = time.perf_counter(), _used()
    said: list[tuple[float, str]] = []
    report = pipeline.analyze(snapshot, settings, lambda text: said.append((time.perf_counter() - started, text)))
    wall, after = time.perf_counter() - started, _used()
    for line in _lines(report):
        sys.stdout.write(line + "\n")
    ends = [*(at for at, _ in said[1:]), wall]
    for (at, text), end in zip(said, ends, strict=True):
        sys.stdout.write(f"{end - at:8.1f} s  {text}\n")
    sys.stdout.write(f"{wall:8.1f} s on the clock\n")
    sys.stdout.write(f"{after[0] - before[0]:8.1f} s of processor here, {after[1] - before[1]:.1f} s on the shadow\n")
    sys.stdout.write(f"{_peak(resource.RUSAGE_SELF):8.0f} MB at most here, ")
    sys.stdout.write(f"{_peak(resource.RUSAGE_CHILDREN):.0f} MB the shadow's largest process\n")


def _lines(report: Report) -> list[str]:
    indexes = [one for one in report.recommendations if one.kind == "index"]
    seen = report.workload
    return [
        f"{len(seen.statements)} statements, {seen.planned} of them planned, {report.planner_calls} what-if calls",
        f"{len(report.recommendations)} recommendations, {len(indexes)} of them indexes; {len(report.gaps)} gaps",
    ]


def _used() -> tuple[float, float]:
    """Seconds of processor: ours, and those of server processes that have ended."""
    ours, theirs = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return ours.ru_utime + ours.ru_stime, theirs.ru_utime + theirs.ru_stime


def _peak(who: int) -> float:
    """Linux counts in kB, macOS in bytes."""
    return resource.getrusage(who).ru_maxrss / (1e3 if sys.platform == "linux" else 1e6)


if __name__ == "__main__":
    sys.exit(main())
