"""What is kept on this machine for servers to start from, and what never is."""

import os
import signal
import stat
from pathlib import Path

import psycopg
import pytest

from dbadvisor.servers import directory, prepared
from dbadvisor.servers.account import server_account
from dbadvisor.servers.local import LocalServer, start

pytestmark = pytest.mark.live

KEY = "0123abcd"


def kept(kept_home: Path) -> list[str]:
    return sorted(path.name.partition("-")[0] for path in kept_home.glob("prepared/*"))


def ask(server: LocalServer, sql: str) -> list[tuple[object, ...]]:
    with psycopg.connect(server.url(), autocommit=True) as connection:
        cursor = connection.execute(sql.encode())
        return cursor.fetchall() if cursor.description else []


def test_initdbs_work_is_done_once(kept_home: Path) -> None:
    identifiers = set()
    for _ in range(2):
        with start(copied=True) as server:
            assert stat.S_IMODE(server.data_dir.stat().st_mode) == 0o700
            identifiers |= set(ask(server, "SELECT system_identifier FROM pg_control_system()"))
            ask(server, "CREATE TABLE t ()")
    assert kept(kept_home) == ["initdb"]
    assert len(identifiers) == 1


def test_only_we_can_enter_what_is_kept(kept_home: Path) -> None:
    with start(copied=True):
        pass
    folder = (kept_home / "prepared").stat()
    assert (stat.S_IMODE(folder.st_mode), folder.st_uid) == (0o700, os.geteuid())


def test_a_server_goes_on_with_the_data_that_another_kept(kept_home: Path) -> None:
    with start(kept=KEY) as first:
        assert not first.reused
        (first.data_dir / "space").mkdir(mode=0o700)
        first.own(first.data_dir / "space")
        ask(first, f"CREATE TABLESPACE elsewhere LOCATION '{first.data_dir / 'space'}'")
        ask(first, "CREATE TABLE t TABLESPACE elsewhere AS SELECT 42 AS answer")
        first.keep(KEY)
    assert kept(kept_home) == ["filled"]
    with start(kept=KEY, settings={"work_mem": "123kB"}) as second:
        assert second.reused
        assert ask(second, "SELECT answer FROM t") == [(42,)]
        assert ask(second, "SHOW work_mem") == [("123kB",)]
        assert second.data_dir != first.data_dir
        assert kept(kept_home) == [], "what is in use is nobody else's"
        with start(kept=KEY) as third:
            assert not third.reused
            third.keep(KEY)
        second.keep(KEY)
    assert kept(kept_home) == ["filled"]
    assert [path.name for path in kept_home.iterdir()] == ["prepared"]


def test_what_a_crash_or_an_early_end_leaves_is_not_reused(kept_home: Path) -> None:
    with start(kept=KEY):
        pass
    with start(kept=KEY) as server:
        os.kill(int((server.data_dir / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)
        server.keep(KEY)
    assert kept(kept_home) == []
    directory.sweep(server_account())
    assert [path.name for path in kept_home.iterdir()] == ["prepared"]


def test_only_the_last_few_are_kept(kept_home: Path) -> None:
    account = server_account()
    assert prepared.make_home(account)
    for number in range(prepared.MOST_KEPT + 2):
        data = kept_home / "data"
        data.mkdir()
        (data / "file").write_bytes(bytes(number))
        prepared.put(account, str(number), data)
        os.utime(kept_home / "prepared" / f"filled-{number}", (number, number))
    assert len(kept(kept_home)) == prepared.MOST_KEPT
    assert not prepared.take(account, "0", kept_home / "back")
