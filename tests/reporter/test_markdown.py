import re
from dataclasses import replace

import pytest

from dbadvisor.model.report import Report
from dbadvisor.reporter import markdown
from reporter.conftest import GOLDEN, Golden
from reporter.example import REPORT, SECRET, empty


@pytest.mark.parametrize(("name", "report"), [("markdown.md", REPORT), ("markdown_empty.md", empty())])
def test_the_comment_reads_as_stored(name: str, report: Report, golden: Golden) -> None:
    golden(GOLDEN / name, markdown.render(report))


def test_no_name_can_format_mention_or_act() -> None:
    text = markdown.render(REPORT)
    prose = re.sub(r"(`+)(?s:.*?)\1", "", text)  # what stands in code is shown as it is
    assert "<script" not in prose
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert SECRET not in text


@pytest.mark.parametrize("name", ["a`b", "``", "a|b", "```\n# head", "@octocat", "[x](https://example.org)"])
def test_odd_titles_stay_in_their_cell(name: str) -> None:
    item = replace(REPORT.recommendations[4], title=name, why=name)
    text = markdown.render(replace(REPORT, recommendations=(item,)))
    row = next(line for line in text.splitlines() if line.startswith("| 5 |"))
    assert len(re.findall(r"(?<!\\)\|", row)) == 5
    prose = re.sub(r"(`+)(?s:.*?)\1", "", text)
    assert not re.search(r"@\w|(?<!\\)\[|https?://|^# ", prose, re.MULTILINE)


def test_a_large_report_fits_a_comment() -> None:
    many = tuple(replace(REPORT.recommendations[0], rank=rank) for rank in range(1, 60))
    assert len(markdown.render(replace(REPORT, recommendations=many))) < 65_536
