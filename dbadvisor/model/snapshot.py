"""What the collector saw, written down once: everything that is thought later is thought from this."""

from dataclasses import dataclass, field

from dbadvisor.model.index import GinPages, IndexDefinition
from dbadvisor.model.names import Name
from dbadvisor.model.objects import (
    ForeignOptions,
    Function,
    OperatorClass,
    Policy,
    Role,
    RoleSetting,
    SchemaObject,
    Tablespace,
    UserType,
)
from dbadvisor.model.plan import Probe
from dbadvisor.model.workload import Statement, Window


@dataclass(frozen=True, slots=True)
class Server:
    """The server and the session it was read through."""

    version_num: int
    """As in server_version_num, e.g. 150020."""
    version: str
    database: str
    standby: bool = False
    system_identifier: str | None = None
    encoding: str = "UTF8"
    collation: str = "C"
    ctype: str = "C"
    locale_provider: str = "c"
    """c (libc), i (ICU) or b (builtin)."""
    block_size: int = 8192
    pooled: bool = False
    """Whether a connection pooler stands between."""
    tls: bool = False
    role: str = ""
    powers: tuple[str, ...] = ()
    """Why the role counts as powerful: superuser, BYPASSRLS, pg_execute_server_program …"""
    writable_tables: int = 0
    """How many tables the role could write."""
    uptime_seconds: float | None = None

    @property
    def major(self) -> int:
        """The major version, 13 to 18."""
        return self.version_num // 10000


@dataclass(frozen=True, slots=True)
class Setting:
    """A row of pg_settings; `source` is `default` where nobody set it."""

    name: str
    value: str
    unit: str | None = None
    source: str = "default"


@dataclass(frozen=True, slots=True)
class Extension:
    name: str
    schema: str
    version: str


@dataclass(frozen=True, slots=True)
class ColumnStatistics:
    """A row of pg_stats; lists are text forms of the values."""

    null_frac: float
    avg_width: int
    n_distinct: float
    """As in pg_stats: negative means a share of the rows."""
    inherited: bool = False
    most_common_vals: tuple[str, ...] | None = None
    most_common_freqs: tuple[float, ...] | None = None
    histogram_bounds: tuple[str, ...] | None = None
    correlation: float | None = None
    most_common_elems: tuple[str, ...] | None = None
    most_common_elem_freqs: tuple[float, ...] | None = None
    elem_count_histogram: tuple[float, ...] | None = None
    range_lengths: tuple[float, ...] | None = None
    """Histogram of the lengths of ranges; in pg_stats from 17 on, before that in pg_statistic only."""
    range_empty_frac: float | None = None
    range_bounds: tuple[str, ...] | None = None
    """Ranges of which the lower and the upper bounds are histograms of their own."""


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    number: int
    type: str
    """format_type's text, schema-qualified where it is not in pg_catalog."""
    not_null: bool = False
    collation: str | None = None
    """SQL text, None for the type's default."""
    default: str | None = None
    generated: str = ""
    """s(tored) or v(irtual, 18 and later) when computed from other columns; then `default` is how."""
    identity: str = ""
    """a(lways) or d(efault) for an identity column."""
    statistics_target: int | None = None
    options: tuple[str, ...] = ()
    """attoptions such as n_distinct=-0.5."""
    typlen: int = -1
    typalign: str = "i"
    base_type: str = ""
    """A domain's base type, else the type without its modifier."""
    statistics: ColumnStatistics | None = None
    inherited_statistics: ColumnStatistics | None = None
    """Of the table with its children, beside its own; a partitioned table's are its `statistics`."""
    minimum: str | None = None
    """The true smallest and largest value where an index end was probed; None when unknown."""
    maximum: str | None = None


@dataclass(frozen=True, slots=True)
class TableActivity:
    """pg_stat_all_tables and pg_statio_all_tables; ages in seconds, None for never."""

    seq_scans: int = 0
    seq_rows: int = 0
    index_scans: int = 0
    index_rows: int = 0
    inserted: int = 0
    updated: int = 0
    deleted: int = 0
    hot_updated: int = 0
    live: int = 0
    dead: int = 0
    modified_since_analyze: int = 0
    inserted_since_vacuum: int = 0
    vacuum_age: float | None = None
    """Since the last vacuum of either kind."""
    analyze_age: float | None = None
    heap_read: int = 0
    heap_hit: int = 0


