"""The stored list of most common combinations of an extended statistics object, value by value.

Layout: statext_mcv_serialize in statistics/mcv.c of the server's sources. Every dimension's values are sorted and
items name them by position, so that an order-preserving map changes the values alone.
"""

import struct
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta

from dbadvisor.redaction.scales import Kind

_DIMENSION = struct.Struct("<iiii?xxx")  # values, bytes, aligned bytes, length of the type, whether by value
_WHOLE = {2: "<h", 4: "<i", 8: "<q"}
"""By the size that is stored: of an expression the exact type is not known."""
_FORMATS = {"real": "<f", "double precision": "<d"}
_EPOCH = datetime(2000, 1, 1)

Image = Callable[[str], str | None]


class Opaque(Exception):
    """A dimension's type is not one that can be written anew."""


def mapped(stored: bytes, kinds: Sequence[Kind | None], images: Sequence[Image]) -> bytes:
    """The list with the image of every value; raises Opaque."""
    (count,) = struct.unpack_from("<h", stored, 12)
    if count != len(kinds):
        raise Opaque
    at = 14 + 4 * count
    start = at + _DIMENSION.size * count
    header, parts = bytearray(stored[:at]), []
    for place, (kind, image) in enumerate(zip(kinds, images, strict=True)):
        values, size, aligned, length, by_value = _DIMENSION.unpack_from(stored, at + _DIMENSION.size * place)
        data = stored[start : start + size]
        start += size
        if kind is None:
            raise Opaque
        new = _dimension(data, values, length, kind, image)
        if length == -1:
            aligned = sum((4 + len(each) + 7) // 8 * 8 for each in new)
            data = b"".join(struct.pack("<I", len(each)) + each for each in new)
        else:
            data = b"".join(new)
        header += _DIMENSION.pack(values, len(data), aligned, length, by_value)
        parts.append(data)
    return bytes(header) + b"".join(parts) + stored[start:]


def _dimension(data: bytes, values: int, length: int, kind: Kind, image: Image) -> list[bytes]:
    if length == -1:
        return [_text(each, kind, image) for each in _varying(data)]
    size = len(data) // values if values else 0
    return [_fixed(data[at : at + size], kind, image) for at in range(0, len(data), size or 1)]


def _varying(data: bytes) -> list[bytes]:
    found, at = [], 0
    while at < len(data):
        (size,) = struct.unpack_from("<I", data, at)
        found.append(data[at + 4 : at + 4 + size])
        at += 4 + size
    return found


def _text(data: bytes, kind: Kind, image: Image) -> bytes:
    if kind.is_array or kind.scale is None or kind.scale.group != "text" or kind.name != "scale":
        raise Opaque
    return _known(image(data.decode())).encode()


def _fixed(data: bytes, kind: Kind, image: Image) -> bytes:
    """Enums are stored as numbers of their labels, which tell nothing; booleans stay."""
    if kind.name in ("enum", "boolean") and not kind.is_array:
        return data
    if kind.name != "scale" or kind.is_array or kind.scale is None:
        raise Opaque
    if kind.type in ("smallint", "integer", "bigint"):
        return _number(_WHOLE[len(data)], data, image)
    if kind.type in _FORMATS:
        return _number(_FORMATS[kind.type], data, image)
    if kind.scale.group == "date":
        text = (date(2000, 1, 1) + timedelta(days=struct.unpack("<i", data)[0])).isoformat()
        return struct.pack("<i", (date.fromisoformat(_known(image(text))) - date(2000, 1, 1)).days)
    if kind.scale.group == "moment":
        moment = _EPOCH + timedelta(microseconds=struct.unpack("<q", data)[0])
        new = datetime.fromisoformat(_known(image(f"{moment.isoformat(' ')}+00")).removesuffix("+00")) - _EPOCH
        return struct.pack("<q", new // timedelta(microseconds=1))
    raise Opaque


def _number(form: str, data: bytes, image: Image) -> bytes:
    try:
        (number,) = struct.unpack(form, data)
        found = _known(image(repr(number)))
        return struct.pack(form, float(found) if isinstance(number, float) else int(found))
    except struct.error as error:  # the image of an expression's value may be too large for what is stored
        raise Opaque from error


def _known(image: str | None) -> str:
    if image is None:
        raise Opaque
    return image
