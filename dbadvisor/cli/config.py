"""Defaults from files: dbadvisor.toml, else [tool.dbadvisor] of pyproject.toml, in the working folder.

A flag beats the environment (DBADVISOR_*), which beats these. Keys are the flags' names:

    [analyze]
    fail-on = "critical"
    budget = "10%"
"""

import tomllib
from pathlib import Path
from typing import Any

from dbadvisor.errors import UsageError


def defaults_from_files(folder: Path | None = None) -> dict[str, Any]:
    """Click's default map: command → parameter → value; empty where no file says anything."""
    folder = folder or Path.cwd()
    own = folder / "dbadvisor.toml"
    if own.is_file():
        return _by_parameter(_read(own))
    project = folder / "pyproject.toml"
    if project.is_file():
        return _by_parameter(_read(project).get("tool", {}).get("dbadvisor", {}))
    return {}


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"{path.name} cannot be read: {error}", "Mend the file, or run in another folder.") from None


def _by_parameter(commands: dict[str, Any]) -> dict[str, Any]:
    return {
        command: {key.replace("-", "_"): value for key, value in flags.items()}
        for command, flags in commands.items()
        if isinstance(flags, dict)
    }
