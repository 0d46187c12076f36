import io
import re
import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest
from rich.cells import cell_len
from rich.console import Console

from dbadvisor.model.report import Report
from dbadvisor.reporter import terminal
from reporter.conftest import GOLDEN, Golden
from reporter.example import REPORT, SECRET, empty


def drawn(report: Report, width: int, encoding: str = "utf-8", *, colour: bool = False) -> str:
    raw = io.BytesIO()
    file = io.TextIOWrapper(raw, encoding=encoding, newline="\n")
    terminal.render(report, Console(file=file, width=width, force_terminal=colour, no_color=not colour))
    file.flush()
    return raw.getvalue().decode(encoding)


@pytest.mark.parametrize(
    ("name", "report", "width", "encoding"),
    [
        ("terminal_80.txt", REPORT, 80, "utf-8"),
        ("terminal_120.txt", REPORT, 120, "utf-8"),
        ("terminal_ascii.txt", REPORT, 80, "ascii"),
        ("terminal_empty.txt", empty(), 80, "utf-8"),
    ],
)
def test_the_report_reads_as_stored(name: str, report: Report, width: int, encoding: str, golden: Golden) -> None:
    text = drawn(report, width, encoding)
    golden(GOLDEN / name, "\n".join(line.rstrip() for line in text.splitlines()) + "\n")


@pytest.mark.parametrize("width", [20, 33, 59, 60, 80, 200])
@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "ascii"])
def test_no_line_is_wider_than_the_terminal(width: int, encoding: str) -> None:
    assert max(cell_len(line) for line in drawn(REPORT, width, encoding).splitlines()) <= width


def test_no_name_or_query_can_act_on_the_terminal() -> None:
    own = re.compile(r"\x1b\[[0-9;]*m")  # colours are ours
    text = own.sub("", drawn(REPORT, 80, colour=True))
    assert "\x1b" not in text
    assert "\x07" not in text
    assert "\u202e" not in text
    assert r"\x1b]0;owned" in text


def test_no_sample_value_is_shown() -> None:
    assert SECRET not in drawn(REPORT, 200)


def test_the_first_lines_name_server_role_and_window() -> None:
    head = drawn(REPORT, 100).splitlines()[:3]
    assert "shop · PostgreSQL 15.20 · primary · direct · TLS" in head[0]
    assert "pg_write_all_data" in head[1]
    assert "6 d 3 h" in head[2]


def test_what_could_not_be_seen_is_said_with_its_cure() -> None:
    text = " ".join(drawn(REPORT, 100).split())
    assert "1 could not look" in text
    assert "GRANT pg_monitor TO advisor" in text
    assert "looked at 4 of 6 statements" in text


def test_the_picture_is_svg_without_network_and_repeatable() -> None:
    picture = terminal.svg(REPORT)
    assert ET.fromstring(picture).tag == "{http://www.w3.org/2000/svg}svg"
    assert re.findall(r"https?://[^\"' ]+", picture) == ["http://www.w3.org/2000/svg"]
    assert picture == terminal.svg(REPORT)


def test_long_lists_are_cut_and_counted() -> None:
    item, finding = REPORT.recommendations[2], REPORT.findings[3]
    many = replace(
        REPORT,
        recommendations=tuple(replace(item, rank=rank, title=f"idea {rank}") for rank in range(1, 31)),
        findings=tuple(replace(finding, target=f"t{number}") for number in range(30)),
    )
    text = drawn(many, 80)
    assert text.count("An anti-join visits each row once.") == 10
    assert "30 ●○○ idea 30" in text
    assert "and 20 more" in text
