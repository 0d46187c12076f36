"""TPC-H and TPC-DS: rows and queries from DuckDB's own generators, keys and indexes as a careful team would have them.

Needs the packages duckdb, duckdb-extension-tpch and duckdb-extension-tpcds (the `benchmark` extra).
"""

import importlib.util
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg

from dbadvisor.model.snapshot import Snapshot
from dbadvisor.servers.local import LocalServer
from fidelity.truth import Question

NAMES = ("tpch", "tpcds")
SCALE = {"tpch": 0.05, "tpcds": 0.02}
_GENERATE = {"tpch": "dbgen", "tpcds": "dsdgen"}

_KEYS = {
    "tpch": (
        "region (r_regionkey); nation (n_nationkey); part (p_partkey); supplier (s_suppkey); customer (c_custkey);"
        " partsupp (ps_partkey, ps_suppkey); orders (o_orderkey); lineitem (l_orderkey, l_linenumber)"
    ),
    "tpcds": (
        "date_dim (d_date_sk); time_dim (t_time_sk); item (i_item_sk); customer (c_customer_sk); store (s_store_sk);"
        " customer_address (ca_address_sk); customer_demographics (cd_demo_sk); household_demographics (hd_demo_sk);"
        " promotion (p_promo_sk); warehouse (w_warehouse_sk); web_site (web_site_sk);"
        " catalog_page (cp_catalog_page_sk);"
        " store_sales (ss_item_sk, ss_ticket_number); store_returns (sr_item_sk, sr_ticket_number);"
        " catalog_sales (cs_item_sk, cs_order_number); catalog_returns (cr_item_sk, cr_order_number);"
        " web_sales (ws_item_sk, ws_order_number); web_returns (wr_item_sk, wr_order_number);"
        " inventory (inv_date_sk, inv_item_sk, inv_warehouse_sk)"
    ),
}
"""Primary keys."""

_FURTHER = {
    "tpch": (
        "ALTER TABLE nation ADD FOREIGN KEY (n_regionkey) REFERENCES region",
        "ALTER TABLE customer ADD FOREIGN KEY (c_nationkey) REFERENCES nation",
        "ALTER TABLE orders ADD FOREIGN KEY (o_custkey) REFERENCES customer",
        "ALTER TABLE lineitem ADD FOREIGN KEY (l_orderkey) REFERENCES orders",
        "ALTER TABLE lineitem ADD FOREIGN KEY (l_partkey, l_suppkey) REFERENCES partsupp",
        "CREATE INDEX ON orders (o_orderdate)",
        "CREATE INDEX ON orders (o_custkey)",
        "CREATE INDEX ON lineitem (l_shipdate) INCLUDE (l_extendedprice, l_discount)",
        "CREATE INDEX ON lineitem (l_partkey, l_suppkey)",
        "CREATE INDEX ON lineitem USING brin (l_receiptdate)",
        "CREATE INDEX ON customer (c_mktsegment, c_acctbal DESC)",
        "CREATE INDEX ON part (p_brand, p_container) WHERE p_size < 20",
        "CREATE STATISTICS lineitem_dates (dependencies, ndistinct) ON l_shipdate, l_receiptdate FROM lineitem",
    ),
    "tpcds": (
        "CREATE INDEX ON store_sales (ss_sold_date_sk, ss_store_sk)",
        "CREATE INDEX ON store_sales (ss_customer_sk)",
        "CREATE INDEX ON catalog_sales (cs_sold_date_sk)",
        "CREATE INDEX ON catalog_sales (cs_bill_customer_sk)",
        "CREATE INDEX ON web_sales (ws_sold_date_sk)",
        "CREATE INDEX ON date_dim (d_year, d_moy)",
        "CREATE INDEX ON date_dim (d_date)",
        "CREATE INDEX ON customer (c_current_addr_sk)",
        "CREATE INDEX ON customer_address (ca_state, ca_city)",
        "CREATE INDEX ON item (i_category, i_class, i_brand)",
        "CREATE INDEX ON item (lower(i_product_name))",
        "CREATE STATISTICS item_kind (mcv, dependencies, ndistinct) ON i_category, i_class FROM item",
        "CREATE STATISTICS date_parts (ndistinct, dependencies) ON d_year, d_moy, d_qoy FROM date_dim",
    ),
}


def available(name: str) -> bool:
    """Whether the packages that make the benchmark are installed."""
    return all(importlib.util.find_spec(package) for package in ("duckdb", f"duckdb_extension_{name}"))


def _generator(name: str) -> Any:
    duckdb: Any = importlib.import_module("duckdb")
    home = Path(str(importlib.import_module(f"duckdb_extension_{name}").__file__)).parent
    connection = duckdb.connect(config={"allow_unsigned_extensions": "true"})
    connection.execute(f"LOAD '{next(home.rglob(f'{name}.duckdb_extension'))}'")
    return connection


def questions(name: str) -> Callable[[psycopg.Connection, Snapshot], list[Question]]:
    """The benchmark's queries with its own validation values."""

    def read(_connection: psycopg.Connection, _seen: Snapshot) -> list[Question]:
        rows = _generator(name).execute(f"SELECT query FROM {name}_queries() ORDER BY query_nr").fetchall()
        return [Question(query.strip().rstrip(";")) for (query,) in rows]

    return read


def filler(name: str) -> Callable[[LocalServer, psycopg.Connection], list[str]]:
    """Fills a database with the benchmark's tables."""

    def fill(_server: LocalServer, connection: psycopg.Connection) -> list[str]:
        with tempfile.TemporaryDirectory() as folder:
            generator = _generator(name)
            generator.execute(f"CALL {_GENERATE[name]}(sf = {SCALE[name]})")
            tables = [row[0] for row in generator.execute("SELECT table_name FROM duckdb_tables()").fetchall()]
            for table in tables:
                _copy(generator, connection, table, Path(folder) / f"{table}.csv")
            for key in _KEYS[name].split(";"):
                table, _, columns = key.strip().partition(" ")
                connection.execute(f"ALTER TABLE {table} ADD PRIMARY KEY {columns}")
            for statement in _FURTHER[name]:
                connection.execute(statement)
            connection.execute("VACUUM ANALYZE")
        return []

    return fill


def _copy(generator: Any, connection: psycopg.Connection, table: str, file: Path) -> None:
    columns = generator.execute(
        "SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = ? ORDER BY column_index", [table]
    ).fetchall()
    connection.execute(f"CREATE TABLE {table} ({', '.join(f'{column} {type_}' for column, type_ in columns)})")
    generator.execute(f"COPY {table} TO '{file}' (FORMAT csv, HEADER false)")
    with file.open("rb") as rows, connection.cursor().copy(f"COPY {table} FROM STDIN (FORMAT csv)") as copy:
        while block := rows.read(1 << 20):
            copy.write(block)
