"""QRY003: a pattern that may start anywhere, and no trigram index."""

from collections import defaultdict
from collections.abc import Iterator

from dbadvisor.analyzer.facts import Facts
from dbadvisor.analyzer.reading import (
    CATALOG,
    PLAN,
    counted,
    measured,
    real_uses,
)
from dbadvisor.analyzer.registry import rule
from dbadvisor.analyzer.wants import create
from dbadvisor.analyzer.waste import waste_of, weighty_uses
from dbadvisor.model.change import Change, CreateExtension
from dbadvisor.model.finding import Evidence, Finding, Severity
from dbadvisor.model.index import IndexDefinition, IndexKey
from dbadvisor.model.names import Name, quote
from dbadvisor.model.workload import Statement
from dbadvisor.sqltext.shape import Op, Predicate, TableUse

LEAST_LETTERS = 3
"""Letters in a row that a pattern must hold to yield a trigram."""
WRITE_HEAVY = 10
"""Row changes in the table for every call of the statement from which the index's upkeep deserves a warning."""
_TRIGRAM_OPERATORS = ("~~", "~~*", "~", "~*")
_TEXT_TYPES = ("text", "character varying")

_Subject = tuple[Name, tuple[IndexKey, ...]]


@rule("QRY003", "leading-wildcard", Severity.WARNING, needs=("statements", "plans"), since="0.1")
def leading_wildcard(facts: Facts) -> Iterator[Finding]:
    """LIKE '%word%', ILIKE or a regular expression reads the whole table.

    ## Looks for

    Such conditions on text columns of tables of at least 100 blocks that are read from end to end to keep at most 10 %
    of the rows, by statements that take at least 1 % of all time or touch 1,000 blocks a call. Where the pattern is a
    parameter (pg_stat_statements keeps none), the blocks measured must show that the whole table was read.

    ## Why it costs

    A btree is sorted by the beginning of the text and is of no use for its middle. A GIN index on trigrams holds every
    three letters of each value and finds the few rows that have all those of the pattern.

    ## When to leave it

    Small tables; patterns of fewer than three letters; tables that are written far more than searched, as the index
    takes several entries for every row. For words in long texts, full text search is smaller and ranks.

    ## Bad

    ```sql
    CREATE TABLE film (id int PRIMARY KEY, title text NOT NULL);
    INSERT INTO film SELECT g, md5(g::text) || md5((g * 7)::text) FROM generate_series(1, 40000) g;
    ANALYZE film;
    -- workload
    SELECT id, title FROM film WHERE title LIKE '%c4ca4238%';
    ```

    ## Good

    ```sql
    CREATE EXTENSION pg_trgm;
    CREATE TABLE film (id int PRIMARY KEY, title text NOT NULL);
    INSERT INTO film SELECT g, md5(g::text) || md5((g * 7)::text) FROM generate_series(1, 40000) g;
    CREATE INDEX film_title_trgm ON film USING gin (title gin_trgm_ops);
    ANALYZE film;
    -- workload
    SELECT id, title FROM film WHERE title LIKE '%c4ca4238%';
    ```
    """
    found: dict[_Subject, list[Statement]] = defaultdict(list)
    for statement, use in weighty_uses(facts):
        keys = _keys(facts, statement, use)
        waste = waste_of(facts, statement, use) if keys else None
        if waste and waste.how == "sequential scan":
            found[use.table, keys].append(statement)
    for (table, keys), statements in found.items():
        yield _finding(facts, table, keys, statements)
    facts.examined(len(facts.shapes), len(facts.statements), "statements")


def _keys(facts: Facts, statement: Statement, use: TableUse) -> tuple[IndexKey, ...]:
    """The trigram keys that would serve: of the first conjunct that is such a pattern, or of all arms of an OR."""
    patterns = [p for p in use.predicates if _is_pattern(facts, statement, use, p)]
    whole = [p for p in patterns if not p.under_or]
    if whole:
        return (_key(facts, whole[0]),)
    arms = [p for p in use.predicates if p.under_or]
    if arms and len(patterns) == len(arms) and not facts.shapes[statement.fingerprint].or_across_tables:
        return tuple(dict.fromkeys(_key(facts, p) for p in patterns))
    return ()


