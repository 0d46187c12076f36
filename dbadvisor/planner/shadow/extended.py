"""Puts the data of CREATE STATISTICS objects into the shadow: combinations, dependencies, and those of expressions.

Layout of the stored list of most common combinations: statext_mcv_serialize in statistics/mcv.c of the server's
sources. It names types and enum labels by OIDs, which differ between servers.
"""

import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import psycopg
from psycopg import Connection

from dbadvisor.model.names import Name
from dbadvisor.model.snapshot import ColumnStatistics, ExtendedStatistics, Snapshot
from dbadvisor.model.text import server_words
from dbadvisor.planner.shadow import statistics

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
            refused += _insert(admin, each, major, oids)
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


def _insert(admin: Connection, each: ExtendedStatistics, major: int, oids: Oids) -> list[str]:
    name = each.name
    found = admin.execute(_OID, (name.schema, name.name)).fetchone()
    if found is None:
        return []
    admin.execute("DELETE FROM pg_statistic_ext_data WHERE stxoid = %s::oid", found)
    refused = []
    for inherited, ndistinct, dependencies, mcv in each.data:
        translated = _translated(mcv, oids) if mcv else None
        if mcv and translated is None:
            refused.append(f"most common combinations of statistics {name}: a column's type is unknown here")
        columns, values = ("stxdinherit, ", f"{inherited}, ") if major >= 15 else ("", "")
        admin.execute(
            f"INSERT INTO pg_statistic_ext_data (stxoid, {columns}stxdndistinct, stxddependencies, stxdmcv)"
            f" SELECT %s::oid, {values}%s::bytea::pg_ndistinct, %s::bytea::pg_dependencies, %s::bytea::pg_mcv_list",
            (found[0], ndistinct, dependencies, translated),
        )
    return refused


def _translated(stored: str, oids: Oids) -> bytes | None:
    """A stored list with the OIDs of this server; None where it holds a type that can't be told."""
    data = bytearray.fromhex(stored.removeprefix("\\x"))
    (count,) = struct.unpack_from("<h", data, 12)
    types = list(struct.unpack_from(f"<{count}I", data, 14))
    if any(type_ >= _FIRST_USER_OID and type_ not in oids.types for type_ in types):
        return None
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
    name = each.name
    row = admin.execute(
        f"SELECT pg_get_statisticsobjdef_expressions(oid), oid::int8 FROM pg_statistic_ext WHERE oid = ({_OID})",
        (name.schema, name.name),
    ).fetchone()
    if row is None or not row[0]:
        return
    expressions, oid = row
    listed = ", ".join(f"{expression} AS e{place}" for place, expression in enumerate(expressions))
    owner.execute(
        f"CREATE TEMP TABLE dbadvisor_expressions AS SELECT {listed} FROM {each.table} WITH NO DATA", binary=True
    )
    try:
        (schema,) = owner.execute("SELECT pg_my_temp_schema()::regnamespace::text").fetchone() or ("",)
        for inherited in sorted({known.inherited for known in each.expressions}):
            rows = [known for known in each.expressions if known.inherited == inherited]
            _move(admin, Name(schema, "dbadvisor_expressions"), rows, oid, inherited if major >= 15 else None)
    finally:
        owner.execute("DROP TABLE pg_temp.dbadvisor_expressions")


def _move(admin: Connection, table: Name, rows: Sequence[ColumnStatistics], oid: int, inherited: bool | None) -> None:
    """Writes the rows as the table's, gathers them into the object's array and takes them away again."""
    admin.execute(f"DELETE FROM pg_statistic WHERE starelid = '{table}'::regclass")
    statistics.insert(admin, list(_rows(table, rows)))
    condition = "" if inherited is None else f" AND stxdinherit = {inherited}"
    admin.execute(
        "UPDATE pg_statistic_ext_data SET stxdexpr = (SELECT array_agg(s ORDER BY s.staattnum) FROM pg_statistic s"
        f" WHERE s.starelid = '{table}'::regclass) WHERE stxoid = %s::oid{condition}",
        (oid,),
    )
    admin.execute(f"DELETE FROM pg_statistic WHERE starelid = '{table}'::regclass")


def _rows(table: Name, rows: Iterable[ColumnStatistics]) -> Iterable[dict[str, object]]:
    for number, known in enumerate(rows, start=1):
        yield statistics.numbered_row(table, number, known)
