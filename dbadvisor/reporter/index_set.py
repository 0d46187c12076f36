"""The index set in people's words, the same in every report."""

from dataclasses import dataclass

from dbadvisor.model.report import CurvePoint, IndexSet, Recommendation, Report
from dbadvisor.model.text import one_line
from dbadvisor.reporter.words import number, plural, size

_ROWS = 8
"""Sets of the curve that a table shows."""
ENDED = "The time limit ended the search before its proof; a longer --time-limit may find a better set."


def caveats(report: Report) -> tuple[str, ...]:
    """What to mind before the set's figures are believed."""
    found, said = report.index_set, []
    if found is not None and not found.proved:
        said.append(ENDED)
    if doubted := sum(bool(item.doubted) for item in report.recommendations if item.kind == "index"):
        said.append(
            f"The shadow plans the tables of {plural(doubted, 'recommended index')} otherwise than your server: "
            "what these save is a hypothesis."
        )
    return tuple(said)


def percent(share: float) -> str:
    """A share of today's planned cost, to a tenth of a per cent.

    >>> percent(0.5638), percent(1), percent(0.0002)
    ('56.4 %', '100.0 %', '<0.1 %')
    """
    return "<0.1 %" if 0 < share < 0.0005 else f"{100 * share:.1f} %"


def gap(left: float, bound: float) -> str:
    """The distance of two shares as they are shown, so that the reader who subtracts finds the same.

    >>> gap(0.5644, 0.5617), gap(0.5641, 0.5639), gap(0.5, 0.6)
    ('0.2 points', 'below 0.1 points', 'below 0.1 points')
    """
    points = round(100 * left, 1) - round(100 * bound, 1)
    return f"{points:.1f} points" if points > 0.05 else "below 0.1 points"


def head(found: IndexSet) -> str:
    """How many indexes and how much disk, against what was allowed; empty where no set was kept."""
    if not found.curve:
        return ""
    chosen = found.curve[-1]
    if not chosen.indexes:
        return "no new index"
    most = "" if found.max_indexes is None else f" of at most {found.max_indexes:,}"
    budget = "" if found.budget_bytes is None else f" of at most {size(found.budget_bytes)}"
    return f"{plural(chosen.indexes, 'index')}{most}, {size(chosen.bytes)}{budget}"


def summary(found: IndexSet) -> str:
    """The set in one line."""
    count = head(found)
    shares = f"leaves {percent(found.left)} of today's planned cost, {percent(min(found.bound, found.left))} at best"
    return f"{count}; {shares}" if count else shares


def facts(found: IndexSet) -> tuple[tuple[str, str], ...]:
    """What is left, how far that can be from the best, and what both were worked out from: (word, sentence)."""
    bound = min(found.bound, found.left)
    plans = f"{plural(found.plans, 'known plan')} of {plural(found.candidates, 'candidate')}"
    explored = f"{plural(found.explored, 'statement')} with all their candidates"
    asked = plural(found.calls, "what-if question")
    return (
        ("left", f"{percent(found.left)} of today's planned cost, each statement weighed by its time"),
        (
            "at best",
            f"{percent(bound)} for the same upkeep: no set within the limits earns more (gap {gap(found.left, bound)})",
        ),
        ("gap", f"over the {plans}, in the planner's cost; not over indexes that nobody thought of"),
        ("explored", f"{explored}, {percent(found.covered)} of today's planned cost"),
        ("asked", f"{asked}; {number(found.derived)} more were answered from earlier answers"),
    )


def sets(found: IndexSet) -> tuple[CurvePoint, ...]:
    """The curve's sets, smallest first; the last is the recommended one, and that of no index is today."""
    return tuple(point for point in found.curve if point.indexes)


@dataclass(frozen=True, slots=True)
class Row:
    """One set of the curve, as figures for a table."""

    indexes: str
    size: str
    left: str
    at_best: str
    share: float
    chosen: bool

    @property
    def words(self) -> str:
        """The row where there is no room for a table."""
        count = f"{self.indexes} {'index' if self.indexes == '1' else 'indexes'}"
        return f"{count}, {self.size}: {self.left} left, {self.at_best} at best"


def rows(found: IndexSet) -> tuple[Row, ...]:
    """The curve, smallest set first; a long one is thinned evenly and keeps its ends. One set is no curve."""
    points = sets(found)
    last = len(points) - 1
    if last < 1:
        return ()
    shown = range(last + 1) if last < _ROWS else sorted({round(last * step / (_ROWS - 1)) for step in range(_ROWS)})
    return tuple(_row(points[position], chosen=position == last) for position in shown)


def _row(point: CurvePoint, *, chosen: bool) -> Row:
    at_best = percent(min(point.bound, point.left))
    return Row(f"{point.indexes:,}", size(point.bytes), percent(point.left), at_best, point.left, chosen)


def without(item: Recommendation) -> str:
    """What leaving out this one index would cost; empty where nobody worked it out."""
    return f"{percent(item.lost_share)} of today's planned cost would come back" if item.lost_share > 0 else ""


def instead(item: Recommendation) -> str:
    """The runner-up and why it lost; empty where none was looked for."""
    found = item.runner_up
    if found is None:
        return ""
    why = f": {found.reason}" if found.reason else ""
    if not found.instead:
        return one_line(f"nothing{why}")
    disk = f", {size(found.bytes)}" if found.bytes else ""
    return one_line(f"{found.instead}{disk}, would leave {percent(found.left)}{why}")
