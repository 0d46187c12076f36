"""Who runs the server's processes. PostgreSQL refuses to run as root, so root hands them to another account."""

import hashlib
import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from dbadvisor.errors import ServerUnavailable
from dbadvisor.servers.installation import Installation


@dataclass(frozen=True, slots=True)
class Account:
    """The user and group of the server's processes."""

    uid: int
    gid: int
    dropped: bool
    """Whether we are root and give up root for the server."""

    @property
    def process_options(self) -> dict[str, Any]:
        """What subprocess needs to start a program as this account, with no rights but its own."""
        return {"user": self.uid, "group": self.gid, "extra_groups": ()} if self.dropped else {}

    def reaches(self, path: Path) -> bool:
        """Whether the account may run the program or enter the directory."""
        if not self.dropped:
            return os.access(path, os.X_OK)
        return subprocess.run(["test", "-x", str(path)], cwd="/", **self.process_options).returncode == 0

    def own(self, path: Path | int) -> None:
        """Gives a file (or its descriptor) or directory to the account; nothing to do when it is our own."""
        if self.dropped:
            os.chown(path, self.uid, self.gid)


def server_account() -> Account:
    """Ourselves, or when we are root an existing account without rights; no user is ever created.

    initdb looks its own user up, so the account must exist by name. Raises ServerUnavailable.
    """
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid(), dropped=False)
    for name in ("nobody", "daemon"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        if entry.pw_uid != 0:
            return Account(entry.pw_uid, entry.pw_gid, dropped=True)
    raise ServerUnavailable(
        "PostgreSQL refuses to run as root, and this system has no unprivileged account (nobody, daemon)",
        "run dbadvisor as an ordinary user",
    )


def runnable(installation: Installation, account: Account) -> Installation:
    """The installation itself, or a readable copy of it when the account cannot reach it.

    That is root with its programs under a private home directory. The copy is made once and kept.
    """
    if account.reaches(installation.bin_dir / "postgres"):
        return installation
    root = copies_dir()
    claim_copies_dir(root)
    target = root / f"{installation.version}-{identity(installation)}"
    if not target.exists():
        _copy(installation.prefix, target)
    prefix = installation.prefix
    return replace(installation, bin_dir=target / prefix.parent.name / prefix.name / installation.bin_dir.name)


def copies_dir() -> Path:
    """Where readable copies are kept."""
    return Path("/var/tmp") / f"dbadvisor-{os.geteuid()}"


def copies() -> tuple[Path, ...]:
    """The readable copies that there are."""
    return tuple(sorted(copies_dir().glob("[0-9]*-*")))


def claim_copies_dir(root: Path) -> None:
    """Makes the directory, or refuses one that somebody else could have prepared: we run what is in it."""
    root.mkdir(mode=0o755, exist_ok=True)
    found = root.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o022:
        raise ServerUnavailable(
            f"{root} does not belong to us alone, so no server programs are copied there", f"remove {root}"
        )
    root.chmod(0o755)  # whatever the umask was


def identity(installation: Installation) -> str:
    """A short digest that changes when the programs do."""
    built = (installation.bin_dir / "postgres").stat()
    text = f"{installation.prefix.resolve()} {built.st_mtime_ns} {built.st_size}"
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _copy(prefix: Path, target: Path) -> None:
    """Copies a prefix, and the shared libraries that a wheel keeps beside its package, atomically."""
    package = prefix.parent
    libraries = package.parent / f"{package.name}.libs"
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".copy-") as temporary:
        copy = Path(temporary) / "copy"
        shutil.copytree(prefix, copy / package.name / prefix.name, symlinks=True)
        if libraries.is_dir():
            shutil.copytree(libraries, copy / libraries.name, symlinks=True)
        for path in (copy, *copy.rglob("*")):
            if not path.is_symlink():
                mode = path.stat().st_mode
                path.chmod(stat.S_IMODE(mode) | (0o555 if mode & stat.S_IXUSR else 0o444))
        try:
            copy.rename(target)
        except OSError:
            if not target.exists():  # else: another start made the same copy meanwhile
                raise
