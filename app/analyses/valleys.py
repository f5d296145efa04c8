"""Valleys: how much of a plane around the weights lies below one level of the loss, the same for all arms.

The level is half of what guessing costs, ln(classes)/2. It does not depend on the arms: with a level made from an
arm's own loss, the arm that learned less would have the wider valley. It is also high above the loss of trained
networks, so that the width there depends little on the depth of the valley: in a bowl of given curvature with its
lowest loss at c, the area below the level L is proportional to L − c. An arm with a loss above L/4 at its weights is
therefore not compared.
"""

from collections.abc import Sequence
from math import log
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.analyses.words import number, share
from app.contract.experiment import DATASET_SHAPES, Experiment

#: the level as a share of the loss of guessing, and the highest loss at the weights that is compared, as a share of it
LEVEL, HIGHEST_GROUND = 0.5, 0.25
#: a valley of fewer points is not compared
FEW = 5
#: areas within this factor are no clear difference: of 140 pairs of equal arms (depths 8 to 64 of the
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
    """The points at or below a level that are connected to the middle; none if the middle is above it."""
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
        return f"{one.name}: the loss at the weights themselves is not finite"
    finite = np.isfinite(one.loss)
    highest = float(one.loss.max(where=finite, initial=0.0))
    text = f"{one.name}: the loss is {number(one.centre)} at the weights and {number(highest)} at the highest point"
    text += f", {number(highest / one.centre)} times as much" if one.centre > 0 else ""
    text += f", not finite at {share(1 - finite.mean())} of the points" if not finite.all() else ""
    if one.centre > level:
        return (
            f"{text}; it has learned little (guessing costs {number(level / LEVEL)}), so where it is flat means nothing"
        )
    width = f"; its valley below {number(level)} takes {_area(valley(one.loss, level))}"
    return text + width * around_weights


def _area(inside: Mask) -> str:
    return f"{'at least ' * at_the_border(inside)}{share(inside.mean(), 1)} of the plane"


def compared(experiment: Experiment, arms: Sequence[Ground]) -> str:
    """Which arm has the wider valley on a plane with equal axes, or why that is unknown."""
    level, cannot = level_of(experiment), "Widths cannot be compared: "
    if lost := [one.name for one in arms if not one.centre <= level]:
        return f"{cannot}{' and '.join(lost)} {'has' if len(lost) == 1 else 'have'} no valley below {number(level)}"
    if high := [one for one in arms if one.centre > HIGHEST_GROUND * level]:
        names = " and ".join(f"{one.name} ({number(one.centre)})" for one in high)
        return f"{cannot}the ground of {names} lies so near to the level of {number(level)} that its height would count"
    insides = sorted(((valley(one.loss, level), one.name) for one in arms), key=lambda pair: pair[0].sum())
    (narrow, steep), (wide, flat) = insides[0], insides[-1]
    if narrow.sum() < FEW:
        return f"{cannot}the valley of {steep} has fewer than {FEW} points; ask for a smaller reach or more points"
    differ = wide.sum() > ALIKE * narrow.sum()
    if at_the_border(narrow) or (at_the_border(wide) and not differ):
        over = " and ".join(name for inside, name in insides if at_the_border(inside))
        return f"{cannot}the valley of {over} reaches the border of the plane; ask for a larger reach"
    areas = f"{_area(wide)} for {flat}, {_area(narrow)} for {steep}"
    ratio = wide.sum() / narrow.sum()
    between = f"{ratio / ALIKE:.1f} to {ratio * ALIKE:.1f}, for equal networks differ by up to {ALIKE:g}"
    if not differ:
        return f"No clear difference in width below {number(level)}: {areas}, {ratio:.1f} times as much ({between})"
    least = "at least " * at_the_border(wide)
    return (
        f"On this plane the valley of {flat} below {number(level)} is {least}{ratio:.1f} times as wide as that of "
        f"{steep} ({between}): {areas}"
    )
