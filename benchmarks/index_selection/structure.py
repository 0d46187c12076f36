"""What an index is made of, read from the server's own way of writing it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

_PLAIN = re.compile(
    r"CREATE (?:UNIQUE )?INDEX (?:\S+ )?ON (?:ONLY )?(?P<table>\S+) USING (?P<method>\w+)"
    r" \((?P<keys>[^()]+)\)(?: INCLUDE \((?P<include>[^()]+)\))?(?: NULLS NOT DISTINCT)?"
)
"""An index on columns, of all rows and without storage parameters."""


@dataclass(frozen=True, slots=True)
class Structure:
    """An index on columns and of all rows. Keys stand with what they bear, such as `day DESC`."""

    table: str
    method: str
    keys: tuple[str, ...]
    include: frozenset[str]


def structure(definition: str) -> Structure | None:
    """Reads what pg_get_indexdef or hypopg_get_indexdef wrote; None for an expression, a predicate or parameters."""
    found = _PLAIN.fullmatch(definition)
    if found is None:
        return None
    include = frozenset(found["include"].split(", ")) if found["include"] else frozenset[str]()
    return Structure(found["table"], found["method"], tuple(found["keys"].split(", ")), include)


def copies_of(definition: str, existing: Sequence[str]) -> bool:
    """Whether an existing index has the same keys, and all that this one includes."""
    return any(new.keys == old.keys for new, old in _comparable(definition, existing))


def leads(existing: Sequence[str], definition: str) -> bool:
    """Whether an existing B-tree leads with the keys and has all that this one includes."""
    return any(
        new.method == "btree" and new.keys == old.keys[: len(new.keys)]
        for new, old in _comparable(definition, existing)
    )


def _comparable(definition: str, existing: Sequence[str]) -> list[tuple[Structure, Structure]]:
    """The index beside each existing one of its table and kind that has the columns it includes."""
    new = structure(definition)
    if new is None:
        return []
    others = [other for text in existing if (other := structure(text))]
    return [
        (new, old)
        for old in others
        if (new.table, new.method) == (old.table, old.method)
        and new.include <= old.include | {key.split(" ")[0] for key in old.keys}
    ]
