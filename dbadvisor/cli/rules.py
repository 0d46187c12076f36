"""`dbadvisor rules` lists what is looked for, `dbadvisor rule ID` explains one."""

from itertools import groupby
from typing import TYPE_CHECKING

import typer

from dbadvisor.errors import UsageError

if TYPE_CHECKING:
    from dbadvisor.model.rule import Rule


def rules(
    markdown: bool = typer.Option(False, "--markdown", help="Print the table of the README."),
    pages: bool = typer.Option(False, "--pages", help="With --markdown: print every rule's page."),
) -> None:
    """List every rule by family."""
    from dbadvisor.analyzer.registry import all_rules

    if pages and not markdown:
        raise UsageError("--pages prints Markdown", "Add --markdown, or see one page with dbadvisor rule ID.")
    if pages:
        typer.echo("\n\n".join(_page(rule) for rule in all_rules()))
    elif markdown:
        typer.echo(_table(all_rules()))
    else:
        _draw(all_rules())


def rule(word: str = typer.Argument(metavar="ID", help="A rule's id or name, such as IDX003.")) -> None:
    """Explain one rule: what it looks for, why that costs, when to leave it, with an example."""
    from rich.console import Console
    from rich.markdown import Markdown

    from dbadvisor.analyzer.registry import find_rule

    found = find_rule(word)
    if found is None:
        raise UsageError(f"there is no rule {word}", "dbadvisor rules lists them all.")
    Console().print(Markdown(_page(found)))


def _page(rule: "Rule") -> str:
    """The rule's docstring under its id and name."""
    facts = f"{rule.severity.word} · needs {', '.join(rule.needs) or 'the catalog'} · since {rule.since}"
    return f"# {rule.id} {rule.name}\n\n*{facts}*\n\n{rule.page}"


def _table(rules: "tuple[Rule, ...]") -> str:
    head = "| Rule | Name | Finds | Severity |\n|---|---|---|---|"
    rows = (f"| {rule.id} | {rule.name} | {rule.title} | {rule.severity.word} |" for rule in rules)
    return "\n".join((head, *rows))


def _draw(rules: "tuple[Rule, ...]") -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console()
    for family, members in groupby(rules, key=lambda rule: rule.family):
        table = Table(title=family.capitalize(), title_justify="left", box=None, show_header=False, pad_edge=False)
        table.add_column(width=6)
        table.add_column(width=26)
        table.add_column(ratio=1)
        for rule in members:
            table.add_row(Text(rule.id, style="bold"), rule.name, Text(rule.title))
        console.print(table)
        console.print()
