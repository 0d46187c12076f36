"""Index conditions as EXPLAIN prints them."""

import pytest

from dbadvisor.advisor.probing import probe
from dbadvisor.model.plan import Node


@pytest.mark.parametrize(
    ("condition", "equal"),
    [
        ("(l.supplier_id = s.id)", [("supplier_id", "s")]),
        ("((l.supplier_id = s.id) AND (l.id >= 7))", [("supplier_id", "s")]),
        ("((l.kind = 'a AND (b.c = d.e)'::text) AND (l.id = s.id))", [("kind", None), ("id", "s")]),
        ("((l.code)::text = (s.code)::text)", [("code", "s")]),
        ("((l.code)::character varying(10) = ('x'::character varying)::text)", [("code", None)]),
        ('(l."Order Id" = "o 1"."a""b")', [("Order Id", "o 1")]),
        ("(l.id = ANY ('{1,2}'::integer[]))", [("id", None)]),
        ("(lower(l.email) = s.email)", []),
        ("((l.a = s.a) OR (l.b = s.b))", []),
    ],
)
def test_equalities_of_an_index_condition(condition: str, equal: list[tuple[str, str | None]]) -> None:
    assert list(probe(Node("Index Scan", 0, 1, 1, 8, index_cond=condition)).equal) == equal


def test_tables_of_a_bitmap_scan_are_those_of_all_its_indexes() -> None:
    scan = Node("Bitmap Heap Scan", 0, 1, 1, 8, alias="l", recheck_cond="((l.a = s.a) OR (lower(l.b) = 'x.y'::text))")
    assert probe(scan).aliases == {"l", "s"}
    assert probe(Node("Seq Scan", 0, 1, 1, 8)).aliases == frozenset()
