"""`dbadvisor shadow`: how well the local shadow stands for the server."""

import enum
from typing import Annotated

import typer

from dbadvisor.cli import target as targets
from dbadvisor.cli.analyze import Audit, Logs, Out, Quiet, Target, Workload
from dbadvisor.cli.progress import progress
from dbadvisor.settings import Settings

app = typer.Typer(help="How well the local shadow stands for the server: compare its plans with the server's own.")


class Format(enum.StrEnum):
    """The forms that a comparison can take."""

    TEXT = "text"
    JSON = "json"


@app.callback()
def _group() -> None:
    """Keeps `check` a word of its own."""


@app.command()
def check(
    target: Target = None,
    top: Annotated[int, typer.Option(min=1, help="How many of the most expensive statements to compare.")] = 50,
    form: Annotated[Format, typer.Option("--format", help="How to print it.")] = Format.TEXT,
    out: Out = None,
    workload: Workload = None,
    log: Logs = None,
    allow_powerful_role: Annotated[
        bool, typer.Option("--allow-powerful-role", help="Let EXPLAIN run on the server under a superuser or its like.")
    ] = False,
    audit_log: Audit = None,
    quiet: Quiet = False,
) -> None:
    """Compare the shadow's plans with EXPLAIN on the server, for the most expensive statements.

    This is the one command that explains your statements on your server, each with sample values. It runs none of
    them: plain EXPLAIN, never ANALYZE, one statement a message, in read-only transactions with short timeouts. But
    planning itself calls immutable functions of yours with the role's rights, so a powerful role is refused.

    Exit code: 0 all identical, 1 some differ, 2 usage, 3 refused for safety, 4 database lost.
    """
    settings = Settings(
        workload=workload, logs=tuple(log or ()), allow_powerful_role=allow_powerful_role, audit=audit_log
    )
    where = targets.resolve(target)
    from dbadvisor import checking
    from dbadvisor.cli.output import write_whole
    from dbadvisor.reporter import agreement

    with progress(quiet=quiet) as tell:
        found = checking.check(where, settings, top, tell)
    text = agreement.as_json(found) if form is Format.JSON else agreement.as_text(found)
    if out is None:
        typer.echo(text, nl=False)
    else:
        write_whole(out, text)
    raise typer.Exit(int(found.identical < found.statements))
