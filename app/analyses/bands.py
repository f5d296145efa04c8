"""Bands: the median, the lowest and the highest number over the seeds; and whether two arms differ."""

import numpy as np
from numpy.typing import ArrayLike

from app.contract.findings import Band, Column
from app.evidence import CONFIDENCE, critical


def column(values: ArrayLike) -> Column:
    """Numbers, read in order, as a finding holds them: None where they are not finite."""
    return [float(x) if np.isfinite(x) else None for x in np.asarray(values, dtype=np.float64).ravel()]


def band(values: ArrayLike) -> Band:
    """[median, low, high] over the first axis of ``values`` [seeds, n]: three columns of n numbers.

    A number that is not finite counts as infinitely high and is not left out, so no seed is hidden: the lowest
    stays true, and so does the median as long as fewer than half overflowed.
    """
    numbers = np.asarray(values, dtype=np.float64)
    numbers = np.where(np.isfinite(numbers), numbers, np.inf)
    return [column(np.median(numbers, axis=0)), column(numbers.min(axis=0)), column(numbers.max(axis=0))]


def mean_band(values: ArrayLike) -> Band:
    """[mean, low, high] over the first axis of shares [seeds, n]: means of what adds up add up, medians do not.

    A seed without a share (0/0) is left out.
    """
    numbers = np.asarray(values, dtype=np.float64)
    there = np.isfinite(numbers)
    with np.errstate(invalid="ignore"):
        mean = np.where(there, numbers, 0.0).sum(axis=0) / there.sum(axis=0)
    low, high = np.where(there, numbers, np.inf).min(axis=0), np.where(there, numbers, -np.inf).max(axis=0)
    return [column(mean), column(low), column(high)]


def triple(values: ArrayLike) -> Column:
    """[median, low, high] of one number a seed, ``values`` [seeds]."""
    return [one[0] for one in band(np.asarray(values, dtype=np.float64).reshape(-1, 1))]


def apart(a: ArrayLike, b: ArrayLike, comparisons: int = 1) -> bool:
    """Whether two arms differ by more than their seeds do: Welch's t-test of the means (Welch 1947, Biometrika 34).

    Args:
        a, b: one number for each seed; at least two of each must be finite for a difference.
        comparisons: among how many such differences one sentence chooses (Bonferroni).
    """
    one, other = (values[np.isfinite(values)] for values in (np.asarray(x, dtype=np.float64) for x in (a, b)))
    if min(len(one), len(other)) < 2:
        return False
    errors = [values.var(ddof=1) / len(values) for values in (one, other)]
    difference, error = abs(one.mean() - other.mean()), sum(errors)
    if error == 0:
        return bool(difference > 0)
    spread = sum(e * e / (len(values) - 1) for e, values in zip(errors, (one, other), strict=True))
    return bool(difference > critical(1 - (1 - CONFIDENCE) / comparisons, error * error / spread) * np.sqrt(error))
