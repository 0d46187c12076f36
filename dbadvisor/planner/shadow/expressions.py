"""Statistics of an expression, made up from those of its columns.

ANALYZE would gather them once an index on the expression exists; without them the planner takes a fixed share
of the rows. Here the expression is run over the values that the column's statistics name (its most common ones
with their shares, the histogram's bounds for equal shares of the rest) and the results are counted as ANALYZE
would count a sample. So `lower(email)` keeps its column's count of values and `created_at::date` has one a day.
Known limits: a value's rareness is only seen as finely as the histogram shows it, and an expression that
folds many values into one may keep too many unless its results are dates, truncated times or integers.
"""

import math
import random
import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from psycopg import Connection

from dbadvisor.model.names import quote
from dbadvisor.model.snapshot import Column, ColumnStatistics, Table
from dbadvisor.planner.shadow.richness import RARE, behind

_TARGET = 100
"""default_statistics_target: how many most common values and bins ANALYZE keeps."""

_DRAWN = 200
"""Rows imagined for an expression over several columns."""

_ORDERED = 0.95
"""Rank correlation from which on an expression keeps its column's order: the bounds' results are as far apart as
they can be then, and say nothing of how many there are between them."""

_APART = frozenset(
    "lower upper initcap btrim ltrim rtrim trim unaccent reverse md5 coalesce timezone date date_trunc text".split()
)
"""Functions that fold few values into one, or (dates) fold them as `_span` can count."""

_UNIT_SECONDS = {"minute": 60, "hour": 3600, "day": 86400, "week": 604800, "month": 2629800, "year": 31557600}


@dataclass(frozen=True, slots=True)
class _Result:
    """The expression's value for one of the column's, in the expression's order."""

    value: str | None
    weight: float
    kind: int
    """Whether the column's value is a common one, a bound of the histogram, or NULL."""
    number: int
    """Which of the column's values, common ones first, then the bounds in their order."""
    width: int
    type: str


@dataclass(frozen=True, slots=True)
class MadeUp:
    """An expression's statistics, and values of it with their shares of the rows."""

    statistics: ColumnStatistics
    examples: tuple[tuple[str, float], ...]


def columns_in(expression: str, table: Table) -> list[Column]:
    """The columns that the expression names."""
    words = re.findall(r'"(?:[^"]|"")+"|[A-Za-z_][\w$]*', re.sub(r"'(?:[^']|'')*'", "''", expression))
    names = {word[1:-1].replace('""', '"') if word.startswith('"') else word.lower() for word in words}
    return [column for column in table.columns if column.name in names]


def only_column(expression: str, table: Table) -> Column | None:
    """The column that the expression is about; None when it names none or several."""
    named = columns_in(expression, table)
    return named[0] if len(named) == 1 else None


def made_up(connection: Connection, expression: str, column: Column, column_type: str, rows: float) -> MadeUp | None:
    """Statistics of an expression over one column; None when the column's are unknown. Runs the expression: only as
    the owner."""
    statistics = column.statistics
    if statistics is None or not (statistics.most_common_vals or statistics.histogram_bounds):
        return None
    results = _evaluate(connection, expression, column, column_type, statistics)
    made = _made_up(results, expression, _absolute(statistics, rows), rows)
    if made is None:
        return None
    known = replace(made.statistics, correlation=_correlation(statistics, results))
    if known.n_distinct == _relative(_absolute(statistics, rows), rows):
        known = replace(known, n_distinct=statistics.n_distinct)
    return replace(made, statistics=known)


def made_up_of_several(
    connection: Connection, expression: str, columns: Sequence[tuple[Column, str]], combinations: float, rows: float
) -> MadeUp | None:
    """Statistics of an expression over columns with their types, of which there are so many combinations; they are
    taken to be independent. Runs the expression: only as the owner."""
    drawn = []
    for column, _ in columns:
        if column.statistics is None:
            return None
        drawn.append(_drawn(column.statistics, random.Random(column.name)))  # noqa: S311 - the same every time
    results = _evaluate_rows(connection, expression, columns, drawn)
    return _made_up(results, expression, min(combinations, rows), rows)


