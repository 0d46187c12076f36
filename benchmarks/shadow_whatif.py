"""How faithful imagined indexes are: the shadow's plans and sizes against indexes truly built, beside HypoPG's.

    python benchmarks/shadow_whatif.py [--database museum] … [--major 14..18] [--format text|json]

The museum has an index of every kind with questions that it may answer; of the scenarios it is the indexes that the
advisor thinks of with the whole workload. README.md beside this file says what the figures mean.
"""

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict

import psycopg
from fidelity.imagining import MUSEUM, measure
from fidelity.printing import text

from dbadvisor import scenarios
from dbadvisor.servers.installation import SYSTEM, installations
from dbadvisor.servers.local import LocalServer, start


def main() -> None:
    """Parses the arguments, measures, prints."""
    names = (MUSEUM, *(each.name for each in scenarios.scenarios()))
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--database", choices=names, action="append", help="only this one; may be repeated")
    parser.add_argument("--major", type=int, help="a PostgreSQL version; else one with HypoPG, or the default one")
    parser.add_argument("--format", choices=("text", "json"), default="text")
    arguments = parser.parse_args()
    with serve(arguments.major) as server:
        has_hypopg = _has_hypopg(server)
        chosen = arguments.database or names
        trials = [trial for name in chosen for trial in measure(server, name, has_hypopg, _progress)]
    if arguments.format == "json":
        document = {"postgresql": server.installation.version, "trials": [asdict(each) for each in trials]}
        sys.stdout.write(json.dumps(document, indent=1) + "\n")
    else:
        sys.stdout.write(text(server.installation.version, trials))


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


def _progress(message: str) -> None:
    sys.stderr.write(message + "\n")


if __name__ == "__main__":
    main()
