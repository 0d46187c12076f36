"""Shapes sharpened by real calls: what a normalised text hides but every logged call says alike."""

from collections.abc import Sequence
from dataclasses import replace

from dbadvisor.model.catalog import Catalog
from dbadvisor.model.workload import Statement
from dbadvisor.sqltext.parse import Unparsable
from dbadvisor.sqltext.predicates import shape
from dbadvisor.sqltext.shape import Op, Predicate, QueryShape, TableUse

RECURRING = 3
"""Different logged calls that have the same value in one place before it is taken to be part of the statement."""
LOGGED = "logged"
"""The label of samples that hold an application's own values."""


def sharpened(known: QueryShape, statement: Statement, catalog: Catalog) -> QueryShape:
    """The shape with patterns (`LIKE $1`) and expressions (`data ->> $1`) as the logged calls have them.

    Only where all logged calls agree. Comparison values stay parameters, as the next call may bring others, but for
    one that is the same in `RECURRING` calls that differ elsewhere: such as `status = 'open'`.
    """
    try:
        seen = [shape(sample.sql, catalog) for sample in statement.samples if sample.label == LOGGED]
    except Unparsable:
        return known
    if not seen or any(len(one.uses) != len(known.uses) for one in seen):
        return known
    uses = tuple(_use(use, [one.uses[place] for one in seen]) for place, use in enumerate(known.uses))
    return replace(known, uses=uses)


def _use(use: TableUse, seen: Sequence[TableUse]) -> TableUse:
    if any((one.table, len(one.predicates)) != (use.table, len(use.predicates)) for one in seen):
        return use
    pairs = enumerate(use.predicates)
    return replace(use, predicates=tuple(_predicate(p, [one.predicates[n] for one in seen]) for n, p in pairs))


def _predicate(known: Predicate, seen: Sequence[Predicate]) -> Predicate:
    first = seen[0]
    alike = all((one.op, one.expression, one.columns) == (first.op, first.expression, first.columns) for one in seen)
    if alike and known.op is Op.EQ and len(seen) >= RECURRING and all(one.text == first.text for one in seen):
        return first
    hidden = known.op is Op.LIKE_PARAMETER or "$" in (known.expression or "")
    if not (alike and hidden):
        return known
    return replace(known, op=first.op, expression=first.expression, columns=first.columns, column=first.column)
