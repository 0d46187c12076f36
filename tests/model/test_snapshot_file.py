"""The snapshot file: nothing is lost in it, a person can compare two, and a bad one is one clear sentence."""

import dataclasses
import io
import json
import math
import types
import typing
import zipfile
from collections.abc import Callable
from itertools import count
from typing import Any

import pytest

from dbadvisor.model import snapshot_file
from dbadvisor.model.index import IndexDefinition, IndexKey
from dbadvisor.model.names import Name
from dbadvisor.model.snapshot import Column, ColumnStatistics, Index, Server, Snapshot, Table
from dbadvisor.model.workload import Sample, Statement

ORDERS = Name("public", "orders")
HOSTILE = 'say "hi", it\'s\n\u2028\\u0000 größe \\'


def filled(hint: Any, numbers: "count[int]") -> Any:
    """A value of the annotated type in which no field has its default."""
    if hint is bool:
        return True
    if hint in (str, int, float):
        number = next(numbers)
        return f"{HOSTILE} {number}" if hint is str else number + 2**40 if hint is int else number + 0.1
    if typing.get_origin(hint) is types.UnionType:
        return filled(typing.get_args(hint)[0], numbers)
    if typing.get_origin(hint) is tuple:
        items = typing.get_args(hint)
        return tuple(filled(item, numbers) for item in ((items[0],) * 2 if items[-1] is Ellipsis else items))
    if hint is IndexKey:
        return IndexKey(expression="lower(a)", opclass="o", collation="c", descending=True, nulls_first=True)
    hints = typing.get_type_hints(hint)
    return hint(
        **{
            field.name: not field.default if hints[field.name] is bool else filled(hints[field.name], numbers)
            for field in dataclasses.fields(hint)
        }
    )


EVERYTHING: Snapshot = filled(Snapshot, count())


def small(**fields: Any) -> Snapshot:
    return Snapshot("2026-01-01T00:00:00+00:00", Server(150000, "15.0", "shop"), **fields)


