"""Changes to a database as values: their SQL, their undo and the lock they take. Renderers add nothing."""

from dataclasses import dataclass
from typing import Protocol

from dbadvisor.model.index import IndexDefinition
from dbadvisor.model.names import Name, quote, quote_literal


class Change(Protocol):
    """What every change can say of itself. SQL texts are single statements without a semicolon."""

    @property
    def kind(self) -> str:
        """create_index, drop_index, create_extension, create_statistics, alter_table, set_parameter, maintenance."""

    @property
    def sql(self) -> str:
        """The statement."""

    @property
    def undo_sql(self) -> str | None:
        """The statement that takes it back; None where nothing needs taking back."""

    @property
    def lock(self) -> str:
        """The strongest table lock it takes, in the manual's words, or `none`."""

    @property
    def transactional(self) -> bool:
        """Whether it may run inside a transaction."""


@dataclass(frozen=True, slots=True)
class CreateIndex:
    """CREATE INDEX CONCURRENTLY; on a partitioned table plain CREATE INDEX, as nothing else is allowed."""

    definition: IndexDefinition
    name: str
    concurrently: bool = True
    kind = "create_index"

    @property
    def sql(self) -> str:
        return self.definition.create_sql(self.name, concurrently=self.concurrently)

    @property
    def undo_sql(self) -> str:
        index = Name(self.definition.table.schema, self.name)
        return f"DROP INDEX {'CONCURRENTLY ' if self.concurrently else ''}{index}"

    @property
    def lock(self) -> str:
        return "SHARE UPDATE EXCLUSIVE" if self.concurrently else "SHARE"

    @property
    def transactional(self) -> bool:
        return not self.concurrently


@dataclass(frozen=True, slots=True)
class DropIndex:
    """DROP INDEX CONCURRENTLY of an index that stands on its own; a partitioned one is dropped plainly."""

    index: Name
    definition: IndexDefinition
    concurrently: bool = True
    kind = "drop_index"

    @property
    def sql(self) -> str:
        return f"DROP INDEX {'CONCURRENTLY ' if self.concurrently else ''}{self.index}"

    @property
    def undo_sql(self) -> str:
        return self.definition.create_sql(self.index.name, concurrently=self.concurrently)

    @property
    def lock(self) -> str:
        return "SHARE UPDATE EXCLUSIVE" if self.concurrently else "ACCESS EXCLUSIVE"

    @property
    def transactional(self) -> bool:
        return not self.concurrently


@dataclass(frozen=True, slots=True)
class CreateExtension:
    name: str
    kind = "create_extension"
    lock = "none"
    transactional = True

    @property
    def sql(self) -> str:
        return f"CREATE EXTENSION IF NOT EXISTS {quote(self.name)}"

    @property
    def undo_sql(self) -> str:
        return f"DROP EXTENSION IF EXISTS {quote(self.name)}"


@dataclass(frozen=True, slots=True)
class AlterTable:
    """ALTER TABLE with an action and the action that takes it back, e.g. SET (fillfactor=85)."""

    table: Name
    action: str
    undo_action: str | None
    lock: str = "SHARE UPDATE EXCLUSIVE"
    kind = "alter_table"
    transactional = True

    @property
    def sql(self) -> str:
        return f"ALTER TABLE {self.table} {self.action}"

    @property
    def undo_sql(self) -> str | None:
        return f"ALTER TABLE {self.table} {self.undo_action}" if self.undo_action else None


@dataclass(frozen=True, slots=True)
class CreateStatistics:
    """CREATE STATISTICS on columns or expressions; needs an ANALYZE to have effect."""

    name: Name
    table: Name
    kinds: tuple[str, ...]
    items: tuple[str, ...]
    """Columns (quoted) or parenthesised expressions."""
    kind = "create_statistics"
    lock = "SHARE UPDATE EXCLUSIVE"
    transactional = True

    @property
    def sql(self) -> str:
        kinds = f" ({', '.join(self.kinds)})" if self.kinds else ""
        return f"CREATE STATISTICS {self.name}{kinds} ON {', '.join(self.items)} FROM {self.table}"

    @property
    def undo_sql(self) -> str:
        return f"DROP STATISTICS {self.name}"


@dataclass(frozen=True, slots=True)
class SetParameter:
    """A setting, for one database or role where given, else for the whole server."""

    parameter: str
    value: str
    scope: str
    """SQL text: `DATABASE shop`, `ROLE report` or `SYSTEM`."""
    old_value: str | None = None
    """The value to put back; None resets it to the default."""
    kind = "set_parameter"
    lock = "none"

    @property
    def transactional(self) -> bool:
        return self.scope != "SYSTEM"

    @property
    def sql(self) -> str:
        return f"ALTER {self.scope} SET {self.parameter} = {quote_literal(self.value)}"

    @property
    def undo_sql(self) -> str:
        if self.old_value is None:
            return f"ALTER {self.scope} RESET {self.parameter}"
        return f"ALTER {self.scope} SET {self.parameter} = {quote_literal(self.old_value)}"


@dataclass(frozen=True, slots=True)
class Maintenance:
    """ANALYZE, VACUUM or REINDEX CONCURRENTLY: nothing to take back."""

    command: str
    target: str
    """SQL name of the table or index, perhaps with a column list."""
    lock: str = "SHARE UPDATE EXCLUSIVE"
    kind = "maintenance"
    undo_sql = None

    @property
    def transactional(self) -> bool:
        return self.command == "ANALYZE"

    @property
    def sql(self) -> str:
        return f"{self.command} {self.target}"


@dataclass(frozen=True, slots=True)
class Rewrite:
    """A statement written another way. Texts hold `$n`, or in a report blurred example values."""

    before: str
    after: str
    equivalence: str
    """Why, and how far, both mean the same; what was searched for a counterexample."""
    application: bool = False
    """Whether the application must change beyond the text, as keyset pagination asks."""
    template: str | None = None
    """The text after with `$n`, once `before` and `after` have been given example values."""
