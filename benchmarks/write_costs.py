"""What an index really costs the writes, against what dbadvisor expects: WAL bytes of an entry and of its removal.

Usage: python benchmarks/write_costs.py [--rows 200000]

On a throw-away server each index is made on the same table in turn. WAL is what the server wrote for inserting a
tenth more rows, and for the VACUUM after a fifth was deleted, less what it wrote without the index. Full page images
are off. Microseconds are the difference of two runs, and good for their order of magnitude only.
"""

import argparse
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass

import psycopg

from dbadvisor.advisor.entries import dead_wal, entry_wal
from dbadvisor.collector.collect import collect
from dbadvisor.model.catalog import Catalog
from dbadvisor.servers.local import start

ROWS = 200_000
INDEXES = {
    "integers at random": "(spread)",
    "few integers": "(few)",
    "times in order": "(at)",
    "texts": "(word)",
    "three columns": "(word, spread, at)",
    "with INCLUDE": "(spread) INCLUDE (word)",
    "long texts": "(long)",
    "partial, a sixteenth": "(spread) WHERE few = 3",
    "partial, all but that": "(spread) WHERE few <> 3",
    "hash": "USING hash (word)",
    "BRIN": "USING brin (at)",
    "GIN trigrams": "USING gin (word gin_trgm_ops)",
    "GIN array": "USING gin (list)",
    "GIN jsonb": "USING gin (doc)",
    "GIN jsonb_path_ops": "USING gin (doc jsonb_path_ops)",
    "GIN words": "USING gin (words)",
    "GiST ranges": "USING gist (span)",
    "GiST trigrams": "USING gist (word gist_trgm_ops)",
    "SP-GiST texts": "USING spgist (word)",
}
_ROWS = """
SELECT g AS id, hashint4(g) & 536870911 AS spread, hashint4(g + 7) & 15 AS few,
       timestamp '2026-01-01' + g * interval '1 second' AS at, md5(g::text) AS word, repeat(md5(g::text), 4) AS long,
       ARRAY[g % 1000, g % 777, g % 55, g % 5000, (g * 31) % 100000] AS list,
       jsonb_build_object('page', g % 3000, 'step', g % 5, 'user', md5((g % 5000)::text),
                          'tags', jsonb_build_array('t' || g % 70, 'u' || g % 13)) AS doc,
       to_tsvector('simple', 'alpha' || g % 1000 || ' word' || g % 300 || ' other' || g % 9000 || ' thing' || g % 77
                             || ' x' || g % 3) AS words,
       int4range((g * 7919) % 1000003, (g * 7919) % 1000003 + 50) AS span
FROM generate_series({first}, {last}) g
"""


@dataclass(frozen=True, slots=True)
class Cost:
    """What one row costs."""

    insert_wal: float
    """Bytes of an inserted row, with the clean-up of GIN's list of pending entries."""
    vacuum_wal: float
    """Bytes of a deleted row, in VACUUM."""
    insert_us: float
    vacuum_us: float

    def __sub__(self, other: "Cost") -> "Cost":
        return Cost(
            self.insert_wal - other.insert_wal,
            self.vacuum_wal - other.vacuum_wal,
            self.insert_us - other.insert_us,
            self.vacuum_us - other.vacuum_us,
        )


@dataclass(frozen=True, slots=True)
class Row:
    """An index's costs, as they are and as expected."""

    name: str
    real: Cost
    insert_wal: float
    vacuum_wal: float


def rows(url: str, names: tuple[str, ...] = tuple(INDEXES), count: int = ROWS) -> Iterator[Row]:
    """Measures the indexes one after the other in the database at `url`, on a table of its own."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        more = _ROWS.format(first=count + 1, last=count + count // 10)
        connection.execute(f"CREATE TABLE more AS {more}".encode())
        bare, _, _ = _measured(connection, url, None, count)
        for name in names:
            real, insert_wal, vacuum_wal = _measured(connection, url, INDEXES[name], count)
            yield Row(name, real - bare, insert_wal, vacuum_wal)


def _measured(connection: psycopg.Connection, url: str, body: str | None, count: int) -> tuple[Cost, float, float]:
    connection.execute("DROP TABLE IF EXISTS written")
    connection.execute(f"CREATE TABLE written AS {_ROWS.format(first=1, last=count)}".encode())
    connection.execute("ALTER TABLE written ADD PRIMARY KEY (id)")
    if body:
        connection.execute(f"CREATE INDEX looked_at ON written {body}".encode())
    connection.execute("VACUUM ANALYZE written")
    expected = _expected(url) if body else (0.0, 0.0)
    gin = ["SELECT gin_clean_pending_list('looked_at')"] if body and " gin " in body else []
    inserted = _wal(connection, "INSERT INTO written SELECT * FROM more", *gin)
    connection.execute("VACUUM written")
    connection.execute("DELETE FROM written WHERE id % 5 = 0")
    vacuumed = _wal(connection, "VACUUM written")
    new, dead = count // 10, (count + count // 10) // 5
    cost = Cost(inserted[0] / new, vacuumed[0] / dead, inserted[1] / new, vacuumed[1] / dead)
    return cost, *expected


def _wal(connection: psycopg.Connection, *statements: str) -> tuple[float, float]:
    """Bytes of WAL and microseconds that the statements took."""
    here = "SELECT pg_current_wal_insert_lsn() - '0/0'"
    connection.execute("CHECKPOINT")
    before, began = connection.execute(here).fetchone(), time.perf_counter()
    for statement in statements:
        connection.execute(statement.encode())
    took, after = time.perf_counter() - began, connection.execute(here).fetchone()
    assert before
    assert after
    return float(after[0] - before[0]), took * 1e6


def _expected(url: str) -> tuple[float, float]:
    """What dbadvisor expects of a row, from what it sees before the writes."""
    seen = collect(url)
    catalog = Catalog(seen)
    index = next(index for index in seen.indexes if index.name.name == "looked_at")
    row_bytes = index.size_blocks * seen.server.block_size / index.tuples
    share = index.tuples / catalog.rows(index.definition.table)
    return (
        share * entry_wal(catalog, index.definition, row_bytes),
        share * dead_wal(catalog, index.definition, row_bytes),
    )


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def main() -> None:
    """Prints a line for each index."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=ROWS)
    count = parser.parse_args().rows
    _say(f"{'index':24}{'insert: bytes':>15}{'expected':>10}{'µs':>8}{'vacuum: bytes':>15}{'expected':>10}{'µs':>8}")
    with start(settings={"autovacuum": "off", "max_wal_size": "8GB"}) as server:
        for row in rows(server.url(), count=count):
            real = row.real
            _say(
                f"{row.name:24}{real.insert_wal:15.1f}{row.insert_wal:10.1f}{real.insert_us:8.1f}"
                f"{real.vacuum_wal:15.1f}{row.vacuum_wal:10.1f}{real.vacuum_us:8.1f}"
            )


if __name__ == "__main__":
    main()
