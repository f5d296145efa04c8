"""The status line: what the numbers say, in words, including when there is nothing to see.

Pure functions of numbers, shared by the page and the command line. Every sentence is generated from
what was measured; none is written in advance for a preset. Every number is of the evaluated step, or has its own step
beside it.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.contract.arms import record_of
from app.contract.best_rate import edge
from app.contract.experiment import DATASET_SHAPES, Cell, Experiment
from app.contract.presets import prediction_of
from app.evidence import at_chance, rise
from app.runs.comparison import Comparison
from app.runs.phrases import counted_seeds, named_layers, percent, short, times
from app.runs.predicted import Answer, by_accuracy, by_size

#: a run of so few steps is about the first weights: its words stay those of step 0
ABOUT_THE_START = 20
#: a signal that changes by no more than this factor keeps its size
KEPT = 2.0
SIZE_KEPT = "keep their size (within a factor of 2)"
#: a ratio between layers beyond this, or below its inverse, is worth a word in training
REMARKABLE = 10.0
#: how much larger a training loss must be to rise with depth, in words: this factor, and so much in all
RISE_FACTOR, RISE = 1.5, 0.05


@dataclass(frozen=True, slots=True)
class Signals:
    """How the networks of a cell pass signals in one step: medians over the seeds; None where that is no number.

    Attributes:
        gradient_ratio: ‖∂L/∂W‖ of the first layer over the last layer's.
        backwards: ‖∂L/∂h‖ of the first layer over the last hidden layer's.
        forwards: mean h² of the last hidden layer over the first layer's.
        silent: layers, from 1, whose ‖∂L/∂W‖ is exactly 0 over the whole batch in every seed.
        partly_silent: those in which it is so in some seeds.
    """

    gradient_ratio: float | None
    backwards: float | None
    forwards: float | None
    silent: tuple[int, ...] = ()
    partly_silent: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Numbers:
    """What words are made of: all that is known at one evaluation.

    Attributes:
        step: of the evaluation.
        accuracy: [cells, seeds] on the test set; NaN where a network has diverged.
        training_loss: [cells, seeds] over the whole training set, likewise; None before it was first measured.
        training_step: when that was; 0 before.
        diverged: of each cell the steps at which its seeds diverged.
        best: the cell that stands for each (arm, depth); in fair mode None where no rate is best.
        signals: one a cell, of exactly this step; None where it was not measured.
    """

    step: int
    accuracy: NDArray[np.float64]
    training_loss: NDArray[np.float64] | None
    training_step: int
    diverged: list[list[int]]
    best: list[int | None]
    signals: list[Signals] | None


class Narrator:
    """Words about the cells of one experiment, whose test set has ``examples`` examples."""

    def __init__(self, experiment: Experiment, examples: int) -> None:
        self.experiment, self.examples, self.cells = experiment, examples, experiment.cells()
        self.classes = DATASET_SHAPES[experiment.dataset][2]
        self.names = experiment.arm_names()
        self.prediction = prediction_of(experiment)
        self._start: list[str] = []
        self._sizes: Answer | None = None

    def words(self, numbers: Numbers) -> dict[str, Any]:
        """A sentence per cell, one per depth that compares the arms, one overall, and the answer to the prediction."""
        comparison = None  # before the first step there is nothing to compare
        if numbers.step:
            comparison = Comparison(self.experiment, self.examples, self.classes, self._standing_for(numbers))
        return self._sentences(numbers, comparison) | {"answer": self._answer(numbers, comparison)}

    def _answer(self, numbers: Numbers, comparison: Comparison | None) -> Answer | None:
        """None while nothing is trained, where training decides."""
        rule, arm = self.prediction.rule, self.prediction.arm
        if rule in ("learns", "better"):
            return by_accuracy(self.prediction, comparison) if comparison else None
        c = numbers.best[(arm + 1) * len(self.experiment.depths) - 1]
        if numbers.step == 0 and numbers.signals and c is not None:
            signals, name = numbers.signals[c], f"{self.names[arm]}-{self.cells[c].layers}"
            ratio = signals.backwards if rule == "backwards" else signals.forwards
            self._sizes = by_size(self.prediction, name, ratio)
        return self._sizes

    def _sentences(self, numbers: Numbers, comparison: Comparison | None) -> dict[str, Any]:
        depths, indices = self.experiment.depths, range(len(self.cells))
        if numbers.step == 0:
            self._start = [self._at_the_start(c, numbers) for c in indices]
        if self._start and (numbers.step == 0 or self.experiment.steps <= ABOUT_THE_START):
            cells = [start + self._lost(numbers.diverged[c]) for c, start in enumerate(self._start)]
            overall = "Nothing is trained yet" if self.experiment.steps > ABOUT_THE_START else ". ".join(cells)
            return {"cells": cells, "depths": [""] * len(depths), "overall": overall}
        cells = [self._cell(c, numbers) for c in indices]
        if len(self.experiment.learning_rates) > 1 and numbers.training_loss is None:
            overall = "No learning rate is the best yet: the whole training set is still to be measured"
            return {"cells": cells, "depths": [""] * len(depths), "overall": overall}
        compared, sentences = [""] * len(depths), []
        if comparison and len(self.names) > 1:
            compared = [comparison.depth(index) for index in range(len(depths))]
            sentences.append(comparison.overall())
        sentences += self._rises(numbers)
        overall = ". ".join(part[0].upper() + part[1:] for part in sentences)
        last = numbers.best[-1]
        return {"cells": cells, "depths": compared, "overall": overall or cells[-1 if last is None else last]}

    # one cell

    def _who(self, cell: Cell) -> str:
        name = f"{self.names[cell.arm]}-{cell.layers}"
        return f"{name} at rate {cell.learning_rate:g}" if self.experiment.learning_rates else name

    def _at_the_start(self, c: int, numbers: Numbers) -> str:
        """Before the first step there is one thing to say: how signals pass through the initial weights."""
        who, signals = self._who(self.cells[c]), numbers.signals[c] if numbers.signals else None
        parts = []
        if signals and signals.backwards is not None:
            parts.append("gradients " + _along(signals.backwards, "from the last hidden layer to the first"))
        if signals and signals.forwards is not None:
            parts.append("activations " + _along(signals.forwards, "(mean square) on the way forward"))
        if parts == [f"{what} {SIZE_KEPT}" for what in ("gradients", "activations")]:
            parts = [f"gradients and activations {SIZE_KEPT}"]
        silent = self._silent(c, signals)
        parts += [silent] if silent else []
        return f"{who} at the start: {', '.join(parts)}" if parts else f"{who} is not trained yet"

    def _lost(self, steps: list[int]) -> str:
        if not steps:
            return ""
        some = "" if len(steps) == self.experiment.seeds else f" in {len(steps)} of {self.experiment.seeds} seeds"
        return f"; it diverged {_by(steps)}{some}"

    def _cell(self, c: int, numbers: Numbers) -> str:
        who, lost, seeds = self._who(self.cells[c]), numbers.diverged[c], self.experiment.seeds
        if len(lost) == seeds:
            return f"{who} diverged {_by(lost)} and is frozen"
        rates = self.experiment.learning_rates
        beyond = edge(rates, c % len(rates)) if len(rates) > 1 and c in numbers.best else None
        text = who + (f", the {beyond} tried (the best may lie beyond)," if beyond else "")
        text += f" {self._at(numbers.accuracy[c])}"
        if lost:
            text += f" ({len(lost)} of {seeds} seeds diverged)"
        signals = numbers.signals[c] if numbers.signals else None
        if silent := self._silent(c, signals):
            return f"{text}; {silent}"
        ratio = signals.gradient_ratio if signals else None
        if ratio is not None and ratio >= REMARKABLE:
            text += f"; its layer-1 gradient is {times(ratio)} its last layer's"
        elif ratio is not None and 0 < ratio <= 1 / REMARKABLE:
            text += f"; its layer-1 gradient is {times(1 / ratio)} smaller than its last layer's"
        return text

    def _at(self, accuracy: NDArray[np.float64]) -> str:
        there = accuracy[np.isfinite(accuracy)]
        if not there.size:
            return "has no accuracy"
        share = float(np.median(there))
        return f"is at {percent(share)}" + (", chance" if at_chance(share, self.classes, self.examples) else "")

    def _silent(self, c: int, signals: Signals | None) -> str:
        """Which layers receive no gradient. With stochastic depth a dropped block receives none, by design."""
        if signals is None:
            return ""
        arm, _, _, of = self.cells[c]
        dropped = record_of(self.experiment.arms[arm]).drops
        parts = []
        for layers, where in ((signals.silent, ""), (signals.partly_silent, " in some seeds")):
            if layers:
                named = named_layers(layers, of)
                one = named.startswith(("layer ", "every"))
                parts.append(f"{named} receive{'s' if one else ''} no gradient{where}")
        return " and ".join(parts) + (" (stochastic depth drops blocks)" if parts and dropped else "")

    # all cells

    def _standing_for(self, numbers: Numbers) -> NDArray[np.float64]:
        """[arms, depths, seeds]: accuracies of the cells that stand for each arm and depth."""
        lost = np.full(self.experiment.seeds, np.nan)
        rows = [lost if cell is None else numbers.accuracy[cell] for cell in numbers.best]
        return np.array(rows).reshape(len(self.names), len(self.experiment.depths), -1)

    def _rises(self, numbers: Numbers) -> list[str]:
        """Of which arms the training loss rises with depth; arms of as many seeds share a sentence."""
        found: dict[str, list[str]] = {}
        for arm, name in enumerate(self.names):
            if rises := self._rise(arm, numbers):
                ends, seeds = rises
                found.setdefault(seeds, []).append(f"of {name} {ends}")
        return [f"training loss rises with depth: {'; '.join(arms)} ({seeds})" for seeds, arms in found.items()]

    def _rise(self, arm: int, numbers: Numbers) -> tuple[str, str] | None:
        """Where it is lowest and where it ends, and by how many seeds; None where it does not clearly rise.

        Degradation is a matter of the training loss (He et al. 2015, section 1), so it alone decides.
        """
        if numbers.training_loss is None:
            return None
        depths = len(self.experiment.depths)
        cells = [cell for cell in numbers.best[arm * depths : (arm + 1) * depths] if cell is not None]
        known = [
            (cell, numbers.training_loss[cell]) for cell in cells if np.isfinite(numbers.training_loss[cell]).any()
        ]
        if len(known) < 2:
            return None
        (shallow, low), (deep, high) = min(known, key=lambda item: float(np.nanmedian(item[1]))), known[-1]
        least, most = float(np.nanmedian(low)), float(np.nanmedian(high))
        if deep <= shallow or most < RISE_FACTOR * least or most - least < RISE:
            return None
        difference = rise(low, high, (depths - 1) * len(self.names))
        if difference is None or not difference.clear:
            return None
        ends = f"{short(least)} at {self.cells[shallow].layers}, {short(most)} at {self.cells[deep].layers} layers"
        dated = "" if numbers.training_step == numbers.step else f", at step {numbers.training_step}"
        seeds = counted_seeds(difference.seeds, self.experiment.seeds)
        return ends, f"{seeds}{dated}"


def _along(ratio: float, direction: str) -> str:
    if ratio == 0:
        return "vanish"
    if 1 / KEPT <= ratio <= KEPT:
        return SIZE_KEPT
    return f"grow {times(ratio)} {direction}" if ratio > 1 else f"shrink {times(1 / ratio)} {direction}"


def _by(steps: list[int]) -> str:
    return f"at step {steps[0]}" if len(set(steps)) == 1 else f"by step {max(steps)}"
