"""Real values for `$n`: every statement becomes something that can be planned as its calls are."""

import math
import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from dbadvisor.collector.values import COMMON, LABELS, RARE, TYPICAL, Values, array, literal, plain, stand_in
from dbadvisor.model.catalog import Catalog
from dbadvisor.model.names import Name, quote
from dbadvisor.model.snapshot import Column, Snapshot
from dbadvisor.model.workload import Sample, Statement
from dbadvisor.sqltext.fingerprint import SQUASHED
from dbadvisor.sqltext.parameters import Parameter, bind, parameters, positions, substituted
from dbadvisor.sqltext.parse import Unparsable
from dbadvisor.sqltext.repair import repair, typed
from dbadvisor.sqltext.shape import Op

ENOUGH = 3
"""Samples after which no more are made: a typical, a common and a rare value show how far plans differ."""
LISTED = 3
"""Members of an IN list where the rows returned do not tell more."""
MAX_LISTED = 50
DEFAULT_LIMIT = 20
"""Rows of a page where the calls were not counted."""
MAX_LIMIT = 10_000
PAGES = 10
"""Pages that OFFSET skips where the blocks read do not tell more."""

_VARYING = frozenset({"predicate", "in", "like", "part", "element", "having", "offset"})
"""Roles whose value may change the plan."""
_LOWER, _UPPER = (">", ">="), ("<", "<=")
_OPEN_ENDS = {TYPICAL: 0.1, COMMON: 0.1, RARE: 0.01}
"""The share of rows that a range with one bound keeps: people ask for the newest, jobs clear away the oldest."""


def with_samples(snapshot: Snapshot) -> Snapshot:
    """The snapshot with samples in every statement that can be planned.

    Samples that are there (logged, from a workload file) stay first, and a workload file's own are enough. Values
    come from the columns' statistics by what the statement does with each parameter; where one of them stays
    unknown, the statement is planned with its parameters open (`generic`).
    """
    catalog = Catalog(snapshot)
    return replace(snapshot, statements=tuple(_sampled(catalog, statement) for statement in snapshot.statements))


def _sampled(catalog: Catalog, statement: Statement) -> Statement:
    if statement.kind == "UTILITY" or statement.unplannable is not None or _enough(statement):
        return statement
    try:
        made = _made(catalog, statement)
    except Unparsable as error:
        return statement if statement.samples else replace(statement, unplannable=str(error))
    known = {sample.sql for sample in statement.samples}
    fresh = tuple(sample for sample in made if sample.sql not in known)
    return replace(statement, samples=(statement.samples + fresh)[: max(ENOUGH, len(statement.samples))])


def _enough(statement: Statement) -> bool:
    given = any(sample.source == "workload file" for sample in statement.samples)
    return given or len(statement.samples) >= ENOUGH


def _made(catalog: Catalog, statement: Statement) -> tuple[Sample, ...]:
    """Samples from the statistics; the open statement only where it has no other sample at all."""
    if not positions(statement.text):
        return (Sample("typical", statement.text, statement.source),)
    text = typed(statement.text)
    found = parameters(text, catalog)
    labels = LABELS if any(parameter.role in _VARYING for parameter in found) else (TYPICAL,)
    made: dict[str, Sample] = {}
    for label in labels:
        values = Filling(catalog, statement, text, found, label).values()
        if values is not None:
            sql = bind(text, values).replace(f" {SQUASHED}", "")
            made.setdefault(sql, Sample(label, sql, "pg_stats", tuple(sorted(values.items()))))
    if made or statement.samples:
        return tuple(made.values())
    return (Sample("generic", repair(statement.text), "generic plan"),)


