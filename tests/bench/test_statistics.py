import random

import pytest

from dbadvisor.bench import statistics


def noisy(middle: float, count: int, seed: int) -> list[float]:
    chance = random.Random(seed)
    return [middle * chance.lognormvariate(0, 0.15) for _ in range(count)]


def test_the_same_statement_is_never_called_different() -> None:
    verdicts = set()
    for seed in range(200):
        before, again, after = (noisy(10, 15, seed * 3 + arm) for arm in range(3))
        floor = statistics.noise(statistics.ratio(before, again))
        verdicts.add(statistics.verdict(100, 100, statistics.ratio(before, after), floor))
    assert verdicts == {statistics.SAME}


def test_a_clear_gain_and_a_clear_loss_are_seen() -> None:
    before = noisy(10, 15, 1)
    floor = 0.1
    assert statistics.verdict(100, 10, statistics.ratio(before, noisy(3, 15, 2)), floor) == statistics.BETTER
    assert statistics.verdict(10, 100, statistics.ratio(before, noisy(30, 15, 3)), floor) == statistics.WORSE


def test_fewer_buffers_count_although_the_time_is_noise() -> None:
    times = statistics.ratio(noisy(10, 15, 4), noisy(9, 15, 5))
    assert statistics.verdict(1000, 100, times, 0.1) == statistics.BETTER


def test_fewer_buffers_do_not_excuse_a_slower_statement() -> None:
    times = statistics.ratio(noisy(10, 15, 6), noisy(40, 15, 7))
    assert statistics.verdict(1000, 100, times, 0.1) == statistics.SAME


def test_where_triggers_do_the_work_time_decides() -> None:
    faster = statistics.ratio(noisy(10, 15, 8), noisy(1, 15, 9))
    assert statistics.verdict(5, 5, faster, 0.1, outside=True) == statistics.BETTER


def test_a_noisy_machine_needs_a_larger_difference() -> None:
    times = statistics.ratio(noisy(10, 15, 10), noisy(6, 15, 11))
    assert statistics.verdict(100, 100, times, floor=0.05) == statistics.BETTER
    assert statistics.verdict(100, 100, times, floor=1.5) == statistics.SAME


def test_the_interval_holds_the_middle_and_is_repeatable() -> None:
    before, after = noisy(10, 9, 12), noisy(5, 9, 13)
    first = statistics.ratio(before, after)
    assert first.low <= first.middle <= first.high
    assert first == statistics.ratio(before, after)


def test_no_pairs_no_ratio() -> None:
    with pytest.raises(ValueError, match="pairs"):
        statistics.ratio([], [])
