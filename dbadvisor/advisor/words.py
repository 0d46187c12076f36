"""Numbers and plans in words, the same in every sentence of the advice."""

from dbadvisor.model.plan import Node, Plan
from dbadvisor.model.workload import Statement

MAX_PLAN = 240
"""Characters of a plan's one line."""
MAX_TEXT = 120
"""Characters of a statement in a sentence."""


def milliseconds(figure: float) -> str:
    """`840 ms`, `12.3 s`: short, for sentences."""
    return (
        f"{figure / 1000:,.1f} s" if figure >= 10_000 else f"{figure:,.3g} ms" if figure < 10 else f"{figure:,.0f} ms"
    )


def size(figure: float) -> str:
    """`16 kB`, `2.4 MB`, `1.3 GB`."""
    for unit, scale in (("GB", 1024**3), ("MB", 1024**2)):
        if figure >= scale:
            return f"{figure / scale:,.1f} {unit}"
    return f"{figure / 1024:,.0f} kB"


def cost(figure: float) -> str:
    """A planner cost: no decimals where they say nothing."""
    return f"{figure:,.0f}" if figure >= 100 else f"{figure:,.2f}"


def count(number: int, noun: str) -> str:
    """`1 statement`, `12 statements`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def excerpt(statement: Statement) -> str:
    """The beginning of the statement's normalised text on one line."""
    text = " ".join(statement.text.split())
    return text if len(text) <= MAX_TEXT else text[: MAX_TEXT - 1].rstrip() + "…"


def plan_line(plan: Plan) -> str:
    """The plan in one line: `Sort > Seq Scan on orders`; a node's several inputs stand in parentheses."""
    line = _line(plan.root)
    return line if len(line) <= MAX_PLAN else line[: MAX_PLAN - 1] + "…"


def _line(node: Node) -> str:
    label = node.type
    if node.index:
        label += f" using {node.index}"
    if node.relation:
        label += f" on {node.relation.short}"
    if not node.children:
        return label
    if len(node.children) == 1:
        return f"{label} > {_line(node.children[0])}"
    return f"{label} ({', '.join(_line(child) for child in node.children)})"


def first_sentence(text: str) -> str:
    """The text up to its first full stop that ends a sentence."""
    return text.strip().partition(". ")[0].rstrip(".")
