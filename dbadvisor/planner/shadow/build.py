"""Builds the shadow: a local server that holds production's schema, statistics and sizes, and no rows."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from itertools import chain

import psycopg
from psycopg import Connection

from dbadvisor.model.catalog import Catalog
from dbadvisor.model.names import quote, quote_literal
from dbadvisor.model.objects import RoleSetting
from dbadvisor.model.snapshot import Snapshot
from dbadvisor.model.text import server_words
from dbadvisor.planner.shadow import ddl, images, kept, majors, privileged, statistics
from dbadvisor.planner.shadow.candidates import table_extent
from dbadvisor.planner.shadow.extended import insert_extended
from dbadvisor.planner.shadow.fence import ADMIN, OURS, OWNER, PLAN, Watchdog, connect, fence, grant
from dbadvisor.planner.shadow.images import IndexFacts
from dbadvisor.planner.shadow.inventory import Built, Inventory, rows_now
from dbadvisor.planner.shadow.kept import Facts
from dbadvisor.planner.shadow.partitions import attach_in_groups
from dbadvisor.planner.shadow.restore import Restorer
from dbadvisor.planner.shadow.seeds import seeds
from dbadvisor.planner.shadow.sessions import Sessions, is_planning, may_start_with
from dbadvisor.planner.shadow.storage import Extent, Relation, Storage
from dbadvisor.servers.local import LocalServer


@dataclass(frozen=True, slots=True)
class Shadow:
    """A built shadow: the connections of its superuser and its owner, and what is where."""

    server: LocalServer
    admin: Connection
    owner: Connection
    watchdog: Watchdog
    storage: Storage
    inventory: Inventory
    types: ddl.Types
    sessions: Sessions
    caveats: tuple[str, ...]
    dropped: tuple[str, ...]


def build(server: LocalServer, snapshot: Snapshot, progress: Callable[[str], None]) -> Shadow:
    """Restores the schema as an ordinary role, then writes statistics and sizes as the superuser.

    Raises ServerUnavailable, psycopg.Error, or what Python says of a snapshot that contradicts itself.
    """
    with ExitStack() as undo:
        watchdog = Watchdog(server)
        undo.callback(watchdog.stop)
        admin, caveats = fence(server, snapshot.server)
        undo.callback(admin.close)
        restorer = Restorer(lambda: connect(server, OWNER), watchdog)
        undo.callback(restorer.close)
        progress("shadow: restoring the schema")
        types, stand_ins, dropped = _restore(server, restorer, admin, watchdog, snapshot)
        progress("shadow: loading statistics and sizes")
        inventory, storage, more_caveats, refused = _fill(server, admin, restorer.connection, snapshot)
        facts = Facts(
            version=server.installation.version,
            caveats=(*caveats, *more_caveats, *_caveats(server, snapshot)),
            dropped=(*restorer.dropped, *dropped, *refused),
            missing_types=types.missing,
            missing_collations=types.missing_collations,
            stand_ins=tuple(stand_ins),
        )
        server.own(kept.write(facts, server.data_dir))
        built = _shadow(server, snapshot, admin, restorer.connection, watchdog, storage, inventory, facts)
        undo.pop_all()
    return built


def _fill(
    server: LocalServer, admin: Connection, owner: Connection, snapshot: Snapshot
) -> tuple[Inventory, Storage, tuple[str, ...], list[str]]:
    """Writes statistics, sizes and settings; caveats, and what could not be written."""
    admin.execute("UPDATE pg_constraint SET convalidated = true WHERE contype = 'c' AND NOT convalidated")
    storage, inventory = Storage(admin, server), Inventory(admin, owner, snapshot)
    existing = inventory.existing()
    of_expressions = (statistics.expression_rows(each.name, each.columns) for each in existing.values())
    refused = statistics.insert(admin, chain(statistics.column_rows(snapshot), *of_expressions))
    refused += insert_extended(admin, owner, snapshot, server.major)
    caveats = _enlarge(admin, storage, inventory, existing)
    grant(admin)
    refused += _settings(admin, snapshot)
    return inventory, storage, caveats, refused


def reopen(server: LocalServer, snapshot: Snapshot) -> Shadow:
    """A shadow that was built from an equal schema with equal statistics.

    Raises psycopg.Error, OSError or ValueError where the server's data is not a shadow of ours.
    """
    facts = kept.read(server.data_dir)
    if facts.version != server.installation.version:
        raise ValueError(f"built by PostgreSQL {facts.version}")
    with ExitStack() as undo:
        admin, owner = (undo.enter_context(closing(connect(server, role))) for role in (ADMIN, OWNER))
        storage, inventory = Storage(admin, server), Inventory(admin, owner, snapshot)
        watchdog = Watchdog(server)
        undo.callback(watchdog.stop)
        built = _shadow(server, snapshot, admin, owner, watchdog, storage, inventory, facts)
        undo.pop_all()
    return built


def _shadow(
    server: LocalServer,
    snapshot: Snapshot,
    admin: Connection,
    owner: Connection,
    watchdog: Watchdog,
    storage: Storage,
    inventory: Inventory,
    facts: Facts,
) -> Shadow:
    schemas = dict.fromkeys([*snapshot.search_path, *(extension.schema for extension in snapshot.extensions), OURS])
    owner.execute("SELECT set_config('search_path', %s, false)", (", ".join(map(quote, schemas)),))
    types = ddl.Types(facts.missing_types, facts.missing_collations)
    sessions = Sessions(replace(snapshot, role_settings=_accepted(admin, snapshot)), facts.stand_ins)
    return Shadow(server, admin, owner, watchdog, storage, inventory, types, sessions, facts.caveats, facts.dropped)


def _create_extensions(restorer: Restorer, admin: Connection, snapshot: Snapshot) -> list[str]:
    available = {name for (name,) in admin.execute("SELECT name FROM pg_available_extensions")}
    restorer.run(ddl.extensions(snapshot, available))
    return [
        f"extension {extension.name}: not among those that may be created here, or not installed"
        for extension in snapshot.extensions
        if extension.name not in (ddl.EXTENSIONS & available) | ddl.PLANNING_NEUTRAL
    ]


def _restore(
    server: LocalServer, restorer: Restorer, admin: Connection, watchdog: Watchdog, snapshot: Snapshot
) -> tuple[ddl.Types, frozenset[str], list[str]]:
    """What only the superuser may make goes first; the types that are missing, the roles, and what is left out."""
    privileged_restorer = Restorer(lambda: admin, watchdog)
    privileged_restorer.run(ddl.schemas(snapshot))
    dropped = _create_extensions(privileged_restorer, admin, snapshot)
    stand_ins = privileged.stand_ins(admin, snapshot)
    dropped += privileged.foreign_servers(admin, snapshot)
    dropped += privileged.tablespaces(server, admin, snapshot)
    types, without = _restore_as_owner(restorer, admin, snapshot)
    return types, stand_ins, [*privileged_restorer.dropped, *dropped, *without, *types.unknown(snapshot)]


def _restore_as_owner(restorer: Restorer, admin: Connection, snapshot: Snapshot) -> tuple[ddl.Types, list[str]]:
    """Seeds come when indexes exist (a B-tree's ends) and before CHECKs, which two rows may break together."""
    restorer.run(ddl.types_and_functions(snapshot))
    restorer.run(ddl.objects(snapshot))
    dropped = privileged.operator_classes(admin, snapshot)
    types = ddl.Types(
        _missing(admin, "to_regtype", ddl.type_texts(snapshot)),
        _missing(admin, "to_regcollation", ddl.collation_texts(snapshot)),
    )
    restorer.run(ddl.tables(snapshot, types))
    attached = attach_in_groups(admin, restorer, snapshot, types)
    for definitions in (
        ddl.attachments(snapshot, attached),
        ddl.indexes(snapshot),
        ddl.foreign_keys(snapshot),
        ddl.views(snapshot),
        ddl.extended_statistics(snapshot),
        seeds(snapshot, types),
        ddl.checks(snapshot),
        ddl.defaults(snapshot),
        ddl.policies(snapshot),
    ):
        restorer.run(definitions)
    return types, dropped


def _missing(admin: Connection, resolve: str, texts: list[str]) -> list[str]:
    missing = []
    for text in texts:
        try:
            row = admin.execute(f"SELECT {resolve}(%s) IS NULL", (text,)).fetchone()
        except psycopg.Error:
            row = (True,)
        if row and row[0]:
            missing.append(text)
    return missing


def _enlarge(
    admin: Connection, storage: Storage, inventory: Inventory, existing: Mapping[int, Built]
) -> tuple[str, ...]:
    """Gives every table and index its size in production; seeds must be in the files first. Returns caveats."""
    admin.execute("CHECKPOINT")
    storage.remember_small()
    relations = storage.relations([*inventory.tables.values(), *existing])
    tables = [
        _with_head(storage, table_extent(table, relations[oid]))
        for oid, table in inventory.by_oid.items()
        if oid in relations
    ]
    catalog = inventory.catalog
    indexes = [_index_extent(storage, catalog, built, relations[oid]) for oid, built in existing.items()]
    storage.write_large(tables)
    storage.grow(indexes)
    storage.use_large([*tables, *indexes])
    doubtful = [
        str(built.name)
        for built in existing.values()
        if images.height_is_doubtful(catalog.indexes[built.name], _facts(catalog, built))
    ]
    if not doubtful:
        return ()
    some = ", ".join(doubtful[:3]) + (f" and {len(doubtful) - 3} more" if len(doubtful) > 3 else "")
    return (f"how high indexes are could not be read and is taken from their sizes, with doubt: {some}",)


def _index_extent(storage: Storage, catalog: Catalog, built: Built, relation: Relation) -> Extent:
    index = catalog.indexes[built.name]
    image = images.existing(index, _facts(catalog, built), storage.small_file(relation))
    return Extent(relation, image.blocks, index.pages, index.tuples, head=image.head, tablespace=index.tablespace)


def _facts(catalog: Catalog, built: Built) -> IndexFacts:
    index, table = catalog.indexes[built.name], built.table
    return IndexFacts(index.definition, built.columns, max(0.0, index.tuples), rows_now(table), table.size_blocks)


def _with_head(storage: Storage, extent: Extent) -> Extent:
    return replace(extent, head=storage.small_file(extent.relation))


def _settings(admin: Connection, snapshot: Snapshot) -> list[str]:
    """Production's planner settings for the planning role, where they differ from what this server has anyhow; those
    that it refuses, each with the reason."""
    refused = []
    wanted = {setting.name: setting.value for setting in snapshot.settings if is_planning(setting.name)}
    here = admin.execute("SELECT name, setting FROM pg_settings WHERE name = ANY (%s)", (list(wanted),)).fetchall()
    for name, value in here:
        try:
            if wanted[name] != value:
                admin.execute(f"ALTER ROLE {PLAN} SET {name} = {quote_literal(wanted[name])}")
        except psycopg.Error as error:
            refused.append(f"setting {name}: {server_words(error)}")
    path = ", ".join(map(quote, snapshot.search_path)) or "public"
    admin.execute(f"ALTER ROLE {PLAN} SET search_path = {path}")
    return refused


def _accepted(admin: Connection, snapshot: Snapshot) -> tuple[RoleSetting, ...]:
    """Roles' settings that this server knows too: one of another version may not."""
    return tuple(each for each in snapshot.role_settings if may_start_with(each.name) and _accepts(admin, each))


def _accepts(admin: Connection, setting: RoleSetting) -> bool:
    try:
        admin.execute("SELECT set_config(%s, %s, true)", (setting.name, setting.value))
    except psycopg.Error:
        if admin.broken:
            raise
        return False
    return True


def _caveats(server: LocalServer, snapshot: Snapshot) -> Iterator[str]:
    if server.major != snapshot.server.major:
        yield (
            f"planned by PostgreSQL {server.major} instead of {snapshot.server.major}, which could not be had"
            f" (dbadvisor server install {snapshot.server.major}): costs may differ, above all of"
            f" {'; '.join(majors.differences(server.major, snapshot.server.major))}"
        )
    if snapshot.server.block_size != 8192:
        yield f"planned with blocks of 8 kB instead of {snapshot.server.block_size // 1024} kB: costs differ"
    foreign = [str(table.name) for table in snapshot.tables if table.kind == "f" and not ddl.is_foreign(table)]
    if foreign:
        yield f"foreign tables are planned as local ones: {', '.join(foreign)}"
    unknown = sum(each.role is None and each.kind != "UTILITY" for each in snapshot.statements)
    if unknown and any(table.row_security for table in snapshot.tables):
        yield f"who runs {unknown} statements is not known: they are planned without row security"
    ruled = [str(table.name) for table in snapshot.tables if table.rules]
    if ruled:
        yield f"rules are left out, so what is written to {', '.join(ruled)} is planned without them"
    strange = [f"{table.name} ({table.access_method})" for table in snapshot.tables if table.access_method != "heap"]
    if strange:
        yield f"tables of another access method are planned as heaps: {', '.join(strange)}"
