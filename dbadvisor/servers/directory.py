"""The directory of one server: claimed by a living process, swept by whoever comes after a dead one."""

import fcntl
import os
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from dbadvisor.errors import ServerUnavailable
from dbadvisor.servers.account import Account
from dbadvisor.servers.prepared import disk_bytes, home, make_home

_PREFIX = "dbadvisor-"
_OWNER = "owner"
_LONGEST_BASE = 64
"""Bytes: the smallest limit of a socket's path is macOS's 103, and 39 of them are ours."""
_PATIENCE = 10.0
"""Seconds that an orphaned server gets to stop by itself."""


@dataclass(frozen=True, slots=True)
class ServerDirectory:
    """A private directory with the server's data, socket and log.

    A lock on its `owner` file says that the process that claimed it lives: the kernel lets go of it at any
    kind of death, and unlike a process id it is never taken over by a stranger.
    """

    path: Path
    _lock: int

    @property
    def data(self) -> Path:
        """The data directory."""
        return self.path / "data"

    @property
    def log(self) -> Path:
        """What the server writes to stderr."""
        return self.path / "server.log"

    def remove(self) -> None:
        """Deletes everything and lets go."""
        shutil.rmtree(self.path, ignore_errors=True)
        os.close(self._lock)


@dataclass(frozen=True, slots=True)
class Swept:
    """A dead server's directory that was removed."""

    path: Path
    bytes: int


def claim(account: Account, *, to_keep: bool = False) -> ServerDirectory:
    """A new directory that only the account (and root) can enter, where it can be near what is kept when its data
    may be `to_keep`. Raises ServerUnavailable."""
    near = (home(account),) if to_keep and make_home(account) else ()
    for base in (*near, *_bases()):
        if len(os.fsencode(base)) <= _LONGEST_BASE and os.access(base, os.W_OK) and account.reaches(base):
            return _claim_in(base, account)
    raise ServerUnavailable("there is no usable temporary directory for a server", "set TMPDIR to a short path")


def sweep(account: Account) -> tuple[Swept, ...]:
    """Stops the servers of processes that died without stopping them, and removes their directories."""
    return tuple(swept for path in _abandoned(account) if (swept := _remove(path, account)))


def _claim_in(base: Path, account: Account) -> ServerDirectory:
    unready = Path(tempfile.mkdtemp(prefix=f".{_PREFIX}", dir=base))  # a name that no sweep looks at
    owner = unready / _OWNER
    owner.write_text(f"{os.getpid()}\n")
    owner.chmod(0o644)
    lock = os.open(owner, os.O_RDONLY)
    fcntl.flock(lock, fcntl.LOCK_EX)
    account.own(unready)
    return ServerDirectory(unready.rename(base / unready.name.removeprefix(".")), lock)


def _bases() -> tuple[Path, ...]:
    """Where server directories may be: the temporary directory, or where it is unfit a common one."""
    return tuple(dict.fromkeys(Path(base) for base in (tempfile.gettempdir(), "/tmp", "/var/tmp")))


def _abandoned(account: Account) -> Iterator[Path]:
    for base in dict.fromkeys((*_bases(), home(account))):
        for path in base.glob(f"{_PREFIX}*"):
            with suppress(FileNotFoundError):
                found = path.lstat()
                if stat.S_ISDIR(found.st_mode) and found.st_uid == account.uid:
                    yield path


def _remove(path: Path, account: Account) -> Swept | None:
    """Removes the directory unless its owner lives (or another sweep is at it)."""
    try:
        lock = os.open(path / _OWNER, os.O_RDONLY | os.O_NOFOLLOW)
    except FileNotFoundError:  # half removed: a living owner's is always there
        lock = os.open(path, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        _stop_orphan(path / "data", account.uid)
        size = disk_bytes(path)
        shutil.rmtree(path, ignore_errors=True)
        return Swept(path, size)
    except (BlockingIOError, FileNotFoundError):
        return None
    finally:
        os.close(lock)


def _stop_orphan(data_dir: Path, uid: int) -> None:
    try:
        pid = int((data_dir / "postmaster.pid").read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return
    for word, patience in ((signal.SIGQUIT, _PATIENCE), (signal.SIGKILL, 1.0)):
        deadline = time.monotonic() + patience
        if _serves(pid, data_dir, uid):
            os.kill(pid, word)
        while _serves(pid, data_dir, uid) and time.monotonic() < deadline:
            time.sleep(0.02)


def _serves(pid: int, data_dir: Path, uid: int) -> bool:
    """Whether the process is the server of that directory, and not a stranger with a recycled id."""
    owner, command = process(pid)
    return owner == uid and str(data_dir) in command


def process(pid: int) -> tuple[int, str]:
    """User id and command line of a process; (-1, "") when there is none."""
    if Path("/proc/self").exists():
        try:
            return Path(f"/proc/{pid}").stat().st_uid, os.fsdecode(Path(f"/proc/{pid}/cmdline").read_bytes())
        except OSError:
            return -1, ""
    shown = subprocess.run(["ps", "-o", "uid=,command=", "-p", str(pid)], capture_output=True, text=True)
    uid, _, command = shown.stdout.strip().partition(" ")
    return (int(uid), command) if uid else (-1, "")
