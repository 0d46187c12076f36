"""The indexes that one instance of a table could use: structure in, definitions out. Nothing is asked of a planner."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import permutations

from dbadvisor.advisor.existing import already_there, canonical, reverse
from dbadvisor.advisor.indexable import MAX_KEY_WIDTH, TEXT_TYPES, base_type, column_may, table_may
from dbadvisor.advisor.roles import Keys, Roles, popularity, repeats, roles
from dbadvisor.model.catalog import Catalog
from dbadvisor.model.index import IndexDefinition, IndexKey
from dbadvisor.model.names import Name
from dbadvisor.model.snapshot import Column, Table
from dbadvisor.sqltext.shape import Op, Predicate, TableUse

MAX_KEYS = 5
"""Keys of a candidate. A fifth narrows little that four have left, and each makes the entry wider."""
MAX_COLUMNS = 10
"""Columns of a candidate with those that it includes: more makes a second table of the index."""
MAX_COVERED_WIDTH = 160
"""Bytes of mean width that included columns may have together."""
DEDUPLICATED = 3.0
"""Rows with the same keys from which on B-tree pages without INCLUDE are much smaller: one key for all of them."""
COVERED_KEYS = 3
"""Keys that a candidate with included columns may have."""
SMALLEST_WHOLE = 3
"""Columns of a table that an index may hold altogether: link tables are read by nothing but their keys."""
PAIRED = 5
"""Keys of an instance, the most selective first, that are tried in pairs of either order."""
MAX_CANDIDATES = 200
"""Candidates of one instance; on TPC-DS a statement with its many instances has 356 at most."""
BRIN_BLOCKS = 12_800
"""Blocks of a table (100 MB) from which on BRIN is thought of: it reads whole ranges of 128 blocks."""
BRIN_CORRELATION = 0.95
"""How well rows must lie in a column's order for it: each stray row widens a range's bounds."""
BRIN_TYPES = frozenset(
    ("smallint", "integer", "bigint", "date", "timestamp without time zone", "timestamp with time zone")
)
"""What is appended in order in practice."""
MAX_PARTIAL = 12
"""Orders of keys that are tried over a part of the rows."""
PARTIAL_SHARE = 0.8
"""The share of rows that a partial index may hold at most; above it saves too little to be special."""
RARE_SHARE = 0.005
"""PostgreSQL's own default for the share of rows that an equality of unknown statistics keeps (DEFAULT_EQ_SEL)."""

_VALUE = re.compile(r"'|(?<![\w.])\d")
"""A string or a number in an expression's text."""


@dataclass(frozen=True, slots=True)
class Field:
    """What candidates are judged against: the schema and the whole workload's uses of each table."""

    catalog: Catalog
    uses: Mapping[Name, tuple[TableUse, ...]]
    """All instances of each table (partitions under their root), over all statements."""

    exactly: bool = False
    """Whether only the very same as an existing index is not thought of: not so the front of one's keys alone."""

    def there(self, candidate: IndexDefinition) -> bool:
        """Whether a usable index is the candidate already, or does its work."""
        return already_there(self.catalog, candidate, exactly=self.exactly)

    def assigned(self, table: Name) -> frozenset[str]:
        """Columns that UPDATE statements of the workload set."""
        return frozenset(column for use in self.uses.get(table, ()) for column in use.assigned)


def candidates(field: Field, use: TableUse) -> tuple[IndexDefinition, ...]:
    """Definitions that could serve the instance, none of which a usable index already is or starts with."""
    root = field.catalog.root(use.table)
    table = field.catalog.tables.get(root)
    if table is None or not table_may(field.catalog, root) or use.action == "insert":
        return ()
    found = roles(field.catalog, table, use)
    shapes = dict.fromkeys(cut for keys in _key_lists(found, popularity(field.uses, root)) if (cut := _cut(keys)))
    plain = [IndexDefinition(root, keys) for keys in shapes]
    partial = list(_partial(field, table, use, plain))
    wanted = [*plain, *partial, *_covering(field, table, use, [*plain, *partial]), *_narrow(field, table, use, plain)]
    wanted += _special(field, table, use, found)
    if field.catalog.snapshot.redacted:
        wanted = [definition for definition in wanted if not _spells_a_value(definition)]
    unique = {canonical(definition): definition for definition in reversed(wanted)}
    return tuple(d for d in reversed(unique.values()) if not field.there(d))[:MAX_CANDIDATES]


