"""`dbadvisor rules` and `dbadvisor rule`."""

import pytest
from typer.testing import CliRunner

from dbadvisor.analyzer.registry import all_rules
from dbadvisor.cli.main import app
from dbadvisor.errors import UsageError


def printed(*words: str) -> str:
    result = CliRunner().invoke(app, words, env={"COLUMNS": "120"})
    assert result.exit_code == 0
    return result.stdout


def test_every_rule_is_listed_by_family() -> None:
    text = printed("rules")
    assert [rule.id for rule in all_rules() if rule.id not in text or rule.name not in text] == []
    assert text.index("Index") < text.index("IDX001") < text.index("Query") < text.index("QRY001")


def test_the_markdown_table_has_a_row_a_rule() -> None:
    rows = printed("rules", "--markdown").splitlines()[2:]
    assert [row.split("|")[1].strip() for row in rows] == [rule.id for rule in all_rules()]


def test_all_pages_as_markdown() -> None:
    text = printed("rules", "--markdown", "--pages")
    assert text.count("\n## Why it costs\n") == len(all_rules())
    with pytest.raises(UsageError):
        CliRunner().invoke(app, ["rules", "--pages"], catch_exceptions=False)


@pytest.mark.parametrize("word", ["IDX003", "idx003", "unindexed-foreign-key"])
def test_a_rule_is_explained_by_id_or_name(word: str) -> None:
    text = printed("rule", word)
    assert "When to leave it" in text
    assert "CREATE INDEX track_playlist_id_idx" in text


def test_an_unknown_rule_is_a_mistake_of_the_user() -> None:
    with pytest.raises(UsageError, match="no rule IDX999"):
        CliRunner().invoke(app, ["rule", "IDX999"], catch_exceptions=False)
