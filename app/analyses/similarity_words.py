"""Words of the similarity: how alike layers are, and whether two arms differ by more than two seeds of one do."""

from collections.abc import Sequence
from itertools import combinations
from math import comb, sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.analyses.words import signed
from app.evidence import CONFIDENCE, PRIOR_FREEDOM, critical

#: variance of ``Contrast.values`` between equal networks (``python -m benchmarks.equal_measures``, docs/evidence.md)
PRIOR = 0.02
#: a difference of CKA that is not worth telling
SAME = 0.05

Floats = NDArray[np.float64]


class ArmResult(NamedTuple):
    """What the words are made of: one arm.

    Attributes:
        name: such as ``residual-32``.
        shown: numbers of the layers; the last one is the classifier.
        seeds: which they are, counted from 0.
        vectors: of ``app.analyses.cka``, [layers, networks, pairs of examples].
    """

    name: str
    shown: Sequence[int]
    seeds: Sequence[int]
    vectors: Floats


class Contrast(NamedTuple):
    """How alike two networks of different seeds are at the last hidden layer, of one arm and of two.

    Attributes:
        within, across: CKA, one number for each pair of seeds: mean over the two arms, and mean over the two ways to
            take one network of each arm.
    """

    within: Floats
    across: Floats

    @property
    def values(self) -> Floats:
        """How much more alike the networks of one arm are. For equal arms its mean is 0 and pairs are uncorrelated:

        with δ_s the difference of the arms' vectors at seed s, it is ½⟨δ_s, δ_s'⟩.
        """
        return self.within - self.across

    def clear(self, comparisons: int) -> bool:
        """Whether it is more than equal networks show: a moderated t-test (``app.evidence``)."""
        values = self.values
        freedom = PRIOR_FREEDOM + len(values) - 1
        variance = (PRIOR_FREEDOM * PRIOR + ((values - values.mean()) ** 2).sum()) / freedom
        factor = critical(1 - (1 - CONFIDENCE) / comparisons, freedom)
        return bool(values.mean() > max(SAME, factor * sqrt(variance / len(values))))


def contrast(one: ArmResult, other: ArmResult) -> Contrast | None:
    """Of the seeds that both arms have; None where there are fewer than two of them, or a CKA is not defined."""
    both = [(one.seeds.index(seed), other.seeds.index(seed)) for seed in one.seeds if seed in other.seeds]
    if len(both) < 2:
        return None
    a, b = (arm.vectors[-2, list(own)] for arm, own in zip((one, other), zip(*both, strict=True), strict=True))
    first, second = np.triu_indices(len(both), 1)
    own = ((a @ a.T)[first, second] + (b @ b.T)[first, second]) / 2
    mixed = a @ b.T
    found = Contrast(own, (mixed[first, second] + mixed[second, first]) / 2)
    return found if np.isfinite(found.values).all() else None


def sentences(results: Sequence[ArmResult]) -> list[str]:
    """A sentence an arm, and one that compares the last hidden layers of the arms that are furthest apart."""
    words = [_of(arm) for arm in results]
    if len(results) > 1:
        words.append(_compared(results))
    return words


def _of(arm: ArmResult) -> str:
    neighbours = np.median((arm.vectors[:-2] * arm.vectors[1:-1]).sum(2), axis=1)
    ends = float(np.median((arm.vectors[0] * arm.vectors[-2]).sum(1)))
    spaced = "" if len(arm.shown) == arm.shown[-1] else " shown"
    text = f"{arm.name}: neighbouring hidden layers{spaced} have a CKA of {_cka(np.median(neighbours))} (median)"
    text += f", the first and the last hidden layer {_cka(ends)}"
    pairs = list(combinations(range(len(arm.seeds)), 2))
    if not pairs:
        return f"{text} (one seed)"
    seeds = [float((arm.vectors[-2, a] * arm.vectors[-2, b]).sum()) for a, b in pairs]
    return f"{text}, the last hidden layers of two seeds {_cka(np.median(seeds))}"


def _compared(results: Sequence[ArmResult]) -> str:
    where, found = "at the last hidden layer", []
    for one, other in combinations(results, 2):
        contrasted = contrast(one, other)
        if contrasted is not None:
            found.append((float(contrasted.values.mean()), contrasted, one, other))
    if not found:
        return "Whether the arms differ by more than two seeds of one arm cannot be told without two seeds of both"
    _, furthest, one, other = max(found, key=lambda entry: entry[0])
    across, within = (_cka(np.median(values)) for values in (furthest.across, furthest.within))
    if furthest.clear(comb(len(results), 2)):
        both = f"a network of {one.name} and one of {other.name} are less alike ({across})"
        return f"{where.capitalize()} {both} than two of one arm ({within}, mean of the two)"
    both = f"two seeds of one arm have a CKA of {within}, two networks of different arms {across}"
    return f"No clear difference between the arms {where}: {both}"


def _cka(value: float | np.floating) -> str:
    return signed(float(value)) if np.isfinite(value) else "undefined"
