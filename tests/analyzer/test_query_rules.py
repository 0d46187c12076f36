import pytest
from builders import Builder, name, node, snap

from dbadvisor.analyzer.rules.query.leading_wildcard import leading_wildcard
from dbadvisor.analyzer.rules.query.offset_pagination import offset_pagination
from dbadvisor.analyzer.rules.query.or_across_tables import or_across_tables
from dbadvisor.analyzer.rules.query.wrapped_column import wrapped_column
from dbadvisor.model.objects import Function
from dbadvisor.model.plan import Node
from dbadvisor.model.snapshot import ColumnStatistics, Extension

MEMBER = {
    "id": "integer",
    "tenant": "integer",
    "email": "text",
    "born": "date",
    "seen": "timestamp with time zone",
    "made": "timestamp without time zone",
    "doc": "jsonb",
}


def members(blocks: int = 1_000) -> Builder:
    built = snap().table("member", rows=1e5, blocks=blocks, columns=MEMBER, distinct={"tenant": 50})
    return built.index("member", "id", unique=True, constraint="p", named="member_pkey").column(
        "member", "id", not_null=True
    )


def scan(filter_: str, rows: float = 500) -> Node:
    return node("Seq Scan", "member", rows=rows, filter=filter_)


def sql(built: Builder, rule: object) -> list[str]:
    return [change.sql for finding in built.findings(rule) for change in finding.proposals]  # type: ignore[arg-type]


def flat(text: str) -> str:
    return " ".join(text.lower().split())


# QRY001 --------------------------------------------------------------------------------------------------------------


def wrapped(condition: str, built: Builder | None = None, rows: float = 500) -> Builder:
    return (
        (built or members())
        .statement(f"select id from member where {condition}", blocks=1_001, rows=1)
        .plan(scan("(expression)", rows))
    )


def test_an_immutable_function_gets_an_index_on_the_expression() -> None:
    (finding,) = wrapped("lower(email) = 'a'").findings(wrapped_column)
    assert finding.target == "public.member (lower(email))"
    assert [change.sql.partition(" ON ")[2] for change in finding.proposals] == ["public.member ((lower(email)))"]


def test_the_statements_other_equalities_that_tell_rows_apart_are_put_behind_the_expression() -> None:
    built = members().column("member", "born", statistics=ColumnStatistics(0, 4, 1))
    (created,) = sql(wrapped("lower(email) = 'a' and tenant = 7 and born = '2000-01-01'", built), wrapped_column)
    assert created.endswith("public.member ((lower(email)), tenant)")


def test_an_index_on_the_expression_is_enough() -> None:
    assert not wrapped("lower(email) = 'a'", members().index("member", "(lower(email))")).findings(wrapped_column)


@pytest.mark.parametrize("index", [True, False], ids=["indexed", "not indexed"])
@pytest.mark.parametrize("column", ["seen", "made"])
def test_days_become_a_range_on_the_bare_column_and_never_an_index_on_the_cast(column: str, index: bool) -> None:
    built = members().index("member", column) if index else members()
    (finding,) = wrapped(f"cast({column} as date) = '2026-01-01'", built).findings(wrapped_column)
    assert finding.rewrite is not None
    assert f"{column} >= " in flat(finding.rewrite.after)
    assert f"{column} < " in flat(finding.rewrite.after)
    assert not finding.rewrite.application
    columns = [change.sql.partition(" ON ")[2] for change in finding.proposals]
    assert columns == ([] if index else [f"public.member ({column})"])


@pytest.mark.parametrize(
    "condition",
    [
        "to_char(seen, 'YYYY') = '2026'",
        "seen::text = 'x'",
        "email::date = '2026-01-01'",
        "cast(email as timestamp without time zone) = '2026-01-01'",
        "cast(email as timestamp) = '2026-01-01'",
        "doc ->> 'name' = 'x'",
        "id || email = 'x'",
        "age(born) = interval '1 year'",
        "current_date - id = '2026-01-01'",
    ],
)
def test_what_hangs_on_settings_or_lost_its_constants_is_never_indexed(condition: str) -> None:
    findings = wrapped(condition).findings(wrapped_column)
    assert [change for finding in findings for change in finding.proposals] == []
    assert all(finding.advice or finding.rewrite for finding in findings)


def test_constants_that_the_counters_lost_come_back_from_a_real_call() -> None:
    built = members().statement("select id from member where doc ->> 'name' = 'x'", blocks=1_001)
    built.plan(scan("x"), sql="select id from member where doc ->> 'name' = 'y'", source="log")
    (created,) = sql(built, wrapped_column)
    assert created.endswith("public.member ((doc ->> 'name'))")


@pytest.mark.parametrize(("volatility", "indexed"), [("i", True), ("s", False)], ids=["immutable", "stable"])
def test_own_functions_are_indexed_as_far_as_they_are_immutable(volatility: str, indexed: bool) -> None:
    own = Function(name("fold"), "text", "text", "sql", volatility)
    built = snap(functions=(own,)).table("member", rows=1e5, blocks=1_000, columns=MEMBER)
    assert bool(sql(wrapped("fold(email) = 'a'", built), wrapped_column)) is indexed


