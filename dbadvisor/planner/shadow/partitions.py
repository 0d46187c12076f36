"""Many partitions at once: each ATTACH looks at all that are attached, so thousands of them take minutes.

They are attached in small groups to foster parents of the same key, by their owner, so that the server itself makes
every bound; then the superuser hands them over by changing OIDs alone. No text of a bound reaches a cast.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace

from psycopg import Connection

from dbadvisor.model.catalog import Catalog
from dbadvisor.model.names import Name
from dbadvisor.model.snapshot import Snapshot, Table
from dbadvisor.planner.shadow import ddl
from dbadvisor.planner.shadow.ddl import Definition, Types
from dbadvisor.planner.shadow.restore import Restorer

_GROUP = 50
"""Partitions of one foster parent: its own cost is that of some ten attachments."""

MANY = 2 * _GROUP
"""Partitions of one table from which on this is quicker."""


def attach_in_groups(admin: Connection, restorer: Restorer, snapshot: Snapshot, types: Types) -> frozenset[Name]:
    """Attaches the partitions of tables that have many; those that could be. The tables stand already."""
    catalog = Catalog(snapshot)
    fosters = dict(_fosters(catalog))
    if not fosters:
        return frozenset()
    parents = {foster: table.parent for foster, tables in fosters.items() for table in tables if table.parent}
    with closing(restorer.aside()) as aside:  # what fails here is tried again in the ordinary way
        aside.run(_definitions(catalog, fosters, types))
        attached = _hand_over(admin, parents)
        aside.connection.execute("; ".join(f"DROP TABLE IF EXISTS {foster}" for foster in fosters))
    return attached


def _fosters(catalog: Catalog) -> Iterator[tuple[Name, Sequence[Table]]]:
    """Foster parents with the partitions that each takes in, in the order in which production made them."""
    for number, parent in enumerate(catalog.tables.values()):
        partitions = [table for table in catalog.children(parent.name) if table.bound]
        if parent.partition_key is None or len(partitions) < MANY:
            continue
        partitions.sort(key=lambda table: table.oid)
        for start in range(0, len(partitions), _GROUP):
            yield Name(parent.name.schema, f"........{number}.{start}"), partitions[start : start + _GROUP]


def _definitions(catalog: Catalog, fosters: Mapping[Name, Sequence[Table]], types: Types) -> Iterator[Definition]:
    for foster, partitions in fosters.items():
        parent = catalog.tables[partitions[0].parent or foster]
        yield Definition(f"foster parent {foster}", ddl.create_table(replace(parent, name=foster), types))
    for foster, partitions in fosters.items():
        for partition in partitions:
            yield Definition(f"partition {partition.name}", ddl.attach(partition, foster))


# Only to a parent that is what its foster is, column by column: a bound is a value of the key's type, unchecked.
# As StoreCatalogInheritance and StorePartitionBound leave things, but for the parent's OID. Rows of pg_class are
# written anew so that every session forgets what it knew of the relations.
_HAND_OVER = """
CREATE TEMP TABLE moved ON COMMIT DROP AS
SELECT i.inhrelid AS child, to_regclass(f.foster)::oid AS foster, to_regclass(f.parent)::oid AS parent
FROM unnest(%s::text[], %s::text[]) f(foster, parent) JOIN pg_inherits i ON i.inhparent = to_regclass(f.foster)
JOIN pg_partitioned_table a ON a.partrelid = i.inhparent
JOIN pg_partitioned_table b ON b.partrelid = to_regclass(f.parent)
WHERE (a.partstrat, a.partattrs, a.partclass, a.partcollation)
    = (b.partstrat, b.partattrs, b.partclass, b.partcollation)
  AND pg_get_partkeydef(a.partrelid) = pg_get_partkeydef(b.partrelid)
  AND (SELECT array_agg((attnum, attname, atttypid, atttypmod)::text ORDER BY attnum) FROM pg_attribute
       WHERE attrelid = a.partrelid AND attnum > 0 AND NOT attisdropped)
    = (SELECT array_agg((attnum, attname, atttypid, atttypmod)::text ORDER BY attnum) FROM pg_attribute
       WHERE attrelid = b.partrelid AND attnum > 0 AND NOT attisdropped);
"""
_MOVES = (
    "UPDATE pg_inherits i SET inhparent = m.parent FROM moved m WHERE i.inhrelid = m.child AND i.inhparent = m.foster",
    "UPDATE pg_depend d SET refobjid = m.parent FROM moved m WHERE d.classid = 'pg_class'::regclass"
    " AND d.objid = m.child AND d.refclassid = 'pg_class'::regclass AND d.refobjid = m.foster",
    "UPDATE pg_partitioned_table p SET partdefid = f.partdefid FROM moved m JOIN pg_partitioned_table f"
    " ON f.partrelid = m.foster WHERE p.partrelid = m.parent AND f.partdefid = m.child",
    "UPDATE pg_partitioned_table SET partdefid = 0 WHERE partrelid IN (SELECT foster FROM moved)",
    "UPDATE pg_class SET relhassubclass = true WHERE oid IN (SELECT parent FROM moved)",
    "UPDATE pg_class SET relhassubclass = false WHERE oid IN (SELECT foster FROM moved)",
    "UPDATE pg_class SET relispartition = true WHERE oid IN (SELECT child FROM moved)",
)


def _hand_over(admin: Connection, parents: Mapping[Name, Name]) -> frozenset[Name]:
    with admin.transaction():
        admin.execute(_HAND_OVER, (list(map(str, parents)), list(map(str, parents.values()))))
        admin.execute("; ".join(_MOVES))
        rows = admin.execute(
            "SELECT n.nspname, c.relname FROM moved m JOIN pg_class c ON c.oid = m.child"
            " JOIN pg_namespace n ON n.oid = c.relnamespace"
        ).fetchall()
    return frozenset(Name(schema, name) for schema, name in rows)
