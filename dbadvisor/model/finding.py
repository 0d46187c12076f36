"""What a rule found, with the numbers that it stands on."""

import enum
from dataclasses import dataclass

from dbadvisor.model.change import Change, Rewrite


class Severity(enum.IntEnum):
    """How much it matters; comparable."""

    INFO = 1
    WARNING = 2
    CRITICAL = 3

    @property
    def word(self) -> str:
        """info, warning or critical."""
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Evidence:
    """One number, its unit and where it was read."""

    label: str
    value: float | int | str
    unit: str
    source: str


@dataclass(frozen=True, slots=True)
class Finding:
    """A fault in one place. `key` is stable between runs: for suppression and comparison."""

    rule: str
    """The rule's id, such as IDX003."""
    severity: Severity
    target: str
    """The object's SQL name, or `statement <fingerprint>`."""
    summary: str
    """One sentence for people."""
    evidence: tuple[Evidence, ...]
    statements: tuple[str, ...] = ()
    """Fingerprints of the statements concerned, most expensive first."""
    proposals: tuple[Change, ...] = ()
    """Changes that belong together and would cure it; the advisor checks them before they are shown."""
    rewrite: Rewrite | None = None
    advice: str | None = None
    """What to do outside the database (in the application's code, in operations), a sentence or two."""
    caveats: tuple[str, ...] = ()
    action: str | None = None
    """What to do, in a few words, where no change's SQL says it: the title of a recommendation."""

    def __post_init__(self) -> None:
        if not self.evidence:
            raise ValueError(f"{self.rule} on {self.target}: a finding needs evidence")

    @property
    def key(self) -> str:
        """Stable identity: the rule and its target."""
        return f"{self.rule}:{self.target}"
