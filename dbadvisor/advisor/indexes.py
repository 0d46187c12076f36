"""Recommendations of new indexes: the chosen set with its numbers, and the findings that each index answers."""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from dbadvisor.advisor.choice import Selection
from dbadvisor.advisor.costing import Answer, Costing
from dbadvisor.advisor.existing import covers, leads_with
from dbadvisor.advisor.load import Load, saving
from dbadvisor.advisor.removal import Remover
from dbadvisor.advisor.sorting import ANSWERED_BY_INDEX, created, drops
from dbadvisor.advisor.words import cost, count, excerpt, milliseconds, size
from dbadvisor.advisor.writecost import WriteCost
from dbadvisor.model.catalog import Catalog
from dbadvisor.model.change import Change, CreateExtension, CreateIndex, DropIndex
from dbadvisor.model.finding import Finding
from dbadvisor.model.index import IndexDefinition
from dbadvisor.model.names import Name, quote
from dbadvisor.model.report import Estimate, Recommendation, StatementEstimate
from dbadvisor.model.snapshot import Index

HELPS = 0.8
"""A statement is answered by an index when it costs less than this share of what it did."""
SERVED = 0.98
"""A statement counts as served by an index when its plan uses it and got cheaper at all."""

_CAST = re.compile(r"::(?!\s*(?:text|character|varchar|bpchar|date|timestamp|time|interval|regconfig)\b)")
"""A cast whose input may not be readable: of text to a number, a uuid …"""


@dataclass(slots=True)
class IndexAdvice:
    """Writes the recommendations of a selection."""

    selection: Selection
    loads: tuple[Load, ...]
    catalog: Catalog
    costing: Costing
    writes: WriteCost
    remover: Remover
    total_ms: float
    _served: dict[IndexDefinition, list[Load]] = field(default_factory=lambda: defaultdict(list))

    def recommend(self, index: IndexDefinition, findings: tuple[Finding, ...]) -> Recommendation:
        """The recommendation of one chosen index; `findings` are those it may answer."""
        served = self.served(index)
        superseded = tuple(self._superseded(index))
        gone = {drop.index for drop in superseded}
        answered = tuple(
            finding
            for finding in findings
            if self.answers(index, finding) or any(drop.index in gone for drop in drops(finding))
        )
        return Recommendation(
            rank=0,
            kind="index",
            title=f"CREATE INDEX ON {index.body}",
            why=" ".join(self._why(index, served, superseded)),
            findings=tuple(dict.fromkeys(finding.key for finding in answered)),
            changes=self._changes(index, answered, superseded),
            estimate=estimate(self.costing.planner.name, [(load, self._answer(load)) for load in served]),
            size_bytes=self.costing.bytes(index),
            affected_ms=sum(load.weight for load in served),
            saved_ms=sum(self._part(load) for load in served),
            lost_share=self.selection.losses[index] / self.total_ms if self.total_ms else 0.0,
            runner_up=self.selection.runners_up.get(index),
            caveats=tuple(
                dict.fromkeys(
                    [
                        *self._caveats(index, gone),
                        *(c for f in answered if self._proposes(f, index) for c in f.caveats),
                    ]
                )
            ),
        )

    def served(self, index: IndexDefinition) -> list[Load]:
        """The loads whose plan uses the index and is the cheaper for it, most saved first."""
        if not self._served:
            for load in self.loads:
                if self._answer(load).cost < SERVED * load.cost:
                    for used in self._answer(load).used:
                        self._served[used].append(load)
        found = self._served.get(index, [])
        return sorted(found, key=lambda load: (-saving(load, self._answer(load).cost), load.key))

    def answers(self, index: IndexDefinition, finding: Finding) -> bool:
        """Whether the index is what the finding asked for, or cures the statements that it is about."""
        if finding.rule == "IDX007":
            return finding.target in {str(other.name) for other in self._invalid(index)}
        if self._proposes(finding, index):
            return True
        if finding.rule == "IDX003":
            keys = self.catalog.foreign_keys_of(index.table)
            led = {key.columns for key in keys if leads_with(index, key.columns)}
            return finding.target in {f"{index.table} ({', '.join(map(quote, columns))})" for columns in led}
        cured = {
            load.statement.fingerprint
            for load in self.served(index)
            if load.statement and self._answer(load).cost <= HELPS * load.cost
        }
        return finding.rule in ANSWERED_BY_INDEX and bool(cured & set(finding.statements))

    @staticmethod
    def _proposes(finding: Finding, index: IndexDefinition) -> bool:
        return any(covers(index, one) or covers(one, index) for one in created(finding))

    def _answer(self, load: Load) -> Answer:
        return self.selection.answers[load.key]

    def _part(self, load: Load) -> float:
        """What the statement saves, shared evenly among the new indexes of its plan."""
        answer = self._answer(load)
        return saving(load, answer.cost) / max(1, len(answer.used))

    def _changes(
        self, index: IndexDefinition, answered: tuple[Finding, ...], superseded: tuple[DropIndex, ...]
    ) -> tuple[Change, ...]:
        """Extensions and the removal of an invalid index first, then the index, then what it makes needless."""
        extensions = [
            change
            for finding in answered
            if index in created(finding)
            for change in finding.proposals
            if isinstance(change, CreateExtension)
        ]
        invalid = [DropIndex(one.name, one.definition, self._concurrently(index)) for one in self._invalid(index)]
        self.remover.gone.update({drop.index: () for drop in invalid})
        name = free_name(self.catalog, index, {drop.index.name for drop in invalid})
        create = CreateIndex(index, name, self._concurrently(index))
        return tuple(dict.fromkeys((*extensions, *invalid, create, *superseded)))

    def _concurrently(self, index: IndexDefinition) -> bool:
        return self.catalog.tables[index.table].kind != "p"

    def _invalid(self, index: IndexDefinition) -> list[Index]:
        """Invalid indexes that were to do the same work: left by a build that failed."""
        return [
            other
            for other in self.catalog.indexes_of(index.table)
            if not other.valid and not other.building and other.droppable and covers(index, other.definition)
        ]

    def _superseded(self, index: IndexDefinition) -> Iterator[DropIndex]:
        """Existing indexes whose every use the new one takes over, proved by planning without them."""
        for other in self.catalog.indexes_of(index.table):
            if other.droppable and other.valid and other.name not in self.remover.gone:
                narrow = covers(index, other.definition) and index.where == other.definition.where
                if narrow and not isinstance(self.remover.remove(other, (), index), str):
                    yield DropIndex(other.name, other.definition, self._concurrently(index))

    def _why(self, index: IndexDefinition, served: list[Load], superseded: tuple[DropIndex, ...]) -> Iterator[str]:
        weight = sum(load.weight for load in served)
        share = weight / self.total_ms if self.total_ms else 0.0
        unit = "time" if any(load.statement and load.statement.total_ms for load in served) else "planned cost"
        yield f"{count(len(served), 'statement')} with {share:.0%} of the workload's {unit} would use it."
        for load in served[:1]:
            answer = self._answer(load)
            what = excerpt(load.statement) if load.statement else load.key
            yield f"Most gained by {what}: planner cost {cost(load.cost)} becomes {cost(answer.cost)}."
            if load.believed.factor > 1:
                yield "Its cost before is taken from the blocks it really touched: the planner expects far fewer."
        lost = self.selection.losses.get(index, 0.0)
        burden = self.writes.burden(index)
        part = lost / self.total_ms if self.total_ms else 0.0
        yield f"It takes {size(self.costing.bytes(index))} and alone saves {part:.1%} of the workload's {unit}."
        if burden.entries >= 1:
            yield (
                f"The workload's writes pay {burden.entries:,.0f} entries for it, about {milliseconds(burden.ms)} and "
                f"{size(burden.wal_bytes)} of WAL."
            )
        if superseded:
            names = [drop.index for drop in superseded]
            freed = sum(self.catalog.indexes[part].size_blocks for name in names for part in self.remover.parts(name))
            spared = self.writes.relief(names).ms
            text = f"It takes over all work of {', '.join(name.short for name in names)}"
            text += f", which frees {size(freed * self.catalog.snapshot.server.block_size)}"
            yield text + (f" and spares the writes about {milliseconds(spared)}." if spared >= 1 else ".")

    def _caveats(self, index: IndexDefinition, gone: set[Name]) -> Iterator[str]:
        if gone:
            yield "Statements outside the seen workload may be better off with the narrower index."
        if not self._concurrently(index):
            yield "A partitioned table's index cannot be built concurrently in one step: writes wait while it is built."
        if index.include:
            yield "Reading only the index needs a table that VACUUM visits often enough."
        if any(key.expression and _CAST.search(key.expression) for key in index.keys):
            yield "A text that cannot be cast stops the build, and once it stands every INSERT of such a text fails."
        if index.where:
            yield "Serves only statements that repeat the index's condition."
        columns = [self.catalog.tables[index.table].column(key.column) for key in index.keys if key.column]
        if blind := [column.name for column in columns if column and column.statistics is None]:
            yield f"There are no statistics of {', '.join(blind)} to see: how many rows match is the planner's guess."
        lost = self.writes.burden(index).hot_lost
        if lost >= 1:
            yield f"{lost:,.0f} updates of the window would no longer be HOT."


