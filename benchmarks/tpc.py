"""TPC-H and TPC-DS: rows, primary keys and queries, from DuckDB's own generators.

Needs the packages duckdb, duckdb-extension-tpch and duckdb-extension-tpcds (the `benchmark` extra).
"""

import importlib.util
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg

NAMES = ("tpch", "tpcds")
_GENERATE = {"tpch": "dbgen", "tpcds": "dsdgen"}

_KEYS = {
    "tpch": (
        "region (r_regionkey); nation (n_nationkey); part (p_partkey); supplier (s_suppkey); customer (c_custkey);"
        " partsupp (ps_partkey, ps_suppkey); orders (o_orderkey); lineitem (l_orderkey, l_linenumber)"
    ),
    "tpcds": (
        "call_center (cc_call_center_sk); catalog_page (cp_catalog_page_sk); customer (c_customer_sk);"
        " customer_address (ca_address_sk); customer_demographics (cd_demo_sk); date_dim (d_date_sk);"
        " household_demographics (hd_demo_sk); income_band (ib_income_band_sk); item (i_item_sk);"
        " promotion (p_promo_sk); reason (r_reason_sk); ship_mode (sm_ship_mode_sk); store (s_store_sk);"
        " time_dim (t_time_sk); warehouse (w_warehouse_sk); web_page (wp_web_page_sk); web_site (web_site_sk);"
        " store_sales (ss_item_sk, ss_ticket_number); store_returns (sr_item_sk, sr_ticket_number);"
        " catalog_sales (cs_item_sk, cs_order_number); catalog_returns (cr_item_sk, cr_order_number);"
        " web_sales (ws_item_sk, ws_order_number); web_returns (wr_item_sk, wr_order_number);"
        " inventory (inv_date_sk, inv_item_sk, inv_warehouse_sk)"
    ),
}
"""The primary keys of the specifications."""

Typed = Callable[[str, str], str]
"""The type of a column in PostgreSQL, from its name and DuckDB's type."""


def available(name: str) -> bool:
    """Whether the packages that make the benchmark are installed."""
    return all(importlib.util.find_spec(package) for package in ("duckdb", f"duckdb_extension_{name}"))


def queries(name: str) -> dict[int, str]:
    """The benchmark's queries by their numbers, with the validation values of scale 1."""
    rows = _generator(name).execute(f"SELECT query_nr, query FROM {name}_queries() ORDER BY query_nr").fetchall()
    return {number: query.strip().rstrip(";").strip() for number, query in rows}


def load(name: str, scale: float, connection: psycopg.Connection, typed: Typed = lambda _, type_: type_) -> None:
    """Fills an empty database with the benchmark's tables and their primary keys; nothing is analyzed yet."""
    generator = _generator(name)
    generator.execute(f"CALL {_GENERATE[name]}(sf = {scale})")
    tables = [row[0] for row in generator.execute("SELECT table_name FROM duckdb_tables()").fetchall()]
    with tempfile.TemporaryDirectory() as folder:
        for table in tables:
            _copy(generator, connection, table, Path(folder) / f"{table}.csv", typed)
    for key in _KEYS[name].split(";"):
        table, _, columns = key.strip().partition(" ")
        connection.execute(f"ALTER TABLE {table} ADD PRIMARY KEY {columns}")


def _generator(name: str) -> Any:
    duckdb: Any = importlib.import_module("duckdb")
    home = Path(str(importlib.import_module(f"duckdb_extension_{name}").__file__)).parent
    connection = duckdb.connect(config={"allow_unsigned_extensions": "true"})
    connection.execute(f"LOAD '{next(home.rglob(f'{name}.duckdb_extension'))}'")
    return connection


def _copy(generator: Any, connection: psycopg.Connection, table: str, file: Path, typed: Typed) -> None:
    columns = generator.execute(
        "SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = ? ORDER BY column_index", [table]
    ).fetchall()
    wanted = ", ".join(f"{column} {typed(column, type_)}" for column, type_ in columns)
    connection.execute(f"CREATE TABLE {table} ({wanted})")
    generator.execute(f"COPY {table} TO '{file}' (FORMAT csv, HEADER false)")
    with file.open("rb") as rows, connection.cursor().copy(f"COPY {table} FROM STDIN (FORMAT csv)") as copy:
        while block := rows.read(1 << 20):
            copy.write(block)
    file.unlink()
