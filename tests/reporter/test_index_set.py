"""What a reader is told of the index set, and what must not be claimed of it."""

import io
from dataclasses import replace

import pytest
from rich.console import Console

from dbadvisor.model.report import CurvePoint, IndexSet, RunnerUp
from dbadvisor.reporter import curve, frames, html, index_set, markdown, terminal
from reporter.example import INDEX_SET, RECOMMENDATIONS, REPORT, empty


def fact(found: IndexSet, word: str) -> str:
    return dict(index_set.facts(found))[word]


def on_the_terminal(found: IndexSet | None, width: int = 100) -> str:
    file = io.StringIO()
    terminal.render(replace(REPORT, index_set=found), Console(file=file, width=width))
    return file.getvalue()


def test_the_gap_is_what_a_reader_finds_by_subtracting() -> None:
    for left in (0.56349, 0.5635, 0.56351, 0.9999, 0.1):
        for bound in (0.5617, 0.56249, 0.0999):
            shown = [float(index_set.percent(share).removesuffix(" %")) for share in (left, min(left, bound))]
            points = index_set.gap(left, min(left, bound))
            expected = f"{shown[0] - shown[1]:.1f} points"
            assert points == ("below 0.1 points" if expected == "0.0 points" else expected)


def test_a_set_better_than_its_bound_claims_no_more_than_itself() -> None:
    """The bound is of a model of costs; the set was planned, and may come out a hair better."""
    found = replace(INDEX_SET, left=0.164, bound=0.171)
    words = "16.4 % for the same upkeep: no set within the limits earns more (gap below 0.1 points)"
    assert fact(found, "at best") == words
    assert "17.1 %" not in index_set.summary(found)


def test_what_the_gap_is_over_is_said_in_every_report() -> None:
    said = "118 known plans of 41 candidates, in the planner's cost; not over indexes that nobody thought of"
    assert said in " ".join(on_the_terminal(INDEX_SET).split())
    assert said in markdown.render(REPORT)
    assert said.replace("'", "&#39;") in html.render(REPORT)


def test_an_ended_search_is_said_to_be_no_proof() -> None:
    ended = replace(INDEX_SET, proved=False)
    for proved, found in ((True, INDEX_SET), (False, ended)):
        for text in (
            " ".join(on_the_terminal(found).split()),
            markdown.render(replace(REPORT, index_set=found)),
            html.render(replace(REPORT, index_set=found)),
        ):
            assert (index_set.ENDED in text) is not proved


def test_doubted_indexes_are_named_beside_the_figures_they_are_in() -> None:
    doubted = tuple(replace(item, doubted="the shadow plans it otherwise") for item in RECOMMENDATIONS)
    assert index_set.caveats(REPORT) == ()
    (said,) = index_set.caveats(replace(REPORT, recommendations=doubted))
    assert said.startswith("The shadow plans the tables of 3 recommended indexes otherwise")
    for text in (
        markdown.render(replace(REPORT, recommendations=doubted)),
        html.render(replace(REPORT, recommendations=doubted)),
    ):
        assert said in text


def test_the_limits_stand_beside_what_they_limit() -> None:
    assert index_set.head(INDEX_SET) == "2 indexes, 93 MB of at most 100 MB"
    assert index_set.head(replace(INDEX_SET, budget_bytes=None, max_indexes=2)) == "2 indexes of at most 2, 93 MB"
    nothing = replace(INDEX_SET, left=1.0, bound=1.0, curve=(CurvePoint(0, 0, 1.0, 1.0),))
    assert index_set.head(nothing) == "no new index"
    assert index_set.rows(nothing) == ()


def test_today_is_no_set() -> None:
    found = replace(INDEX_SET, curve=(CurvePoint(0, 0, 1.0, 1.0), *INDEX_SET.curve))
    assert index_set.rows(found) == index_set.rows(INDEX_SET)
    assert curve.curve(found) == curve.curve(INDEX_SET)


def test_a_long_curve_is_thinned_and_keeps_its_ends() -> None:
    points = tuple(CurvePoint(count, count << 20, 1 - count / 100, 0.5) for count in range(1, 41))
    rows = index_set.rows(replace(INDEX_SET, curve=points))
    assert len(rows) == 8
    assert (rows[0].indexes, rows[-1].indexes) == ("1", "40")
    assert [row.chosen for row in rows] == [False] * 7 + [True]


@pytest.mark.parametrize("width", [20, 59, 60])
def test_no_figure_is_cut_however_narrow_the_terminal(width: int) -> None:
    words = " ".join(on_the_terminal(INDEX_SET, width).split())
    for figure in ("71.9 %", "39.4 %", "17.1 %", "93 MB"):
        assert figure in words


def test_each_index_says_what_is_lost_without_it_and_what_came_second() -> None:
    first, second, third = RECOMMENDATIONS[:3]
    assert index_set.without(first) == "54.8 % of today's planned cost would come back"
    assert index_set.instead(first).endswith("52 MB, would leave 18.7 %: every row is fetched from the table")
    assert index_set.instead(second) == "nothing: no other candidate serves its statement"
    assert (index_set.without(third), index_set.instead(third)) == ("", "")
    hostile = replace(first, runner_up=RunnerUp("t (a)\x1b]0;owned\x07", 0.5))
    assert index_set.instead(hostile) == r"t (a)\x1b]0;owned\x07, would leave 50.0 %"


def test_no_planner_no_index_set() -> None:
    for text in (on_the_terminal(None), markdown.render(empty()), html.render(empty())):
        assert "Index set" not in text


def test_the_curve_is_a_frame_whose_last_row_is_the_recommended_set() -> None:
    frame = frames.curve(REPORT)
    assert list(frame["indexes"]) == [1, 1, 2]
    assert frame["left"].iloc[-1] == INDEX_SET.left
    assert list(frame["bytes"]) == sorted(frame["bytes"])


def test_the_picture_holds_every_set_the_bound_below_it_and_a_budget_that_is_near() -> None:
    drawn = curve.curve(INDEX_SET)
    assert [mark.chosen for mark in drawn.marks] == [False, False, True]
    assert [mark.words for mark in drawn.marks][-1] == "2 indexes, 93 MB: 17.1 % left, 16.4 % at best"
    for mark in drawn.marks:
        assert 0 <= mark.x <= 100
        assert 0 <= mark.y <= mark.bound <= 100  # downwards, as pictures count
    assert drawn.budget is not None
    assert drawn.marks[-1].x < drawn.budget <= 100
    assert curve.curve(replace(INDEX_SET, budget_bytes=1 << 40)).budget is None


@pytest.mark.parametrize("largest", [1, 1023, 16 << 10, 93 << 20, 1 << 30, 5000 << 30])
def test_the_axis_of_sizes_has_a_few_round_steps(largest: int) -> None:
    points = (CurvePoint(1, max(1, largest // 3), 0.9, 0.8), CurvePoint(2, largest, 0.5, 0.5))
    drawn = curve.curve(replace(INDEX_SET, budget_bytes=None, curve=points))
    assert 1 < len(drawn.sizes) <= 7
    assert len({label for _, label in drawn.sizes}) == len(drawn.sizes)
    assert drawn.sizes[0] == (0.0, "0")


def test_labels_that_would_touch_give_way_to_the_recommended_set() -> None:
    points = tuple(CurvePoint(count, (1000 + count) << 20, 0.9 - count / 100, 0.5) for count in range(1, 5))
    assert [mark.label for mark in curve.curve(replace(INDEX_SET, curve=points)).marks] == ["", "", "", "4"]
