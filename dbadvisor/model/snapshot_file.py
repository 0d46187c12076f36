"""The snapshot file: a zip archive of texts that `unzip -p`, `diff` and `jq` read as well as dbadvisor.

    manifest.json    format, the dbadvisor that wrote it, when it looked; lines, bytes and SHA-256 of every part
    snapshot.json    what there is one of: the server, the time window, what looking cost
    <field>.jsonl    every other field of Snapshot, an object a line, in the snapshot's own order

Some of a part's fields stand in a part of their own (`_APART`), so that a difference tells something: two
`columns.jsonl` differ when somebody changed a table, whatever ANALYZE has sampled since. Such a line names in
`of` what it belongs to. Fields that equal their default are left out. The parts are made from the dataclasses:
a new field of the model is in the file by itself. The same snapshot gives the same bytes.

What leaves the house with a file: names, types and definitions of the schema (with the texts of functions and
views), sizes and counters, settings that are no secret, statements without their literals. Values out of the
tables are in `statistics`, `index_statistics`, `extended_statistics` and `samples`, and may be in whatever
people wrote into definitions: defaults, partition bounds, predicates.

A file may come from anybody. Reading it writes nothing, names of the archive reach no path, sizes are bounded
before and while they are unpacked, and every value must be of the type its field has.
"""

import hashlib
import io
import json
import re
import typing
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Final

from dbadvisor import __version__
from dbadvisor.model import store
from dbadvisor.model.names import Name, quote
from dbadvisor.model.snapshot import Column, ColumnStatistics, Index, Snapshot

FORMAT: Final = 1
"""Raised by whoever changes what older readers would misread."""
MAX_BYTES: Final = 1 << 30
"""Of a file, and of its parts unpacked: a schema of 10,000 tables with statistics takes a third of it."""

_MANIFEST, _ONCE = "manifest.json", "snapshot.json"
_LEVEL = 1  # 5 times as fast as the default, and a tenth larger
_EPOCH = (1980, 1, 1, 0, 0, 0)
_NO_TEXT = re.compile(rb"(?<!\\)(?:\\\\)*\\u(?:[dD][89a-fA-F]|0000)")
"""Half characters and NUL, which no database holds as text and no file of ours spells out."""
_BROKEN = (
    *(zipfile.BadZipFile, zlib.error, OSError, EOFError, NotImplementedError, RuntimeError),
    *(LookupError, TypeError, OverflowError),
)
"""What the standard library raises on archives and texts that somebody damaged or made up."""


@dataclass(frozen=True, slots=True)
class _Apart:
    """Fields of a part's objects that have a part of their own."""

    name: str
    of: str
    fields: tuple[str, ...]
    each: bool = False
    """Whether the one field is a list, each item of which is a line."""


def _holding(record: Any, kind: type[Any]) -> tuple[str, ...]:
    """The fields of a record in whose type the kind occurs."""
    hints = typing.get_type_hints(record)
    return tuple(field.name for field in fields(record) if kind in _within(hints[field.name]))


def _within(hint: Any) -> Iterator[Any]:
    yield hint
    for inner in typing.get_args(hint):
        yield from _within(inner)


_APART: Final = (
    _Apart("columns", "tables", ("columns",), each=True),
    _Apart("statistics", "columns", (*_holding(Column, ColumnStatistics), "minimum", "maximum")),
    _Apart(
        "table_counters",
        "tables",
        ("rows", "pages", "blocks", "all_visible", "toast_pages", "frozen_age", "multixact_age", "activity"),
    ),
    _Apart("index_statistics", "indexes", _holding(Index, ColumnStatistics)),
    _Apart(
        "index_counters",
        "indexes",
        ("tuples", "pages", "blocks", "height", "gin", "scans", "tuples_read", "last_scan_age"),
    ),
    _Apart("samples", "statements", ("samples",), each=True),
    _Apart(
        "statement_counters",
        "statements",
        (
            *("calls", "total_ms", "rows", "min_ms", "max_ms", "stddev_ms", "plan_ms", "hit_blocks", "read_blocks"),
            *("dirtied_blocks", "temp_read_blocks", "temp_written_blocks", "wal_bytes", "io_ms", "jit_ms"),
        ),
    ),
)


