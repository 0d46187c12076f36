"""Relations as large as production's without their rows: sparse files, swapped in by changing a relation's file number.

A new number is in nobody's shared buffers, so any page written into the new file is seen at once; and the
change of number is an ordinary row version of pg_class, private to its transaction until that commits.
"""

import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from psycopg import Connection

from dbadvisor.planner.shadow.fence import OURS
from dbadvisor.planner.shadow.pages import BLOCK
from dbadvisor.servers.local import LocalServer

_SEGMENT_BLOCKS = 131_072
"""A file of a relation ends at 1 GiB; the next is called `<number>.1`."""

_MOST_BLOCKS = 2**32 - 1
_MOST_TOGETHER = 2**40 // 8
"""A petabyte of blocks: 30 times the largest servers known here, in a million files."""

_HEAD_BLOCKS = 64
"""How much of a seeded file is carried over; seeds are two rows, so one or two blocks are in use."""

_FIRST_NUMBER = 3_000_000_000
"""New file numbers are this plus the relation's OID: far from what a young cluster gives out."""


@dataclass(frozen=True, slots=True)
class Relation:
    """A relation of the shadow: its OID and the number of the small file that the server made."""

    oid: int
    small: int

    @property
    def large(self) -> int:
        """The number of the sparse file."""
        return _FIRST_NUMBER + self.oid


@dataclass(frozen=True, slots=True)
class Extent:
    """How large a relation is to look: blocks of the file, and pages and rows as pg_class has them."""

    relation: Relation
    blocks: int
    pages: int
    rows: float
    all_visible: int = 0
    head: bytes = b""
    tablespace: str | None = None
    """One with costs of its own that stands here too."""


class Storage:
    """The data directory of one database, written to beside the running server."""

    def __init__(self, admin: Connection, server: LocalServer) -> None:
        self._admin = admin
        self._server = server
        self._written = 0
        row = admin.execute("SELECT oid::int8 FROM pg_database WHERE datname = current_database()").fetchone()
        assert row
        self._folder = server.data_dir / "base" / str(row[0])
        self._spaces: dict[str | None, tuple[int, Path]] = {None: (0, self._folder)}
        for name, oid in admin.execute("SELECT spcname::text, oid::int8 FROM pg_tablespace WHERE oid >= 16384"):
            versioned = next((server.data_dir / "pg_tblspc" / str(oid)).iterdir())
            self._spaces[name] = (oid, versioned / str(row[0]))

    def remember_small(self) -> None:
        """Notes the numbers of the tables' small files, before any large one is used."""
        self._admin.execute(
            f"INSERT INTO {OURS}.small SELECT oid, relfilenode FROM pg_class"
            " WHERE oid >= 16384 AND relfilenode <> 0 AND relkind IN ('r', 'm') AND relnamespace <> %s::regnamespace",
            (OURS,),
        )

    def relations(self, oids: Sequence[int]) -> dict[int, Relation]:
        """Those of the relations that have files, by OID; a table with its small file, an index with that of now."""
        rows = self._admin.execute(
            "SELECT c.oid::int8, COALESCE(s.file, c.relfilenode)::int8 FROM unnest(%s::oid[]) o(oid)"
            f" JOIN pg_class c USING (oid) LEFT JOIN {OURS}.small s USING (oid) WHERE c.relfilenode <> 0",
            (list(oids),),
        )
        return {oid: Relation(oid, number) for oid, number in rows}

    def small_file(self, relation: Relation) -> bytes:
        """The first blocks of the relation's small file. What is in buffers is not there before a CHECKPOINT."""
        file = os.open(f"{self._folder}/{relation.small}", os.O_RDONLY)
        try:
            return os.read(file, _HEAD_BLOCKS * BLOCK)
        finally:
            os.close(file)

    def remove_small(self, relations: Iterable[Relation]) -> None:
        """Removes small files of indexes that use their large ones; after a CHECKPOINT, as nothing may be in memory."""
        for relation in relations:
            with suppress(FileNotFoundError):
                Path(f"{self._folder}/{relation.small}").unlink()

    def write_large(self, extents: Iterable[Extent]) -> None:
        """Writes the sparse files; the relations use them after `use_large`. Raises ValueError as `_write` does."""
        for extent in extents:
            self._write(extent)

    def grow(self, extents: Iterable[Extent]) -> None:
        """Makes the small files themselves the sparse ones: quicker than new files, where nobody needs the small ones
        again and a CHECKPOINT has left nothing to be written to them."""
        for extent in extents:
            if self._space(extent)[1] == self._folder:
                Path(f"{self._folder}/{extent.relation.small}").rename(f"{self._folder}/{extent.relation.large}")
            self._write(extent)

    def _write(self, extent: Extent) -> None:
        """Raises ValueError for sizes that no server has: each gigabyte of them is a file here."""
        self._written += extent.blocks
        if not 0 <= extent.blocks < _MOST_BLOCKS or self._written > _MOST_TOGETHER:
            raise ValueError("relations are larger than a server's can be")
        _, folder = self._space(extent)
        if folder != self._folder and not folder.exists():
            folder.mkdir(mode=0o700)
            self._server.own(folder)
        name, blocks = f"{folder}/{extent.relation.large}", max(extent.blocks, len(extent.head) // BLOCK)
        for segment in range(max(1, -(-blocks // _SEGMENT_BLOCKS))):
            file = os.open(f"{name}.{segment}" if segment else name, os.O_WRONLY | os.O_CREAT, 0o600)
            try:
                head = b"" if segment else extent.head
                os.ftruncate(file, len(head))
                os.write(file, head)
                os.ftruncate(file, min(_SEGMENT_BLOCKS, blocks - segment * _SEGMENT_BLOCKS) * BLOCK)
                self._server.own(file)
            finally:
                os.close(file)

    def _space(self, extent: Extent) -> tuple[int, Path]:
        return self._spaces.get(extent.tablespace, self._spaces[None])

    def use_large(self, extents: Sequence[Extent]) -> None:
        """Points relations at their sparse files and gives pg_class production's counts, in one statement."""
        self._admin.execute(
            "UPDATE pg_class c SET relfilenode = u.file, reltablespace = u.space, relpages = u.pages,"
            " reltuples = u.rows, relallvisible = u.visible"
            " FROM unnest(%s::oid[], %s::oid[], %s::oid[], %s::int4[], %s::float4[], %s::int4[])"
            " u(oid, file, space, pages, rows, visible)"
            " WHERE c.oid = u.oid",
            (
                [extent.relation.oid for extent in extents],
                [extent.relation.large for extent in extents],
                [self._space(extent)[0] for extent in extents],
                [extent.pages for extent in extents],
                [extent.rows for extent in extents],
                [extent.all_visible for extent in extents],
            ),
        )

    def use_small(self, relations: Sequence[Relation]) -> None:
        """Points relations at their small files, so that building an index on one reads two rows."""
        self._admin.execute(
            "UPDATE pg_class c SET relfilenode = u.file, reltablespace = 0"
            " FROM unnest(%s::oid[], %s::oid[]) u(oid, file) WHERE c.oid = u.oid",
            ([relation.oid for relation in relations], [relation.small for relation in relations]),
        )
