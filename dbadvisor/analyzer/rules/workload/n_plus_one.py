"""WRK001: one list, and then a statement for each of its rows."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from dbadvisor.analyzer.facts import Facts
from dbadvisor.analyzer.reading import measured, target_of
from dbadvisor.analyzer.registry import rule
from dbadvisor.model.change import Rewrite
from dbadvisor.model.finding import Evidence, Finding, Severity
from dbadvisor.model.names import Name, quote
from dbadvisor.model.workload import Statement
from dbadvisor.sqltext.shape import Op, Predicate, QueryShape, TableUse

LEAST_CALLS = 40
"""Calls below which nothing is repeated much: a page or two of a list."""
CALLS_RATIO = 10
"""How many times as often as the list the lookup must run: lists of a few rows do no harm."""
COVERED = 0.5
"""Share of the lookups that the rows of the list must be enough for: the rest may come from pages asked twice."""
EXCESS = 2
"""How many times more rows than lookups the list may return at most: beyond it the likeness is chance."""

_AGGREGATES = frozenset(("count", "sum", "avg", "min", "max", "bool_or", "bool_and", "array_agg"))
_CLAUSES = re.compile(r"\b(group|having|order|limit|offset|fetch|union|window|over)\b", re.IGNORECASE)
"""What stands behind WHERE, or changes what a row is, and would mean something else for many keys at once."""

_Key = tuple[Name, str]


@dataclass(frozen=True, slots=True)
class _Lookup:
    statement: Statement
    use: TableUse
    predicate: Predicate

    @property
    def key(self) -> _Key:
        return self.use.table, self.predicate.column or ""


@rule("WRK001", "n-plus-one", Severity.WARNING, needs=("statements",), since="0.1")
def n_plus_one(facts: Facts) -> Iterator[Finding]:
    """The application asks once for a list and then once for each of its rows.

    ## Looks for

    A SELECT that seeks by one key value (also inside a scalar subselect), called at least 40 times and at least ten
    times as often as another SELECT that returns values of that key: the key column itself, the column that a foreign
    key ties to it, or a column of that name and type. The rows that the list returned must be enough for at least half
    of the lookups, and not more than twice their number.

    ## Why it costs

    Each lookup is quick by itself, which is why it never shows among the slow ones; but each pays the way to the server
    and back, and the server's parsing, planning and locking.

    ## When to leave it

    A page opened from a list is also a lookup: where people open a row here and there, nothing is wrong. Hot lookups
    without a list that feeds them are left alone.

    ## Bad

    ```sql
    CREATE TABLE feed (id int PRIMARY KEY, person_id int NOT NULL);
    CREATE TABLE entry (id int PRIMARY KEY, feed_id int NOT NULL REFERENCES feed, seen boolean NOT NULL);
    INSERT INTO feed SELECT g, g / 60 FROM generate_series(0, 599) g;
    INSERT INTO entry SELECT g, g % 600, g % 3 = 0 FROM generate_series(1, 6000) g;
    CREATE INDEX feed_person_id_idx ON feed (person_id);
    CREATE INDEX entry_feed_id_idx ON entry (feed_id);
    ANALYZE feed, entry;
    -- workload
    SELECT id FROM feed WHERE person_id = 1;
    -- calls: 60
    SELECT count(*) FROM entry WHERE feed_id = 77 AND NOT seen;
    ```

    ## Good

    ```sql
    CREATE TABLE feed (id int PRIMARY KEY, person_id int NOT NULL);
    CREATE TABLE entry (id int PRIMARY KEY, feed_id int NOT NULL REFERENCES feed, seen boolean NOT NULL);
    INSERT INTO feed SELECT g, g / 60 FROM generate_series(0, 599) g;
    INSERT INTO entry SELECT g, g % 600, g % 3 = 0 FROM generate_series(1, 6000) g;
    CREATE INDEX feed_person_id_idx ON feed (person_id);
    CREATE INDEX entry_feed_id_idx ON entry (feed_id);
    ANALYZE feed, entry;
    -- workload
    SELECT e.feed_id, count(*) FROM feed f JOIN entry e ON e.feed_id = f.id
    WHERE f.person_id = 1 AND NOT e.seen GROUP BY e.feed_id;
    ```
    """
    selects = [s for s in facts.statements if s.kind == "SELECT" and s.fingerprint in facts.shapes]
    lookups = [lookup for lookup in (_lookup(facts, s) for s in selects if s.calls >= LEAST_CALLS) if lookup]
    for lookup in lookups:
        feeding = [listing for listing in selects if _feeds(facts, listing, lookup)]
        if feeding:
            yield _finding(facts, lookup, max(feeding, key=lambda listing: (listing.calls, listing.fingerprint)))
    facts.examined(len(selects), len(facts.statements), "statements")


def _lookup(facts: Facts, statement: Statement) -> _Lookup | None:
    """The one key value that the statement seeks by, where it seeks by exactly one."""
    shape = facts.shapes[statement.fingerprint]
    sought = [
        _Lookup(statement, use, p)
        for use in shape.uses
        for p in use.conjuncts
        if p.op is Op.EQ and p.column and p.parameter is not None
    ]
    keys = [lookup for lookup in sought if _is_key(facts, lookup.key)]
    return keys[0] if len(keys) == 1 else None


def _is_key(facts: Facts, key: _Key) -> bool:
    """Whether the column names rows of some table: a unique column, or one that a foreign key or its name ties."""
    table, column = key
    unique = any(i.definition.unique and i.definition.columns == (column,) for i in facts.catalog.indexes_of(table))
    tied = any(found.columns == (column,) for found in facts.catalog.foreign_keys_of(table))
    return unique or tied or column.endswith("_id")


def _feeds(facts: Facts, listing: Statement, lookup: _Lookup) -> bool:
    """Whether the list ran seldom, returned about as many rows as there were lookups, and reads the key's values."""
    calls = lookup.statement.calls
    if listing is lookup.statement or not 0 < listing.calls * CALLS_RATIO <= calls:
        return False
    if not COVERED * calls <= listing.rows <= EXCESS * calls:
        return False
    shape = facts.shapes[listing.fingerprint]
    read = {(use.table, column) for use in shape.uses if use.level == 0 for column in _returned(use)}
    return any(_same_values(facts, lookup.key, found) for found in read)


