"""The report on a terminal: what to do first, on which evidence, and what could not be seen."""

import io
from collections.abc import Iterator

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from dbadvisor.model.finding import Finding, Severity
from dbadvisor.model.report import Recommendation, Report, StatementEstimate
from dbadvisor.model.text import one_line
from dbadvisor.reporter import index_set, words
from dbadvisor.reporter.pen import Pen
from dbadvisor.reporter.picture import TEMPLATE

_WIDEST = 110
"""Columns; longer lines are hard to read."""
_STATEMENTS, _PLANS, _RECOMMENDATIONS, _FINDINGS, _REJECTED = 5, 3, 10, 10, 3
"""How many are shown; what is left is counted, and stands in the JSON and HTML reports."""
_BAR, _FINGERPRINT = 14, 8
_NARROW = 60
"""Columns below which bars and fingerprints give way to words."""
_WIDE = 80
"""Columns from which a command's purpose stands beside it."""
_EVIDENCE = {"measured": "green", "planned": "cyan", "hypothesis": "yellow"}
_SEVERITY = {Severity.CRITICAL: "bold red", Severity.WARNING: "yellow", Severity.INFO: "blue"}

Lines = Iterator[RenderableType]


def render(report: Report, console: Console) -> None:
    """Prints the report; fits any width, and falls back to ASCII where the console's encoding asks for it."""
    pen = Pen(console)
    width = min(console.width, _WIDEST)
    for lines in (
        _header(report, pen),
        _time(report, pen, width),
        _index_set(report, pen, width),
        _recommendations(report, pen),
        _findings(report, pen),
        _rejected(report, pen),
        _blind_spots(report, pen),
        _closing(report, pen, width),
    ):
        for line in lines:
            console.print(line, width=width, highlight=False)


