"""Constants in statements and definitions replaced by their images."""

import re
from collections.abc import Iterable
from zoneinfo import available_timezones

from dbadvisor.model.catalog import Catalog
from dbadvisor.model.names import Name, quote, quote_literal
from dbadvisor.model.snapshot import Column, Table
from dbadvisor.redaction.patterns import contained, read
from dbadvisor.redaction.scales import Kind
from dbadvisor.redaction.tokens import array_text, is_length_of_time, shape, words
from dbadvisor.redaction.values import LEXEMES, Key, Values
from dbadvisor.sqltext.analysis import Parameter
from dbadvisor.sqltext.constants import Constant, constants, rewritten, tokens
from dbadvisor.sqltext.parse import Unparsable
from dbadvisor.sqltext.shape import Op

SMALL = 10
"""Whole numbers up to this that are compared with no column are left: they are part of how a formula is written."""

_LEFT = frozenset({"limit", "offset", "configuration"})
_NAMING = frozenset("current_setting nextval currval setval pg_has_role has_table_privilege".split())
"""Functions whose strings name things of the schema."""
_COUNTING = frozenset({"generate_series", "make_interval"})
"""Functions whose numbers are counts of rows or lengths of time."""
_NAMES = frozenset(
    "regclass regconfig regtype regproc regprocedure regoperator regrole regnamespace regdictionary".split()
)
_JSON_FUNCTIONS = re.compile(r"jsonb?_(extract_path|exists|path|object_field)")
_FIELDS = frozenset(
    "century day decade dow doy epoch hour isodow isoyear julian microseconds millennium milliseconds minute month"
    " quarter second timezone week year".split()
)
_CHECK = re.compile(r"(CHECK \()(.*)(\)(?: NO INHERIT| NOT VALID| NOT ENFORCED)*)\Z", re.DOTALL)
_STATISTICS = re.compile(r"(CREATE STATISTICS .*?\sON )(.*)(\sFROM\s\S.*)\Z", re.DOTALL)
_ARITHMETIC = frozenset({None, "+", "-", "*", "/", "%", "^", "||", "&", "|", "#", "<->"})
_OF_SHAPE = ("[", "(", "{", "<")
_BITS = re.compile(r"[BbXx]'[0-9A-Fa-f]*'")
_NO_USE = Parameter(0, "unplaced")


