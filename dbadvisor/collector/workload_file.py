"""A workload written down: a file of SQL, or a directory of them, with how often each statement is run."""

import re
from pathlib import Path

from dbadvisor.collector.executed import Execution
from dbadvisor.errors import UsageError
from dbadvisor.sqltext.parse import Unparsable
from dbadvisor.sqltext.split import Piece, split

SOURCE = "workload file"

_CALLS = re.compile(r"--\s*calls:\s*(\d[\d_,]*)\s*$")


def read_workload(path: Path) -> tuple[Execution, ...]:
    """Every statement of the file, or of the directory's *.sql files in the order of their names.

    A statement stands for one call, unless a comment `-- calls: 120` precedes it. Raises UsageError.
    """
    if not path.exists():
        raise UsageError(f"{path}: no such file or directory", "Give --workload a .sql file or a directory of them.")
    files = sorted(path.glob("*.sql")) if path.is_dir() else [path]
    if not files:
        raise UsageError(f"{path} holds no .sql file", "Put the application's statements into one.")
    return tuple(execution for file in files for execution in _read(file))


def _read(path: Path) -> list[Execution]:
    try:
        text = path.read_text(encoding="utf-8-sig")
        return [_execution(piece) for piece in split(text)]
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read: {error}", "A workload file is SQL text in UTF-8.") from None
    except Unparsable as error:
        raise UsageError(f"{path}: {error}", "Close every quote and comment.") from None


def _execution(piece: Piece) -> Execution:
    calls = [int(re.sub(r"\D", "", found[1])) for comment in piece.comments if (found := _CALLS.match(comment))]
    return Execution(piece.text, SOURCE, calls[-1] if calls else 1)