@dataclass(frozen=True, slots=True)
class Table:
    oid: int
    name: Name
    kind: str
    """pg_class.relkind: r(able), p(artitioned), m(atview), f(oreign)."""
    columns: tuple[Column, ...]
    rows: float = -1.0
    """pg_class.reltuples; -1 means never analyzed."""
    pages: int = 0
    """pg_class.relpages, as of the last VACUUM or ANALYZE."""
    blocks: int | None = None
    """The main fork's true size now, in blocks; None when it was not asked."""
    all_visible: int = 0
    persistence: str = "p"
    owner: str = ""
    options: tuple[str, ...] = ()
    partition_key: str | None = None
    parent: Name | None = None
    further_parents: tuple[Name, ...] = ()
    """Of a table that inherits from several, those after the first."""
    bound: str | None = None
    """The partition's bound as `FOR VALUES …`; None for plain inheritance."""
    definition: str | None = None
    """A materialized view's query."""
    row_security: bool = False
    row_security_forced: bool = False
    """Whether policies bind the owner too."""
    rules: bool = False
    """Whether rules rewrite what is written to it."""
    tablespace: str | None = None
    """None for the database's default."""
    access_method: str = "heap"
    foreign: ForeignOptions | None = None
    replica_identity: str = "d"
    toast_pages: int = 0
    frozen_age: int | None = None
    multixact_age: int | None = None
    activity: TableActivity | None = None

    @property
    def size_blocks(self) -> int:
        """The best known size of the heap in blocks."""
        return self.pages if self.blocks is None else self.blocks

    def column(self, name: str) -> Column | None:
        """The column of that name."""
        return next((column for column in self.columns if column.name == name), None)


@dataclass(frozen=True, slots=True)
class Index:
    oid: int
    name: Name
    definition: IndexDefinition
    tuples: float = 0.0
    pages: int = 0
    blocks: int | None = None
    height: int | None = None
    """Levels above the leaves where it could be read; None when unknown."""
    gin: GinPages | None = None
    """What a GIN index keeps count of, where it could be read."""
    valid: bool = True
    ready: bool = True
    building: bool = False
    """Whether pg_stat_progress_create_index shows it being made now."""
    constraint: str | None = None
    """p(rimary), u(nique) or x (exclusion) when a constraint owns the index."""
    constraint_name: str | None = None
    deferrable: bool = False
    """Whether its constraint may be deferred: then it proves nothing unique while planning."""
    tablespace: str | None = None
    replica_identity: bool = False
    clustered: bool = False
    parent: Name | None = None
    """The partitioned index it is attached to."""
    scans: int = 0
    tuples_read: int = 0
    last_scan_age: float | None = None
    """Seconds since the last scan (PostgreSQL 16 and later); None when never or unknown."""
    expression_statistics: tuple[tuple[int, ColumnStatistics], ...] = ()
    """(key position from 1, statistics) of the expressions."""

    @property
    def size_blocks(self) -> int:
        """The best known size in blocks."""
        return self.pages if self.blocks is None else self.blocks

    @property
    def droppable(self) -> bool:
        """Whether nothing but speed can hang on it: no constraint, uniqueness, replica identity or parent."""
        return not (self.constraint or self.definition.unique or self.replica_identity or self.clustered or self.parent)


@dataclass(frozen=True, slots=True)
class ForeignKey:
    name: str
    table: Name
    columns: tuple[str, ...]
    referenced: Name
    referenced_columns: tuple[str, ...]
    on_delete: str = "a"
    """a no action, r restrict, c cascade, n set null, d set default."""
    on_update: str = "a"
    validated: bool = True


@dataclass(frozen=True, slots=True)
class Check:
    """A table's CHECK constraint, as pg_get_constraintdef prints it."""

    name: str
    table: Name
    definition: str
    validated: bool = True