def parts(content: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def rewritten(content: bytes, change: Callable[[dict[str, str]], object], *, signed: bool = False) -> bytes:
    """The file with its parts changed; `signed` as a forger would, with the manifest set right."""
    texts = parts(content)
    change(texts)
    if signed:
        texts["manifest.json"] = json.dumps(
            json.loads(texts["manifest.json"])
            | {"parts": {name: {"sha256": snapshot_file.digest(text.encode())} for name, text in texts.items()}}
        )
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in texts.items():
            archive.writestr(name, text)
    return file.getvalue()


def fields_within(record: Any) -> set[str]:
    return {field.name for field in dataclasses.fields(record)}


def test_every_field_of_everything_survives() -> None:
    for field in dataclasses.fields(Snapshot):
        assert getattr(EVERYTHING, field.name) != field.default
    assert repr(snapshot_file.unpack(snapshot_file.pack(EVERYTHING))) == repr(EVERYTHING)


def test_defaults_and_empty_lists_survive_too() -> None:
    for seen in (small(), small(schemas=(), search_path=()), small(tables=(Table(1, ORDERS, "r", ()),))):
        assert repr(snapshot_file.unpack(snapshot_file.pack(seen))) == repr(seen)


def test_numbers_that_json_has_no_word_for_survive() -> None:
    table = Table(1, ORDERS, "r", (), rows=math.inf)
    index = Index(2, Name("public", "i"), IndexDefinition(ORDERS, (IndexKey("a"),)), tuples=-math.inf)
    seen = small(tables=(table,), indexes=(index,), statements=(Statement("f", "x", "SELECT", total_ms=math.nan),))
    assert repr(snapshot_file.unpack(snapshot_file.pack(seen))) == repr(seen)


def test_the_same_snapshot_gives_the_same_bytes() -> None:
    content = snapshot_file.pack(EVERYTHING)
    assert content == snapshot_file.pack(snapshot_file.unpack(content))


def test_objects_of_one_name_do_not_lose_each_other() -> None:
    statistics = [ColumnStatistics(0.1, 4, n) for n in (1.0, 2.0)]
    twins = tuple(Column("a", n, "text", statistics=known) for n, known in enumerate(statistics))
    seen = small(tables=(Table(1, ORDERS, "r", twins), Table(2, ORDERS, "r", twins[:1])))
    assert snapshot_file.unpack(snapshot_file.pack(seen)) == seen


def test_parts_tell_what_changed() -> None:
    def seen(type_: str, rows: float, common: str) -> dict[str, str]:
        statistics = ColumnStatistics(0.1, 4, -0.5, most_common_vals=(common,), most_common_freqs=(0.5,))
        table = Table(1, ORDERS, "r", (Column("a", 1, type_, statistics=statistics),), rows=rows)
        statement = Statement("f", "select $1", "SELECT", calls=int(rows), samples=(Sample("t", common, "pg_stats"),))
        return parts(snapshot_file.pack(small(tables=(table,), statements=(statement,))))

    def differing(one: dict[str, str], other: dict[str, str]) -> set[str]:
        return {name for name in one if one[name] != other[name]} - {"manifest.json"}

    before = seen("text", 5.0, "secret")
    assert differing(before, seen("date", 5.0, "secret")) == {"columns.jsonl"}
    assert differing(before, seen("text", 6.0, "secret")) == {"table_counters.jsonl", "statement_counters.jsonl"}
    assert differing(before, seen("text", 5.0, "other")) == {"statistics.jsonl", "samples.jsonl"}
    assert {name for name, text in before.items() if "secret" in text} == {"statistics.jsonl", "samples.jsonl"}
    assert before["columns.jsonl"] == '{"of":"public.orders","name":"a","number":1,"type":"text"}\n'
    assert before["table_counters.jsonl"] == '{"of":"public.orders","rows":5.0}\n'


def test_what_stands_apart_are_fields_that_exist() -> None:
    assert {"of", "fingerprint"} & (fields_within(Table) | fields_within(Column) | fields_within(Index)) == set()
    tables = [
        json.loads(line) for line in parts(snapshot_file.pack(EVERYTHING))["table_counters.jsonl"].split("\n")[:-1]
    ]
    assert all({"rows", "pages", "blocks", "activity"} <= line.keys() for line in tables)
    texts = parts(snapshot_file.pack(EVERYTHING))
    assert {name for name, text in texts.items() if "most_common_vals" in text} == {
        "extended_statistics.jsonl",
        "index_statistics.jsonl",
        "statistics.jsonl",
    }


CONTENT = snapshot_file.pack(small(tables=(Table(1, ORDERS, "r", (Column("a", 1, "text"),)),)))
TABLES, COLUMNS = "tables.jsonl", "columns.jsonl"


def test_a_manifest_says_what_is_in_it() -> None:
    manifest = json.loads(parts(CONTENT)["manifest.json"])
    assert manifest["format"] == snapshot_file.FORMAT
    assert manifest["taken_at"] == "2026-01-01T00:00:00+00:00"
    assert manifest["parts"].keys() == parts(CONTENT).keys() - {"manifest.json"}
    assert manifest["parts"][TABLES]["lines"] == 1


@pytest.mark.parametrize(
    "content",
    [b"", b"nonsense", b"\x1f\x8b broken", CONTENT[: len(CONTENT) // 2], CONTENT[:-30], rewritten(CONTENT, dict.clear)],
)
def test_what_is_no_snapshot_is_a_value_error(content: bytes) -> None:
    with pytest.raises(ValueError, match="not a snapshot file"):
        snapshot_file.unpack(content)


def replaced(name: str, old: str, new: str) -> Callable[[dict[str, str]], None]:
    def change(texts: dict[str, str]) -> None:
        assert old in texts[name]
        texts[name] = texts[name].replace(old, new, 1)

    return change


@pytest.mark.parametrize(
    ("change", "signed", "said"),
    [
        (replaced("manifest.json", '"format": 1', '"format": 99'), False, "format 99, written by dbadvisor '"),
        (replaced("manifest.json", '"format": 1', '"format": "x"'), False, "names no format"),
        (replaced(TABLES, "orders", "others"), False, "not what its manifest says"),
        (lambda texts: texts.pop(TABLES), True, "parts are missing"),
        (lambda texts: texts.update({"../../etc/passwd": ""}), True, "there are others"),
        (replaced(COLUMNS, "public.orders", "public.nowhere"), True, "belongs to nothing"),
        (replaced(COLUMNS, '"number":1', '"number":"1; DROP"'), True, "'1; DROP' is not of type int"),
        (replaced(COLUMNS, '"number":1', '"number":true'), True, "True is not of type int"),
        (replaced(COLUMNS, '"type":"text"', '"type":["text"]'), True, "not of type str"),
        (replaced(COLUMNS, '"type":"text"', '"type":"a\\ud800"'), True, "no text"),
        (replaced(COLUMNS, '"type":"text"', '"type":"a\\u0000"'), True, "no text"),
        (replaced(COLUMNS, '"type":"text"', '"type":"text","secret\\n":1'), True, r"has no field 'secret\\n'"),
        (replaced(COLUMNS, '"type":"text"', '"type":"text"}{'), True, "delimiter"),
        (lambda texts: texts.update({COLUMNS: "[" * 100_000}), True, "not a snapshot file"),
        (lambda texts: texts.update({COLUMNS: "[]\n"}), True, "no objects"),
        (lambda texts: texts.update({"snapshot.json": "[]"}), True, "not a snapshot file"),
        (lambda texts: texts.update({"snapshot.json": '{"taken_at": "x"}'}), True, "missing"),
    ],
)
def test_a_damaged_or_forged_file_says_what_is_wrong(
    change: Callable[[dict[str, str]], object], signed: bool, said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        snapshot_file.unpack(rewritten(CONTENT, change, signed=signed))


def bomb(declared: int) -> bytes:
    """A megabyte of nothing in a part whose size the archive's directory gives as something else."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts(CONTENT).items():
            archive.writestr(name, bytes(1 << 20) if name == TABLES else text)
        archive.getinfo(TABLES).file_size = declared
    return file.getvalue()


@pytest.mark.parametrize(("declared", "said"), [(3 << 30, "more than 1024 MB unpacked"), (10, "Bad CRC-32")])
def test_a_bomb_is_refused_before_it_is_unpacked(declared: int, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        snapshot_file.unpack(bomb(declared))
