"""The status line: what the numbers say, in words, including when there is nothing to see.

Pure functions of numbers, shared by the page and the command line. Every sentence is generated from
what was measured; none is written in advance for a preset.
"""

from dataclasses import dataclass
from typing import Any

from app.contract.experiment import DATASET_SHAPES, Cell, Experiment

#: two arms whose accuracies differ by no more than this are called equal
SAME = 0.03
#: accuracy within this of 1/classes is called chance
NEAR_CHANCE = 0.05
SUPERSCRIPTS = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
#: a run of so few steps is made to look at its first weights: its words stay with what was seen before the first
ABOUT_THE_START = 20
#: a ratio between layers beyond this, or below its inverse, is worth a word
REMARKABLE = 10.0


@dataclass(frozen=True, slots=True)
class CellView:
    """The numbers of one cell that words are made of; None where nothing is known or not finite.

    Attributes:
        gradient_ratio: ‖∂L/∂W‖ of the first layer over the last layer's.
        backwards: ‖∂L/∂h‖ of the first layer over the last hidden layer's.
        forwards: mean h² of the last hidden layer over the first layer's.
    """

    accuracy: float | None
    batch_loss: float | None
    training_loss: float | None
    gradient_ratio: float | None
    backwards: float | None
    forwards: float | None
    diverged_seeds: int
    diverged_step: int | None


class Narrator:
    """Words about the cells of one experiment."""

    def __init__(self, experiment: Experiment) -> None:
        self.experiment, self.cells = experiment, experiment.cells()
        self.chance = 1 / DATASET_SHAPES[experiment.dataset][2]
        self.names = experiment.arm_names()
        self._start: list[str] = []

    def words(self, step: int, views: list[CellView], best: list[int]) -> dict[str, Any]:
        """A sentence per cell, one per depth that compares the first two arms, and one overall.

        ``best`` names the cell that stands for each (arm, depth).
        """
        depths, arms = self.experiment.depths, len(self.names)
        by_arm = [[views[c] for c in best[arm * len(depths) : (arm + 1) * len(depths)]] for arm in range(arms)]
        if step == 0:
            self._start = [self._at_the_start(cell, view) for cell, view in zip(self.cells, views, strict=True)]
        if self._start and (step == 0 or self.experiment.steps <= ABOUT_THE_START):
            cells = [start + self._lost(view) for start, view in zip(self._start, views, strict=True)]
            overall = "Nothing is trained yet" if self.experiment.steps > ABOUT_THE_START else ". ".join(cells)
            return {"cells": cells, "depths": [""] * len(depths), "overall": overall}
        cells = [self._cell(cell, view) for cell, view in zip(self.cells, views, strict=True)]
        compared = [""] * len(depths)
        if arms > 1:
            compared = [self._depth(depth, by_arm[0][i], by_arm[1][i]) for i, depth in enumerate(depths)]
        return {"cells": cells, "depths": compared, "overall": self._overall(by_arm) or cells[best[-1]]}

    def _who(self, cell: Cell) -> str:
        name = f"{self.names[cell.arm]}-{cell.layers}"
        return f"{name} at rate {cell.learning_rate:g}" if self.experiment.learning_rates else name

    def _at_the_start(self, cell: Cell, view: CellView) -> str:
        """Before the first step there is one thing to say: how signals pass through the initial weights."""
        who = self._who(cell)
        if view.backwards is None and view.forwards is None:
            return f"{who} is not trained yet"
        parts = []
        if view.backwards is not None:
            parts.append("gradients " + _along(
                view.backwards, "grow {} from the last layer to the first",
                "shrink {} from the last layer to the first", "reach the first layer as they left the last",
            ))  # fmt: skip
        if view.forwards is not None:
            parts.append("activations " + _along(
                view.forwards, "grow {} (mean square) on the way forward",
                "shrink {} (mean square) on the way forward", "keep their size",
            ))  # fmt: skip
        return f"{who} at the start: {', '.join(parts)}"

    def _lost(self, view: CellView) -> str:
        if not view.diverged_seeds:
            return ""
        some = "" if view.diverged_seeds == self.experiment.seeds else f" in {view.diverged_seeds} seeds"
        return f"; it diverged at step {view.diverged_step}{some}"

    def _cell(self, cell: Cell, view: CellView) -> str:
        who = self._who(cell)
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

    def _at(self, accuracy: float | None) -> str:
        if accuracy is None:
            return "has no accuracy"
        text = f"is at {percent(accuracy)}"
        return text + (", chance" if self._at_chance(accuracy) else "")

    def _at_chance(self, accuracy: float) -> bool:
        return accuracy <= self.chance + NEAR_CHANCE

    def _gap(self, a: float, b: float) -> float:
        """b − a in whole points, as it is told; 0 where both are at chance."""
        return 0.0 if self._at_chance(max(a, b)) else round(100 * (b - a)) / 100

    def _depth(self, depth: int, a: CellView, b: CellView) -> str:
        if a.accuracy is None or b.accuracy is None:
            return f"At {depth} layers the two cannot be compared: a network diverged"
        gap = self._gap(a.accuracy, b.accuracy)
        if abs(gap) <= SAME:
            level = (
                "at chance" if self._at_chance(max(a.accuracy, b.accuracy))
                else f"{percent(a.accuracy)} and {percent(b.accuracy)}"
            )  # fmt: skip
            return f"At {depth} layers no difference: {self.names[0]} and {self.names[1]} are {level}"
        ahead, behind = (1, 0) if gap > 0 else (0, 1)
        return f"At {depth} layers {self.names[ahead]} is {points(abs(gap))} ahead of {self.names[behind]}"

    def _overall(self, by_arm: list[list[CellView]]) -> str:
        """What the whole sweep shows; nothing where one arm has nothing to be compared with."""
        parts = self._compared(*by_arm[:2]) if len(by_arm) > 1 else []
        text = "; ".join(parts)
        rising = [words for name, views in zip(self.names, by_arm, strict=True) if (words := self._rise(name, views))]
        sentences = [part for part in (text, *rising) if part]
        if not sentences and len(by_arm) > 1:
            return "No two networks are left to compare: one of each pair diverged"
        return ". ".join(part[0].upper() + part[1:] for part in sentences)

    def _compared(self, first: list[CellView], second: list[CellView]) -> list[str]:
        gaps = [
            (depth, self._gap(a.accuracy, b.accuracy))
            for depth, a, b in zip(self.experiment.depths, first, second, strict=True)
            if a.accuracy is not None and b.accuracy is not None
        ]
        same = [depth for depth, gap in gaps if abs(gap) <= SAME]
        parts = [f"no difference at {listed(same)} layers (within {points(SAME)})"] if same else []
        for ahead, behind, sign in ((1, 0, 1), (0, 1, -1)):
            better = [(depth, abs(gap)) for depth, gap in gaps if gap * sign > SAME]
            if better:
                depth, gap = max(better, key=lambda item: item[1])
                parts.append(
                    f"{self.names[ahead]} is ahead of {self.names[behind]} at {listed([d for d, _ in better])} "
                    f"layers, by {points(gap)} at {depth}"
                )
        return parts

    def _rise(self, name: str, views: list[CellView]) -> str:
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
        return f"training loss of {name} rises with depth: {low:.2g} at {shallow}, {high:.2g} at {deep}"


def _along(ratio: float, grows: str, shrinks: str, keeps: str) -> str:
    if ratio == 0:
        return "vanish"
    if ratio >= REMARKABLE:
        return grows.format(times(ratio))
    return shrinks.format(times(1 / ratio)) if ratio <= 1 / REMARKABLE else keeps


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
