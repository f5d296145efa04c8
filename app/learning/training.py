"""``train(experiment)``: a generator of measurements. No sockets, and no clock but the one passed in.

A network's numbers depend on the experiment's settings, its arm, its depth, its rate and its seed, and not on who
trains beside it. A seed is a whole repetition: first weights, batches, augmentation and drop-path masks come from it.
Frames only measure. How often is a matter of time and, while that costs little, of steps (``frame_pace``), so that
measuring stays cheap whatever the size of the networks; at evaluation points there always is one.
"""

import contextlib
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from app.contract import measurements as m
from app.contract.arms import Arm
from app.contract.checkpoints import CheckpointBound
from app.contract.commands import Command, Pause, Resume, SaveCheckpoint, SetLearningRate, Step, Stop
from app.contract.experiment import FULL_EVERY, Experiment
from app.data import load
from app.errors import Refused
from app.learning.batches import Batches
from app.learning.checkpoint_folder import CheckpointFolder
from app.learning.devices import choose
from app.learning.frame_pace import FramePace
from app.learning.memory import keep_freed_memory
from app.learning.schedule import factor
from app.learning.sweep import Sweep, SweepResult

Clock = Callable[[], float]
#: hands over the next order; with True it waits for one, with False it may return None
Take = Callable[[bool], Command | None]

GRID_SIDE = 32


def no_orders(wait: bool) -> Command | None:
    """A ``take`` for training without interruption."""
    return Resume(run="") if wait else None


def warm_up(threads: int) -> None:
    """Make torch ready for work: threads, small networks of both families trained for a few steps."""
    keep_freed_memory()
    torch.set_num_threads(threads)
    torch.set_flush_denormal(True)
    experiment = Experiment(depths=(4, 6), steps=3, arms=(Arm(connection="plain"), Arm(connection="residual")))
    for _ in train(experiment, frame_interval=0.0):
        pass


class Stopwatch:
    """Adds up the time between ``start`` and ``stop``."""

    def __init__(self, clock: Clock) -> None:
        self.clock, self.seconds, self._since = clock, 0.0, 0.0

    def __enter__(self) -> "Stopwatch":
        self._since = self.clock()
        return self

    def __exit__(self, *_: object) -> None:
        self.seconds += self.clock() - self._since


class Training:
    """One run of an experiment: the networks, the data, and how far it is."""

    def __init__(
        self,
        experiment: Experiment,
        clock: Clock,
        dataset_dir: Path | None,
        device: str,
        folder: CheckpointFolder | None = None,
    ) -> None:
        self.experiment, self.step = experiment, 0
        self.folder = folder
        self.device = choose(device)
        data = load(experiment.dataset, dataset_dir)
        if experiment.precision == "double" and self.device.type == "mps":
            raise Refused(
                "precision: Apple's MPS computes in single precision only; choose another device", "precision"
            )
        self.sweep = Sweep(experiment, device=self.device)
        self.train_x, self.train_y = self._tensors(data.train_x, data.train_y)
        self.test_x, self.test_y = self._tensors(data.test_x, data.test_y)
        self.plane = data.train_x.ndim == 2
        seeds = range(experiment.seed, experiment.seed + experiment.seeds)
        self.batches = Batches(len(self.train_x), experiment.batch_size, seeds, augment=experiment.augment)
        self._result: SweepResult | None = None
        self.evaluation_steps = {step: index for index, step in enumerate(experiment.evaluation_steps())}
        self.training_time, self.measuring_time = Stopwatch(clock), Stopwatch(clock)

    def _tensors(self, x: np.ndarray, y: np.ndarray) -> tuple[Tensor, Tensor]:
        return torch.from_numpy(x).to(self.device, self.sweep.dtype), torch.from_numpy(y).to(self.device)

    def prepared(self) -> m.Prepared:
        """What stands before the first step."""
        return m.Prepared(
            checksums=self.sweep.checksums(),
            parameters=self.sweep.parameter_counts(),
            flops=self.sweep.flops_a_step(self.train_x[:1]),
            training_examples=len(self.train_x),
            test_examples=len(self.test_x),
            device=torch.cuda.get_device_name(self.device) if self.device.type == "cuda" else self.device.type,
            threads=torch.get_num_threads(),
            torch=str(torch.__version__),
        )

    def train_step(self, measure: bool) -> Iterator[m.Measurement]:
        """One step, and what it measured."""
        if self._result is None and self.sweep.graphs and not measure:
            with self.training_time:
                self._set_factor()
                self.sweep.advance(*self.batches.next(self.train_x, self.train_y))
        else:
            yield from self.differentiated(measure)
            with self.training_time:
                self._set_factor()
                self.sweep.update()
        self._result = None
        self.step += 1

    def differentiated(self, measure: bool) -> Iterator[m.Measurement]:
        """Losses and gradients on the batches of this step, once; the weights stay as they are."""
        if self._result is not None:
            return
        with self.training_time:
            self._result = result = self.sweep.backward(
                *self.batches.next(self.train_x, self.train_y), measure=measure
            )  # fmt: skip
        if measure:
            assert result.weight_gradients is not None
            assert result.activation_gradients is not None and result.activations is not None
            yield m.Measured(
                self.step,
                self.training_time.seconds,
                result.loss,
                result.weight_gradients,
                result.activation_gradients,
                result.activations,
            )
        if result.diverged:
            yield m.Diverged(self.step, tuple(result.diverged))

    @property
    def differentiated_already(self) -> bool:
        """Whether losses and gradients of this step are there, and its frame."""
        return self._result is not None

    def _set_factor(self) -> None:
        plan = self.experiment
        self.sweep.set_factor(factor(plan.schedule, self.step, plan.steps, plan.warm_up))

    def evaluated(self) -> Iterator[m.Measurement]:
        """All networks on the test set and, at every fourth point and the last, the whole training set.

        A checkpoint is saved too. A frame of the same step comes first, made last: a pass in training moves the running
        statistics of batch norm, which an evaluation uses.
        """
        with self.measuring_time:
            index = self.evaluation_steps[self.step]
            full = index % FULL_EVERY == FULL_EVERY - 1 or self.step == self.experiment.steps
            test_loss, test_accuracy = self.sweep.evaluate(self.test_x, self.test_y)
            loss, accuracy = self.sweep.evaluate(self.train_x, self.train_y) if full else (None, None)
            regions = self._regions() if self.plane and full else None
        saved = list(self.checkpoint())
        yield from self.differentiated(measure=True)
        yield m.Evaluated(
            self.step, self.training_time.seconds, test_accuracy, test_loss, loss, accuracy, regions
        )  # fmt: skip
        yield from saved

    def checkpoint(self, *, requested: bool = False) -> Iterator[m.Measurement]:
        """Save a checkpoint, where there is a folder for them; ``requested``: for an analysis."""
        if self.folder:
            with self.measuring_time:
                saved = self.folder.save(self.sweep, self.step, requested=requested)
            yield saved

    def _regions(self) -> np.ndarray:
        """uint8 [cells, 32, 32], see ``Evaluated.regions``."""
        axis = torch.linspace(-1, 1, GRID_SIDE, dtype=self.sweep.dtype)
        vertical, horizontal = torch.meshgrid(axis, axis, indexing="ij")
        points = torch.stack([horizontal.flatten(), vertical.flatten()], 1).to(self.device)
        first_seeds = range(0, len(self.sweep.networks), self.experiment.seeds)
        highest, chosen = self.sweep.probabilities(points, list(first_seeds)).max(1)
        codes = chosen * 16 + (highest.nan_to_num() * 15).round().long()
        return codes.to(torch.uint8).view(-1, GRID_SIDE, GRID_SIDE).numpy()


