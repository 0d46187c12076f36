"""Which database is meant: the argument, else DATABASE_URL, else libpq's own environment."""

import os
from pathlib import Path

from dbadvisor.errors import UsageError

SNAPSHOT_SUFFIX, ANSWERS_SUFFIX = ".dbsnap", ".jsonl"
_LIBPQ = ("PGHOST", "PGHOSTADDR", "PGSERVICE", "PGDATABASE", "PGPORT", "PGUSER")


def resolve(argument: str | None) -> str | Path:
    """A connection string for libpq, or the path of a snapshot or of answers to its script; else raises UsageError."""
    text = argument or os.environ.get("DATABASE_URL")
    if not text:
        if any(name in os.environ for name in _LIBPQ):
            return ""
        raise UsageError(
            "no database given",
            "Name it: dbadvisor analyze postgresql://user@host/db (or set DATABASE_URL, PGSERVICE or PGHOST).",
        )
    if text.endswith((SNAPSHOT_SUFFIX, ANSWERS_SUFFIX)) and "://" not in text:
        path = Path(text)
        if not path.is_file():
            kind = "snapshot file" if path.suffix == SNAPSHOT_SUFFIX else "file of answers"
            raise UsageError(f"{text}: no such {kind}", "Make one with dbadvisor snapshot.")
        return path
    if "://" not in text and "=" not in text:
        return _service_or_file(text)
    return text


def check_snapshot_name(path: Path) -> None:
    """Raises UsageError for a file to write that would not be known as a snapshot again."""
    if path.suffix != SNAPSHOT_SUFFIX:
        raise UsageError(f"{path} does not end in {SNAPSHOT_SUFFIX}", f"Call it {path.stem}{SNAPSHOT_SUFFIX}.")


def _service_or_file(word: str) -> str:
    if "/" in word or Path(word).exists():
        raise UsageError(
            f"{word} is neither a connection string nor a {SNAPSHOT_SUFFIX} file",
            "Give a postgresql:// URL, a libpq service name or a snapshot file.",
        )
    return f"service={word}"
