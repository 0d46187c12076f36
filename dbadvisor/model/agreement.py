"""How far the shadow's plans agree with the server's own plans of the same statements."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from dbadvisor.model.names import quote
from dbadvisor.model.plan import Node, Plan

_LITERAL = re.compile(r"'(?:[^']|'')*'|(?<![\w$.\"])-?\d+(?:\.\d+)?\b")
_ABSENT = "nothing"


@dataclass(frozen=True, slots=True)
class Deviation:
    """The first value in which two plans differ. What stands for values out of tables is left out."""

    statement: str
    """Its fingerprint, or in words what a statement of our own asks."""
    sample: str
    """Of a statement with several sets of values, which one."""
    where: str
    """The node, by the way to it: `Sort > Seq Scan orders`."""
    what: str
    """EXPLAIN's word for the value."""
    there: str
    """On the server."""
    here: str
    """On the shadow."""
    cost_there: float
    cost_here: float
    same_shape: bool = False
    """Whether nodes, relations and indexes are the same, so that only figures or conditions differ."""
    tables: tuple[str, ...] = ()
    """Tables in the server's plan."""

    @property
    def cost_error(self) -> float:
        """The shadow's cost against the server's, as a share of the latter."""
        return relative_error(self.cost_there, self.cost_here)


@dataclass(frozen=True, slots=True)
class Skipped:
    """A statement that was not compared, and why."""

    statement: str
    why: str


@dataclass(frozen=True, slots=True)
class Agreement:
    """Plans compared value by value: nodes, costs, rows, widths, and where they are known the conditions."""

    statements: int = 0
    identical: int = 0
    max_cost_error: float = 0.0
    """The largest difference of a statement's total cost, as a share of the server's."""
    deviations: tuple[Deviation, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    unseen: str = ""
    """Why nothing could be compared, where that is so."""


@dataclass(frozen=True, slots=True)
class Pair:
    """One statement's two plans."""

    statement: str
    sample: str
    there: Plan
    here: Plan


def relative_error(there: float, here: float) -> float:
    """The difference as a share of what is there.

    >>> relative_error(200.0, 201.0), relative_error(0.0, 0.0), relative_error(0.0, 1.0)
    (0.005, 0.0, 1.0)
    """
    if there == here:
        return 0.0
    return abs(here - there) / there if there else 1.0


def agree(pairs: Iterable[Pair], skipped: Iterable[Skipped] = ()) -> Agreement:
    """Compares the plans; a statement counts as identical when all its samples' plans are."""
    pairs = tuple(pairs)
    deviations = tuple(found for pair in pairs if (found := _deviation(pair)))
    statements = {pair.statement for pair in pairs}
    deviating = {deviation.statement for deviation in deviations}
    return Agreement(
        statements=len(statements),
        identical=len(statements - deviating),
        max_cost_error=max((relative_error(pair.there.cost, pair.here.cost) for pair in pairs), default=0.0),
        deviations=deviations,
        skipped=tuple(skipped),
    )


def _deviation(pair: Pair) -> Deviation | None:
    found = next(_differences(pair.there.root, pair.here.root, ""), None)
    if found is None:
        return None
    where, what, there, here = found
    tables = sorted({str(node.relation) for node in pair.there.nodes() if node.relation})
    return Deviation(
        statement=pair.statement,
        sample=pair.sample,
        where=where,
        what=what,
        there=_shown(there),
        here=_shown(here),
        cost_there=pair.there.cost,
        cost_here=pair.here.cost,
        same_shape=_shape(pair.there.root) == _shape(pair.here.root),
        tables=tuple(tables),
    )


def _differences(there: Node, here: Node, path: str) -> Iterator[tuple[str, str, Any, Any]]:
    """Differing values as (where, what, there, here), the node's own before its children's."""
    where = f"{path} > {_words(there)}" if path else _words(there)
    for key in dict.fromkeys((*there.raw, *here.raw)):
        one, other = there.raw.get(key, _ABSENT), here.raw.get(key, _ABSENT)
        if one != other:
            yield where, key, one, other
    if len(there.children) != len(here.children):
        yield where, "Plans", len(there.children), len(here.children)
    for child, other_child in zip(there.children, here.children, strict=False):
        yield from _differences(child, other_child, where)


def _words(node: Node) -> str:
    return f"{node.type} {quote(node.relation.name)}" if node.relation else node.type


def _shape(node: Node) -> tuple[Any, ...]:
    return (node.type, node.relation, node.index, node.join_type, tuple(map(_shape, node.children)))


def _shown(value: Any) -> str:
    """Figures as they are; texts, which may be conditions, without their literals."""
    if isinstance(value, list):
        return ", ".join(map(_shown, value))
    return _LITERAL.sub("…", value) if isinstance(value, str) else str(value)
