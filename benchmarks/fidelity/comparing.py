"""Two plans of one statement, value by value, and many such comparisons in a few figures."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from dbadvisor.model.plan import Node, Plan
from dbadvisor.model.whatif import Unplanned

_FIGURES = ("Startup Cost", "Total Cost", "Plan Rows", "Plan Width")


@dataclass(frozen=True, slots=True)
class Comparison:
    """One planner's answer to one question beside the truth."""

    statement: str
    index: str | None
    """The imagined index's SQL; None for the database as it is."""
    changed: bool
    """Whether the truly built index changes the plan at all: the questions that count."""
    true_cost: float
    cost: float | None
    """None where the planner has no answer."""
    identical: bool
    """Whether every value of every node of EXPLAIN (VERBOSE, FORMAT JSON) is the same."""
    same_shape: bool
    """The same but for costs, rows and widths."""
    difference: str
    """The first values that differ, or why there is no answer."""

    @property
    def error(self) -> float | None:
        """The total cost's relative error, without its sign."""
        return None if self.cost is None else abs(self.cost - self.true_cost) / max(self.true_cost, 0.01)


@dataclass(frozen=True, slots=True)
class Tally:
    """Comparisons counted."""

    questions: int
    unanswered: int
    identical: int
    same_shape: int
    median_error: float
    max_error: float


def compare(
    statement: str,
    truth: Plan,
    answer: Plan | Unplanned,
    known: Collection[str],
    index: str | None = None,
    *,
    changed: bool = False,
) -> Comparison:
    """Sets an answer beside the truth; `known` are the names of the existing indexes."""
    if isinstance(answer, Unplanned):
        return Comparison(statement, index, changed, truth.cost, None, False, False, answer.reason)
    expected, got = values(truth, known), values(answer, known)
    differing = [path for path in {**expected, **got} if expected.get(path) != got.get(path)]
    shown = "; ".join(f"{path}: {expected.get(path)} / {got.get(path)}" for path in _telling(differing)[:2])
    same_shape = all(path.endswith(_FIGURES) for path in differing)
    return Comparison(statement, index, changed, truth.cost, answer.cost, not differing, same_shape, shown)


def tally(comparisons: Sequence[Comparison]) -> Tally:
    """The figures of many comparisons; unanswered questions have no error."""
    errors = [error for each in comparisons if (error := each.error) is not None]
    return Tally(
        questions=len(comparisons),
        unanswered=len(comparisons) - len(errors),
        identical=sum(each.identical for each in comparisons),
        same_shape=sum(each.same_shape for each in comparisons),
        median_error=median(errors) if errors else 0.0,
        max_error=max(errors, default=0.0),
    )


def values(plan: Plan, known: Collection[str]) -> dict[str, Any]:
    """Every value of every node by the path to it, children by number.

    An index that is not among the known ones is called imagined: HypoPG names a partition's after a number.
    """
    return dict(_walk(plan.root, known, ""))


def _walk(node: Node, known: Collection[str], path: str) -> Iterator[tuple[str, Any]]:
    for key, value in node.raw.items():
        yield f"{path}{key}", "imagined" if key == "Index Name" and value not in known else value
    for number, child in enumerate(node.children):
        yield from _walk(child, known, f"{path}{number}/")


def _telling(paths: Sequence[str]) -> list[str]:
    """What is no figure first, then the deepest: figures differ there first and are only summed up above."""
    return sorted(paths, key=lambda path: (path.endswith(_FIGURES), -path.count("/")))
