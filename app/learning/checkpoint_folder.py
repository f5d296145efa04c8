"""The folder of a run's checkpoints: one is saved at every evaluation point, and they are thinned as they grow many."""

import contextlib
from pathlib import Path

from app.contract.checkpoints import file_of
from app.contract.measurements import CheckpointSaved
from app.learning import checkpoint
from app.learning.sweep import Sweep

#: files of one run; past it every second one goes; the first and the newest stay
MOST_FILES = 40
#: files saved for an analysis, beside those; analyses run one after another, so few will do
MOST_REQUESTED = 4
#: bytes of one file; larger networks get no checkpoints
MOST_BYTES = 128 * 2**20


class CheckpointFolder:
    """Saves checkpoints in ``folder``. A failure stops no training: it becomes the reason in the measurement."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._steps: list[int] = []
        self._requested: list[int] = []
        self._count, self._stride = 0, 1

    def save(self, sweep: Sweep, step: int, *, requested: bool = False) -> CheckpointSaved:
        """Save the weights after ``step`` steps, unless that was done.

        ``requested``: for an analysis. Such a file is not thinned until the analysis has had time to read it.
        """
        if step not in self._steps and step not in self._requested:
            size = sum(trainer.parameters.flat.nbytes for trainer in sweep.trainers)
            if size > MOST_BYTES:
                return CheckpointSaved(step, f"{size >> 20} MiB of weights is over the limit of {MOST_BYTES >> 20} MiB")
            try:
                checkpoint.save(sweep, step, file_of(self.folder, step))
            except OSError as error:
                return CheckpointSaved(step, f"the checkpoint could not be written: {error.strerror}")
        saved = self._requested if requested else self._steps
        if step in saved:
            return CheckpointSaved(step)
        saved.append(step)
        if requested:
            if len(self._requested) > MOST_REQUESTED:
                self._drop(self._requested.pop(0))
            return CheckpointSaved(step)
        if len(self._steps) > 1:  # the one before may have stayed only for being the newest
            self._count += 1
            if (self._count - 1) % self._stride:
                self._drop(self._steps.pop(-2))
        if len(self._steps) > MOST_FILES:
            dropped = self._steps[1:-1:2]
            del self._steps[1:-1:2]
            for step_dropped in dropped:
                self._drop(step_dropped)
            self._stride *= 2
        return CheckpointSaved(step)

    def _drop(self, step: int) -> None:
        """Delete what neither the record nor an analysis needs any more."""
        if step in self._steps or step in self._requested:
            return
        with contextlib.suppress(OSError):
            file_of(self.folder, step).unlink(missing_ok=True)
