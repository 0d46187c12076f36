"""Single steps at their edges: relations of indexes, sharpened shapes, words, prices."""

from dataclasses import replace

import pytest

from advisor.advising import FunctionPlanner, column, definition, snapshot, statement, table
from dbadvisor.advisor.candidates import Field
from dbadvisor.advisor.costing import Costing
from dbadvisor.advisor.existing import covers, leads_with
from dbadvisor.advisor.indexable import column_may
from dbadvisor.advisor.load import loads
from dbadvisor.advisor.packages import Explorer
from dbadvisor.advisor.sharpen import sharpened
from dbadvisor.advisor.trust import early_stops
from dbadvisor.advisor.words import excerpt, milliseconds, plan_line, size
from dbadvisor.model.catalog import Catalog
from dbadvisor.model.index import IndexKey
from dbadvisor.model.names import Name
from dbadvisor.model.objects import UserType
from dbadvisor.model.plan import Node, Plan
from dbadvisor.model.snapshot import Column
from dbadvisor.model.whatif import SamplePlan
from dbadvisor.model.workload import Sample
from dbadvisor.sqltext.predicates import shape
from dbadvisor.sqltext.shape import Op

A, B = IndexKey("a"), IndexKey("b")
BACKWARD = IndexKey("a", descending=True, nulls_first=True)


@pytest.mark.parametrize(
    ("wide", "narrow", "does"),
    [
        (definition("t", "a", "b"), definition("t", "a"), True),
        (definition("t", "a"), definition("t", "a", "b"), False),
        (definition("t", "b", "a"), definition("t", "a"), False),
        (definition("t", BACKWARD), definition("t", "a"), True),
        (definition("t", BACKWARD, B), definition("t", "a", "b"), False),
        (definition("t", "a"), definition("u", "a"), False),
        (definition("t", "a"), definition("t", "a", where="b > 1"), True),
        (definition("t", "a", where="b > 1"), definition("t", "a"), False),
        (definition("t", "a"), definition("t", "a", include=("b",)), False),
        (definition("t", "a", "b"), definition("t", "a", include=("b",)), True),
        (definition("t", "a", "b", method="gin"), definition("t", "a", method="gin"), False),
        (definition("t", "a", method="gin"), definition("t", "a", method="gin"), True),
        (
            definition("t", IndexKey(expression="lower((a)::text)")),
            definition("t", IndexKey(expression="lower(a)")),
            True,
        ),
    ],
)
def test_one_index_does_the_work_of_another(wide: object, narrow: object, does: bool) -> None:
    assert covers(wide, narrow) is does  # type: ignore[arg-type]


def test_a_foreign_key_needs_its_columns_in_front_in_any_order() -> None:
    assert leads_with(definition("t", "b", "a", "c"), ("a", "b"))
    assert not leads_with(definition("t", "a", "c", "b"), ("a", "b"))
    assert not leads_with(definition("t", "a", where="c > 1"), ("a",))


def test_types_that_may_be_keys() -> None:
    seen = replace(snapshot(), types=(UserType(Name("public", "mood"), "e"), UserType(Name("public", "box"), "c")))
    may = {
        kind: column_may(Catalog(seen), Column("c", 1, kind, base_type=kind))
        for kind in ("public.mood", "public.box", "public.citext", "json", "numeric(10,2)", "integer[]")
    }
    assert {kind for kind, allowed in may.items() if allowed} == {"public.mood", "public.citext", "numeric(10,2)"}
    assert not column_may(Catalog(seen), None)


PEOPLE = table("people", column("name", "text"), column("data", "jsonb"))


def sharpened_predicates(text: str, *calls: str) -> list[tuple[Op, str | None]]:
    catalog = Catalog(snapshot(PEOPLE))
    one = replace(statement("s", text), samples=tuple(Sample("logged", call, "log") for call in calls))
    return [(p.op, p.expression) for p in sharpened(shape(text, catalog), one, catalog).uses[0].predicates]


