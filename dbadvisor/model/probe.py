"""Statements of our own that the server plans during a look, so that the shadow's plans can be held against its own.

A probe keeps no constant: the statement is made anew from the column's statistics when it is compared, so that a
snapshot whose values were replaced asks what its values say. Nor does the plan that is kept hold conditions.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from dbadvisor.model.index import IndexDefinition, IndexKey
from dbadvisor.model.names import Name, quote, quote_literal
from dbadvisor.model.plan import Node, Plan
from dbadvisor.model.snapshot import Column, Index, Table

COLUMNS: Final = 2
"""Columns of a table that statements are made about: the first ones with statistics."""
_ON_A_LEAF: Final = 2
"""Blocks of a B-tree whose root can only be a leaf: the metapage and one more."""
_PATTERNS: Final = ("text_pattern_ops", "varchar_pattern_ops", "bpchar_pattern_ops")
_KEPT: Final = frozenset(
    "Node Type|Parent Relationship|Strategy|Partial Mode|Join Type|Scan Direction|Schema|Relation Name|Index Name"
    "|Startup Cost|Total Cost|Plan Rows|Plan Width|Workers Planned".split("|")
)
"""What of a plan's node is kept: figures and names."""

SETTINGS: Final = {
    "search_path": "pg_catalog",
    "datestyle": "ISO, YMD",
    "intervalstyle": "postgres",
    "timezone": "UTC",
    "max_parallel_workers_per_gather": "0",
}
"""Settings that statistics' texts are written in, and under which every probe is planned."""
INDEXES_ONLY: Final = {
    **SETTINGS,
    **dict.fromkeys(("enable_indexscan", "enable_indexonlyscan"), "on"),
    **dict.fromkeys(("enable_seqscan", "enable_bitmapscan", "enable_sort", "enable_incremental_sort"), "off"),
    "constraint_exclusion": "off",
    "cpu_operator_cost": "1",  # costs are printed with two decimals, and this makes them whole numbers
}
"""Settings under which rows in order can only come from an index."""

ORDERS: Final = "orders"
"""The kind of probe that reads every B-tree of a table in its own order: heights are learned from it as well."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A probe's statement before it is planned."""

    kind: str
    column: str | None
    sql: str

    @property
    def settings(self) -> Mapping[str, str]:
        """The planner settings that it is planned under."""
        return INDEXES_ONLY if self.kind == ORDERS else SETTINGS


def statements(table: Table) -> Iterator[Asked]:
    """What is asked about a table's rows: all of them, and some by a column's constants, as its statistics tell.

    Only columns of the server's own types, so that no operator or input function of the users' is met.
    """
    relation = f"ONLY {table.name}"
    yield Asked("whole", None, f"SELECT * FROM {relation}")
    for column in _columns(table):
        name = quote(column.name)
        yield Asked("groups", column.name, f"SELECT {name} FROM {relation} GROUP BY {name}")
        for kind, condition in _conditions(column):
            yield Asked(kind, column.name, f"SELECT {name} FROM {relation} WHERE {condition}")


def _columns(table: Table) -> list[Column]:
    known = (
        column
        for column in table.columns
        if "." not in column.type  # under search_path = pg_catalog only others' types are qualified
        and column.statistics
        and not column.statistics.inherited
        and (column.statistics.most_common_vals or column.statistics.histogram_bounds)
    )
    return list(known)[:COLUMNS]


def _conditions(column: Column) -> Iterator[tuple[str, str]]:
    known = column.statistics
    assert known is not None
    name, common, bounds = quote(column.name), known.most_common_vals, known.histogram_bounds
    if common:
        yield "common", f"{name} = {_constant(common[0], column)}"
    if bounds and len(bounds) > 2:
        low, high = bounds[len(bounds) // 3], bounds[2 * len(bounds) // 3]
        yield "range", f"{name} > {_constant(low, column)} AND {name} < {_constant(high, column)}"
        yield "end", f"{name} >= {_constant(bounds[-1], column)}"
    if known.null_frac > 0:
        yield "null", f"{name} IS NULL"


def _constant(value: str, column: Column) -> str:
    return f"{quote_literal(value)}::{column.type}"


def orders(table: Name, indexes: Iterable[IndexDefinition]) -> Asked:
    """How each B-tree would be read whole and in its own order."""
    parts = (
        f"(SELECT FROM ONLY {table}{f' WHERE {index.where}' if index.where else ''}"
        f" ORDER BY {', '.join(map(_order, index.keys))})"
        for index in indexes
    )
    return Asked(ORDERS, None, " UNION ALL ".join(parts))


def has_levels(definition: IndexDefinition, blocks: int, *, valid: bool) -> bool:
    """Whether the index may be more than a leaf, and ORDER BY can name its order.

    That is one of plain columns, by default operators or those of patterns.
    """
    return (
        valid
        and blocks > _ON_A_LEAF
        and definition.method == "btree"
        and all(key.column is not None and (key.opclass is None or key.opclass in _PATTERNS) for key in definition.keys)
    )


def _order(key: IndexKey) -> str:
    way = " DESC" if key.descending else ""
    if key.opclass:
        way = f" USING OPERATOR(pg_catalog.{'~>~' if key.descending else '~<~'})"
    collation = f" COLLATE {key.collation}" if key.collation else ""
    return f"{key.subject}{collation}{way} NULLS {'FIRST' if key.nulls_first else 'LAST'}"


def outline(document: Any) -> str:
    """A plan's figures and names, as JSON text: EXPLAIN's document without conditions."""
    return json.dumps([{"Plan": _outlined(document[0]["Plan"])}], separators=(",", ":"))


def _outlined(node: Mapping[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in node.items() if key in _KEPT}
    below = [_outlined(child) for child in node.get("Plans", ())]
    return kept | ({"Plans": below} if below else {})


def outlined(plan: Plan) -> Plan:
    """The plan as a kept one is: without conditions."""
    return replace(plan, root=_bare(plan.root))


def _bare(node: Node) -> Node:
    kept = {key: value for key, value in node.raw.items() if key in _KEPT}
    return replace(node, raw=kept, children=tuple(map(_bare, node.children)))


def asked_of(table: Table, indexes: Iterable[Index]) -> dict[tuple[str, str | None], Asked]:
    """Every statement that may have been asked about the table, by kind and column."""
    high = [each.definition for each in indexes if has_levels(each.definition, each.size_blocks, valid=each.valid)]
    made = [*statements(table), *([orders(table.name, high)] if high else [])]
    return {(each.kind, each.column): each for each in made}
