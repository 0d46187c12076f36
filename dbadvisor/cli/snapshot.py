"""`dbadvisor snapshot`: look once, think elsewhere."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from dbadvisor.cli import target as targets
from dbadvisor.cli.analyze import Audit, Logs, Quiet, Workload
from dbadvisor.cli.output import write_snapshot, write_whole
from dbadvisor.cli.progress import progress
from dbadvisor.errors import UsageError
from dbadvisor.settings import Settings


def snapshot(
    target: Annotated[
        str | None,
        typer.Argument(
            metavar="[TARGET]",
            help="postgresql:// URL, libpq service, or the .jsonl file of answers to the script of --sql; "
            "else DATABASE_URL or PG* variables.",
            show_default=False,
        ),
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="The file to write, such as shop.dbsnap.")] = None,
    sql: Annotated[
        bool, typer.Option("--sql", help="Print the questions as a script for psql instead of asking them.")
    ] = False,
    workload: Workload = None,
    log: Logs = None,
    audit_log: Audit = None,
    redact_values: Annotated[
        bool, typer.Option("--redact-values", help="Replace every value by another; plans stay what they are.")
    ] = False,
    quiet: Quiet = False,
) -> None:
    """Write what the collector sees into a file that `analyze` reads without a connection.

    What leaves with the file: names and definitions of the schema, sizes and
    counters, settings that are no secret, statements without their literals.
    Values out of your tables are in the parts statistics, index_statistics,
    extended_statistics and samples: treat it like the data, or replace them
    with --redact-values.

    The file is a zip of JSON lines; `unzip -p shop.dbsnap manifest.json` lists
    its parts, and two files' columns.jsonl differ where a table was altered.

    Nobody but a DBA may connect? Let them read and run the questions:

    dbadvisor snapshot --sql > look.sql

    psql -XAtq -f look.sql -d shop > answers.jsonl

    dbadvisor snapshot answers.jsonl -o shop.dbsnap
    """
    if sql:
        _print_script(out)
        return
    where = targets.resolve(target)
    if isinstance(where, Path) and where.suffix == targets.SNAPSHOT_SUFFIX:
        raise UsageError(f"{where} is a snapshot already", "Give a database to look at.")
    if out is None:
        raise UsageError("no file given to write the snapshot to", "Name it: -o shop.dbsnap.")
    targets.check_snapshot_name(out)
    from dbadvisor import pipeline

    with progress(quiet=quiet) as tell:
        seen = pipeline.look(where, Settings(workload=workload, logs=tuple(log or ()), audit=audit_log), tell)
        if redact_values:
            seen = pipeline.redacted(seen, tell)
    write_snapshot(out, seen)
    typer.echo(
        f"wrote {out}: {len(seen.tables)} tables, {len(seen.statements)} statements, {len(seen.gaps)} gaps", err=True
    )
    if redact_values:
        typer.echo(f"redacted: {seen.gaps[-1].why}", err=True)


def _print_script(out: Path | None) -> None:
    from dbadvisor.collector.script import script

    if out is None:
        sys.stdout.write(script())
    else:
        write_whole(out, script())
