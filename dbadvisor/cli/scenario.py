"""`dbadvisor scenario`: the seeded databases with their truth."""

from typing import Annotated

import typer

from dbadvisor.cli.analyze import Quiet
from dbadvisor.cli.progress import progress

app = typer.Typer(help="Seeded databases with a known truth: list them, seed one, or run the whole job on one.")

Name = Annotated[str, typer.Argument(help="One of `dbadvisor scenario list`.")]
Size = Annotated[str, typer.Option(help="small (seconds) or full (minutes).")]


@app.command("list")
def list_() -> None:
    """The scenarios and their stories."""
    from rich.console import Console

    from dbadvisor import scenarios

    console = Console(highlight=False)
    for made in scenarios.scenarios():
        console.print(f"[bold]{made.name}[/bold]  {made.title}")
        console.print(f"  {' '.join(made.story.split())}\n", style="dim")


@app.command()
def seed(
    name: Name,
    url: Annotated[str, typer.Option(help="An empty database to fill.")],
    size: Size = "small",
    quiet: Quiet = False,
) -> None:
    """Fill an empty database with a scenario and run its workload once."""
    from dbadvisor import scenarios

    with progress(quiet=quiet) as tell:
        scenarios.seed(scenarios.scenario(name), url, size, tell)
    typer.echo(f"{name} ({size}) is seeded", err=True)


@app.command()
def run(name: Name, size: Size = "small", quiet: Quiet = False) -> None:
    """Seed, analyze, compare with the truth, apply the advice on a clone and run the workload again."""
    from dbadvisor import scenarios

    with progress(quiet=quiet) as tell:
        result = scenarios.run(scenarios.scenario(name), size, tell)
    for text in result.missed:
        typer.echo(f"missed: {text}")
    for text in result.wrong:
        typer.echo(f"wrong:  {text}")
    typer.echo(
        f"{name}: {len(result.report.recommendations)} recommendations; shared buffers of the workload "
        f"{result.buffers_before:,} → {result.buffers_after:,} ({result.buffer_ratio:.1f}x less, "
        f"asked for {result.least_ratio:g}x)"
    )
    raise typer.Exit(0 if result.passed else 1)
