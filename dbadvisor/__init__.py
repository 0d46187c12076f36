"""dbadvisor: a PostgreSQL performance advisor that proves what it proposes.

`load_report(path)` reads a report written with `--format json`; `frames` makes pandas data frames of it.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dbadvisor.reporter import frames
    from dbadvisor.reporter.json_report import read as load_report

__version__ = "0.1.0"
__all__ = ["__version__", "frames", "load_report"]

# Loaded when first asked for (PEP 562): the command line must not pay for pandas.
_LAZY = {
    "frames": ("dbadvisor.reporter.frames", None),
    "load_report": ("dbadvisor.reporter.json_report", "read"),
}


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, attribute = _LAZY[name]
    found = importlib.import_module(module)
    return getattr(found, attribute) if attribute else found
