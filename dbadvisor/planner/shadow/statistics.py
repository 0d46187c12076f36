"""Puts a snapshot's column statistics into the shadow's pg_statistic, as ANALYZE would have left them.

Layout and meaning of the slots: catalog/pg_statistic.h; which operators and collations ANALYZE notes beside
them: commands/analyze.c, tsearch/ts_typanalyze.c, utils/adt/array_typanalyze.c of the server's sources.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import psycopg
from psycopg import Connection

from dbadvisor.model.names import Name
from dbadvisor.model.snapshot import ColumnStatistics, Snapshot
from dbadvisor.model.text import server_words
from dbadvisor.planner.shadow.images import IndexColumn

_MCV, _HISTOGRAM, _CORRELATION, _ELEMENTS, _ELEMENT_COUNTS, _RANGE_LENGTHS, _RANGE_BOUNDS = 1, 2, 3, 4, 5, 6, 7

# One row a slot's worth of knowledge about every column's type. `safe` guards the superuser: reading a value of a
# composite type, an array or a range that holds a domain runs the domain's CHECK, which is the users' code, and so
# does reading a range in an order of their own.
_INSERT = """
WITH RECURSIVE wanted AS (
    SELECT j, (SELECT oid FROM pg_class WHERE oid = to_regclass(j->>'relation')
                 AND relowner = 'shadow_owner'::regrole) AS relation FROM jsonb_array_elements(%s::jsonb) j
), columns AS (
    SELECT w.j, w.relation, a.attnum, a.attcollation, COALESCE(to_regtype(w.j->>'type'), a.atttypid) AS atttypid
    FROM wanted w JOIN pg_attribute a ON a.attrelid = w.relation AND NOT a.attisdropped
     AND CASE WHEN w.j ? 'number' THEN a.attnum = (w.j->>'number')::int ELSE a.attname = w.j->>'column' END
), bases AS (
    SELECT DISTINCT atttypid AS declared, atttypid AS type FROM columns
    UNION SELECT b.declared, t.typbasetype FROM bases b JOIN pg_type t ON t.oid = b.type WHERE t.typtype = 'd'
), types AS (
    SELECT b.declared, t.oid AS type, COALESCE(m.rngtypid, t.oid) AS range,
           CASE WHEN t.oid = 'tsvector'::regtype THEN 'text'::regtype::oid
                WHEN t.typlen = -1 THEN t.typelem ELSE 0 END AS element
    FROM bases b JOIN pg_type t ON t.oid = b.type AND t.typtype <> 'd'
    LEFT JOIN pg_range m ON t.typtype = 'm' AND (to_jsonb(m)->>'rngmultitypid')::oid = t.oid
), parts AS (
    SELECT type, type AS part FROM types UNION SELECT type, range FROM types
    UNION SELECT p.type, i.oid FROM parts p JOIN pg_type t ON t.oid = p.part CROSS JOIN LATERAL (
        SELECT t.typelem AS oid WHERE t.typelem <> 0 AND t.typlen = -1
        UNION ALL SELECT a.atttypid FROM pg_attribute a WHERE a.attrelid = t.typrelid AND a.attnum > 0
        UNION ALL SELECT r.rngsubtype FROM pg_range r WHERE r.rngtypid = t.oid) i
    WHERE i.oid <> 0
), unsafe AS (
    SELECT p.type FROM parts p JOIN pg_type t ON t.oid = p.part AND t.typtype IN ('d', 'p')
    UNION SELECT p.type FROM parts p JOIN pg_range r ON r.rngtypid = p.part
    WHERE r.rngsubopc >= 16384 OR r.rngcanonical >= 16384
), compared AS (SELECT type FROM types UNION SELECT element FROM types WHERE element <> 0
), operators AS (
    SELECT DISTINCT ON (t.oid) t.oid AS type, equal.amopopr AS equal, less.amopopr AS less
    FROM compared c JOIN pg_type t ON t.oid = c.type
    JOIN pg_opclass o ON o.opcdefault AND o.opcmethod IN (403, 405) AND (
        o.opcintype = t.oid OR (o.opcintype = 'anyenum'::regtype AND t.typtype = 'e')
        OR (o.opcintype = 'anyarray'::regtype AND t.typelem <> 0 AND t.typlen = -1)
        OR (o.opcintype = 'anyrange'::regtype AND t.typtype = 'r')
        OR (o.opcintype = 'record'::regtype AND t.typtype = 'c')
        OR EXISTS (SELECT FROM pg_cast x WHERE x.castsource = t.oid AND x.casttarget = o.opcintype
                   AND x.castmethod = 'b' AND x.castcontext = 'i'))
    JOIN pg_amop equal ON equal.amopfamily = o.opcfamily AND equal.amoppurpose = 's'
     AND equal.amoplefttype = o.opcintype AND equal.amoprighttype = o.opcintype
     AND equal.amopstrategy = CASE o.opcmethod WHEN 403 THEN 3 ELSE 1 END
    LEFT JOIN pg_amop less ON less.amopfamily = o.opcfamily AND less.amoppurpose = 's' AND o.opcmethod = 403
     AND less.amoplefttype = o.opcintype AND less.amoprighttype = o.opcintype AND less.amopstrategy = 1
    JOIN pg_type i ON i.oid = o.opcintype
    ORDER BY t.oid, o.opcmethod, o.opcintype = t.oid DESC, i.typispreferred DESC
), prepared AS (
    SELECT c.*, t.type, t.element, t.range, t.type NOT IN (SELECT type FROM unsafe) AS safe,
           own.equal, own.less, of_element.equal AS element_equal,
           CASE WHEN t.type = 'tsvector'::regtype THEN 'pg_catalog."default"'::regcollation::oid
                ELSE c.attcollation END AS element_collation
    FROM columns c JOIN types t ON t.declared = c.atttypid
    LEFT JOIN operators own ON own.type = t.type LEFT JOIN operators of_element ON of_element.type = t.element
)
INSERT INTO pg_statistic
SELECT relation, attnum, (j->>'inherited')::bool, (j->>'null_frac')::float4, (j->>'width')::int4,
       (j->>'n_distinct')::float4, {kinds}, {operators}, {collations}, {numbers}, {values}
