"""Sentences about the paths: how long those are that carry the gradient, by both measures of ``kinds.paths``."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.analyses.arm_comparison import ArmMeasure, extremes
from app.analyses.words import SUPERSCRIPTS, number, percent, seeds_of

#: a sentence says up to which length the shares add up to the whole, within this
WITHIN = 0.1
#: mean lengths within this factor are called equal
SAME = 1.5
#: variance of ln(mean length) between two equal networks, 16 to 64 layers: 19 of 20 are within 1.4×
SPREAD = 0.03
#: shorter mean lengths count as this, in weight layers, so that no factor is infinite
SHORTEST = 0.5
#: a share under this is said to pull against the others
AGAINST = -0.01

Floats = NDArray[np.float64]


class ArmResult(NamedTuple):
    """What is known of one arm.

    Attributes:
        name: such as ``residual-32``.
        lengths: in weight layers.
        skips: whether there is more than one path.
        shares: of the gradient by length, [lengths, networks].
        products: number of paths × mean norm of one, as a share of the sum over the lengths, [lengths, networks].
        excess: that sum over the norm of the gradient, [networks].
        seeds: which they are, counted from 0.
    """

    name: str
    lengths: Sequence[int]
    skips: bool
    shares: Floats
    products: Floats
    excess: Floats
    seeds: Sequence[int]

    def mean_length(self) -> Floats:
        """Weight layers on a path, weighted by the shares, [networks]."""
        found: Floats = np.array(self.lengths) @ self.shares
        return found

    def product_length(self) -> Floats:
        """The same, weighted by the products."""
        found: Floats = np.array(self.lengths) @ self.products
        return found


def up_to(shares: Floats) -> tuple[int, float]:
    """From which entry on the running sum of shares stays within ``WITHIN`` of 1, and what it is there."""
    sums = np.cumsum(shares)
    off = np.flatnonzero(np.abs(sums - 1) > WITHIN)
    entry = int(off[-1]) + 1 if len(off) else 0
    return min(entry, len(sums) - 1), float(sums[min(entry, len(sums) - 1)])


def sentences(results: Sequence[ArmResult]) -> list[str]:
    """One or two sentences for each arm, and one that compares them."""
    words, means = [], []
    for arm in results:
        there: NDArray[np.bool_] = np.all(np.isfinite(arm.shares), axis=0)
        if not there.any():
            words.append(f"{arm.name}: no gradient that can be measured reaches the first layer")
            continue
        lengths = arm.mean_length()[there]
        by_seed = dict(zip(arm.seeds, np.maximum(arm.mean_length(), SHORTEST).tolist(), strict=True))
        means.append(ArmMeasure(arm.name, float(np.median(lengths)), by_seed))
        most, n = arm.lengths[-1], len(arm.lengths) - 1
        if not arm.skips:
            words.append(
                f"{arm.name} has one path, and all gradient takes it, through {_layers(most, 'all ')} of its blocks"
            )
            continue
        shares = arm.shares[:, there].mean(axis=1)
        entry, carried = up_to(shares)
        paths = f"2{str(n).translate(SUPERSCRIPTS)} paths"
        text = f"{arm.name}: of its {paths}, those through at most {arm.lengths[entry]} of {_layers(most)} carry "
        text += f"{percent(carried)} of the gradient; weighted by share, the mean length is {_mean(lengths)}"
        worst = int(np.argmin(shares))
        if shares[worst] < AGAINST:
            text += f"; those through {arm.lengths[worst]} pull against the others ({percent(float(shares[worst]))})"
        if not there.all():
            text += f"; in {(~there).sum()} of {len(there)} seeds none reaches it"
        words.append(text)
        excess = arm.excess[there]
        words.append(
            f"{arm.name}: weighted by the size of single paths times their number instead, it is "
            f"{_mean(arm.product_length()[there])}; sizes cannot cancel and gradients can: added up, these "
            f"sizes make about {_number(float(np.median(excess)))}× the gradient"
        )
    if len(means) > 1:
        short, long, differ, basis = extremes(means, SPREAD, SAME)
        if differ:
            words.append(
                f"Weighted by share, gradient passes {_one(short.median)} weight layers of blocks in {short.name} and "
                f"{_one(long.median)} in {long.name}{basis}"
            )
        else:
            both = f"{_one(short.median)} to {_one(long.median)}"
            words.append(f"No clear difference: {both} weight layers in all arms{basis}")
    return words


def _layers(count: int, all_of: str = "") -> str:
    return f"{all_of}{count} weight layers" if count != 1 else "1 weight layer"


def _mean(lengths: Floats) -> str:
    return f"{_one(float(np.median(lengths)))} weight layers ({seeds_of(lengths, _one)})"


def _one(x: float) -> str:
    return f"{x:.1f}".removesuffix(".0").replace("-", "−")


def _number(x: float) -> str:
    if not np.isfinite(x):
        return "more than 10³⁰⁸"
    return f"{x:.2g}" if x < 99.5 else number(x)