def _key_lists(found: Roles, popular: Mapping[str, int]) -> Iterator[Keys]:
    """Orders of keys that a B-tree can use from the left: equalities, then one range or the sort keys."""
    singles = (*found.equal, *found.many, *found.span, *found.arms, *(keys[0] for keys in found.joins))
    yield from ((key,) for key in singles)
    for equal in _equal_orders(found, popular):
        yield equal
        yield from _tails(equal, found)
        for join in found.joins:
            for lead in dict.fromkeys((join + equal, equal + join)):
                yield lead
                yield from _tails(lead, found)
    ordered = [key for order in (found.sort, found.group) if order for key in _directed(order)]
    yield from ((key,) for key in ordered[:1])
    pairs = permutations(list(dict.fromkeys((*singles, *ordered)))[:PAIRED], 2)
    yield from (pair for pair in pairs if pair[0] not in found.span and _seeks(pair, singles, found))


def _seeks(pair: Keys, singles: Keys, found: Roles) -> bool:
    """Whether it is more than an order to walk along in search of a range: what a LIMIT over it costs nobody knows."""
    return pair[0] in singles or pair[1] not in found.span


def _equal_orders(found: Roles, popular: Mapping[str, int]) -> tuple[Keys, ...]:
    """Most selective first; and most shared with other statements first, so that one index may serve several."""
    shared = tuple(sorted(found.equal, key=lambda key: -popular.get(key.column or "", 0)))
    return tuple(dict.fromkeys((found.equal, shared, shared + found.flags if shared else ())))


def _tails(lead: Keys, found: Roles) -> Iterator[Keys]:
    for key in (*found.many, *found.span):
        yield (*lead, key)
    for many in found.many:
        yield from ((*lead, many, span) for span in found.span)
    for order in (found.sort, found.group):
        if order:
            yield lead + _directed(tuple(key for key in order if not _among(key, lead)))


def _directed(order: Keys) -> Keys:
    """The order in the plainest spelling: a backward scan serves its exact reverse."""
    backward = tuple(reverse(key) for key in order)
    return min(order, backward, key=lambda keys: (sum(len(key.sql) for key in keys), keys[0].descending if keys else 0))


def _spells_a_value(definition: IndexDefinition) -> bool:
    """Whether a constant stands in it: of a redacted snapshot one that production has never seen."""
    texts = [definition.where or "", *(key.expression or "" for key in definition.keys)]
    return any(_VALUE.search(text) for text in texts)


def _among(key: IndexKey, keys: Sequence[IndexKey]) -> bool:
    return any(key.subject == other.subject for other in keys)


def _cut(keys: Keys) -> Keys:
    kept: list[IndexKey] = []
    for key in keys:
        if not _among(key, kept):
            kept.append(key)
    return tuple(kept[:MAX_KEYS])


def _partial(field: Field, table: Table, use: TableUse, plain: Sequence[IndexDefinition]) -> Iterator[IndexDefinition]:
    """The same keys over the rows that a condition without parameters keeps, which then need not be a key."""
    fixed = [predicate for predicate in use.conjuncts if _fixed(table, predicate)]
    if not fixed:
        return
    where = " AND ".join(dict.fromkeys(predicate.text for predicate in fixed))
    held = dict.fromkeys(predicate.column for predicate in fixed)
    left = dict.fromkeys(tuple(key for key in one.keys if key.column not in held) for one in plain)
    left.pop((), None)
    own = [(IndexKey(name),) for name in held if name and column_may(field.catalog, table.column(name))]
    for keys in list(left)[:MAX_PARTIAL] or own:
        yield IndexDefinition(table.name, keys, where=where)


def _fixed(table: Table, predicate: Predicate) -> bool:
    """Whether every call asks it with the same value, and it keeps few enough rows."""
    if predicate.column is None or predicate.parameter is not None or not predicate.text or "$" in predicate.text:
        return False
    column = table.column(predicate.column)
    if column is None or column.statistics is None:
        return False
    share = _share(column, predicate)
    return share is not None and share <= PARTIAL_SHARE


def _share(column: Column, predicate: Predicate) -> float | None:
    """The share of rows that the condition keeps, by the column's statistics; None for other operators."""
    statistics = column.statistics
    assert statistics is not None
    frequencies = dict(zip(statistics.most_common_vals or (), statistics.most_common_freqs or (), strict=False))
    match predicate.op:
        case Op.IS_NULL:
            return statistics.null_frac
        case Op.IS_NOT_NULL:
            return 1 - statistics.null_frac
        case Op.TRUE:
            return frequencies.get("t", 0.0)
        case Op.FALSE:
            return frequencies.get("f", 0.0)
        case Op.EQ if predicate.constant:
            return frequencies.get((predicate.value or "").partition("::")[0].strip("'"), RARE_SHARE)
    return None