def _key(facts: Facts, predicate: Predicate) -> IndexKey:
    extension = next((e for e in facts.snapshot.extensions if e.name == "pg_trgm"), None)
    reachable = extension is None or extension.schema in facts.snapshot.search_path
    opclass = "gin_trgm_ops" if extension is None or reachable else f"{quote(extension.schema)}.gin_trgm_ops"
    return IndexKey(predicate.column, expression=predicate.expression, opclass=opclass)


def _is_pattern(facts: Facts, statement: Statement, use: TableUse, predicate: Predicate) -> bool:
    if predicate.operator not in _TRIGRAM_OPERATORS or not _is_text(facts, use, predicate):
        return False
    real = [same for _, same in real_uses(facts, statement, use)]
    if real:
        return any(_may_start_anywhere(same, predicate) for same in real)
    return predicate.op is Op.LIKE_ANYWHERE or (predicate.op is Op.LIKE_PARAMETER and counted(statement))


def _is_text(facts: Facts, use: TableUse, predicate: Predicate) -> bool:
    """Whether gin_trgm_ops takes it: text columns, and the case-folded ones."""
    if predicate.expression and predicate.expression not in {
        f"{f}({quote(c)})" for f in ("lower", "upper") for c in predicate.columns
    }:
        return False
    columns = [facts.column(use.table, column) for column in predicate.columns]
    return bool(columns) and all(column is not None and column.base_type in _TEXT_TYPES for column in columns)


def _may_start_anywhere(use: TableUse, predicate: Predicate) -> bool:
    """Whether this condition has a real pattern there that may start anywhere and yields a trigram."""
    return any(
        same.op is Op.LIKE_ANYWHERE and _long_enough(same.value)
        for same in use.predicates
        if (same.column, same.expression, same.operator) == (predicate.column, predicate.expression, predicate.operator)
    )


def _long_enough(value: str | None) -> bool:
    words = "".join(letter if letter.isalnum() else " " for letter in value or "").split()
    return any(len(word) >= LEAST_LETTERS for word in words)


def _finding(facts: Facts, table: Name, keys: tuple[IndexKey, ...], statements: list[Statement]) -> Finding:
    worst = statements[0]
    definition = IndexDefinition(table, keys, method="gin")
    extension: tuple[Change, ...] = () if facts.catalog.has_extension("pg_trgm") else (CreateExtension("pg_trgm"),)
    what = ", ".join(key.subject for key in keys)
    return Finding(
        rule="QRY003",
        severity=Severity.WARNING,
        target=f"{table} ({what})",
        summary=f"A pattern that may start anywhere in {what} reads all {facts.catalog.blocks(table):,} blocks "
        f"of {table}.",
        evidence=(
            *measured(worst, facts.share(worst)),
            Evidence("table size", facts.catalog.blocks(table), "blocks", CATALOG),
            Evidence("table rows", round(facts.catalog.rows(table)), "rows", CATALOG),
            Evidence("sequential scan", "filter on the pattern", "plan node", PLAN),
        ),
        statements=tuple(statement.fingerprint for statement in statements),
        proposals=(*extension, create(facts, definition)),
        caveats=tuple(_caveats(facts, table, statements)),
    )


def _caveats(facts: Facts, table: Name, statements: list[Statement]) -> Iterator[str]:
    yield (
        "A trigram index serves patterns with at least three letters in a row; if they always begin with a letter "
        "and match case, a btree with text_pattern_ops is smaller."
    )
    calls = sum(statement.calls for statement in statements)
    # the workload's own writes: the table's counters also hold the day it was loaded
    written = sum(s.rows for s, use in facts.uses_of(table) if use.action in ("insert", "update"))
    if written >= WRITE_HEAVY * max(1, calls):
        yield "The table is written far more often than it is searched: each row costs the index many entries."
