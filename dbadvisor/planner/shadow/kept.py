"""Shadows of large schemas are kept on this machine: what takes a minute to build is opened in seconds.

A kept shadow is used again while nothing that building reads has changed: schema, statistics, sizes, settings, and
this code. It holds what the snapshot holds of the database, so also values out of its statistics.
"""

import hashlib
import json
import typing
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from operator import attrgetter
from pathlib import Path
from typing import Any

from dbadvisor.model import store
from dbadvisor.model.snapshot import Index, Server, Snapshot, Table

LEAST_RELATIONS = 2_000
"""Tables and indexes below which a shadow is not kept: it is built in some seconds."""

_UNREAD: dict[type[Any], frozenset[str]] = {
    Snapshot: frozenset(
        ("taken_at", "window", "statements", "sequences", "sessions", "horizons", "standbys", "gaps", "cost")
    ),
    Server: frozenset(("system_identifier", "pooled", "tls", "role", "powers", "writable_tables", "uptime_seconds")),
    Table: frozenset(("activity", "frozen_age", "multixact_age", "toast_pages")),
    Index: frozenset(("building", "scans", "tuples_read", "last_scan_age")),
}
"""Fields that building does not read, and that differ from run to run. A new field counts as read."""

_FILE = "shadow.json"


@dataclass(frozen=True, slots=True)
class Facts:
    """What building found out and the server cannot tell."""

    version: str
    """Of the server's programs."""
    caveats: tuple[str, ...]
    dropped: tuple[str, ...]
    missing_types: tuple[str, ...]
    missing_collations: tuple[str, ...]
    stand_ins: tuple[str, ...]


def write(facts: Facts, data: Path) -> Path:
    """Puts them beside the server's own files; returns the file."""
    file = data / _FILE
    file.write_text(json.dumps(store.to_json(facts)), encoding="utf-8")
    return file


def read(data: Path) -> Facts:
    """What `write` wrote. Raises OSError, or ValueError where it is something else."""
    try:
        return store.from_json(Facts, json.loads((data / _FILE).read_text(encoding="utf-8")))
    except RecursionError as error:
        raise ValueError(f"{_FILE} is not of this version") from error


def key(snapshot: Snapshot) -> str | None:
    """A digest of all that building reads; None for a schema that is too small to keep."""
    if len(snapshot.tables) + len(snapshot.indexes) < LEAST_RELATIONS:
        return None
    digest = hashlib.sha256(_code())

    def plain(value: Any) -> Any:
        """A record as its fields. Lists of texts, of which there may be millions, go straight into the digest."""
        if isinstance(value, frozenset):
            return sorted(value)
        others, texts = _fields(type(value))
        lists = texts(value)
        for each in lists:
            digest.update("\0".join([*each, ""]).encode() if each else b"")  # no text of PostgreSQL's holds a zero
        return [others(value), [None if each is None else len(each) for each in lists]]

    digest.update(json.dumps(snapshot, default=plain, separators=(",", ":")).encode())
    return digest.hexdigest()[:32]


_Getter = Callable[[Any], tuple[Any, ...]]
_getters: dict[type[Any], tuple[_Getter, _Getter]] = {}


def _fields(kind: type[Any]) -> tuple[_Getter, _Getter]:
    """How to get a record's fields, and apart from them those that are lists of texts."""
    if kind not in _getters:
        unread = _UNREAD.get(kind, frozenset())
        hints = {name: hint for name, hint in typing.get_type_hints(kind).items() if name not in unread}
        texts = [name for name, hint in hints.items() if hint in (tuple[str, ...], tuple[str, ...] | None)]
        _getters[kind] = _getter([name for name in hints if name not in texts]), _getter(texts)
    return _getters[kind]


def _getter(names: Sequence[str]) -> _Getter:
    if len(names) > 1:
        return attrgetter(*names)
    return lambda value: tuple(getattr(value, name) for name in names)


@cache
def _code() -> bytes:
    """Any change to how a shadow is built makes another one of it."""
    files = sorted(Path(__file__).parent.glob("*.py"))
    return hashlib.sha256(b"\0".join(file.read_bytes() for file in files)).digest()
