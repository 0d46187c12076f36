"""Snapshots and plans in a line or two, for edge cases that no server is needed for.

snap().table("child", rows=5e3, columns={"id": "integer", "parent_id": "integer"}).index("child", "parent_id")
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Self

from dbadvisor.analyzer.facts import Facts
from dbadvisor.analyzer.run import apply
from dbadvisor.model.finding import Finding
from dbadvisor.model.index import IndexDefinition, IndexKey
from dbadvisor.model.names import Name
from dbadvisor.model.plan import Node, Plan
from dbadvisor.model.rule import Rule
from dbadvisor.model.snapshot import (
    Column,
    ColumnStatistics,
    ForeignKey,
    Gap,
    Index,
    Server,
    Snapshot,
    Table,
    TableActivity,
)
from dbadvisor.model.whatif import SamplePlan
from dbadvisor.model.workload import Sample, Statement, Window
from dbadvisor.sqltext.fingerprint import fingerprint, normalize
from dbadvisor.sqltext.parse import statement_kind

MONTHS = Window(statements_seconds=90 * 86_400, tables_seconds=90 * 86_400)


def name(text: str) -> Name:
    """`orders` in public, or `schema.orders`."""
    schema, _, bare = text.rpartition(".")
    return Name(schema or "public", bare)


def node(type_: str, relation: str | None = None, *children: Node, rows: float = 1, **fields: Any) -> Node:
    """A plan node; the alias is the relation's name unless given."""
    alias = fields.pop("alias", name(relation).name if relation else None)
    cost = fields.pop("cost", rows)
    return Node(
        type=type_,
        startup_cost=0.0,
        total_cost=float(cost),
        plan_rows=float(rows),
        plan_width=8,
        children=children,
        relation=name(relation) if relation else None,
        alias=alias,
        **fields,
    )


def key(text: str) -> IndexKey:
    """`a`, `b desc`, `c nulls first`, `d text_pattern_ops`, `e collate "C"`, `(lower(email))`."""
    subject, rest = re.fullmatch(r"(\(.+\)|\S+)\s*(.*)", text, re.DOTALL).groups()  # type: ignore[union-attr]
    descending = bool(re.search(r"\bdesc\b", rest))
    first = re.search(r"nulls (first|last)", rest)
    opclass = re.search(r"\b\w+_ops\b", rest)
    collation = re.search(r"collate (\S+)", rest)
    return IndexKey(
        column=None if subject.startswith("(") else subject,
        expression=subject[1:-1] if subject.startswith("(") else None,
        opclass=opclass[0] if opclass else None,
        collation=collation[1] if collation else None,
        descending=descending,
        nulls_first=first[1] == "first" if first else descending,
    )


def snap(**fields: Any) -> "Builder":
    """An empty database whose counters are three months old; fields of Snapshot may be given."""
    return Builder(fields)


