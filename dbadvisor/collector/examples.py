"""Rewrites as texts that can be run as they stand, with values that give nothing away.

Values come from column statistics, as samples' do, but what reaches a report is blurred: numbers keep three digits,
times the hour, texts stay only where they name a category that many rows share.
"""

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from dbadvisor.collector.samples import Filling
from dbadvisor.collector.values import TYPICAL, Values, literal, plain
from dbadvisor.model.catalog import Catalog
from dbadvisor.model.names import Name
from dbadvisor.model.report import Recommendation
from dbadvisor.model.snapshot import Column, Snapshot
from dbadvisor.model.workload import Statement
from dbadvisor.sqltext.fingerprint import SQUASHED
from dbadvisor.sqltext.parameters import Parameter, bind, parameters
from dbadvisor.sqltext.parse import Unparsable
from dbadvisor.sqltext.repair import typed

CATEGORY_SHARE: Final = 0.01
"""Share of the rows from which on a text is a category (`open`, `ebook`) and not somebody's data …"""
CATEGORY_ROWS: Final = 100
"""… if it is at least so many rows."""
DIGITS: Final = 3

_MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)(?:([ T]\d\d):\d\d(?::\d\d(?:\.\d+)?)?([+-]\d\d(?::\d\d)?)?)?\Z")
_ANY = re.compile(r"\bANY\((\$\d+)\)")
_VALUE = re.compile(r"E?'((?:[^']|'')*)'|(?<![\w.\"$])-?\d+(?:\.\d+)?(?![\w.\"])")
"""A quoted literal, whose content is the group, or a number that is no part of a name."""
_LAST = re.compile(r":last_(\w+)")


def with_examples(recommendations: Iterable[Recommendation], snapshot: Snapshot) -> tuple[Recommendation, ...]:
    """Each rewrite with blurred example values in place of `$n`; the text with `$n` stays as its template."""
    catalog = Catalog(snapshot)
    statements = {statement.text: statement for statement in snapshot.statements}
    return tuple(_with_example(one, catalog, statements) for one in recommendations)


def _with_example(one: Recommendation, catalog: Catalog, statements: dict[str, Statement]) -> Recommendation:
    rewrite = one.rewrite
    statement = statements.get(rewrite.before) if rewrite else None
    if rewrite is None or statement is None:
        return one
    try:
        before = example(rewrite.before, statement, catalog)
        after = example(rewrite.after, statement, catalog)
    except (Unparsable, KeyError):
        return one
    return replace(one, rewrite=replace(rewrite, before=before, after=after, template=rewrite.after))


def example(text: str, statement: Statement, catalog: Catalog) -> str:
    """The statement, or a rewrite of it, with the same blurred values for its parameters and `:last_column`.

    Raises KeyError where a value stays unknown, Unparsable where the text cannot be read.
    """
    original = typed(statement.text)
    found = parameters(original, catalog)
    values = Filling(catalog, statement, original, found, TYPICAL).values()
    if values is None:
        raise KeyError(statement.fingerprint)
    blurred = {p.number: _blurred(values[p.number], p, catalog) for p in found}
    text = _LAST.sub(lambda match: _last(match[1], statement, catalog), text)
    if "any($" not in original.lower():  # a batch takes an array where the original takes one value
        text = _ANY.sub(r"ANY(ARRAY[\1])", text)
    return bind(typed(text), blurred).replace(f" {SQUASHED}", "")


def _last(name: str, statement: Statement, catalog: Catalog) -> str:
    """A value from the middle for `:last_name`; KeyError where no table of the statement has such a column."""
    for table in catalog.tables.values():
        column = table.column(name)
        if column and column.statistics and re.search(rf"\b{re.escape(table.name.name)}\b", statement.text):
            value = Values(column, column.statistics).at(0.5)
            if value is not None:
                return _blurred_literal(literal(value, plain(column.base_type or column.type)), ())
    raise KeyError(name)


def _blurred(text: str, parameter: Parameter, catalog: Catalog) -> str:
    if parameter.role in ("limit", "offset"):
        return text
    return _blurred_literal(text, _categories(parameter.table, parameter.column, catalog))


def _categories(table: Name | None, name: str | None, catalog: Catalog) -> tuple[str, ...]:
    column = catalog.tables[table].column(name) if table in catalog.tables and name else None
    return _common(column, catalog.rows(table)) if column and table else ()


def _common(column: Column, rows: float) -> tuple[str, ...]:
    known = column.statistics
    if known is None:
        return ()
    pairs = zip(known.most_common_vals or (), known.most_common_freqs or (), strict=False)
    return tuple(value for value, share in pairs if share >= CATEGORY_SHARE and share * rows >= CATEGORY_ROWS)


def _blurred_literal(text: str, categories: tuple[str, ...]) -> str:
    """SQL literals (one, a list, or an expression over them) without what could tell of a row."""
    return _VALUE.sub(lambda m: _rounded(m[0]) if m[1] is None else m[0] if m[1] in categories else _hidden(m[1]), text)


def _rounded(number: str) -> str:
    return f"{float(number):.{DIGITS}g}" if "." in number else str(int(float(f"{int(number):.{DIGITS}g}")))


def _hidden(content: str) -> str:
    """A neutral literal of the same make: a time to the hour, an array, a document, a uuid, a pattern or a text."""
    if moment := _MOMENT.match(content):
        return f"'{moment[1]}{moment[2] + ':00:00' if moment[2] else ''}{moment[3] or ''}'"
    if content.startswith("{"):
        return "'{}'"
    if re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", content):
        return "'00000000-0000-4000-8000-000000000000'"
    return "'%example%'" if content.startswith("%") else "'example'"
