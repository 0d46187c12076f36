"""What is asked: the scenario's statements with their values, and the indexes to imagine."""

from collections import Counter
from collections.abc import Sequence

from dbadvisor.advisor.candidates import Field, candidates
from dbadvisor.advisor.load import uses_by_table
from dbadvisor.analyzer.facts import Facts
from dbadvisor.model.catalog import Catalog
from dbadvisor.model.change import CreateIndex
from dbadvisor.model.index import IndexDefinition
from dbadvisor.model.names import Name
from dbadvisor.model.plan import Plan
from dbadvisor.model.report import Report
from dbadvisor.model.snapshot import Snapshot
from dbadvisor.scenarios import Scenario, calls
from fidelity.truth import Question

VALUES_EACH = 10
"""Values of one workload statement, evenly chosen: one called with 240 would drown the others."""

INDEXES = 15
"""Indexes imagined a scenario."""


def workload_questions(made: Scenario) -> list[Question]:
    """The workload's statements with their own values."""
    questions: list[Question] = []
    for call in calls(made.text("workload.sql")):
        texts = list(dict.fromkeys(call.texts))
        step = max(1.0, len(texts) / VALUES_EACH)
        questions += [Question(texts[int(n * step)]) for n in range(min(len(texts), VALUES_EACH))]
    return questions


def sample_questions(seen: Snapshot) -> list[Question]:
    """The samples that dbadvisor makes from statistics, which is what it plans in earnest; not of our own questions."""
    asked = (each for each in seen.statements if each.kind != "UTILITY" and "pg_stat_statements" not in each.text)
    samples = (sample for each in asked for sample in each.samples)
    return [Question(sample.sql, sample.label == "generic") for sample in samples]


def chosen_indexes(seen: Snapshot, report: Report) -> list[IndexDefinition]:
    """What was recommended, then the advisor's candidates, a first of each kind on each table before any second."""
    facts = Facts(seen, {})
    field = Field(facts.catalog, uses_by_table(facts.catalog, facts.shapes))
    changes = (change for each in report.recommendations for change in each.changes)
    wanted = [change.definition for change in changes if isinstance(change, CreateIndex)]
    pool = [one for shape in facts.shapes.values() for use in shape.uses for one in candidates(field, use)]
    seen_before: Counter[tuple[str, Name]] = Counter()
    turns: list[tuple[int, IndexDefinition]] = []
    for one in dict.fromkeys(pool):
        seen_before[kind(one), one.table] += 1
        turns.append((seen_before[kind(one), one.table], one))
    further = [one for _, one in sorted(turns, key=lambda turn: turn[0])]
    return list(dict.fromkeys([*wanted, *further]))[:INDEXES]


def kind(definition: IndexDefinition) -> str:
    """The few words that tell most about how an index is imagined."""
    if definition.method != "btree":
        return " ".join([definition.method, *(key.opclass for key in definition.keys if key.opclass)])
    if any(key.expression for key in definition.keys):
        return "btree, expression"
    if definition.where:
        return "btree, partial"
    if definition.include:
        return "btree, INCLUDE"
    return "btree, several columns" if len(definition.keys) > 1 else "btree"


def on_table(catalog: Catalog, plans: Sequence[Plan], table: Name) -> list[int]:
    """Positions of the plans that read or write the table or its partitions."""
    return [
        position
        for position, plan in enumerate(plans)
        if any(node.relation and catalog.root(node.relation) == table for node in plan.nodes())
    ]
