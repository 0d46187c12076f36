"""Puts the data of CREATE STATISTICS objects into the shadow: combinations, dependencies, and those of expressions.

Layout of the stored list of most common combinations: statext_mcv_serialize in statistics/mcv.c of the server's
sources. It names types and enum labels by OIDs, which differ between servers.
"""

import struct
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import psycopg
from psycopg import Connection

from dbadvisor.model.names import Name
from dbadvisor.model.snapshot import ColumnStatistics, ExtendedStatistics, Snapshot
from dbadvisor.model.text import server_words
from dbadvisor.planner.shadow import statistics, stored
from dbadvisor.planner.shadow.fence import OWNER

_STORED = ("pg_ndistinct", "pg_dependencies", "pg_mcv_list")
_FIRST_USER_OID = 16384
_DIMENSION = struct.Struct("<iiii?xxx")  # values, bytes, aligned bytes, length of the type, whether by value

_OID = (
    "SELECT e.oid FROM pg_statistic_ext e JOIN pg_namespace n ON n.oid = e.stxnamespace"
    " WHERE n.nspname = %s AND e.stxname = %s"
)


@dataclass(frozen=True, slots=True)
class Oids:
    """OIDs in the source to those here: of types, and of the labels of enums."""

    types: Mapping[int, int]
    labels: Mapping[int, int]
    enums: frozenset[int]
    """Types in the source of which every value is a label's OID."""


def insert_extended(admin: Connection, owner: Connection, snapshot: Snapshot, major: int) -> list[str]:
    """Writes the data of statistics objects that exist; column numbers agree, as dropped columns are kept.

    What could not be written comes back, each with the reason.
    """
    known = [each for each in snapshot.extended_statistics if each.data or each.expressions]
    if not known:
        return []
    oids = _oids(admin, snapshot)
    refused: list[str] = []
    for type_ in _STORED:
        admin.execute(f"CREATE CAST (bytea AS {type_}) WITHOUT FUNCTION")
    for each in known:
        try:
            refused += _insert(admin, owner, each, major, oids)
            if each.expressions:
                _insert_expressions(admin, owner, each, major)
        except psycopg.Error as error:
            refused.append(f"data of statistics {each.name}: {server_words(error)}")
    for type_ in _STORED:
        admin.execute(f"DROP CAST (bytea AS {type_})")
    return refused


def _oids(admin: Connection, snapshot: Snapshot) -> Oids:
    rows = admin.execute(
        "SELECT n, to_regtype(n)::oid::int8 FROM unnest(%s::text[]) n", ([str(each.name) for each in snapshot.types],)
    ).fetchall()
    here = {text: oid for text, oid in rows if oid}
    labels = {
        (type_, label): oid
        for type_, label, oid in admin.execute("SELECT enumtypid::int8, enumlabel::text, oid::int8 FROM pg_enum")
    }
    types = {each.oid: here[str(each.name)] for each in snapshot.types if each.oid and str(each.name) in here}
    return Oids(
        types=types,
        enums=_enums(snapshot),
        labels={
            source: labels[types[each.oid], label]
            for each in snapshot.types
            for source, label in zip(each.label_oids, each.labels, strict=False)
            if (types.get(each.oid), label) in labels
        },
    )


def _enums(snapshot: Snapshot) -> frozenset[int]:
    """Enums, and domains over them; a type stands after those it is made of."""
    found: dict[str, int] = {}
    for each in sorted(snapshot.types, key=lambda each: each.oid):
        if each.kind == "e" or (each.kind == "d" and each.base in found):
            found[str(each.name)] = each.oid
    return frozenset(found.values())


def _insert(admin: Connection, owner: Connection, each: ExtendedStatistics, major: int, oids: Oids) -> list[str]:
    name = each.name
    found = admin.execute(_OID, (name.schema, name.name)).fetchone()
    if found is None:
        return []
    admin.execute("DELETE FROM pg_statistic_ext_data WHERE stxoid = %s::oid", found)
    refused: list[str] = []
    for inherited, ndistinct, dependencies, mcv in each.data:
        values = (
            _sound(refused, f"distinct combinations of statistics {name}", _bytes(ndistinct), stored.is_ndistinct),
            _sound(refused, f"dependencies of statistics {name}", _bytes(dependencies), stored.is_dependencies),
            _sound(
                refused,
                f"most common combinations of statistics {name}",
                _translated(_bytes(mcv), oids),
                lambda data: stored.is_mcv(data, _types(admin, owner, each, found[0])),
            ),
        )
        columns, place = ("stxdinherit, ", f"{inherited}, ") if major >= 15 else ("", "")
        admin.execute(
            f"INSERT INTO pg_statistic_ext_data (stxoid, {columns}stxdndistinct, stxddependencies, stxdmcv)"
            f" SELECT %s::oid, {place}%s::bytea::pg_ndistinct, %s::bytea::pg_dependencies, %s::bytea::pg_mcv_list",
            (found[0], *values),
        )
    return refused


def _sound(refused: list[str], what: str, data: bytes | None, check: Callable[[bytes], bool]) -> bytes | None:
    """The bytes if they are what a server keeps; else notes that they are left out."""
    if data is None or check(data):
        return data
    refused.append(f"{what}: they are of a type that is not known here, or not what a server keeps")
    return None


