"""What a shadow costs: time and disk of building and opening it, what-ifs per second, questions to production.

    python benchmarks/shadow_costs.py [--major 14..18] [--tables 10000] [--partitions 2000] [--only WORD]

The databases are made-up snapshots (synthetic.py) but for the last, a scenario on a throw-away server. See README.md.
"""

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import synthetic

from dbadvisor import scenarios
from dbadvisor.collector.collect import collect
from dbadvisor.collector.samples import with_samples
from dbadvisor.model.snapshot import Snapshot
from dbadvisor.model.whatif import WhatIf
from dbadvisor.planner.shadow import ShadowPlanner, shadow
from dbadvisor.servers.prepared import disk_bytes

_TICKS = os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Parses the arguments, runs, prints each line as it is known."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--major", type=int, default=18, help="the PostgreSQL version")
    parser.add_argument("--tables", type=int, default=10_000, help="of the large schema, each with four indexes")
    parser.add_argument("--partitions", type=int, default=2_000, help="of the partitioned table")
    parser.add_argument("--only", choices=("small", "huge", "tables", "partitions", "whatifs", "production"))
    arguments = parser.parse_args()
    major = arguments.major
    parts: dict[str, Callable[[], None]] = {
        "small": lambda: _build("1 GB: 10 tables", synthetic.database(10, 1e6, major)),
        "huge": lambda: _build("30 TB: 100 tables", synthetic.database(100, 2e9, major)),
        "tables": lambda: _twice(f"{arguments.tables} tables", synthetic.database(arguments.tables, major=major)),
        "partitions": lambda: _build(
            f"{arguments.partitions} partitions", synthetic.partitioned(arguments.partitions, major=major)
        ),
        "whatifs": lambda: _whatifs(major),
        "production": _production,
    }
    for name, part in parts.items():
        if arguments.only in (None, name):
            part()


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


@contextmanager
def _opened(name: str, snapshot: Snapshot, *, keep: bool) -> Iterator[ShadowPlanner]:
    """A shadow; prints what it took until its first plan."""
    asked = "SELECT count(*) FROM " + str(snapshot.tables[0].name)
    started, processor = time.perf_counter(), time.process_time()
    with shadow(snapshot, keep=keep) as planner:
        planner.explain([asked])
        server = planner._shadow.server
        took = time.perf_counter() - started
        backends = (planner._shadow.admin, planner._shadow.owner, planner._plan)
        used = time.process_time() - processor + sum(_processor(each.info.backend_pid) for each in backends)
        how = "opened again" if server.reused else "built"
        disk = disk_bytes(server.data_dir) / 1e6
        _say(f"{name:20} {how:12} {took:7.2f} s to the first plan, {used:6.2f} s of processor, {disk:6.0f} MB of disk")
        yield planner


def _processor(pid: int) -> float:
    """Seconds of processor time that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _build(name: str, snapshot: Snapshot) -> None:
    with _opened(name, snapshot, keep=False):
        pass


def _twice(name: str, snapshot: Snapshot) -> None:
    for _ in range(2):
        with _opened(name, snapshot, keep=True):
            closing = time.perf_counter()
        _say(f"{name:20} {'closed':12} {time.perf_counter() - closing:7.2f} s")


def _whatifs(major: int) -> None:
    """Every statement under each of ten sets of imagined indexes, set by set."""
    statements, candidates = synthetic.statements(10), synthetic.candidates(10)
    sets = [WhatIf(frozenset(candidates[start::10])) for start in range(10)]
    with shadow(synthetic.database(10, major=major)) as planner:
        started = time.perf_counter()
        for each in sets:
            planner.explain(statements[:1], each)
        made = time.perf_counter() - started
        _say(f"{len(candidates)} imagined indexes made in {made:.2f} s ({made / len(candidates) * 1000:.0f} ms each)")
        backend = planner._plan.info.backend_pid
        started, processor = time.perf_counter(), time.process_time() + _processor(backend)
        asked = 0
        for each in sets * 5:
            asked += len(planner.explain(statements, each))
        took, used = time.perf_counter() - started, time.process_time() + _processor(backend) - processor
        _say(f"{asked} what-ifs: {asked / took:.0f} a second, {asked / used:.0f} a second of processor, ours and its")


def _production() -> None:
    """What reading a database costs it."""
    made = scenarios.scenario("shop")
    with scenarios.serve() as server:
        url, advisor = scenarios.house(made, server)
        scenarios.seed(made, url)
        cost = with_samples(collect(advisor)).cost
    _say(
        f"production ({made.name}): {cost.statements} statements over {cost.connections} connection,"
        f" {cost.rows} rows, {cost.milliseconds:.0f} ms"
    )


if __name__ == "__main__":
    main()
