"""What the database was asked: statements with their counters and samples of real values."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sample:
    """A statement's text with real values in place of its parameters: something that can be planned or run."""

    label: str
    """typical, most common, rare, absent, logged, or generic (then `sql` still holds `$n`)."""
    sql: str
    source: str
    """Where the values came from, such as `pg_stats`, `pg_stat_activity`, `log`, `workload file`."""
    values: tuple[tuple[int, str], ...] = ()
    """(n, SQL text) of what stands for each `$n`, where the sample was made from the normalised text."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One fingerprint: all texts that differ only in literals, their widths or `$n` numbering.

    Counters are sums over the window, times in milliseconds, blocks of the server's block size (8 kB).
    """

    fingerprint: str
    text: str
    """The normalised text, with `$n` parameters, redacted of literals."""
    kind: str
    """SELECT, INSERT, UPDATE, DELETE, MERGE or UTILITY."""
    calls: int = 0
    total_ms: float = 0.0
    rows: int = 0
    min_ms: float = 0.0
    max_ms: float = 0.0
    stddev_ms: float = 0.0
    plan_ms: float = 0.0
    hit_blocks: int = 0
    read_blocks: int = 0
    dirtied_blocks: int = 0
    temp_read_blocks: int = 0
    temp_written_blocks: int = 0
    wal_bytes: int = 0
    io_ms: float = 0.0
    jit_ms: float = 0.0
    queryids: tuple[int, ...] = ()
    source: str = "pg_stat_statements"
    role: str | None = None
    """The role that most calls ran as: its row security, settings and search_path hold."""
    samples: tuple[Sample, ...] = ()
    unplannable: str | None = None
    """Why no sample can be planned (the server's own words), or None."""

    @property
    def mean_ms(self) -> float:
        """Mean execution time of a call."""
        return self.total_ms / self.calls if self.calls else 0.0

    @property
    def blocks(self) -> int:
        """Shared blocks touched, from cache or not."""
        return self.hit_blocks + self.read_blocks

    @property
    def blocks_per_call(self) -> float:
        """Shared blocks touched by a call on average."""
        return self.blocks / self.calls if self.calls else 0.0

    @property
    def rows_per_call(self) -> float:
        """Rows returned or changed by a call on average."""
        return self.rows / self.calls if self.calls else 0.0

    @property
    def writes(self) -> bool:
        """Whether the statement changes rows."""
        return self.kind in ("INSERT", "UPDATE", "DELETE", "MERGE")


@dataclass(frozen=True, slots=True)
class Window:
    """Over which time the counters were gathered."""

    statements_seconds: float | None = None
    """Since pg_stat_statements was last reset; None when unknown."""
    tables_seconds: float | None = None
    """Since this database's table and index statistics were last reset."""
    evicted: int = 0
    """Statements that pg_stat_statements threw out for lack of room (pg_stat_statements_info.dealloc)."""
