"""From measurements of every network to events for viewers: median and band over seeds, and words.

The store keeps measurements in full precision; this is what goes over the wire and to ``--jsonl``.
"""

import platform
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app import __version__
from app.contract import events, quantise
from app.contract import measurements as m
from app.contract.experiment import DATASET_SHAPES, Experiment
from app.runs.narration import CellView, Narrator

HEX = np.frombuffer(b"0123456789abcdef", dtype=np.uint8)


class Digest:
    """Turns the measurements of one run into wire events."""

    def __init__(self, experiment: Experiment) -> None:
        self.experiment = experiment
        self.cells = experiment.cells()
        starts = np.concatenate([[0], np.cumsum([network.layers for network in experiment.networks()])])
        seeds = experiment.seeds
        # [cell] → the rows of its layers, [seeds, layers]
        self._layers = [
            np.stack([np.arange(starts[network], starts[network + 1]) for network in range(c * seeds, (c + 1) * seeds)])
            for c in range(len(self.cells))
        ]
        self._last_frame: m.Measured | None = None
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
        self._last_frame = frame
        return events.Frame(
            frame.step,
            round(frame.seconds, 3),
            self._band(frame.loss),
            self._by_layer(frame.weight_gradients),
            self._by_layer(frame.activation_gradients),
            self._by_layer(frame.activations),
        )

    def _by_layer(self, values: m.Floats) -> str:
        return quantise.encode(np.concatenate([_over_seeds(np.nanmedian, values[rows]) for rows in self._layers]))

    def _by_cell(self, values: m.Floats) -> NDArray[np.float64]:
        finite = np.where(np.isfinite(values), values, np.nan).astype(np.float64)
        return finite.reshape(len(self.cells), self.experiment.seeds)

    def _band(self, values: m.Floats) -> events.Band:
        by_cell = self._by_cell(values).T
        return [_column(_over_seeds(reduce, by_cell)) for reduce in (np.nanmedian, np.nanmin, np.nanmax)]

    def _evaluation(self, point: m.Evaluated) -> events.Evaluation:
        if point.training_loss is not None and point.step > 0:
            self._last_training = _over_seeds(np.nanmedian, self._by_cell(point.training_loss).T)
            # a rate at which a seed diverged is not judged by the seeds that survived it
            seeds = np.nan_to_num(self._by_cell(point.training_loss), nan=np.inf)
            self._ranking = np.median(seeds, axis=1)
        accuracy = _over_seeds(np.nanmedian, self._by_cell(point.test_accuracy).T)
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
            rows = self._layers[cell]
            ratio = _ratio(self._last_frame.weight_gradients[rows], 0, -1)
            # the logits are no hidden layer: from the first hidden one to the last
            backwards = _ratio(self._last_frame.activation_gradients[rows], 0, -2)
            forwards = _ratio(self._last_frame.activations[rows], -2, 0)
            seen = _over_seeds(np.nanmedian, self._by_cell(self._last_frame.loss).T)[cell]
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


def _over_seeds(reduce: Any, values: Any) -> NDArray[np.float64]:
    """``reduce`` over axis 0, leaving out what is not finite; NaN where nothing is left."""
    values = np.where(np.isfinite(values), values, np.nan).astype(np.float64)
    empty = np.isnan(values).all(axis=0)
    result: NDArray[np.float64] = reduce(np.where(empty, 0.0, values), axis=0)
    return np.where(empty, np.nan, result)


def _ratio(values: m.Floats, over: int, under: int) -> float | None:
    """The median over seeds of one layer's value over another's; None if that is no number."""
    middle = _over_seeds(np.nanmedian, values)
    if not np.isfinite(middle[[over, under]]).all() or middle[under] <= 0:
        return None
    return float(middle[over] / middle[under])


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
