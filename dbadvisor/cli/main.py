"""The `dbadvisor` command: registers the commands and turns errors into one sentence and an exit code."""

import logging
import os
import signal
import sys
from types import FrameType

import typer

from dbadvisor import __version__
from dbadvisor.cli import analyze, bench, demo, rules, scenario, server, shadow, snapshot
from dbadvisor.cli.config import defaults_from_files
from dbadvisor.errors import DbadvisorError

ENDED_EARLY = (128 + signal.SIGINT, 128 + signal.SIGTERM)

app = typer.Typer(
    name="dbadvisor",
    help="A PostgreSQL performance advisor that proves what it proposes, with zero load on production.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,  # a traceback could show a password; our errors are sentences
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("analyze")(analyze.analyze)
app.command("snapshot")(snapshot.snapshot)
app.command("bench")(bench.bench)
app.command("demo")(demo.demo)
app.command("rules")(rules.rules)
app.command("rule")(rules.rule)
app.add_typer(scenario.app, name="scenario")
app.add_typer(server.app, name="server")
app.add_typer(shadow.app, name="shadow")


@app.callback(invoke_without_command=True)
def _options(
    context: typer.Context,
    version: bool = typer.Option(False, "--version", help="Print the version and exit.", is_eager=True),
) -> None:
    if version:
        typer.echo(f"dbadvisor {__version__}")
        raise typer.Exit
    context.default_map = defaults_from_files()


def main() -> None:
    """Runs the command line; never shows a traceback for a user's mistake."""
    signal.signal(signal.SIGTERM, _terminate)
    logging.getLogger("psycopg").setLevel(logging.ERROR)  # its warnings tell of refusals that are answers to us
    try:
        app()
    except DbadvisorError as error:
        print(f"dbadvisor: {error.message}", file=sys.stderr)  # noqa: T201
        if error.hint:
            print(f"  → {error.hint}" if _speaks_unicode() else f"  -> {error.hint}", file=sys.stderr)  # noqa: T201
        sys.exit(error.exit_code)
    except SystemExit as ending:  # typer makes one of Ctrl-C
        if ending.code in ENDED_EARLY:
            print("dbadvisor: interrupted; nothing was left behind", file=sys.stderr)  # noqa: T201
        raise
    except BrokenPipeError:  # `| head`: whoever read us has had enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)


def _terminate(signum: int, _frame: FrameType | None) -> None:
    raise SystemExit(128 + signum)  # unwinds every `with`: servers stopped, connections closed


def _speaks_unicode() -> bool:
    return "utf" in (sys.stderr.encoding or "").lower()


if __name__ == "__main__":
    main()
