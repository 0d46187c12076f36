import base64
import hashlib
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from dbadvisor.model.report import Report
from dbadvisor.model.text import visible
from dbadvisor.reporter import html
from reporter.example import EVIL, REPORT, SECRET, empty

VOID = {"meta"}


class Page(HTMLParser):
    """Tags with their attributes, the text, and whether every tag that was opened was closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


@pytest.mark.parametrize("report", [REPORT, empty()], ids=["full", "empty"])
def test_the_page_is_whole_and_asks_nobody(report: Report) -> None:
    text = html.render(report)
    page = Page(text)
    assert page.open == []
    assert not [a for _, a in page.tags if "src" in a or (a.get("href") or "#").startswith("#") is False]
    assert "//" not in re.sub(r'"default-src[^"]*"', "", text)  # no address anywhere, with or without its scheme
    assert "@import" not in text
    assert "url(" not in text
    assert html.render(report) == text


def test_names_are_text_and_nothing_else() -> None:
    text = html.render(REPORT)
    page = Page(text)
    assert [tag for tag, _ in page.tags].count("script") == 1
    assert not [name for _, attributes in page.tags for name in attributes if name.startswith("on")]
    assert visible(EVIL) in page.text
    assert not set(text) & set("\x1b\x07\u202e")


def test_the_policy_admits_the_one_script() -> None:
    text = html.render(REPORT)
    script = re.search(r"<script>(.*)</script>", text, re.DOTALL)
    assert script
    digest = base64.b64encode(hashlib.sha256(script[1].encode()).digest()).decode()
    assert f"script-src &#39;sha256-{digest}&#39;" in text
    assert "default-src &#39;none&#39;" in text


def test_no_sample_value_is_shown() -> None:
    assert SECRET not in html.render(REPORT)


def test_everything_a_reader_needs_stands_on_the_page() -> None:
    text = Page(html.render(REPORT)).text
    for item in REPORT.recommendations:
        assert visible(item.title) in text
        for change in item.changes:
            assert visible(f"{change.sql};") in text
            assert change.undo_sql is None or visible(f"{change.undo_sql};") in text
    for words in ("GRANT pg_monitor TO advisor", "1 could not look", "looked at 4 of 6 statements", "14 statements"):
        assert words in text


def test_every_copy_button_and_link_has_its_target() -> None:
    page = Page(html.render(REPORT))
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    wanted = {a["data-copy"] for _, a in page.tags if "data-copy" in a}
    wanted |= {(a["href"] or "").removeprefix("#") for _, a in page.tags if "href" in a}
    assert wanted <= set(ids)


def test_intervals_stay_on_their_axis() -> None:
    measurement = REPORT.recommendations[0].measurement
    assert measurement
    odd = replace(measurement.statements[0], ratio_low=0.0, ratio=3.0, ratio_high=250.0, noise=2.0)
    for statements in (measurement.statements, (odd,)):
        axis = html.axis(replace(measurement, statements=statements))
        for interval in axis.intervals:
            assert 0 <= interval.low <= interval.middle <= interval.high <= 100
            assert interval.noise_low < axis.one < interval.noise_high
        assert "1×" in [label for _, label in axis.ticks]


def test_bars_are_shares_of_the_dearer_plan() -> None:
    estimate = REPORT.recommendations[1].estimate
    assert estimate
    bars = html.bars(estimate.statements[0])
    assert bars.before == 100
    assert bars.after == pytest.approx(100 * 8.4 / 920)
    assert html.bars(replace(estimate.statements[0], cost_before=0.0, cost_after=0.0)).after > 0


def test_plans_show_what_differs() -> None:
    assert html.plan("Limit > Sort > Seq Scan t", "Limit > Index Scan i") == (
        (0, "Limit", False),
        (1, "Sort", True),
        (2, "Seq Scan t", True),
    )
