"""Where a report goes: one of five formats, to stdout or whole into a file."""

import enum
import os
import sys
import tempfile
from pathlib import Path

from dbadvisor.errors import UsageError
from dbadvisor.model.finding import Severity
from dbadvisor.model.report import Report
from dbadvisor.model.snapshot import Snapshot
from dbadvisor.settings import FailOn


class Format(enum.StrEnum):
    """The forms a report can take."""

    TERMINAL = "terminal"
    JSON = "json"
    MARKDOWN = "markdown"
    HTML = "html"
    SQL = "sql"


def deliver(report: Report, form: Format, out: Path | None) -> None:
    """Prints the report to stdout, or writes it whole to `out`; raises UsageError when that cannot be written."""
    if form is Format.TERMINAL:
        _terminal(report, out)
        return
    text = _render(report, form)
    if out is None:
        sys.stdout.write(text if text.endswith("\n") else text + "\n")
    else:
        write_whole(out, text)


def exit_code(report: Report, fail_on: FailOn) -> int:
    """1 when a finding is at least as severe as asked, else 0."""
    if fail_on is FailOn.NEVER:
        return 0
    least = Severity[fail_on.name]
    return int(any(finding.severity >= least for finding in report.findings))


def write_snapshot(path: Path, seen: Snapshot) -> None:
    """Writes a snapshot file; raises UsageError when it cannot be written."""
    from dbadvisor.model import snapshot_file

    try:
        content = snapshot_file.pack(seen)
    except ValueError as error:
        raise UsageError(f"{path} was not written: {error}") from None
    write_whole(path, content)


def write_whole(path: Path, data: str | bytes) -> None:
    """Writes a file so that it is there entirely or not at all."""
    content = data.encode() if isinstance(data, str) else data
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.is_char_device() or path.is_fifo():  # /dev/stdout and the like cannot be replaced
            path.write_bytes(content)
            return
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            Path(temporary).chmod(0o644)
            Path(temporary).replace(path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}", "Name another file.") from None


def _terminal(report: Report, out: Path | None) -> None:
    import io

    from rich.console import Console

    from dbadvisor.reporter import terminal

    if out is None:
        terminal.render(report, Console())
        return
    buffer = io.StringIO()
    terminal.render(report, Console(file=buffer, width=100, no_color=True))
    write_whole(out, buffer.getvalue())


def _render(report: Report, form: Format) -> str:
    if form is Format.JSON:
        from dbadvisor.reporter import json_report

        return json_report.render(report)
    if form is Format.MARKDOWN:
        from dbadvisor.reporter import markdown

        return markdown.render(report)
    if form is Format.HTML:
        from dbadvisor.reporter import html

        return html.render(report)
    from dbadvisor.migration import sql

    return sql.up(report) + "\n" + sql.commented_down(report)
