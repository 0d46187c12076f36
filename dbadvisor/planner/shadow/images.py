"""What an index's file must look like to the planner: its blocks, and the first pages of those kinds it looks into."""

import math
from dataclasses import dataclass, field, replace

from dbadvisor.model.index import IndexDefinition, IndexKey
from dbadvisor.model.snapshot import ColumnStatistics, Index
from dbadvisor.planner.shadow import gin_sizes, other_sizes, pages, sizes, spread, tuples, widths
from dbadvisor.planner.shadow.repeats import Combinations

_LEAF_ONLY = 2
"""Blocks of a B-tree that is a metapage and a leaf."""

_LOOSE = (0.7, 1.4)
"""How far the number of pages below an inner page may be from what the size model takes it to be."""

_GROWN_GIN = 1.1

_ASCENDING = 0.99
"""Correlation with the rows' order above which keys are taken to have come in ascending order, as serials do."""


def _among(distinct: float, rows: float, table_rows: float) -> float:
    """Distinct values among some of the table's rows, if values and choice are independent."""
    if rows >= table_rows or distinct < 1:
        return min(rows, distinct)
    return -distinct * math.expm1(math.log1p(-rows / table_rows) * table_rows / distinct)


@dataclass(frozen=True, slots=True)
class IndexColumn:
    """A column of an index on the shadow, keys first, with what production's statistics say of it."""

    number: int
    key: bool
    column: str | None
    """The table's column; None for an expression."""
    text: str
    """The column or expression as the server prints it."""
    type: str
    length: int
    alignment: str
    statistics: ColumnStatistics | None = None
    examples: tuple[tuple[str, float], ...] = ()
    """Values of an expression with their shares of the rows, where its statistics had to be made up."""
    chosen: bool = False
    """Whether the statistics are those of the values that an index's predicate lets in."""

    def facts(self, rows: float, table_rows: float) -> tuples.KeyColumn:
        """What the B-tree's size model asks. Of what is unknown every row is taken to be another value."""
        known = self.statistics
        if known is None:
            return tuples.KeyColumn(self.length if self.length > 0 else 24.0, self.length, self.alignment, rows)
        of_table = spread.distinct(known, table_rows)
        values = of_table if self.chosen else _among(of_table, rows, table_rows)
        common = known.most_common_freqs or ()
        rest = spread.others(known, self.type, values - len(common), rows)
        width = widths.stored(known.avg_width, self.length, expression=self.column is None)
        return tuples.KeyColumn(
            width=width,
            length=self.length,
            alignment=self.alignment,
            distinct=len(common) + sum(count for count, _ in rest) if rest else values,
            null_share=known.null_frac,
            common=common,
            others=rest,
            deduplicable=self.type not in sizes.NEVER_DEDUPLICATED,
            widths=widths.known(known, self.type, width),
        )


@dataclass(frozen=True, slots=True)
class IndexFacts:
    """An index and the table under it."""

    definition: IndexDefinition
    columns: tuple[IndexColumn, ...]
    rows: float
    """Rows in the index: fewer than the table's when it is partial."""
    table_rows: float
    table_blocks: int
    major: int = 18
    """The version whose CREATE INDEX would build it."""
    combinations: Combinations = field(default_factory=dict)

    def key_columns(self, *, keys: bool) -> list[tuples.KeyColumn]:
        """The size model's view of the keys, or of the INCLUDE columns."""
        return [column.facts(self.rows, self.table_rows) for column in self.columns if column.key == keys]


@dataclass(frozen=True, slots=True)
class Image:
    """An index file: its blocks and its first pages."""

    blocks: int
    head: bytes


def imagined(facts: IndexFacts, small: bytes) -> Image:
    """The file that the index would have; `small` is the one that the server built over the seed rows."""
    definition = facts.definition
    if definition.method == "btree":
        keys, include = facts.key_columns(keys=True), facts.key_columns(keys=False)
        size = sizes.btree(
            facts.rows,
            keys,
            include,
            fillfactor=int(_option(definition, "fillfactor", 90)),
            deduplicate=not _switched_off(definition, "deduplicate_items"),
            known=facts.combinations,
        )
        return Image(size.blocks, pages.btree(small, size.level))
    if definition.method == "gin":
        counts = _gin(facts)
        return Image(counts.total, pages.gin(counts))
    return _image(facts, _blocks(facts), small)


def existing(index: Index, facts: IndexFacts, small: bytes) -> Image:
    """The file of an index whose size is known; its height or key counts where they could not be read are estimated."""
    blocks = index.size_blocks
    if facts.definition.method == "btree" and blocks <= 1:
        return Image(1, pages.empty_btree(small))
    if facts.definition.method == "btree":
        first = facts.columns[0].statistics
        ascending = bool(first and (first.correlation or 0.0) > _ASCENDING)
        level = _level(facts, blocks, ascending=ascending) if index.height is None else index.height
        return Image(blocks, pages.btree(small, level))
    if index.gin is not None:
        counted = index.gin
        counts = pages.GinCounts(counted.total, counted.entry, counted.data, counted.entries, counted.pending)
        return Image(blocks, pages.gin(counts))
    if facts.definition.method == "gin":
        return Image(blocks, pages.gin(grown_gin(blocks, _gin(facts))))
    return _image(facts, blocks, small)


def height_is_doubtful(index: Index, facts: IndexFacts) -> bool:
    """Whether a B-tree of this size might as well be a level higher or lower, and nobody looked."""
    if index.height is not None or index.definition.method != "btree" or index.size_blocks <= _LEAF_ONLY:
        return False
    sizes_around = (index.size_blocks, *(math.ceil(index.size_blocks * share) for share in _LOOSE))
    return len({_level(facts, blocks, ascending=way) for blocks in sizes_around for way in (True, False)}) > 1


