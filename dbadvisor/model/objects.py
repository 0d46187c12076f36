"""What a schema holds beside relations, as far as making a twin of it needs: types, functions, roles, policies …"""

from dataclasses import dataclass

from dbadvisor.model.names import Name


@dataclass(frozen=True, slots=True)
class UserType:
    """An enum, domain, composite or range type of the user's, enough to make it again."""

    name: Name
    kind: str
    """e(num), d(omain), c(omposite), r(ange)."""
    labels: tuple[str, ...] = ()
    base: str | None = None
    """A domain's or range's base type as SQL text."""
    not_null: bool = False
    checks: tuple[str, ...] = ()
    """A domain's constraints as pg_get_constraintdef prints them."""
    attributes: tuple[tuple[str, str], ...] = ()
    """A composite's columns: name and type text."""
    subtype_diff: str | None = None
    """A range's function that measures distances, without which values are taken to lie in the middle of a bin."""
    subtype_collation: str | None = None
    subtype_opclass: str | None = None
    multirange: Name | None = None
    """The multirange type that came with a range (14 and later)."""
    oid: int = 0
    label_oids: tuple[int, ...] = ()
    """OIDs of the labels: the stored combinations of extended statistics name values by them."""


@dataclass(frozen=True, slots=True)
class Function:
    """A user's function as far as planning needs it."""

    name: Name
    arguments: str
    """pg_get_function_arguments: names, types and defaults."""
    returns: str
    language: str
    volatility: str
    """i, s or v."""
    strict: bool = False
    parallel: str = "u"
    """u(nsafe), r(estricted) or s(afe)."""
    cost: float = 100.0
    rows: float = 0.0
    leakproof: bool = False
    definition: str | None = None
    """CREATE FUNCTION text where it may be needed again: SQL, and PL/pgSQL that is immutable or stable."""


@dataclass(frozen=True, slots=True)
class ForeignOptions:
    """Where a foreign table's rows are: nothing that would lead there, only what its planning looks at."""

    server: str
    wrapper: str
    """The foreign-data wrapper, such as postgres_fdw."""
    server_options: tuple[str, ...] = ()
    """`name=value`: the costs that the server's owner set, fetch_size, use_remote_estimate."""
    options: tuple[str, ...] = ()
    """The table's: its name and schema there."""
    columns: tuple[tuple[str, str], ...] = ()
    """(column, its name there) where they differ."""


@dataclass(frozen=True, slots=True)
class Policy:
    """A row security policy."""

    name: str
    table: Name
    command: str
    """r select, a insert, w update, d delete, * all."""
    permissive: bool = True
    roles: tuple[str, ...] = ()
    """Whom it binds; empty for everybody."""
    using: str | None = None
    check: str | None = None


@dataclass(frozen=True, slots=True)
class Role:
    """A role that ran statements, owns tables or is named by policies, as far as row security asks."""

    name: str
    bypasses: bool = False
    """Superuser or BYPASSRLS: no policy binds it."""
    member_of: tuple[str, ...] = ()
    """Roles whose rights it has, directly or through others."""


@dataclass(frozen=True, slots=True)
class RoleSetting:
    """A planner setting or search_path that a role, this database, or a role in this database starts with."""

    name: str
    value: str
    role: str | None = None
    """None for every role."""
    here: bool = False
    """Whether it holds in this database only."""


@dataclass(frozen=True, slots=True)
class SchemaObject:
    """Something of the users' that statements, indexes or types name, as the statement that makes it."""

    kind: str
    """collation, cast, operator, aggregate, text search dictionary or text search configuration."""
    name: str
    """As SQL text, for people."""
    sql: str


@dataclass(frozen=True, slots=True)
class OperatorClass:
    """An operator class of the users', from its parts, as only a superuser may make one."""

    name: Name
    method: str
    type: str
    default: bool = False
    key_type: str | None = None
    """What the index stores, where that is another type."""
    operators: tuple[tuple[int, str, str | None], ...] = ()
    """(strategy, operator as regoperator prints it, the sort family's name or None)."""
    functions: tuple[tuple[int, str], ...] = ()
    """(support number, function as regprocedure prints it)."""


@dataclass(frozen=True, slots=True)
class Tablespace:
    name: str
    options: tuple[str, ...] = ()
    """Costs of its own, such as random_page_cost=1.1."""
