"""The folder of a run's checkpoints: one is saved at every evaluation point, and they are thinned as they grow many."""

import contextlib
from pathlib import Path
from types import TracebackType

from app.contract.checkpoints import MOST_BYTES, MOST_FILES, MOST_REQUESTED, CheckpointBound, file_of
from app.contract.measurements import CheckpointSaved
from app.learning import checkpoint
from app.learning.checkpoint_room import CheckpointRoom
from app.learning.sweep import Sweep


class CheckpointFolder:
    """Saves checkpoints in ``folder``. A failure stops no training: it becomes the reason in the measurement.

    Before a file is written, there is room for it within ``bound``: the oldest runs that have ended lose theirs, and
    this run some of its own. A context: leave it when the training is over.
    """

    def __init__(self, folder: Path, bound: CheckpointBound | None = None) -> None:
        self.folder = folder
        self._room = CheckpointRoom(folder, bound)
        self._steps: list[int] = []
        self._requested: list[int] = []
        self._count, self._stride = 0, 1
        self._file_bytes = 0

    def __enter__(self) -> None:
        """Nothing is there before the first file."""

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Others may make room at the cost of this run."""
        self._room.release()

    def save(self, sweep: Sweep, step: int, *, requested: bool = False) -> CheckpointSaved:
        """Save the weights after ``step`` steps, unless that was done.

        ``requested``: for an analysis. Such a file is not thinned until the analysis has had time to read it, unless
        there is no room for it and the next.
        """
        if step not in self._steps and step not in self._requested:
            try:
                reason = self._write(sweep, step)
            except OSError as error:
                reason = f"the checkpoint could not be written: {error.strerror}"
            if reason is not None:
                return CheckpointSaved(step, reason)
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
            self._thin()
        return CheckpointSaved(step)

    def _write(self, sweep: Sweep, step: int) -> str | None:
        """Write a file where there is room for it; else why there is none. Raises ``OSError``."""
        size = sum(trainer.parameters.flat.nbytes for trainer in sweep.trainers)
        if size > MOST_BYTES:
            return f"{_told(size)} of weights is over the limit of {_told(MOST_BYTES)}"
        data = checkpoint.content(sweep, step)
        size = len(data)
        self._room.hold()
        may_have = self._room.make(self._bytes(), size)
        while may_have is not None and self._bytes() + size > may_have:
            if not self._thin():
                return (
                    f"{_told(size)} of weights, and there is room for {_told(may_have)} (SKIPSCOPE_CHECKPOINTS_MIB, or "
                    "what is free on the disk)"
                )
        checkpoint.write(file_of(self.folder, step), data)
        self._file_bytes = size
        return None

    def _bytes(self) -> int:
        return self._file_bytes * len({*self._steps, *self._requested})

    def _thin(self) -> bool:
        """Delete every second file between the first and the newest, or where there is none an older one.

        False where nothing is left.
        """
        if len(self._steps) > 2:
            dropped = self._steps[1:-1:2]
            del self._steps[1:-1:2]
            for step in dropped:
                self._drop(step)
            self._stride *= 2
        elif self._requested:
            self._drop(self._requested.pop(0))
        elif self._steps:
            self._drop(self._steps.pop(0))
        else:
            return False
        return True

    def _drop(self, step: int) -> None:
        """Delete what neither the record nor an analysis needs any more."""
        if step in self._steps or step in self._requested:
            return
        with contextlib.suppress(OSError):
            file_of(self.folder, step).unlink(missing_ok=True)


def _told(size: int) -> str:
    return f"{size / 2**20:,.1f} MiB"
