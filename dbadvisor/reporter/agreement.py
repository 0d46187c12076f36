"""What `dbadvisor shadow check` prints: the share of identical plans, the largest error, and each deviation by name."""

import json
from collections.abc import Iterator
from typing import Any

from dbadvisor.model.agreement import Agreement, Deviation
from dbadvisor.model.text import one_line
from dbadvisor.reporter import words


def as_json(found: Agreement) -> str:
    """One object: statements, identical, max_cost_error, deviations, skipped; every key present."""
    document = {
        "statements": found.statements,
        "identical": found.identical,
        "max_cost_error": found.max_cost_error,
        "deviations": [_deviation(each) for each in found.deviations],
        "skipped": [{"statement": each.statement, "why": each.why} for each in found.skipped],
    }
    return json.dumps(document, indent=2, allow_nan=False) + "\n"


def _deviation(each: Deviation) -> dict[str, Any]:
    return {
        "statement": each.statement,
        "sample": each.sample,
        "cost_there": each.cost_there,
        "cost_here": each.cost_here,
        "cost_error": each.cost_error,
        "same_shape": each.same_shape,
        "where": each.where,
        "what": each.what,
        "there": each.there,
        "here": each.here,
        "tables": list(each.tables),
    }


def as_text(found: Agreement) -> str:
    """A line of the outcome, then two a deviation and one a statement that was not compared."""
    return "".join(f"{one_line(line)}\n" if line else "\n" for line in _lines(found))


def _lines(found: Agreement) -> Iterator[str]:
    yield words.agreement(found)
    for each in found.deviations:
        yield ""
        costs = f"cost {words.number(each.cost_there)} there, {words.number(each.cost_here)} here"
        yield f"{each.statement} ({each.sample}): {costs}, {'same shape' if each.same_shape else 'another plan'}"
        yield f"at {each.where}: {each.what} is {each.there} there and {each.here} here"
    if found.skipped:
        yield ""
    for skipped in found.skipped:
        yield f"{skipped.statement} was not compared: {skipped.why}"
