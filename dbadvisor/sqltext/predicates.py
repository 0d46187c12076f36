"""A statement's shape: what it asks of each table."""

import re

from dbadvisor.model.catalog import Catalog
from dbadvisor.sqltext.analysis import Analysis
from dbadvisor.sqltext.parse import Unparsable, kind_of, parse_one
from dbadvisor.sqltext.printing import canonical_expression
from dbadvisor.sqltext.queries import analyse
from dbadvisor.sqltext.shape import QueryShape

__all__ = ["canonical_expression", "shape"]


def shape(text: str, catalog: Catalog) -> QueryShape:
    """All uses of the catalog's tables in one statement, each table instance with what is asked of it.

    Names are resolved as PostgreSQL does by the snapshot's search path; tables that the catalog does not hold
    are passed over. Views and subqueries that the planner flattens belong to the level around them. Raises
    Unparsable, and nothing else, for a text that is not one readable statement.
    """
    kind, analysis = analysed(text, catalog)
    return QueryShape(
        kind=kind,
        uses=tuple(instance.use() for instance in analysis.instances if instance.table),
        functions=tuple(analysis.functions),
        parameters=max((int(number) for number in re.findall(r"\$(\d+)", text)), default=0),
        or_across_tables=analysis.or_across_tables,
    )


def analysed(text: str, catalog: Catalog) -> tuple[str, Analysis]:
    """The kind of the statement and all that was gathered from it; raises Unparsable."""
    statement = parse_one(text).stmt
    try:
        return kind_of(statement), analyse(statement, catalog)
    except RecursionError as error:
        raise Unparsable("nested too deeply") from error
