import pytest

from dbadvisor.model.text import one_line, visible


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("plain name", "plain name"),
        ("Größe 🙂 заказ", "Größe 🙂 заказ"),
        ("\x1b]0;owned\x07", r"\x1b]0;owned\x07"),
        ("\x9b31m", r"\x9b31m"),
        ("admin\u202etxt", r"admin\u202etxt"),
        ("a\u200bb\u2066c\u2028d", r"a\u200bb\u2066c\u2028d"),
        ("tab\tline\r\n", r"tab\tline\r\n"),
        ("\ud800", r"\ud800"),
    ],
)
def test_what_would_act_is_written_as_an_escape(raw: str, shown: str) -> None:
    assert visible(raw) == shown


def test_one_line_joins_lines_and_still_escapes() -> None:
    assert one_line("SELECT 1\n  FROM\tt\x1b[2J ") == r"SELECT 1 FROM t\x1b[2J"
