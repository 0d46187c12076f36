"""What one entry of an index costs the writes, in WAL and in time, by access method and width.

Measured with benchmarks/write_costs.py: 20,000 rows into 200,000, no full page images. A B-tree's record is 48 bytes
and its tuple (heapam's and nbtree's WAL records: 24 of header, 20 of the block's reference, 4 of data's headers), and
splits write each page's half once more, which in a steady state is as much as the index grows by; keys that come in
order split off nearly nothing. GIN writes every key of a row, BRIN nothing for most rows. The time follows the WAL:
50 ns a byte for B-trees of numbers, texts and both, narrow and wide.

Full page images come on top: up to a page an entry and checkpoint where the keys come at random over a large index.
They depend on the checkpoints, and are left out.
"""

import json
from collections.abc import Iterator

from dbadvisor.advisor.indexable import base_type, expression_columns
from dbadvisor.model.catalog import Catalog
from dbadvisor.model.index import IndexDefinition, IndexKey
from dbadvisor.model.snapshot import Column, Table

MS_PER_BYTE = 5e-5
"""Milliseconds for a byte of WAL that an entry writes: what finding the place and writing takes goes with it."""
LEAST_MS = {"gist": 0.02, "spgist": 0.01}
"""Milliseconds for an entry at least, whatever it writes: these ask many pages and functions for its place."""
SUMMARY_MS = 0.0005
"""The same for the other methods: a row that only is looked at, as BRIN does."""
DEAD_MS = 0.001
"""Milliseconds in which VACUUM removes a dead entry, where it comes when a fifth of the rows are dead."""

_RECORD = 48
_HASH = 72
"""Bytes of WAL for an entry of a hash index, whatever its key."""
_GIN_ROW = 70
"""Bytes of WAL for a row's own record in the list of pending keys."""
_GIN_KEY, _GIN_SHARED_KEY = 60, 45
"""Bytes of WAL for each key of a row, into the list of pending ones and from there into the index. Less where rows
that wait together share keys, as the names in jsonb documents. Of trigrams it was measured 28 to 70, by how many rows
wait together and how long the lists of rows have become."""
_GIN_DEAD_KEY = 10
_TREE, _TREE_GROWTH = 108, 1.2
"""Bytes of WAL for an entry of GiST or SP-GiST, and times what the index grows by: measured 106 to 305 a row."""
_DEAD_SHARE = 0.2
"""autovacuum_vacuum_scale_factor's default: VACUUM comes when so many rows are dead."""
_PAGE = 8192 * 0.9
_KEYS = 10.0
"""Keys of a value whose statistics tell none."""
_LEXEME = 15.0
"""Bytes of a text search vector for each of its words."""
_LOOKED_AT = 20
"""Documents of the statistics whose keys are counted."""
_UNKNOWN_WIDTH = 16
_ALIGNMENT = {"c": 1, "s": 2, "i": 4, "d": 8}


def entry_ms(definition: IndexDefinition, wal: float) -> float:
    """Milliseconds for one entry that writes so many bytes of WAL."""
    return max(LEAST_MS.get(definition.method, SUMMARY_MS), MS_PER_BYTE * wal)


def entry_wal(catalog: Catalog, definition: IndexDefinition, row_bytes: float | None = None) -> float:
    """Bytes of WAL for one entry. `row_bytes` are what the index takes for a row once built, where that is known."""
    table = catalog.tables[definition.table]
    if definition.method == "brin":
        return 0.0
    if definition.method == "hash":
        return _HASH
    if definition.method == "gin":
        return _GIN_ROW + sum(_gin_key(table, key) * _keys_of(table, key) for key in definition.keys)
    tuple_ = tuple_bytes(table, definition)
    grown = tuple_ + 4 if row_bytes is None else row_bytes
    if definition.method != "btree":
        return _TREE + _TREE_GROWTH * grown
    return _RECORD + tuple_ + grown * (1 - _order(table, definition.keys[0]) ** 2)


