"""The JSON codec: frozen dataclasses to plain JSON and back, driven by their own annotations."""

import dataclasses
import enum
import gzip
import json
import types
import typing
from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar, cast

from dbadvisor.model import change as changes
from dbadvisor.model.snapshot import Snapshot

T = TypeVar("T")

_CHANGES: dict[str, type[Any]] = {
    cls.__name__: cls
    for cls in (
        changes.CreateIndex,
        changes.DropIndex,
        changes.CreateExtension,
        changes.AlterTable,
        changes.CreateStatistics,
        changes.SetParameter,
        changes.Maintenance,
    )
}


def to_json(value: Any) -> Any:
    """A value of the model as JSON's own types; fields that equal their default are left out."""
    if isinstance(value, enum.Enum):
        return value.name.lower()
    if dataclasses.is_dataclass(value):
        document = {
            field.name: to_json(item)
            for field in dataclasses.fields(value)
            if (item := getattr(value, field.name)) != _default(field)
        }
        return {"type": type(value).__name__, **document} if type(value).__name__ in _CHANGES else document
    if isinstance(value, (tuple, list, frozenset)):
        return [to_json(item) for item in value]
    if isinstance(value, dict):
        return {key: to_json(item) for key, item in value.items()}
    return value


def from_json(cls: type[T], document: Any) -> T:
    """The model's value that `to_json` wrote; raises ValueError when the document is something else."""
    try:
        hint: Any = cls
        return cast(T, _decoder(hint)(document))
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"not a stored {cls.__name__}: {error}") from error


def _default(field: "dataclasses.Field[Any]") -> Any:
    if field.default_factory is not dataclasses.MISSING:
        return field.default_factory()
    return field.default


def _make_decoder(hint: Any) -> Callable[[Any], Any]:
    origin: Any = typing.get_origin(hint)
    if hint is changes.Change:
        return lambda document: _decoder(_CHANGES[document["type"]])(document)
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        return lambda document: hint[document.upper()]
    record: Any = hint
    if dataclasses.is_dataclass(record):
        return _record_decoder(record)
    if origin in (types.UnionType, typing.Union):
        return _union_decoder(typing.get_args(hint))
    if origin is tuple:
        return _tuple_decoder(typing.get_args(hint))
    return lambda document: document


_decoder: Callable[[Any], Callable[[Any], Any]] = cache(_make_decoder)


def _record_decoder(cls: Any) -> Callable[[Any], Any]:
    hints = typing.get_type_hints(cls)
    names = [field.name for field in dataclasses.fields(cls)]

    def decode(document: Any) -> Any:
        return cls(**{name: _decoder(hints[name])(document[name]) for name in names if name in document})

    return decode


def _union_decoder(options: tuple[Any, ...]) -> Callable[[Any], Any]:
    inner = [option for option in options if option is not types.NoneType]
    if len(inner) > 1:  # float | int | str: JSON's own types
        return lambda document: document
    decode = _decoder(inner[0])
    return lambda document: None if document is None else decode(document)


def _tuple_decoder(items: tuple[Any, ...]) -> Callable[[Any], Any]:
    if len(items) == 2 and items[1] is Ellipsis:
        decode = _decoder(items[0])
        return lambda document: tuple(decode(item) for item in document)
    decoders = [_decoder(item) for item in items]
    return lambda document: tuple(decode(item) for decode, item in zip(decoders, document, strict=True))


_FORMAT = "dbadvisor snapshot 1"


def pack(snapshot: Snapshot) -> bytes:
    """A snapshot as a file's content: gzipped JSON, the same bytes for the same snapshot."""
    document = {"format": _FORMAT, "snapshot": to_json(snapshot)}
    text = json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return gzip.compress(text.encode(), mtime=0)


def unpack(content: bytes) -> Snapshot:
    """The snapshot that `pack` wrote; raises ValueError for anything else."""
    try:
        document = json.loads(gzip.decompress(content))
    except (OSError, EOFError, ValueError) as error:
        raise ValueError(f"not a snapshot file: {error}") from error
    if not isinstance(document, dict) or document.get("format") != _FORMAT:
        raise ValueError(f"not a snapshot of this version ({_FORMAT})")
    return from_json(Snapshot, document["snapshot"])