class Builder:
    """Collects objects in the order given; statements take the plans that follow them."""

    def __init__(self, fields: Mapping[str, Any]) -> None:
        self._fields: dict[str, Any] = {"window": MONTHS, **fields}
        self._tables: dict[Name, Table] = {}
        self._indexes: list[Index] = []
        self._keys: list[ForeignKey] = []
        self._statements: list[Statement] = []
        self._gaps: list[Gap] = []
        self._plans: dict[str, list[SamplePlan]] = {}
        self._oid = 16_384

    def _next_oid(self) -> int:
        self._oid += 1
        return self._oid

    def table(
        self,
        table: str,
        *,
        rows: float = 1e5,
        blocks: int | None = None,
        columns: Mapping[str, str] | None = None,
        not_null: tuple[str, ...] = (),
        distinct: Mapping[str, float] | None = None,
        activity: Mapping[str, int] | None = None,
        **fields: Any,
    ) -> Self:
        """A table; 100 rows a block unless given; columns with their types; n_distinct as in pg_stats."""
        columns = columns or {"id": "integer"}
        distinct = distinct or {}
        made = tuple(
            Column(
                column,
                number,
                type_,
                not_null=column in not_null,
                base_type=type_,
                statistics=ColumnStatistics(0.0, 4, distinct[column]) if column in distinct else None,
            )
            for number, (column, type_) in enumerate(columns.items(), 1)
        )
        size = int(rows // 100) + 1 if blocks is None else blocks
        fields = {"kind": "r", "activity": TableActivity(**(activity or {})), **fields}
        self._tables[name(table)] = Table(self._next_oid(), name(table), columns=made, rows=rows, pages=size, **fields)
        return self

    def column(self, table: str, column: str, **fields: Any) -> Self:
        """Changes fields of a column that is there."""
        found = self._tables[name(table)]
        columns = tuple(replace(c, **fields) if c.name == column else c for c in found.columns)
        self._tables[name(table)] = replace(found, columns=columns)
        return self

    def index(
        self,
        table: str,
        *keys: str,
        named: str | None = None,
        unique: bool = False,
        where: str | None = None,
        include: tuple[str, ...] = (),
        method: str = "btree",
        **fields: Any,
    ) -> Self:
        """An index; `named` overrides the default name; other fields are Index's own."""
        definition = IndexDefinition(
            name(table), tuple(key(text) for text in keys), include=include, where=where, unique=unique, method=method
        )
        called = Name(name(table).schema, named or definition.default_name)
        self._indexes.append(Index(self._next_oid(), called, definition, **{"pages": 500, **fields}))
        return self

    def fk(self, table: str, columns: str, referenced: str, to: str = "id", **fields: Any) -> Self:
        """A foreign key; columns separated by commas."""
        split = tuple(column.strip() for column in columns.split(","))
        target = tuple(column.strip() for column in to.split(","))
        called = f"{name(table).name}_{split[0]}_fkey"
        self._keys.append(ForeignKey(called, name(table), split, name(referenced), target, **fields))
        return self

    def statement(self, sql: str, *, calls: int = 100, ms: float = 1_000.0, **fields: Any) -> Self:
        """A statement as pg_stat_statements has it (literals become `$n`); `blocks` and `rows` are a call's."""
        blocks, rows = fields.pop("blocks", 0), fields.pop("rows", 1)
        counters = {"hit_blocks": int(blocks * calls), "rows": int(rows * calls)}
        text = normalize(sql)
        made = Statement(
            fingerprint(text), text, statement_kind(text), calls=calls, total_ms=ms, **{**counters, **fields}
        )
        self._statements.append(made)
        return self

    def plan(self, root: Node, *, label: str = "typical", sql: str | None = None, source: str = "pg_stats") -> Self:
        """One more planned sample of the last statement."""
        last = self._statements[-1]
        sample = Sample(label, sql or last.text, source)
        self._statements[-1] = replace(last, samples=(*last.samples, sample))
        self._plans.setdefault(last.fingerprint, []).append(SamplePlan(sample, Plan(root)))
        return self

    def gap(self, key: str, why: str = "not allowed") -> Self:
        """Something that could not be seen."""
        self._gaps.append(Gap(key, key, why))
        return self

    @property
    def last(self) -> str:
        """The fingerprint of the last statement."""
        return self._statements[-1].fingerprint

    def snapshot(self) -> Snapshot:
        """The snapshot so far."""
        return Snapshot(
            **{
                "taken_at": "2026-01-01T00:00:00Z",
                "server": Server(180000, "PostgreSQL 18.0", "shop"),
                "tables": tuple(self._tables.values()),
                "indexes": tuple(self._indexes),
                "foreign_keys": tuple(self._keys),
                "statements": tuple(self._statements),
                "gaps": tuple(self._gaps),
                **self._fields,
            }
        )

    def facts(self) -> Facts:
        """The snapshot with its plans."""
        return Facts(self.snapshot(), {fingerprint: tuple(plans) for fingerprint, plans in self._plans.items()})

    def findings(self, rule: Rule) -> tuple[Finding, ...]:
        """What the rule finds; a rule that cannot look, or fails, fails the test."""
        found, outcome = apply(rule, self.facts())
        assert outcome.state != "could not look", outcome.why
        return found
