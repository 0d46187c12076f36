"""What an index is, be it one that exists or one that is only thought of."""

import hashlib
import re
from dataclasses import dataclass
from functools import cached_property

from dbadvisor.model.names import Name, quote


@dataclass(frozen=True, slots=True)
class IndexKey:
    """One key of an index: a column, or an expression given as SQL text (without outer parentheses)."""

    column: str | None = None
    expression: str | None = None
    opclass: str | None = None
    """SQL text of the operator class; None means the type's default."""
    collation: str | None = None
    """SQL text of the collation; None means the column's own."""
    descending: bool = False
    nulls_first: bool = False
    """PostgreSQL's default is False for ascending and True for descending keys; give it explicitly."""

    def __post_init__(self) -> None:
        if (self.column is None) == (self.expression is None):
            raise ValueError("an index key is a column or an expression")

    @property
    def subject(self) -> str:
        """What is indexed, as SQL text: the quoted column or the parenthesised expression."""
        return quote(self.column) if self.column is not None else f"({self.expression})"

    @property
    def sql(self) -> str:
        """The key as it stands in CREATE INDEX, defaults left out."""
        parts = [self.subject]
        if self.collation:
            parts.append(f"COLLATE {self.collation}")
        if self.opclass:
            parts.append(self.opclass)
        if self.descending:
            parts.append("DESC")
        if self.nulls_first != self.descending:
            parts.append("NULLS FIRST" if self.nulls_first else "NULLS LAST")
        return " ".join(parts)


@dataclass(frozen=True)
class IndexDefinition:
    """Everything CREATE INDEX says except the index's own name; equal definitions are the same index.

    Without slots, so that what the search for the best set asks for millions of times is worked out once.
    """

    table: Name
    keys: tuple[IndexKey, ...]
    include: tuple[str, ...] = ()
    where: str | None = None
    """The predicate of a partial index as SQL text, without WHERE."""
    unique: bool = False
    nulls_not_distinct: bool = False
    method: str = "btree"
    options: tuple[str, ...] = ()
    """Storage parameters as `name=value`."""

    @cached_property
    def _hash(self) -> int:
        keys = tuple((key.subject, key.opclass, key.descending) for key in self.keys)
        return hash((self.table, keys, self.include, self.where, self.method))

    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The key columns in order; expressions are left out."""
        return tuple(key.column for key in self.keys if key.column is not None)

    @cached_property
    def body(self) -> str:
        """The text behind `ON`: table, method, keys and clauses."""
        method = "" if self.method == "btree" else f" USING {self.method}"
        text = f"{self.table}{method} ({', '.join(key.sql for key in self.keys)})"
        if self.include:
            text += f" INCLUDE ({', '.join(quote(column) for column in self.include)})"
        if self.nulls_not_distinct:
            text += " NULLS NOT DISTINCT"
        if self.options:
            text += f" WITH ({', '.join(self.options)})"
        if self.where:
            text += f" WHERE {self.where}"
        return text

    def create_sql(self, name: str, *, concurrently: bool = False) -> str:
        """CREATE INDEX under the given (unquoted) name."""
        unique = "UNIQUE " if self.unique else ""
        return f"CREATE {unique}INDEX {'CONCURRENTLY ' if concurrently else ''}{quote(name)} ON {self.body}"

    @cached_property
    def default_name(self) -> str:
        """A name in PostgreSQL's manner, the same for equal definitions, at most 63 bytes.

        A digest is added whenever the words alone would not tell two definitions apart.
        """
        words = [self.table.name]
        words += [key.column or _words(key.expression or "") for key in self.keys]
        plain = not (self.include or self.where or self.options or self.unique) and all(
            key.column and not (key.opclass or key.collation or key.descending or key.nulls_first) for key in self.keys
        )
        text = "_".join(word for word in words if word)
        digest = hashlib.sha256(self.body.encode()).hexdigest()[:6]
        tail = "_idx" if plain and self.method == "btree" else f"_{digest}_idx"
        if len((text + tail).encode()) > 63:
            tail = f"_{digest}_idx"
            text = text.encode()[: 63 - len(tail)].decode(errors="ignore").rstrip("_")
        return text + tail


@dataclass(frozen=True, slots=True)
class GinPages:
    """A GIN index's metapage: as of its last VACUUM, but for the pending list."""

    total: int
    entry: int
    data: int
    entries: int
    """Distinct keys."""
    pending: int = 0


def _words(expression: str) -> str:
    return "_".join(re.findall(r"[a-z0-9]+", expression.lower())[:3])
