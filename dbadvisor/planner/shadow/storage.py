"""Relations as large as production's without their rows: sparse files, swapped in by changing a relation's file number.

A new number is in nobody's shared buffers, so any page written into the new file is seen at once; and the
change of number is an ordinary row version of pg_class, private to its transaction until that commits.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from psycopg import Connection

from dbadvisor.model.names import Name
from dbadvisor.planner.shadow.pages import BLOCK
from dbadvisor.servers.local import LocalServer

_SEGMENT_BLOCKS = 131_072
"""A file of a relation ends at 1 GiB; the next is called `<number>.1`."""

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
        self._known: dict[int, Relation] = {}
        row = admin.execute("SELECT oid::int8 FROM pg_database WHERE datname = current_database()").fetchone()
        assert row
        self._folder = server.data_dir / "base" / str(row[0])
        self._spaces: dict[str | None, tuple[int, Path]] = {None: (0, self._folder)}
        for name, oid in admin.execute("SELECT spcname::text, oid::int8 FROM pg_tablespace WHERE oid >= 16384"):
            versioned = next((server.data_dir / "pg_tblspc" / str(oid)).iterdir())
            self._spaces[name] = (oid, versioned / str(row[0]))

    def relations(self, oids: Sequence[int] | None = None) -> dict[int, Relation]:
        """Relations with files by OID; all of the users' by default. The first call about one learns its small file."""
        which = "c.oid = ANY(%s::oid[])" if oids is not None else "c.oid >= 16384 AND %s::oid[] IS NULL"
        rows = self._admin.execute(
            f"SELECT c.oid::int8, c.relfilenode::int8 FROM pg_class c WHERE c.relfilenode <> 0 AND {which}",
            (None if oids is None else list(oids),),
        ).fetchall()
        for oid, number in rows:
            self._known.setdefault(oid, Relation(oid, number))
        return {oid: self._known[oid] for oid, _ in rows}

    def small_file(self, relation: Relation) -> bytes:
        """The first blocks of the relation's small file. What is in buffers is not there before a CHECKPOINT."""
        with (self._folder / str(relation.small)).open("rb") as file:
            return file.read(_HEAD_BLOCKS * BLOCK)

    def write_large(self, extents: Iterable[Extent]) -> None:
        """Writes the sparse files; the relations use them after `use_large`."""
        for extent in extents:
            self._write(extent)

    def _write(self, extent: Extent) -> None:
        _, folder = self._space(extent)
        if not folder.exists():
            folder.mkdir(mode=0o700)
            self._server.own(folder)
        name, blocks = str(extent.relation.large), max(extent.blocks, len(extent.head) // BLOCK)
        for segment in range(max(1, -(-blocks // _SEGMENT_BLOCKS))):
            path = folder / (f"{name}.{segment}" if segment else name)
            with path.open("wb") as file:
                file.write(b"" if segment else extent.head)
                file.truncate(min(_SEGMENT_BLOCKS, blocks - segment * _SEGMENT_BLOCKS) * BLOCK)
            _private(path)
            self._server.own(path)

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


def _private(path: Path) -> None:
    path.chmod(0o600)


def oid_of(admin: Connection, names: Sequence[Name]) -> dict[Name, int]:
    """OIDs of relations by name; those that do not exist are left out."""
    rows = admin.execute(
        "SELECT n, to_regclass(n)::oid::int8 FROM unnest(%s::text[]) n", ([str(name) for name in names],)
    ).fetchall()
    by_text = {text: oid for text, oid in rows if oid is not None}
    return {name: by_text[str(name)] for name in names if str(name) in by_text}
