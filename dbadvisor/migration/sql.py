"""A report's changes as one migration for psql: ordered, resumable, checked, and the way back.

CREATE INDEX CONCURRENTLY that is cancelled, times out or meets a duplicate leaves an invalid index behind: writes
pay for it, no query uses it, and IF NOT EXISTS would take it for the real one. So every such step first drops an
invalid index of its name, keeps a valid one (the file can be run again from the top), and afterwards drops what failed
and stops with an error. Names never stand in psql's own commands, where a backquote would run a program.
"""

from collections.abc import Iterable, Iterator

from dbadvisor.model.change import Change, CreateIndex, CreateStatistics, DropIndex, Maintenance, SetParameter
from dbadvisor.model.names import Name, quote, quote_literal
from dbadvisor.model.report import Recommendation, Report
from dbadvisor.model.text import one_line

_ORDER = (
    "create_extension",
    "create_index",
    "drop_index",
    "alter_table",
    "create_statistics",
    "set_parameter",
    "maintenance",
)
"""What is needed first comes first; an index goes only after its better successor stands."""

_BUILD_WAIT = "15min"
"""lock_timeout while an index is built or dropped concurrently: it waits for old transactions of the whole database
without hindering reads or writes, so it may wait long; a short limit would only leave an invalid index."""
_BRIEF_WAIT = "2s"
"""lock_timeout for everything else: who waits for a strong lock makes everybody behind wait too."""

Step = tuple[Change, list[Recommendation]]

_PREAMBLE = """\
-- Run it with psql, outside a transaction (no -1), as the tables' owner:
--   psql -X -v ON_ERROR_STOP=1 -d DATABASE -f THIS_FILE
-- It stops at the first error with a non-zero exit code; mend the cause and run it again from the top.
\\set ON_ERROR_STOP on
\\set AUTOCOMMIT on
\\encoding UTF8
SET standard_conforming_strings = on;
SET statement_timeout = 0;"""


def up(report: Report) -> str:
    """The migration: every recommendation's changes once, in a safe order, with their evidence as comments."""
    steps = list(_steps(report.recommendations))
    lines = [f"-- {_title(report)}: what dbadvisor recommends", *_outside(report.recommendations)]
    if not steps:
        return "\n".join([*lines, "-- Nothing to change in the database.", ""])
    lines.append(_PREAMBLE)
    for (change, _), comment in zip(steps, _comments(steps), strict=True):
        lines += ["", *comment, *_guarded(change, change.sql, undo=False)]
    return "\n".join([*lines, ""])


def down(report: Report) -> str:
    """The way back: each change's undo, in the opposite order; running it after a partial `up` is safe."""
    undone = [(change, change.undo_sql) for change, _ in _steps(report.recommendations) if change.undo_sql]
    lines = [f"-- {_title(report)}: the way back"]
    if not undone:
        return "\n".join([*lines, "-- Nothing to take back.", ""])
    lines.append(_PREAMBLE)
    for change, sql in reversed(undone):
        lines += ["", *_guarded(change, sql, undo=True)]
    return "\n".join([*lines, ""])


def commented_down(report: Report) -> str:
    """The way back, every line commented out, to stand below `up` in one file."""
    return "\n".join(f"-- {line}".rstrip() for line in down(report).splitlines()) + "\n"


def _title(report: Report) -> str:
    server = report.server
    return one_line(f"{server.database}, PostgreSQL {server.major}, seen {report.taken_at}")


def _steps(items: Iterable[Recommendation]) -> Iterator[Step]:
    """Every change once, in order, with the recommendations that ask for it."""
    asked: dict[str, Step] = {}
    for item in items:
        for change in (*item.changes, *_follow_ups(item.changes)):
            asked.setdefault(change.sql, (change, []))[1].append(item)
    yield from sorted(asked.values(), key=lambda step: _ORDER.index(step[0].kind))


def _follow_ups(changes: tuple[Change, ...]) -> Iterator[Change]:
    """Expression indexes and extended statistics know nothing until their table is analyzed."""
    for change in changes:
        if isinstance(change, CreateStatistics):
            yield Maintenance("ANALYZE", str(change.table))
        elif isinstance(change, CreateIndex) and any(key.expression for key in change.definition.keys):
            yield Maintenance("ANALYZE", str(change.definition.table))


def _outside(items: Iterable[Recommendation]) -> Iterator[str]:
    """What a migration cannot do, so that nobody takes the file for everything."""
    for item in items:
        if item.rewrite or not item.changes:
            yield f"-- Not in this file: {one_line(item.title)}"