def _covering(field: Field, table: Table, use: TableUse, led: Sequence[IndexDefinition]) -> Iterator[IndexDefinition]:
    """The same keys with the instance's other columns, so that the table need not be read at all: included, and
    where they are few as keys, which deduplication can make smaller.

    Not where rows are locked or changed (the heap is visited anyway).
    """
    if use.locked or use.action != "read":
        return
    for definition in led:
        rest = _rest(field, table, use, definition)
        if rest is None or len(definition.keys) > COVERED_KEYS:
            continue
        yield replace(definition, include=rest)
        keys = definition.keys + tuple(IndexKey(n) for n in rest if column_may(field.catalog, table.column(n)))
        whole = len(keys) == len(definition.keys) + len(rest) <= MAX_KEYS
        if whole and repeats(field.catalog, table, keys) >= DEDUPLICATED:
            yield replace(definition, keys=keys)


def _rest(field: Field, table: Table, use: TableUse, definition: IndexDefinition) -> tuple[str, ...] | None:
    """The instance's columns beside the keys; None where an index should not hold them.

    Not columns that UPDATEs set (each such update would cease to be HOT), nor wide ones, nor all that the table has:
    a second copy of it, which the next new column makes useless.
    """
    wanted = {*use.columns} - {*definition.columns}
    rest = tuple(column.name for column in table.columns if column.name in wanted)
    keyed = all(key.column for key in definition.keys)
    held = len(rest) + len(definition.columns)
    whole = SMALLEST_WHOLE < len(table.columns) == held
    if not rest or not keyed or whole or held > MAX_COLUMNS or field.assigned(table.name) & {*rest}:
        return None
    wide = sum(width(column) for column in table.columns if column.name in wanted)
    return rest if wide <= MAX_COVERED_WIDTH else None


def _narrow(field: Field, table: Table, use: TableUse, plain: Sequence[IndexDefinition]) -> Iterator[IndexDefinition]:
    """Of an instance that is read whole: its few columns alone, which are less to read than the rows."""
    if plain or use.locked or use.action != "read" or not use.columns:
        return
    first = next((name for name in use.columns if column_may(field.catalog, table.column(name))), None)
    if first is None:
        return
    definition = IndexDefinition(table.name, (IndexKey(first),))
    rest = _rest(field, table, use, definition)
    if rest is not None or len(use.columns) == 1:
        yield replace(definition, include=rest or ())


def width(column: Column) -> int:
    """Mean bytes of a value; without statistics the type's length, or more than INCLUDE allows."""
    if column.statistics is not None:
        return column.statistics.avg_width
    return column.typlen if column.typlen > 0 else MAX_COVERED_WIDTH + 1


def _special(field: Field, table: Table, use: TableUse, found: Roles) -> Iterator[IndexDefinition]:
    """What a B-tree cannot do, or only at many times the size: by the operators that are asked.

    GIN for containment in jsonb, arrays and text search vectors; GiST for ranges; hash for equality of texts too wide
    for a B-tree; BRIN for a range of a large table whose rows lie in that order anyway.
    """
    for predicate in use.conjuncts:
        column = table.column(predicate.column) if predicate.column else None
        for method, key in _by_operator(column, predicate) if column else ():
            yield IndexDefinition(table.name, (key,), method=method)
    for key in found.span if field.catalog.blocks(table.name) >= BRIN_BLOCKS else ():
        column = table.column(key.column) if key.column else None
        if column and base_type(column) in BRIN_TYPES and _in_order(column):
            yield IndexDefinition(table.name, (IndexKey(column.name),), method="brin")


def _by_operator(column: Column, predicate: Predicate) -> Iterator[tuple[str, IndexKey]]:
    kind, contained = base_type(column), predicate.op in (Op.CONTAINS, Op.OVERLAPS)
    if kind == "jsonb" and predicate.op is Op.CONTAINS:
        opclass = "jsonb_path_ops" if predicate.operator in ("@>", "@?", "@@") else None
        yield "gin", IndexKey(column.name, opclass=opclass)
    if (kind.endswith("[]") and contained) or (kind == "tsvector" and predicate.op is Op.TEXT_SEARCH):
        yield "gin", IndexKey(column.name)
    if kind.endswith("range") and contained:
        yield "gist", IndexKey(column.name)
    if kind in TEXT_TYPES and predicate.op is Op.EQ and column.statistics and width(column) > MAX_KEY_WIDTH:
        yield "hash", IndexKey(column.name)


def _in_order(column: Column) -> bool:
    return column.statistics is not None and abs(column.statistics.correlation or 0.0) >= BRIN_CORRELATION
