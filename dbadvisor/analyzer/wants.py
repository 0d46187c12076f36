"""What a statement's use of a table asks of an index, and whether an index gives it."""

from collections.abc import Iterable
from dataclasses import dataclass

from dbadvisor.analyzer.facts import Facts, only_says_not_null
from dbadvisor.analyzer.reading import distinct_values
from dbadvisor.model.change import CreateIndex, DropIndex
from dbadvisor.model.index import IndexDefinition, IndexKey
from dbadvisor.model.names import Name
from dbadvisor.model.snapshot import Index
from dbadvisor.sqltext.shape import Op, SortKey, TableUse

_FEW_VALUES = (Op.IS_NULL, Op.TRUE, Op.FALSE)
_RANGE = (Op.RANGE, Op.LIKE_PREFIX)
_UNORDERED = ("json", "xml", "point", "box", "line", "lseg", "path", "polygon", "circle", "aclitem", "refcursor")
"""Types without a btree operator class: nothing can be sorted by them."""
LEAST_VALUES = 10
"""Different values of the bare columns from which they select something, whatever an expression beside them does."""
MOST_KEYS = 5
"""Keys of a proposed index: beyond that each narrows next to nothing and widens every entry."""


@dataclass(frozen=True, slots=True)
class Want:
    """The bare columns that restrict one instance of a table, and the order it is asked for."""

    table: Name
    equals: tuple[str, ...]
    """Columns held to one value or a list of them, most different values first; conditions on null or truth last."""
    ranges: tuple[str, ...]
    order: tuple[SortKey, ...] = ()
    """The ORDER BY under a LIMIT, where all of it belongs to this instance's bare columns."""
    held: tuple[str, ...] = ()
    """Expressions held to one value: they neither need nor forbid a key of their own."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The keys an index should have: equalities, then the order, else one range."""
        tail = tuple(key.column for key in self.order if key.column) or self.ranges[:1]
        return tuple(dict.fromkeys((*self.equals, *tail)))[:MOST_KEYS]


def want_of(facts: Facts, use: TableUse) -> Want:
    """What the conditions of the use on bare columns ask; joins are left out (`join_columns`)."""
    conditions = [(p.column, p.op) for p in use.conjuncts if p.column and sortable(facts, use.table, p.column)]
    ordered = bool(use.limit and use.sort) and use.sort_complete and all(key.column for key in use.sort)
    single = {column for column, op in conditions if op is Op.EQ}
    listed = {column for column, op in conditions if op is Op.IN}
    equal = single if ordered and single else single | listed  # a list of values breaks the order of what follows
    equals = sorted(equal, key=lambda column: (-distinct_values(facts, use.table, column), column))
    few = sorted({column for column, op in conditions if op in _FEW_VALUES} - equal)
    ranges = dict.fromkeys(column for column, op in conditions if op in _RANGE and column not in equal)
    order = tuple(key for key in use.sort if key.column not in equal) if ordered else ()
    held = tuple(p.expression for p in use.conjuncts if p.expression and p.op is Op.EQ)
    return Want(use.table, (*equals, *few), tuple(ranges), order, held)


def selects(facts: Facts, want: Want) -> bool:
    """Whether the bare columns select by themselves: at least ten different values, beside an expression that may."""
    values = 1.0
    for column in want.equals:
        values *= distinct_values(facts, want.table, column)
    return not want.held or values >= LEAST_VALUES


def join_columns(facts: Facts, use: TableUse) -> tuple[str, ...]:
    """Bare columns by which the instance is joined to another by equality."""
    found = (join.column for join in use.joins if join.operator == "=" and join.column)
    return tuple(dict.fromkeys(column for column in found if sortable(facts, use.table, column)))


def sortable(facts: Facts, table: Name, column: str) -> bool:
    """Whether a btree can be built on the column, as far as its type tells."""
    found = facts.column(table, column)
    return found is not None and (found.base_type or found.type).partition("(")[0] not in _UNORDERED


def serves(index: Index, want: Want) -> bool:
    """Whether the index's first keys are the wanted equalities in any order, then the order or one range.

    Only whole btree indexes and those that leave out nothing but nulls count; direction and operator class are
    not looked at.
    """
    definition = index.definition
    columns = [key.column for key in definition.keys if not (key.expression and _is_held(key.expression, want))]
    count = len(want.equals)
    if definition.method != "btree" or set(columns[:count]) != set(want.equals):
        return False
    if not only_says_not_null(definition.where, set(want.equals)):
        return False
    rest = columns[count:]
    ordered = [key.column for key in want.order]
    if ordered and rest[: len(ordered)] == ordered:
        return True
    if want.ranges:
        return bool(rest) and rest[0] in want.ranges
    return not ordered


def _is_held(expression: str, want: Want) -> bool:
    from dbadvisor.sqltext.predicates import canonical_expression  # here: to list the rules needs no SQL grammar

    wanted = canonical_expression(expression)
    return any(canonical_expression(held) == wanted for held in want.held)


def existing(facts: Facts, want: Want, indexes: Iterable[Index] | None = None) -> Index | None:
    """The first usable index (or of those given) that serves the want."""
    candidates = facts.usable(want.table) if indexes is None else indexes
    return next((index for index in candidates if serves(index, want)), None)


def order_keys(order: tuple[SortKey, ...]) -> tuple[IndexKey, ...]:
    """Index keys that deliver the order, ascending where a backward scan gives the same."""
    backward = all(key.descending and key.nulls_first for key in order)
    return tuple(
        IndexKey(
            key.column,
            key.expression,
            descending=key.descending and not backward,
            nulls_first=key.nulls_first and not backward,
        )
        for key in order
    )


def definition_for(want: Want) -> IndexDefinition:
    """The btree that gives the want: equalities, then the order, else one range."""
    tail = order_keys(want.order) if want.order else tuple(IndexKey(column) for column in want.ranges[:1])
    keys = (*(IndexKey(column) for column in want.equals), *tail)
    return IndexDefinition(want.table, keys[:MOST_KEYS])


def create(facts: Facts, definition: IndexDefinition) -> CreateIndex:
    """The change that makes the index under a free name: without locking writers out, where the server can."""
    table = facts.catalog.tables.get(definition.table)
    taken = {name.name for name in (*facts.catalog.indexes, *facts.catalog.tables, *facts.catalog.views)}
    names = (definition.default_name, *(f"{definition.default_name}{n}" for n in range(1, len(taken) + 2)))
    free = next(name for name in names if name not in taken)
    return CreateIndex(definition, free, concurrently=table is None or table.kind != "p")


def drop(facts: Facts, index: Index) -> DropIndex:
    """The change that drops the index: without locking writers out, where the server can."""
    table = facts.catalog.tables.get(index.definition.table)
    return DropIndex(index.name, index.definition, concurrently=table is None or table.kind != "p")
