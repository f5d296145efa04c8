"""The status line: what the numbers say, in words, including when there is nothing to see.

Pure functions of numbers, shared by the page and the command line. Every sentence is generated from
what was measured; none is written in advance for a preset.
"""

from dataclasses import dataclass
from typing import Any

from app.contract.experiment import DATASET_SHAPES, Experiment

#: two arms whose accuracies differ by no more than this are called equal
SAME = 0.03
#: accuracy within this of 1/classes is called chance
NEAR_CHANCE = 0.05
SUPERSCRIPTS = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
#: a first-to-last gradient ratio beyond this, or below its inverse, is worth a word
REMARKABLE = 10.0


@dataclass(frozen=True, slots=True)
class CellView:
    """The numbers of one cell that words are made of; None where nothing is known or not finite."""

    accuracy: float | None
    batch_loss: float | None
    training_loss: float | None
    gradient_ratio: float | None
    diverged_seeds: int
    diverged_step: int | None


class Narrator:
    """Words about the cells of one experiment."""

    def __init__(self, experiment: Experiment) -> None:
        self.experiment = experiment
        self.chance = 1 / DATASET_SHAPES[experiment.dataset][2]
        names = [arm.connection for arm in experiment.arms]
        self.names = [name if names.count(name) == 1 else f"{name} {chr(ord('A') + i)}" for i, name in enumerate(names)]

    def words(self, step: int, views: list[CellView]) -> dict[str, Any]:
        """A sentence per cell, one per depth that compares the first two arms, and one overall."""
        depths = self.experiment.depths
        by_arm = [views[arm * len(depths) : (arm + 1) * len(depths)] for arm in range(len(self.names))]
        compared = [
            self._depth(depth, by_arm[0][i], by_arm[1][i]) if len(by_arm) > 1 else "" for i, depth in enumerate(depths)
        ]
        return {
            "cells": [
                self._cell(self.names[cell.arm], cell.depth, view)
                for cell, view in zip(self.experiment.cells(), views, strict=True)
            ],
            "depths": compared,
            "overall": self._overall(step, by_arm) if len(by_arm) > 1 else "",
        }

    def _at(self, accuracy: float | None) -> str:
        if accuracy is None:
            return "has no accuracy"
        text = f"is at {percent(accuracy)}"
        return text + (", chance" if accuracy <= self.chance + NEAR_CHANCE else "")

    def _cell(self, name: str, depth: int, view: CellView) -> str:
        who = f"{name}-{depth}"
        if view.diverged_seeds == self.experiment.seeds:
            return f"{who} diverged at step {view.diverged_step} and is frozen"
        text = f"{who} {self._at(view.accuracy)}"
        if view.diverged_seeds:
            text += f" ({view.diverged_seeds} of {self.experiment.seeds} seeds diverged)"
        ratio = view.gradient_ratio
        if ratio is not None and ratio == 0:
            text += "; no gradient reaches its layer 1"
        elif ratio is not None and ratio >= REMARKABLE:
            text += f"; its layer-1 gradient is {times(ratio)} its last layer's"
        elif ratio is not None and ratio <= 1 / REMARKABLE:
            text += f"; its layer-1 gradient is {times(1 / ratio)} smaller than its last layer's"
        return text

    def _depth(self, depth: int, a: CellView, b: CellView) -> str:
        if a.accuracy is None or b.accuracy is None:
            return f"At {depth} layers the two cannot be compared: a network diverged"
        gap = b.accuracy - a.accuracy
        if abs(gap) <= SAME:
            level = (
                "at chance" if max(a.accuracy, b.accuracy) <= self.chance + NEAR_CHANCE
                else f"{percent(a.accuracy)} and {percent(b.accuracy)}"
            )  # fmt: skip
            return f"At {depth} layers no difference: {self.names[0]} and {self.names[1]} are {level}"
        ahead, behind = (1, 0) if gap > 0 else (0, 1)
        return f"At {depth} layers {self.names[ahead]} is {points(abs(gap))} ahead of {self.names[behind]}"

    def _overall(self, step: int, by_arm: list[list[CellView]]) -> str:
        depths = self.experiment.depths
        if step == 0:
            return "Nothing is trained yet"
        first, second = by_arm[0], by_arm[1]
        gaps = [
            (depth, b.accuracy - a.accuracy)
            for depth, a, b in zip(depths, first, second, strict=True)
            if a.accuracy is not None and b.accuracy is not None
        ]
        same = [depth for depth, gap in gaps if abs(gap) <= SAME]
        parts = []
        for ahead, behind, sign in ((1, 0, 1), (0, 1, -1)):
            better = [(depth, abs(gap)) for depth, gap in gaps if gap * sign > SAME]
            if better:
                depth, gap = max(better, key=lambda item: item[1])
                parts.append(
                    f"{self.names[ahead]} is ahead of {self.names[behind]} at {listed([d for d, _ in better])} "
                    f"layers, by {points(gap)} at {depth}"
                )
        if same:
            parts.insert(0, f"no difference at {listed(same)} layers (within {points(SAME)})")
        text = "; ".join(parts) or "every pair has a diverged network"
        worse = self._degrading(first)
        if worse:
            text += f". Training loss of {self.names[0]} rises with depth: {worse}"
        return text[0].upper() + text[1:]

    def _degrading(self, views: list[CellView]) -> str:
        """Degradation is a matter of the training loss (He et al. 2015, section 1), so it alone decides."""
        known = [
            (depth, view.training_loss)
            for depth, view in zip(self.experiment.depths, views, strict=True)
            if view.training_loss is not None
        ]
        if len(known) < 2:
            return ""
        (shallow, low), (deep, high) = min(known, key=lambda item: item[1]), known[-1]
        if deep <= shallow or high < 1.5 * low or high - low < 0.05:
            return ""
        return f"{low:.2g} at {shallow}, {high:.2g} at {deep}"


def percent(share: float) -> str:
    """0.914 → ``91 %``."""
    return f"{100 * share:.0f} %"


def points(gap: float) -> str:
    """0.03 → ``3 points``."""
    number = round(100 * gap)
    return f"{number} point{'' if number == 1 else 's'}"


def times(ratio: float) -> str:
    """How many times, as a person writes it: ``310×``, ``2.4·10⁸×``."""
    if ratio < 99_999.5:
        return f"{ratio:.0f}×"
    mantissa, exponent = f"{ratio:.1e}".split("e")
    return f"{mantissa}·10{str(int(exponent)).translate(SUPERSCRIPTS)}×"


def listed(numbers: list[int]) -> str:
    """[4, 8, 16] → ``4, 8 and 16``."""
    words = [str(number) for number in numbers]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
