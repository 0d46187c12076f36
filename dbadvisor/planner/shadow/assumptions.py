"""Imagined statistics: what the planner would believe if CREATE STATISTICS or an n_distinct override said so.

A statistics object is made once, by the owner and without data, which the planner passes over. What is to be
assumed is written down by the superuser beside it; the planning role may only name such notes by number, to a
function of ours that puts them into the catalog for the transaction. So nothing of a user's reaches a cast.
"""

import psycopg
from psycopg import Connection

from dbadvisor.model.names import Name
from dbadvisor.model.snapshot import Table
from dbadvisor.model.text import server_words
from dbadvisor.model.whatif import AssumedDistinct, AssumedStatistics, WhatIf
from dbadvisor.planner.shadow.blobs import dependencies_bytes, ndistinct_bytes
from dbadvisor.planner.shadow.fence import OURS, PLAN, Watchdog
from dbadvisor.planner.shadow.inventory import Inventory

Assumption = AssumedStatistics | AssumedDistinct

_STORED = ("pg_ndistinct", "pg_dependencies")

_NOTES = f"""
CREATE TABLE {OURS}.assumed (
    id int PRIMARY KEY, statistics oid, ndistinct pg_ndistinct, dependencies pg_dependencies,
    relation oid, attribute int2, n_distinct float4
);
REVOKE ALL ON {OURS}.assumed FROM PUBLIC;
CREATE FUNCTION {OURS}.assume(ids int[]) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $$
        DELETE FROM pg_statistic_ext_data
        WHERE stxoid IN (SELECT a.statistics FROM {OURS}.assumed a WHERE a.id = ANY (ids));
        INSERT INTO pg_statistic_ext_data (stxoid, {{inherited}}stxdndistinct, stxddependencies)
        SELECT a.statistics, {{each}}a.ndistinct, a.dependencies FROM {OURS}.assumed a{{both}}
        WHERE a.id = ANY (ids) AND a.statistics IS NOT NULL;
        UPDATE pg_statistic s SET stadistinct = a.n_distinct FROM {OURS}.assumed a
        WHERE a.id = ANY (ids) AND s.starelid = a.relation AND s.staattnum = a.attribute
    $$;
REVOKE ALL ON FUNCTION {OURS}.assume(int[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION {OURS}.assume(int[]) TO {PLAN};
"""


class CannotAssume(Exception):
    """What was to be assumed cannot be; says why."""


class Assumptions:
    """Notes of imagined statistics, each made once."""

    def __init__(
        self, admin: Connection, owner: Connection, inventory: Inventory, major: int, watchdog: Watchdog
    ) -> None:
        self._admin = admin
        self._owner = owner
        self._inventory = inventory
        self._major = major
        self._watchdog = watchdog
        self._known: dict[Assumption, int | str] = {}

    def ids(self, whatif: WhatIf) -> list[int]:
        """The numbers of the notes. Raises CannotAssume."""
        found = []
        wanted: list[Assumption] = [*whatif.statistics, *whatif.distinct]
        for assumption in wanted:
            if assumption not in self._known:
                self._known[assumption] = self._note(assumption)
            known = self._known[assumption]
            if isinstance(known, str):
                raise CannotAssume(known)
            found.append(known)
        return sorted(found)

    def drop(self) -> None:
        """Removes every note, and the statistics objects made for them."""
        if not self._known:
            return
        names = self._admin.execute(
            "SELECT format('%I.%I', n.nspname, e.stxname) FROM pg_statistic_ext e"
            " JOIN pg_namespace n ON n.oid = e.stxnamespace WHERE e.stxname LIKE 'dbadvisor\\_assumed\\_%'"
        ).fetchall()
        if names:
            self._owner.execute(f"DROP STATISTICS {', '.join(name for (name,) in names)}")
        self._admin.execute(f"DROP FUNCTION {OURS}.assume(int[]); DROP TABLE {OURS}.assumed")
        self._known.clear()

    def _note(self, assumption: Assumption) -> int | str:
        if not self._known:
            self._prepare()
        number = len(self._known) + 1
        try:
            if isinstance(assumption, AssumedStatistics):
                self._note_statistics(number, assumption)
            else:
                self._note_distinct(number, assumption)
        except CannotAssume as refusal:
            return str(refusal)
        except psycopg.Error as error:
            if self._owner.broken or self._admin.broken:
                raise
            return server_words(error)
        return number

    def _prepare(self) -> None:
        inherited, each, both = ("stxdinherit, ", "i.i, ", ", (VALUES (false), (true)) i(i)")
        if self._major < 15:
            inherited = each = both = ""
        self._admin.execute(_NOTES.format(inherited=inherited, each=each, both=both))

    def _note_statistics(self, number: int, assumed: AssumedStatistics) -> None:
        table = self._table(assumed.table)
        numbers = {column.name: column.number for column in table.columns}
        columns = dict.fromkeys(column for columns in _columns(assumed) for column in columns)
        missing = [column for column in columns if column not in numbers]
        if missing:
            raise CannotAssume(f"{assumed.table} has no column {missing[0]}")
        combinations = {frozenset(numbers[each] for each in of): count for of, count in assumed.combinations}
        degrees = [
            (tuple(numbers[each] for each in of), numbers[to], degree) for of, to, degree in assumed.dependencies
        ]
        name = Name(assumed.table.schema, f"dbadvisor_assumed_{number}")
        with self._watchdog.watch(self._owner):
            self._owner.execute(assumed.create_sql(name, tuple(columns)), binary=True)  # one statement only
        for type_ in _STORED:
            self._admin.execute(f"CREATE CAST (bytea AS {type_}) WITHOUT FUNCTION")
        try:
            self._admin.execute(
                f"INSERT INTO {OURS}.assumed (id, statistics, ndistinct, dependencies)"
                " SELECT %s, e.oid, %s::bytea::pg_ndistinct, %s::bytea::pg_dependencies FROM pg_statistic_ext e"
                " JOIN pg_namespace n ON n.oid = e.stxnamespace WHERE n.nspname = %s AND e.stxname = %s",
                (
                    number,
                    ndistinct_bytes(combinations) if combinations else None,
                    dependencies_bytes(degrees) if degrees else None,
                    name.schema,
                    name.name,
                ),
            )
        finally:
            for type_ in _STORED:
                self._admin.execute(f"DROP CAST (bytea AS {type_})")

    def _note_distinct(self, number: int, assumed: AssumedDistinct) -> None:
        column = self._table(assumed.table).column(assumed.column)
        if column is None:
            raise CannotAssume(f"{assumed.table} has no column {assumed.column}")
        if column.statistics is None:
            raise CannotAssume(f"{assumed.table}.{assumed.column} has no statistics to change")
        self._admin.execute(
            f"INSERT INTO {OURS}.assumed (id, relation, attribute, n_distinct) VALUES (%s, %s, %s, %s)",
            (number, self._inventory.tables[assumed.table], column.number, assumed.n_distinct),
        )

    def _table(self, name: Name) -> Table:
        table = self._inventory.catalog.tables.get(name)
        if table is None or name not in self._inventory.tables:
            raise CannotAssume(f"there is no table {name}")
        return table


def _columns(assumed: AssumedStatistics) -> list[tuple[str, ...]]:
    return [of for of, _ in assumed.combinations] + [(*of, to) for of, to, _ in assumed.dependencies]
