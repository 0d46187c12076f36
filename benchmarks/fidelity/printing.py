"""The figures for people."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from statistics import median

from fidelity.comparing import Comparison, ImaginedIndex, Result, tally

_BLOCK = 8192


def text(version: str, has_hypopg: bool, results: Sequence[Result]) -> str:
    """Tables of all scenarios, then every deviation of the shadow by name."""
    lines = [f"PostgreSQL {version}" + ("" if has_hypopg else ", which has no HypoPG: its column is left out")]
    lines += ["", "As it is, from the snapshot alone", _HEAD]
    for title, pick in (("workload's own values", "workload"), ("dbadvisor's samples", "samples")):
        lines += _rows(title, [(each.scenario, getattr(each, pick)) for each in results])
    lines += ["", "With one imagined index, against the index truly built", _HEAD]
    for planner in ("shadow", "hypopg") if has_hypopg else ("shadow",):
        both = [(each.scenario, getattr(each, planner)) for each in results]
        lines += _rows(f"{planner}, all questions", both)
        lines += _rows(f"{planner}, where it changes the plan", [(name, _changed(found)) for name, found in both])
    lines += ["", "Sizes of the imagined indexes, in blocks of 8 kB", f"{'true':>8}{'shadow':>8}{'hypopg':>8}"]
    lines += [_size(index) for each in results for index in each.indexes]
    lines += [_size_errors(results, planner) for planner in ("shadow", "hypopg") if has_hypopg or planner == "shadow"]
    lines += ["", "Times", *(_times(each) for each in results)]
    lines += ["", "Deviations of the shadow (true / shadow)", *_deviations(results)]
    return "\n".join(lines) + "\n"


_HEAD = f"{'':46}{'asked':>6}{'none':>6}{'identical':>11}{'shape':>8}{'median':>9}{'max':>9}"


def _rows(title: str, groups: Sequence[tuple[str, Sequence[Comparison]]]) -> Iterator[str]:
    together = [one for _, comparisons in groups for one in comparisons]
    for name, comparisons in (*groups, *([("total", together)] if len(groups) > 1 else [])):
        found = tally(comparisons)
        answered = max(1, found.questions - found.unanswered)
        yield (
            f"{name + ': ' + title:46}{found.questions:6}{found.unanswered:6}{found.identical / answered:11.1%}"
            f"{found.same_shape / answered:8.1%}{found.median_error:9.3%}{found.max_error:9.2%}"
        )


def _changed(comparisons: Sequence[Comparison]) -> list[Comparison]:
    return [one for one in comparisons if one.changed]


def _size(index: ImaginedIndex) -> str:
    blocks = (index.true_bytes, index.shadow_bytes, index.hypopg_bytes)
    return "".join(f"{'–' if size is None else size // _BLOCK:>8}" for size in blocks) + f"  {index.kind}: {index.sql}"


def _size_errors(results: Sequence[Result], planner: str) -> str:
    errors = [
        abs(size - index.true_bytes) / index.true_bytes
        for each in results
        for index in each.indexes
        if (size := index.shadow_bytes if planner == "shadow" else index.hypopg_bytes) is not None
    ]
    if not errors:
        return f"{planner}: no sizes"
    exact = sum(error == 0 for error in errors)
    return f"{planner}: {len(errors)} sizes, {exact} exact, median error {median(errors):.2%}, max {max(errors):.1%}"


def _times(result: Result) -> str:
    spent = result.seconds
    return (
        f"{result.scenario}: collect {spent['collect']:.2f} s, shadow {spent['build']:.2f} s,"
        f" {len(result.indexes)} indexes imagined in {spent['imagine']:.2f} s,"
        f" {len(result.shadow) / max(spent['plan'], 1e-9):.0f} what-if plans a second"
    )


def _deviations(results: Sequence[Result]) -> Iterator[str]:
    """Of one statement and one index (or none) the worst, with how many more there are of other values."""
    for each in results:
        as_it_is = {one.statement for one in (*each.workload, *each.samples) if not one.identical}
        wrong = [one for one in (*each.workload, *each.samples, *each.shadow) if not one.identical]
        again = [one for one in wrong if one.index and not one.changed and one.statement in as_it_is]
        yield f"{each.scenario}: {len(wrong)}, of which {len(again)} only repeat under an index that changes nothing"
        ordered = sorted(
            (one for one in wrong if one not in again), key=lambda one: (*_group(one), -(one.error or 1e9))
        )
        for _, group in groupby(ordered, key=_group):
            yield from _deviation(list(group))


def _group(one: Comparison) -> tuple[str, str]:
    return one.index or "", _line(one.statement)[:40]


def _deviation(alike: Sequence[Comparison]) -> Iterator[str]:
    worst = alike[0]
    cost = "no answer" if worst.cost is None else f"cost {worst.cost / max(worst.true_cost, 0.01) - 1:+.2%}"
    shape = "" if worst.same_shape else ", another shape"
    yield f"  {cost}{shape}, {len(alike)} × {(worst.index or 'as it is').removeprefix('CREATE INDEX ON ')}"
    yield f"      {_line(worst.statement)[:140]}"
    yield f"      {worst.difference[:220]}"


def _line(statement: str) -> str:
    return " ".join(statement.split())
