"""Progress on stderr: a spinner for people, plain lines for logs, nothing with --quiet."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Progress = Callable[[str], None]


@contextmanager
def progress(*, quiet: bool) -> Iterator[Progress]:
    """Yields a function that tells what is being done now."""
    if quiet:
        yield lambda _: None
        return
    if not sys.stderr.isatty():
        yield lambda text: print(f"dbadvisor: {text}", file=sys.stderr, flush=True)  # noqa: T201
        return
    from rich.console import Console

    console = Console(stderr=True, highlight=False)
    with console.status("starting") as status:
        yield lambda text: status.update(f"[dim]{text}[/dim]")
