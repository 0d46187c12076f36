"""QRY004: an OR that no single index scan can follow."""

from collections.abc import Iterator

from dbadvisor.analyzer.facts import Facts
from dbadvisor.analyzer.reading import CATALOG, leading_index, measured, reads_whole, target_of, weighty
from dbadvisor.analyzer.registry import rule
from dbadvisor.model.change import Rewrite
from dbadvisor.model.finding import Evidence, Finding, Severity
from dbadvisor.model.snapshot import Index
from dbadvisor.model.workload import Statement
from dbadvisor.sqltext.shape import Op, Predicate, QueryShape, TableUse

LEAST_BLOCKS = 100
"""Blocks (0.8 MB) of a table below which reading it all is cheap enough."""
BLOCKS_PER_ROW = 10
"""Blocks a call for every row returned from which the OR is answered by searching, not by looking up."""
_INDEXABLE = (Op.EQ, Op.IN, Op.RANGE, Op.LIKE_PREFIX, Op.IS_NULL)


@rule("QRY004", "or-across-tables", Severity.WARNING, needs=("statements", "plans"), since="0.1")
def or_across_tables(facts: Facts) -> Iterator[Finding]:
    """OR of conditions on different tables makes the server check every row.

    ## Looks for

    An OR between a condition on one table and EXISTS, IN (SELECT …) or a condition on another table, each arm of which
    an existing index could answer alone, in statements that read at least half of a table of 100 blocks or more and
    touch at least 10 blocks for every row they return.

    ## Why it costs

    Indexes of one table can be combined for an OR, indexes of two tables can't: the rows of one are read in full, and
    for each the other arm is tried.

    ## When to leave it

    When most rows pass anyway. UNION removes duplicates: that means the same only where the selected columns hold the
    primary key, so that no two rows of the original result are equal.

    ## Bad

    ```sql
    CREATE TABLE book (id int PRIMARY KEY, title text NOT NULL, blurb text NOT NULL);
    CREATE TABLE book_code (book_id int NOT NULL REFERENCES book, code text NOT NULL, PRIMARY KEY (book_id, code));
    INSERT INTO book SELECT g, 'Title ' || g, repeat('x', 80) FROM generate_series(1, 30000) g;
    INSERT INTO book_code SELECT g, 'c' || g FROM generate_series(1, 30000) g;
    CREATE INDEX book_title_idx ON book (title);
    CREATE INDEX book_code_code_idx ON book_code (code);
    ANALYZE book, book_code;
    -- workload
    SELECT b.id, b.title FROM book b
    WHERE b.title = 'Title 77' OR EXISTS (SELECT 1 FROM book_code c WHERE c.book_id = b.id AND c.code = 'c4242');
    ```

    ## Good

    ```sql
    CREATE TABLE book (id int PRIMARY KEY, title text NOT NULL, blurb text NOT NULL);
    CREATE TABLE book_code (book_id int NOT NULL REFERENCES book, code text NOT NULL, PRIMARY KEY (book_id, code));
    INSERT INTO book SELECT g, 'Title ' || g, repeat('x', 80) FROM generate_series(1, 30000) g;
    INSERT INTO book_code SELECT g, 'c' || g FROM generate_series(1, 30000) g;
    CREATE INDEX book_title_idx ON book (title);
    CREATE INDEX book_code_code_idx ON book_code (code);
    ANALYZE book, book_code;
    -- workload
    SELECT b.id, b.title FROM book b WHERE b.title = 'Title 77'
    UNION
    SELECT b.id, b.title FROM book b
    WHERE EXISTS (SELECT 1 FROM book_code c WHERE c.book_id = b.id AND c.code = 'c4242');
    ```
    """
    for statement in facts.statements:
        shape = facts.shapes.get(statement.fingerprint)
        if shape and shape.or_across_tables and weighty(statement, facts.share(statement)):
            yield from _finding(facts, statement, shape)
    facts.examined(len(facts.shapes), len(facts.statements), "statements")


def _finding(facts: Facts, statement: Statement, shape: QueryShape) -> Iterator[Finding]:
    from dbadvisor.sqltext.rewrite import or_to_union  # here: to list the rules needs no SQL grammar

    split = next((use for use in shape.uses if use.level == 0 and any(p.under_or for p in use.predicates)), None)
    if split is None or not _searched(facts, statement, split):
        return
    indexes = _answering(facts, shape, split)
    key = _primary_key(facts, split)
    after = or_to_union(statement.text, key) if indexes and key else None
    if after is None:
        return
    yield Finding(
        rule="QRY004",
        severity=Severity.WARNING,
        target=target_of(statement),
        summary=f"OR of a condition on {split.table} and one on another table checks every row of {split.table}; "
        f"each arm alone has an index.",
        evidence=(
            *measured(statement, facts.share(statement)),
            Evidence("table size", facts.catalog.blocks(split.table), "blocks", CATALOG),
            Evidence("indexes of the arms", ", ".join(index.name.name for index in indexes), "indexes", "pg_index"),
        ),
        statements=(statement.fingerprint,),
        action=f"Split the OR on {split.table.short} into a UNION",
        rewrite=Rewrite(
            statement.text,
            after,
            f"The selected columns hold {', '.join(key)}, the primary key of {split.table}: no two rows of the "
            "original result are equal, so UNION removes only what both arms found.",
        ),
    )


def _searched(facts: Facts, statement: Statement, use: TableUse) -> bool:
    blocks = facts.catalog.blocks(use.table)
    many = statement.blocks_per_call >= BLOCKS_PER_ROW * statement.rows_per_call
    return blocks >= LEAST_BLOCKS and many and reads_whole(statement, blocks)


def _primary_key(facts: Facts, use: TableUse) -> tuple[str, ...]:
    return next((i.definition.columns for i in facts.catalog.indexes_of(use.table) if i.constraint == "p"), ())


def _answering(facts: Facts, shape: QueryShape, split: TableUse) -> tuple[Index, ...]:
    """The indexes that answer the arms one by one; empty when an arm has none."""
    plain = [_index_for(facts, split, p) for p in split.predicates if p.under_or]
    others = [use for use in shape.uses if use is not split and any(key.other == split.alias for key in use.joins)]
    related = [_driving(facts, use, split) for use in others]
    found = [index for index in (*plain, *related) if index is not None]
    complete = bool(plain) and bool(related) and len(found) == len(plain) + len(related)
    return tuple(dict.fromkeys(found)) if complete else ()


def _index_for(facts: Facts, use: TableUse, predicate: Predicate) -> Index | None:
    if predicate.op not in _INDEXABLE:
        return None
    return leading_index(facts, use.table, predicate.column, predicate.expression)


def _driving(facts: Facts, use: TableUse, split: TableUse) -> Index | None:
    """The index that finds the related rows by their own condition, when the way back has an index too."""
    back = all(leading_index(facts, split.table, key.other_column) for key in use.joins if key.other == split.alias)
    own = (_index_for(facts, use, predicate) for predicate in use.predicates)
    return next((index for index in own if index is not None), None) if back else None
