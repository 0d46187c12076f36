"""What an index is asked in a plan: EXPLAIN's index condition taken apart, as far as equalities and tables go."""

import re
from dataclasses import dataclass
from functools import lru_cache

from dbadvisor.model.plan import Node

_LITERAL = re.compile(r"'(?:[^']|'')*'")
_CAST = re.compile(r'::[\w". ]+(?:\([\d,]+\))?(?:\[\])*')
_NAME = r'(?:"(?:[^"]|"")+"|[a-z_][a-z0-9_]*)'
_COLUMN = re.compile(rf"({_NAME})\.({_NAME})")
_EQUALITY = re.compile(rf"{_NAME}\.({_NAME})\s*=\s*(.*)")


@dataclass(frozen=True, slots=True)
class Probe:
    """An index condition."""

    equal: tuple[tuple[str, str | None], ...] = ()
    """(column of the index, the other table's alias or None for a constant), in the order of the index's keys."""
    terms: int = 0
    """How many conditions stand beside each other."""
    aliases: frozenset[str] = frozenset()
    """All tables that are named, the scanned one too."""


def probe(scan: Node) -> Probe:
    """What the scan asks its index; a bitmap heap scan all its indexes together."""
    return _probe(scan.index_cond or scan.recheck_cond or "")


@lru_cache(maxsize=4096)
def _probe(condition: str) -> Probe:
    plain = _CAST.sub("", _LITERAL.sub("''", condition))
    terms = [term.strip() for term in re.sub(r"[()\s]+", " ", plain).split(" AND ")]
    matches = [] if " OR " in plain else map(_EQUALITY.fullmatch, terms)
    equal = [match.groups() for match in matches if match]
    return Probe(
        equal=tuple((_bare(column), _alias(value)) for column, value in equal),
        terms=len(terms),
        aliases=frozenset(_bare(alias) for alias, _ in _COLUMN.findall(plain)),
    )


def _alias(value: str) -> str | None:
    match = _COLUMN.fullmatch(value)
    return _bare(match[1]) if match else None


def _bare(name: str) -> str:
    return name[1:-1].replace('""', '"') if name.startswith('"') else name
