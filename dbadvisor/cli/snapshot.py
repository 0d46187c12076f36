"""`dbadvisor snapshot`: look once, think elsewhere."""

from pathlib import Path
from typing import Annotated

import typer

from dbadvisor.cli import target as targets
from dbadvisor.cli.analyze import Audit, Logs, Quiet, Target, Workload
from dbadvisor.cli.output import write_snapshot
from dbadvisor.cli.progress import progress
from dbadvisor.errors import UsageError
from dbadvisor.settings import Settings


def snapshot(
    out: Annotated[Path, typer.Option("--out", "-o", help="The file to write, such as shop.dbsnap.")],
    target: Target = None,
    workload: Workload = None,
    log: Logs = None,
    audit_log: Audit = None,
    quiet: Quiet = False,
) -> None:
    """Write what the collector sees into a file that `analyze` reads without a connection.

    What leaves with the file: names and definitions of the schema, sizes and
    counters, settings that are no secret, statements without their literals.
    Values out of your tables are in the parts statistics, index_statistics,
    extended_statistics and samples: treat it like the data.

    The file is a zip of JSON lines; `unzip -p shop.dbsnap manifest.json` lists
    its parts, and two files' columns.jsonl differ where a table was altered.
    """
    where = targets.resolve(target)
    if isinstance(where, Path):
        raise UsageError(f"{where} is a snapshot already", "Give a database to look at.")
    targets.check_snapshot_name(out)
    from dbadvisor import pipeline

    with progress(quiet=quiet) as tell:
        seen = pipeline.look(where, Settings(workload=workload, logs=tuple(log or ()), audit=audit_log), tell)
    write_snapshot(out, seen)
    typer.echo(
        f"wrote {out}: {len(seen.tables)} tables, {len(seen.statements)} statements, {len(seen.gaps)} gaps", err=True
    )