class Texts:
    """Rewrites texts of one snapshot, with whatever the values answer."""

    def __init__(self, catalog: Catalog, values: Values) -> None:
        self._catalog = catalog
        self._values = values
        self._labels = frozenset(label for each in catalog.snapshot.types for label in each.labels)

    def statement(self, text: str) -> str:
        """A whole statement; raises Unparsable."""
        return rewritten(text, self.edits(text))

    def edits(self, text: str) -> list[tuple[int, int, str]]:
        """(start, end, new constant) of a statement's constants; raises Unparsable."""
        return [(each.start, each.end, self._written(each)) for each in constants(text, self._catalog)]

    def expression(self, text: str, table: Name) -> str:
        """An expression (or several, listed) over a table's columns; raises Unparsable."""
        return self._within("SELECT ", text, f" FROM {table}")

    def condition(self, text: str, table: Name) -> str:
        """A condition on a table; raises Unparsable."""
        return self._within("SELECT FROM " + str(table) + " WHERE ", text, "")

    def default(self, text: str, table: Name, column: str) -> str:
        """What a column is filled with; raises Unparsable."""
        return self._within(f"UPDATE {table} SET {quote(column)} = ", text, "")

    def check(self, text: str, table: Name) -> str:
        """A CHECK constraint as pg_get_constraintdef prints it; raises Unparsable."""
        return self._check(text, f"SELECT FROM {table} WHERE ")

    def domain_check(self, text: str, table: Table, column: str) -> str:
        """A domain's CHECK, by the map of a column of that domain; raises Unparsable."""
        names = ", ".join("value" if each.name == column else quote(each.name) for each in table.columns)
        return self._check(text, f"SELECT FROM {table.name} AS d({names}) WHERE ")

    def lone_check(self, text: str) -> str:
        """The CHECK of a domain that no column has; raises Unparsable."""
        return self._check(text, "SELECT WHERE ")

    def _check(self, text: str, before: str) -> str:
        found = _CHECK.match(text)
        if found is None:
            raise Unparsable("no CHECK constraint")
        return found[1] + self._within(before, found[2], "") + found[3]

    def statistics(self, text: str, table: Name) -> str:
        """CREATE STATISTICS; raises Unparsable."""
        found = _STATISTICS.match(text)
        if found is None:
            raise Unparsable("no statistics object")
        return found[1] + self.expression(found[2], table) + found[3]

    def _within(self, before: str, text: str, after: str) -> str:
        edits = self.edits(before + text + after)
        new = rewritten(before + text + after, edits)
        return new[len(before) : len(new) - len(after)] if after else new[len(before) :]

    def bound(self, text: str, keys: Iterable[Key | None]) -> str:
        """A partition's bound by the columns it is partitioned by; raises Unparsable."""
        listed, every = list(keys), text.startswith("FOR VALUES IN")
        if "MODULUS" in text.upper():
            return text
        edits: list[tuple[int, int, str]] = []
        position = 0
        for start, end, kind in tokens(text):
            word = text[start:end]
            position = 0 if word == "(" else position + (word == "," and not every)
            if kind in ("string", "number"):
                key = listed[position] if position < len(listed) else None
                edits.append((start, end, self._bound(word, key)))
        return rewritten(text, edits).replace("-'", "'")

    def _bound(self, word: str, key: Key | None) -> str:
        value = word[1:-1].replace("''", "'") if word.startswith("'") else word
        image = self._values.image(key, value) if key else None
        return quote_literal(shape(value) if image is None else image)

    def body(self, text: str) -> str:
        """Any text that reads like SQL, word by word: its strings and larger numbers go; raises Unparsable."""
        edits = []
        before = ""
        for start, end, kind in tokens(text):
            word = text[start:end]
            if kind == "string" and before != "set":
                edits.append((start, end, self._loose(word)))
            elif kind == "number" and before not in ("cost", "rows") and not _is_small(word):
                edits.append((start, end, self._written_free(Constant(start, end, word, False, _NO_USE), None)))
            before = word.lower()
        return rewritten(text, edits)

    def _loose(self, word: str) -> str:
        value = word.strip("'")
        if value in self._labels:
            return quote_literal(self._values.tokens.word(value, "l")) if self._values.solved else word
        return quote_literal(self._values.image(Key(None, "text"), value) or "x")

    # What becomes of one constant

    def _written(self, each: Constant) -> str:
        literal = quote_literal(each.value) if each.quoted else each.value
        if _BITS.fullmatch(each.value):
            return each.value[:2] + "1" * (len(each.value) - 3) + "'"
        if self._stays(each):
            return literal
        column = self._column(each)
        if each.use.role in ("like", "part", "wildcard"):
            return quote_literal(self._pattern(each))
        if each.use.role == "word" or self._is_text_search(each):
            return quote_literal(words(each.value, lambda word: self._values.image(LEXEMES, word) or "x"))
        if each.use.role == "key" or _JSON_FUNCTIONS.match(each.function or ""):
            return self._path(each) if each.quoted else literal
        if column is not None and self._is_of_column(each):
            return self._of_column(each, column)
        if each.use.expression and each.use.table and each.use.role != "having":
            return self._imaged(each, Key(each.use.table, each.use.expression, expression=True))
        return self._written_free(each, each.use.cast)

    def _is_text_search(self, each: Constant) -> bool:
        return each.quoted and each.use.op is Op.TEXT_SEARCH and (each.use.cast or "tsquery") == "tsquery"

    def _stays(self, each: Constant) -> bool:
        use = each.use
        if use.role in _LEFT or (use.cast or "").split(".")[-1] in _NAMES:
            return True
        if each.function in (_NAMING if each.quoted else _COUNTING):
            return True
        if use.role == "field":
            return each.value.lower() in _FIELDS
        if use.role == "wildcard" and set(each.value) <= {"%", "_"}:
            return True
        if each.function == "timezone" and each.value in _ZONES:
            return True
        if each.quoted and use.table is None and is_length_of_time(each.value):
            return True
        return not each.quoted and use.table is None and _is_small(each.value)

    def _column(self, each: Constant) -> Column | None:
        table = self._catalog.tables.get(each.use.table) if each.use.table else None
        return table.column(each.use.column) if table and each.use.column else None

    @staticmethod
    def _is_of_column(each: Constant) -> bool:
        if each.use.role == "other":
            return not each.use.expression and each.use.operator not in _ARITHMETIC
        return not each.use.expression and each.use.role not in ("having", "output")

    def _of_column(self, each: Constant, column: Column) -> str:
        assert each.use.table
        key = Key(each.use.table, column.name)
        kind = self._values.kind(key)
        if kind and kind.name == "json" and each.use.op is Op.CONTAINS and each.use.operator not in ("@>", "<@"):
            return self._path(each)
        return self._imaged(each, key)

    def _path(self, each: Constant) -> str:
        """Keys of JSON values, alone or in a list; paths of the other language go."""
        token = self._values.tokens.word
        if not self._values.solved:
            return quote_literal(each.value)
        if each.use.operator in ("@?", "@@"):
            return "'$.a'"
        if each.value.startswith("{"):
            parts = each.value.strip("{}").split(",")
            return quote_literal("{" + ",".join(p if p.isdigit() else token(p.strip('"'), "k") for p in parts) + "}")
        return quote_literal(token(each.value, "k"))

    def _pattern(self, each: Constant) -> str:
        use = each.use
        operator = use.operator or "~~"
        if use.table and use.column:
            key = Key(use.table, use.expression or use.column, expression=use.expression is not None)
            pattern = contained(each.value) if use.role == "part" else read(operator, each.value)
            image = self._values.pattern(key, pattern, each.value) if pattern else None
            if image is not None and use.role == "part" and self._values.solved:
                image = image.strip("%")
            if image is not None:
                return image
            if self._values.solved:
                self._values.notes[str(key)] = "searched by patterns that are made up"
        regular = operator.lstrip("!") in ("~", "~*")
        return self._values.tokens.regular(each.value) if regular else self._values.tokens.like(each.value)

    def _imaged(self, each: Constant, key: Key) -> str:
        """The image of a column's or expression's value, or of each of a list of them."""
        values = self._values
        kind = values.kind(key)
        listed = each.use.role == "in" and each.quoted and each.value.startswith("{") and not (kind and kind.is_array)
        if listed and (each.use.operator or "").split()[-1:] in (["any"], ["all"], ["ANY"], ["ALL"]):
            try:
                return quote_literal(array_text(each.value, lambda element: values.image(key, element) or "x"))
            except ValueError:
                return "'{}'"
        return self._literal(each, values.image(key, each.value), kind)

    def _written_free(self, each: Constant, cast: str | None) -> str:
        """A constant that belongs to no column: by its cast, or what it looks like."""
        if each.quoted and each.value in self._labels:
            return self._literal(each, self._values.tokens.word(each.value, "l") if self._values.solved else each.value)
        if cast is None and each.quoted and each.value.startswith(_OF_SHAPE):
            return self._literal(each, None)
        if cast is None and each.quoted:
            cast = (
                "date"
                if _DATE.fullmatch(each.value)
                else "timestamp with time zone"
                if _MOMENT.match(each.value)
                else "text"
            )
        elif cast is None or not each.quoted:
            cast = (
                "numeric" if not each.value.lstrip("-").isdigit() else "integer" if len(each.value) < 10 else "bigint"
            )
        key = Key(None, cast)
        return self._literal(each, self._values.image(key, each.value), self._values.kind(key))

    @staticmethod
    def _literal(each: Constant, image: str | None, kind: Kind | None = None) -> str:
        if each.quoted:
            group = kind.scale.group if kind and kind.scale and not kind.is_array else ""
            return quote_literal(_STAND_INS.get(group) or shape(each.value) if image is None else image)
        if image is None or not re.fullmatch(r"-?\d+(\.\d+)?", image):
            return shape(each.value) if image is None else quote_literal(image)
        fractional = not each.value.lstrip("-").isdigit()
        return f"{image}.0" if fractional and "." not in image else image


_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d")
_ZONES = frozenset(available_timezones())


_STAND_INS = {
    "number": "1",
    "date": "2000-01-01",
    "moment": "2000-01-01",
    "time": "12:00",
    "interval": "1 day",
    "text": "x",
    "uuid": "00000000-0000-4000-8000-000000000000",
}
"""For literals that could not be read as their column's values."""


def _is_small(word: str) -> bool:
    return word.lstrip("-").isdigit() and abs(int(word)) <= SMALL
