"""The schema of a snapshot as CREATE statements, in phases that need one another only backwards.

Only what planning looks at: no triggers, rules or privileges. A snapshot may come from anywhere, so the
statements are for an ordinary role to run, never for a superuser.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import chain

from dbadvisor.model.catalog import Catalog
from dbadvisor.model.names import Name, quote, quote_literal
from dbadvisor.model.objects import Function, Policy, UserType
from dbadvisor.model.snapshot import Check, Column, ForeignKey, Index, Snapshot, Table

OWNER = "shadow_owner"
"""The role that owns and makes every object of the users'."""

EXTENSIONS = frozenset(
    "bloom btree_gin btree_gist citext cube earthdistance fuzzystrmatch hstore intarray ltree pg_trgm pgcrypto"
    " tablefunc unaccent uuid-ossp vector".split()
)
"""Extensions that a superuser may create for a schema from elsewhere: no files, programs, network or languages."""

PLANNING_NEUTRAL = frozenset(
    "plpgsql pg_stat_statements pageinspect pgstattuple pg_buffercache pg_prewarm pg_visibility pg_freespacemap"
    " amcheck pgrowlocks auto_explain postgres_fdw pg_stat_kcache pg_wait_sampling pg_cron hypopg pg_repack"
    " sslinfo".split()
)
"""Extensions whose absence changes no plan: nobody need be told."""

_FOREIGN = "postgres_fdw"
"""The one foreign-data wrapper whose plans can be had without what is behind it."""

_PLANNED_OPTIONS = ("parallel_workers=", "fillfactor=")
"""Table options that change estimates."""


@dataclass(frozen=True, slots=True)
class Definition:
    """One statement, and what it makes in words for people."""

    target: str
    sql: str


class Types:
    """Which types and collations the shadow lacks, and what stands in for them."""

    def __init__(self, missing_types: Collection[str] = (), missing_collations: Collection[str] = ()) -> None:
        self._types = frozenset(missing_types)
        self._collations = frozenset(missing_collations)

    @property
    def missing(self) -> tuple[str, ...]:
        """The types that the shadow lacks."""
        return tuple(sorted(self._types))

    @property
    def missing_collations(self) -> tuple[str, ...]:
        """The collations that the shadow lacks."""
        return tuple(sorted(self._collations))

    def unknown(self, snapshot: Snapshot) -> Iterator[str]:
        """The columns that are text here, each with the reason."""
        for table in snapshot.tables:
            for column in table.columns:
                if column.type in self._types:
                    yield f"column {table.name}.{quote(column.name)}: text here, for want of the type {column.type}"

    def column(self, column: Column) -> str:
        """The column's type and collation as SQL text; text stands for an unknown type."""
        if column.type in self._types:
            return "text"
        if column.collation and column.collation not in self._collations:
            return f"{column.type} COLLATE {column.collation}"
        return column.type


def schemas(snapshot: Snapshot) -> Iterator[Definition]:
    """Every schema but those that are there from the start; for the superuser, as the owner may make none."""
    for schema in snapshot.schemas:
        if schema != "public":
            yield Definition(f"schema {schema}", f"CREATE SCHEMA {quote(schema)} AUTHORIZATION {OWNER}")


def extensions(snapshot: Snapshot, available: Collection[str]) -> Iterator[Definition]:
    """The extensions that are harmless and to be had; for the superuser, before anything of the users' exists."""
    for extension in snapshot.extensions:
        if extension.name in EXTENSIONS and extension.name in available:
            sql = f"CREATE EXTENSION {quote(extension.name)} SCHEMA {quote(extension.schema)} CASCADE"
            yield Definition(f"extension {extension.name}", sql)


def types_and_functions(snapshot: Snapshot) -> Iterator[Definition]:
    """Users' types, then functions; one may need another that comes later, or a table."""
    for user_type in snapshot.types:
        yield Definition(f"type {user_type.name}", _create_type(user_type))
    for function in snapshot.functions:
        sql = _made_by_anybody(function.definition) if function.definition else _stub(function)
        if sql:
            yield Definition(f"function {function.name}({function.arguments})", sql)


def objects(snapshot: Snapshot) -> Iterator[Definition]:
    """Collations, casts, operators, aggregates and text search configurations of the users'."""
    for made in snapshot.objects:
        yield Definition(f"{made.kind} {made.name}", made.sql)


