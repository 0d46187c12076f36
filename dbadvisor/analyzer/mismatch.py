"""Why an index that is there cannot serve a statement: each reason with what would cure it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from dbadvisor.analyzer.facts import Facts
from dbadvisor.analyzer.wants import create, definition_for, order_keys, serves
from dbadvisor.analyzer.waste import Waste, unserved
from dbadvisor.model.change import CreateIndex, Rewrite
from dbadvisor.model.index import IndexDefinition, IndexKey
from dbadvisor.model.names import quote
from dbadvisor.model.snapshot import Index
from dbadvisor.sqltext.shape import Op, Predicate, SortKey, TableUse

_PATTERN_CLASSES = {
    "text": "text_pattern_ops",
    "character varying": "varchar_pattern_ops",
    "character": "bpchar_pattern_ops",
}
_GUESSED = ("pg_stats", "generic plan")
"""Sources of sample values that are not the application's own: nothing is read out of their patterns."""
_COLLATE = re.compile(r"\(*(\w+)\)* COLLATE (.+?)\)*\Z", re.IGNORECASE)
_COERCIBLE = ("text", "character varying")
"""Types that are cast to each other without leaving their index."""


@dataclass(frozen=True, slots=True)
class Mismatch:
    """An index, in a word and in a sentence why it cannot serve, and the cure."""

    index: Index
    kind: str
    why: str
    cure: CreateIndex | None = None
    rewrite: Rewrite | None = None
    advice: str | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """A wasteful use of a table, as the reasons look at it."""

    facts: Facts
    waste: Waste

    @property
    def use(self) -> TableUse:
        """The use of the table."""
        return self.waste.use

    @property
    def indexes(self) -> tuple[Index, ...]:
        """The btree indexes that could be used."""
        return tuple(i for i in self.facts.usable(self.use.table) if i.definition.method == "btree")

    def held(self) -> set[str]:
        """Subjects of index keys that the use holds to one value."""
        return {_subject(p.column, p.expression) for p in self.use.conjuncts if p.op is Op.EQ}


def _subject(column: str | None, expression: str | None) -> str:
    from dbadvisor.sqltext.predicates import canonical_expression  # here: to list the rules needs no SQL grammar

    return quote(column) if column is not None else canonical_expression(expression or "")


def _lead(case: Case, index: Index) -> int:
    """How many of the index's first keys the use holds to one value."""
    held = case.held()
    count = 0
    for key in index.definition.keys:
        if _subject(key.column, key.expression) not in held:
            break
        count += 1
    return count


# Order ---------------------------------------------------------------------------------------------------------------


def by_order(case: Case) -> Iterator[Mismatch]:
    """The index has the ORDER BY's columns, but in directions or with NULLs where no scan, forward or back, agrees."""
    wanted = tuple(key for key in case.use.sort if _subject(key.column, key.expression) not in case.held())
    if not case.use.limit or not case.use.sort_complete or not wanted:
        return
    whole = (index for index in case.indexes if index.definition.where is None)
    candidates = [index for index in whole if _same_subjects(case, index, wanted)]
    index = max(candidates, key=lambda found: _lead(case, found), default=None)
    if index is None:
        return
    alike = (found for found in candidates if _lead(case, found) == _lead(case, index))
    if not any(_agrees(_tail(case, found, wanted), wanted) for found in alike):
        yield _order_mismatch(case, index, wanted)


def _tail(case: Case, index: Index, wanted: tuple[SortKey, ...]) -> tuple[IndexKey, ...]:
    lead = _lead(case, index)
    return index.definition.keys[lead : lead + len(wanted)]


def _same_subjects(case: Case, index: Index, wanted: tuple[SortKey, ...]) -> bool:
    tail = [_subject(key.column, key.expression) for key in _tail(case, index, wanted)]
    return tail == [_subject(key.column, key.expression) for key in wanted]


def _agrees(keys: tuple[IndexKey, ...], wanted: tuple[SortKey, ...]) -> bool:
    pairs = list(zip(keys, wanted, strict=True))
    forward = all((k.descending, k.nulls_first) == (w.descending, w.nulls_first) for k, w in pairs)
    return forward or all((k.descending, k.nulls_first) == (not w.descending, not w.nulls_first) for k, w in pairs)


def _order_mismatch(case: Case, index: Index, wanted: tuple[SortKey, ...]) -> Mismatch:
    lead = _lead(case, index)
    old = index.definition.keys
    keys = (*old[:lead], *order_keys(wanted), *old[lead + len(wanted) :])
    cured = replace(index.definition, keys=keys, unique=False, nulls_not_distinct=False)
    return Mismatch(
        index,
        "order",
        f"it keeps {', '.join(_order_words(key) for key in _tail(case, index, wanted))}, which read forward or "
        f"backward is never {', '.join(_order_words(key) for key in wanted)}",
        create(case.facts, cured),
        _reordered(case, index, wanted),
    )


