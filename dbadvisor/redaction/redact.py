"""A snapshot with other values in place of the users'."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

from dbadvisor.model.catalog import Catalog
from dbadvisor.model.index import IndexDefinition, IndexKey
from dbadvisor.model.names import Name
from dbadvisor.model.objects import Function, UserType
from dbadvisor.model.snapshot import (
    Column,
    ColumnStatistics,
    ExtendedStatistics,
    Gap,
    Horizon,
    Index,
    Snapshot,
    Table,
)
from dbadvisor.model.workload import Sample, Statement
from dbadvisor.redaction.classes import anchored, joins
from dbadvisor.redaction.combinations import Opaque, mapped
from dbadvisor.redaction.functions import aggregate
from dbadvisor.redaction.functions import definition as definition_of
from dbadvisor.redaction.samples import sample_values
from dbadvisor.redaction.scales import Kinds
from dbadvisor.redaction.settings import kept
from dbadvisor.redaction.texts import Texts
from dbadvisor.redaction.values import LEXEMES, Key, Values
from dbadvisor.sqltext.constants import keys as listed_keys
from dbadvisor.sqltext.fingerprint import redact as normalised
from dbadvisor.sqltext.parse import Unparsable
from dbadvisor.sqltext.printing import canonical_expression

REMAINS = (
    "names, sizes and row counts, how often each value occurs, shares of NULL, widths, numbers of different values, "
    "the order of values and how far apart those of one histogram bin are, which columns share values, which values a "
    "pattern finds, truth values, moments near now() in columns compared with it, lengths of time added to now(), "
    "lengths of ranges (their bounds are moved), small whole numbers in expressions, LIMIT and OFFSET, how far "
    "sequences are; and who knows how often the values of a column occur can tell a few of them apart"
)
"""What a redacted snapshot still tells."""

_QUOTED = re.compile(r'["„«“]([^"“”»]*)["“”»]')


def redact_values(snapshot: Snapshot, *, seed: int | None = None) -> Snapshot:
    """The snapshot with every value out of tables and texts replaced, so that plans stay what they are.

    Equal values stay equal and lesser ones less, within columns and among those that are compared with each other;
    what cannot be kept is replaced all the same, and the last gap of the result names it. Names stay. The maps are
    random and not kept; `seed` makes them repeatable for tests.
    """
    return _Redaction(snapshot, seed).result()


class _Redaction:
    """The snapshot is gone through twice with the same steps: to see every value, then to replace it."""

    def __init__(self, snapshot: Snapshot, seed: int | None) -> None:
        self._snapshot = snapshot
        self._catalog = Catalog(snapshot)
        self._values = Values(Kinds(snapshot), seed)
        self._texts = Texts(self._catalog, self._values)
        self._lost: dict[str, str] = {}

    def result(self) -> Snapshot:
        kinds = self._values.kinds
        for table in self._snapshot.tables:
            for column in table.columns:
                self._values.know(Key(table.name, column.name), kinds.of_column(column))
        for one, other in joins(self._catalog):
            self._values.join(one, other)
        self._values.anchored.update(anchored(self._catalog))
        self._join_domains()
        self._all()
        self._join_expressions()
        self._values.solve()
        self._lost.clear()
        new = self._all()
        return replace(new, gaps=(*new.gaps, self._gap()))

    def _join_domains(self) -> None:
        """A domain's CHECK holds for all its columns, so they are mapped alike."""
        for user_type in self._snapshot.types:
            if user_type.kind == "d" and user_type.checks:
                columns = [
                    key for table, column in self._of_domain(user_type) for key in [Key(table.name, column.name)]
                ]
                for other in columns[1:]:
                    self._values.join(columns[0], other)

    def _of_domain(self, user_type: UserType) -> list[tuple[Table, Column]]:
        names = (str(user_type.name), user_type.name.name)
        return [(t, c) for t in self._snapshot.tables for c in t.columns if c.type.removesuffix("[]") in names]

    def _join_expressions(self) -> None:
        """A partition's expression is its parent's."""
        for key in self._values.expressions():
            table = self._catalog.tables.get(key.table) if key.table else None
            if table and table.parent:
                self._values.join(key, Key(table.parent, key.what, expression=True))

    def _all(self) -> Snapshot:
        old = self._snapshot
        return replace(
            old,
            settings=tuple(setting for setting in old.settings if kept(setting)),
            types=tuple(map(self._type, old.types)),
            functions=tuple(map(self._function, old.functions)),
            tables=tuple(map(self._table, old.tables)),
            indexes=tuple(map(self._index, old.indexes)),
            checks=tuple(
                replace(check, definition=new)
                for check in old.checks
                if (new := self._or_lost(f"check {check.name}", self._texts.check, check.definition, check.table))
            ),
            views=tuple(
                replace(view, definition=new)
                for view in old.views
                if (new := self._or_lost(f"view {view.name.short}", self._texts.statement, view.definition))
            ),
            extended_statistics=tuple(filter(None, map(self._extended, old.extended_statistics))),
            objects=tuple(aggregate(made) if made.kind == "aggregate" else made for made in old.objects),
            policies=tuple(
                replace(
                    policy,
                    using=self._condition(f"policy {policy.name}", policy.using, policy.table),
                    check=self._condition(f"policy {policy.name}", policy.check, policy.table),
                )
                for policy in old.policies
            ),
            role_settings=tuple(s for s in old.role_settings if "." not in s.name),
            statements=tuple(map(self._statement, old.statements)),
            horizons=tuple(map(self._horizon, old.horizons)),
            sessions=tuple(
                replace(session, application="", query=normalised(session.query)) for session in old.sessions
            ),
        )

    def _or_lost(self, what: str, rewrite: Callable[..., str | None], *arguments: object) -> str | None:
        """What a text becomes; None, and a note, where it cannot be read."""
        try:
            return rewrite(*arguments)
        except (Unparsable, ValueError, LookupError):
            self._lost[what] = "could not be read, so it is left out"
            return None

    # Schema

    def _type(self, user_type: UserType) -> UserType:
        labels = user_type.labels
        if self._values.solved:
            labels = tuple(self._values.tokens.word(label, "l") for label in labels)
        columns = self._of_domain(user_type)

        def check(text: str) -> str:
            if columns:
                return self._texts.domain_check(text, columns[0][0], columns[0][1].name)
            return self._texts.lone_check(text)

        what = f"domain {user_type.name.short}"
        checks = (self._or_lost(what, check, text) for text in user_type.checks)
        return replace(user_type, labels=labels, checks=tuple(filter(None, checks)))

    def _function(self, function: Function) -> Function:
        what = f"function {function.name.short}"
        arguments = self._or_lost(what, self._texts.body, function.arguments)
        definition = function.definition
        if definition is not None:
            definition = self._or_lost(what, definition_of, self._texts, definition, function.language)
        returns = function.returns
        return replace(function, arguments=arguments or "", returns=returns, definition=definition)

    def _condition(self, what: str, text: str | None, table: Name) -> str | None:
        return self._or_lost(what, self._texts.condition, text, table) if text else None

    def _horizon(self, horizon: Horizon) -> Horizon:
        """What people call a prepared transaction may hold anything."""
        named = horizon.kind == "prepared transaction"
        return replace(horizon, name=self._values.tokens.word(horizon.name)) if named else horizon

    # Tables

    def _table(self, table: Table) -> Table:
        definition = table.definition
        if definition:
            definition = self._or_lost(f"query of {table.name.short}", self._texts.statement, definition)
        bound = table.bound
        if bound and "modulus" in bound.lower() and self._values.solved:
            self._lost[f"rows of {table.name.short}"] = "partitions by hash hold other values than before"
        if bound and table.parent:
            bound = self._or_lost(
                f"bound of {table.name.short}", self._texts.bound, bound, self._bound_keys(table.parent)
            )
        key = table.partition_key
        if key and "(" in key:
            kind, _, rest = key.partition("(")
            what = f"partition key of {table.name.short}"
            key = (
                f"{kind}({self._or_lost(what, self._texts.expression, rest[:-1], table.name) or rest[:-1]})"
                if "'" in rest
                else key
            )
        columns = tuple(self._column(table, column) for column in table.columns)
        return replace(table, definition=definition, bound=bound, partition_key=key, columns=columns)

    def _bound_keys(self, name: Name) -> Iterator[Key | None]:
        parent = self._catalog.tables.get(name)
        if parent is None or not parent.partition_key:
            return
        for column, expression in listed_keys(parent.partition_key.partition("(")[2][:-1]):
            yield Key(name, column) if column else Key(name, expression or "", expression=True)

    def _column(self, table: Table, column: Column) -> Column:
        key = Key(table.name, column.name)
        default = column.default
        if default:
            what = f"default of {key}"
            rewrite = (
                self._texts.default
                if not column.generated
                else lambda text, name, _: self._texts.expression(text, name)
            )
            default = self._or_lost(what, rewrite, default, table.name, column.name)
        low, high = column.minimum, column.maximum
        if low is not None and high is not None:
            if not self._values.solved:
                self._values.ends(key, low, high)
            low, high = self._values.image(key, low), self._values.image(key, high)
        return replace(
            column,
            default=default,
            minimum=low if high is not None else None,
            maximum=high if low is not None else None,
            statistics=self._statistics(key, column.statistics),
            inherited_statistics=self._statistics(key, column.inherited_statistics),
        )

    def _statistics(self, key: Key, known: ColumnStatistics | None) -> ColumnStatistics | None:
        if known is None:
            return None
        kind = self._values.kind(key)
        elements = LEXEMES if (kind and kind.name == "vector") or key.what.startswith("to_tsvector(") else key
        if not self._values.solved:
            self._values.histogram(key, known.histogram_bounds or ())
            self._values.common(key, known.most_common_vals or ())
            self._values.common(elements, known.most_common_elems or ())
            return known
        common, bounds = self._mapped(key, known.most_common_vals), self._mapped(key, known.histogram_bounds)
        parts = self._mapped(elements, known.most_common_elems)
        ranges = self._mapped(key, known.range_bounds)
        if (common, bounds, parts, ranges).count(None) > _absent(known):
            self._values.notes.setdefault(str(key), f"values of type {kind.type if kind else 'unknown'} are left out")
        return replace(
            known,
            most_common_vals=common,
            most_common_freqs=known.most_common_freqs if common is not None else None,
            histogram_bounds=bounds,
            most_common_elems=parts,
            most_common_elem_freqs=known.most_common_elem_freqs if parts is not None else None,
            range_bounds=ranges,
            range_lengths=known.range_lengths if ranges is not None else None,
            range_empty_frac=known.range_empty_frac if ranges is not None else None,
        )

    def _mapped(self, key: Key, texts: tuple[str, ...] | None) -> tuple[str, ...] | None:
        """The images of all, or None where one has none."""
        if texts is None:
            return None
        images = [self._values.image(key, text) for text in texts]
        return tuple(image for image in images if image is not None) if None not in images else None

    def _index(self, index: Index) -> Index:
        definition = index.definition
        keys = tuple(self._index_key(definition, key) for key in definition.keys)
        where = self._condition(f"condition of index {index.name.short}", definition.where, definition.table)
        statistics = tuple(
            (position, new)
            for position, known in index.expression_statistics
            if (new := self._statistics(_expression(definition, position), known))
        )
        lost = definition.where is not None and where is None
        return replace(
            index,
            definition=replace(definition, keys=keys, where=where),
            valid=index.valid and not lost,
            expression_statistics=statistics,
        )

    def _index_key(self, definition: IndexDefinition, key: IndexKey) -> IndexKey:
        if key.expression is None:
            return key
        what = f"index on {definition.table.short}"
        new = self._or_lost(what, self._texts.expression, key.expression, definition.table)
        return replace(key, expression=new or "NULL::text")

    def _extended(self, each: ExtendedStatistics) -> ExtendedStatistics | None:
        what = f"statistics {each.name.short}"
        definition = self._or_lost(what, self._texts.statistics, each.definition, each.table)
        if definition is None:
            return None
        listed = listed_keys(each.definition.partition(" ON ")[2].rpartition(" FROM ")[0])
        targets = [Key(each.table, c) if c else Key(each.table, e or "", expression=True) for c, e in listed]
        expressions = [target for target in targets if target.expression]
        statistics = tuple(
            new
            for place, known in enumerate(each.expressions)
            if expressions and (new := self._statistics(expressions[place % len(expressions)], known))
        )
        numbers = {column.name: column.number for column in self._catalog.tables[each.table].columns}
        columns = sorted((t for t in targets if not t.expression), key=lambda target: numbers.get(target.what, 0))
        data = tuple((*row[:3], self._combinations(what, row[3], [*columns, *expressions])) for row in each.data)
        return replace(each, definition=definition, data=data, expressions=statistics)

    def _combinations(self, what: str, stored: str | None, targets: list[Key]) -> str | None:
        if stored is None:
            return None
        kinds = [self._values.kind(target) for target in targets]
        images = [lambda text, target=target: self._values.image(target, text) for target in targets]
        try:
            return "\\x" + mapped(bytes.fromhex(stored.removeprefix("\\x")), kinds, images).hex()
        except (Opaque, ValueError, LookupError):
            self._lost[what] = "its most common combinations are left out"
            return None

    # Workload

    def _statement(self, statement: Statement) -> Statement:
        text = normalised(statement.text) if statement.kind != "UTILITY" else statement.text
        refused = statement.unplannable
        if refused:
            refused = _QUOTED.sub(
                lambda quote: quote[0] if quote[1] in text else "…", re.sub(r': ".*"', ": …", refused)
            )
        samples = tuple(filter(None, (self._sample(statement, sample) for sample in statement.samples)))
        return replace(statement, text=text, unplannable=refused, samples=samples)

    def _sample(self, statement: Statement, sample: Sample) -> Sample | None:
        try:
            edits = self._texts.edits(sample.sql)
            sql = self._texts.statement(sample.sql)
        except (Unparsable, ValueError, LookupError):
            self._lost[f"a sample of {statement.fingerprint}"] = "could not be read, so it is left out"
            return None
        return replace(sample, sql=sql, values=sample_values(statement.text, sample, edits))

    def _gap(self) -> Gap:
        notes = {**self._values.notes, **self._lost}
        listed = "; ".join(f"{what}: {why}" for what, why in sorted(notes.items()))
        why = f"--redact-values replaced them. Still to be seen: {REMAINS}."
        return Gap("values", "the values of columns and constants", f"{why} Not exact: {listed}." if listed else why)


def _absent(known: ColumnStatistics) -> int:
    lists = (known.most_common_vals, known.histogram_bounds, known.most_common_elems, known.range_bounds)
    return lists.count(None)


def _expression(definition: IndexDefinition, position: int) -> Key:
    text = definition.keys[position - 1].expression if position <= len(definition.keys) else None
    return Key(definition.table, canonical_expression(text or ""), expression=True)
