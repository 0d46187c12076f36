"""Indexes of every kind over the museum's tables: how large they are, and which plans they give."""

from pathlib import Path
from typing import Any

from dbadvisor.model.index import IndexDefinition, IndexKey
from dbadvisor.model.names import Name

SEED = Path(__file__).parent / "databases" / "museum.sql"


def index(table: str, *keys: str | IndexKey, **more: Any) -> IndexDefinition:
    """An index on columns, or on keys as they are."""
    parts = tuple(each if isinstance(each, IndexKey) else IndexKey(each) for each in keys)
    return IndexDefinition(Name("public", table), parts, **more)


def of(text: str) -> IndexKey:
    """A key that is an expression, written as the server prints it."""
    return IndexKey(expression=text)


def by(column: str, opclass: str) -> IndexKey:
    """A key of an operator class."""
    return IndexKey(column, opclass=opclass)


def down(column: str, *, nulls_first: bool = True) -> IndexKey:
    """A descending key."""
    return IndexKey(column, descending=True, nulls_first=nulls_first)


_FACTS = (
    "id uniform thousand few zipf country city flag phase rare half absent amount rate code created updated day name"
    " title email parent line score host hash letter coll"
).split()

BTREES = (
    *(index("facts", column) for column in _FACTS),
    *(index("big", column) for column in ("id", "owner", "at", "state", "much")),
    *(index("small", column) for column in ("word", "number", "price", "at")),
    *(index("docs", column) for column in ("name", "host", "kind", "at", "seats", "span")),
    index("facts", "country", "city"),
    index("facts", "city", "country"),
    index("facts", "few", "thousand"),
    index("facts", "thousand", "few"),
    index("facts", "few", "phase", "flag"),
    index("facts", "parent", "line"),
    index("facts", "parent", "line", "few"),
    index("facts", "line", "parent"),
    index("facts", "thousand", "created"),
    index("facts", "created", "thousand"),
    index("facts", "few", "updated"),
    index("facts", "flag", "day"),
    index("facts", "phase", "day"),
    index("facts", "zipf", "few"),
    index("facts", "thousand", "zipf"),
    index("facts", "country", "day"),
    index("facts", "rare", "few"),
    index("facts", "half", "few"),
    index("facts", "few", "half"),
    index("facts", "few", "name"),
    index("facts", "city", "email"),
    index("facts", "few", "amount"),
    index("facts", "thousand", "rate"),
    index("facts", "day", "thousand", "few"),
    index("facts", "parent", "id"),
    index("facts", "few", "id"),
    index("facts", "email", "thousand"),
    index("facts", "phase", "country", "city"),
    index("facts", "absent", "few"),
    index("facts", "code", "created"),
    index("big", "owner", "at"),
    index("big", "state", "at"),
    index("big", "owner", "state"),
    index("big", "state", "owner"),
    index("big", "owner", "id"),
    index("small", "word", "number"),
    index("small", "number", "price"),
    index("facts", "uniform", include=("few",)),
    index("facts", "thousand", include=("amount", "name")),
    index("facts", "created", include=("half",)),
    index("facts", "parent", include=("id", "city")),
    index("big", "owner", include=("much",)),
    index("facts", "created", where="flag"),
    index("facts", "thousand", where="phase = 'open'"),
    index("facts", "rare", where="rare IS NOT NULL"),
    index("facts", "email", where="country = 'country7'"),
    index("facts", "zipf", where="few = 0"),
    index("facts", "zipf", where="zipf < 1000"),
    index("big", "at", where="state = 5"),
    index("facts", "id", where="thousand < 500", include=("name",)),
    index("facts", of("lower((email)::text)")),
    index("facts", of("date_trunc('day'::text, (updated AT TIME ZONE 'UTC'::text))")),
    index("facts", of("((updated AT TIME ZONE 'UTC'::text))::date")),
    index("facts", of("md5(city)")),
    index("facts", of("(country || city)")),
    index("facts", of("COALESCE(half, ''::text)")),
    index("facts", of("(thousand % 10)")),
    index("facts", of("left(name, 3)")),
    index("facts", of("lower((email)::text)"), "few"),
    index("docs", of("(attrs ->> 'src'::text)")),
    index("docs", of("(attrs ->> 'v'::text)")),
    index("docs", of("((attrs ->> 'k'::text))::integer")),
    index("docs", of("(heavy ->> 'user'::text)")),
    index("docs", of("((heavy -> 'item'::text) ->> 'sku'::text)")),
    index("facts", "id", unique=True),
    index("facts", "code", unique=True),
    index("facts", down("created")),
    index("facts", down("half", nulls_first=False), "few"),
    index("facts", by("email", "varchar_pattern_ops")),
    index("facts", IndexKey("city", collation='"C"')),
    index("facts", "uniform", options=("fillfactor=60",)),
    index("facts", "thousand", options=("fillfactor=70",)),
    index("facts", "thousand", options=("deduplicate_items=off",)),
    index("parts", "kind"),
    index("parts", "id"),
    index("parts", "note", "at"),
    index("ancestor", "word"),
    index("descendant", "id"),
)