def _made_up(results: Sequence[_Result], expression: str, most: float, rows: float) -> MadeUp | None:
    """As ANALYZE would count them; `most` is how many different results there may be."""
    present = [result for result in results if result.value is not None]
    total = sum(result.weight for result in present)
    if not total:
        return None
    null_frac = min(1.0, sum(result.weight for result in results if result.value is None))
    examples = tuple((str(result.value), result.weight) for result in present)
    if present[0].type == "tsvector":
        return MadeUp(_document(null_frac, present), examples)
    distinct = _distinct(present, expression, most)
    common, bounds = _common_and_bounds(present, distinct)
    statistics = ColumnStatistics(
        null_frac=null_frac,
        avg_width=int(sum(result.width * result.weight for result in present) / total),
        n_distinct=_relative(distinct, rows),
        most_common_vals=tuple(common) or None,
        most_common_freqs=tuple(common.values()) or None,
        histogram_bounds=tuple(bounds) if len(bounds) > 1 else None,
    )
    return MadeUp(statistics, examples)


def _document(null_frac: float, present: Sequence[_Result]) -> ColumnStatistics:
    """Lexemes of at least two of the values with their shares, as ts_typanalyze.c keeps them: by length, then bytes."""
    total = sum(result.weight for result in present) or 1.0
    shares: dict[str, float] = defaultdict(float)
    documents: Counter[str] = Counter()
    for result in present:
        for quoted in set(re.findall(r"'((?:[^']|'')*)'", result.value or "")):
            lexeme = quoted.replace("''", "'").replace("\\\\", "\\")
            shares[lexeme] += result.weight / total
            documents[lexeme] += 1
    common = [lexeme for lexeme in sorted(shares, key=shares.__getitem__) if documents[lexeme] > 1][-10 * _TARGET :]
    common.sort(key=lambda lexeme: (len(lexeme.encode()), lexeme.encode()))
    frequencies = tuple(shares[lexeme] for lexeme in common)
    width = round(sum(result.width for result in present) / len(present))
    if not common:
        return ColumnStatistics(null_frac, width, -1.0)
    ends = (min(frequencies), max(frequencies))
    return ColumnStatistics(
        null_frac, width, -1.0, most_common_elems=tuple(common), most_common_elem_freqs=frequencies + ends
    )


def let_in(
    connection: Connection, predicate: str, column: Column, column_type: str, rows: float
) -> ColumnStatistics | None:
    """The column's statistics among the rows that a predicate over it alone lets in; `n_distinct` is a count.

    None when they are unknown or nothing is let in. Runs the predicate: only as the owner.
    """
    statistics = column.statistics
    if statistics is None:
        return None
    results = _evaluate(connection, f"({predicate}) IS TRUE", column, column_type, statistics)
    kept = [result for result in results if result.value == "true"]
    total = sum(result.weight for result in kept)
    if total <= 0:
        return None
    values = [*(statistics.most_common_vals or ()), *(statistics.histogram_bounds or ())]
    common = {values[each.number]: each.weight / total for each in kept if each.kind == _COMMON}
    bounds = tuple(values[each.number] for each in sorted(kept, key=lambda each: each.number) if each.kind == _BOUND)
    others = max(0.0, _absolute(statistics, rows) - len(statistics.most_common_vals or ()))
    share = len(bounds) / max(1, len(statistics.histogram_bounds or ()))
    ordered = sorted(common.items(), key=lambda pair: -pair[1])
    return replace(
        statistics,
        null_frac=sum(each.weight for each in kept if each.kind == _NULL) / total,
        n_distinct=max(1.0, len(common) + others * share),
        most_common_vals=tuple(value for value, _ in ordered) or None,
        most_common_freqs=tuple(weight for _, weight in ordered) or None,
        histogram_bounds=bounds if len(bounds) > 1 else None,
    )


_COMMON, _BOUND, _NULL = 0, 1, 2

