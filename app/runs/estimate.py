"""About how long an experiment takes on this machine, told before it is trained.

A step, or an evaluation, costs what its layers cost one after another, and what its multiply-adds cost: two numbers,
fitted to the recorded runs of the presets, which one thread of a quiet machine trained. How fast this machine is beside
that one is the ratio of the last runs here.
"""

from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from statistics import median

import numpy as np
from numpy.typing import NDArray

from app.contract.arms import record_of
from app.contract.experiment import DATASET_EXAMPLES, DATASET_SHAPES, FULL_EVERY, Cell, Experiment
from app.contract.measurements import Ended
from app.contract.presets import PRESETS
from app.contract.shapes import Site
from app.errors import DataUnavailable, Refused
from app.runs.recorded_runs import recorded_id
from app.runs.store import Store

Amounts = NDArray[np.float64]

#: runs of this machine that tell its speed
RUNS = 5
#: seconds that a run must take by the recordings to tell it: what every run costs besides its steps is not in the fit
LONG_ENOUGH = 1.0
#: an estimate is within this factor of what a run takes: left out of the fit, every preset's was
ERROR = 2.0
#: a pass forward takes a third of a step
FORWARD = 1 / 3
#: examples that an evaluation passes forward at once
EXAMPLES_A_PASS = 512


@dataclass(frozen=True, slots=True)
class Estimate:
    """About how many seconds a run takes, evaluations included.

    Attributes:
        measured_here: whether runs on this machine say so; else it is the time on the machine of the recordings.
    """

    seconds: float
    measured_here: bool


