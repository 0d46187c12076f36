"""Statements that go through a snapshot's redaction as samples do, and plans without the conditions' texts."""

from collections.abc import Sequence
from dataclasses import replace

from comparing import COSTS, Values, values

from dbadvisor.model.plan import Plan
from dbadvisor.model.snapshot import Snapshot
from dbadvisor.model.workload import Sample, Statement
from dbadvisor.redaction import redact_values
from dbadvisor.sqltext.fingerprint import normalize
from dbadvisor.sqltext.parse import statement_kind

SEED = 11

_TEXTS = (
    *("Filter", "Index Cond", "Recheck Cond", "Join Filter", "Hash Cond", "Merge Cond", "One-Time Filter", "Order By"),
    *("Output", "Sort Key", "Group Key", "Presorted Key", "Cache Key", "Function Call", "TID Cond", "Remote SQL"),
)


def redacted_with(snapshot: Snapshot, queries: Sequence[str]) -> Snapshot:
    """The snapshot's redaction, with the queries as its only statements."""
    statements = tuple(
        Statement(
            fingerprint=f"{number:016x}",
            text=normalize(query),
            kind=statement_kind(query),
            samples=(Sample("typical", query, "workload file"),),
        )
        for number, query in enumerate(queries)
    )
    return redact_values(replace(snapshot, statements=statements), seed=SEED)


def images(redacted: Snapshot, queries: Sequence[str]) -> dict[str, str]:
    """What each query became."""
    return {query: statement.samples[0].sql for query, statement in zip(queries, redacted.statements, strict=True)}


def masked(plan: Plan) -> Values:
    """Every value of every node but the texts of conditions."""
    return {path: value for path, value in values(plan).items() if path.rpartition(".")[2] not in _TEXTS}


def form(plan: Plan) -> Values:
    """The same without costs and estimates."""
    return {path: value for path, value in masked(plan).items() if not path.endswith(COSTS)}
