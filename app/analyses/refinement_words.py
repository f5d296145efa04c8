"""Words of the refinement: where the classes can be read, what the blocks add to that, and whether the arms differ."""

from collections.abc import Sequence
from itertools import combinations
from math import comb, sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.analyses.words import percent, share, signed
from app.evidence import CONFIDENCE, Gap, critical, gap

Floats = NDArray[np.float64]


class ArmResult(NamedTuple):
    """What the words are made of: one arm.

    Attributes:
        name: such as ``residual-32``.
        states: numbers of the layers behind which the probes stand.
        accuracy: of the probes, [states, networks].
        own: accuracy of the networks themselves, [networks].
        cosines: of F(h) with −∂L/∂h, [blocks, networks, examples]; no blocks where the arm has no ⊕.
        seeds: which they are, counted from 0.
        examples: on which accuracies were measured.
    """

    name: str
    states: Sequence[int]
    accuracy: Floats
    own: Floats
    cosines: Floats
    seeds: Sequence[int]
    examples: int

    def cosine(self) -> Floats:
        """Mean over the examples, [blocks, networks]; NaN where it is not defined."""
        return _nanmean(self.cosines)

    def change(self, first: int, last: int, comparisons: int = 1) -> Gap:
        """From the probes of one state to those of another, mean over the seeds.

        It is one network, so training adds no noise; the test set alone is a sample, the same for all seeds. Two
        right and two wrong answers are added to each, as in ``app.evidence.gap``.
        """
        both = self.accuracy[[first, last]].mean(1)
        shares = (both * self.examples + 2) / (self.examples + 4)
        margin = critical(1 - (1 - CONFIDENCE) / comparisons) * sqrt((shares * (1 - shares)).sum() / self.examples)
        return Gap(float(both[1] - both[0]), margin, len(self.seeds))

    def signs(self) -> tuple[int, int, int]:
        """Blocks whose cosine is above 0 in every network, below 0 in every network, and those that have one.

        By more than the sampling error of the mean over the examples, over all blocks together.
        """
        mean = self.cosine()
        mean = mean[np.isfinite(mean).all(1)]
        if not len(mean):
            return 0, 0, 0
        here = self.cosines[np.isfinite(self.cosine()).all(1)]
        count = np.isfinite(here).sum(2)
        spread = np.sqrt(_nanmean((here - _nanmean(here)[..., None]) ** 2) * count / np.maximum(count - 1, 1))
        margin = critical(1 - (1 - CONFIDENCE) / mean.size) * spread / np.sqrt(count)
        enough = count > 1
        above, below = (mean > margin) & enough, (mean < -margin) & enough
        return int(above.all(1).sum()), int(below.all(1).sum()), len(mean)


def sentences(results: Sequence[ArmResult]) -> list[str]:
    """A sentence an arm, and one that compares the probes after the last block (``app.evidence.gap``)."""
    words = [_of(arm) for arm in results]
    if len(results) > 1:
        words.append(_compared(results))
    return words


def _of(arm: ArmResult) -> str:
    middle = np.median(arm.accuracy, axis=1)
    text = f"{arm.name}: a linear probe classifies {share(middle[0])} of the test examples correctly after layer 1"
    text += f" and {share(middle[-1])} after the last block"
    own = f"the network itself {share(float(np.median(arm.own)))}"
    text += f" ({own})" if arm.change(0, -1).clear else f", no clear difference ({own})"
    best = int(np.argmax(middle))
    lost = arm.change(-1, best, len(middle))
    if lost.clear and lost.difference > 0:
        text += f"; best is the probe after layer {arm.states[best]}, {share(middle[best])}"
    return text + _gradient(arm) + (" (one seed)" if len(arm.seeds) == 1 else "")


def _gradient(arm: ArmResult) -> str:
    above, below, count = arm.signs()
    if not count:
        return ""
    mean = arm.cosine()
    middle = float(np.median(mean[np.isfinite(mean).all(1)]))
    text = f"; F points down the gradient in {above} of {count} blocks"
    text += f" and up in {below}" if below else ""
    return f"{text} (cosine {signed(middle)}, median block)"


def _compared(results: Sequence[ArmResult]) -> str:
    """The pair that is furthest apart after the last block, among all."""
    found = []
    for one, other in combinations(results, 2):
        both = sorted(set(one.seeds) & set(other.seeds))
        if not both:
            continue
        a, b = (arm.accuracy[-1][[list(arm.seeds).index(seed) for seed in both]] for arm in (one, other))
        difference = gap(a, b, one.examples, comb(len(results), 2))
        if difference is not None:
            found.append((abs(difference.difference), difference, one, other))
    if not found:
        return "The arms have no seed in common that is left, so they are not compared"
    _, difference, one, other = max(found, key=lambda pair: pair[0])
    low, high = (one, other) if difference.difference > 0 else (other, one)
    shares = [share(float(np.median(arm.accuracy[-1]))) for arm in (high, low)]
    few = " (one seed)" if difference.seeds == 1 else ""
    if not difference.clear:
        apart = percent(abs(difference.difference)).replace(" %", " points")
        return f"No clear difference between the arms: after the last block their probes are {apart} apart{few}"
    arms = f"{high.name} ({shares[0]}) than in {low.name} ({shares[1]})"
    return f"After the last block the classes are easier to read in {arms}{few}"


def _nanmean(values: Floats) -> Floats:
    """Over the last axis; NaN where there is nothing."""
    there = np.isfinite(values)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean: Floats = np.where(there, values, 0.0).sum(-1) / there.sum(-1)
    return mean
