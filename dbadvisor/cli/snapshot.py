"""`dbadvisor snapshot`: look once, think elsewhere."""

from pathlib import Path
from typing import Annotated

import typer

from dbadvisor.cli import target as targets
from dbadvisor.cli.analyze import Audit, Logs, Quiet, Target, Workload
from dbadvisor.cli.output import write_whole
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

    The file holds column statistics, and so values from the tables: treat it like the data.
    """
    where = targets.resolve(target)
    if isinstance(where, Path):
        raise UsageError(f"{where} is a snapshot already", "Give a database to look at.")
    if out.suffix != targets.SNAPSHOT_SUFFIX:
        raise UsageError(
            f"{out} does not end in {targets.SNAPSHOT_SUFFIX}", f"Write -o {out.stem}{targets.SNAPSHOT_SUFFIX}."
        )
    from dbadvisor import pipeline
    from dbadvisor.model import snapshot_file

    with progress(quiet=quiet) as tell:
        seen = pipeline.look(where, Settings(workload=workload, logs=tuple(log or ()), audit=audit_log), tell)
    write_whole(out, snapshot_file.pack(seen))
    typer.echo(
        f"wrote {out}: {len(seen.tables)} tables, {len(seen.statements)} statements, {len(seen.gaps)} gaps", err=True
    )
