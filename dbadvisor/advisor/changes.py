"""Recommendations other than new indexes: removals, rewrites, statistics, settings, upkeep, and words for people."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from dbadvisor.advisor.costing import Answer
from dbadvisor.advisor.indexes import estimate
from dbadvisor.advisor.load import Load, saving
from dbadvisor.advisor.removal import Removal, Remover
from dbadvisor.advisor.rewrites import Trial
from dbadvisor.advisor.sorting import drops
from dbadvisor.advisor.words import cost, count, first_sentence, milliseconds, size
from dbadvisor.advisor.writecost import WriteCost
from dbadvisor.model.change import Change
from dbadvisor.model.finding import Finding
from dbadvisor.model.names import Name
from dbadvisor.model.report import Recommendation, Rejected
from dbadvisor.model.snapshot import Snapshot

KINDS = {
    "create_index": "index",
    "create_extension": "index",
    "drop_index": "drop_index",
    "create_statistics": "statistics",
    "set_parameter": "setting",
    "maintenance": "maintenance",
    "alter_table": "storage",
}
"""A recommendation's kind by that of its first change."""
MANY = 20
"""Statements that a removal's estimate lists; all of them were planned again."""


@dataclass(slots=True)
class Writer:
    """Turns findings into recommendations that no index choice is needed for."""

    snapshot: Snapshot
    planner: str | None
    writes: WriteCost
    remover: Remover

    def affected_ms(self, findings: Iterable[Finding]) -> float:
        """Execution time of the findings' statements."""
        wanted = {fingerprint for finding in findings for fingerprint in finding.statements}
        return sum(s.total_ms for s in self.snapshot.statements if s.fingerprint in wanted)

    # Removals ------------------------------------------------------------------------------------------------------

    def removals(self, findings: tuple[Finding, ...]) -> tuple[list[Recommendation], list[Rejected]]:
        """Proved removals, one recommendation for all findings on the same indexes, and the refused ones."""
        rules: dict[Name, list[Finding]] = {}
        for finding in findings:
            for drop in drops(finding):
                rules.setdefault(drop.index, []).append(finding)
        made: list[Recommendation] = []
        refused: list[Rejected] = []
        done = set(self.remover.gone)
        for finding in findings:
            wanted = [drop.index for drop in drops(finding) if drop.index not in done]
            done |= set(wanted)
            concerned = tuple(dict.fromkeys(one for name in wanted for one in rules[name]))
            proofs = {name: self._prove(name, tuple(rules[name])) for name in wanted}
            refused += [
                Rejected(f"DROP INDEX {name}", proof, tuple(one.key for one in rules[name]))
                for name, proof in proofs.items()
                if isinstance(proof, str)
            ]
            proved = {name: proof for name, proof in proofs.items() if isinstance(proof, Removal)}
            if proved:
                made.append(self._removal(finding, concerned, proved))
        return made, refused

    def _prove(self, name: Name, findings: tuple[Finding, ...]) -> Removal | str:
        index = self.remover.catalog.indexes.get(name)
        if index is None:
            return "it is not there"
        return self.remover.remove(index, tuple(finding.rule for finding in findings))

    def _removal(
        self, finding: Finding, findings: tuple[Finding, ...], proved: Mapping[Name, Removal]
    ) -> Recommendation:
        changes = [c for c in finding.proposals if c.kind != "drop_index" or _name(c) in proved]
        freed = sum(removal.index.size_blocks for removal in proved.values()) * self.snapshot.server.block_size
        spared = self.writes.relief(proved).ms
        last = list(proved.values())[-1]
        pairs = self._pairs(next(iter(proved.values())).before, last.after)
        return Recommendation(
            rank=0,
            kind="drop_index",
            title="; ".join(f"DROP INDEX {name}" for name in proved),
            why=" ".join((*(one.summary for one in findings), self._proof(len(last.after), freed, spared))),
            findings=tuple(one.key for one in findings),
            changes=tuple(changes),
            estimate=estimate(self.planner, pairs) if self.planner and pairs else None,
            size_bytes=-freed,
            affected_ms=self.affected_ms(findings),
            saved_ms=spared,
            caveats=tuple(dict.fromkeys(c for one in findings for c in one.caveats)),
        )

    def _pairs(self, before: Mapping[str, Answer], after: Mapping[str, Answer]) -> list[tuple[Load, Answer]]:
        """The loads as they are before the removal, with their answers after it; the heaviest."""
        return [
            (_as_answered(load, before[load.key]), after[load.key])
            for load in self.remover.loads
            if load.key in before and load.key in after
        ][:MANY]

    def _proof(self, statements: int, freed: int, spared: float) -> str:
        text = f"It frees {size(freed)}"
        if spared >= 1:
            text += f" and spares the window's writes about {milliseconds(spared)}"
        if statements:
            text += f"; {count(statements, 'statement')} on the table, planned again without it, got no dearer"
        return text + "."

    # Rewrites ------------------------------------------------------------------------------------------------------

    def rewrite(self, trial: Trial, final: Answer | None) -> Recommendation:
        """A rewrite with the planner's word on it; `final` are its plans beside the chosen indexes."""
        finding, rewritten = trial.finding, trial.rewritten
        assert finding.rewrite is not None
        caveats, shown = list(finding.caveats), None
        answer = final
        if answer is None and rewritten is not None:
            answer = Answer(rewritten.cost, rewritten.costs, frozenset(), rewritten.lines)
        if answer is not None and answer.cost < trial.original.cost and len(answer.costs) == len(trial.original.costs):
            shown = answer
        else:
            caveats.append(
                "The rewritten text holds values that only the application knows, so its cost was not asked."
                if rewritten is None
                else "The planner's cost does not show the gain."
            )
        costs = f" Planner cost {cost(trial.original.cost)} becomes {cost(shown.cost)}." if shown else ""
        return Recommendation(
            rank=0,
            kind="application" if finding.rewrite.application else "rewrite",
            title=finding.action or first_sentence(finding.advice or finding.summary),
            why=" ".join(part for part in (finding.summary + costs, finding.advice) if part),
            findings=(finding.key,),
            rewrite=finding.rewrite,
            estimate=estimate(self.planner, [(trial.original, shown)]) if self.planner and shown else None,
            affected_ms=self.affected_ms((finding,)),
            saved_ms=saving(trial.original, shown.cost) if shown else 0.0,
            caveats=tuple(caveats),
        )

    # What stands by itself -----------------------------------------------------------------------------------------

    def direct(self, findings: tuple[Finding, ...]) -> list[Recommendation]:
        """One recommendation for each set of changes; a finding whose changes another one makes too joins it.

        Advice that only people can follow stands alone.
        """
        groups: dict[tuple[Change, ...], list[Finding]] = {}
        told = [self._plain((), (finding,)) for finding in findings if not finding.proposals]
        for finding in sorted(findings, key=lambda one: (-len(one.proposals), one.key)):
            home = next((changes for changes in groups if set(finding.proposals) <= set(changes)), finding.proposals)
            if finding.proposals:
                groups.setdefault(home, []).append(finding)
        return [*(self._plain(changes, tuple(members)) for changes, members in groups.items()), *told]

    def untried(self, finding: Finding, caveat: str) -> Recommendation:
        """A finding's own proposal where no planner could judge it."""
        return self._plain(finding.proposals, (finding,), caveat)

    def _plain(self, changes: tuple[Change, ...], findings: tuple[Finding, ...], *caveats: str) -> Recommendation:
        first = findings[0]
        told = tuple(dict.fromkeys(one.advice for one in findings if one.advice))
        return Recommendation(
            rank=0,
            kind=_kind(changes),
            title="; ".join(change.sql for change in changes) or first.action or first_sentence(first.summary),
            why=" ".join((*(one.summary for one in findings), *told)),
            findings=tuple(one.key for one in findings),
            changes=changes,
            rewrite=first.rewrite,
            affected_ms=self.affected_ms(findings),
            caveats=tuple(dict.fromkeys((*(c for one in findings for c in one.caveats), *caveats))),
        )


def _kind(changes: tuple[Change, ...]) -> str:
    if not changes:
        return "application"
    first = changes[0]
    if first.kind == "alter_table" and "ALTER COLUMN" in first.sql.upper():
        return "statistics"
    return KINDS[first.kind]


def _name(change: Change) -> Name | None:
    return getattr(change, "index", None)


def _as_answered(load: Load, answer: Answer) -> Load:
    return replace(load, lines=answer.lines, costs=answer.costs)
