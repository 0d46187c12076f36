"""What a statement asks of each table, as facts: the common language of rules and candidates.

`sqltext.predicates.shape` makes these from a text. Column names are unquoted; expressions and values are
SQL text as PostgreSQL's deparser prints it, columns without their table's alias.
"""

import enum
from dataclasses import dataclass

from dbadvisor.model.names import Name


class Op(enum.Enum):
    """What a predicate asks of its column; the classes that index types care about."""

    EQ = "="
    IN = "in"
    RANGE = "range"
    """<, <=, >, >=, BETWEEN."""
    LIKE_PREFIX = "like prefix"
    """LIKE with a constant that starts with a literal character; also ^@."""
    LIKE_PARAMETER = "like parameter"
    """LIKE with a parameter whose pattern is not known from the text."""
    LIKE_ANYWHERE = "like anywhere"
    """LIKE or ILIKE with a leading wildcard, any ILIKE, regular expressions."""
    IS_NULL = "is null"
    IS_NOT_NULL = "is not null"
    NOT_EQ = "<>"
    TRUE = "true"
    FALSE = "false"
    CONTAINS = "@>"
    """@>, <@, ?, ?|, ?&, @?, @@ on jsonb."""
    OVERLAPS = "&&"
    TEXT_SEARCH = "@@"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Predicate:
    """A condition on one table instance alone: `<column or expression> <operator> <value>`."""

    op: Op
    operator: str
    """The operator as written: `=`, `~~*`, `>=` …; the class's word where there is none."""
    column: str | None
    """The bare column, or None when it is wrapped in an expression."""
    expression: str | None
    """The expression on the column's side when it is more than a column: `lower(email)`, `created_at::date`."""
    columns: tuple[str, ...]
    """Columns in the expression, or the one column."""
    value: str | None
    """The other side where it holds no column of the statement: `$3`, `'new'`, `now() - '1 day'`."""
    parameter: int | None = None
    """n where the value is `$n`, perhaps cast."""
    constant: bool = False
    """Whether the value is a literal kept in the text (and so the same for every call)."""
    under_or: bool = False
    """Whether it stands in an arm of an OR, so that alone it restricts nothing."""
    text: str = ""
    """The whole predicate as SQL text, columns without alias."""


@dataclass(frozen=True, slots=True)
class JoinKey:
    """An equality (or range, by `operator`) between a column here and a column of another instance."""

    column: str | None
    expression: str | None
    operator: str
    other: str
    """Alias of the other instance."""
    other_column: str | None
    outer: bool = False
    """Whether this instance is on the nullable side of an outer join over this key."""


@dataclass(frozen=True, slots=True)
class SortKey:
    """A key of ORDER BY or GROUP BY that belongs to one table instance."""

    column: str | None
    expression: str | None
    descending: bool = False
    nulls_first: bool = False


@dataclass(frozen=True, slots=True)
class TableUse:
    """One instance of a table in a statement (a self-join has two)."""

    table: Name
    alias: str
    level: int
    """Which query level it is in: 0 is the outermost; each subquery, CTE or set-operation arm has its own number.

    What the planner flattens (plain views and subqueries in FROM, CTEs used once) belongs to the level around it.
    """
    action: str = "read"
    """read, insert, update or delete."""
    predicates: tuple[Predicate, ...] = ()
    joins: tuple[JoinKey, ...] = ()
    sort: tuple[SortKey, ...] = ()
    """The level's ORDER BY, where its leading keys all belong to this instance; else empty.

    A lone min(x) or max(x) counts as ORDER BY x: the first entry of an index answers it.
    """
    sort_complete: bool = False
    """Whether `sort` is the whole ORDER BY."""
    group: tuple[SortKey, ...] = ()
    """The level's GROUP BY or DISTINCT keys where all belong to this instance."""
    columns: tuple[str, ...] = ()
    """Every column of the instance that the statement reads, wherever; all of them for `*`."""
    assigned: tuple[str, ...] = ()
    """Columns that an UPDATE sets."""
    locked: bool = False
    """FOR UPDATE or FOR SHARE reaches it."""
    limit: str | None = None
    """The level's LIMIT as text (`10`, `$2`), where it has one."""
    offset: str | None = None

    @property
    def conjuncts(self) -> tuple[Predicate, ...]:
        """The predicates that each restrict the instance by themselves."""
        return tuple(predicate for predicate in self.predicates if not predicate.under_or)


@dataclass(frozen=True, slots=True)
class QueryShape:
    """All uses of tables in a statement."""

    kind: str
    """SELECT, INSERT, UPDATE, DELETE, MERGE or UTILITY."""
    uses: tuple[TableUse, ...]
    functions: tuple[str, ...] = ()
    """Names of the functions called anywhere."""
    parameters: int = 0
    """The highest `$n`."""
    or_across_tables: bool = False
    """Whether an OR joins conditions of different instances or an EXISTS/IN subquery with a plain condition."""
