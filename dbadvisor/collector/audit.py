"""Every statement sent to the user's server, as it was sent: the trail, its file and its cost."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from dbadvisor.errors import UsageError
from dbadvisor.model.names import quote_literal
from dbadvisor.model.snapshot import ServerCost

_SHOWN = 10
"""Values of an array that are written out: the rest are object or query ids by the hundred."""


@dataclass(frozen=True, slots=True)
class Sent:
    """One statement: its exact text, the values of `$n`, and what became of it."""

    sql: str
    parameters: tuple[Any, ...]
    milliseconds: float
    rows: int
    failed: str | None = None
    """The SQLSTATE, `lost` when the connection went, or None."""

    def __str__(self) -> str:
        outcome = f"failed ({self.failed})" if self.failed else f"{self.rows} rows"
        values = ", ".join(f"${n} = {_shown(value)}" for n, value in enumerate(self.parameters, 1))
        return f"-- {self.milliseconds:.1f} ms, {outcome}\n" + (f"-- {values}\n" if values else "") + f"{self.sql};\n"


def _shown(value: Any) -> str:
    if isinstance(value, list):
        rest = f", … {len(value) - _SHOWN} more" if len(value) > _SHOWN else ""
        return f"[{', '.join(map(str, value[:_SHOWN]))}{rest}]"
    return quote_literal(value) if isinstance(value, str) else str(value)


class Trail:
    """Statements in the order sent; each is also written to the file at once, so that a crash hides none.

    Raises UsageError when the file cannot be written.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.sent: list[Sent] = []
        self.connections = 0
        self._file: TextIO | None = None
        if path is not None:
            try:
                self._file = path.open("w", encoding="utf-8")
            except OSError as error:
                raise UsageError(f"{path} cannot be written: {error.strerror}", "Name another --audit-log.") from None

    def connected(self, place: str) -> None:
        """Notes a new connection."""
        self.connections += 1
        self._write(f"-- connection {self.connections}: {place}\n")

    def add(self, sent: Sent) -> None:
        """Notes a statement that was sent."""
        self.sent.append(sent)
        self._write(str(sent))

    def close(self) -> None:
        """Closes the file."""
        if self._file:
            self._file.close()

    @property
    def cost(self) -> ServerCost:
        """What all of it cost the server, as seen from here (the network's share included)."""
        return ServerCost(
            statements=len(self.sent),
            milliseconds=round(sum(sent.milliseconds for sent in self.sent), 1),
            rows=sum(sent.rows for sent in self.sent),
            connections=self.connections,
        )

    def _write(self, text: str) -> None:
        if self._file:
            self._file.write(text)
            self._file.flush()
