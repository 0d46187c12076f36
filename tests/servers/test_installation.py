"""Server programs are found best first, fetched when asked, and reachable for whoever runs them."""

import os
import shutil
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from typer.testing import CliRunner

from dbadvisor.cli.server import app
from dbadvisor.errors import ServerUnavailable
from dbadvisor.servers import fetching, local
from dbadvisor.servers.account import copies_dir, runnable, server_account
from dbadvisor.servers.fetching import install
from dbadvisor.servers.installation import EMBEDDED, Installation, cache_dir, find, installations


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return cache_dir()


def program(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


def test_the_embedded_server_is_the_default() -> None:
    found = find()
    assert (found.source, found.major) == (EMBEDDED, 18)
    assert found == installations()[0] == find(18)
    assert Path(found.program("initdb")).is_file()


def test_a_missing_version_names_the_command_that_installs_it(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    missing = next(major for major in (14, 16, 17, 15) if major not in {found.major for found in installations()})
    with pytest.raises(ServerUnavailable) as caught:
        find(missing)
    assert f"dbadvisor server install {missing}" in str(caught.value.hint)


def test_a_version_that_nobody_offers_names_no_command() -> None:
    with pytest.raises(ServerUnavailable) as caught:
        find(9)
    assert "server install" not in str(caught.value.hint)


def test_a_downloaded_version_is_found_and_a_broken_one_is_not(cache: Path) -> None:
    for version, text in (("15.99", "echo 'postgres (PostgreSQL) 15.99'"), ("14.99", "exit 127")):
        program(cache / f"postgresql-{version}" / "bin" / "postgres", text)
        program(cache / f"postgresql-{version}" / "bin" / "initdb", text)
    listed = CliRunner().invoke(app, ["list"]).stdout
    assert "15.99" in listed
    assert "14.99" not in listed
    assert find(15).version == "15.99"


def test_clean_removes_the_downloaded_versions_only_when_asked(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dbadvisor.cli.server.copies", lambda: ())  # others' servers run from there
    monkeypatch.setattr("dbadvisor.cli.server.prepared_dir", lambda _account: cache / "prepared")
    program(cache / "postgresql-15.99" / "bin" / "postgres", "echo 'postgres (PostgreSQL) 15.99'")
    for name in ("notes", "prepared"):
        (cache / name).mkdir()
    CliRunner().invoke(app, ["clean"])
    assert (cache / "postgresql-15.99").exists()
    assert (cache / "prepared").exists()
    shown = CliRunner().invoke(app, ["clean", "--cache"]).stdout
    assert "postgresql-15.99" in shown
    assert [path.name for path in cache.iterdir()] == ["notes"]


def test_what_cannot_be_downloaded_is_said_with_another_way(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ServerUnavailable, match="no PostgreSQL 12 to download, only 13 to 18"):
        install(12)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    with pytest.raises(ServerUnavailable, match="could not be downloaded") as caught:
        install(15)
    assert "package manager" in str(caught.value.hint)
    assert list(cache.iterdir()) == []


def test_of_two_that_fetch_at_once_the_later_takes_what_the_earlier_put_there(cache: Path) -> None:
    for number in range(2):
        program(cache / f".download-{number}" / "bin" / "postgres", f"echo {number}")
        fetching._settle(cache / f".download-{number}", cache / "postgresql-15.99")
    assert (cache / "postgresql-15.99" / "bin" / "postgres").read_text().endswith("echo 0\n")
    with pytest.raises(OSError, match="nowhere"):
        fetching._settle(cache / "nowhere", cache / "postgresql-16.99")


@pytest.mark.live
def test_programs_under_a_private_home_are_copied_for_the_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Root's virtual environment under its 0700 home: the account that runs the server cannot enter."""
    found, account = find(), server_account()
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    package = home / found.prefix.parent.name
    shutil.copytree(found.prefix, package / found.prefix.name, symlinks=True)
    libraries = found.prefix.parent.parent / f"{package.name}.libs"
    shutil.copytree(libraries, home / libraries.name)
    private = replace(found, bin_dir=package / found.prefix.name / "bin")
    used = runnable(private, account)
    monkeypatch.setattr(local, "find", lambda _major, icu: private)
    try:
        assert account.reaches(Path(used.program("postgres")))
        assert used == private if os.geteuid() != 0 else copies_dir() in used.bin_dir.parents
        with local.start() as server, psycopg.connect(server.url()) as connection:
            assert server.installation == used
            connection.execute("CREATE EXTENSION postgres_fdw")  # needs the library beside the package
    finally:
        if used != private:
            shutil.rmtree(used.prefix.parent.parent)


@pytest.mark.heavy
@pytest.mark.live
def test_a_version_with_icu_is_fetched_and_serves(cache: Path) -> None:
    installed = install(15, icu=True)
    assert installed.icu
    assert find(15, icu=True) == installed
    with (
        local.start(15, icu=True, isolate=True) as server,
        psycopg.connect(server.url(), autocommit=True) as connection,
    ):
        connection.execute("CREATE DATABASE de TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'de-DE' LOCALE 'C'")
        connection.execute("CREATE EXTENSION pg_trgm")


@pytest.mark.heavy
@pytest.mark.live
def test_a_version_is_fetched_and_serves(cache: Path) -> None:
    installed: Installation = install(15)
    assert (installed.major, installed.source) == (15, "installed by dbadvisor")
    assert find(15) == installed == install(15)
    with local.start(15, isolate=True) as server, psycopg.connect(server.url()) as connection:
        assert server.major == 15
        for extension in ("pg_stat_statements", "pageinspect", "pg_trgm", "postgres_fdw"):
            connection.execute(f"CREATE EXTENSION {extension}")
    if server.installation != installed:
        shutil.rmtree(server.installation.prefix.parent.parent)