def _returned(use: TableUse) -> tuple[str, ...]:
    """Columns whose values the rows may carry: all that are read, or what a GROUP BY leaves."""
    return tuple(key.column for key in use.group if key.column) if use.group else use.columns


def _same_values(facts: Facts, key: _Key, other: _Key) -> bool:
    """Whether both columns hold the same kind of key."""
    if key == other:
        return True
    referenced, also = _referenced(facts, key), _referenced(facts, other)
    if referenced == other or also == key or (referenced is not None and referenced == also):
        return True
    one, two = facts.column(*key), facts.column(*other)
    named = key[1] == other[1] and key[1].endswith("_id")
    return named and one is not None and two is not None and one.base_type == two.base_type


def _referenced(facts: Facts, key: _Key) -> _Key | None:
    table, column = key
    keys = (found for found in facts.catalog.foreign_keys_of(table) if found.columns == (column,))
    return next(((found.referenced, found.referenced_columns[0]) for found in keys), None)


def _finding(facts: Facts, lookup: _Lookup, listing: Statement) -> Finding:
    table, column = lookup.key
    statement = lookup.statement
    return Finding(
        rule="WRK001",
        severity=Severity.WARNING,
        target=target_of(statement),
        summary=f"N+1: a lookup by {table}.{column} ran {statement.calls:,} times, while the list that returns such "
        f"keys ran {listing.calls:,} times with {listing.rows_per_call:,.0f} rows each.",
        evidence=(
            *measured(statement, facts.share(statement)),
            Evidence("calls of the list", listing.calls, "calls", listing.source),
            Evidence("rows of the list", listing.rows, "rows", listing.source),
        ),
        statements=(statement.fingerprint, listing.fingerprint),
        action=f"Batch the look-ups by {table.short}.{quote(column)} (N+1)",
        rewrite=_batched(lookup, facts.shapes[statement.fingerprint]),
        advice=f"Batch it: one statement for all keys of the list ({quote(column)} = ANY($1) with an array, "
        "GROUP BY the key where it aggregates), or JOIN it to the list.",
    )


def _batched(lookup: _Lookup, shape: QueryShape) -> Rewrite | None:
    """The lookup for many keys at once, where its text is simple enough to be sure: one table, one level."""
    text, predicate = lookup.statement.text, lookup.predicate
    use = lookup.use
    simple = len(shape.uses) == 1 and not use.locked and not _CLAUSES.search(text)
    match = re.search(
        rf"(?P<column>(?:\w+\.)?\"?{re.escape(predicate.column or '')}\"?)\s*=\s*\${predicate.parameter}\b", text
    )
    start = re.match(r"\s*select\s+(?!distinct\b|all\b)", text, re.IGNORECASE)
    if not simple or not match or not start:
        return None
    column = match["column"]
    aggregates = bool(set(shape.functions) & _AGGREGATES)
    if shape.functions and not aggregates:
        return None
    body = f"{text[start.end() : match.start()]}{column} = ANY(${predicate.parameter}){text[match.end() :]}"
    after = f"{text[: start.end()]}{column}, {body.rstrip().rstrip(';')}"
    return Rewrite(
        text,
        f"{after} GROUP BY {column}" if aggregates else after,
        f"One call with the array of all keys returns what the calls return one by one, each row with its {column}; "
        + ("a key without rows returns none instead of its empty aggregate." if aggregates else "in no set order."),
        application=True,
    )
