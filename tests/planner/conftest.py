"""A database with something of every kind, and its shadow: built once for all tests that only ask."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from fidelity.museum import SEED

from dbadvisor.collector.collect import collect
from dbadvisor.model.snapshot import Snapshot
from dbadvisor.planner.shadow import ShadowPlanner, shadow
from dbadvisor.servers.local import LocalServer

HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def gallery(server: LocalServer) -> Iterator[str]:
    """The libpq URL of a database made by gallery.sql."""
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute("CREATE DATABASE gallery")
        with psycopg.connect(server.url("gallery"), autocommit=True) as inside:
            inside.execute("SELECT setseed(0.5)")
            for statement in (HERE / "gallery.sql").read_text(encoding="utf-8").split(";\n"):
                inside.execute(statement)
        yield server.url("gallery")
        connection.execute("DROP DATABASE gallery WITH (FORCE)")


@pytest.fixture(scope="session")
def gallery_snapshot(gallery: str) -> Snapshot:
    return collect(gallery)


@pytest.fixture(scope="session")
def twin(gallery_snapshot: Snapshot) -> Iterator[ShadowPlanner]:
    """The gallery's shadow."""
    with shadow(gallery_snapshot) as planner:
        yield planner


@pytest.fixture
def original(gallery: str) -> Iterator[psycopg.Connection[Any]]:
    """A connection to the gallery itself, for the truth."""
    with psycopg.connect(gallery, autocommit=True) as connection:
        yield connection


@pytest.fixture(scope="session")
def museum(server: LocalServer) -> Iterator[str]:
    """The libpq URL of a database of values spread in every way."""
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute("CREATE DATABASE museum")
        with psycopg.connect(server.url("museum"), autocommit=True) as inside:
            inside.execute("SELECT setseed(0.5)")
            for statement in SEED.read_text(encoding="utf-8").split(";\n"):
                inside.execute(statement)
        yield server.url("museum")
        connection.execute("DROP DATABASE museum WITH (FORCE)")


@pytest.fixture(scope="session")
def museum_twin(museum: str) -> Iterator[ShadowPlanner]:
    """The museum's shadow."""
    with shadow(collect(museum)) as planner:
        yield planner


@pytest.fixture
def exhibits(museum: str) -> Iterator[psycopg.Connection[Any]]:
    """A connection to the museum itself, for the truth."""
    with psycopg.connect(museum, autocommit=True) as connection:
        yield connection


@pytest.fixture
def marks() -> Iterator[Path]:
    """A folder into which any account of this machine can write."""
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        Path(folder).chmod(0o777)
        yield Path(folder)