def _level(facts: IndexFacts, blocks: int, *, ascending: bool) -> int:
    keys, include = facts.key_columns(keys=True), facts.key_columns(keys=False)
    return sizes.level_of(blocks, facts.rows, keys, include, ascending=ascending)


def grown_gin(blocks: int, fresh: pages.GinCounts) -> pages.GinCounts:
    """What the pages of an existing index are: those it would have when built anew and a tenth more by splits.
    Any others were pending lists once: VACUUM leaves them free, and the planner does not count them."""
    scale = min(blocks / fresh.total, _GROWN_GIN)
    entry = max(1, min(blocks - 1, round(fresh.entry * scale)))
    return pages.GinCounts(blocks, entry, min(blocks - 1 - entry, round(fresh.data * scale)), fresh.entries)


def _option(definition: IndexDefinition, name: str, default: float) -> float:
    return next((float(o.partition("=")[2]) for o in definition.options if o.startswith(name + "=")), default)


def _switched_off(definition: IndexDefinition, name: str) -> bool:
    values = [
        option.partition("=")[2].strip("'").lower() for option in definition.options if option.startswith(name + "=")
    ]
    return bool(values) and values[-1] in ("off", "false", "no", "0")


def _image(facts: IndexFacts, blocks: int, small: bytes) -> Image:
    """Of an extension's own method the pages that were really built stay: it may read its parameters there."""
    if facts.definition.method == "brin":
        ranges = int(_option(facts.definition, "pages_per_range", 128))
        return Image(blocks, pages.brin(ranges, other_sizes.revmap(facts.table_blocks, ranges)))
    if facts.definition.method == "spgist":
        return Image(blocks, pages.spgist())
    return Image(blocks, b"" if facts.definition.method in ("gist", "hash") else small)


def _blocks(facts: IndexFacts) -> int:
    """Blocks of an index that is neither a B-tree nor GIN."""
    method = facts.definition.method
    parts = [_part(key, column, facts) for key, column in zip(facts.definition.keys, facts.columns, strict=False)]
    if method == "brin":
        ranges = int(_option(facts.definition, "pages_per_range", 128))
        return other_sizes.brin(facts.table_blocks, ranges, parts)
    if method == "hash":
        return other_sizes.hash_(facts.rows, facts.table_rows, parts[0].key)
    if method == "spgist":
        return other_sizes.spgist(facts.rows, parts[0])
    return other_sizes.gist(facts.rows, parts, facts.major)


def _part(key: IndexKey, column: IndexColumn, facts: IndexFacts) -> other_sizes.Part:
    known = column.statistics
    of = column.facts(facts.rows, facts.table_rows)
    if known is None:
        return other_sizes.Part(column.type, key.opclass or "", of)
    document = column.type == "tsvector"
    return other_sizes.Part(
        type=column.type,
        opclass=key.opclass or "",
        key=of,
        elements=gin_sizes.elements(known, document=True).mean if document else 0.0,
        ascending=(known.correlation or 0.0) > _ASCENDING,
        bounds=known.histogram_bounds or (),
    )


def _gin(facts: IndexFacts) -> pages.GinCounts:
    """A GIN index holds the keys of each of its columns; counts add up."""
    parts = [
        gin_sizes.gin(facts.rows, facts.table_rows, facts.table_blocks, _with_nulls(_keys(key, column, facts), column))
        for key, column in zip(facts.definition.keys, facts.columns, strict=False)
    ]
    entry, data = sum(part.entry for part in parts), sum(part.data for part in parts)
    return pages.GinCounts(1 + entry + data, entry, data, sum(part.entries for part in parts))


def _with_nulls(keys: gin_sizes.KeySample, column: IndexColumn) -> gin_sizes.KeySample:
    """NULL is a key too."""
    nulls = column.statistics.null_frac if column.statistics else 0.0
    return replace(keys, groups=(*keys.groups, (nulls, 1.0))) if nulls > 0 else keys


def _keys(key: IndexKey, column: IndexColumn, facts: IndexFacts) -> gin_sizes.KeySample:
    statistics = column.statistics
    if statistics is None:
        return gin_sizes.UNKNOWN_KEYS
    taken, key_bytes = _taken(key.opclass or "", column.type)
    values = column.examples or _values(statistics)
    if taken is not None and values:
        return gin_sizes.sampled(values, taken, key_bytes, facts.rows)
    if statistics.most_common_elems is not None:
        return gin_sizes.elements(statistics, document=column.type == "tsvector")
    if taken is not None and statistics.null_frac < 1:
        return gin_sizes.UNKNOWN_KEYS
    return gin_sizes.column(column.facts(facts.rows, facts.table_rows))


def _values(statistics: ColumnStatistics) -> list[tuple[str, float]]:
    """The values that statistics name with their shares of the rows: bounds stand for equal parts of the rest."""
    shares = statistics.most_common_freqs or ()
    bounds = statistics.histogram_bounds or ()
    rest = max(0.0, 1.0 - statistics.null_frac - sum(shares)) / max(1, len(bounds))
    return [*zip(statistics.most_common_vals or (), shares, strict=True), *((bound, rest) for bound in bounds)]


def _taken(opclass: str, type_: str) -> tuple[gin_sizes.Keys | None, float | None]:
    """Which keys GIN takes from a value's text, and their bytes where these do not vary; None for arrays, whose
    elements statistics list, and for the values themselves."""
    if "trgm" in opclass:
        return gin_sizes.trigrams, 4.0
    if type_ == "jsonb":
        return (gin_sizes.json_paths, 4.0) if "path" in opclass else (gin_sizes.json_keys, None)
    return (gin_sizes.lexemes, None) if type_ == "tsvector" else (None, None)