def _create_type(user_type: UserType) -> str:
    if user_type.kind == "d":  # nullable, as seed rows know nothing of most columns; planning does not ask
        return " ".join([f"CREATE DOMAIN {user_type.name} AS {user_type.base}", *user_type.checks])
    if user_type.kind == "r":
        return f"CREATE TYPE {user_type.name} AS RANGE ({', '.join(_range_options(user_type))})"
    if user_type.kind == "e":
        return f"CREATE TYPE {user_type.name} AS ENUM ({', '.join(map(quote_literal, user_type.labels))})"
    attributes = ", ".join(f"{quote(name)} {type_}" for name, type_ in user_type.attributes)
    return f"CREATE TYPE {user_type.name} AS ({attributes})"


def _range_options(user_type: UserType) -> Iterator[str]:
    yield f"SUBTYPE = {user_type.base}"
    for option, value in (
        ("SUBTYPE_OPCLASS", user_type.subtype_opclass),
        ("COLLATION", user_type.subtype_collation),
        ("SUBTYPE_DIFF", user_type.subtype_diff),
        ("MULTIRANGE_TYPE_NAME", user_type.multirange),
    ):
        if value:
            yield f"{option} = {value}"


_VOLATILITY = {"i": "IMMUTABLE", "s": "STABLE", "v": "VOLATILE"}
_PARALLEL = {"u": "UNSAFE", "r": "RESTRICTED", "s": "SAFE"}


def _made_by_anybody(definition: str) -> str:
    """Without the two attributes that only a superuser may give."""
    head, as_, body = definition.partition("\nAS ")
    return re.sub(r" LEAKPROOF\b| SUPPORT \S+", "", head) + as_ + body


def _stub(function: Function) -> str | None:
    """A function that statements may name but that planning never needs to run."""
    if not function.returns or function.returns == "trigger":
        return None
    rows = f" ROWS {function.rows:g}" if function.rows else ""
    return (
        f"CREATE FUNCTION {function.name}({function.arguments}) RETURNS {function.returns} LANGUAGE plpgsql"
        f" {_VOLATILITY[function.volatility]}{' STRICT' if function.strict else ''}"
        f" PARALLEL {_PARALLEL[function.parallel]} COST {function.cost:g}{rows}"
        " AS 'BEGIN RAISE EXCEPTION ''not known here''; END'"
    )


def tables(snapshot: Snapshot, types: Types) -> Iterator[Definition]:
    """Tables and materialized views as plain tables, foreign ones too where their wrapper is not to be had. In the
    order of OIDs, in which the planner lists heirs."""
    for table in sorted(snapshot.tables, key=lambda table: table.oid):
        yield Definition(f"table {table.name}", create_table(table, types))
        if gaps := _gaps(table):
            dropped = ", ".join(f"DROP COLUMN {_dropped(number)}" for number in gaps)
            yield Definition(f"dropped columns of {table.name}", f"ALTER TABLE {table.name} {dropped}")


def attachments(snapshot: Snapshot, done: Collection[Name] = ()) -> Iterator[Definition]:
    """Who is whose partition or heir, without the partitions that are attached already."""
    catalog = Catalog(snapshot)
    for table in sorted(snapshot.tables, key=lambda table: table.oid):
        for parent in filter(None, (table.parent, *table.further_parents)):
            if parent in catalog.tables and table.name not in done:
                yield Definition(f"partition {table.name}", attach(table, parent))


def is_foreign(table: Table) -> bool:
    """Whether it is a foreign table here too: planned without asking what is behind it."""
    foreign = table.foreign
    if foreign is None or foreign.wrapper != _FOREIGN:
        return False
    return "use_remote_estimate=true" not in (*foreign.server_options, *foreign.options)


def create_table(table: Table, types: Types) -> str:
    """CREATE TABLE. Dropped columns leave gaps in the numbering, which plans show (no physical target list) and
    statistics use."""
    by_number = {column.number: column for column in table.columns}
    parts = [
        _column(table, by_number[number], types) if number in by_number else f"{_dropped(number)} int4"
        for number in sorted((*by_number, *_gaps(table)))
    ]
    sql = f"CREATE {'FOREIGN ' if is_foreign(table) else ''}TABLE {table.name} ({', '.join(parts)})"
    if table.partition_key:
        sql += f" PARTITION BY {table.partition_key}"
    options = [option for option in table.options if option.startswith(_PLANNED_OPTIONS)]
    if options and not table.partition_key:
        sql += f" WITH ({', '.join(options)})"
    if table.foreign and is_foreign(table):
        sql += f" SERVER {quote(table.foreign.server)} {_options(table.foreign.options)}"
    return sql


