"""The report as a pull-request comment: short above, details folded."""

import re
from collections.abc import Iterator

from dbadvisor.model.report import Recommendation, Report
from dbadvisor.model.text import one_line, visible
from dbadvisor.reporter import index_set, words

_RECOMMENDATIONS, _FINDINGS, _REJECTED = 10, 20, 10
"""How many are shown; GitHub cuts a comment at 65,536 characters."""
_LONGEST = 2_000
"""Characters of one statement; a longer one is cut."""
_LIVE = str.maketrans(
    {character: f"\\{character}" for character in "\\`*_{}[]|~$"}
    | {"&": "&amp;", "<": "&lt;", ">": "&gt;", "@": "@&#8203;", "#": "#&#8203;"}
)
"""What would format, link, break a table or, whatever the backslashes, mention somebody in GitHub's Markdown."""


def render(report: Report) -> str:
    """GitHub-flavoured Markdown; names and statements can neither format nor mention anybody."""
    lines = [f"### dbadvisor: {_words(words.server(report))}", "", _words(words.workload(report)), ""]
    lines += [_words(f"{words.doubt(report)}."), ""]
    lines += [
        *_index_set(report),
        *_recommendations(report),
        *_findings(report),
        *_rejected(report),
        *_blind_spots(report),
    ]
    lines += [f"<sub>{_words(f'Cost to your server: {words.cost(report)}. dbadvisor {report.version}')}</sub>"]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)) + "\n"


def _words(text: str) -> str:
    return one_line(text).translate(_LIVE).replace("://", ":&#47;/")


def _code(text: str) -> str:
    """Inline code that no backquote of the text can close."""
    shown = one_line(text)
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", shown)), default=0))
    pad = " " if "`" in shown else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def _sql(text: str) -> str:
    shown = "\n".join(visible(line) for line in text.splitlines())
    shown = shown if len(shown) <= _LONGEST else f"{shown[:_LONGEST]} …"
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", shown)), default=0))
    return f"{fence}sql\n{shown}\n{fence}"


def _index_set(report: Report) -> Iterator[str]:
    found = report.index_set
    if found is None:
        return
    yield from ("<details>", f"<summary>Index set: {_words(index_set.summary(found))}</summary>", "")
    yield from (f"- **{word}** {_words(line)}" for word, line in index_set.facts(found))
    yield from (f"- ⚠ {caveat}" for caveat in index_set.caveats(report))
    yield ""
    if rows := index_set.rows(found):
        yield from ("| indexes | size | left | at best |", "|--:|--:|--:|--:|")
        yield from (f"| {row.indexes} | {row.size} | {row.left} | {row.at_best} |" for row in rows)
    yield from ("", "</details>", "")


def _recommendations(report: Report) -> Iterator[str]:
    if not report.recommendations:
        yield from ("**Nothing to recommend.**", "")
        return
    yield from ("| | | recommendation | effect |", "|--:|:--|:--|:--|")
    for item in report.recommendations[:_RECOMMENDATIONS]:
        dots = f"{words.DOTS[item.evidence_level]} {item.evidence_level}"
        yield f"| {item.rank} | {dots} | **{_words(item.title)}** | {_words(_proof(item))} |"
    yield ""
    if (more := len(report.recommendations) - _RECOMMENDATIONS) > 0:
        yield from (f"and {more:,} more.", "")
    for item in report.recommendations[:_RECOMMENDATIONS]:
        yield from _details(item)


def _proof(item: Recommendation) -> str:
    if item.measurement:
        return words.measured(item.measurement)
    if item.estimate:
        return words.estimated(item.estimate)
    return words.effect(item)


def _details(item: Recommendation) -> Iterator[str]:
    yield from ("<details>", f"<summary>{item.rank}. how and why</summary>", "", _words(item.why), "")
    if item.changes:
        yield from (_sql("\n".join(f"{change.sql};" for change in item.changes)), "")
        undo = [f"{change.undo_sql};" for change in reversed(item.changes) if change.undo_sql]
        if undo:
            yield from ("The way back:", "", _sql("\n".join(undo)), "")
    if item.rewrite:
        yield from (_sql(item.rewrite.before), "", "becomes", "", _sql(item.rewrite.after), "")
        yield from (_words(item.rewrite.equivalence), "")
    for estimate in item.estimate.statements if item.estimate else ():
        costs = f"cost {words.number(estimate.cost_before)} → {words.number(estimate.cost_after)} a call"
        plans = f", {_code(estimate.plan_before)} → {_code(estimate.plan_after)}" if estimate.plan_before else ""
        yield f"- {_code(estimate.fingerprint)}: {costs}{plans}"
    if lost := index_set.without(item):
        yield f"- without it: {lost}"
    if runner_up := index_set.instead(item):
        yield f"- instead: {_words(runner_up)}"
    yield from (f"- ⚠ {_words(caveat)}" for caveat in words.caveats(item))
    yield from ("", "</details>", "")


def _findings(report: Report) -> Iterator[str]:
    answered = {key for item in report.recommendations for key in item.findings}
    left = [finding for finding in report.findings if finding.key not in answered]
    if not left:
        return
    yield from ("**Also found**", "")
    for finding in left[:_FINDINGS]:
        advice = f" {_words(finding.advice)}" if finding.advice else ""
        yield f"- **{finding.rule}** {finding.severity.word}: {_words(finding.summary)}{advice}"
    if len(left) > _FINDINGS:
        yield f"- and {len(left) - _FINDINGS:,} more"
    yield ""


def _rejected(report: Report) -> Iterator[str]:
    if not report.rejected:
        return
    count = words.plural(len(report.rejected), "idea")
    yield from ("<details>", f"<summary>Looked at and left out: {count}</summary>", "")
    yield from (f"- {_words(item.title)}: {_words(item.reason)}" for item in report.rejected[:_REJECTED])
    yield from ("", "</details>", "")


def _blind_spots(report: Report) -> Iterator[str]:
    yield from ("<details>", f"<summary>What was looked at: {words.coverage(report)}</summary>", "")
    for outcome in report.coverage:
        if unseen := words.partly(outcome):
            yield f"- **{outcome.rule}** {_words(unseen)}"
    for gap in report.gaps:
        cure = f", cure: {_code(gap.cure)}" if gap.cure else ""
        yield f"- {_words(f'{gap.what}: {gap.why}')}{cure}"
    yield from ("", "</details>", "")