@dataclass(frozen=True, slots=True)
class Filling:
    """One label's values for all parameters of a statement."""

    catalog: Catalog
    statement: Statement
    text: str
    parameters: tuple[Parameter, ...]
    label: str
    _listed: dict[tuple[Name | None, str | None], int] = field(default_factory=lambda: defaultdict(int))

    def values(self) -> dict[int, str] | None:
        """SQL text for every parameter; None as soon as one is unknown."""
        filled: dict[int, str] = self._windows()
        for parameter in self.parameters:
            if parameter.number in filled:
                continue
            value = self._value(parameter)
            if value is None:
                return None
            filled[parameter.number] = value
        return filled

    def _value(self, parameter: Parameter) -> str | None:
        filler = _FILLERS.get(parameter.role)
        return filler(self, parameter) if filler else _CONSTANTS.get(parameter.role)

    def _windows(self) -> dict[int, str]:
        """Both bounds of a range on one column together, so that few rows lie between."""
        groups: dict[tuple[Name, str, str | None], list[Parameter]] = defaultdict(list)
        for parameter in self.parameters:
            if parameter.op is Op.RANGE and parameter.table and parameter.column and parameter.role == "predicate":
                groups[parameter.table, parameter.column, parameter.expression].append(parameter)
        filled: dict[int, str] = {}
        for pair in groups.values():
            values = self._known(pair[0])
            window = values.window(self.label, self._share(pair[0])) if values and len(pair) == 2 else None
            if values and window and _opposite(pair):
                low, high = sorted(pair, key=lambda p: (p.operator in _UPPER, p.number))
                for parameter, value in ((low, window[0]), (high, window[1])):
                    written = self._written(parameter, values, value)
                    filled |= {parameter.number: written} if written else {}
        return filled

    def _share(self, parameter: Parameter) -> float | None:
        """The share of the table's rows that the calls returned, where nothing but the window decides it."""
        rows = self.catalog.rows(parameter.table) if parameter.table else 0.0
        alone = all(p.op is Op.RANGE for p in self.parameters if p.role == "predicate")
        cut = any(p.role in ("limit", "offset", "in") for p in self.parameters)
        returned = self.statement.rows_per_call
        return min(1.0, returned / rows) if rows and alone and not cut and returned > 1 else None

    def _known(self, parameter: Parameter) -> Values | None:
        column = self._column(parameter)
        if column is None or parameter.table is None:
            return None
        if column.statistics is None:
            leaves = (leaf.column(column.name) for leaf in self.catalog.leaves(parameter.table))
            column = next((leaf for leaf in leaves if leaf and leaf.statistics), column)
        return Values(column, column.statistics) if column.statistics else None

    def _column(self, parameter: Parameter) -> Column | None:
        table = self.catalog.tables.get(parameter.table) if parameter.table else None
        return table.column(parameter.column) if table and parameter.column else None

    def _written(self, parameter: Parameter, values: Values, value: str) -> str | None:
        """The literal; where an expression is compared, the expression of the literal."""
        text = literal(value, _type(values.column))
        if parameter.expression is None:
            return text
        if _keeps_type(parameter.expression, values):
            return text
        if parameter.expression == f"{quote(values.column.name)}::date" and _quoted(text)[1:5].isdigit():
            return f"{_quoted(text)[:11]}'"
        if "$" in parameter.expression or parameter.column is None:
            return None
        return substituted(parameter.expression, quote(parameter.column), f"{_quoted(text)}::{values.column.type}")

    def predicate(self, parameter: Parameter) -> str | None:
        """For a comparison with a column."""
        if parameter.op in (Op.CONTAINS, Op.OVERLAPS, Op.TEXT_SEARCH):
            return self._contained(parameter)
        values = self._known(parameter)
        if values is None or "->" in (parameter.expression or ""):
            return _guess(parameter)
        if parameter.op is Op.RANGE:
            share = _OPEN_ENDS[self.label]
            value = values.at(share if parameter.operator in _UPPER else 1 - share)
        else:
            value = values.one(self.label)
        return None if value is None else self._written(parameter, values, value)

    def _contained(self, parameter: Parameter) -> str | None:
        column, values = self._column(parameter), self._known(parameter)
        if column is None or parameter.expression:
            return "'word'" if parameter.op is Op.TEXT_SEARCH else None
        if _type(column).endswith("[]"):
            elements = values.elements() if values else ()
            return array(list(elements[:1])) if elements else "'{}'"
        if _type(column) == "jsonb":
            return {"?": "'a'", "?|": "'{a}'", "?&": "'{a}'", "@?": "'$.a'", "@@": "'$.a == 1'"}.get(
                parameter.operator or "", stand_in("jsonb")
            )
        return stand_in("tsquery") if parameter.op is Op.TEXT_SEARCH else None

    def listed(self, parameter: Parameter) -> str | None:
        """For IN and ANY: as many different values as rows come back where the column is unique."""
        values = self._known(parameter)
        if values is None or parameter.expression:
            return None
        known = [values.one(self.label, position) for position in range(self._members(values))]
        members = list(dict.fromkeys(value for value in known if value is not None))
        if not members:
            return None
        if parameter.operator in ("= any", "<> all") and self._is_whole_array(parameter):
            return array(members)
        if SQUASHED in self.text:
            return ", ".join(literal(value, _type(values.column)) for value in members)
        place = (parameter.table, parameter.column)
        self._listed[place] += 1
        value = values.one(self.label, self._listed[place] - 1)
        return None if value is None else literal(value, _type(values.column))

    def _members(self, values: Values) -> int:
        if values.unique and self.statement.calls:
            return max(1, min(MAX_LISTED, round(self.statement.rows_per_call)))
        return LISTED

    def _is_whole_array(self, parameter: Parameter) -> bool:
        """`ANY($1)`, not `ANY(ARRAY[$1, $2])`."""
        return any(
            number == parameter.number and self.text[:start].rstrip().endswith("(")
            for start, _, number in positions(self.text)
        )

    def element(self, parameter: Parameter) -> str | None:
        """For `$1 = ANY(column)`."""
        values = self._known(parameter)
        elements = values.elements() if values else ()
        return literal(elements[0], _type(values.column).removesuffix("[]")) if values and elements else None

    def having(self, parameter: Parameter) -> str | None:
        """For a comparison with an aggregate: a small number, or a value of the column where it has no numbers."""
        values = self._known(parameter)
        value = values.at(0.5) if values else None
        return literal(value, _type(values.column)) if values and value is not None else "1"

    def pattern(self, parameter: Parameter) -> str:
        """For LIKE and regular expressions: a few letters from within a value, searched anywhere."""
        values = self._known(parameter)
        chunk = values.chunk(self.label) if values else "abcd"
        plain_chunk = parameter.role == "part" or parameter.operator in ("~", "~*", "^@")
        return f"'{chunk}'" if plain_chunk else f"'%{chunk}%'"

    def limit(self, parameter: Parameter) -> str:
        """As many rows as come back."""
        if not self.statement.calls or self.statement.writes:
            return str(DEFAULT_LIMIT)
        return str(min(MAX_LIMIT, max(1, math.ceil(self.statement.rows_per_call))))

    def offset(self, parameter: Parameter) -> str:
        """Some pages; half of what the blocks read say where that is more."""
        page = int(self.limit(parameter))
        tables = [p.table for p in self.parameters if p.table] or list(self.catalog.tables)
        largest = max(tables, key=self.catalog.blocks)
        blocks, rows = self.catalog.blocks(largest), self.catalog.rows(largest)
        seen = rows * min(1.0, self.statement.blocks_per_call / blocks) / 2 if blocks else 0.0
        return str(max(PAGES * page, round(seen)) if self.label == TYPICAL else PAGES * page)

    def assigned(self, parameter: Parameter) -> str:
        """For a column's new value."""
        column, values = self._column(parameter), self._known(parameter)
        value = values.one(self.label) if values else None
        if value is not None and values is not None:
            return literal(value, _type(values.column))
        return (stand_in(_type(column)) if column else stand_in(parameter.cast or "")) or "NULL"

    def output(self, parameter: Parameter) -> str:
        """For what is only returned."""
        return (stand_in(parameter.cast) if parameter.cast else None) or "NULL"

    def other(self, parameter: Parameter) -> str | None:
        """For arithmetic with a column, and for what only a cast tells."""
        column = self._column(parameter)
        if parameter.cast:
            return stand_in(parameter.cast)
        if column is None:
            return None
        moment = _type(column).startswith(("timestamp", "time"))
        return "'1 day'::interval" if moment else "1" if stand_in(_type(column)) == "1" else None


