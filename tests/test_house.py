"""The house keeps itself: sizes, start-up, public names, the README's generated blocks."""

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCES = sorted((ROOT / "dbadvisor").rglob("*.py"))
FILE_LIMIT, FUNCTION_LIMIT = 400, 50


def _id(path: Path) -> str:
    return str(path.relative_to(ROOT))


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def body_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of code without the docstring: a rule's page is a page, not code."""
    first = function.body[1] if ast.get_docstring(function) and len(function.body) > 1 else function.body[0]
    return (function.end_lineno or 0) - first.lineno + 1


@pytest.mark.parametrize("path", SOURCES, ids=_id)
def test_files_and_functions_stay_small(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= FILE_LIMIT
    long = {f.name: body_lines(f) for f in functions(path) if body_lines(f) > FUNCTION_LIMIT}
    assert not long


def test_help_starts_light() -> None:
    """`dbadvisor --help` must not pay for what it does not use."""
    script = (
        "import sys, json\nfrom dbadvisor.cli.main import app\n"
        "from typer.testing import CliRunner\nassert CliRunner().invoke(app, ['--help']).exit_code == 0\n"
        "heavy = {'pandas', 'sqlglot', 'pglast', 'psycopg', 'jinja2'} & set(sys.modules)\n"
        "print(json.dumps(sorted(heavy)))"
    )
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)
    assert json.loads(result.stdout.splitlines()[-1]) == []


def test_public_names_are_exactly_those_promised() -> None:
    import dbadvisor

    for name in dbadvisor.__all__:
        assert getattr(dbadvisor, name) is not None


def test_readme_rule_table_is_the_generated_one() -> None:
    generated = subprocess.run(
        [sys.executable, "-m", "dbadvisor.cli.main", "rules", "--markdown"], capture_output=True, text=True, check=True
    ).stdout
    block = re.search(r"<!-- rules:begin -->\n(.*)<!-- rules:end -->", (ROOT / "README.md").read_text(), re.DOTALL)
    assert block is not None
    assert block[1].strip() == generated.strip()


def test_no_names_of_no_meaning() -> None:
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                assert not re.search(r"(Manager|Helper|Util|Utils|Base)$", node.name), f"{path}: {node.name}"


@pytest.mark.heavy
def test_the_built_wheel_runs_outside_the_checkout(tmp_path: Path) -> None:
    def run(*words: str | Path) -> str:
        return subprocess.run(words, capture_output=True, text=True, check=True, cwd=tmp_path).stdout

    run(sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", tmp_path / "built", ROOT)
    run(sys.executable, "-m", "venv", "--system-site-packages", tmp_path / "venv")
    program = tmp_path / "venv" / "bin"
    run(program / "pip", "install", "-q", *(tmp_path / "built").glob("*.whl"))
    assert "shop" in run(program / "dbadvisor", "scenario", "list")
    assert "IDX003" in run(program / "dbadvisor", "rules")
