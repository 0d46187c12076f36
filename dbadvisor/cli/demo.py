"""`dbadvisor demo`: the whole job on a seeded e-shop, on a server that is gone afterwards."""

from pathlib import Path
from typing import Annotated

import typer

from dbadvisor.cli.analyze import Quiet
from dbadvisor.cli.output import Format, deliver
from dbadvisor.cli.progress import progress


def demo(
    name: Annotated[str, typer.Argument(help="Which scenario.")] = "shop",
    out: Annotated[Path, typer.Option(help="The folder for the report's files.")] = Path("advice"),
    quiet: Quiet = False,
) -> None:
    """Seed a scenario on an embedded PostgreSQL, analyze it, measure the advice on clones, and show all of it."""
    from dbadvisor import pipeline, scenarios
    from dbadvisor.bench.clone import clone
    from dbadvisor.settings import Settings

    made = scenarios.scenario(name)
    with progress(quiet=quiet) as tell, scenarios.serve() as server:
        url, advisor = scenarios.house(made, server)
        scenarios.seed(made, url, "small", tell)
        report = pipeline.analyze(advisor, Settings(), tell)
        with clone(url) as copy:
            report = pipeline.bench(report, copy, tell, same_system=True)
    files = {Format.HTML: "report.html", Format.JSON: "report.json", Format.SQL: "migration.sql"}
    for form, file in files.items():
        deliver(report, form, out / file)
    deliver(report, Format.TERMINAL, None)
    typer.echo(f"\nwrote {', '.join(str(out / file) for file in files.values())}")
    typer.echo(f"{made.title}: {' '.join(made.story.split())}")
    typer.echo("next: open the page, or run dbadvisor analyze on a database of your own")
