"""Whatever happens to the process that started a server, nothing stays: at once, or with the next sweep."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest

from dbadvisor.servers.account import Account

pytestmark = pytest.mark.live

ROOT = Path(__file__).parent.parent.parent
OWNER = """
import sys
from dbadvisor.servers.local import start
server = start()
print(server.url(), server.socket_dir, server.uid, flush=True)
sys.stdin.read()
"""
NOBODY = Account(65534, 65534, dropped=True)


class Owner:
    """Another process that has started a server and waits for the end of its stdin."""

    def __init__(self, directory: Path, **options: Any) -> None:
        environment = {**os.environ, "TMPDIR": str(directory), "HOME": str(directory)}
        self.process = subprocess.Popen(
            [sys.executable, "-c", OWNER],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment,
            cwd=ROOT,
            start_new_session=True,
            **options,
        )
        assert self.process.stdout is not None
        words = self.process.stdout.readline().split()
        assert words, self.process.communicate()[1]
        self.url, self.directory, self.uid = words[0], Path(words[1]), int(words[2])

    def end(self, word: signal.Signals | None) -> int:
        if word:
            os.killpg(self.process.pid, word)
        self.process.communicate()
        return self.process.returncode


@pytest.fixture
def directory() -> Iterator[Path]:
    """A temporary directory that every account can use and no other test's sweep looks at."""
    path = Path(tempfile.mkdtemp(dir="/tmp"))
    path.chmod(0o1777)
    yield path
    shutil.rmtree(path)


@pytest.fixture
def own(directory: Path) -> Iterator[Callable[..., Owner]]:
    owners: list[Owner] = []

    def start_owner(**options: Any) -> Owner:
        owners.append(Owner(directory, **options))
        return owners[-1]

    yield start_owner
    for owner in owners:
        if owner.process.poll() is None:
            owner.end(None)


def clean(directory: Path) -> str:
    environment = {**os.environ, "TMPDIR": str(directory)}
    command = [sys.executable, "-c", "from dbadvisor.cli.server import app; app()", "clean"]
    return subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("word", [None, signal.SIGTERM, signal.SIGINT])
def test_an_ending_owner_takes_its_server_along(
    own: Callable[..., Owner], directory: Path, word: signal.Signals | None
) -> None:
    owner = own()
    assert owner.directory.is_dir()
    owner.end(word)
    assert list(directory.iterdir()) == []


def test_a_killed_owners_server_is_swept_and_a_living_ones_is_not(own: Callable[..., Owner], directory: Path) -> None:
    living, killed = own(), own()
    with psycopg.connect(killed.url, autocommit=True) as connection:
        killed.end(signal.SIGKILL)
        assert connection.execute("SELECT 1").fetchone() == (1,)  # the orphan still serves
        assert str(killed.directory) in clean(directory)
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")
    assert list(directory.iterdir()) == [living.directory]
    with psycopg.connect(living.url) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_the_next_start_sweeps(own: Callable[..., Owner], directory: Path) -> None:
    own().end(signal.SIGKILL)
    second = own()
    assert list(directory.iterdir()) == [second.directory]


def test_a_stranger_with_the_orphans_process_id_is_left_alone(own: Callable[..., Owner], directory: Path) -> None:
    """After a reboot, a process id in a left directory belongs to somebody else."""
    owner = own()
    stranger = subprocess.Popen(["sleep", "1000"], **(NOBODY.process_options if os.geteuid() == 0 else {}))
    try:
        owner.end(signal.SIGKILL)
        pid_file = owner.directory / "data" / "postmaster.pid"
        server_pid, rest = pid_file.read_text().split("\n", 1)
        os.kill(int(server_pid), signal.SIGKILL)
        pid_file.write_text(f"{stranger.pid}\n{rest}")
        clean(directory)
        assert stranger.poll() is None
        assert list(directory.iterdir()) == []
    finally:
        with suppress(ProcessLookupError):
            stranger.kill()
        stranger.wait()


def test_an_ordinary_user_starts_one_too(own: Callable[..., Owner], directory: Path) -> None:
    """As root we become an ordinary user; where that user cannot read the checkout, only root can be tried."""
    may = os.geteuid() == 0 and NOBODY.reaches(Path(sys.executable)) and NOBODY.reaches(ROOT)
    owner = own(**(NOBODY.process_options if may else {}))
    assert owner.uid == (NOBODY.uid if os.geteuid() == 0 else os.geteuid())
    assert owner.directory.parent == directory
    owner.end(None)
    assert list(directory.iterdir()) == []