def _keeps_type(expression: str, values: Values) -> bool:
    """Whether the expression has its column's type, and so a value of the column does as well."""
    counted = "(" not in expression and "::" not in expression and stand_in(_type(values.column)) == "1"
    return counted or expression.startswith(("date_trunc(", "COALESCE("))


def _guess(parameter: Parameter) -> str | None:
    """A value for what has no statistics, so that the planner's estimate is the same for every value."""
    if parameter.cast and parameter.table is None:
        return stand_in(parameter.cast)
    cast = re.search(r"::([a-z ]+)$", parameter.expression or "")
    if cast:
        return stand_in(cast[1])
    return "'x'" if ">>" in (parameter.expression or "") else None


def _opposite(pair: list[Parameter]) -> bool:
    operators = [parameter.operator for parameter in pair]
    return operators == ["between", "between"] or {operator in _UPPER for operator in operators} == {True, False}


def _type(column: Column) -> str:
    return plain(column.base_type or column.type)


def _quoted(text: str) -> str:
    return text if text.startswith(("'", "E'")) else f"'{text}'"


_CONSTANTS = {
    "wildcard": "'%'",
    "key": "'a'",
    "field": "'day'",
    "truth": "true",
    "constant": "1",
    "word": "'word'",
    "configuration": "'english'",
}
_FILLERS: dict[str, Callable[[Filling, Parameter], str | None]] = {
    "predicate": Filling.predicate,
    "in": Filling.listed,
    "element": Filling.element,
    "having": Filling.having,
    "like": Filling.pattern,
    "part": Filling.pattern,
    "limit": Filling.limit,
    "offset": Filling.offset,
    "assign": Filling.assigned,
    "insert": Filling.assigned,
    "output": Filling.output,
    "other": Filling.other,
}
