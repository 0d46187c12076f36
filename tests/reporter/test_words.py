import doctest

from dbadvisor.reporter import words


def test_the_examples_in_the_docstrings_hold() -> None:
    result = doctest.testmod(words)
    assert result.attempted > 0
    assert result.failed == 0
