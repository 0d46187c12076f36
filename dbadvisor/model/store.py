"""The JSON codec: frozen dataclasses to plain JSON and back, driven by their own annotations."""

import dataclasses
import enum
import gc
import math
import types
import typing
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, TypeVar, cast

from dbadvisor.model import change as changes

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
_NOT_FINITE = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}
"""Numbers that JSON has no word for, as PostgreSQL's own JSON spells them."""

_PLAIN = frozenset({str, int, bool})


def to_json(value: Any) -> Any:
    """A value of the model as JSON's own types; fields that equal their default are left out."""
    kind = type(value)
    if kind in _PLAIN or value is None:
        return value
    if kind is float:
        return value if math.isfinite(value) else next(k for k, v in _NOT_FINITE.items() if repr(v) == repr(value))
    if kind is tuple or kind is list or kind is frozenset:
        return list(value) if _are_plain(value) else [to_json(item) for item in value]
    if isinstance(value, enum.Enum):
        return value.name.lower()
    if isinstance(value, dict):
        return {key: to_json(item) for key, item in value.items()}
    if dataclasses.is_dataclass(value):
        return _record(value)
    raise TypeError(f"{kind.__name__} is no type of the model")


def _are_plain(values: Any) -> bool:
    """Whether all are JSON's own: most lists are, and statistics hold millions of values."""
    kinds = set(map(type, values))
    return kinds <= _PLAIN or (kinds == {float} and all(map(math.isfinite, values)))


def _record(value: Any) -> dict[str, Any]:
    document = {
        name: to_json(item) for name, default in _fields(value.__class__) if (item := getattr(value, name)) != default
    }
    name = type(value).__name__
    return {"type": name, **document} if name in _CHANGES else document


@cache
def _fields(cls: Any) -> tuple[tuple[str, Any], ...]:
    return tuple((field.name, _default(field)) for field in dataclasses.fields(cls))


def _default(field: "dataclasses.Field[Any]") -> Any:
    if field.default_factory is not dataclasses.MISSING:
        return field.default_factory()
    return field.default


@contextmanager
def many_objects() -> Iterator[None]:
    """No search for garbage among millions of new objects, none of which is any: it takes as long again."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def from_json(cls: type[T], document: Any, *, strict: bool = False) -> T:
    """The model's value that `to_json` wrote; raises ValueError when the document is something else.

    Every leaf must be of its field's type, as numbers may reach SQL texts. With `strict` a field that the
    class does not have is an error too: it would be lost in silence.
    """
    hint: Any = cls
    try:
        return cast(T, _decoder(hint, strict)(document))
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"not a stored {cls.__name__}: {error}") from error


def _make_decoder(hint: Any, strict: bool) -> Callable[[Any], Any]:
    if hint is changes.Change:
        return lambda document: _decoder(_CHANGES[document["type"]], strict)(document)
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        return lambda document: hint[document.upper()]
    record: Any = hint
    if dataclasses.is_dataclass(record):
        return _record_decoder(record, strict)
    origin: Any = typing.get_origin(hint)
    if origin in (types.UnionType, typing.Union):
        return _union_decoder(typing.get_args(hint), strict)
    if origin is tuple:
        return _tuple_decoder(typing.get_args(hint), strict)
    return _LEAVES.get(hint, lambda document: document)


_decoder: Callable[[Any, bool], Callable[[Any], Any]] = cache(_make_decoder)


def _exactly(kind: type[Any]) -> Callable[[Any], Any]:
    def decode(document: Any) -> Any:
        if type(document) is not kind:  # to Python True is an int, to a file's reader it is not
            raise TypeError(f"{_shown(document)} is not of type {kind.__name__}")
        return document

    return decode


def _number(document: Any) -> float:
    if type(document) is float or type(document) is int:
        return float(document)
    if type(document) is str and document in _NOT_FINITE:
        return _NOT_FINITE[document]
    raise TypeError(f"{_shown(document)} is no number")


def _shown(document: Any) -> str:
    text = repr(document)
    return text if len(text) <= 40 else f"{text[:40]}…"


_LEAVES: dict[Any, Callable[[Any], Any]] = {
    str: _exactly(str),
    int: _exactly(int),
    bool: _exactly(bool),
    float: _number,
}


def _record_decoder(cls: Any, strict: bool) -> Callable[[Any], Any]:
    hints = typing.get_type_hints(cls)
    names = {field.name for field in dataclasses.fields(cls)}
    known = {*names, "type"} if cls.__name__ in _CHANGES else names
    decoders: dict[str, Callable[[Any], Any]] = {}

    def decode(document: Any) -> Any:
        if type(document) is not dict:
            raise TypeError(f"{_shown(document)} is no {cls.__name__}")
        if strict and not known.issuperset(document):
            raise ValueError(f"{cls.__name__} has no field {_shown(min(document.keys() - known))}")
        if not decoders:  # made when first needed, as a record may hold its own kind
            decoders.update({name: _decoder(hints[name], strict) for name in names})
        return cls(**{name: decoders[name](value) for name, value in document.items() if name in names})

    return decode


def _union_decoder(options: tuple[Any, ...], strict: bool) -> Callable[[Any], Any]:
    inner = [option for option in options if option is not types.NoneType]
    if len(inner) > 1:  # float | int | str: JSON's own types
        return lambda document: document
    decode = _decoder(inner[0], strict)
    return lambda document: None if document is None else decode(document)


def _tuple_decoder(items: tuple[Any, ...], strict: bool) -> Callable[[Any], Any]:
    if len(items) != 2 or items[1] is not Ellipsis:
        decoders = [_decoder(item, strict) for item in items]
        return lambda document: tuple(decode(item) for decode, item in zip(decoders, _array(document), strict=True))
    decode = _decoder(items[0], strict)
    plain = frozenset({items[0]})

    def decode_all(document: Any) -> Any:
        if set(map(type, _array(document))) == plain:  # millions of statistics' values: checked at C's speed
            return tuple(document)
        return tuple(decode(item) for item in document)

    return decode_all


def _array(document: Any) -> list[Any]:
    if type(document) is not list:
        raise TypeError(f"{_shown(document)} is no list")
    return document
