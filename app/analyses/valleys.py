"""Valleys: how wide the low ground around the weights is on a plane, at one loss for all arms, and in words.

The level is half of what guessing costs, ln(classes)/2. No arm has a say in it: a level made from an arm's own loss
calls the arm that learned less the wider one. And it lies high above what trained networks reach, so that how deep a
valley goes tells little of its width there: in a bowl of equal curvature whose ground lies at c, the area below the
level L is proportional to L − c. An arm with a ground above L/4 is therefore not compared.
"""

from collections.abc import Sequence
from math import log
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.analyses.words import number, share
from app.contract.experiment import DATASET_SHAPES, Experiment

#: the level as a share of the loss of guessing, and the highest ground that is compared, as a share of the level
LEVEL, HIGHEST_GROUND = 0.5, 0.25
#: points that a valley must have to be called wide or narrow
FEW = 5
#: areas that differ by no more than this factor are called alike: of 140 pairs of equal arms (depths 8 to 64 of the
#: default preset, seeds and planes drawn) none differed by more than 1.45 (``benchmarks.equal_valleys``)
ALIKE = 1.5

Mask = NDArray[np.bool_]


class Ground(NamedTuple):
    """One arm on its plane: its name, the losses [side, side], the loss at the weights."""

    name: str
    loss: NDArray[np.float64]
    centre: float


def level_of(experiment: Experiment) -> float:
    """The loss at which valleys are compared."""
    return LEVEL * log(DATASET_SHAPES[experiment.dataset][2])


def valley(loss: NDArray[np.float64], level: float) -> Mask:
    """The points at or below a level that hang together with the middle; none if that is above it."""
    low: Mask = loss <= level
    found = np.zeros_like(low)
    middle = len(loss) // 2
    found[middle, middle] = low[middle, middle]
    while True:
        wider = found.copy()
        for one, other in ((wider, found), (wider.T, found.T)):
            one[1:] |= other[:-1]
            one[:-1] |= other[1:]
        wider &= low
        if (wider == found).all():
            return found
        found = wider


def at_the_border(inside: Mask) -> bool:
    """Whether a valley reaches the edge of the plane, and so may go on beyond."""
    return bool(inside[0].any() or inside[-1].any() or inside[:, 0].any() or inside[:, -1].any())


def described(experiment: Experiment, one: Ground, *, around_weights: bool = True) -> str:
    """A sentence about one arm. The valley is that around the weights, if they lie in the middle of the plane."""
    level = level_of(experiment)
    if not np.isfinite(one.centre):
        return f"{one.name}: the loss at the weights themselves is beyond all numbers"
    finite = np.isfinite(one.loss)
    highest = float(one.loss.max(where=finite, initial=0.0))
    text = f"{one.name}: the loss is {number(one.centre)} at the weights and {number(highest)} at the highest point"
    text += f", {number(highest / one.centre)} times as much" if one.centre > 0 else ""
    text += f", beyond all numbers at {share(1 - finite.mean())} of the points" if not finite.all() else ""
    if one.centre > level:
        return (
            f"{text}; it has learned little (guessing costs {number(level / LEVEL)}), so where it is flat means nothing"
        )
    told = f"; its valley below {number(level)} takes {_area(valley(one.loss, level))}"
    return text + told * around_weights


def _area(inside: Mask) -> str:
    return f"{'at least ' * at_the_border(inside)}{share(inside.mean(), 1)} of the plane"


def compared(experiment: Experiment, arms: Sequence[Ground]) -> str:
    """Which arm has the wider valley on a plane with equal axes, or why that cannot be told."""
    level, cannot = level_of(experiment), "Widths cannot be compared: "
    if lost := [one.name for one in arms if not one.centre <= level]:
        return f"{cannot}{' and '.join(lost)} {'has' if len(lost) == 1 else 'have'} no valley below {number(level)}"
    if high := [one for one in arms if one.centre > HIGHEST_GROUND * level]:
        told = " and ".join(f"{one.name} ({number(one.centre)})" for one in high)
        return f"{cannot}the ground of {told} lies so near to the level of {number(level)} that its height would count"
    insides = sorted(((valley(one.loss, level), one.name) for one in arms), key=lambda pair: pair[0].sum())
    (narrow, steep), (wide, flat) = insides[0], insides[-1]
    if narrow.sum() < FEW:
        return f"{cannot}the valley of {steep} has fewer than {FEW} points; ask for a smaller reach or more points"
    differ = wide.sum() > ALIKE * narrow.sum()
    if at_the_border(narrow) or (at_the_border(wide) and not differ):
        over = " and ".join(name for inside, name in insides if at_the_border(inside))
        return f"{cannot}the valley of {over} reaches the border of the plane; ask for a larger reach"
    told = f"{_area(wide)} for {flat}, {_area(narrow)} for {steep}"
    if not differ:
        return f"The valleys below {number(level)} are alike, for those of equal networks differ as much: {told}"
    return f"On this plane {flat} has the wider valley below {number(level)}: {told}"