def test_real_calls_tell_what_kind_of_pattern_a_parameter_holds() -> None:
    text = "SELECT * FROM people WHERE name LIKE $1"
    prefix, anywhere = "SELECT * FROM people WHERE name LIKE 'ab%'", "SELECT * FROM people WHERE name LIKE '%b%'"
    assert sharpened_predicates(text) == [(Op.LIKE_PARAMETER, None)]
    assert sharpened_predicates(text, prefix) == [(Op.LIKE_PREFIX, None)]
    assert sharpened_predicates(text, prefix, anywhere) == [(Op.LIKE_PARAMETER, None)]
    assert sharpened_predicates(text, "SELECT * FROM people WHERE name LIKE 'a%' AND name > 'a'") == [
        (Op.LIKE_PARAMETER, None)
    ]
    assert sharpened_predicates(text, "SELECT * FROM people, people p") == [(Op.LIKE_PARAMETER, None)]
    assert sharpened_predicates(text, "SELECT * FROM WHERE") == [(Op.LIKE_PARAMETER, None)]


def test_real_calls_tell_which_field_of_a_document_is_asked() -> None:
    found = sharpened_predicates(
        "SELECT * FROM people WHERE data ->> $1 = $2", "SELECT * FROM people WHERE data ->> 'city' = 'Ulm'"
    )
    assert found == [(Op.EQ, "data ->> 'city'")]


def test_words() -> None:
    assert [milliseconds(ms) for ms in (0.1234, 840.4, 12_345)] == ["0.123 ms", "840 ms", "12.3 s"]
    assert [size(b) for b in (16_384, 2.4 * 1024**2, 1.3 * 1024**3)] == ["16 kB", "2.4 MB", "1.3 GB"]
    assert excerpt(statement("s", "SELECT\n  " + "x, " * 100)).endswith("x, x…")
    scan = Node("Seq Scan", 0, 1, 1, 1, relation=Name("public", "t"))
    inner = Node("Index Scan", 0, 1, 1, 1, relation=Name("s", "u"), index="i")
    join = Node("Nested Loop", 0, 1, 1, 1, children=(scan, inner))
    assert plan_line(Plan(Node("Sort", 0, 1, 1, 1, children=(join,)))) == (
        "Sort > Nested Loop (Seq Scan on t, Index Scan using i on s.u)"
    )


def test_a_limit_over_something_without_a_table_stops_nothing_of_note() -> None:
    series = Node("Function Scan", 0, 100, 1000, 4)
    assert early_stops(Plan(Node("Limit", 0, 1, 10, 4, children=(series,)))) == ()


def test_no_question_is_asked_twice_and_some_never() -> None:
    def indexed(text: str, there: frozenset[str]) -> tuple[float, tuple[str, ...]]:
        return (5.0, ("people (name)",)) if "people (name)" in there else (900.0, ())

    text = "SELECT * FROM people WHERE name = $1"
    one = statement("s", text)
    catalog = Catalog(snapshot(PEOPLE, statements=[one]))
    planner = FunctionPlanner(indexed, catalog, refuses={"people (data)": "no operator class"})
    now = planner.explain([text])[0]
    assert isinstance(now, Plan)
    pairs = {"s": (SamplePlan(one.samples[0], now),)}
    (load,) = loads((one,), catalog, {"s": shape(text, catalog)}, pairs)
    costing = Costing(planner, catalog)
    name, other, refused = definition("people", "name"), definition("people", "name", "x"), definition("people", "data")
    elsewhere = definition("logs", "line")
    Explorer(costing, Field(catalog, {})).explore(load, frozenset((name, other, refused)), 5)
    asked = planner.calls
    assert costing.refused == {refused: "no operator class"}
    for allowed in ((name,), (name, other), (name, elsewhere), (name, refused), ()):
        costing.ask(load, frozenset(allowed))
    assert planner.calls == asked
    assert (costing.packages(load)[0].used, costing.packages(load)[0].cost) == (frozenset((name,)), 5.0)
