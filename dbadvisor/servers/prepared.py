"""Data directories that are kept on this machine for servers to start from.

What initdb makes is kept once a version and copied: that takes a sixth of the time. The data of a server that
was costly to fill is *moved* here when it has stopped in order, and moved back to the next server that asks for
it. So what is in use is never here, nobody else can take it, and what a killed server leaves does not come back.
"""

import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

from dbadvisor.errors import ServerUnavailable
from dbadvisor.servers.account import Account, claim_copies_dir, copies_dir, identity
from dbadvisor.servers.installation import Installation, cache_dir

MOST_KEPT = 3
"""How many filled data directories are kept, the last used ones."""
MOST_BYTES = 4 * 10**9
"""What they may take of the disk together."""

_FILLED = "filled-"


def home(account: Account) -> Path:
    """Where servers run whose data may be kept: moving it is quick within one file system only."""
    return copies_dir() if account.dropped else cache_dir()


def make_home(account: Account) -> bool:
    """Makes it; False where that cannot be done, or somebody else could have put something there."""
    try:
        if account.dropped:
            claim_copies_dir(home(account))
        prepared_dir(account).mkdir(mode=0o700, parents=True, exist_ok=True)
    except (OSError, ServerUnavailable):
        return False
    return True


def prepared_dir(account: Account) -> Path:
    """Where data directories are kept. Only we (not even the server's account) can enter."""
    return home(account) / "prepared"


def copy_pristine(installation: Installation, account: Account, locale: str, data: Path) -> bool:
    """Makes the data directory as initdb would; False where none is kept for this version and locale."""
    if not make_home(account):
        return False
    try:
        shutil.copytree(_pristine(installation, account, locale), data, copy_function=shutil.copy)
    except (OSError, shutil.Error):
        shutil.rmtree(data, ignore_errors=True)
        return False
    for path in (data, *data.rglob("*")):
        account.own(path)
    return True


def keep_pristine(installation: Installation, account: Account, locale: str, data: Path) -> None:
    """Keeps a copy of what initdb has just made. Where that cannot be done, the next server does without."""
    target = _pristine(installation, account, locale)
    with suppress(OSError, shutil.Error), tempfile.TemporaryDirectory(dir=target.parent, prefix=".copy-") as temporary:
        copy = Path(temporary) / "copy"
        shutil.copytree(data, copy, copy_function=shutil.copy)
        copy.rename(target)


def take(account: Account, key: str, data: Path) -> bool:
    """Moves what is kept under the key to where a server expects its data; False where nothing is."""
    if not make_home(account):
        return False
    try:
        (prepared_dir(account) / f"{_FILLED}{key}").rename(data)
    except OSError:
        return False
    _follow(data)
    return True


def put(account: Account, key: str, data: Path) -> None:
    """Moves the data of a server that has stopped in order here, and removes what is over the limits."""
    os.sync()  # throw-away servers never do, and this data is to outlive a power cut
    target = prepared_dir(account) / f"{_FILLED}{key}"
    with suppress(OSError):  # as when another run has put the same there meanwhile
        data.rename(target)
        os.utime(target)
    _trim(account)


def disk_bytes(directory: Path) -> int:
    """Bytes that a directory's files take on the disk."""
    total = 0
    for file in directory.rglob("*"):
        with suppress(FileNotFoundError):  # a dying server still removes its own
            total += file.lstat().st_blocks * 512
    return total


def _pristine(installation: Installation, account: Account, locale: str) -> Path:
    return prepared_dir(account) / f"initdb-{installation.version}-{identity(installation)}-{locale}"


def _follow(data: Path) -> None:
    """Tablespaces lie within the data directory; the links to them follow it."""
    for link in (data / "pg_tblspc").iterdir():
        inside = data / link.readlink().name
        link.unlink()
        link.symlink_to(inside)


def _trim(account: Account) -> None:
    kept, total = 0, 0
    for path in sorted(prepared_dir(account).glob(f"{_FILLED}*"), key=lambda path: -path.stat().st_mtime):
        kept, total = kept + 1, total + disk_bytes(path)
        if kept > MOST_KEPT or total > MOST_BYTES:
            shutil.rmtree(path, ignore_errors=True)
