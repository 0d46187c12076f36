"""A private PostgreSQL server for as long as it is needed: no Docker, no system service, nothing left behind."""

import atexit
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType, MappingProxyType
from typing import Any, Self
from urllib.parse import quote

from dbadvisor.errors import ServerUnavailable
from dbadvisor.servers import directory, prepared
from dbadvisor.servers.account import Account, runnable, server_account
from dbadvisor.servers.installation import DOWNLOADED, Installation, find
from dbadvisor.servers.isolation import isolation

PORT = 5432
"""Only the name of the socket: the directory tells servers apart."""

_STARTUP_SECONDS = 60.0
_STOP_SECONDS = 10.0
_KEEP_SECONDS = 60.0
"""For a last checkpoint, which writes all that is in memory."""

_THROWAWAY = MappingProxyType({"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"})
"""Data that nobody will miss after a crash need not survive one."""


@dataclass(slots=True, eq=False)
class LocalServer:
    """A running server. Stops and removes itself at the end of `with`, of the process, or by `stop()`."""

    installation: Installation
    account: Account
    isolated: bool
    """Whether the server has no network at all (asked for by `isolate`, where the system allows it)."""
    _directory: directory.ServerDirectory
    _process: subprocess.Popen[bytes]
    reused: bool = False
    """Whether its data is what an earlier server kept."""
    _owner: int = field(default_factory=os.getpid)
    _stopped: bool = False

    @property
    def major(self) -> int:
        """The server's major version."""
        return self.installation.major

    @property
    def data_dir(self) -> Path:
        """Its data directory."""
        return self._directory.data

    @property
    def socket_dir(self) -> Path:
        """The private directory of its socket."""
        return self._directory.path

    @property
    def uid(self) -> int:
        """The user id of its processes."""
        return self.account.uid

    @property
    def gid(self) -> int:
        """The group id of its processes."""
        return self.account.gid

    def url(self, database: str = "postgres", user: str = "postgres") -> str:
        """A libpq URL over the private socket; `postgres` is the superuser, and nobody needs a password."""
        host = quote(str(self.socket_dir), safe="")
        return f"postgresql://{quote(user, safe='')}@/{quote(database, safe='')}?host={host}&port={PORT}"

    def own(self, path: Path | int) -> None:
        """Gives a file (or its descriptor) that we wrote into the data directory to the server's account."""
        self.account.own(path)

    def end_session(self, pid: int, *, at_once: bool = False) -> None:
        """Ends a session's process from outside; `at_once` takes the others along, and the server restarts."""
        owner, command = directory.process(pid)
        if owner == self.uid and command.startswith("postgres:"):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL if at_once else signal.SIGTERM)

    def log(self) -> str:
        """What the server has logged to stderr so far."""
        return self._directory.log.read_text(encoding="utf-8", errors="replace")

    def keep(self, key: str) -> None:
        """Stops the server in order, so that `start(kept=key)` finds its data; what else it has is removed."""
        if self._stopped or os.getpid() != self._owner:
            return
        self._process.send_signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            if self._process.wait(_KEEP_SECONDS) == 0:
                prepared.put(self.account, key, self.data_dir)
        self.stop()

    def stop(self) -> None:
        """Stops the server at once and removes its directory. A second call does nothing, nor does a fork's."""
        if self._stopped or os.getpid() != self._owner:
            return
        self._stopped = True
        self._process.send_signal(signal.SIGQUIT)
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._directory.remove()
        atexit.unregister(self.stop)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def start(
    major: int | None = None,
    *,
    icu: bool = False,
    settings: Mapping[str, str] = MappingProxyType({}),
    isolate: bool = False,
    locale: str = "C",
    copied: bool = False,
    kept: str | None = None,
) -> LocalServer:
    """Starts a new server of a major version (None: the default) with an empty database `postgres`, in UTF-8.

    It listens on a UNIX socket in a private directory only. As root its processes run as another account.
    With `icu` its programs are such as were built with ICU.
    With `isolate` it has no network and gains no rights, where the system allows that (see `isolated`).
    With `copied` the work of initdb is done once for all such servers, which then share a system identifier.
    With `kept` it goes on with the data that an earlier server kept under this key (see `reused`), if there is some.
    Servers that dead processes left behind are swept first. Raises ServerUnavailable.
    """
    account = server_account()
    directory.sweep(account)
    installation = runnable(find(major, icu=icu), account)
    before, isolated = isolation(account) if isolate else ((), False)
    place = directory.claim(account, to_keep=kept is not None)
    try:
        reused = kept is not None and prepared.take(account, kept, place.data)
        if not reused:
            _fill(installation, account, place, locale, copied=copied)
        _configure(account, place, settings)
        process = _launch(installation, account, place, before)
    except BaseException:
        place.remove()
        raise
    server = LocalServer(installation, account, isolated, place, process, reused)
    atexit.register(server.stop)
    _stop_at_sigterm()
    try:
        _wait_until_ready(server, process)
    except BaseException:
        server.stop()
        raise
    return server


