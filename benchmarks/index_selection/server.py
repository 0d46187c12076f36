"""A server of the benchmark's own whose data stays between runs."""

import fcntl
import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from dbadvisor.errors import ServerUnavailable, UsageError
from dbadvisor.servers import prepared
from dbadvisor.servers.account import Account, runnable, server_account
from dbadvisor.servers.installation import Installation, installations

_SETTINGS = {
    "listen_addresses": "",
    "shared_buffers": "1GB",
    "maintenance_work_mem": "512MB",
    "max_wal_size": "8GB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "fsync": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "jit": "off",
}
"""What makes loading quick and runs alike; the planner's own settings are PostgreSQL's defaults."""
_LOCALE = "C.UTF-8"
_LONGEST_FOLDER = 80
"""A socket's path may have 107 bytes."""


@contextmanager
def serve(folder: Path | None) -> Iterator[str]:
    """The URL of a server with HypoPG for the block; its data stays in `folder`, else in the user's cache.

    Raises ServerUnavailable when no installation has HypoPG, UsageError for a folder that cannot be used.
    """
    account = server_account()
    programs = _Programs(runnable(_with_hypopg(), account), account, _prepared(folder, account))
    with _alone(programs.folder):
        programs.start()
        try:
            yield f"postgresql://postgres@/postgres?host={quote(str(programs.folder), safe='')}"
        finally:
            programs.stop()


@dataclass(frozen=True, slots=True)
class _Programs:
    """An installation's programs at work on one data directory."""

    installation: Installation
    account: Account
    folder: Path

    @property
    def data(self) -> Path:
        return self.folder / f"postgresql-{self.installation.major}"

    def start(self) -> None:
        """Starts the server, with initdb before its first time; one that a killed run left behind is taken over."""
        if not self.data.exists():
            self._run(
                "initdb", "--username=postgres", "--auth=trust", "--encoding=UTF8", f"--locale={_LOCALE}", "--no-sync"
            )
        if self._run("pg_ctl", "status", check=False):
            settings = {**_SETTINGS, "unix_socket_directories": str(self.folder)}
            options = " ".join(f"-c {name}='{value}'" for name, value in settings.items())
            self._run("pg_ctl", "start", "--wait", "--log", str(self.folder / "log"), "--options", options)

    def stop(self) -> None:
        """Stops it in order."""
        self._run("pg_ctl", "stop", "--wait", "--mode=fast")

    def _run(self, program: str, *arguments: str, check: bool = True) -> int:
        command = [self.installation.program(program), "--pgdata", str(self.data), *arguments]
        options: dict[str, Any] = {
            "cwd": self.folder,
            "env": {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"},
            "stdin": subprocess.DEVNULL,
            "stdout": subprocess.DEVNULL,  # pg_ctl's server inherits it: a pipe would never end
            **self.account.process_options,
        }
        with tempfile.TemporaryFile("w+") as words:
            code = subprocess.run(command, stderr=words, **options).returncode  # noqa: S603 - an installation's own
            words.seek(0)
            said = words.read().strip()
        if check and code:
            raise ServerUnavailable(f"{program} failed: {said}", f"See {self.folder / 'log'}.")
        return code


def _with_hypopg() -> Installation:
    """The newest installation that has HypoPG, which comes as a system's package only."""
    found = (each for each in sorted(installations(), key=lambda each: -each.major) if _has_hypopg(each))
    if (installation := next(found, None)) is None:
        raise ServerUnavailable(
            "no PostgreSQL on this machine has HypoPG", "Install it, such as Debian's postgresql-15-hypopg."
        )
    return installation


def _has_hypopg(installation: Installation) -> bool:
    try:
        command = [installation.program("pg_config"), "--sharedir"]
        shown = subprocess.run(command, capture_output=True, text=True)  # noqa: S603 - an installation's own
    except OSError:
        return False
    return (Path(shown.stdout.strip()) / "extension" / "hypopg.control").is_file()


def _prepared(folder: Path | None, account: Account) -> Path:
    """The folder, there and the account's; a private home directory is out of the account's reach."""
    if folder is None:
        prepared.make_home(account)
    place = (folder or prepared.home(account) / "index-selection").absolute()
    if len(os.fsencode(place)) > _LONGEST_FOLDER:
        raise UsageError(f"{place} is too long for a socket", "Give --directory a shorter path.")
    place.mkdir(parents=True, exist_ok=True)
    account.own(place)
    if not account.reaches(place):
        raise UsageError(
            f"{place} is out of reach of the server's account", "Give --directory a path such as /var/tmp/x."
        )
    return place


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UsageError(f"another run uses {folder}", "Wait for it, or give another --directory.") from None
        yield
