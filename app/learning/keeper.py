"""The keeper: writes the weights of a run to files at its evaluation points, and thins them out as they grow many."""

import contextlib
from pathlib import Path

from app.contract.kept import file_of
from app.contract.measurements import WeightsKept
from app.learning import weights
from app.learning.sweep import Sweep

#: files of one run; past it every second one goes; the first and the newest stay
MOST_FILES = 40
#: files kept because somebody asked, beside those; one question is answered at a time, so few will do
MOST_ASKED = 4
#: bytes of one file; larger networks are not kept
MOST_BYTES = 128 * 2**20


class Keeper:
    """Keeps weights in ``folder``. What goes wrong stops no training: it becomes the reason that is told."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._steps: list[int] = []
        self._asked: list[int] = []
        self._count, self._stride = 0, 1

    def keep(self, sweep: Sweep, step: int, *, asked: bool = False) -> WeightsKept:
        """Write the weights after ``step`` steps, unless that was done.

        ``asked``: for a question. Such a file is not thinned, be it in the record or not: it waits to be read.
        """
        if step not in self._steps and step not in self._asked:
            size = sum(trainer.parameters.flat.nbytes for trainer in sweep.trainers)
            if size > MOST_BYTES:
                return WeightsKept(step, f"{size >> 20} MiB of weights is over the limit of {MOST_BYTES >> 20} MiB")
            try:
                weights.save(sweep, file_of(self.folder, step))
            except OSError as error:
                return WeightsKept(step, f"the weights could not be written: {error.strerror}")
        kept = self._asked if asked else self._steps
        if step in kept:
            return WeightsKept(step)
        kept.append(step)
        if asked:
            if len(self._asked) > MOST_ASKED:
                self._drop(self._asked.pop(0))
            return WeightsKept(step)
        if len(self._steps) > 1:  # the one before may have stayed only for being the newest
            self._count += 1
            if (self._count - 1) % self._stride:
                self._drop(self._steps.pop(-2))
        if len(self._steps) > MOST_FILES:
            thinned = self._steps[1:-1:2]
            del self._steps[1:-1:2]
            for gone in thinned:
                self._drop(gone)
            self._stride *= 2
        return WeightsKept(step)

    def _drop(self, step: int) -> None:
        """Delete what neither the record nor a question wants any more."""
        if step in self._steps or step in self._asked:
            return
        with contextlib.suppress(OSError):
            file_of(self.folder, step).unlink(missing_ok=True)