_MOST_COLUMNS = 1600
"""MaxHeapAttributeNumber of the server."""


def _gaps(table: Table) -> list[int]:
    """Numbers of dropped columns."""
    numbers = {column.number for column in table.columns}
    return [number for number in range(1, min(max(numbers, default=0), _MOST_COLUMNS)) if number not in numbers]


def _options(options: Collection[str]) -> str:
    """`name=value` pairs as a foreign object's OPTIONS."""
    pairs = (option.partition("=") for option in options)
    listed = ", ".join(f"{quote(name)} {quote_literal(value)}" for name, _, value in pairs)
    return f"OPTIONS ({listed})" if listed else ""


def _column(table: Table, column: Column, types: Types) -> str:
    """A column that is stored like any other needs no expression: plans read it as it is."""
    there = dict(table.foreign.columns).get(column.name) if table.foreign and is_foreign(table) else None
    options = f" OPTIONS (column_name {quote_literal(there)})" if there else ""
    virtual = f" GENERATED ALWAYS AS ({column.default}) VIRTUAL" if column.generated == "v" else ""
    return f"{quote(column.name)} {types.column(column)}{options}{virtual}{' NOT NULL' if column.not_null else ''}"


def _dropped(number: int) -> str:
    return quote(f"........{number}........")


def attach(table: Table, parent: Name) -> str:
    """Makes the table a partition or an heir of that parent."""
    if table.bound is None:
        return f"ALTER TABLE {table.name} INHERIT {parent}"
    return f"ALTER TABLE {parent} ATTACH PARTITION {table.name} {table.bound}"


def defaults(snapshot: Snapshot) -> Iterator[Definition]:
    """What INSERT fills in, with the sequences behind it; after the seed rows, which need none of it."""
    for sequence in snapshot.sequences:
        if not sequence.identity:
            sql = f"CREATE SEQUENCE {sequence.name} AS {sequence.type} INCREMENT {sequence.increment}"
            yield Definition(f"sequence {sequence.name}", sql)
    identities = {sequence.owned_by: sequence.name for sequence in snapshot.sequences if sequence.identity}
    for table in snapshot.tables:
        for column in table.columns:
            if column.identity and (name := identities.get((table.name, column.name))):
                kind = "ALWAYS" if column.identity == "a" else "BY DEFAULT"
                sql = f"ADD GENERATED {kind} AS IDENTITY (SEQUENCE NAME {name})"
            elif column.default and not column.generated:
                sql = f"SET DEFAULT {column.default}"
            else:
                continue
            only = "" if column.identity and table.kind == "p" else "ONLY "  # partitions take it from above
            what = f"default of {table.name}.{quote(column.name)}"
            yield Definition(what, f"ALTER TABLE {only}{table.name} ALTER {quote(column.name)} {sql}")


def policies(snapshot: Snapshot) -> Iterator[Definition]:
    """Row security. The roles that policies name stand on the shadow already."""
    for table in snapshot.tables:
        if table.row_security:
            yield Definition(f"row security of {table.name}", f"ALTER TABLE {table.name} ENABLE ROW LEVEL SECURITY")
    for policy in snapshot.policies:
        yield Definition(f"policy {policy.name} of {policy.table}", _create_policy(policy))


_COMMANDS = {"r": "SELECT", "a": "INSERT", "w": "UPDATE", "d": "DELETE", "*": "ALL"}


def _create_policy(policy: Policy) -> str:
    sql = f"CREATE POLICY {quote(policy.name)} ON {policy.table}"
    sql += f" AS {'PERMISSIVE' if policy.permissive else 'RESTRICTIVE'} FOR {_COMMANDS[policy.command]}"
    sql += f" TO {', '.join(map(quote, policy.roles)) or 'PUBLIC'}"
    if policy.using:
        sql += f" USING ({policy.using})"
    if policy.check:
        sql += f" WITH CHECK ({policy.check})"
    return sql


def indexes(snapshot: Snapshot) -> Iterator[Definition]:
    """Valid indexes, those of partitions first, so that their parents' find and adopt them.

    Beyond that in production's order of OIDs: of indexes that cost the same the planner takes the newest.
    """
    catalog = Catalog(snapshot)

    def place(index: Index) -> tuple[int, int]:
        table = catalog.tables[index.definition.table]
        return -_depth(catalog, table) if table.kind == "p" else -1_000_000, index.oid

    present = [index for index in snapshot.indexes if index.valid and index.definition.table in catalog.tables]
    for index in sorted(present, key=place):
        yield Definition(f"index {index.name}", _create_index(index))