def _order_words(key: IndexKey | SortKey) -> str:
    subject = quote(key.column) if key.column is not None else key.expression or ""
    return f"{subject} {'DESC' if key.descending else 'ASC'} NULLS {'FIRST' if key.nulls_first else 'LAST'}"


def _reordered(case: Case, index: Index, wanted: tuple[SortKey, ...]) -> Rewrite | None:
    """The same ORDER BY with its NULLs where the index has them: no difference where the columns hold none."""
    from dbadvisor.sqltext.rewrite import order_nulls  # here: to list the rules needs no SQL grammar

    tail = _tail(case, index, wanted)
    backward = tail[0].descending != wanted[0].descending
    before = case.waste.statement.text
    after: str | None = before
    for key, want in zip(tail, wanted, strict=True):
        found = case.facts.column(case.use.table, want.column) if want.column else None
        if after is None or want.column is None or found is None or not found.not_null:
            return None
        if (key.descending != want.descending) != backward:
            return None
        nulls_first = key.nulls_first != backward
        if nulls_first != want.nulls_first:
            after = order_nulls(after, want.column, nulls_first)
    if after is None or after == before:
        return None
    columns = ", ".join(key.column for key in wanted if key.column)
    return Rewrite(
        before, after, f"The columns {columns} are NOT NULL, so that where NULLs would stand changes nothing."
    )


# Operator class and collation ----------------------------------------------------------------------------------------


def by_operator_class(case: Case) -> Iterator[Mismatch]:
    """LIKE 'abc%' on an index sorted by a language's rules, which do not keep equal beginnings together."""
    for predicate in case.use.conjuncts:
        if not predicate.column or not _is_prefix(case, predicate):
            continue
        keys = _reached(case, predicate.column)
        if keys and not any(_keeps_prefixes(case.facts, case.use, key) for _, key in keys):
            yield from _pattern_mismatch(case, *keys[0])


def _is_prefix(case: Case, predicate: Predicate) -> bool:
    """Whether the pattern begins with a letter: by the text, or by patterns that the application really sent."""
    if predicate.op is not Op.LIKE_PARAMETER:
        return predicate.op is Op.LIKE_PREFIX
    from dbadvisor.sqltext.predicates import shape  # here: to list the rules needs no SQL grammar

    logged = [sample.sql for sample in case.waste.statement.samples if sample.source not in _GUESSED]
    seen = [
        found.op
        for sql in logged
        for use in shape(sql, case.facts.catalog).uses
        if use.table == case.use.table and use.alias == case.use.alias
        for found in use.conjuncts
        if found.column == predicate.column and found.operator == predicate.operator
    ]
    return bool(seen) and all(op is Op.LIKE_PREFIX for op in seen)


def _before(case: Case, index: Index, column: str) -> tuple[IndexKey, ...] | None:
    """The keys before the column's, where the use holds each of them to one value; None where it does not."""
    position = next((n for n, key in enumerate(index.definition.keys) if key.column == column), None)
    reached = position is not None and position <= _lead(case, index) and index.definition.where is None
    return index.definition.keys[:position] if reached else None


def _reached(case: Case, column: str) -> list[tuple[Index, IndexKey]]:
    """The whole indexes whose key of that column could be sought by, with that key."""
    return [
        (index, index.definition.keys[len(before)])
        for index in case.indexes
        if (before := _before(case, index, column)) is not None
    ]


def _keeps_prefixes(facts: Facts, use: TableUse, key: IndexKey) -> bool:
    if key.opclass is not None:
        return key.opclass.rpartition(".")[2].endswith("pattern_ops")
    return _byte_order(facts, _collation(facts, use, key))


def _collation(facts: Facts, use: TableUse, key: IndexKey) -> str | None:
    """The collation's SQL text; None for the database's own."""
    if key.collation or key.column is None:
        return key.collation
    found = facts.column(use.table, key.column)
    return found.collation if found else None


def _byte_order(facts: Facts, collation: str | None) -> bool:
    server = facts.snapshot.server
    if collation is None:
        return server.collation in ("C", "POSIX") or server.locale_provider == "b"
    return _bare(collation) in ("C", "POSIX", "ucs_basic", "pg_c_utf8")


def _bare(collation: str) -> str:
    return collation.rpartition(".")[2].strip('"')


def _pattern_mismatch(case: Case, index: Index, key: IndexKey) -> Iterator[Mismatch]:
    found = case.facts.column(case.use.table, key.column or "")
    opclass = _PATTERN_CLASSES.get((found.base_type or found.type).partition("(")[0]) if found else None
    if opclass is None:
        return
    keys = (*(_before(case, index, key.column or "") or ()), IndexKey(key.column, opclass=opclass))
    why = (
        f"its collation {_collation(case.facts, case.use, key) or case.facts.snapshot.server.collation} sorts "
        f"{quote(key.column or '')} by language, so that LIKE 'abc%' is no range of it; {opclass} compares bytes"
    )
    yield Mismatch(index, "operator class", why, create(case.facts, IndexDefinition(case.use.table, keys)))


