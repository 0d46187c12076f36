"""Fixtures that all rooms share: a real server a session, a fresh database a test."""

import secrets
import shutil
from collections.abc import Iterator
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
