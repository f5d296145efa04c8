"""From measurements of every network to events for viewers: median and band over seeds, and words.

The store keeps measurements in full precision; this is what goes over the wire and to ``--jsonl``.
"""

import platform
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app import __version__
from app.contract import events, quantise
from app.contract import measurements as m
from app.contract.experiment import DATASET_SHAPES, Experiment
from app.runs.narration import CellView, Narrator

HEX = np.frombuffer(b"0123456789abcdef", dtype=np.uint8)


@dataclass(frozen=True, slots=True)
class _Middle:
    """Medians over the seeds of a frame: ``loss`` [cells], the others [layers of all cells]."""

    loss: NDArray[np.float64]
    weight_gradients: NDArray[np.float64]
    activation_gradients: NDArray[np.float64]
    activations: NDArray[np.float64]


class Digest:
    """Turns the measurements of one run into wire events."""

    def __init__(self, experiment: Experiment) -> None:
        self.experiment = experiment
        self.cells = experiment.cells()
        networks, seeds = experiment.networks(), experiment.seeds
        starts = np.concatenate([[0], np.cumsum([network.layers for network in networks])])
        # places of all layers in a column of all networks, cell after cell: [seeds, layers of all cells]
        self._layers = np.stack(
            [
                np.concatenate([np.arange(starts[k], starts[k + 1]) for k in range(seed, len(networks), seeds)])
                for seed in range(seeds)
            ]
        )
        #: where the layers of each cell begin, and where the last one's end
        self._starts = np.concatenate([[0], np.cumsum([network.layers for network in networks[::seeds]])])
        self._last_frame: _Middle | None = None
        self._last_training: NDArray[np.float64] | None = None
        self._ranking: NDArray[np.float64] | None = None
        self._diverged: dict[int, int] = {}
        self._narrator = Narrator(experiment)

    def event(self, measurement: m.Measurement) -> events.Event | None:
        """The event that tells viewers of a measurement; None for what the run's state tells."""
        match measurement:
            case m.Measured():
                return self._frame(measurement)
            case m.Evaluated():
                return self._evaluation(measurement)
            case m.Diverged(step, networks):
                self._diverged |= dict.fromkeys(networks, step)
                cells = sorted({network // self.experiment.seeds for network in networks})
                return events.Diverged(step, list(networks), cells)
            case m.WeightsKept(step, reason):
                return events.Weights(step, reason)
            case m.LearningRateChanged(step, rate, arm):
                return events.LearningRate(step, rate, arm)
            case m.Prepared():
                return events.Prepared(provenance(measurement, self.experiment))
        return None

    def _frame(self, frame: m.Measured) -> events.Frame:
        columns = (frame.weight_gradients, frame.activation_gradients, frame.activations)
        weights, passed, sizes = (over_seeds(values[self._layers])[0] for values in columns)
        self._last_frame = _Middle(over_seeds(self._by_cell(frame.loss))[0], weights, passed, sizes)
        return events.Frame(
            frame.step,
            round(frame.seconds, 3),
            self._band(frame.loss),
            quantise.encode(weights),
            quantise.encode(passed),
            quantise.encode(sizes),
        )

    def _by_cell(self, values: m.Floats) -> m.Floats:
        """[seeds, cells] of a column of all networks."""
        return values.reshape(len(self.cells), self.experiment.seeds).T

    def _band(self, values: m.Floats) -> events.Band:
        return [_column(values) for values in over_seeds(self._by_cell(values))]

    def _evaluation(self, point: m.Evaluated) -> events.Evaluation:
        if point.training_loss is not None and point.step > 0:
            seeds = self._by_cell(point.training_loss)
            self._last_training = over_seeds(seeds)[0]
            # a rate at which a seed diverged is not judged by the seeds that survived it
            self._ranking = np.median(np.where(np.isfinite(seeds), seeds, np.inf), axis=0)
        accuracy = over_seeds(self._by_cell(point.test_accuracy))[0]
        best = self._best()
        regions = None
        if point.regions is not None:
            regions = [
                HEX[np.stack([cell.ravel() >> 4, cell.ravel() & 15], axis=-1)].tobytes().decode()
                for cell in point.regions
            ]
        return events.Evaluation(
            point.step,
            round(point.seconds, 3),
            self._band(point.test_accuracy),
            self._band(point.test_loss),
            None if point.training_loss is None else self._band(point.training_loss),
            None if point.training_accuracy is None else self._band(point.training_accuracy),
            regions,
            self._narrator.words(point.step, [self._view(c, accuracy) for c in range(len(self.cells))], best),
            best if self.experiment.learning_rates else None,
        )

    def _best(self) -> list[int]:
        """For every (arm, depth) the cell whose training loss is lowest; the first where none is known."""
        rates = max(1, len(self.experiment.learning_rates))
        groups = range(0, len(self.cells), rates)
        if self._ranking is None or rates == 1:
            return list(groups)
        return [start + int(np.argmin(self._ranking[start : start + rates])) for start in groups]

    def _view(self, cell: int, accuracy: NDArray[np.float64]) -> CellView:
        seeds = self.experiment.seeds
        lost = [step for network, step in self._diverged.items() if network // seeds == cell]
        ratio = backwards = forwards = loss = None
        if self._last_frame is not None:
            layers = slice(*self._starts[cell : cell + 2])
            ratio = _ratio(self._last_frame.weight_gradients[layers], 0, -1)
            # the logits are no hidden layer: from the first hidden one to the last
            backwards = _ratio(self._last_frame.activation_gradients[layers], 0, -2)
            forwards = _ratio(self._last_frame.activations[layers], -2, 0)
            seen = self._last_frame.loss[cell]
            loss = float(seen) if np.isfinite(seen) else None
        full = None if self._last_training is None else self._last_training[cell]
        return CellView(
            accuracy=float(accuracy[cell]) if np.isfinite(accuracy[cell]) else None,
            batch_loss=loss,
            training_loss=None if full is None or not np.isfinite(full) else float(full),
            gradient_ratio=ratio,
            backwards=backwards,
            forwards=forwards,
            diverged_seeds=len(lost),
            diverged_step=min(lost) if lost else None,
        )


def over_seeds(values: m.Floats) -> NDArray[np.float64]:
    """[median, low, high] over the first axis of ``values`` [seeds, n], as [3, n]. What is not finite is left out;
    NaN where nothing is left."""
    # by hand: NumPy's nanmedian takes ten times as long on columns as short as these
    ordered = np.sort(np.where(np.isfinite(values), values, np.nan).astype(np.float64), axis=0)  # NaN last
    there = np.isfinite(ordered).sum(axis=0)
    places = np.maximum(np.stack([(there - 1) // 2, there // 2, np.zeros_like(there), there - 1]), 0)
    left, right, low, high = np.take_along_axis(ordered, places, axis=0)
    return np.stack([(left + right) / 2, low, high])


def _ratio(values: NDArray[np.float64], over: int, under: int) -> float | None:
    """One layer's value over another's; None if that is no number."""
    if not np.isfinite(values[[over, under]]).all() or values[under] <= 0:
        return None
    return float(values[over] / values[under])


def _column(values: NDArray[np.float64]) -> events.Column:
    """Four significant digits: finer than a screen shows."""
    return [float(f"{value:.4g}") if np.isfinite(value) else None for value in values]


def provenance(prepared: m.Prepared, experiment: Experiment) -> dict[str, Any]:
    """Where the numbers come from: checksums, sizes, machine and versions. One entry a network or cell."""
    channels, side, classes = DATASET_SHAPES[experiment.dataset]
    return {
        "config_hash": experiment.config_hash(),
        "checksums": list(prepared.checksums),
        "cells": [cell._asdict() for cell in experiment.cells()],
        "parameters": list(prepared.parameters[:: experiment.seeds]),
        "flops": list(prepared.flops[:: experiment.seeds]),
        "training_examples": prepared.training_examples,
        "test_examples": prepared.test_examples,
        "input": [channels, side, side] if side else [channels],
        "classes": classes,
        "device": prepared.device,
        "threads": prepared.threads,
        "machine": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "torch": prepared.torch,
        "skipscope": __version__,
    }