@dataclass(frozen=True, slots=True)
class View:
    name: Name
    definition: str
    options: tuple[str, ...] = ()
    """Such as security_barrier=true."""


@dataclass(frozen=True, slots=True)
class ExtendedStatistics:
    name: Name
    table: Name
    definition: str
    """pg_get_statisticsobjdef."""
    data: tuple[tuple[bool, str | None, str | None, str | None], ...] = ()
    """(inherited, ndistinct, dependencies, mcv) as bytea text, where the role may read them."""
    expressions: tuple[ColumnStatistics, ...] = ()
    """Of each expression, in order; once more for a table with its children (`inherited`)."""


@dataclass(frozen=True, slots=True)
class Sequence:
    name: Name
    type: str
    last_value: int | None
    max_value: int
    increment: int
    owned_by: tuple[Name, str] | None = None
    identity: bool = False
    """Whether it is an identity column's."""


@dataclass(frozen=True, slots=True)
class Session:
    """A row of pg_stat_activity, literals redacted; ages in seconds."""

    pid: int
    user: str | None
    application: str
    state: str | None
    wait_event_type: str | None
    wait_event: str | None
    transaction_age: float | None
    query_age: float | None
    xmin_age: int | None
    query: str
    blocked_by: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Horizon:
    """Something that holds back vacuum or log removal."""

    kind: str
    """slot (of a standby), logical slot, prepared transaction, standby."""
    name: str
    xmin_age: int | None
    retained_bytes: int | None = None
    active: bool = True


@dataclass(frozen=True, slots=True)
class Gap:
    """Something that could not be seen, why, and the GRANT or setting that cures it."""

    key: str
    """A stable word, such as `pg_stat_statements` or `statistics`."""
    what: str
    why: str
    cure: str | None = None


@dataclass(frozen=True, slots=True)
class ServerCost:
    """What looking cost the server."""

    statements: int = 0
    milliseconds: float = 0.0
    rows: int = 0
    connections: int = 1


@dataclass(frozen=True, slots=True)
class Snapshot:
    taken_at: str
    """ISO 8601, UTC, to the second."""
    server: Server
    window: Window = field(default_factory=Window)
    search_path: tuple[str, ...] = ("public",)
    """The schemas in which unqualified names of the workload are looked up."""
    settings: tuple[Setting, ...] = ()
    extensions: tuple[Extension, ...] = ()
    schemas: tuple[str, ...] = ("public",)
    types: tuple[UserType, ...] = ()
    functions: tuple[Function, ...] = ()
    tables: tuple[Table, ...] = ()
    indexes: tuple[Index, ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    checks: tuple[Check, ...] = ()
    views: tuple[View, ...] = ()
    extended_statistics: tuple[ExtendedStatistics, ...] = ()
    objects: tuple[SchemaObject, ...] = ()
    operator_classes: tuple[OperatorClass, ...] = ()
    tablespaces: tuple[Tablespace, ...] = ()
    policies: tuple[Policy, ...] = ()
    roles: tuple[Role, ...] = ()
    role_settings: tuple[RoleSetting, ...] = ()
    sequences: tuple[Sequence, ...] = ()
    statements: tuple[Statement, ...] = ()
    sessions: tuple[Session, ...] = ()
    horizons: tuple[Horizon, ...] = ()
    standbys: int = 0
    """Replicas streaming from this server now."""
    gaps: tuple[Gap, ...] = ()
    probes: tuple[Probe, ...] = ()
    cost: ServerCost = field(default_factory=ServerCost)

    @property
    def redacted(self) -> bool:
        """Whether other values stand for its own, in definitions too: production has never seen them."""
        return any(gap.key == "values" for gap in self.gaps)

    @property
    def replicated(self) -> bool:
        """Whether statements on other servers may read what is here: on standbys, this one's primary, or a standby
        that is away and whose slot waits for it."""
        waits = any(horizon.kind == "slot" for horizon in self.horizons)
        return self.server.standby or self.standbys > 0 or waits

    def setting(self, name: str) -> str | None:
        """A setting's value as pg_settings gives it (in the setting's own unit), None when not collected."""
        return next((s.value for s in self.settings if s.name == name), None)
