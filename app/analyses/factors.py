"""Factors: whether a positive measure, one a seed, differs between two arms by more than between equal ones.

What ``app.evidence`` does for accuracies, in logarithms: a moderated t-test of the differences (Smyth 2004),
whose prior variance was measured between equal arms. With one seed that prior is all there is.
"""

from collections.abc import Mapping
from math import log, sqrt

import numpy as np
from numpy.typing import ArrayLike

from app.evidence import CONFIDENCE, PRIOR_FREEDOM, critical


def differ(a: ArrayLike, b: ArrayLike, prior: float, least: float) -> bool:
    """Whether the means of ln b and ln a are more than ln ``least`` and more than equal networks' apart.

    Args:
        a, b: one number > 0 a seed, the same seed in the same place; where one is NaN its pair does not count.
        prior: variance of ln b − ln a between equal networks.
        least: a factor that is not worth telling.
    """
    logs = np.log(np.asarray(b, dtype=np.float64)) - np.log(np.asarray(a, dtype=np.float64))
    logs = logs[np.isfinite(logs)]
    if not len(logs):
        return False
    freedom = PRIOR_FREEDOM + len(logs) - 1
    variance = (PRIOR_FREEDOM * prior + ((logs - logs.mean()) ** 2).sum()) / freedom
    return abs(float(logs.mean())) > max(log(least), critical(CONFIDENCE, freedom) * sqrt(variance / len(logs)))


def matched(a: Mapping[int, float], b: Mapping[int, float]) -> tuple[list[float], list[float]]:
    """Of two arms' numbers by seed those of the seeds that both have: what has diverged has none."""
    both = sorted(a.keys() & b.keys())
    return [a[seed] for seed in both], [b[seed] for seed in both]
