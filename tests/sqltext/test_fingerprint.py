"""Which texts are one statement, and what is left of a text that may be shown."""

import pytest

from dbadvisor.sqltext.fingerprint import fingerprint, normalize, redact
from dbadvisor.sqltext.parse import Unparsable

SAME = [
    ("select * from t where a = 1", "select * from t where a = $1"),
    ("select * from t where a = 1", "SELECT *  FROM t /* by x */ WHERE a = 'b' -- note\n;"),
    ("select * from t where a = $1", "select * from t where a = $3"),
    ("select * from t where a = $1::int2", "select * from t where a = $1::int8"),
    ("select * from t where a = cast($1 as integer)", "select * from t where a = cast($1 as bigint)"),
    ("select * from t where a in (1, 2, 3)", "select * from t where a in ($1)"),
    ("select * from t where a in ($1 /*, ... */)", "select * from t where a in (1, 2)"),
    ("select * from t where a in ($1::uuid, $2::uuid)", "select * from t where a in ($1::uuid)"),
    ("select * from t where a = any(array[1, 2])", "select * from t where a = any(array[1])"),
    ("insert into t values (1, 'a'), (2, 'b')", "insert into t values ($1, $2)"),
    ("select * from t where a = -1", "select * from t where a = 1"),
    ('select "a" from "t"', "select a from t"),
    ("select * from t where a != 1", "select * from t where a <> 2"),
    ("select * from t where a = true", "select * from t where a = $1"),
    ("select now() - interval '1 day'", "select now() - interval $1"),
    ("select date_trunc('day', x) from t", "select date_trunc($1, x) from t"),
]
DIFFERENT = [
    ("select * from t where a = 1", "select * from t where b = 1"),
    ("select * from t", "select * from u"),
    ("select * from one.t", "select * from two.t"),
    ('select * from "T"', "select * from t"),
    ("select a, b from t", "select b, a from t"),
    ("select a from t order by 1", "select a from t order by 2"),
    ("select a from t limit 1", "select a from t limit 1 offset 1"),
    ("select a from t where b = 1", "select a from t where b > 1"),
    ("select f(1)", "select f(1, 2)"),
    ("select a - 1 from t", "select a from t"),
    ("select x::int from t", "select x::bigint from t"),
    ("select * from t where a is null", "select * from t where a is not null"),
    ("select * from t for update", "select * from t"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_what_differs_only_in_values_is_one_statement(one: str, other: str) -> None:
    assert fingerprint(one) == fingerprint(other)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_what_differs_in_structure_or_tables_is_not(one: str, other: str) -> None:
    assert fingerprint(one) != fingerprint(other)


@pytest.mark.parametrize("text", ["", "selec", "select 'open", "<insufficient privilege>", "select '\udcff'", "\0"])
def test_every_text_has_a_fingerprint(text: str) -> None:
    assert len(fingerprint(text)) == 16
    assert fingerprint(text) == fingerprint(text + "  ")


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("select 'a', 1.5, x from t where b = -2;", "select $1, $2, x from t where b = $3"),
        ("select * from t where a = $2 and b = 5", "select * from t where a = $2 and b = $3"),
        ("/* x */ select 1 -- y", "select $1"),
        ("select a /* in between */ from t", "select a from t"),
        ("select * from t where a in ($1 /*, ... */)", "select * from t where a in ($1 /*, ... */)"),
        (
            "select a from t where b is null and c = true order by 2",
            "select a from t where b is null and c = $1 order by 2",
        ),
        ("select 'é', ü from t where x = 'ö'", "select $1, ü from t where x = $2"),
        ("select '-- no comment', '/* nor this */'", "select $1, $2"),
    ],
)
def test_normal_texts_hold_parameters_for_literals(text: str, normal: str) -> None:
    assert normalize(text) == normal
    assert normalize(normal) == normal


def test_what_cannot_be_read_cannot_be_normalised() -> None:
    with pytest.raises(Unparsable):
        normalize("selec 'secret'")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("alter role app password 'secret'", "alter role app password …"),
        ("create user app password 'secret' valid until 'x'", "create user app password …"),
        ("copy t from '/secret'", "copy t from …"),
        ("do $$ begin perform 'secret'; end $$", "do …"),
        ("set my.token = secret", "set my.token = …"),
        ("set local x to secret", "set local x to …"),
        ("create subscription s connection 'password=secret' publication p", "create subscription s connection …"),
        (
            "create user mapping for u server s options (password 'secret')",
            "create user mapping for u server s options (password …",
        ),
        ("execute p(424242)", "execute p(…"),
        ("vacuum analyze t", "vacuum analyze t"),
        ("select * from t where a = 'secret'", "select * from t where a = $1"),
        ("select 'secret", "<unparsable, 14 bytes>"),
        ("select * from json_table(x, '$.secret' columns (a text path '$.secret'))", None),
        ("prepare p as select 'secret'", None),
        ("explain select 'secret'", None),
    ],
)
def test_nothing_secret_is_left_to_show(text: str, shown: str | None) -> None:
    assert "secret" not in redact(text)
    assert "424242" not in redact(text)
    assert shown is None or redact(text) == shown
