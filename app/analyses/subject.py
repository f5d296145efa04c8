"""The subject of an analysis: the networks of a run with the weights they had at a step, and the run's data."""

import copy
import functools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from app.contract.experiment import Cell, Experiment
from app.contract.measurements import Floats
from app.data import load as load_data
from app.errors import Refused
from app.learning import weights
from app.learning.devices import choose
from app.learning.sweep import Sweep
from app.nets.copies import copies
from app.nets.stack import Stack

#: what an analysis reports on its way: the share that is done (0 to 1)
Progress = float


@dataclass(frozen=True, slots=True)
class Patient:
    """The networks of one cell, one a seed, as a stack of copies. Cutting it up leaves the run as it was."""

    cell: Cell
    stack: Stack


def no_such_depth(experiment: Experiment, depth: int) -> Refused:
    """The refusal of a depth that a run does not have."""
    there = ", ".join(map(str, experiment.depths))
    return Refused(f"depth: this run has no networks at {depth}; it has {there}", "depth")


class Subject:
    """A run's networks at a step.

    Attributes:
        step: how many steps they had been trained.
        way: (step, file) of all weights of the run that are kept up to there, ascending.
        train_x, train_y, test_x, test_y: the data set, examples first.
    """

    def __init__(
        self,
        experiment: Experiment,
        step: int,
        *,
        dataset_dir: Path | None = None,
        device: str = "cpu",
        dtype: torch.dtype = torch.float32,
    ) -> None:
        self.experiment, self.step, self.device = experiment, step, choose(device)
        self.way: list[tuple[int, Path]] = []
        data = load_data(experiment.dataset, dataset_dir)
        self.train_x, self.test_x = (torch.from_numpy(x).to(self.device, dtype) for x in (data.train_x, data.test_x))
        self.train_y, self.test_y = (torch.from_numpy(y).to(self.device) for y in (data.train_y, data.test_y))
        self.sweep = Sweep(experiment, dtype=dtype, device=self.device)

    def load(self, path: Path) -> None:
        """Take the weights of a file (``app.learning.weights``). Raises ``DataUnavailable``."""
        weights.load(self.sweep, path)

    def patients(self, depth: int, *, seeds: int | None = None) -> Iterator[Patient]:
        """For every arm the networks of its cell at ``depth``, the first ``seeds`` of them.

        In fair mode an arm has a cell for every learning rate: the one with the lowest training loss is taken.

        Raises:
            Refused: the run has no such depth, or one of the networks has diverged.
        """
        if depth not in self.experiment.depths:
            raise no_such_depth(self.experiment, depth)
        cells = self.experiment.cells()
        for arm in range(len(self.experiment.arms)):
            here = [c for c, cell in enumerate(cells) if (cell.arm, cell.depth) == (arm, depth)]
            yield self.patient(min(here, key=self._loss) if len(here) > 1 else here[0], seeds)

    def patient(self, cell: int, seeds: int | None = None) -> Patient:
        """The networks of one cell. Raises ``Refused`` when one of them has diverged."""
        count = self.experiment.seeds
        wanted = range(cell * count, cell * count + min(seeds or count, count))
        told = self.experiment.cells()[cell]
        for members, trainer in zip(self.sweep.members, self.sweep.trainers, strict=True):
            if wanted[0] in members:
                places = [members.index(network) for network in wanted]
                if trainer.frozen.intersection(places):
                    name = self.experiment.arm_names()[told.arm]
                    raise Refused(f"depth: {name}-{told.layers} diverged, so there is nothing to analyse", "depth")
                return Patient(told, copies(trainer.stack, places))
        raise AssertionError("every network stands in a stack")

    def same(self, patient: Patient) -> Patient:
        """The patient of the same cell, as many seeds of it, with the weights of this subject."""
        return self.patient(self.experiment.cells().index(patient.cell), patient.stack.k)

    def past(self) -> Iterator["Subject"]:
        """The run at every step of ``way``: one object, with other weights each time. This one stays as it is.

        Raises:
            DataUnavailable: weights of the way are not there any more, or damaged.
        """
        past = copy.copy(self)
        past.sweep = Sweep(self.experiment, dtype=self.train_x.dtype, device=self.device)
        for past.step, path in self.way:
            past.load(path)
            yield past

    def _loss(self, cell: int) -> float:
        """Median training loss over the seeds of a cell; infinite if one has diverged."""
        count = self.experiment.seeds
        return float(np.nan_to_num(np.median(self._losses[cell * count : (cell + 1) * count]), nan=np.inf))

    @functools.cached_property
    def _losses(self) -> Floats:
        return self.sweep.evaluate(self.train_x, self.train_y)[0]
