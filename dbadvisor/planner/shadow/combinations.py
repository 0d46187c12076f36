"""How many combinations of an index's keys there are, where unique indexes or CREATE STATISTICS tell."""

import math
from collections.abc import Sequence

from dbadvisor.model.catalog import Catalog
from dbadvisor.model.index import IndexDefinition
from dbadvisor.model.snapshot import Column, Table
from dbadvisor.planner.shadow import spread
from dbadvisor.planner.shadow.blobs import read_ndistinct
from dbadvisor.planner.shadow.repeats import Combinations


def combinations(catalog: Catalog, table: Table, definition: IndexDefinition, rows: float) -> Combinations:
    """By the positions of the keys."""
    positions = {key.column: at for at, key in enumerate(definition.keys) if key.column is not None}
    found: dict[frozenset[int], float] = {}
    for columns, count in _measured(catalog, table):
        if len(columns) > 1 and set(columns) <= positions.keys():
            found[frozenset(positions[column] for column in columns)] = min(rows, count)
    for columns in _unique(catalog, table):
        if set(columns) <= positions.keys():
            found[frozenset(positions[column] for column in columns)] = rows
    if definition.unique:
        found[frozenset(range(len(definition.keys)))] = rows
    return found


def combined(catalog: Catalog, table: Table, columns: Sequence[Column], rows: float) -> float:
    """How many combinations of some columns there are: as measured, or their product."""
    names = {column.name for column in columns}
    measured = [count for found, count in _measured(catalog, table) if set(found) == names]
    known = [column.statistics for column in columns if column.statistics]
    return min(rows, *measured, math.prod(max(1.0, spread.distinct(each, rows)) for each in known))


def _measured(catalog: Catalog, table: Table) -> list[tuple[Sequence[str], float]]:
    names = {column.number: column.name for column in table.columns}
    return [
        ([names[number] for number in numbers], count)
        for statistics in catalog.snapshot.extended_statistics
        if statistics.table in (table.name, catalog.root(table.name))
        for _, text, *_ in statistics.data
        if text and text.startswith("\\x")
        for numbers, count in read_ndistinct(bytes.fromhex(text[2:])).items()
        if names.keys() >= numbers
    ]


def _unique(catalog: Catalog, table: Table) -> list[Sequence[str]]:
    """Columns of unique indexes, whose NULLs are few enough not to matter."""
    return [
        definition.columns
        for name in {table.name, catalog.root(table.name)}
        for index in catalog.indexes_of(name)
        if (definition := index.definition).unique
        and index.valid
        and not definition.where
        and len(definition.columns) == len(definition.keys)
        and not any(_nullable(table, column) for column in definition.columns)
    ]


def _nullable(table: Table, name: str) -> bool:
    column = table.column(name)
    return column is None or (column.statistics is not None and column.statistics.null_frac > 0.01)