def _fill(
    installation: Installation, account: Account, place: directory.ServerDirectory, locale: str, *, copied: bool
) -> None:
    if copied and prepared.copy_pristine(installation, account, locale, place.data):
        return
    _initialise(installation, account, place, locale)
    if copied:
        prepared.keep_pristine(installation, account, locale, place.data)


def _initialise(installation: Installation, account: Account, place: directory.ServerDirectory, locale: str) -> None:
    command = [installation.program("initdb"), "--pgdata", str(place.data), "--username=postgres", "--auth=trust"]
    command += ["--encoding=UTF8", f"--locale={locale}", "--no-sync"]
    if installation.major >= 18:
        command.append("--no-data-checksums")  # the default changed; checksums stand in the way of writing pages
    options = _process_options(installation, account, place)
    try:
        result = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, **options)
    except OSError as error:
        raise ServerUnavailable(f"initdb of PostgreSQL {installation.version} could not be run: {error}") from error
    if result.returncode:
        raise ServerUnavailable(
            f"initdb of PostgreSQL {installation.version} ({installation.bin_dir}) failed: {result.stderr.strip()}"
        )


_OURS = "dbadvisor.conf"
_INCLUDE = f"\ninclude '{_OURS}'\n"


def _configure(account: Account, place: directory.ServerDirectory, settings: Mapping[str, str]) -> None:
    """Into the configuration file, not the command line: there ALTER SYSTEM could not change them."""
    always = {"listen_addresses": "", "port": str(PORT), "unix_socket_directories": str(place.path)}
    lines = [f"{name} = '{_escaped(value)}'\n" for name, value in {**_THROWAWAY, **settings, **always}.items()]
    (place.data / _OURS).write_text("".join(lines), encoding="utf-8")
    account.own(place.data / _OURS)
    with (place.data / "postgresql.conf").open("a+", encoding="utf-8") as file:
        file.seek(0)
        if _INCLUDE not in file.read():
            file.write(_INCLUDE)
    place.log.touch(mode=0o600)
    account.own(place.log)


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace("'", "''")


def _launch(
    installation: Installation, account: Account, place: directory.ServerDirectory, before: tuple[str, ...]
) -> "subprocess.Popen[bytes]":
    command = [*before, installation.program("postgres"), "-D", str(place.data)]
    with place.log.open("ab") as log:
        return subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, **_process_options(installation, account, place)
        )


def _process_options(installation: Installation, account: Account, place: directory.ServerDirectory) -> dict[str, Any]:
    """How the server's programs are started: as the account, away from our terminal and our PG* variables."""
    environment = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"}
    if installation.source == DOWNLOADED:  # its contrib modules look for their own libpq only by this
        environment["LD_LIBRARY_PATH"] = str(installation.prefix / "lib")
    return {
        "cwd": place.path,
        "env": environment,
        "umask": 0o077,
        "start_new_session": True,  # Ctrl-C at the terminal reaches us alone; we stop the server
        **account.process_options,
    }


def _wait_until_ready(server: LocalServer, process: "subprocess.Popen[bytes]") -> None:
    """The postmaster writes its state into the eighth line of postmaster.pid, as pg_ctl relies on."""
    deadline = time.monotonic() + _STARTUP_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        if _state(server.data_dir) == "ready":
            return
        time.sleep(0.02)
    happened = "did not start" if process.poll() is not None else f"was not ready after {_STARTUP_SECONDS:.0f} s"
    raise ServerUnavailable(f"PostgreSQL {server.installation.version} {happened}: {server.log().strip()[-1000:]}")


def _state(data_dir: Path) -> str:
    try:
        lines = (data_dir / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return ""
    return lines[7].strip() if len(lines) > 7 else ""


def _stop_at_sigterm() -> None:
    """A polite `kill` unwinds like an exit, so that the server is stopped; a handler of the program's own stays."""
    if threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGTERM) == signal.SIG_DFL:
        signal.signal(signal.SIGTERM, _exit)


def _exit(signum: int, _frame: FrameType | None) -> None:
    sys.exit(128 + signum)
