"""Two rows a table, of its columns' smallest and largest values, so that indexes have ends.

Why: for a constant in the first or last bin of a histogram the planner reads the end of a B-tree that leads
with the column (get_actual_variable_range in utils/adt/selfuncs.c), and it only believes that a range is empty
after it has. Where production's true ends are not known, the statistics' own ends stand in for them.
"""

from collections.abc import Iterator

from dbadvisor.model.catalog import Catalog
from dbadvisor.model.names import Name, quote, quote_literal
from dbadvisor.model.snapshot import Column, ColumnStatistics, Snapshot
from dbadvisor.planner.shadow.ddl import Definition, Types

_FILLERS = (
    (("boolean",), "false"),
    (("smallint", "integer", "bigint", "numeric", "real", "double precision", "money", "oid"), "0"),
    (("date", "timestamp without time zone", "timestamp with time zone"), "2000-01-01"),
    (("time without time zone", "time with time zone", "interval"), "00:00"),
    (("uuid",), "00000000-0000-0000-0000-000000000000"),
    (("json", "jsonb"), "{}"),
    (("inet", "cidr"), "127.0.0.1"),
    (("int4range", "int8range", "numrange", "tsrange", "tstzrange", "daterange"), "empty"),
)
"""A value for NOT NULL columns of which nothing is known. For any other type the empty string is tried."""


def seeds(snapshot: Snapshot, types: Types) -> Iterator[Definition]:
    """An INSERT for every table with an index end that the planner would read."""
    catalog = Catalog(snapshot)
    for table in snapshot.tables:
        leading = _leading(catalog, table.name)
        ended = [column for column in table.columns if column.name in leading and _has_ends(column)]
        if table.kind == "p" or not ended:
            continue
        filled = [column for column in table.columns if column.not_null and column not in ended]
        names = ", ".join(quote(column.name) for column in ended + filled)
        rows = [
            [_end(column, types, largest) for column in ended] + [_filler(column, types, largest) for column in filled]
            for largest in (False, True)
        ]
        values = ", ".join(f"({', '.join(row)})" for row in rows)
        yield Definition(f"index ends of {table.name}", f"INSERT INTO {table.name} ({names}) VALUES {values}")


def _leading(catalog: Catalog, table: Name) -> frozenset[str]:
    indexes = (index.definition for index in catalog.indexes_of(table) if index.valid)
    return frozenset(
        index.keys[0].column
        for index in indexes
        if index.method == "btree" and index.where is None and index.keys[0].column is not None
    )


def _has_ends(column: Column) -> bool:
    known = column.minimum is not None and column.maximum is not None
    return known or bool(column.statistics and column.statistics.histogram_bounds)


def _end(column: Column, types: Types, largest: bool) -> str:
    """The end as an expression. A most common value may lie beyond the histogram; only the server can order them."""
    known = column.maximum if largest else column.minimum
    if known is not None:
        return _typed(known, column, types)
    bounds = (column.statistics.histogram_bounds if column.statistics else None) or ()
    bound = bounds[-1 if largest else 0]
    values = ", ".join(f"({_typed(value, column, types)})" for value in (bound, *_most_common(column.statistics)))
    return f"(SELECT x FROM (VALUES {values}) v(x) ORDER BY x {'DESC' if largest else 'ASC'} LIMIT 1)"


def _most_common(statistics: ColumnStatistics | None) -> tuple[str, ...]:
    return (statistics.most_common_vals or ()) if statistics else ()


def _typed(value: str, column: Column, types: Types) -> str:
    return f"{quote_literal(value)}::{types.column(column)}"


def _filler(column: Column, types: Types, largest: bool) -> str:
    statistics = column.statistics
    seen = ((statistics.histogram_bounds or ()) if statistics else ()) or _most_common(statistics)
    if seen:
        return _typed(seen[-1 if largest else 0], column, types)
    return _typed(stand_in(column), column, types)


def stand_in(column: Column) -> str:
    """The text of some value that the column's type reads."""
    if column.type.endswith("[]"):
        return "{}"
    return next((value for known_types, value in _FILLERS if column.base_type in known_types), "")
