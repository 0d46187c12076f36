"""The what-if door: one question, "what would this cost?", whoever answers it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from dbadvisor.model.index import IndexDefinition
from dbadvisor.model.names import Name
from dbadvisor.model.plan import Plan
from dbadvisor.model.workload import Sample


@dataclass(frozen=True, slots=True)
class WhatIf:
    """A change to imagine: indexes that would exist, existing ones that would not, settings that would differ."""

    create: frozenset[IndexDefinition] = frozenset()
    hide: frozenset[Name] = frozenset()
    settings: tuple[tuple[str, str], ...] = ()


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
