"""`dbadvisor bench`: before and after, on a copy."""

from pathlib import Path
from typing import Annotated

import typer

from dbadvisor.cli.analyze import Out, Quiet
from dbadvisor.cli.output import Format, deliver
from dbadvisor.cli.progress import progress
from dbadvisor.errors import UsageError


def bench(
    report: Annotated[Path, typer.Argument(metavar="REPORT.json", help="What analyze --format json wrote.")],
    on: Annotated[str, typer.Option(metavar="URL", help="A copy: staging, a branch, a restored dump. It is cloned.")],
    form: Annotated[Format, typer.Option("--format", help="How to print it.")] = Format.TERMINAL,
    out: Out = None,
    on_analysed_system: Annotated[
        bool, typer.Option("--on-analysed-system", help="The copy may live on the server that was analysed.")
    ] = False,
    quiet: Quiet = False,
) -> None:
    """Measure a report's recommendations on clones of a copy, and print it again with the measurements."""
    from dbadvisor import pipeline
    from dbadvisor.reporter import json_report

    try:
        stored = json_report.load(report.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(
            f"{report} cannot be read as a report: {error}", "Make it with analyze --format json."
        ) from None
    with progress(quiet=quiet) as tell:
        measured = pipeline.bench(stored, on, tell, same_system=on_analysed_system)
    deliver(measured, form, out)