def test_an_index_on_another_column_that_leaves_the_search_to_the_filter_is_not_enough() -> None:
    text = "select id from member where tenant = 1 and lower(email) = 'a'"
    tenant = node("Index Scan", "member", index="member_tenant_idx", index_cond="(tenant = 1)", filter="(lower(email))")
    built = members().index("member", "tenant").statement(text, blocks=2_000).plan(tenant)
    assert [created.partition(" ON ")[2] for created in sql(built, wrapped_column)] == [
        "public.member ((lower(email)), tenant)"
    ]


def test_a_condition_that_most_rows_meet_needs_no_index() -> None:
    assert not wrapped("lower(email) > 'a'", rows=40_000).findings(wrapped_column)


# QRY002 --------------------------------------------------------------------------------------------------------------

PAGE = "select id, email from member order by id limit 20 offset 50000"


def ordered(column: str = "id") -> Node:
    return node("Limit", None, node("Index Scan", "member", rows=1e5, index=f"member_{column}"))


def correlated(built: Builder, column: str = "id", **fields: bool) -> Builder:
    return built.column("member", column, statistics=ColumnStatistics(0, 4, -1, correlation=1.0), **fields)


def test_an_offset_that_was_really_sent_is_enough() -> None:
    built = members().statement(PAGE, rows=20).plan(ordered(), sql=PAGE, source="log")
    (finding,) = built.findings(offset_pagination)
    assert "50,000" in finding.summary
    assert "keyset pagination" in (finding.advice or "")
    assert finding.rewrite is not None
    assert finding.rewrite.application
    assert "offset" not in flat(finding.rewrite.after)
    assert "id > " in flat(finding.rewrite.after)


def test_a_first_page_is_fine() -> None:
    first = PAGE.replace("50000", "40")
    assert not members().statement(first, rows=20).plan(ordered(), sql=first, source="log").findings(offset_pagination)


def test_made_up_values_prove_nothing() -> None:
    assert not members().statement(PAGE, rows=20).plan(ordered(), sql=PAGE).findings(offset_pagination)


def test_blocks_beyond_what_the_rows_explain_tell_of_pages_skipped() -> None:
    built = correlated(members(), not_null=True).statement(PAGE, rows=20, blocks=640).plan(ordered())
    assert len(built.findings(offset_pagination)) == 1


def test_blocks_that_a_filter_explains_do_not() -> None:
    filtered = node("Limit", None, node("Index Scan", "member", rows=200, index="member_pkey", filter="(tenant = 7)"))
    text = "select id from member where tenant = 7 order by id limit 20 offset 50000"
    built = correlated(members()).statement(text, rows=20, blocks=640).plan(filtered)
    assert not built.findings(offset_pagination)


def test_blocks_below_a_sort_say_nothing_of_the_depth() -> None:
    sorting = node("Limit", None, node("Sort", None, scan("(tenant = 7)")))
    assert not members().statement(PAGE, rows=20, blocks=1_001).plan(sorting).findings(offset_pagination)


def test_an_order_with_ties_has_no_keyset_to_show() -> None:
    text = "select id, email from member order by tenant limit 20 offset 50000"
    (finding,) = (
        members().statement(text, rows=20).plan(ordered("tenant"), sql=text, source="log").findings(offset_pagination)
    )
    assert finding.rewrite is None
    assert finding.advice


# QRY003 --------------------------------------------------------------------------------------------------------------

TRGM = Extension("pg_trgm", "public", "1.6")


def searched(condition: str, *, rows: float = 10, blocks: int = 1_001, real: str | None = None) -> Builder:
    text = f"select id from member where {condition}"
    built = members().statement(text, blocks=blocks, rows=rows)
    plan = scan("(email ~~ '%abc%'::text)", rows)
    return built.plan(plan, sql=f"select id from member where {real}", source="log") if real else built.plan(plan)


@pytest.mark.parametrize(
    "condition", ["email like '%abc%'", "email ilike 'abc%'", "email ~ 'abc'", "email like $1 or email like $2"]
)
def test_a_search_anywhere_gets_a_trigram_index_and_its_extension(condition: str) -> None:
    assert [text.partition(" ON ")[2] or text for text in sql(searched(condition), leading_wildcard)] == [
        "CREATE EXTENSION IF NOT EXISTS pg_trgm",
        "public.member USING gin (email gin_trgm_ops)",
    ]


def test_the_case_folded_column_is_searched_by_its_expression() -> None:
    *_, created = sql(searched("lower(email) like '%abc%'"), leading_wildcard)
    assert created.endswith("USING gin ((lower(email)) gin_trgm_ops)")


