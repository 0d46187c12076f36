"""The what-if door: one question, "what would this cost?", whoever answers it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from dbadvisor.model.index import IndexDefinition
from dbadvisor.model.names import Name, quote
from dbadvisor.model.plan import Plan
from dbadvisor.model.workload import Sample


@dataclass(frozen=True, slots=True)
class AssumedStatistics:
    """What CREATE STATISTICS on some columns would find. Statistics alone cannot tell: the values come from a copy of
    the data, or ask what would be if it were so."""

    table: Name
    combinations: tuple[tuple[tuple[str, ...], float], ...] = ()
    """(columns, how many distinct combinations they have)."""
    dependencies: tuple[tuple[tuple[str, ...], str, float], ...] = ()
    """(columns, the column that they determine, share of the rows for which they do)."""

    def __post_init__(self) -> None:
        of = [columns for columns, _ in self.combinations] + [(*of, to) for of, to, _ in self.dependencies]
        if not of or any(len(set(columns)) < 2 or len(set(columns)) != len(columns) for columns in of):
            raise ValueError("extended statistics are about two columns or more")

    def create_sql(self, name: Name, columns: tuple[str, ...]) -> str:
        """The CREATE STATISTICS that would gather them."""
        kinds = ["ndistinct"] * bool(self.combinations) + ["dependencies"] * bool(self.dependencies)
        return f"CREATE STATISTICS {name} ({', '.join(kinds)}) ON {', '.join(map(quote, columns))} FROM {self.table}"


@dataclass(frozen=True, slots=True)
class AssumedDistinct:
    """How many distinct values a column would have with ALTER TABLE … SET (n_distinct = …) after the next ANALYZE."""

    table: Name
    column: str
    n_distinct: float
    """As in pg_stats: negative means a share of the rows."""


@dataclass(frozen=True, slots=True)
class WhatIf:
    """A change to imagine: indexes that would exist, existing ones that would not, settings that would differ,
    statistics that would say otherwise."""

    create: frozenset[IndexDefinition] = frozenset()
    hide: frozenset[Name] = frozenset()
    settings: tuple[tuple[str, str], ...] = ()
    statistics: frozenset[AssumedStatistics] = frozenset()
    distinct: frozenset[AssumedDistinct] = frozenset()


NOTHING = WhatIf()
"""The database as it is."""


@dataclass(frozen=True, slots=True)
class SamplePlan:
    """How one sample of a statement is planned in the database as it is."""

    sample: Sample
    plan: Plan


@dataclass(frozen=True, slots=True)
class Unplanned:
    """A statement that could not be planned, with the server's own words."""

    reason: str


class Planner(Protocol):
    """Answers what-if questions. Statements are single, without EXPLAIN, with values or with `$n`."""

    @property
    def name(self) -> str:
        """shadow, hypopg or recorded: printed beside every estimate."""

    @property
    def calls(self) -> int:
        """Plans asked so far."""

    def explain(
        self, statements: Sequence[str], whatif: WhatIf = NOTHING, *, role: str | None = None
    ) -> list[Plan | Unplanned]:
        """Plans every statement under one imagined change; one answer a statement, in order.

        `role` is the role whose row security, settings and search_path hold; with None the database's hold. A
        statement with `$n` is planned generically. What cannot be planned comes back as Unplanned;
        an imagined index that cannot be created raises PlannerRefused. In the plans an imagined index
        bears its definition's `default_name`, or where that is taken its first 60 characters and `_2`
        (its partitions' parts may bear any unused name).
        """

    def index_bytes(self, definition: IndexDefinition) -> int:
        """The size that the index would have once built, in bytes."""


class PlannerRefused(Exception):
    """The imagined index cannot exist (no operator class, not immutable, too wide …); says why."""

    def __init__(self, definition: IndexDefinition, reason: str) -> None:
        super().__init__(reason)
        self.definition = definition
        self.reason = reason
