"""Bands: the median, the lowest and the highest of numbers over seeds, as findings hold them."""

import numpy as np
from numpy.typing import ArrayLike

from app.contract.findings import Band, Column


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


def triple(values: ArrayLike) -> Column:
    """[median, low, high] of one number a seed, ``values`` [seeds]."""
    return [one[0] for one in band(np.asarray(values, dtype=np.float64).reshape(-1, 1))]