_LONGEST = 100_000
"""Characters of a result that are looked at: code of the users' may make a gigabyte of each."""


def _evaluate(
    connection: Connection, expression: str, column: Column, column_type: str, statistics: ColumnStatistics
) -> list[_Result]:
    """The expression's results for the column's known values, and for NULL where there are any, in their order."""
    common = statistics.most_common_vals or ()
    shares = list(statistics.most_common_freqs or ())
    bounds = statistics.histogram_bounds or ()
    nulls = [None] if statistics.null_frac > 0 else []
    rest = max(0.0, 1.0 - statistics.null_frac - sum(shares)) / max(1, len(bounds))
    values = [*common, *bounds, *nulls]
    weights = [*shares, *[rest] * len(bounds), *[statistics.null_frac] * len(nulls)]
    kinds = [_COMMON] * len(common) + [_BOUND] * len(bounds) + [_NULL] * len(nulls)
    percent_signs_doubled = expression.replace("%", "%%")
    rows = connection.execute(
        f"SELECT left(r.value::text, {_LONGEST}), r.weight, r.kind, (r.number - 1)::int4,"
        " COALESCE(pg_column_size(r.value), 0), pg_typeof(r.value)::text"
        " FROM ("
        f" SELECT ({percent_signs_doubled}) AS value, given.weight, given.kind, given.number FROM ("
        f"  SELECT u.value::{column_type} AS {quote(column.name).replace('%', '%%')}, u.weight, u.kind, u.number"
        "   FROM unnest(%s::text[], %s::float8[], %s::int4[]) WITH ORDINALITY u(value, weight, kind, number)"
        " ) given) r ORDER BY r.value, r.number",
        (values, weights, kinds),
    ).fetchall()
    return [_Result(*row) for row in rows]


def _drawn(statistics: ColumnStatistics, chance: random.Random) -> list[str | None]:
    """So many rows' values as the statistics have it, in an order of their own."""
    values: list[str | None] = [None] * round(statistics.null_frac * _DRAWN)
    for value, share in zip(statistics.most_common_vals or (), statistics.most_common_freqs or (), strict=True):
        values += [value] * round(share * _DRAWN)
    bounds = statistics.histogram_bounds or statistics.most_common_vals or (None,)
    values += [bounds[at % len(bounds)] for at in range(max(0, _DRAWN - len(values)))]
    chance.shuffle(values)
    return values[:_DRAWN]


def _evaluate_rows(
    connection: Connection,
    expression: str,
    columns: Sequence[tuple[Column, str]],
    drawn: Sequence[Sequence[str | None]],
) -> list[_Result]:
    names = [f"c{at}" for at in range(len(columns))]
    given = ", ".join(
        f"u.{name}::{type_} AS {quote(column.name)}" for name, (column, type_) in zip(names, columns, strict=True)
    ).replace("%", "%%")
    percent_signs_doubled = expression.replace("%", "%%")
    arrays = ", ".join(["%s::text[]"] * len(columns))
    rows = connection.execute(
        f"SELECT left(r.value::text, {_LONGEST}), {1 / _DRAWN}::float8, {_BOUND}, (r.number - 1)::int4,"
        " COALESCE(pg_column_size(r.value), 0), pg_typeof(r.value)::text FROM ("
        f" SELECT ({percent_signs_doubled}) AS value, given.number FROM ("
        f"  SELECT {given}, u.number FROM unnest({arrays}) WITH ORDINALITY u({', '.join(names)}, number)"
        " ) given) r ORDER BY r.value, r.number",
        [list(values) for values in drawn],
    ).fetchall()
    return [_Result(*row) for row in rows]


def _absolute(statistics: ColumnStatistics, rows: float) -> float:
    return -statistics.n_distinct * rows if statistics.n_distinct < 0 else statistics.n_distinct


def _relative(distinct: float, rows: float) -> float:
    """As ANALYZE writes it: a share of the rows when it is more than a tenth of them, else the count itself."""
    return -distinct / rows if distinct > 0.1 * rows else float(round(distinct))


