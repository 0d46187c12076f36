"""Names of database objects, and the one place where an identifier is quoted."""

import re
from dataclasses import dataclass

# PostgreSQL's reserved key words (categories "reserved" and "reserved, can be function or type",
# appendix C of the manual, PostgreSQL 18), which an identifier may not equal without quotes.
_RESERVED = frozenset(
    """
    all analyse analyze and any array as asc asymmetric authorization between bigint binary bit boolean both
    case cast char character check coalesce collate collation column concurrently constraint create cross
    current_catalog current_date current_role current_schema current_time current_timestamp current_user
    dec decimal default deferrable desc distinct do else end except exists extract false fetch float for
    foreign freeze from full grant greatest group grouping having ilike in initially inner inout int integer
    intersect interval into is isnull join json json_array json_arrayagg json_exists json_object json_objectagg
    json_query json_scalar json_serialize json_table json_value lateral leading least left like limit localtime
    localtimestamp merge_action national natural nchar none normalize not notnull null nullif numeric offset on
    only or order out outer overlaps overlay placing position precision primary real references returning right
    row select session_user setof similar smallint some substring symmetric system_user table tablesample then
    time timestamp to trailing treat trim true union unique user using values varchar variadic verbose when
    where window with xmlattributes xmlconcat xmlelement xmlexists xmlforest xmlnamespaces xmlparse xmlpi
    xmlroot xmlserialize xmltable
    """.split()
)
_PLAIN = re.compile(r"[a-z_][a-z0-9_$]*\Z")


def quote(identifier: str) -> str:
    """The identifier as SQL text: quoted only where PostgreSQL would read it as something else.

    >>> quote("orders"), quote("Order"), quote("user"), quote('a"b')
    ('orders', '"Order"', '"user"', '"a""b"')
    """
    if _PLAIN.match(identifier) and identifier not in _RESERVED:
        return identifier
    return '"' + identifier.replace('"', '""') + '"'


def quote_literal(value: str) -> str:
    """The text as a SQL string constant that means the same under any standard_conforming_strings.

    >>> quote_literal("it's"), quote_literal("a\\\\b")
    ("'it''s'", "E'a\\\\\\\\b'")
    """
    quoted = "'" + value.replace("'", "''") + "'"
    return "E" + quoted.replace("\\", "\\\\") if "\\" in value else quoted


@dataclass(frozen=True, slots=True, order=True)
class Name:
    """A schema-qualified name of a relation, type or function; `str()` is its SQL text."""

    schema: str
    name: str

    def __str__(self) -> str:
        return f"{quote(self.schema)}.{quote(self.name)}"

    @property
    def short(self) -> str:
        """The SQL text without the schema where the schema is `public`, for people's eyes."""
        return quote(self.name) if self.schema == "public" else str(self)