def pack(snapshot: Snapshot) -> bytes:
    """A snapshot as a file's content, the same bytes for the same snapshot; ValueError when it is too big."""
    with store.many_objects():
        return _pack(snapshot)


def _pack(snapshot: Snapshot) -> bytes:
    lines: dict[str, list[Any]] = {name: store.to_json(getattr(snapshot, name)) for name in _many()}
    single = {field.name: getattr(snapshot, field.name) for field in fields(Snapshot) if field.name not in lines}
    once = {name: store.to_json(value) for name, value in single.items()}
    for apart in _APART:
        lines[apart.name] = list(_taken(apart, lines[apart.of]))
    texts = {f"{name}.jsonl": "".join(map(_line, found)).encode() for name, found in sorted(lines.items())}
    texts = {_ONCE: _indented(once), **texts}
    if sum(map(len, texts.values())) > MAX_BYTES:
        raise ValueError(f"the snapshot takes more than {MAX_BYTES >> 20} MB")
    return _archive({_MANIFEST: _indented(_manifest(snapshot, texts)), **texts})


def unpack(content: bytes) -> Snapshot:
    """The snapshot that `pack` wrote; raises ValueError for anything else, with what is wrong."""
    return _unpack(io.BytesIO(content))


def read(path: Path) -> Snapshot:
    """The snapshot in a file; raises ValueError for anything else, OSError when it cannot be read."""
    if path.stat().st_size > MAX_BYTES:
        raise ValueError(f"not a snapshot file: larger than {MAX_BYTES >> 20} MB")
    with path.open("rb") as file:
        return _unpack(file)


def part_names() -> tuple[str, ...]:
    """The names of all parts besides the manifest, in the archive's order."""
    return (_ONCE, *sorted(f"{name}.jsonl" for name in (*_many(), *(apart.name for apart in _APART))))


def digest(text: bytes) -> str:
    """How the manifest knows a part again."""
    return hashlib.sha256(text).hexdigest()


def _many() -> tuple[str, ...]:
    hints = typing.get_type_hints(Snapshot)
    return tuple(field.name for field in fields(Snapshot) if typing.get_origin(hints[field.name]) is tuple)


def _taken(apart: _Apart, parents: list[Any]) -> Iterator[dict[str, Any]]:
    """The lines of a part, taken out of the lines that they belong to."""
    for label, parent in zip(_labels(parents), parents, strict=True):
        found = {name: parent.pop(name) for name in apart.fields if name in parent}
        for line in found.get(apart.fields[0], []) if apart.each else [found] if found else []:
            yield {"of": label, **line}


def _given_back(apart: _Apart, parents: list[Any], lines: list[Any]) -> None:
    """The opposite of `_taken`. Raises ValueError for a line that belongs to nothing."""
    known = dict(zip(_labels(parents), parents, strict=True))
    if apart.each:
        for parent in parents:
            parent[apart.fields[0]] = []
    for line in lines:
        parent = known.get(line.pop("of"))
        if parent is None:
            raise ValueError("a line belongs to nothing")
        if apart.each:
            parent[apart.fields[0]].append(line)
        elif line.keys() <= set(apart.fields) and not line.keys() & parent.keys():
            parent.update(line)
        else:
            raise ValueError("a line holds other fields than its part")


def _labels(parents: list[Any]) -> Iterator[str]:
    """What people call each object, made different where two are called the same."""
    seen: Counter[str] = Counter()
    for parent in parents:
        label = _label(parent)
        seen[label] += 1
        yield label if seen[label] == 1 else f"{label} #{seen[label]}"