def by_collation(case: Case) -> Iterator[Mismatch]:
    """The statement compares or orders by another collation than the index is sorted by."""
    for column, collation in _collations(case):
        keys = _reached(case, column)
        other = [(index, key) for index, key in keys if not _same_collation(case, key, collation)]
        if not other or len(other) < len(keys):
            continue
        index, key = other[0]
        own = case.facts.column(case.use.table, column)
        needed = collation if own and _bare(own.collation or "") != _bare(collation or "") else None
        cured = (*(_before(case, index, column) or ()), IndexKey(column, collation=needed))
        why = (
            f"it sorts {quote(column)} by {_collation(case.facts, case.use, key) or 'the default collation'}, the "
            f"statement asks for {collation or 'the default collation'}"
        )
        yield Mismatch(index, "collation", why, create(case.facts, IndexDefinition(case.use.table, cured)))


def _collations(case: Case) -> Iterator[tuple[str, str | None]]:
    """(column, collation) asked for, where the statement writes a collation or an index has its own."""
    own = {key.column for index in case.indexes for key in index.definition.keys if key.column and key.collation}
    places: list[tuple[str | None, str | None]] = []
    places += [(p.column, p.expression) for p in case.use.conjuncts if p.op in (Op.EQ, Op.IN, Op.RANGE)]
    places += [(key.column, key.expression) for key in case.use.sort if case.use.limit]
    for column, expression in places:
        if expression and (written := _COLLATE.match(expression)):
            yield written[1], written[2]
        elif column in own and (found := case.facts.column(case.use.table, column)):
            yield column, found.collation


def _same_collation(case: Case, key: IndexKey, collation: str | None) -> bool:
    server = case.facts.snapshot.server.collation
    return _bare(_collation(case.facts, case.use, key) or server) == _bare(collation or server)


# The value's type ----------------------------------------------------------------------------------------------------


def by_value_type(case: Case) -> Iterator[Mismatch]:
    """The value is of a wider type, so that the server casts the column before it compares."""
    for predicate in case.use.conjuncts:
        column = case.facts.column(case.use.table, predicate.column) if predicate.column else None
        if column is None or (column.base_type or column.type) in _COERCIBLE:
            continue
        cast = _planned_cast(case, column.name)
        for index, _ in _reached(case, column.name) if cast else ():
            why = f"{quote(column.name)} is {column.type}, and the value's type makes the server cast it to {cast}"
            advice = f"Bind the value of {quote(column.name)} as {column.type}: then the index serves as it is."
            yield Mismatch(index, "value type", why, advice=advice)


def _planned_cast(case: Case, column: str) -> str | None:
    shown = re.compile(rf"\((?:[\w\"]+\.)?\"?{re.escape(column)}\"?\)::([a-z][a-z ]*[a-z])")
    for _, node in case.facts.scans(case.waste.statement.fingerprint, case.use.table, case.use.alias):
        if found := shown.search(node.filter or ""):
            return found[1]
    return None


# Predicate and column order ------------------------------------------------------------------------------------------


def by_predicate(case: Case) -> Iterator[Mismatch]:
    """A partial index that leads where the statement seeks, but leaves out rows that the statement may want."""
    for want in unserved(case.facts, case.waste):
        for index in case.indexes:
            where = index.definition.where
            whole = replace(index, definition=replace(index.definition, where=None))
            if where and serves(whole, want) and not _implied(case.use, where):
                why = f"it holds only rows with {where}, which the statement's conditions do not imply"
                yield Mismatch(index, "predicate", why, create(case.facts, definition_for(want)))


def _implied(use: TableUse, where: str) -> bool:
    from dbadvisor.sqltext.predicates import canonical_expression  # here: to list the rules needs no SQL grammar

    return canonical_expression(where) in {canonical_expression(p.text) for p in use.conjuncts if p.text}


def by_column_order(case: Case) -> Iterator[Mismatch]:
    """The index holds the columns sought by, behind one that the statement leaves open."""
    for want in unserved(case.facts, case.waste):
        behind = [
            index
            for index in case.indexes
            if index.definition.keys[0].column not in (*want.equals, *want.ranges)
            and set(want.equals) & set(index.definition.columns[1:])
        ]
        if behind:
            index = max(behind, key=lambda found: len(set(want.columns) & set(found.definition.columns)))
            why = (
                f"it begins with {index.definition.keys[0].subject}, which the statement leaves open, before "
                f"{', '.join(quote(c) for c in want.equals if c in index.definition.columns)}"
            )
            yield Mismatch(index, "column order", why, create(case.facts, definition_for(want)))


def reasons(case: Case) -> Iterator[Mismatch]:
    """Every reason that holds, the surest first."""
    for reason in (by_order, by_operator_class, by_collation, by_value_type, by_predicate, by_column_order):
        yield from reason(case)