def estimate(planner: str, pairs: list[tuple[Load, Answer]]) -> Estimate:
    """Before and after of the loads, sums weighted by calls."""
    statements = tuple(_statement(load, answer) for load, answer in pairs if load.statement)
    return Estimate(
        planner=planner,
        cost_before=sum(load.calls * load.cost for load, _ in pairs),
        cost_after=sum(load.calls * answer.cost for load, answer in pairs),
        statements=tuple({one.fingerprint: one for one in reversed(statements)}.values())[::-1],
    )


def most_changed(load: Load, answer: Answer) -> int:
    """The sample whose cost changes most: its plans are the ones to show."""
    return max(range(len(load.costs)), key=lambda place: abs(load.costs[place] - answer.costs[place]))


def _statement(load: Load, answer: Answer) -> StatementEstimate:
    assert load.statement is not None
    ratios = [after / before for after, before in zip(answer.costs, load.costs, strict=True) if before > 0]
    place = most_changed(load, answer)
    return StatementEstimate(
        fingerprint=load.statement.fingerprint,
        cost_before=load.base + load.repeats * load.cost,
        cost_after=load.base + load.repeats * answer.cost,
        calls=load.statement.calls,
        total_ms=load.statement.total_ms,
        samples=len(load.plans),
        worst_ratio=max(ratios, default=1.0),
        plan_before=load.lines[place],
        plan_after=answer.lines[place],
    )


def free_name(catalog: Catalog, index: IndexDefinition, freed: set[str]) -> str:
    """The definition's default name, or the first numbered one that no relation of the schema bears."""
    schema = index.table.schema
    taken = {name.name for name in (*catalog.indexes, *catalog.tables, *catalog.views) if name.schema == schema}
    taken -= freed
    name, number = index.default_name, 0
    while name in taken:
        number += 1
        name = f"{index.default_name.removesuffix('_idx')[:55]}_{number}_idx"
    return name


def renamed(change: CreateIndex, catalog: Catalog) -> CreateIndex:
    """The change under a name that is free."""
    return replace(change, name=free_name(catalog, change.definition, set()))