FROM prepared
"""


def _slot(template: str) -> str:
    return ", ".join(template.format(slot=slot) for slot in range(5))


_KIND = "COALESCE((j->'slots'->{slot}->>'kind')::int2, 0)"
_HAS_VALUES = "(j->'slots'->{slot} ? 'values')"
_USABLE = f"(safe OR NOT {_HAS_VALUES})"
_STATEMENT = _INSERT.format(
    kinds=_slot(f"CASE WHEN {_USABLE} THEN {_KIND} ELSE 0 END"),
    operators=_slot(
        f"COALESCE(CASE WHEN NOT {_USABLE} THEN 0 WHEN {_KIND} = 1 THEN equal"
        f" WHEN {_KIND} IN (2, 3) THEN less WHEN {_KIND} IN (4, 5) THEN element_equal"
        f" WHEN {_KIND} = 6 THEN '<(float8,float8)'::regoperator END, 0)"
    ),
    collations=_slot(
        f"CASE WHEN NOT {_USABLE} OR {_KIND} IN (0, 6, 7) THEN 0"
        f" WHEN {_KIND} IN (4, 5) THEN element_collation ELSE attcollation END"
    ),
    numbers=_slot(
        f"CASE WHEN {_USABLE} AND j->'slots'->{{slot}} ? 'numbers' THEN (SELECT array_agg(n::float4 ORDER BY o)"
        " FROM jsonb_array_elements_text(j->'slots'->{slot}->'numbers') WITH ORDINALITY u(n, o)) END"
    ),
    values=_slot(
        f"CASE WHEN safe AND {_HAS_VALUES} THEN array_in((j->'slots'->{{slot}}->>'values')::cstring,"
        f" CASE {_KIND} WHEN 4 THEN element WHEN 6 THEN 'float8'::regtype WHEN 7 THEN range ELSE type END, -1) END"
    ),
)


def column_rows(snapshot: Snapshot) -> Iterator[dict[str, Any]]:
    """The statistics of every column, ready for `insert`."""
    for table in snapshot.tables:
        for column in table.columns:
            for known in (column.statistics, column.inherited_statistics):
                if known is not None:
                    yield {**_row(table.name, known), "column": column.name}


def expression_rows(index: Name, columns: Iterable[IndexColumn]) -> Iterator[dict[str, Any]]:
    """The statistics of an index's expressions, ready for `insert`."""
    for column in columns:
        if column.column is None and column.statistics is not None:
            yield numbered_row(index, column.number, column.statistics) | {"type": column.type}