def train(
    experiment: Experiment,
    *,
    take: Take = no_orders,
    frame_interval: float = 0.1,
    frame_allowance: float = 0.0,
    clock: Clock = time.perf_counter,
    dataset_dir: Path | None = None,
    device: str = "cpu",
    checkpoints: Path | None = None,
    checkpoint_bound: CheckpointBound | None = None,
) -> Iterator[m.Measurement]:
    """Train all networks of an experiment and yield what is measured, from ``Prepared`` to ``Ended``.

    Args:
        experiment: what to train.
        take: where orders come from (pause, resume, step, stop, learning rate), asked before every step.
        frame_interval: seconds between two measured steps; 0 measures every step. Evaluation points, the first and
            the last step among them, and single steps are always measured. Training itself does not depend on it.
        frame_allowance: seconds that further frames, at regular steps, may take in all (``FramePace``).
        clock: seconds, monotonic.
        dataset_dir: folder of the user's own data.
        device: ``auto``, ``cpu``, ``cuda`` or ``mps``.
        checkpoints: folder for those of the evaluation points and those that ``SaveCheckpoint`` asks for.
        checkpoint_bound: how many bytes they may take, and those of the runs in the folders beside it, of which the
            oldest lose theirs; None: as many as there are, and no other run is touched.

    Raises:
        DataUnavailable: the data set cannot be read.
        Refused: there is no such device.
    """
    folder = CheckpointFolder(checkpoints, checkpoint_bound) if checkpoints else None
    with folder or contextlib.nullcontext():
        run = Training(experiment, clock, dataset_dir, device, folder)
        yield from _trained(run, take, FramePace(experiment.steps, frame_interval, frame_allowance), clock)


def _trained(run: Training, take: Take, pace: FramePace, clock: Clock) -> Iterator[m.Measurement]:
    """Train from the first step to the last."""
    yield run.prepared()
    paused, evaluated = False, -1
    while True:
        if run.step in run.evaluation_steps and run.step != evaluated:
            evaluated = run.step
            yield from run.evaluated()
            pace.evaluated(clock())
        if run.step == run.experiment.steps:
            break
        single = False
        while (order := take(paused)) is not None:
            match order:
                case Stop():
                    if run.step != evaluated:
                        run.evaluation_steps.setdefault(run.step, FULL_EVERY - 1)
                        yield from run.evaluated()
                    yield m.Ended(run.step, run.training_time.seconds, True, run.measuring_time.seconds)
                    return
                case Pause() if not paused:
                    paused = True
                    yield m.Paused(run.step)
                case Resume():
                    if paused:
                        paused = False
                        yield m.Resumed(run.step)
                    break
                case Step():
                    single = True
                    if not paused:
                        paused = True
                        yield m.Paused(run.step)
                    break
                case SaveCheckpoint():
                    yield from run.checkpoint(requested=True)
                case SetLearningRate():
                    run.sweep.set_learning_rate(order.learning_rate, order.arm)
                    yield m.LearningRateChanged(run.step, order.learning_rate, order.arm)
        due, begun = not single and pace.due(run.step, clock()), run.training_time.seconds
        known = run.differentiated_already
        yield from run.train_step(due)
        if not single and not known:
            pace.took(run.training_time.seconds - begun, measured=due)
        if single and run.step not in run.evaluation_steps:
            yield from run.differentiated(measure=True)  # what the step has led to
    yield m.Ended(run.step, run.training_time.seconds, False, run.measuring_time.seconds)