class Estimates:
    """Estimates from the runs that a store has, and those that come with the program."""

    def __init__(self, store: Store) -> None:
        recorded: list[tuple[Experiment, float]] = []
        for run in filter(store.recorded.__contains__, map(recorded_id, PRESETS)):
            with suppress(DataUnavailable):  # whoever asks for a damaged one is told; the others still count
                experiment = store.recorded.run(run).experiment
                recorded.append((experiment, _whole(experiment, store.recorded.ended(run))))
        self._recorded = {experiment.config_hash(): seconds for experiment, seconds in recorded}
        self._prices = _fitted(recorded)
        self._here: dict[str, float] = {}
        self._ratios: deque[float] = deque(maxlen=RUNS)
        for experiment, ended in reversed(store.durations()):
            self.learn(experiment, ended)

    def learn(self, experiment: Experiment, ended: Ended) -> None:
        """Take in how long a run took on this machine."""
        expected = self._on_their_machine(experiment)
        if expected is None or ended.step == 0 or ended.seconds <= 0:
            return
        seconds = self._here[experiment.config_hash()] = _whole(experiment, ended)
        if expected >= LONG_ENOUGH:
            self._ratios.append(seconds / expected)

    def of(self, experiment: Experiment) -> Estimate | None:
        """The estimate for an experiment; None where there is no recording to go by."""
        if (known := self._here.get(experiment.config_hash())) is not None:
            return Estimate(known, True)
        expected = self._on_their_machine(experiment)
        if expected is None:
            return None
        return Estimate(expected * self.slowness, bool(self._ratios))

    def check(self, experiment: Experiment, longest: float) -> None:
        """Raise ``Refused`` if an experiment takes longer than so many hours, even if it takes half of the estimate.

        The message names steps that would do.
        """
        estimate = self.of(experiment)
        if estimate is None or estimate.seconds <= ERROR * longest * 3600:
            return
        hours = self._hours(experiment)
        where = "here" if estimate.measured_here else "on the machine that recorded the presets"
        steps = int(experiment.steps * longest / hours)
        while steps and self._hours(experiment.model_copy(update={"steps": steps})) > longest:
            steps -= -(-steps // 10)
        advice = f"about {_round_down(steps):,} steps would do, or fewer" if steps else "choose fewer"
        raise Refused(
            f"steps: this takes about {_told(hours)} hours {where}, and a run may take {longest:g} "
            f"(SKIPSCOPE_LONGEST_RUN_H); {advice} depths, seeds or evaluations",
            "steps",
        )

    def _hours(self, experiment: Experiment) -> float:
        estimate = self.of(experiment)
        return 0.0 if estimate is None else estimate.seconds / 3600

    @property
    def slowness(self) -> float:
        """How many times as long as on the machine that recorded the presets everything takes here."""
        return median(self._ratios or [1.0])

    def step(self, experiment: Experiment) -> float | None:
        """Seconds of a training step there, by the fit alone; None without recordings."""
        if self._prices is None:
            return None
        return float(_amounts(experiment) @ self._prices) / experiment.steps

    def _on_their_machine(self, experiment: Experiment) -> float | None:
        """Seconds on the machine that recorded the presets."""
        if (known := self._recorded.get(experiment.config_hash())) is not None:
            return known
        return None if self._prices is None else float(_amounts(experiment) @ self._prices)


def _whole(experiment: Experiment, ended: Ended) -> float:
    """Seconds of all steps, from a run that may have been stopped before."""
    return (ended.seconds + ended.measuring_seconds) * experiment.steps / max(1, ended.step)


def _fitted(runs: list[tuple[Experiment, float]]) -> Amounts | None:
    """Seconds for each of the two amounts, so that the relative errors are least; None without two runs."""
    if len(runs) < 2:
        return None
    shares = np.array([_amounts(experiment) / seconds for experiment, seconds in runs])
    prices: Amounts = np.linalg.lstsq(shares, np.ones(len(runs)), rcond=None)[0]
    return prices.clip(0.0)


def _amounts(experiment: Experiment) -> Amounts:
    """What a run computes: layers one after another, and multiply-adds, of all its steps and evaluations.

    Networks of one structure are computed side by side, so of those the deepest counts.
    """
    training, test = DATASET_EXAMPLES[experiment.dataset]
    evaluations = 2 + experiment.steps // experiment.evaluate_every
    evaluated = FORWARD * evaluations * (test + training / FULL_EVERY)
    cells = sorted(experiment.cells(), key=lambda cell: cell.layers)
    deepest = {_structure(experiment, cell): cell.layers for cell in cells}
    adds = sum(network.layers * _adds_a_layer(experiment, network.arm) for network in experiment.networks())
    steps = experiment.steps + evaluated / EXAMPLES_A_PASS
    return np.array([sum(deepest.values()) * steps, adds * (experiment.batch_size * experiment.steps + evaluated)])


def _told(hours: float) -> str:
    return f"{hours:,.0f}" if hours >= 10 else f"{hours:.2g}"


def _round_down(number: int) -> int:
    """The same with two digits that are not zero."""
    ten = int(10 ** max(0, len(str(number)) - 2))
    return number // ten * ten


def _structure(experiment: Experiment, cell: Cell) -> tuple[object, ...]:
    """What networks share that are computed side by side, about as ``app.nets.stack.structure_key`` has it."""
    arm = experiment.arms[cell.arm]
    record = record_of(arm)
    joined = record.join if record.join in ("gate", "concatenate") else ""
    depth = cell.layers if record.concatenates else None
    return record.shapes, record.pre_activation, joined, arm.normalisation, arm.activation, depth


def _adds_a_layer(experiment: Experiment, arm: int) -> float:
    """Multiply-adds of one weight layer for one example: the mean over a block of the first stage.

    Later stages have half the side and twice the channels, so theirs are as many.
    """
    one, width, reads = experiment.arms[arm], experiment.width, experiment.width
    shapes = record_of(one).shapes(one, Site(width, width, 1, experiment.images))
    adds = 0.0
    for shape in shapes:
        adds += reads * shape.out / shape.groups * (shape.kernel**2 if experiment.images else 1)
        reads = shape.out
    side = DATASET_SHAPES[experiment.dataset][1] if experiment.images else 1
    return adds / len(shapes) * side**2