def _comments(steps: list[Step]) -> Iterator[list[str]]:
    """Each step's comment lines; a recommendation's figures stand once, at its first step."""
    told: set[str] = set()
    for change, items in steps:
        lines = []
        for item in items:
            lines.append(f"-- {item.id} ({item.evidence_level}): {one_line(item.title)}")
            lines += [] if item.id in told else _figures(item)
            told.add(item.id)
        lines += [f"--   lock: {change.lock}"] if change.lock != "none" else []
        yield list(dict.fromkeys(lines))


def _figures(item: Recommendation) -> Iterator[str]:
    if item.estimate:
        before, after = item.estimate.cost_before, item.estimate.cost_after
        yield f"--   planner's cost {before:,.0f} -> {after:,.0f}, asked of {one_line(item.estimate.planner)}"
    if item.measurement:
        found = item.measurement
        blocks = f"{found.buffers_before:,.0f} -> {found.buffers_after:,.0f} blocks"
        interval = f"{found.ratio_low:.3g} to {found.ratio_high:.3g}"
        yield f"--   measured: {one_line(found.verdict)}, {blocks}, time x {found.ratio:.3g} (95 %: {interval})"
    caveats = (*((item.doubted,) if item.doubted else ()), *item.caveats)
    yield from (f"--   mind: {one_line(caveat)}" for caveat in caveats)


def _guarded(change: Change, sql: str, *, undo: bool) -> Iterator[str]:
    """The statement between what makes it safe to run, and to run again."""
    yield f"SET lock_timeout = '{_wait(change)}';"
    if isinstance(change, CreateIndex):
        table = change.definition.table
        index = Name(table.schema, change.name)
        yield from _drop(index, table, sql) if undo else _create(index, table, sql, change.undo_sql)
    elif isinstance(change, DropIndex):
        index, table = change.index, change.definition.table
        yield from _create(index, table, sql, change.sql) if undo else _drop(index, table, sql)
    elif isinstance(change, CreateStatistics):
        yield from _statistics(change.name, sql, undo=undo)
    else:
        yield f"{sql};"
        if isinstance(change, SetParameter) and change.scope == "SYSTEM":
            yield "SELECT pg_catalog.pg_reload_conf();"


def _wait(change: Change) -> str:
    patient = isinstance(change, Maintenance) or (isinstance(change, (CreateIndex, DropIndex)) and change.concurrently)
    return _BUILD_WAIT if patient else _BRIEF_WAIT


def _found(index: Name, table: Name) -> str:
    """What stands under the index's name on the table: a FROM clause that gives one row or none."""
    names = [f"pg_catalog.to_regclass({quote_literal(str(name))})" for name in (index, table)]
    return f"FROM pg_catalog.pg_index\n  WHERE indexrelid = {names[0]}\n  AND indrelid = {names[1]}"


def _create(index: Name, table: Name, sql: str, drop: str) -> Iterator[str]:
    states = "coalesce(bool_or(indisvalid), false) AS valid, coalesce(bool_or(NOT indisvalid), false) AS broken"
    state = f"SELECT {states}\n  {_found(index, table)} \\gset"
    drop_broken = ("\\if :broken", f"  {drop};", "\\endif")
    yield from (state, *drop_broken)
    yield from ("\\if :valid", "  \\echo 'kept: it stands already, and is valid'", "\\else")
    yield from ("  \\set ON_ERROR_STOP off", f"  {sql};", "  \\set ON_ERROR_STOP on", "\\endif")
    yield from (state, *drop_broken, _assertion(index, table))


def _assertion(index: Name, table: Name) -> str:
    failure = quote_literal(f"{index} could not be built and was removed again; the reason stands above")
    body = (
        f"BEGIN\nIF NOT EXISTS (SELECT {_found(index, table)} AND indisvalid)\n"
        f"THEN RAISE EXCEPTION USING MESSAGE = {failure};\nEND IF;\nEND"
    )
    tag = "$dbadvisor$"
    while tag in body:
        tag = f"$x{tag[1:]}"
    return f"DO {tag}{body}{tag};"


def _drop(index: Name, table: Name, sql: str) -> Iterator[str]:
    yield f"SELECT EXISTS (SELECT {_found(index, table)}) AS there \\gset"
    yield from ("\\if :there", f"  {sql};", "\\else", "  \\echo 'nothing to do: it is gone already'", "\\endif")


def _statistics(name: Name, sql: str, *, undo: bool) -> Iterator[str]:
    schema = f"pg_catalog.to_regnamespace({quote_literal(quote(name.schema))})"
    where = f"stxnamespace = {schema} AND stxname = {quote_literal(name.name)}"
    there = f"EXISTS (SELECT FROM pg_catalog.pg_statistic_ext\n  WHERE {where})"
    yield f"SELECT {there if undo else f'NOT {there}'} AS wanted \\gset"
    yield from ("\\if :wanted", f"  {sql};", "\\else", "  \\echo 'nothing to do: it is so already'", "\\endif")