def _distinct(present: Sequence[_Result], expression: str, most: float) -> float:
    """When most bounds give values of their own, as many as the column has in proportion; else those that were seen.

    A hundred bounds cannot tell a thousand results from a million: where the expression may fold values, such as
    a part of a document, the middle between both is taken (of their logarithms).
    """
    seen = Counter(str(result.value) for result in present if result.kind == _BOUND)
    bounds = sum(seen.values())
    estimate = float(len({result.value for result in present}))
    folds = not _keeps_apart(expression)
    if folds and abs(_order(present)) <= _ORDERED:
        rare = [count for count in seen.values() if count <= RARE]
        estimate = max(estimate, len(seen) - len(rare) + behind(rare, most)[0] if rare else 0.0)
    elif bounds and len(seen) >= 0.9 * bounds:
        proportion = max(estimate, most * len(seen) / bounds)
        estimate = math.sqrt(estimate * proportion) if folds else proportion
    estimate = min(estimate, max(most, 1.0))
    return min(estimate, _span(present, expression, present[0].type))


def _keeps_apart(expression: str) -> bool:
    """Whether different values nearly always give different results, as far as the functions and operators tell."""
    functions = {name.lower() for name in re.findall(r"([A-Za-z_]\w*)\"?\s*\(", expression)}
    return functions <= _APART and not re.search(r"->|#>|[%/&]", expression)


def _span(present: Sequence[_Result], expression: str, type_: str) -> float:
    """How many different results fit between the smallest and the largest."""
    first, last = present[0].value or "", present[-1].value or ""
    try:
        if type_ in ("smallint", "integer", "bigint"):
            return float(int(last) - int(first) + 1)
        unit = re.search(r"date_trunc\('(\w+)'", expression)
        seconds = _UNIT_SECONDS.get(unit[1]) if unit else 86400 if type_ == "date" else None
        if seconds:
            return (datetime.fromisoformat(last) - datetime.fromisoformat(first)).total_seconds() / seconds + 1
    except ValueError:
        pass
    return float("inf")


def _common_and_bounds(present: Sequence[_Result], distinct: float) -> tuple[dict[str, float], list[str]]:
    """Few values are all common; of many, those are that came from common ones, and the others bound the bins."""
    weights = _weights(present)
    heavy = {str(result.value) for result in present if result.kind != _BOUND}
    if distinct <= min(len(weights), _TARGET):
        heavy = set(weights)
    common = sorted(((value, weights[value]) for value in heavy), key=lambda pair: -pair[1])[:_TARGET]
    kept = {value for value, _ in common}
    return dict(common), [value for value in weights if value not in kept]


def _weights(present: Sequence[_Result]) -> dict[str, float]:
    """Shares of the results. A hundred bounds say little of each of as many values: one more of each is imagined."""
    bounds = [result for result in present if result.kind == _BOUND]
    rest = sum(result.weight for result in bounds)
    values = dict.fromkeys(str(result.value) for result in present)
    seen = Counter(str(result.value) for result in bounds)
    weights = {value: rest * (seen[value] + 1) / (len(bounds) + len(values)) if rest else 0.0 for value in values}
    for result in present:
        if result.kind != _BOUND:
            weights[str(result.value)] += result.weight
    return weights


def _correlation(statistics: ColumnStatistics, results: Sequence[_Result]) -> float | None:
    """The column's, as far as the expression keeps its order."""
    present = [result for result in results if result.value is not None]
    return None if statistics.correlation is None else statistics.correlation * _order(present)


def _order(present: Sequence[_Result]) -> float:
    """Rank correlation between the bounds and the expression's results for them; 1 where there are none."""
    ranks = [result.number for result in present if result.kind == _BOUND]
    count = len(ranks)
    if count < 2:
        return 1.0
    place = {position: rank for rank, position in enumerate(sorted(ranks))}
    distance = sum((place[position] - rank) ** 2 for rank, position in enumerate(ranks))
    return 1 - 6 * distance / (count * (count * count - 1))
