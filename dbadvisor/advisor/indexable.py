"""What may become an index at all: tables, columns and expressions, judged from the catalog."""

import re

from dbadvisor.model.catalog import Catalog
from dbadvisor.model.names import Name
from dbadvisor.model.snapshot import Column, Table

MIN_BLOCKS = 100
"""Heap blocks (800 kB) below which an index is not worth having: reading all of it takes about a millisecond."""

MAX_KEY_WIDTH = 250
"""Mean bytes of a key column. A B-tree entry is limited to a third of a page (2,704 bytes), and wide keys
make indexes as large as their tables; a mean of 250 keeps well clear of both."""

BTREE_TYPES = frozenset(
    (
        *("smallint", "integer", "bigint", "numeric", "real", "double precision", "money", "oid", "boolean"),
        *("text", "character varying", "character", "bpchar", '"char"', "name", "uuid", "bytea"),
        *("date", "timestamp without time zone", "timestamp with time zone", "interval"),
        *("time without time zone", "time with time zone"),
        *("inet", "cidr", "macaddr", "macaddr8", "bit", "bit varying"),
    )
)
"""Types of pg_catalog with a default B-tree operator class that is of use for look-ups. jsonb and arrays have
one, too, but statements ask them other questions."""

TEXT_TYPES = frozenset(("text", "character varying", "character", "bpchar"))

_ZONED = frozenset(("timestamp with time zone", "time with time zone"))

# Built-in functions that are IMMUTABLE in every form a statement is likely to use (pg_proc.provolatile = 'i').
# date_trunc, date_part and extract are so for timestamps without time zone only; columns with one are refused below.
_IMMUTABLE = frozenset(
    """
    abs array_length btrim cardinality ceil ceiling char_length character_length coalesce date date_part date_trunc
    decode div encode extract floor greatest hashtext initcap json_extract_path_text jsonb_array_length
    jsonb_extract_path jsonb_extract_path_text jsonb_typeof least left length lower lpad ltrim md5 mod nullif
    octet_length position regexp_replace repeat replace reverse right round rpad rtrim sign split_part starts_with
    strpos substr substring timezone to_tsvector translate trim trunc upper
    """.split()
)
_CALL = re.compile(r'"?([A-Za-z_][\w$]*)"?\s*\(')
_WORD = re.compile(r'"([^"]+)"|([A-Za-z_][\w$]*)')
_AT_ZONE = re.compile(r"at time zone|timezone\(", re.IGNORECASE)
# Words that stand before a parenthesis without being functions.
_WORDS = frozenset(
    ("and", "or", "not", "in", "is", "case", "when", "then", "else", "cast", "numeric", "varchar", "char")
)


def table_may(catalog: Catalog, name: Name, *, min_blocks: int = MIN_BLOCKS) -> bool:
    """Whether new indexes on the table are worth thinking of: permanent, local, not tiny."""
    table = catalog.tables.get(name)
    if table is None or table.kind not in "rpm" or table.persistence == "t":
        return False
    return catalog.blocks(name) >= min_blocks


def column_may(catalog: Catalog, column: Column | None) -> bool:
    """Whether the column can be a B-tree key: a type with an order that is worth having, not too wide."""
    if column is None:
        return False
    if column.statistics is None and base_type(column) == "boolean":
        return False  # the planner takes half of the rows for the answer, and nothing says which half it is
    if column.statistics is not None and column.statistics.avg_width > MAX_KEY_WIDTH:
        return False
    return base_type(column) in BTREE_TYPES or _user_type_may(catalog, base_type(column))


def base_type(column: Column) -> str:
    """The column's type without modifiers and domains."""
    return re.sub(r"\(.*?\)", "", column.base_type or column.type).strip()


def expression_may(catalog: Catalog, table: Name, expression: str, columns: tuple[str, ...]) -> bool:
    """Whether the expression is (as far as its text and the columns' types tell) immutable and free of parameters.

    The planner has the last word: it makes the index and refuses what PostgreSQL refuses.
    """
    found = catalog.tables.get(table)
    if found is None or not columns or "$" in expression or "select " in expression.lower():
        return False
    types = [base_type(column) for name in columns if (column := found.column(name))]
    if len(types) < len(columns) or (_ZONED & set(types) and not _AT_ZONE.search(expression)):
        return False
    return all(_immutable(catalog, name.lower()) for name in _CALL.findall(expression))


def expression_columns(table: Table, text: str | None) -> tuple[str, ...]:
    """The table's columns whose names stand in the text of an expression or predicate."""
    words = {quoted or plain for quoted, plain in _WORD.findall(text or "")}
    return tuple(column.name for column in table.columns if column.name in words)


def _immutable(catalog: Catalog, function: str) -> bool:
    if function in _WORDS or function in _IMMUTABLE:
        return True
    known = catalog.functions_named(function)
    return bool(known) and all(overload.volatility == "i" for overload in known)


def _user_type_may(catalog: Catalog, text: str) -> bool:
    if text.rpartition(".")[2] == "citext":
        return True
    return any(
        kind.kind == "e" and text in (str(kind.name), f"{kind.name.schema}.{kind.name.name}", kind.name.name)
        for kind in catalog.snapshot.types
    )
