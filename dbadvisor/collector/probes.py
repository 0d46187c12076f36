"""Our own small statements about the users' tables as questions; those of `model/probe.py` are only planned.

Which tables they may be sent to is not decided here. None calls a function of the users', reads more than the ends
of an index, or depends on search_path.
"""

from collections.abc import Sequence
from typing import Any

from dbadvisor.collector.queries import MARK, Query
from dbadvisor.model.names import Name, quote


def index_ends(table: Name, columns: Sequence[str]) -> Query:
    """The smallest and the largest value of each column, in the order of the columns, as text; NULL when it has none.

    concat() prints any type by its output function, as pg_stats does; a cast to text might be the users' own.
    """
    ends = ", ".join(
        f"(SELECT concat({name}) FROM ONLY {table} WHERE {name} IS NOT NULL ORDER BY {name}{way} LIMIT 1) AS {end}_{n}"
        for n, name in enumerate(map(quote, columns))
        for end, way in (("minimum", ""), ("maximum", " DESC"))
    )
    return _query("index_ends", f"SELECT {MARK}: index_ends */ {ends}", "where the indexes of one table end")


def explain(name: str, sql: str) -> Query:
    """The question how the server plans a statement of ours, which is not run."""
    return _query(
        name, f"EXPLAIN {MARK}: {name} */ (VERBOSE, FORMAT JSON) {sql}", "how the server plans a statement of ours"
    )


_PAGE_COST = 50
"""DEFAULT_PAGE_CPU_MULTIPLIER of selfuncs.c: operators' costs that each page of a descent counts for."""


def heights(document: Any) -> dict[str, int]:
    """Levels above the leaves by index name, from a plan made with cpu_operator_cost = 1.

    btcostestimate: a scan without conditions starts at ceil(log2(tuples)) + 50 * (height + 1) operators, and the
    logarithm is below 50.
    """
    found: dict[str, int] = {}
    plans = [document[0]["Plan"]]
    while plans:
        plan = plans.pop()
        plans += plan.get("Plans", ())
        if "Index Name" in plan:
            found[plan["Index Name"]] = int(plan["Startup Cost"] // _PAGE_COST) - 1
    return found


def _query(name: str, sql: str, asks: str) -> Query:
    return Query(name, "postgres", (13,), asks, sql)
