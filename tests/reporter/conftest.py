"""Stored texts: compared, or written anew with `pytest tests/reporter --renew-golden`."""

from collections.abc import Callable
from pathlib import Path

import pytest

GOLDEN = Path(__file__).parent / "golden"

Golden = Callable[[Path, str], None]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--renew-golden", action="store_true", help="write the stored texts anew; look at the diff")


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Golden:
    """Asserts that a text equals the stored one."""

    def check(path: Path, text: str) -> None:
        if request.config.getoption("--renew-golden"):
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
        assert text == path.read_text(encoding="utf-8")

    return check
