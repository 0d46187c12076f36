"""What came of imagined indexes, for people."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from statistics import median

from fidelity.comparing import Comparison, tally
from fidelity.imagining import Trial

_BLOCK = 8192
_NEAR = 0.1
"""A size within a tenth of the true one is near."""


def text(version: str, trials: Sequence[Trial]) -> str:
    """Plans by kind of index, sizes by kind, every size, and every deviation of the shadow by name."""
    planners = list(trials[0].plans) if trials else []
    lines = [
        f"PostgreSQL {version}" + ("" if "hypopg" in planners else ", which has no HypoPG: its lines are left out")
    ]
    for planner in planners:
        lines += ["", f"Plans with one imagined index, {planner}: questions whose true plan the index changes", _HEAD]
        lines += _plans(trials, planner, changed=True)
        lines += ["", f"Plans with one imagined index, {planner}: all questions", _HEAD]
        lines += _plans(trials, planner, changed=False)
    for planner in planners:
        lines += ["", f"Sizes, {planner}", _SIZES_HEAD, *_sizes(trials, planner)]
    lines += ["", "Sizes in blocks of 8 kB: true, " + ", ".join(planners), *map(_size, trials)]
    lines += ["", "Deviations of the shadow (true / shadow)", *_deviations(trials)]
    return "\n".join(lines) + "\n"


_HEAD = f"{'':38}{'indexes':>8}{'asked':>7}{'none':>6}{'identical':>11}{'shape':>8}{'median':>9}{'max':>10}"
_SIZES_HEAD = f"{'':38}{'indexes':>8}{'none':>6}{'exact':>8}{'within 10 %':>13}{'median':>9}{'worst':>9}"


def _kinds(trials: Sequence[Trial]) -> Iterator[tuple[str, list[Trial]]]:
    """By kind, then all B-trees and all others, then all."""
    named = sorted(trials, key=lambda trial: trial.kind)
    for kind, group in groupby(named, key=lambda trial: trial.kind):
        yield kind, list(group)
    yield "all B-trees", [trial for trial in trials if trial.kind.startswith("btree")]
    yield "all others", [trial for trial in trials if not trial.kind.startswith("btree")]
    yield "all", list(trials)


def _plans(trials: Sequence[Trial], planner: str, *, changed: bool) -> Iterator[str]:
    for kind, group in _kinds(trials):
        asked = [trial for trial in group if _asked(trial, planner, changed)]
        found = tally([one for trial in asked for one in _asked(trial, planner, changed)])
        answered = max(1, found.questions - found.unanswered)
        if asked:
            yield (
                f"{kind:38}{len(asked):8}{found.questions:7}{found.unanswered:6}{found.identical / answered:11.1%}"
                f"{found.same_shape / answered:8.1%}{found.median_error:9.3%}{found.max_error:10.2%}"
            )


def _asked(trial: Trial, planner: str, changed: bool) -> list[Comparison]:
    return [one for one in trial.plans[planner] if one.changed or not changed]


def _sizes(trials: Sequence[Trial], planner: str) -> Iterator[str]:
    for kind, group in _kinds(trials):
        sizes = [(size, trial.true_bytes) for trial in group if (size := trial.bytes[planner]) is not None]
        errors = sorted((size / true - 1 for size, true in sizes), key=abs)
        near = sum(abs(error) <= _NEAR for error in errors)
        figures = f"{near / len(errors):13.1%}{median(map(abs, errors)):9.2%}{errors[-1]:+9.1%}" if errors else ""
        exact = sum(size == true for size, true in sizes)
        yield f"{kind:38}{len(group):8}{len(group) - len(sizes):6}{exact:8}{figures}"


def _size(trial: Trial) -> str:
    blocks = (trial.true_bytes, *trial.bytes.values())
    return "".join(f"{'–' if size is None else size // _BLOCK:>8}" for size in blocks) + f"  {trial.kind}: {trial.sql}"


def _deviations(trials: Sequence[Trial]) -> Iterator[str]:
    """Of one index and statements that begin alike the worst, with how many more there are of other values."""
    for trial in trials:
        wrong = [one for one in trial.plans["shadow"] if not one.identical]
        ordered = sorted(wrong, key=lambda one: (_line(one)[:40], -(one.error or 1e9)))
        for _, group in groupby(ordered, key=lambda one: _line(one)[:40]):
            yield from _deviation(list(group))


def _deviation(alike: Sequence[Comparison]) -> Iterator[str]:
    worst = alike[0]
    cost = "no answer" if worst.cost is None else f"cost {worst.cost / max(worst.true_cost, 0.01) - 1:+.2%}"
    shape = "" if worst.same_shape else ", another shape"
    yield f"  {cost}{shape}, {len(alike)} × {(worst.index or '').removeprefix('CREATE INDEX ON ')}"
    yield f"      {_line(worst)[:140]}"
    yield f"      {worst.difference[:220]}"


def _line(one: Comparison) -> str:
    return " ".join(one.statement.split())
