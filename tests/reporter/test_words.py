import doctest
from types import ModuleType

import pytest

from dbadvisor.model.finding import Evidence
from dbadvisor.reporter import curve, index_set, words


@pytest.mark.parametrize("module", [words, index_set, curve], ids=lambda module: module.__name__.rpartition(".")[2])
def test_the_examples_in_the_docstrings_hold(module: ModuleType) -> None:
    result = doctest.testmod(module)
    assert result.attempted > 0
    assert result.failed == 0


def test_units_are_said_as_people_say_them() -> None:
    def said(label: str, value: float | int | str, unit: str) -> str:
        return words.evidence(Evidence(label, value, unit, "here"))

    assert said("share of time", 0.558, "share") == "share of time 56 % (here)"
    assert said("blocks read per call", 945.0, "blocks") == "blocks read per call 945 (here)"
    assert said("size", 12_288, "bytes") == "size 12 kB (here)"
    assert said("work_mem", "4096", "kB") == "work_mem 4096 kB (here)"
    assert said("scan", "filter on\nthe pattern", "plan node") == "scan filter on the pattern (here)"