OTHERS = (
    index("docs", "attrs", method="gin"),
    index("docs", by("attrs", "jsonb_path_ops"), method="gin"),
    index("docs", "heavy", method="gin"),
    index("docs", by("heavy", "jsonb_path_ops"), method="gin"),
    index("docs", "tags", method="gin"),
    index("docs", "numbers", method="gin"),
    index("docs", "words", method="gin"),
    index("docs", by("name", "gin_trgm_ops"), method="gin"),
    index("docs", by("body", "gin_trgm_ops"), method="gin"),
    index("facts", by("email", "gin_trgm_ops"), method="gin"),
    index("facts", by("name", "gin_trgm_ops"), method="gin"),
    index("facts", by("city", "gin_trgm_ops"), method="gin"),
    index("docs", of("to_tsvector('simple'::regconfig, body)"), method="gin"),
    index("docs", of("to_tsvector('simple'::regconfig, name)"), method="gin"),
    index("facts", "thousand", method="gin"),
    index("docs", "kind", "tags", method="gin"),
    index("docs", of("(heavy -> 'tags'::text)"), method="gin"),
    index("docs", "tags", method="gin", options=("fastupdate=off",)),
    index("docs", "tags", method="gin", where="kind < 10"),
    index("docs", "place", method="gist"),
    index("docs", "area", method="gist"),
    index("docs", "span", method="gist"),
    index("docs", "seats", method="gist"),
    index("docs", "words", method="gist"),
    index("docs", by("name", "gist_trgm_ops"), method="gist"),
    index("docs", by("host", "inet_ops"), method="gist"),
    index("docs", "kind", "span", method="gist"),
    index("facts", "created", method="gist"),
    index("docs", "place", method="gist", options=("fillfactor=50",)),
    index("docs", "place", method="spgist"),
    index("docs", by("place", "kd_point_ops"), method="spgist"),
    index("docs", "area", method="spgist"),
    index("docs", "span", method="spgist"),
    index("docs", "seats", method="spgist"),
    index("docs", "name", method="spgist"),
    index("facts", "name", method="spgist"),
    index("facts", "city", method="spgist"),
    index("docs", "host", method="spgist"),
    index("facts", "uniform", method="hash"),
    index("facts", "thousand", method="hash"),
    index("facts", "zipf", method="hash"),
    index("facts", "country", method="hash"),
    index("facts", "email", method="hash"),
    index("facts", "rare", method="hash"),
    index("big", "owner", method="hash"),
    index("small", "word", method="hash"),
    index("docs", "kind", method="hash"),
    index("facts", "created", method="brin"),
    index("facts", "created", method="brin", options=("pages_per_range=8",)),
    index("facts", "created", "id", method="brin"),
    index("facts", "name", method="brin"),
    index("facts", by("created", "timestamptz_minmax_multi_ops"), method="brin"),
    index("facts", by("uniform", "int4_minmax_multi_ops"), method="brin", options=("pages_per_range=16",)),
    index("facts", by("email", "text_bloom_ops"), method="brin"),
    index("facts", by("thousand", "int4_bloom_ops"), method="brin", options=("pages_per_range=32",)),
    index("docs", "span", method="brin"),
    index("docs", "area", method="brin", options=("pages_per_range=4",)),
    index("docs", "host", method="brin"),
    index("big", "at", method="brin", options=("pages_per_range=1",)),
    index("parts", "at", method="brin"),
)

ODD = (
    index("facts", "id", where="thousand < 0"),
    index("facts", "id", where="thousand >= 0"),
    index("facts", "id", where="false"),
    index("facts", "absent"),
    index("facts", "absent", method="hash"),
    index(
        "facts",
        "absent",
        method="gin",
    ),
    index("hollow", "id"),
    index("hollow", "word", "id"),
    index("hollow", "attrs", method="gin"),
    index("hollow", "place", method="gist"),
    index("hollow", "word", method="spgist"),
    index("hollow", "id", method="hash"),
    index("hollow", "id", method="brin"),
    index("unseen", "id"),
    index("unseen", "word"),
    index("unseen", "word", "id", where="id > 10"),
    index("unseen", "attrs", method="gin"),
    index("unseen", of("lower(word)")),
)
"""Indexes over nothing, over NULLs alone, and over a table that was never analyzed."""
