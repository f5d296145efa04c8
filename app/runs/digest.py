"""From measurements of every network to events for viewers: median and band over seeds, and words.

The store keeps measurements in full precision; this is what goes over the wire and to ``--jsonl``.
"""

import platform
from typing import Any

import numpy as np
import numpy.ma
from numpy.typing import NDArray

from app import __version__
from app.contract import events, quantise
from app.contract import measurements as m
from app.contract.best_rate import best_cells
from app.contract.experiment import DATASET_SHAPES, Experiment
from app.runs.status_sentences import Narrator, Numbers, Signals

HEX = np.frombuffer(b"0123456789abcdef", dtype=np.uint8)


class Digest:
    """Turns the measurements of one run into wire events."""

    def __init__(self, experiment: Experiment) -> None:
        self.experiment = experiment
        self.cells = experiment.cells()
        networks, seeds = experiment.networks(), experiment.seeds
        starts = np.concatenate([[0], np.cumsum([network.layers for network in networks])])
        # rows of all layers in a column of all networks, cell after cell: [seeds, layers of all cells]
        self._layers = np.stack(
            [
                np.concatenate([np.arange(starts[k], starts[k + 1]) for k in range(seed, len(networks), seeds)])
                for seed in range(seeds)
            ]
        )
        #: where the layers of each cell begin, and where the last one's end
        self._starts = np.concatenate([[0], np.cumsum([network.layers for network in networks[::seeds]])])
        self._last_frame: m.Measured | None = None
        #: the last losses over the whole training set, [cells, seeds], and the step they are of
        self._training_loss: NDArray[np.float64] | None = None
        self._training_step = 0
        self._diverged: dict[int, int] = {}
        self._narrator: Narrator | None = None

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
            case m.CheckpointSaved(step, reason):
                return events.Checkpoint(step, reason)
            case m.LearningRateChanged(step, rate, arm):
                return events.LearningRate(step, rate, arm)
            case m.Prepared():
                self._narrator = Narrator(self.experiment, measurement.test_examples)
                return events.Prepared(provenance(measurement, self.experiment))
        return None

    def _frame(self, frame: m.Measured) -> events.Frame:
        columns = (frame.weight_gradients, frame.activation_gradients, frame.activations)
        weights, passed, sizes = (over_seeds(values[self._layers])[0] for values in columns)
        self._last_frame = frame
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
            self._training_loss = self._by_cell(point.training_loss).T.astype(np.float64)
            self._training_step = point.step
        best = best_cells(self.experiment, self._training_loss)
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
            self._words(point, best),
            best if self.experiment.learning_rates and self._training_loss is not None else None,
        )

    def _words(self, point: m.Evaluated, best: list[int | None]) -> dict[str, Any]:
        assert self._narrator is not None, "Prepared comes before all else"
        seeds = self.experiment.seeds
        diverged: list[list[int]] = [[] for _ in self.cells]
        for network, step in self._diverged.items():
            diverged[network // seeds].append(step)
        frame = self._last_frame
        signals = None
        if frame is not None and frame.step == point.step:
            signals = [self._signals(frame, cell) for cell in range(len(self.cells))]
        return self._narrator.words(
            Numbers(
                point.step,
                self._by_cell(point.test_accuracy).T.astype(np.float64),
                self._training_loss,
                self._training_step,
                diverged,
                best,
                signals,
            )
        )

    def _signals(self, frame: m.Measured, cell: int) -> Signals:
        """How the networks of a cell that have not diverged pass signals in a frame."""
        rows = self._layers[:, slice(*self._starts[cell : cell + 2])]
        alive = [k for k in range(self.experiment.seeds) if cell * self.experiment.seeds + k not in self._diverged]
        weights, passed, sizes = (
            column[rows[alive]].astype(np.float64)
            for column in (frame.weight_gradients, frame.activation_gradients, frame.activations)
        )
        zero = weights == 0
        silent, somewhere = zero.all(axis=0) & bool(alive), zero.any(axis=0)
        return Signals(
            gradient_ratio=_ratio(weights, 0, -1),
            # the logits are no hidden layer: from the first hidden one to the last
            backwards=_ratio(passed, 0, -2),
            forwards=_ratio(sizes, -2, 0),
            silent=_numbers(silent),
            partly_silent=_numbers(somewhere & ~silent),
        )


def over_seeds(values: m.Floats) -> NDArray[np.float64]:
    """[median, low, high] over the first axis of ``values`` [seeds, n], as [3, n]. What is not finite is left out;
    NaN where nothing is left."""
    # by hand: NumPy's nanmedian takes ten times as long on columns as short as these
    ordered = np.sort(np.where(np.isfinite(values), values, np.nan).astype(np.float64), axis=0)  # NaN last
    there = np.isfinite(ordered).sum(axis=0)
    ranks = np.maximum(np.stack([(there - 1) // 2, there // 2, np.zeros_like(there), there - 1]), 0)
    left, right, low, high = np.take_along_axis(ordered, ranks, axis=0)
    return np.stack([(left + right) / 2, low, high])


def _ratio(values: NDArray[np.float64], over: int, under: int) -> float | None:
    """One layer's value over another's, of [seeds, layers]: median over the seeds; None if that is no number."""
    above, below = values[:, over], values[:, under]
    there = np.isfinite(above) & np.isfinite(below) & (below > 0)
    return float(np.median(above[there] / below[there])) if there.any() else None


def _numbers(layers: NDArray[np.bool_]) -> tuple[int, ...]:
    return tuple(int(layer) + 1 for layer in np.flatnonzero(layers))


def _column(values: NDArray[np.float64]) -> events.Column:
    """Four significant digits: finer than a screen shows."""
    return [float(f"{value:.4g}") if np.isfinite(value) else None for value in values]


def provenance(prepared: m.Prepared, experiment: Experiment) -> dict[str, Any]:
    """Where the numbers come from: checksums, sizes, machine and versions. One entry a network or cell."""
    channels, side, classes = DATASET_SHAPES[experiment.dataset]
    return {
        "config_hash": experiment.config_hash(),
        "checksums": list(prepared.checksums),
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
