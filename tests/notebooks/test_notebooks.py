"""The notebooks run from top to bottom on the report beside them, with public names only."""

from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

import dbadvisor

FOLDER = Path(__file__).parent.parent.parent / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))


def opened(path: Path) -> Any:
    return nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_a_notebook_stores_no_outputs_and_uses_public_names(path: Path) -> None:
    cells = [cell for cell in opened(path).cells if cell.cell_type == "code"]
    assert all(not cell.outputs and cell.execution_count is None for cell in cells)
    imports = [line for cell in cells for line in cell.source.splitlines() if "import" in line and "dbadvisor" in line]
    names = {name.strip() for line in imports for name in line.removeprefix("from dbadvisor import ").split(",")}
    assert names <= set(dbadvisor.__all__)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_a_notebook_runs(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MPLBACKEND", "agg")
    notebook = opened(path)
    notebook.metadata.kernelspec.name = "python3"
    client = NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(FOLDER)}})
    client.execute()
    assert all(cell.execution_count for cell in notebook.cells if cell.cell_type == "code")
