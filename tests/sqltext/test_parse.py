"""Texts to trees and back."""

import pytest

from dbadvisor.sqltext.parse import MAX_BYTES, Unparsable, deparse, parse_one, statement_kind


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("select 1", "SELECT"),
        ("values (1)", "SELECT"),
        ("table t", "SELECT"),
        ("with x as (delete from t returning *) select * from x", "SELECT"),
        ("select 1 into t", "UTILITY"),
        ("insert into t values (1)", "INSERT"),
        ("update t set a = 1", "UPDATE"),
        ("delete from t", "DELETE"),
        ("merge into t using s on true when matched then delete", "MERGE"),
        ("vacuum t", "UTILITY"),
        ("create table t (a int)", "UTILITY"),
        ("call f()", "UTILITY"),
    ],
)
def test_kinds(text: str, kind: str) -> None:
    assert statement_kind(text) == kind


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "no statement"),
        ("-- only a comment", "no statement"),
        ("select 1; select 2", "2 statements"),
        ("selec 1", "syntax error"),
        ("select 'open", "unterminated"),
        ("select 1\0", "NUL"),
        ("select '\udcff'", "half a character"),
        ("select '" + "x" * MAX_BYTES + "'", "longer than"),
        ("select " + "+".join(["a"] * 5_000), "operators"),
    ],
)
def test_what_is_refused_says_why(text: str, why: str) -> None:
    with pytest.raises(Unparsable, match=why):
        parse_one(text)


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("select cast(a as date) from t", "SELECT a::date FROM t"),
        ("select ((a)) from t where ((b = 1))", "SELECT a FROM t WHERE b = 1"),
        ("select a from t limit 5 offset 3", "SELECT a FROM t LIMIT 5 OFFSET 3"),
        ("update t set a = 1 where b", "UPDATE t SET a = 1 WHERE b"),
    ],
)
def test_trees_are_printed_on_one_line(text: str, printed: str) -> None:
    assert deparse(parse_one(text).stmt) == printed
