"""The statistics of a verdict: paired ratios, their bootstrap interval, a noise floor. Pure."""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

CLEAR = 1.2
"""A difference smaller than 20 % is not called one: A/A pairs on a busy machine stray that far now and then."""
RESAMPLES = 1000
MINIMUM_PAIRS = 5
HALF_WIDTH = 0.10
"""Rounds go on until the interval is narrower than ±10 %, or time is up."""

BETTER, WORSE, SAME = "better", "worse", "no difference"


@dataclass(frozen=True, slots=True)
class Ratio:
    """The median of paired ratios after / before with its 95 % bootstrap interval."""

    middle: float
    low: float
    high: float

    @property
    def settled(self) -> bool:
        """Whether the interval is narrow enough to stop measuring."""
        return math.log(self.high / self.low) / 2 < HALF_WIDTH


def ratio(before: Sequence[float], after: Sequence[float], seed: int = 1) -> Ratio:
    """Percentile bootstrap over the log ratios of the pairs; raises ValueError without pairs."""
    if not before or len(before) != len(after):
        raise ValueError("pairs are needed")
    logs = [math.log(max(a, 1e-3) / max(b, 1e-3)) for b, a in zip(before, after, strict=True)]
    chance = random.Random(seed)  # noqa: S311 - resampling, not secrets
    middles = sorted(median(chance.choices(logs, k=len(logs))) for _ in range(RESAMPLES))
    return Ratio(
        math.exp(median(logs)),
        math.exp(middles[int(0.025 * RESAMPLES)]),
        math.exp(middles[int(0.975 * RESAMPLES) - 1]),
    )


def noise(same: Ratio) -> float:
    """How far the same statement strays from itself: 0.05 means 5 %."""
    return math.exp(max(abs(math.log(same.low)), abs(math.log(same.high)))) - 1


def verdict(buffers_before: float, buffers_after: float, times: Ratio, floor: float, *, outside: bool = False) -> str:
    """Buffers first, then time. To be asked only where the change can have an effect: a different plan or setting.

    `outside` means that the work happens where EXPLAIN counts no buffers (foreign-key triggers), so that time alone
    must decide. A better or worse time counts only beyond the noise floor and the 20 % that is called clear.
    """
    clear = max(CLEAR, 1 + floor)
    faster, slower = times.high < 1 / clear, times.low > clear
    if outside:
        return BETTER if faster else WORSE if slower else SAME
    less, more = buffers_after <= buffers_before / CLEAR, buffers_after >= buffers_before * CLEAR
    if (less and not slower) or (faster and buffers_after <= buffers_before):
        return BETTER
    if (more and not faster) or (slower and not less):
        return WORSE
    return SAME