def _label(parent: Any) -> str:
    if "fingerprint" in parent:
        return str(parent["fingerprint"])
    name = parent["name"]
    if isinstance(name, dict):
        return str(Name(name["schema"], name["name"]))
    return f"{parent['of']}.{quote(name)}"


def _line(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")) + "\n"


def _indented(value: Any) -> bytes:
    return (json.dumps(value, ensure_ascii=False, allow_nan=False, indent=1) + "\n").encode()


def _manifest(snapshot: Snapshot, texts: dict[str, bytes]) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "dbadvisor": __version__,
        "taken_at": snapshot.taken_at,
        "parts": {
            name: {"lines": text.count(b"\n"), "bytes": len(text), "sha256": digest(text)}
            for name, text in texts.items()
        },
    }


def _archive(texts: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, text in texts.items():
            entry = zipfile.ZipInfo(name, _EPOCH)  # no time, owner or system of whoever wrote it
            entry.compress_type, entry.create_system, entry.external_attr = zipfile.ZIP_DEFLATED, 3, 0o644 << 16
            archive.writestr(entry, text, compresslevel=_LEVEL)
    return file.getvalue()


def _unpack(file: typing.IO[bytes]) -> Snapshot:
    try:
        with zipfile.ZipFile(file) as archive, store.many_objects():
            return _read(archive)
    except _BROKEN as error:
        raise ValueError(f"not a snapshot file: {error}") from error


def _read(archive: zipfile.ZipFile) -> Snapshot:
    entries = archive.infolist()
    if sum(entry.file_size for entry in entries) > MAX_BYTES:
        raise ValueError(f"it would take more than {MAX_BYTES >> 20} MB unpacked")
    if _MANIFEST not in archive.namelist():
        raise ValueError("not a snapshot file: no manifest.json in it")
    manifest = json.loads(_text(archive, _MANIFEST))
    _check_format(manifest)
    if sorted(archive.namelist()) != sorted((_MANIFEST, *part_names())):
        raise ValueError("parts are missing, or there are others than a snapshot's")
    once = json.loads(_checked(archive, manifest, _ONCE))
    lines = {name.removesuffix(".jsonl"): _parsed(archive, manifest, name) for name in part_names() if name != _ONCE}
    for apart in reversed(_APART):
        _given_back(apart, lines[apart.of], lines.pop(apart.name))
    return store.from_json(Snapshot, {**once, **lines}, strict=True)


def _check_format(manifest: Any) -> None:
    found = manifest["format"]
    if type(found) is not int:
        raise ValueError("not a snapshot file: its manifest names no format")
    if found != FORMAT:
        writer = f"{manifest.get('dbadvisor')!r:.30}"
        raise ValueError(f"it is of format {found}, written by dbadvisor {writer}; this one reads format {FORMAT}")


def _parsed(archive: zipfile.ZipFile, manifest: Any, name: str) -> list[Any]:
    text = _checked(archive, manifest, name).rstrip(b"\n")
    lines: list[Any] = json.loads(b"[%s]" % text.replace(b"\n", b","))  # at once: line by line takes twice as long
    if name.removesuffix(".jsonl") in _objects() and not all(type(line) is dict for line in lines):
        raise ValueError(f"{name} holds lines that are no objects")
    return lines


def _objects() -> Iterable[str]:
    """The parts whose lines are taken apart."""
    return {name for apart in _APART for name in (apart.name, apart.of)}


def _checked(archive: zipfile.ZipFile, manifest: Any, name: str) -> bytes:
    text = _text(archive, name)
    if digest(text) != manifest["parts"][name]["sha256"]:
        raise ValueError(f"{name} is not what its manifest says: the file was damaged or changed")
    return text


def _text(archive: zipfile.ZipFile, name: str) -> bytes:
    with archive.open(name) as stream:
        text = stream.read()  # no more than the size that was declared, which was checked
    if b"\\u" in text and _NO_TEXT.search(text):
        raise ValueError(f"{name} holds what is no text")
    return text
