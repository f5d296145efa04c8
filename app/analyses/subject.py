"""The subject of an analysis: the networks of a run with the weights they had at a step, and the run's data."""

import copy
import functools
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import torch

from app.analyses.words import name_of
from app.best_rate import best_rate
from app.contract.experiment import Cell, Experiment
from app.contract.measurements import Floats
from app.data import load as load_data
from app.errors import DataUnavailable, Refused
from app.learning import weights
from app.learning.devices import choose
from app.learning.sweep import Sweep
from app.nets.copies import copies
from app.nets.stack import Stack

#: what an analysis reports on its way: the share that is done (0 to 1)
Progress = float


@dataclass(frozen=True, slots=True)
class Patient:
    """The networks of one cell as a stack of copies. Cutting it up leaves the run as it was.

    Attributes:
        seeds: which of the cell's seeds they are, counted from 0, ascending: those that have not diverged.
    """

    cell: Cell
    stack: Stack
    seeds: tuple[int, ...]


def no_such_depth(experiment: Experiment, depth: int) -> Refused:
    """The refusal of a depth that a run does not have."""
    there = ", ".join(map(str, experiment.depths))
    return Refused(f"depth: this run has no networks at {depth}; it has {there}", "depth")


class Subject:
    """A run's networks at a step.

    Attributes:
        step: how many steps they had been trained.
        way: (step, file) of all weights of the run that are kept up to there, ascending.
        left_out: sentences about the networks that the last ``patients`` left out because they have diverged.
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
        self.left_out: list[str] = []
        data = load_data(experiment.dataset, dataset_dir)
        self.train_x, self.test_x = (torch.from_numpy(x).to(self.device, dtype) for x in (data.train_x, data.test_x))
        self.train_y, self.test_y = (torch.from_numpy(y).to(self.device) for y in (data.train_y, data.test_y))
        self.sweep = Sweep(experiment, dtype=dtype, device=self.device)

    def load(self, path: Path) -> None:
        """Take the weights of a file (``app.learning.weights``). Raises ``DataUnavailable``."""
        weights.load(self.sweep, path)

    def patients(self, *depths: int, seeds: int | None = None) -> Iterator[Patient]:
        """For every arm the networks of its cell at each depth, those that have not diverged.

        In fair mode an arm has a cell for every learning rate: the one with the lowest training loss is taken. Of
        ``seeds`` networks a cell, those are the first whose seed has diverged in no arm, as far as there are such. A
        cell of which nothing is left has no patient. ``left_out`` says what is missing.

        Raises:
            Refused: the run has no such depth, or all networks there have diverged.
        """
        chosen = [one for depth in depths for one in self._chosen(depth, seeds)]
        if not any(living for _, living in chosen):
            cells = [cell for cell, _ in chosen]
            names = " and ".join(map(self._name, cells))
            raise Refused(f"depth: {names} diverged{self._when(cells)}, so there is nothing to analyse", "depth")
        count = self.experiment.seeds
        self.left_out = [told for one in chosen for told in self._missing(*one, min(count, seeds or count))]
        return (self._patient(cell, living) for cell, living in chosen if living)

    def _missing(self, cell: int, asked: Sequence[int], wanted: int) -> Iterator[str]:
        """What is said of a cell when fewer seeds than are ``wanted``, or others than the first, can be asked."""
        name, count = self._name(cell), self.experiment.seeds
        if not asked:
            lost = f"its {count} seeds" if count > 1 else "it"
            yield f"{name} has nothing to analyse: {lost} diverged{self._when([cell])}"
        elif len(asked) < wanted:
            others = "the other" if count - len(asked) == 1 else "the others"
            yield f"{name}: {len(asked)} of {count} seeds, {others} diverged{self._when([cell])}"
        elif list(asked) != list(range(wanted)):
            seeds = ", ".join(str(self.experiment.seed + seed) for seed in asked)
            yield f"{name} is that of seed {seeds}, for an earlier one diverged in an arm"

    def same(self, patient: Patient) -> Patient:
        """The patient of the same cell and the same seeds, with the weights of this subject."""
        return self._patient(self.experiment.cells().index(patient.cell), patient.seeds)

    def _chosen(self, depth: int, seeds: int | None) -> list[tuple[int, list[int]]]:
        """For each arm the cell that stands for it at a depth, and which of its seeds are asked, counted from 0."""
        if depth not in self.experiment.depths:
            raise no_such_depth(self.experiment, depth)
        cells = self.experiment.cells()
        found = []
        for arm in range(len(self.experiment.arms)):
            here = [c for c, cell in enumerate(cells) if (cell.arm, cell.depth) == (arm, depth)]
            best = best_rate(self._losses[here]) if len(here) > 1 else None
            # where none is best, most seeds have diverged at every rate: the one that has most left
            found.append(max(here, key=lambda c: len(self._living(c))) if best is None else here[best])
        living = [self._living(cell) for cell in found]
        everywhere = set(range(self.experiment.seeds)).intersection(*filter(None, living))
        return [
            (cell, sorted(sorted(own, key=lambda seed: seed not in everywhere)[:seeds]))
            for cell, own in zip(found, living, strict=True)
        ]

    def _name(self, cell: int) -> str:
        return name_of(self.experiment, self.experiment.cells()[cell])

    def _living(self, cell: int) -> list[int]:
        diverged, count = self.sweep.diverged(), self.experiment.seeds
        return [seed for seed in range(count) if cell * count + seed not in diverged]

    def _patient(self, cell: int, seeds: Sequence[int]) -> Patient:
        networks = [cell * self.experiment.seeds + seed for seed in seeds]
        for members, trainer in zip(self.sweep.members, self.sweep.trainers, strict=True):
            if networks[0] in members:
                stack = copies(trainer.stack, [members.index(network) for network in networks])
                return Patient(self.experiment.cells()[cell], stack, tuple(seeds))
        raise AssertionError("every network stands in a stack")

    def _when(self, cells: Sequence[int]) -> str:
        """By which step with kept weights the networks of these cells that are lost now had diverged, for a sentence.

        Nothing where that is not known: the way is empty, or a file of it cannot be read.
        """
        lost = {network for network in self.sweep.diverged() if network // self.experiment.seeds in cells}

        def by_then(at: tuple[int, Path]) -> bool:
            return lost <= weights.diverged(self.sweep, at[1])

        with suppress(DataUnavailable):
            first = bisect_left(self.way, True, key=by_then)
            if first < len(self.way):
                return f" by step {self.way[first][0]}"
        return ""

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

    @functools.cached_property
    def _losses(self) -> Floats:
        """Training losses [cells, seeds]; NaN of what has diverged."""
        return self.sweep.evaluate(self.train_x, self.train_y)[0].reshape(-1, self.experiment.seeds)