def _depth(catalog: Catalog, table: Table) -> int:
    parent = catalog.tables.get(table.parent) if table.parent else None
    return 1 + _depth(catalog, parent) if parent else 0


def _create_index(index: Index) -> str:
    """An exclusion constraint's index is to the planner an index like any other."""
    definition = index.definition
    if index.constraint not in ("p", "u"):
        return definition.create_sql(index.name.name)
    keys = ", ".join(key.subject for key in definition.keys)
    keys += " WITHOUT OVERLAPS" if definition.method == "gist" else ""
    kind = "PRIMARY KEY" if index.constraint == "p" else "UNIQUE"
    if definition.nulls_not_distinct:
        kind += " NULLS NOT DISTINCT"
    include = f" INCLUDE ({', '.join(map(quote, definition.include))})" if definition.include else ""
    options = f" WITH ({', '.join(definition.options)})" if definition.options else ""
    deferrable = " DEFERRABLE" if index.deferrable else ""
    name = quote(index.name.name)
    return f"ALTER TABLE {definition.table} ADD CONSTRAINT {name} {kind} ({keys}){include}{options}{deferrable}"


def foreign_keys(snapshot: Snapshot) -> Iterator[Definition]:
    """Foreign keys, which join estimates use; a partition has its parent's."""
    catalog = Catalog(snapshot)
    for key in snapshot.foreign_keys:
        if key.table in catalog.tables and not _inherited(catalog, key):
            yield Definition(f"foreign key {key.name} of {key.table}", _create_foreign_key(key))


def _inherited(catalog: Catalog, key: ForeignKey) -> bool:
    table = catalog.tables[key.table]
    if not (table.parent and table.bound):
        return False
    pair = (key.columns, key.referenced)
    return any((other.columns, other.referenced) == pair for other in catalog.foreign_keys_of(table.parent))


def _create_foreign_key(key: ForeignKey) -> str:
    """Made on empty tables, so that validating it costs nothing."""
    columns = ", ".join(map(quote, key.columns))
    referenced = ", ".join(map(quote, key.referenced_columns))
    return (
        f"ALTER TABLE {key.table} ADD CONSTRAINT {quote(key.name)}"
        f" FOREIGN KEY ({columns}) REFERENCES {key.referenced} ({referenced})"
    )


def checks(snapshot: Snapshot) -> Iterator[Definition]:
    """CHECK constraints that planning may exclude by: validated ones, a child's only where the parent has none.

    NOT VALID, since seed rows need not satisfy them together; `build` notes afterwards that they hold.
    """
    catalog = Catalog(snapshot)
    known = {(check.table, check.name) for check in snapshot.checks}
    for check in snapshot.checks:
        if check.validated and check.table in catalog.tables and not _of_parent(catalog, check, known):
            sql = f"ALTER TABLE {check.table} ADD CONSTRAINT {quote(check.name)} {check.definition} NOT VALID"
            yield Definition(f"check {check.name} of {check.table}", sql)


def _of_parent(catalog: Catalog, check: Check, known: Collection[tuple[Name, str]]) -> bool:
    parent = catalog.tables[check.table].parent
    return parent is not None and (parent, check.name) in known


def views(snapshot: Snapshot) -> Iterator[Definition]:
    """Views, which may use one another."""
    for view in snapshot.views:
        options = f" WITH ({', '.join(view.options)})" if view.options else ""
        yield Definition(f"view {view.name}", f"CREATE VIEW {view.name}{options} AS {view.definition}")


def extended_statistics(snapshot: Snapshot) -> Iterator[Definition]:
    """CREATE STATISTICS; their data is put in afterwards."""
    for statistics in snapshot.extended_statistics:
        yield Definition(f"statistics {statistics.name}", statistics.definition)


def type_texts(snapshot: Snapshot) -> list[str]:
    """Every column type's text, once."""
    return sorted({column.type for column in chain.from_iterable(table.columns for table in snapshot.tables)})


def collation_texts(snapshot: Snapshot) -> list[str]:
    """Every column collation's text, once."""
    columns = chain.from_iterable(table.columns for table in snapshot.tables)
    return sorted({column.collation for column in columns if column.collation})
