"""Snapshots of databases that never were: any number of tables, partitions and bytes, with statistics."""

from collections.abc import Sequence

from dbadvisor.model.index import IndexDefinition, IndexKey
from dbadvisor.model.names import Name
from dbadvisor.model.snapshot import Column, ColumnStatistics, Index, Server, Snapshot, Table

_ROWS_A_BLOCK = 100
_DATES = tuple(f"2024-{1 + day // 28:02d}-{1 + day % 28:02d} 00:00:00+00" for day in range(101))
_WORDS = tuple(f"v{number:03d}" for number in range(50))

_KEYS = (("id",), ("a",), ("b", "c"), ("c",))
"""The columns of each table's indexes; the first is its primary key's."""


def database(
    tables: int, rows: float | Sequence[float] = 1e5, major: int = 18, keys: Sequence[tuple[str, ...]] = _KEYS
) -> Snapshot:
    """Plain tables of five columns with statistics and indexes on `keys`, `rows` rows a table, or each its own."""
    sizes = rows if isinstance(rows, Sequence) else [rows] * tables
    made = [_table(number, Name("public", f"t{number}"), size) for number, size in enumerate(sizes)]
    return _snapshot(made, [index for table in made for index in _indexes(table, None, keys)], major)


def partitioned(partitions: int, rows: float = 1e5, major: int = 18) -> Snapshot:
    """One table in that many ranges of its key, with four indexes that every partition has; `rows` a partition."""
    parent = _table(0, Name("public", "p"), -1.0, kind="p", partition_key="RANGE (id)")
    above = _indexes(parent, None)
    leaves, below = [], []
    for number in range(partitions):
        bound = f"FOR VALUES FROM ('{int(number * rows)}') TO ('{int((number + 1) * rows)}')"
        leaf = _table(
            number + 1, Name("public", f"p{number}"), rows, parent=parent.name, bound=bound, first=number * rows
        )
        leaves.append(leaf)
        below += _indexes(leaf, above)
    return _snapshot([parent, *leaves], [*above, *below], major)


def _snapshot(tables: list[Table], indexes: list[Index], major: int) -> Snapshot:
    return Snapshot(
        taken_at="2024-06-01T00:00:00+00:00",
        server=Server(major * 10000, f"PostgreSQL {major}", "synthetic"),
        tables=tuple(tables),
        indexes=tuple(indexes),
    )


def _table(
    number: int,
    name: Name,
    rows: float,
    *,
    kind: str = "r",
    partition_key: str | None = None,
    parent: Name | None = None,
    bound: str | None = None,
    first: float = 0.0,
) -> Table:
    blocks = max(0, int(rows / _ROWS_A_BLOCK))
    return Table(
        oid=20_000 + number * 10,
        name=name,
        kind=kind,
        columns=_columns(max(rows, 1.0), first),
        rows=rows,
        pages=blocks,
        blocks=blocks,
        partition_key=partition_key,
        parent=parent,
        bound=bound,
    )


def _columns(rows: float, first: float) -> tuple[Column, ...]:
    bounds = tuple(str(int(first + (rows - 1) * step / 100)) for step in range(101))
    numbers = ColumnStatistics(0.0, 8, -1.0, histogram_bounds=bounds, correlation=0.9)
    thousands = tuple(str(step * 1000) for step in range(101))
    groups = ColumnStatistics(0.0, 4, 500.0, histogram_bounds=thousands, correlation=0.1)
    words = ColumnStatistics(
        0.0, 6, 50.0, most_common_vals=_WORDS, most_common_freqs=(0.02,) * len(_WORDS), correlation=0.05
    )
    dates = ColumnStatistics(0.0, 8, -1.0, histogram_bounds=_DATES, correlation=0.5)
    amounts = ColumnStatistics(0.0, 6, -0.5, histogram_bounds=thousands)
    return (
        _column("id", 1, "bigint", 8, "d", numbers, not_null=True),
        _column("a", 2, "integer", 4, "i", groups),
        _column("b", 3, "text", -1, "i", words),
        _column("c", 4, "timestamp with time zone", 8, "d", dates),
        _column("d", 5, "numeric", -1, "i", amounts),
    )


def _column(
    name: str, number: int, type_: str, length: int, align: str, statistics: ColumnStatistics, *, not_null: bool = False
) -> Column:
    return Column(name, number, type_, not_null, typlen=length, typalign=align, base_type=type_, statistics=statistics)


def _indexes(table: Table, above: list[Index] | None, keys: Sequence[tuple[str, ...]] = _KEYS) -> list[Index]:
    made = []
    for position, columns in enumerate(keys):
        definition = IndexDefinition(table.name, tuple(IndexKey(column) for column in columns), unique=position == 0)
        blocks = 0 if table.kind == "p" else table.pages // 3 + 1
        name = Name("public", f"{table.name.name}_pkey" if position == 0 else definition.default_name)
        made.append(
            Index(
                oid=table.oid + 1 + position,
                name=name,
                definition=definition,
                tuples=max(0.0, table.rows),
                pages=blocks,
                blocks=blocks,
                height=None if table.kind == "p" else 1 if blocks < 300 else 2,
                constraint="p" if position == 0 else None,
                constraint_name=name.name if position == 0 else None,
                parent=above[position].name if above else None,
            )
        )
    return made


def statements(tables: int) -> list[str]:
    """Questions that a web application might ask of `database`: look-ups, ranges, joins, sorts and groups."""
    asked = []
    for number in range(tables):
        one, other = f"t{number}", f"t{(number + 1) % tables}"
        asked += [
            f"SELECT * FROM {one} WHERE a = {number + 1} AND b = 'v001'",
            f"SELECT id, c FROM {one} WHERE b = 'v002' ORDER BY c DESC LIMIT 20",
            f"SELECT count(*) FROM {one} WHERE c >= '2024-02-01' AND c < '2024-02-08'",
            f"SELECT b, sum(d) FROM {one} WHERE a BETWEEN 100 AND 900 GROUP BY b",
            f"SELECT x.id, y.d FROM {one} x JOIN {other} y ON y.a = x.a WHERE x.d = 7000 AND y.c > '2024-03-01'",
            f"UPDATE {one} SET d = 0 WHERE a = 17 AND d > 5000",
        ]
    return asked


def candidates(tables: int) -> list[IndexDefinition]:
    """Indexes that those statements might want."""
    wanted = (("a", "b"), ("b", "c"), ("d",), ("a", "d"), ("d", "a"))
    return [
        IndexDefinition(Name("public", f"t{number}"), tuple(IndexKey(column) for column in columns))
        for number in range(tables)
        for columns in wanted
    ]
