"""TPC-H and TPC-DS with keys and indexes as a careful team would have them; the rows are made by benchmarks/tpc.py."""

from collections.abc import Callable

import psycopg
import tpc

from dbadvisor.model.snapshot import Snapshot
from dbadvisor.servers.local import LocalServer
from fidelity.truth import Question

SCALE = {"tpch": 0.05, "tpcds": 0.02}

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


def questions(name: str) -> Callable[[psycopg.Connection, Snapshot], list[Question]]:
    """The benchmark's queries with its own validation values."""

    def read(_connection: psycopg.Connection, _seen: Snapshot) -> list[Question]:
        return [Question(query) for query in tpc.queries(name).values()]

    return read


def filler(name: str) -> Callable[[LocalServer, psycopg.Connection], list[str]]:
    """Fills a database with the benchmark's tables."""

    def fill(_server: LocalServer, connection: psycopg.Connection) -> list[str]:
        tpc.load(name, SCALE[name], connection)
        for statement in _FURTHER[name]:
            connection.execute(statement)
        connection.execute("VACUUM ANALYZE")
        return []

    return fill