def numbered_row(relation: Name, number: int, statistics: ColumnStatistics) -> dict[str, Any]:
    """The statistics of a relation's column by its number, ready for `insert`."""
    return {**_row(relation, statistics), "number": number}


def _row(relation: Name, statistics: ColumnStatistics) -> dict[str, Any]:
    return {
        "relation": str(relation),
        "inherited": statistics.inherited,
        "null_frac": statistics.null_frac,
        "width": statistics.avg_width,
        "n_distinct": statistics.n_distinct,
        "slots": list(_slots(statistics)),
    }


def _slots(statistics: ColumnStatistics) -> Iterator[dict[str, Any]]:
    common, shares = statistics.most_common_vals, statistics.most_common_freqs
    if common is not None and shares is not None and len(common) == len(shares):  # the planner counts on that
        yield _filled(_MCV, shares, common)
    if statistics.histogram_bounds is not None:
        yield _filled(_HISTOGRAM, None, statistics.histogram_bounds)
    if statistics.correlation is not None:
        yield _filled(_CORRELATION, (statistics.correlation,), None)
    if statistics.most_common_elems is not None and statistics.most_common_elem_freqs is not None:
        yield _filled(_ELEMENTS, statistics.most_common_elem_freqs, statistics.most_common_elems)
    if statistics.elem_count_histogram is not None:
        yield _filled(_ELEMENT_COUNTS, statistics.elem_count_histogram, None)
    if statistics.range_bounds is not None:
        yield _filled(_RANGE_BOUNDS, None, statistics.range_bounds)
    if statistics.range_empty_frac is not None:
        yield _filled(_RANGE_LENGTHS, (statistics.range_empty_frac,), tuple(map(repr, statistics.range_lengths or ())))


def _filled(kind: int, numbers: Sequence[float] | None, values: Sequence[str] | None) -> dict[str, Any]:
    slot: dict[str, Any] = {"kind": kind}
    if numbers is not None:
        slot["numbers"] = list(numbers)
    if values is not None:
        slot["values"] = array_literal(values)
    return slot


def array_literal(values: Iterable[str]) -> str:
    """Texts of values as the text of an array of them."""
    texts = list(values)
    if any("\\" in text or '"' in text for text in texts):
        texts = [text.replace("\\", "\\\\").replace('"', '\\"') for text in texts]
    return '{"' + '","'.join(texts) + '"}' if texts else "{}"


def insert(admin: Connection, rows: Iterable[dict[str, Any]]) -> list[str]:
    """Writes the rows in few statements; what the server refuses, by name."""
    return [words for part in _parts(rows) for words in _insert(admin, part)]


_Texts = list[tuple[dict[str, Any], str]]

_MOST_BYTES = 8_000_000
"""Of one statement: as jsonb and as rows it takes the server a multiple of that."""


def _parts(rows: Iterable[dict[str, Any]]) -> Iterator[_Texts]:
    part: _Texts = []
    size = 0
    for row in rows:
        text = json.dumps(row)
        if part and size + len(text) > _MOST_BYTES:
            yield part
            part, size = [], 0
        part.append((row, text))
        size += len(text)
    if part:
        yield part


def _insert(admin: Connection, part: _Texts) -> list[str]:
    """In one statement; where the server refuses some, names them and writes the others."""
    try:
        admin.execute(_STATEMENT, (f"[{','.join(text for _, text in part)}]",))
    except psycopg.Error as error:
        if admin.broken:
            raise
        if len(part) == 1:
            row = part[0][0]
            what = row.get("column") or f"expression {row['number']}"
            return [f"statistics of {row['relation']}, {what}: {server_words(error)}"]
        middle = len(part) // 2
        return _insert(admin, part[:middle]) + _insert(admin, part[middle:])
    return []