def svg(report: Report, width: int = 100) -> str:
    """The terminal report as a picture, `width` columns wide: no network, the same text for the same report."""
    console = Console(record=True, width=width, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    render(report, console)
    return console.export_svg(title="dbadvisor analyze", code_format=TEMPLATE, unique_id="dbadvisor")


def _row(label: Text, body: RenderableType, width: int, indent: int = 1) -> RenderableType:
    grid = Table.grid(padding=(0, 1, 0, 0))
    grid.add_column(width=width, no_wrap=True, overflow="crop")
    grid.add_column(overflow="fold")
    grid.add_row(label, body)
    return Padding(grid, (0, 0, 0, indent), expand=False)


def _heading(pen: Pen, text: str, aside: str = "") -> RenderableType:
    line = Text.assemble(pen.write(text, "bold"), "   " if aside else "", pen.write(aside, "dim"))
    return Padding(line, (1, 0, 0, 1), expand=False)


def _header(report: Report, pen: Pen) -> Lines:
    yield _row(pen.write("✓", "green"), pen.write(words.server(report), "bold"), 1)
    for good, line in (
        (not report.server.powers, words.role(report)),
        (report.workload.planned >= report.workload.plannable, words.workload(report)),
        (0 < report.doubt.statements == report.doubt.identical, words.doubt(report)),
    ):
        yield _row(pen.write("✓", "green") if good else pen.write("!", "bold yellow"), pen.write(line), 1)


def _time(report: Report, pen: Pen, width: int) -> Lines:
    work = report.workload
    if not work.total_ms:
        return
    yield _heading(pen, "Where the time goes")
    grid = Table.grid(padding=(0, 1, 0, 0))
    shown = work.statements[:_STATEMENTS]
    for statement in shown:
        grid.add_row(*_bar(pen, statement.total_ms, work.total_ms, statement.fingerprint, statement.text, width))
    if rest := len(work.statements) - len(shown):
        left = work.total_ms - sum(statement.total_ms for statement in shown)
        grid.add_row(*_bar(pen, left, work.total_ms, "", f"{rest:,} more", width))
    yield Padding(grid, (0, 0, 0, 1), expand=False)


def _bar(pen: Pen, part: float, whole: float, fingerprint: str, text: str, width: int) -> list[Text]:
    share = pen.write(f"{words.share(part, whole):>5}")
    time = pen.write(f"{words.milliseconds(part):>8}", "dim")
    if width < _NARROW:
        return [share, time, pen.crop(text, max(1, width - 17))]
    filled = round(_BAR * part / whole)
    bar = Text.assemble(pen.write("━" * filled, "cyan"), pen.write("─" * (_BAR - filled), "dim"))
    name = pen.crop(fingerprint[:_FINGERPRINT].ljust(_FINGERPRINT), _FINGERPRINT, "dim")
    return [share, bar, time, name, pen.crop(text, max(1, width - 5 - _BAR - 8 - _FINGERPRINT - 6))]


def _index_set(report: Report, pen: Pen, width: int) -> Lines:
    found = report.index_set
    if found is None:
        return
    yield _heading(pen, "Index set", index_set.head(found))
    for word, line in index_set.facts(found):
        yield _row(pen.write(word, "dim"), pen.write(line, "bold" if word == "left" else ""), 8)
    for caveat in index_set.caveats(report):
        yield _row(pen.write("mind", "dim"), pen.write(caveat, "yellow"), 8)
    rows = index_set.rows(found)
    if width >= _NARROW and rows:
        yield Padding(_curve(rows, pen), (1, 0, 0, 1), expand=False)
        return
    for row in rows:
        yield _row(pen.write("·", "dim"), pen.write(row.words), 1)


def _curve(rows: tuple[index_set.Row, ...], pen: Pen) -> Table:
    """A row a set: what it holds and takes, what it leaves, and what the best of its kind could leave."""
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.show_header = True
    for name in ("indexes", "size", "left", "", "at best", ""):
        grid.add_column(pen.write(name, "dim"), justify="right" if name else "left", no_wrap=True, overflow="crop")
    for row in rows:
        style = "bold" if row.chosen else ""
        filled = min(_BAR, round(_BAR * row.share))
        bar = Text.assemble(pen.write("━" * filled, "cyan"), pen.write("─" * (_BAR - filled), "dim"))
        figures = [pen.write(text, style) for text in (row.indexes, row.size, row.left)]
        grid.add_row(
            *figures, bar, pen.write(row.at_best, "dim"), pen.write("recommended" if row.chosen else "", "green")
        )
    return grid


def _recommendations(report: Report, pen: Pen) -> Lines:
    if not report.recommendations:
        yield _heading(pen, "Nothing to recommend")
        return
    legend = "  ".join(f"{dots} {level}" for level, dots in words.DOTS.items())
    yield _heading(pen, words.plural(len(report.recommendations), "recommendation"), legend)
    for item in report.recommendations[:_RECOMMENDATIONS]:
        yield Text("")
        dots = pen.write(words.DOTS[item.evidence_level], _EVIDENCE[item.evidence_level])
        label = Text.assemble(pen.write(f"{item.rank:>2} ", "bold"), dots)
        yield _row(label, pen.write(one_line(item.title), "bold"), 6, 0)
        for word, line in _details(item, pen):
            yield _row(pen.write(word, "dim"), line, 8, 7)
    for item in report.recommendations[_RECOMMENDATIONS:]:
        label = pen.write(f"{item.rank:>2} {words.DOTS[item.evidence_level]}", "dim")
        yield _row(label, pen.write(one_line(item.title)), 6, 0)


def _details(item: Recommendation, pen: Pen) -> Iterator[tuple[str, Text]]:
    yield "why", pen.write(one_line(item.why))
    if item.measurement:
        yield "measured", pen.write(words.measured(item.measurement), "green")
    if item.estimate:
        yield "planned", pen.write(words.estimated(item.estimate), "cyan")
    for word, line in (
        ("effect", words.effect(item)),
        ("without", index_set.without(item)),
        ("instead", index_set.instead(item)),
    ):
        if line:
            yield word, pen.write(line)
    for estimate in item.estimate.statements[:_PLANS] if item.estimate else ():
        yield from _plan(estimate, pen)
    if item.rewrite:
        yield "before", pen.write(one_line(item.rewrite.before), "red")
        yield "after", pen.write(one_line(item.rewrite.after), "green")
        yield "same as", pen.write(one_line(item.rewrite.equivalence))
        if item.rewrite.application:
            yield "mind", pen.write("The application must change beyond the text.", "yellow")
    for change in item.changes:
        yield "run", pen.write(f"{change.sql};", "magenta")
    for caveat in words.caveats(item):
        yield "mind", pen.write(one_line(caveat), "yellow")


def _plan(estimate: StatementEstimate, pen: Pen) -> Iterator[tuple[str, Text]]:
    costs = f"cost {words.number(estimate.cost_before)} → {words.number(estimate.cost_after)} a call"
    yield estimate.fingerprint[:_FINGERPRINT], pen.write(costs, "dim")
    if estimate.plan_before and estimate.plan_before != estimate.plan_after:
        yield "", pen.write(one_line(estimate.plan_before), "dim")
        yield "", pen.write(f"→ {one_line(estimate.plan_after)}", "dim")


def _findings(report: Report, pen: Pen) -> Lines:
    answered = {key for item in report.recommendations for key in item.findings}
    left = [finding for finding in report.findings if finding.key not in answered]
    if not left:
        return
    yield _heading(pen, "Also found")
    for finding in left[:_FINDINGS]:
        yield from _finding(finding, pen)
    if len(left) > _FINDINGS:
        yield _row(Text(""), pen.write(f"and {len(left) - _FINDINGS:,} more", "dim"), 6)


def _finding(finding: Finding, pen: Pen) -> Lines:
    label = pen.write(finding.rule, _SEVERITY[finding.severity])
    yield _row(label, pen.write(f"{finding.severity.word}: {one_line(finding.summary)}"), 6)
    yield _row(Text(""), pen.write("; ".join(words.evidence(item) for item in finding.evidence), "dim"), 6)
    if finding.advice:
        yield _row(Text(""), pen.write(one_line(finding.advice)), 6)


def _rejected(report: Report, pen: Pen) -> Lines:
    if not report.rejected:
        return
    yield _heading(pen, f"Looked at and left out: {words.plural(len(report.rejected), 'idea')}")
    for item in report.rejected[:_REJECTED]:
        title = pen.write(one_line(item.title))
        yield _row(pen.write("·", "dim"), Text.assemble(title, pen.write(f": {one_line(item.reason)}", "dim")), 1)
        if item.measurement:
            yield _row(Text(""), pen.write(words.measured(item.measurement), "dim"), 1)
    if len(report.rejected) > _REJECTED:
        yield _row(Text(""), pen.write(f"and {len(report.rejected) - _REJECTED:,} more", "dim"), 1)


def _blind_spots(report: Report, pen: Pen) -> Lines:
    yield _heading(pen, "What was looked at", words.coverage(report))
    for outcome in report.coverage:
        if unseen := words.partly(outcome):
            yield _row(pen.write(outcome.rule, "yellow"), pen.write(one_line(unseen)), 6)
    for gap in report.gaps:
        line = Text.assemble(pen.write(one_line(f"{gap.what}: {gap.why}")))
        if gap.cure:
            line.append_text(pen.write(f"  cure: {one_line(gap.cure)}", "cyan"))
        yield _row(pen.write("!", "bold yellow"), line, 6)


def _closing(report: Report, pen: Pen, width: int) -> Lines:
    yield _heading(pen, "Cost to your server", words.cost(report))
    asked = f"{words.plural(report.planner_calls, 'plan')} asked of {report.planner}, dbadvisor {report.version}"
    yield _row(Text(""), pen.write(asked.strip(), "dim"), 0, 0)
    yield _heading(pen, "Next")
    for command, purpose in _next(report):
        if width < _WIDE:
            yield _row(pen.write("·", "dim"), pen.write(command, "cyan"), 1)
        else:
            yield _row(pen.write(command, "cyan"), pen.write(purpose, "dim"), 51)


def _next(report: Report) -> Iterator[tuple[str, str]]:
    if report.recommendations:
        yield "dbadvisor analyze … --format html --out report.html", "all of it, as one page"
        yield "dbadvisor analyze … --format sql > migration.sql", "the changes, their undo"
        yield "dbadvisor analyze … --format json --out report.json", "to keep, and to measure:"
        yield "dbadvisor bench report.json --on COPY_URL", "before and after, on a copy"
    if report.findings:
        yield f"dbadvisor rule {report.findings[0].rule}", "what a rule looks for"