def dead_wal(catalog: Catalog, definition: IndexDefinition, row_bytes: float | None = None) -> float:
    """Bytes of WAL that removing a dead entry takes: two, and its share of the page's record."""
    table = catalog.tables[definition.table]
    if definition.method == "brin":
        return 0.0
    if definition.method == "gin":
        return _GIN_DEAD_KEY * sum(_keys_of(table, key) for key in definition.keys)
    grown = row_bytes or tuple_bytes(table, definition) + 4
    return 2 + 60 / max(1.0, _DEAD_SHARE * _PAGE / grown)


def tuple_bytes(table: Table, definition: IndexDefinition) -> float:
    """Bytes of a tuple of the index, as index_form_tuple makes it of mean values, without NULLs."""
    columns = [table.column(key.column) if key.column else None for key in definition.keys]
    columns += [table.column(name) for name in definition.include]
    expressions = [_expression_width(table, key) for key in definition.keys if key.expression]
    offset = sum(expressions)
    for column in columns:
        if column is not None:
            align = _ALIGNMENT.get(column.typalign, 8) if column.typlen > 0 else 1
            offset = -(-offset // align) * align + _width(column)
    return 8 + -(-offset // 8) * 8


def _width(column: Column) -> float:
    if column.typlen > 0:
        return column.typlen
    return column.statistics.avg_width if column.statistics else _UNKNOWN_WIDTH


def _expression_width(table: Table, key: IndexKey) -> float:
    names = expression_columns(table, key.expression)
    return sum(_width(column) for name in names if (column := table.column(name))) or _UNKNOWN_WIDTH


def _order(table: Table, key: IndexKey) -> float:
    """How far new rows come in the order of the key, 0 to 1: as the rows lie."""
    column = table.column(key.column) if key.column else None
    return abs(column.statistics.correlation or 0.0) if column and column.statistics else 0.0


def _gin_key(table: Table, key: IndexKey) -> float:
    return _GIN_SHARED_KEY if _trigrams(key) or _named_keys(table, key) else _GIN_KEY


def _trigrams(key: IndexKey) -> bool:
    return "trgm" in (key.opclass or "")


def _named_keys(table: Table, key: IndexKey) -> bool:
    """Whether it is jsonb's default operator class, which keeps the names in a document as keys, too."""
    column = table.column(key.column) if key.column else None
    return column is not None and base_type(column) == "jsonb" and "path" not in (key.opclass or "")


def _keys_of(table: Table, key: IndexKey) -> float:
    """Keys of GIN that a row's value has."""
    column = table.column(key.column) if key.column else None
    statistics = column.statistics if column else None
    if column is None or statistics is None:
        return _KEYS
    if _trigrams(key):
        return max(1.0, statistics.avg_width)
    if counts := statistics.elem_count_histogram:
        return max(1.0, counts[-1])
    if base_type(column) == "tsvector":
        return max(1.0, statistics.avg_width / _LEXEME)
    documents = (*(statistics.histogram_bounds or ()), *(statistics.most_common_vals or ()))[:_LOOKED_AT]
    known = [_json_keys(text, names=_named_keys(table, key)) for text in documents]
    return sum(known) / len(known) if known and base_type(column) == "jsonb" else _KEYS


def _json_keys(text: str, *, names: bool) -> int:
    """Different keys of a document: its values with their paths, or values and names apart."""
    try:
        return max(1, len(set(_json_walk(json.loads(text), "", names=names))))
    except (ValueError, RecursionError):
        return 1


def _json_walk(value: object, path: str, *, names: bool) -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            if names:
                yield f"name {name}"
            yield from _json_walk(inner, "" if names else f"{path}/{name}", names=names)
    elif isinstance(value, list):
        for inner in value:
            yield from _json_walk(inner, path, names=names)
    else:
        yield f"value {path} {value!r}"
