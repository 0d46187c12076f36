"""Fixtures that all rooms share: a real server a session, a fresh database a test."""

import secrets
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from dbadvisor.servers import directory, prepared
from dbadvisor.servers.local import LocalServer, start


@pytest.fixture(scope="session")
def server() -> Iterator[LocalServer]:
    """A server of the default version with statement statistics; a test that cannot have it fails."""
    settings = {
        "shared_preload_libraries": "pg_stat_statements,auto_explain",
        "pg_stat_statements.track_planning": "on",
        "track_io_timing": "on",
        "autovacuum": "off",
    }
    with start(settings=settings) as running:
        yield running


@pytest.fixture
def database(server: LocalServer) -> Iterator[str]:
    """The libpq URL of a fresh, empty database that is dropped afterwards."""
    name = f"test_{secrets.token_hex(6)}"
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
        yield server.url(name)
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def kept_home(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A place of the test's own for data directories that are kept, which the server's account can reach."""
    path = Path("/tmp") / f"kept-{secrets.token_hex(6)}"
    path.mkdir(mode=0o755)
    for module in (prepared, directory):
        monkeypatch.setattr(module, "home", lambda _account: path)
    monkeypatch.setattr(prepared, "claim_copies_dir", lambda _root: None)
    yield path
    shutil.rmtree(path)


@pytest.fixture
def role(server: LocalServer, database: str) -> Iterator[Callable[..., str]]:
    """Makes a role with the given memberships; yields the URL of the test's database for it."""
    made: list[str] = []
    name = psycopg.conninfo.conninfo_to_dict(database)["dbname"]
    with psycopg.connect(server.url(), autocommit=True) as connection:

        def make(*memberships: str) -> str:
            made.append(f"role_{secrets.token_hex(4)}")
            connection.execute(f"CREATE ROLE {made[-1]} LOGIN")
            for membership in memberships:
                connection.execute(f"GRANT {membership} TO {made[-1]}")
            return server.url(str(name), made[-1])

        yield make
        for each in made:
            connection.execute(f"DROP ROLE {each}")
