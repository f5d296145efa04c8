"""The subject of an analysis: the networks of a run with the weights of one step, and the run's data."""

import copy
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import torch

from app.analyses.words import name_of
from app.contract.best_rate import best_cells
from app.contract.experiment import Cell, Experiment
from app.contract.refusals import no_such_depth
from app.data import load_for_questions
from app.errors import DataUnavailable, Refused
from app.learning import checkpoint
from app.learning.devices import choose
from app.learning.sweep import Sweep
from app.nets.copies import copies
from app.nets.stack import Stack


@dataclass(frozen=True, slots=True)
class Replica:
    """Copies of the networks of one cell (an arm at a depth), as a stack. Changing them leaves the run as it was.

    Attributes:
        seeds: which of the cell's seeds they are, counted from 0, ascending: those that have not diverged.
    """

    cell: Cell
    stack: Stack
    seeds: tuple[int, ...]


class Subject:
    """A run's networks at a step.

    Attributes:
        step: how many steps they had been trained.
        trajectory: (step, file) of all checkpoints of the run up to there, ascending.
        left_out: sentences about the networks that the last ``replicas`` left out because they have diverged.
        about_data: a sentence about the data, if a part of it stands for the run's.
        best: the cell that stands for each (arm, depth); None: by the training loss of these weights.
        train_x, train_y, test_x, test_y: the data, examples first: the run's, or a packaged part (``ASKED_WITH``).
        classes, pixels: names of its classes, and how its pixels were standardised.
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
        self.trajectory: list[tuple[int, Path]] = []
        self.left_out: list[str] = []
        self.about_data: list[str] = []
        self.best: Sequence[int | None] | None = None
        data = load_for_questions(experiment.dataset, dataset_dir)
        self.classes, self.pixels = data.classes, data.pixels
        if data.name != experiment.dataset:
            count = f"{len(data.train_x):,} training and {len(data.test_x):,} test examples"
            self.about_data = [f"measured on the part of the data that comes with Skipscope: {count}"]
        self.train_x, self.test_x = (torch.from_numpy(x).to(self.device, dtype) for x in (data.train_x, data.test_x))
        self.train_y, self.test_y = (torch.from_numpy(y).to(self.device) for y in (data.train_y, data.test_y))
        self.sweep = Sweep(experiment, dtype=dtype, device=self.device)

    def load(self, path: Path) -> None:
        """Load the weights of a file (``app.learning.checkpoint``). Raises ``DataUnavailable``."""
        checkpoint.load(self.sweep, path)

    def replicas(self, *depths: int, seeds: int | None = None) -> Iterator[Replica]:
        """For every arm the networks of its cell at each depth that have not diverged.

        In fair mode an arm has a cell for every learning rate, and that of the best one is taken (``best``). If only
        ``seeds`` networks of each cell are asked for, seeds that have diverged in no arm come first. A cell without any
        network left has no replica. ``left_out`` says what is missing.

        Raises:
            Refused: the run has no such depth, or all networks there have diverged.
        """
        chosen = [one for depth in depths for one in self._chosen(depth, seeds)]
        if not any(alive for _, alive in chosen):
            cells = [cell for cell, _ in chosen]
            names = " and ".join(map(self._name, cells))
            raise Refused(f"depth: {names} diverged{self._when(cells)}, so there is nothing to analyse", "depth")
        count = self.experiment.seeds
        self.left_out = [sentence for one in chosen for sentence in self._missing(*one, min(count, seeds or count))]
        return (self._replica(cell, alive) for cell, alive in chosen if alive)

    def _missing(self, cell: int, asked: Sequence[int], wanted: int) -> Iterator[str]:
        """Sentences about a cell where fewer seeds than ``wanted``, or others than the first, can be asked."""
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

    def has_diverged(self, replica: Replica) -> bool:
        """Whether one of these networks has diverged by the step of this subject."""
        cell = self.experiment.cells().index(replica.cell)
        return not set(replica.seeds) <= set(self._alive_seeds(cell))

    def matching(self, replica: Replica) -> Replica:
        """The networks of the same cell and the same seeds, with the weights of this subject."""
        return self._replica(self.experiment.cells().index(replica.cell), replica.seeds)

    def _chosen(self, depth: int, seeds: int | None) -> list[tuple[int, list[int]]]:
        """For each arm the cell that represents it at a depth, and which of its seeds are asked, counted from 0."""
        if depth not in self.experiment.depths:
            raise no_such_depth(self.experiment.depths, depth)
        rates, depths = max(1, len(self.experiment.learning_rates)), self.experiment.depths
        best, found = self._best_cells(), []
        for arm in range(len(self.experiment.arms)):
            group = arm * len(depths) + depths.index(depth)
            cell = best[group]
            found.append(group * rates if cell is None else cell)
        alive = [self._alive_seeds(cell) for cell in found]
        everywhere = set(range(self.experiment.seeds)).intersection(*filter(None, alive))
        return [
            (cell, sorted(sorted(own, key=lambda seed: seed not in everywhere)[:seeds]))
            for cell, own in zip(found, alive, strict=True)
        ]

    def _name(self, cell: int) -> str:
        return name_of(self.experiment, self.experiment.cells()[cell])

    def _alive_seeds(self, cell: int) -> list[int]:
        diverged, count = self.sweep.diverged(), self.experiment.seeds
        return [seed for seed in range(count) if cell * count + seed not in diverged]

    def _replica(self, cell: int, seeds: Sequence[int]) -> Replica:
        networks = [cell * self.experiment.seeds + seed for seed in seeds]
        for members, trainer in zip(self.sweep.members, self.sweep.trainers, strict=True):
            if networks[0] in members:
                stack = copies(trainer.stack, [members.index(network) for network in networks])
                return Replica(self.experiment.cells()[cell], stack, tuple(seeds))
        raise AssertionError("every network is in a stack")

    def _when(self, cells: Sequence[int]) -> str:
        """``" by step 20"``: the first checkpoint at which the diverged networks of these cells had diverged.

        Empty where that is not known: the trajectory is empty, or a file of it cannot be read.
        """
        lost = {network for network in self.sweep.diverged() if network // self.experiment.seeds in cells}

        def by_then(at: tuple[int, Path]) -> bool:
            return lost <= checkpoint.diverged(self.sweep, at[1])

        with suppress(DataUnavailable):
            first = bisect_left(self.trajectory, True, key=by_then)
            if first < len(self.trajectory):
                return f" by step {self.trajectory[first][0]}"
        return ""

    def along_trajectory(self) -> Iterator["Subject"]:
        """The run at every step of ``trajectory``: one object, with other weights each time. This one stays as it is.

        Raises:
            DataUnavailable: checkpoints of the trajectory are not there any more, or damaged.
        """
        then = copy.copy(self)
        then.sweep = Sweep(self.experiment, dtype=self.train_x.dtype, device=self.device)
        for then.step, path in self.trajectory:
            then.load(path)
            yield then

    def _best_cells(self) -> Sequence[int | None]:
        """The cell that stands for each (arm, depth)."""
        if self.best is None and len(self.experiment.learning_rates) > 1:
            self.best = best_cells(self.experiment, self.sweep.evaluate(self.train_x, self.train_y)[0])
        return best_cells(self.experiment, None) if self.best is None else self.best
