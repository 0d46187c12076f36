"""Why a plan of the shadow may deviate from the server's: every known reason, by name."""

from collections.abc import Mapping

_REASONS: Mapping[tuple[str, str], str] = {}
"""(database, how the statement begins) → why, on every version."""


def reason(major: int, database: str, statement: str) -> str | None:  # noqa: ARG001
    """The known reason for a deviation of the statement; None when there is none."""
    found = (why for (name, beginning), why in _REASONS.items() if name == database and statement.startswith(beginning))
    return next(found, None)
