"""Factors: whether a positive measure, one a seed, differs between two arms by more than between equal ones.

What ``app.evidence`` does for accuracies, in logarithms: a moderated t-test of the differences (Smyth 2004),
whose prior variance was measured between equal arms. With one seed only that prior is known.
"""

from collections.abc import Mapping, Sequence
from math import log, sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from app.evidence import CONFIDENCE, PRIOR_FREEDOM, critical


def differ(a: ArrayLike, b: ArrayLike, prior: float, least: float) -> bool:
    """Whether the means of ln b and ln a are more than ln ``least`` and more than equal networks' apart.

    Args:
        a, b: one number > 0 a seed, the same seed in the same place; where one is NaN its pair does not count.
        prior: variance of ln b − ln a between equal networks.
        least: a smaller factor does not count as a difference.
    """
    logs = np.log(np.asarray(b, dtype=np.float64)) - np.log(np.asarray(a, dtype=np.float64))
    logs = logs[np.isfinite(logs)]
    if not len(logs):
        return False
    freedom = PRIOR_FREEDOM + len(logs) - 1
    variance = (PRIOR_FREEDOM * prior + ((logs - logs.mean()) ** 2).sum()) / freedom
    return abs(float(logs.mean())) > max(log(least), critical(CONFIDENCE, freedom) * sqrt(variance / len(logs)))


class ArmMeasure(NamedTuple):
    """A positive measure of one arm: its median, and its numbers by seed (NaN or missing where there is none)."""

    name: str
    median: float
    by_seed: Mapping[int, float]


class Extremes(NamedTuple):
    """The arms with the lowest and the highest median, whether they differ, and ``" (one seed)"`` where it was one."""

    low: ArmMeasure
    high: ArmMeasure
    differ: bool
    basis: str


def extremes(arms: Sequence[ArmMeasure], prior: float, least: float) -> Extremes:
    """Compare the arm with the lowest median to the one with the highest, over the seeds that both have.

    Args:
        arms: at least two.
        prior, least: as for ``differ``.
    """
    low, high = (pick(arms, key=lambda arm: arm.median) for pick in (min, max))
    seeds = sorted(low.by_seed.keys() & high.by_seed.keys())
    a, b = np.array([[arm.by_seed[seed] for seed in seeds] for arm in (low, high)])
    one = np.isfinite(a + b).sum() == 1
    return Extremes(low, high, differ(a, b, prior, least), " (one seed)" if one else "")
