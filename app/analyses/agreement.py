"""Agreement: what is said of the gradients at neighbouring inputs, from their autocorrelation at one lag."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from app.analyses.bands import apart
from app.analyses.slopes import Floats
from app.analyses.words import number, signed
from app.contract.experiment import Cell, Experiment
from app.contract.questions import Shattering

#: said of the setting ``naive``
NOTHING = (
    "This setting shows nothing of shattering: with zero biases and nothing centred, a ReLU network of one input is "
    "linear on either side of 0, so its gradient has two values at any depth"
)
#: the same where other activations bend, too
UNCENTRED = "This setting is not the study's: nothing is centred"
#: autocorrelations closer than this are called equal
SAME = 0.1


@dataclass(frozen=True)
class Agreement:
    """The autocorrelation at one lag of one arm at one depth, a number a seed; NaN where it is not defined."""

    cell: Cell
    name: str
    values: Floats

    @property
    def median(self) -> float:
        """Over the seeds; NaN where one of them has none."""
        return float(np.median(self.values))


def sentences(
    experiment: Experiment, question: Shattering, told: Sequence[Agreement], lag: int, distance: float
) -> list[str]:
    """A sentence an arm, and one that compares the arms at the greatest depth.

    Of n points of noise the autocorrelation lies within ±2/√n at 95 of 100 lags: what is inside cannot be told from
    noise. Neighbours agree where it is above that; below, they disagree, and no arm does that better than another.

    Args:
        lag, distance: how far apart the neighbours are, in points and in units of the input.
    """
    noise, words = 2 / float(np.sqrt(question.points)), []
    for arm in sorted({one.cell.arm for one in told}):
        mine = [one for one in told if one.cell.arm == arm]
        values = ", ".join(f"{_shown(one.median)} at {one.cell.layers}" for one in mine)
        at = f"{number(distance)} of the input away ({lag} points)"
        text = f"{experiment.arm_names()[arm]}: the gradient's autocorrelation, {at}, is {values} layers"
        lost = [str(one.cell.layers) for one in mine if abs(one.median) <= noise]
        words.append(text + (f"; at {', '.join(lost)} it cannot be told from noise (±{noise:.2g})" if lost else ""))
    deepest = max(one.cell.depth for one in told)
    there = [one for one in told if one.cell.depth == deepest and np.isfinite(one.median)]
    if len(there) > 1:
        words.append(compared(there, noise))
    if question.setting == "naive":
        straight = all(arm.activation == "relu" and arm.connection != "highway" for arm in experiment.arms)
        words.append(NOTHING if straight else UNCENTRED)
    return words


def compared(there: Sequence[Agreement], noise: float) -> str:
    """The arm whose neighbours agree most against the one whose agree least, all at one depth."""
    low, *_, high = sorted(there, key=lambda one: one.median)
    where, both = "at the greatest depth", f"({_shown(low.median)} to {_shown(high.median)})"
    if high.median <= noise:
        return f"No arm is ranked: {where} neighbouring inputs agree on the gradient in none {both}"
    if high.median - low.median <= SAME:
        return f"No difference between the arms {where} {both}"
    if not apart(low.values, high.values, len(there) * (len(there) - 1) // 2):
        seeds = min(len(low.values), len(high.values))
        why = f"{seeds} seeds differ as much among themselves" if seeds > 1 else "one seed cannot tell"
        return f"No clear difference between the arms {where}: {why} {both}"
    least = f"{low.name} ({_shown(low.median)}{', which is noise' if abs(low.median) <= noise else ''})"
    return f"Neighbouring inputs agree more on the gradient in {high.name} ({_shown(high.median)}) than in {least}"


def _shown(value: float) -> str:
    return signed(value) if np.isfinite(value) else "undefined (a gradient that is constant or overflows)"
