"""Agreement: sentences about the gradients at neighbouring inputs, from their autocorrelation at one lag."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.analyses.bands import apart
from app.analyses.words import number, signed
from app.contract.arms import record_of
from app.contract.experiment import Cell, Experiment

Floats = NDArray[np.float64]

#: the sentence about the setting ``naive``
NOTHING = (
    "This setting shows nothing of shattering: with zero biases and nothing centred, a ReLU network of one input is "
    "linear on either side of 0, so its gradient has two values at any depth"
)
#: the same with activations other than ReLU
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
    experiment: Experiment, setting: str, points: int, results: Sequence[Agreement], lag: int, distance: float
) -> list[str]:
    """One sentence for each arm, and one that compares the arms at the greatest depth.

    The autocorrelation of n points of noise is within ±2/√n at 95 of 100 lags, so values inside cannot be told from
    noise. Neighbours agree where it is above that; below they disagree, and arms are not ranked by how much.

    Args:
        setting, points: of the question.
        lag, distance: how far apart the neighbours are, in points and in units of the input.
    """
    noise, words = 2 / float(np.sqrt(points)), []
    for arm in sorted({one.cell.arm for one in results}):
        mine = [one for one in results if one.cell.arm == arm]
        values = ", ".join(f"{_shown(one.median)} at {one.cell.layers}" for one in mine)
        at = f"{number(distance)} of the input away ({lag} points)"
        text = f"{experiment.arm_names()[arm]}: the gradient's autocorrelation, {at}, is {values} layers"
        lost = [str(one.cell.layers) for one in mine if abs(one.median) <= noise]
        words.append(text + (f"; at {', '.join(lost)} it cannot be told from noise (±{noise:.2g})" if lost else ""))
    deepest = max(one.cell.depth for one in results)
    there = [one for one in results if one.cell.depth == deepest and np.isfinite(one.median)]
    if len(there) > 1:
        words.append(compared(there, noise))
    if setting == "naive":
        straight = all(arm.activation == "relu" and record_of(arm).join != "gate" for arm in experiment.arms)
        words.append(NOTHING if straight else UNCENTRED)
    return words


def compared(there: Sequence[Agreement], noise: float) -> str:
    """Compare the arm with the highest autocorrelation to the one with the lowest, all at one depth."""
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