@pytest.mark.parametrize("schema", ["public", "extensions"])
def test_an_extension_that_is_there_is_used_from_its_schema(schema: str) -> None:
    built = snap(extensions=(Extension("pg_trgm", schema, "1.6"),)).table("member", blocks=1_000, columns=MEMBER)
    built.statement("select id from member where email like '%abc%'", blocks=1_001).plan(scan("(email ~~ 'x')", 10))
    (created,) = sql(built, leading_wildcard)
    assert ("extensions.gin_trgm_ops" in created) is (schema == "extensions")


@pytest.mark.parametrize("real", ["email like 'abc%'", "email like '%ab%'"], ids=["a beginning", "too short"])
def test_real_patterns_decide(real: str) -> None:
    assert not searched("email like $1", real=real).findings(leading_wildcard)
    assert searched("email like $1", real="email like '%abc%'").findings(leading_wildcard)


def test_a_pattern_that_was_answered_from_few_blocks_is_left_alone() -> None:
    assert not searched("email like $1", blocks=40).findings(leading_wildcard)


def test_a_pattern_that_most_rows_match_needs_no_index() -> None:
    assert not searched("email like '%abc%'", rows=60_000).findings(leading_wildcard)


def test_an_or_with_something_else_is_not_served_by_trigrams() -> None:
    assert not searched("email like '%abc%' or tenant = 7").findings(leading_wildcard)


def test_a_negated_pattern_finds_nothing_by_index() -> None:
    assert not searched("email not like '%abc%'").findings(leading_wildcard)


# QRY004 --------------------------------------------------------------------------------------------------------------

EITHER = """
select b.id, b.title from book b
where b.title = 'x' or exists (select 1 from code c where c.book_id = b.id and c.code = 'y')
"""


def books(
    text: str = EITHER, *, title: bool = True, code: bool = True, blocks: int = 1_010, rows: float = 1
) -> Builder:
    built = (
        snap()
        .table("book", rows=1e5, columns={"id": "integer", "title": "text"})
        .table("code", rows=1e5, columns={"book_id": "integer", "code": "text"})
        .index("book", "id", unique=True, constraint="p")
    )
    if title:
        built.index("book", "title")
    if code:
        built.index("code", "code")
    return built.statement(text, blocks=blocks, rows=rows).plan(node("Seq Scan", "book", alias="b", filter="(or)"))


def test_each_arm_has_an_index_so_a_union_uses_both() -> None:
    (finding,) = books().findings(or_across_tables)
    assert finding.rewrite is not None
    assert " union " in flat(finding.rewrite.after)
    assert " or " not in flat(finding.rewrite.after)
    assert not finding.rewrite.application


@pytest.mark.parametrize(
    "built",
    [
        books(title=False),
        books(code=False),
        books(rows=500),
        books(blocks=20),
        books(EITHER.replace("b.id, b.title", "b.title")),
    ],
    ids=["no index for the plain arm", "none for the other", "many rows fit", "few blocks read", "no key selected"],
)
def test_a_union_that_would_not_help_or_could_differ_is_not_proposed(built: Builder) -> None:
    assert not built.findings(or_across_tables)


# Edges ----------------------------------------------------------------------------------------------------------------


def test_a_real_text_that_cannot_be_read_proves_nothing() -> None:
    broken = searched("email like $1").plan(scan("(email ~~ 'x')", 10), sql="select (", source="log")
    assert broken.findings(leading_wildcard)


def test_trigrams_of_an_unknown_expression_are_not_proposed() -> None:
    assert not searched("btrim(email) like '%abc%'").findings(leading_wildcard)


def test_a_table_that_is_mostly_written_is_warned_of() -> None:
    (loaded_once,) = searched("email like '%abc%'").findings(leading_wildcard)
    assert not any("written far more often" in caveat for caveat in loaded_once.caveats)
    written = searched("email like '%abc%'").statement("update member set email = $1 where id = $2", calls=5_000)
    (finding,) = written.findings(leading_wildcard)
    assert any("written far more often" in caveat for caveat in finding.caveats)


def test_few_blocks_are_no_deep_page_however_many_rows_they_hold() -> None:
    built = correlated(members()).statement(PAGE, rows=20, blocks=60).plan(ordered())
    assert not built.findings(offset_pagination)


def test_keys_in_two_directions_have_no_keyset_to_show() -> None:
    text = "select id from member order by id, tenant desc limit 20 offset 50000"
    built = members().column("member", "tenant", not_null=True).statement(text, rows=20)
    (finding,) = built.plan(ordered(), sql=text, source="log").findings(offset_pagination)
    assert finding.rewrite is None


def test_an_arm_that_no_index_can_answer_leaves_the_or_alone() -> None:
    assert not books(EITHER.replace("b.title = 'x'", "b.title <> 'x'")).findings(or_across_tables)


def test_an_or_on_one_table_is_the_planners_business() -> None:
    assert not books("select id, title from book b where title = 'x' or id = 7").findings(or_across_tables)


def test_an_index_of_another_method_does_not_seek_by_equality() -> None:
    built = members().index("member", "(lower(email)) gin_trgm_ops", method="gin")
    assert wrapped("lower(email) = 'a'", built).findings(wrapped_column)
