"""TPC-H and TPC-DS with primary keys only, made once and kept, on a server of the benchmark's own or on a given one."""

from collections.abc import Callable
from dataclasses import dataclass

import psycopg
import tpc
from psycopg import conninfo, sql

from dbadvisor.errors import DatabaseLost, ServerUnavailable, UsageError

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Workload:
    """Some of a benchmark's queries, each run once."""

    name: str
    benchmark: str
    """tpch or tpcds."""
    left_out: frozenset[int] = frozenset()

    def queries(self) -> dict[str, str]:
        """The statements by their numbers of two digits."""
        found = tpc.queries(self.benchmark).items()
        return {f"{number:02d}": text for number, text in found if number not in self.left_out}


WORKLOADS = {
    each.name: each
    for each in (
        Workload("tpch19", "tpch", frozenset((2, 17, 20))),
        Workload("tpch22", "tpch"),
        Workload("tpcds90", "tpcds", frozenset((4, 6, 9, 10, 11, 32, 35, 41, 95))),
    )
}
"""What the literature leaves out is left out: with primary keys only, query 20 is 99.7 % of TPC-H's planner cost, and
three queries are 98.7 % of TPC-DS's (hyrise/index_selection_evaluation leaves out the same)."""

_TEXTS = {
    "char(1)": "o_orderstatus l_returnflag l_linestatus",
    "char(10)": "p_brand p_container c_mktsegment l_shipmode",
    "char(15)": "s_phone c_phone o_orderpriority o_clerk",
    "char(25)": "r_name n_name p_mfgr s_name l_shipinstruct",
    "varchar(23)": "p_comment",
    "varchar(25)": "p_type c_name",
    "varchar(40)": "s_address c_address",
    "varchar(44)": "l_comment",
    "varchar(55)": "p_name",
    "varchar(79)": "o_comment",
    "varchar(101)": "s_comment",
    "varchar(117)": "c_comment",
    "varchar(152)": "r_comment n_comment",
    "varchar(199)": "ps_comment",
}
"""The types of TPC-H's texts as its specification has them; DuckDB knows one type of text."""
_TYPES = {column: type_ for type_, columns in _TEXTS.items() for column in columns.split()}


def provide(url: str, benchmark: str, scale: float, progress: Progress) -> str:
    """The connection string of the benchmark's database on the server; made when it is not there.

    It gets its name when it is complete, so a run that was cut off leaves nothing that looks ready.
    """
    name = benchmark if scale == 1 else f"{benchmark}_{scale:g}".replace(".", "_")
    with _connect(url) as server:
        if not _exists(server, name):
            progress(f"making {name}")
            _make(server, url, benchmark, name, scale)
    return conninfo.make_conninfo(url, dbname=name)


def _connect(url: str) -> psycopg.Connection:
    try:
        return psycopg.connect(conninfo.make_conninfo(url, dbname="postgres"), autocommit=True)
    except psycopg.OperationalError as error:
        raise DatabaseLost(f"the server cannot be reached: {error}", "Check --url.") from None


def _exists(server: psycopg.Connection, name: str) -> bool:
    return server.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone() is not None


def _make(server: psycopg.Connection, url: str, benchmark: str, name: str, scale: float) -> None:
    if not tpc.available(benchmark):
        raise UsageError(
            f"the packages that make {benchmark} are not installed", "Install the extra: pip install -e '.[benchmark]'."
        )
    if not server.execute("SELECT 1 FROM pg_available_extensions WHERE name = 'hypopg'").fetchone():
        raise ServerUnavailable("the server has no HypoPG", "Install it, such as Debian's postgresql-15-hypopg.")
    unready = sql.Identifier(f"{name}_unready")
    server.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(unready))
    server.execute(sql.SQL("CREATE DATABASE {}").format(unready))
    with psycopg.connect(conninfo.make_conninfo(url, dbname=f"{name}_unready"), autocommit=True) as connection:
        tpc.load(benchmark, scale, connection, _typed)
        connection.execute("CREATE EXTENSION hypopg")
        connection.execute("VACUUM (ANALYZE)")
    server.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(unready, sql.Identifier(name)))


def _typed(column: str, type_: str) -> str:
    """DuckDB's keys are wider than any scale here needs."""
    return _TYPES.get(column, "integer" if type_ == "BIGINT" else type_)
