"""Which share of a table's rows a partial index holds, by the statistics of its predicate's columns."""

from dbadvisor.model.catalog import Catalog
from dbadvisor.model.index import IndexDefinition
from dbadvisor.model.snapshot import Column, Table
from dbadvisor.sqltext.predicates import shape
from dbadvisor.sqltext.shape import Op, Predicate


def held_share(catalog: Catalog, definition: IndexDefinition) -> float:
    """The share of the rows that satisfy the index's predicate, 0 to 1; what cannot be told counts as all of them.

    Of several conditions the strictest counts alone: they may go together.
    """
    table = catalog.tables.get(definition.table)
    if definition.where is None or table is None:
        return 1.0
    shares = [_share(table, predicate) for predicate in _conditions(catalog, definition)]
    return min((share for share in shares if share is not None), default=1.0)


def _conditions(catalog: Catalog, definition: IndexDefinition) -> tuple[Predicate, ...]:
    found = shape(f"SELECT 1 FROM {definition.table} WHERE {definition.where}", catalog)
    return tuple(predicate for use in found.uses for predicate in use.conjuncts)


def _share(table: Table, predicate: Predicate) -> float | None:
    column = table.column(predicate.column) if predicate.column else None
    if column is None or column.statistics is None:
        return None
    return _of_column(column, predicate)


def _of_column(column: Column, predicate: Predicate) -> float | None:
    statistics = column.statistics
    assert statistics is not None
    present = 1 - statistics.null_frac
    match predicate.op:
        case Op.IS_NULL:
            return statistics.null_frac
        case Op.IS_NOT_NULL:
            return present
        case Op.TRUE:
            return _of_value(column, "t")
        case Op.FALSE:
            return _of_value(column, "f")
        case Op.EQ if predicate.constant:
            return _of_value(column, _plain(predicate.value))
        case Op.NOT_EQ if predicate.constant:
            return max(0.0, present - _of_value(column, _plain(predicate.value)))
    return None


def _of_value(column: Column, value: str) -> float:
    """A common value's frequency; another one's as the planner has it: what is left, by the values that are left."""
    statistics = column.statistics
    assert statistics is not None
    frequencies = dict(zip(statistics.most_common_vals or (), statistics.most_common_freqs or (), strict=False))
    if value in frequencies:
        return frequencies[value]
    others = statistics.n_distinct - len(frequencies) if statistics.n_distinct > 0 else float("inf")
    return max(0.0, 1 - statistics.null_frac - sum(frequencies.values())) / max(1.0, others)


def _plain(value: str | None) -> str:
    return (value or "").partition("::")[0].strip("'")
