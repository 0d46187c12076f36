"""QRY001: the column sought by is wrapped in a function or cast."""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from dbadvisor.analyzer.facts import Facts
from dbadvisor.analyzer.reading import (
    CATALOG,
    PLAN,
    distinct_values,
    leading_index,
    measured,
    real_uses,
)
from dbadvisor.analyzer.registry import rule
from dbadvisor.analyzer.wants import create
from dbadvisor.analyzer.waste import Waste, waste_of, weighty_uses
from dbadvisor.model.change import CreateIndex, Rewrite
from dbadvisor.model.finding import Evidence, Finding, Severity
from dbadvisor.model.index import IndexDefinition, IndexKey
from dbadvisor.model.names import Name, quote
from dbadvisor.model.workload import Statement
from dbadvisor.sqltext.shape import Op, Predicate, TableUse

_SOUGHT = (Op.EQ, Op.IN, Op.RANGE)
"""What a btree on the expression could serve."""
_TIMES = ("timestamp without time zone", "timestamp with time zone")

# What PostgreSQL marks immutable (pg_proc.provolatile = 'i') for the argument types below; an index on anything else
# is refused by the server. The casts are those whose result hangs on no setting (DateStyle, TimeZone, search_path).
_IMMUTABLE_FUNCTIONS = frozenset(
    "lower upper btrim ltrim rtrim trim length char_length coalesce abs md5 reverse left right substr substring "
    "replace split_part translate mod sign floor ceil round greatest least nullif".split()
)
_IMMUTABLE_CASTS = frozenset(
    "text varchar integer int int4 bigint int8 numeric uuid boolean bool smallint int2".split()
)
_TEXT_TYPES = frozenset(("text", "character varying"))
"""The only ones that || joins without a conversion that may hang on settings."""
_SETTLED_TYPES = frozenset(
    ("text", "character varying", "integer", "bigint", "smallint", "numeric", "uuid", "boolean", "jsonb")
)
_SESSION = re.compile(r"\b(current_\w+|session_user|localtime(stamp)?)\b", re.IGNORECASE)
_CALL = re.compile(r"([a-z_][\w.]*)\s*\(", re.IGNORECASE)
_CAST = re.compile(r"::\s*([a-z_]\w*)|\bas\s+([a-z_]\w*)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Wrapped:
    waste: Waste
    predicate: Predicate

    @property
    def statement(self) -> Statement:
        return self.waste.statement

    @property
    def use(self) -> TableUse:
        return self.waste.use


@rule("QRY001", "wrapped-column", Severity.WARNING, needs=("statements", "plans"), since="0.1")
def wrapped_column(facts: Facts) -> Iterator[Finding]:
    """A function or cast around the column keeps its index from being used.

    ## Looks for

    Conditions `f(column) = …`, `column::type = …` (also IN and ranges) that no index on the expression serves, in
    statements that read a table of at least 100 blocks from end to end to keep at most 10 % of its rows, or through
    another index at ten blocks or more for every row, and that take at least 1 % of all time or touch 1,000 blocks a
    call.

    ## Why it costs

    An index on the column is sorted by the column, not by what the function makes of it. The planner also knows nothing
    of the function's results and guesses that one row in 200 fits.

    ## When to leave it

    When the table stays small. A cast of timestamptz to date hangs on the session's time zone: it can't be indexed, and
    the condition has to be written as a range.

    ## Bad

    ```sql
    CREATE TABLE member (id int PRIMARY KEY, email text NOT NULL, note text NOT NULL);
    INSERT INTO member SELECT g, 'User' || g || '@example.org', repeat('x', 60) FROM generate_series(1, 40000) g;
    ANALYZE member;
    -- workload
    SELECT id, note FROM member WHERE lower(email) = 'user77@example.org';
    ```

    ## Good

    ```sql
    CREATE TABLE member (id int PRIMARY KEY, email text NOT NULL, note text NOT NULL);
    INSERT INTO member SELECT g, 'User' || g || '@example.org', repeat('x', 60) FROM generate_series(1, 40000) g;
    CREATE INDEX member_lower_email ON member (lower(email));
    ANALYZE member;
    -- workload
    SELECT id, note FROM member WHERE lower(email) = 'user77@example.org';
    ```
    """
    found: dict[tuple[Name, str], list[_Wrapped]] = defaultdict(list)
    for statement, use in weighty_uses(facts):
        waste = waste_of(facts, statement, use)
        if waste and waste.join is None:
            for predicate in _wrapped(facts, use):
                found[use.table, predicate.expression or ""].append(_Wrapped(waste, predicate))
    for wrapped_ones in found.values():
        yield _finding(facts, wrapped_ones)
    facts.examined(len(facts.shapes), len(facts.statements), "statements")


def _wrapped(facts: Facts, use: TableUse) -> Iterator[Predicate]:
    """The conditions on an expression that no index holds."""
    for predicate in use.conjuncts:
        sought = predicate.expression and predicate.columns and predicate.op in _SOUGHT
        if sought and leading_index(facts, use.table, None, predicate.expression) is None:
            yield predicate


def _finding(facts: Facts, found: list[_Wrapped]) -> Finding:
    worst = found[0]
    table, predicate = worst.use.table, worst.predicate
    rewrite = _range(facts, worst)
    proposal = _index(facts, worst, rewritten=rewrite is not None)
    zoned = _casts_zoned(facts, worst)
    return Finding(
        rule="QRY001",
        severity=Severity.WARNING,
        target=f"{table} ({predicate.expression})",
        summary=f"{predicate.expression} of {table} is compared where only the bare column could use an index: "
        f"a {worst.waste.how} keeps about {worst.waste.kept:,.0f} of {facts.catalog.rows(table):,.0f} rows.",
        evidence=(
            *measured(worst.statement, facts.share(worst.statement)),
            Evidence("condition", predicate.text or predicate.expression or "", "condition", "statement"),
            Evidence("table size", facts.catalog.blocks(table), "blocks", CATALOG),
            Evidence("rows kept", round(worst.waste.kept), "rows", PLAN),
        ),
        statements=tuple(dict.fromkeys(one.statement.fingerprint for one in found)),
        proposals=(proposal,) if proposal else (),
        action=f"Compare {table.short}.{quote(worst.predicate.columns[0])} itself, not {predicate.expression}",
        rewrite=rewrite,
        advice=None
        if rewrite or proposal
        else "Compare the bare column, moving the function or cast to the other side.",
        caveats=("The cast hangs on the session's TimeZone: it is not immutable and cannot be indexed.",)
        if zoned
        else (),
    )


def _range(facts: Facts, wrapped: _Wrapped) -> Rewrite | None:
    """The same days as a half-open range on the bare column."""
    from dbadvisor.sqltext.rewrite import cast_to_range  # here: to list the rules needs no SQL grammar

    column = wrapped.predicate.columns[0]
    found = facts.column(wrapped.use.table, column)
    if len(wrapped.predicate.columns) != 1 or found is None or found.base_type not in _TIMES:
        return None
    after = cast_to_range(wrapped.statement.text, column, found.base_type)
    if after is None:
        return None
    return Rewrite(
        wrapped.statement.text,
        after,
        f"A day is the half-open range from its midnight to the next, in the session's time zone; both forms leave "
        f"out rows in which {column} is NULL.",
    )


def _index(facts: Facts, wrapped: _Wrapped, *, rewritten: bool) -> CreateIndex | None:
    """An index for the rewritten condition where there is none yet, else one on the expression where it may be."""
    table, predicate = wrapped.use.table, wrapped.predicate
    if rewritten:
        if leading_index(facts, table, predicate.columns[0]):
            return None
        key = IndexKey(predicate.columns[0])
    elif (expression := _whole_expression(facts, wrapped)) and _immutable(facts, wrapped, expression):
        key = IndexKey(expression=expression)
    else:
        return None
    equals = {p.column for p in wrapped.use.conjuncts if p.op is Op.EQ and p.column}
    telling = (column for column in equals if distinct_values(facts, table, column) > 1)
    lead = sorted(telling, key=lambda column: (-distinct_values(facts, table, column), column))
    keys = tuple(IndexKey(column) for column in lead)
    definition = IndexDefinition(table, (*keys, key) if predicate.op is Op.RANGE or rewritten else (key, *keys))
    return create(facts, definition)


def _whole_expression(facts: Facts, wrapped: _Wrapped) -> str | None:
    """The expression with its constants; where the counters' text lost them, real values must agree on one."""
    predicate = wrapped.predicate
    if predicate.expression is None or "$" not in predicate.expression:
        return predicate.expression
    real = {
        same.expression
        for _, use in real_uses(facts, wrapped.statement, wrapped.use)
        for same in use.conjuncts
        if same.expression and (same.columns, same.operator) == (predicate.columns, predicate.operator)
    }
    return real.pop() if len(real) == 1 else None


def _immutable(facts: Facts, wrapped: _Wrapped, text: str) -> bool:
    """Whether the expression can be indexed for certain: known functions and casts over types without settings."""
    columns = [facts.column(wrapped.use.table, name) for name in wrapped.predicate.columns]
    types = {column.base_type if column else "" for column in columns}
    settled = types <= (_TEXT_TYPES if "||" in text else _SETTLED_TYPES) and not _SESSION.search(text)
    casts = {first or second for first, second in _CAST.findall(text)}
    return (
        settled
        and all(_is_immutable_function(facts, call.lower()) for call in _CALL.findall(text))
        and {cast.lower() for cast in casts} <= _IMMUTABLE_CASTS
    )


def _is_immutable_function(facts: Facts, name: str) -> bool:
    own = facts.catalog.functions_named(name.rpartition(".")[2])
    if own:
        return all(function.volatility == "i" for function in own)
    return name.removeprefix("pg_catalog.") in _IMMUTABLE_FUNCTIONS | {"cast"}


def _casts_zoned(facts: Facts, wrapped: _Wrapped) -> bool:
    columns = [facts.column(wrapped.use.table, column) for column in wrapped.predicate.columns]
    return any(column is not None and column.base_type == "timestamp with time zone" for column in columns)