def _bytes(text: str | None) -> bytes | None:
    """What stands in the snapshot as the text of a bytea; nothing at all for what is none."""
    try:
        return None if text is None else bytes.fromhex(text.removeprefix("\\x"))
    except ValueError:
        return b""


def _types(admin: Connection, owner: Connection, each: ExtendedStatistics, oid: int) -> list[stored.StoredType]:
    """Types of the object's columns and then of its expressions, in the order in which its data has them."""
    keys = "SELECT a.atttypid::int8 FROM pg_statistic_ext e, unnest(e.stxkeys) WITH ORDINALITY k(number, place)"
    keys += " JOIN pg_attribute a ON a.attnum = k.number"
    rows = admin.execute(
        f"{keys} WHERE e.oid = %s::oid AND a.attrelid = e.stxrelid ORDER BY k.place", (oid,)
    ).fetchall()
    asked = "SELECT pg_catalog.pg_typeof((SELECT {} FROM {} LIMIT 0))::pg_catalog.oid::pg_catalog.int8"
    for expression in _expressions(admin, oid):
        rows += owner.execute(asked.format(expression, each.table), binary=True).fetchall()
    described = admin.execute(
        "SELECT t.oid::int8, t.typlen::int4, t.typbyval, p.proname::text"
        " FROM unnest(%s::oid[]) WITH ORDINALITY u(oid, place) JOIN pg_type t USING (oid)"
        " LEFT JOIN pg_proc p ON p.oid = t.typsend ORDER BY u.place",
        ([type_ for (type_,) in rows],),
    )
    return [stored.StoredType(*row) for row in described]


def _expressions(admin: Connection, oid: int) -> list[str]:
    """The object's expressions as this server prints them; before 14 there are none."""
    if admin.info.server_version < 140000:
        return []
    row = admin.execute("SELECT pg_get_statisticsobjdef_expressions(%s::oid)", (oid,)).fetchone()
    return list(row[0] or ()) if row else []


def _translated(given: bytes | None, oids: Oids) -> bytes | None:
    """A stored list with the OIDs of this server; empty where it holds a type that can't be told, or is none."""
    try:
        return None if given is None else _with_our_oids(bytearray(given), oids)
    except struct.error:
        return b""


def _with_our_oids(data: bytearray, oids: Oids) -> bytes:
    (count,) = struct.unpack_from("<h", data, 12)
    types = list(struct.unpack_from(f"<{count}I", data, 14))
    if any(type_ >= _FIRST_USER_OID and type_ not in oids.types for type_ in types):
        return b""
    enums = [type_ in oids.enums for type_ in types]
    struct.pack_into(f"<{count}I", data, 14, *(oids.types.get(type_, type_) for type_ in types))
    at = 14 + 4 * count
    dimensions = [_DIMENSION.unpack_from(data, at + _DIMENSION.size * place) for place in range(count)]
    at += _DIMENSION.size * count
    for (values, size, *_), enum in zip(dimensions, enums, strict=True):
        if enum:
            labels = struct.unpack_from(f"<{values}I", data, at)
            struct.pack_into(f"<{values}I", data, at, *(oids.labels.get(label, 0) for label in labels))
        at += size
    return bytes(data)


def _insert_expressions(admin: Connection, owner: Connection, each: ExtendedStatistics, major: int) -> None:
    """By way of rows in pg_statistic of a temporary table with the expressions' types: an array of such rows can't be
    given as text."""
    row = admin.execute(_OID, (each.name.schema, each.name.name)).fetchone()
    expressions = _expressions(admin, row[0]) if row else []
    if row is None or not expressions:
        return
    listed = ", ".join(f"{expression} AS e{place}" for place, expression in enumerate(expressions))
    owner.execute(
        f"CREATE TEMP TABLE dbadvisor_expressions AS SELECT {listed} FROM {each.table} WITH NO DATA", binary=True
    )
    try:
        for inherited in sorted({known.inherited for known in each.expressions}):
            rows = [known for known in each.expressions if known.inherited == inherited]
            _move(admin, rows, row[0], inherited if major >= 15 else None)
    finally:
        owner.execute("DROP TABLE pg_temp.dbadvisor_expressions")


_TEMPORARY = (
    "SELECT c.oid::int8, n.nspname::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
    f" WHERE c.relname = 'dbadvisor_expressions' AND c.relpersistence = 't' AND c.relowner = '{OWNER}'::regrole"
)


def _move(admin: Connection, rows: Sequence[ColumnStatistics], oid: int, inherited: bool | None) -> None:
    """Writes the rows as the temporary table's, gathers them into the object's array and takes them away again."""
    table, schema = admin.execute(_TEMPORARY).fetchone() or (0, "")
    statistics.insert(admin, list(_rows(Name(schema, "dbadvisor_expressions"), rows)))
    condition = "" if inherited is None else f" AND stxdinherit = {inherited}"
    admin.execute(
        "UPDATE pg_statistic_ext_data SET stxdexpr = (SELECT array_agg(s ORDER BY s.staattnum) FROM pg_statistic s"
        f" WHERE s.starelid = %s::oid) WHERE stxoid = %s::oid{condition}",
        (table, oid),
    )
    admin.execute("DELETE FROM pg_statistic WHERE starelid = %s::oid", (table,))


def _rows(table: Name, rows: Iterable[ColumnStatistics]) -> Iterable[dict[str, object]]:
    for number, known in enumerate(rows, start=1):
        yield statistics.numbered_row(table, number, known)
