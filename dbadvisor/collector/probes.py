"""The texts of our own small statements about the users' tables. Which tables they may be sent to is not decided here.

None calls a function of the users', reads more than the ends of an index, or depends on search_path.
"""

from collections.abc import Sequence

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


def _query(name: str, sql: str, asks: str) -> Query:
    return Query(name, "postgres", (13,), asks, sql)
