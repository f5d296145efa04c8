"""Evidence: whether accuracies differ by more than equal networks would.

Two sources of noise stand between a measured accuracy and what is true of a connection. The *test set* is a sample: of
n examples a share p is right with a standard error of √(p(1 − p)/n). And *training* is chaotic: two equal arms, with
rates that differ in the sixth digit, end at different accuracies; the spread over the seeds tells by how much, but
few seeds tell it badly. So the variance between seeds is taken together with one that was measured beforehand over
equal networks (a moderated t-test: Smyth 2004, Stat. Appl. Genet. Mol. Biol. 3(1), section 4). With one seed that prior
is all there is. How it was measured: docs/evidence.md. NumPy only; no PyTorch.
"""

from math import sqrt
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

#: how sure a sentence must be before it calls two numbers different
CONFIDENCE = 0.95
#: variance of the difference between two equal networks, as a share of p(1 − p)
PRIOR_SPREAD = 0.04
#: how many degrees of freedom that prior counts as
PRIOR_FREEDOM = 5.0
#: variance of the difference between the logarithms of two training losses; below the second, losses count as equal
PRIOR_LOSS_SPREAD, SMALLEST_LOSS = 0.3, 1e-6


class Gap(NamedTuple):
    """A difference b − a of two means: its size, and how large it must be to be reported.

    Attributes:
        difference: mean over the seeds of b − a.
        margin: half the width of the interval that holds the true difference with ``CONFIDENCE``.
        seeds: how many pairs it rests on; pairs in which one network diverged do not count.
    """

    difference: float
    margin: float
    seeds: int

    @property
    def clear(self) -> bool:
        """Whether the difference is larger than equal networks would show."""
        return abs(self.difference) > self.margin


def gap(a: ArrayLike, b: ArrayLike, examples: int, comparisons: int = 1) -> Gap | None:
    """Compare the accuracies of two arms, seed by seed.

    Args:
        a, b: one accuracy a seed, the same seed in the same place; NaN where a network diverged.
        examples: size of the set on which they were measured.
        comparisons: how many such differences one sentence tells of (Bonferroni).

    Returns:
        None when no pair is left.
    """
    pairs = np.stack([np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)])
    pairs = pairs[:, np.isfinite(pairs).all(axis=0)]
    if not pairs.shape[1]:
        return None
    # two successes and two failures more (Agresti & Coull 1998), for no error at all is no proof of perfection
    shares = (pairs.mean(axis=1) * examples + 2) / (examples + 4)
    both = float((shares * (1 - shares)).sum())
    # both arms meet the same examples, so this bound on the sampling error is on the safe side
    return _moderated(pairs[1] - pairs[0], PRIOR_SPREAD * both / 2, both / examples, comparisons)


def rise(shallow: ArrayLike, deep: ArrayLike, comparisons: int = 1) -> Gap | None:
    """Compare the training losses of two depths, seed by seed: the difference of their natural logarithms.

    The arguments are as ``gap`` has them. A loss over the whole training set has no sampling error.
    """
    pairs = np.stack([np.asarray(shallow, dtype=np.float64), np.asarray(deep, dtype=np.float64)])
    pairs = pairs[:, np.isfinite(pairs).all(axis=0)]
    if not pairs.shape[1]:
        return None
    logarithms = np.log(np.maximum(pairs, SMALLEST_LOSS))
    return _moderated(logarithms[1] - logarithms[0], PRIOR_LOSS_SPREAD, 0.0, comparisons)


def _moderated(differences: NDArray[np.float64], prior: float, sampling: float, comparisons: int) -> Gap:
    """A moderated paired t-interval for the mean of differences [seeds], with a prior variance of one of them."""
    seeds = len(differences)
    freedom = PRIOR_FREEDOM + seeds - 1
    squares = ((differences - differences.mean()) ** 2).sum()
    variance = (PRIOR_FREEDOM * prior + squares) / freedom
    factor = critical(1 - (1 - CONFIDENCE) / comparisons, freedom)
    return Gap(float(differences.mean()), factor * sqrt(variance / seeds + sampling), seeds)


def above(level: float, accuracy: ArrayLike, examples: int, comparisons: int = 1) -> Gap | None:
    """Compare the accuracy of an arm with a level: the difference accuracy − level.

    Args:
        accuracy: one a seed; NaN where a network diverged.
        examples, comparisons: as ``gap`` has them.

    Returns:
        None when no seed is left.
    """
    seeds = np.asarray(accuracy, dtype=np.float64)
    seeds = seeds[np.isfinite(seeds)]
    if not seeds.size:
        return None
    share = (float(seeds.mean()) * examples + 2) / (examples + 4)
    noise = share * (1 - share)
    # PRIOR_SPREAD is of the difference of two networks: one has half of it
    return _moderated(seeds - level, PRIOR_SPREAD * noise / 2, noise / examples, comparisons)


def at_chance(accuracy: float, classes: int, examples: int) -> bool:
    """Whether an accuracy is within the sampling error of guessing, on either side."""
    chance = 1 / classes
    return abs(accuracy - chance) <= critical(CONFIDENCE) * sqrt(chance * (1 - chance) / examples)


def critical(confidence: float, freedom: float = float("inf")) -> float:
    """Two-sided critical value of Student's t (Abramowitz & Stegun 1964, 26.7.5; within 4 % from 4 degrees on)."""
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    return (
        z
        + (z**3 + z) / (4 * freedom)
        + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * freedom**2)
        + (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * freedom**3)
    )
