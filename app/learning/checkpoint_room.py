"""Room for the checkpoints of a run among those of all runs, made before anything is written."""

import contextlib
import os
import shutil
from pathlib import Path

from app import locks
from app.contract.checkpoints import LEFT_FREE, CheckpointBound, size_of

#: the file in a run's folder whose lock its training holds
LOCK = "training.lock"


class CheckpointRoom:
    """The room of one run. Whoever trains holds a lock in its folder; runs whose lock nobody holds have ended.

    Args:
        folder: of the run, beside those of the others.
        bound: None where there is none, and then nothing of other runs is touched.
    """

    def __init__(self, folder: Path, bound: CheckpointBound | None) -> None:
        self._folder, self._bound = folder, bound
        self._lock: int | None = None
        self._sizes: dict[str, tuple[int, int]] = {}

    def hold(self) -> None:
        """Make the folder, and tell all other processes that its run trains. Raises ``OSError``."""
        self._folder.mkdir(parents=True, exist_ok=True)
        if self._lock is None:
            self._lock = locks.opened(self._folder / LOCK)
            locks.take(self._lock)

    def release(self) -> None:
        """The training is over."""
        if self._lock is not None:
            (self._folder / LOCK).unlink(missing_ok=True)
            os.close(self._lock)
            self._lock = None

    def make(self, has: int, more: int) -> int | None:
        """Make room for ``more`` bytes beside what the run ``has``, at the cost of the oldest runs that have ended.

        Returns how many bytes it may have; None: as many as it likes. Raises ``OSError``.
        """
        if self._bound is None:
            return None
        others = self._others()
        taken = sum(others.values())
        free = shutil.disk_usage(self._folder).free
        limit = min(self._bound.of_all, taken + has + max(0, free - LEFT_FREE))
        wanted = min(has + more, self._bound.of_a_run)
        for folder, size in others.items():
            if taken + wanted <= limit:
                break
            if not locks.is_held(folder / LOCK):
                shutil.rmtree(folder, ignore_errors=True)
                taken -= size
        return max(0, min(self._bound.of_a_run, limit - taken))

    def _others(self) -> dict[Path, int]:
        """The folders of the other runs, oldest first, and their bytes."""
        known, self._sizes = self._sizes, {}
        for folder in self._folder.parent.glob("r*"):
            with contextlib.suppress(FileNotFoundError):  # another process makes room, too
                changed, size = known.get(folder.name, (None, 0))
                now = folder.stat().st_mtime_ns
                if changed != now:  # else nothing came or went, so it is as large as it was
                    size = sum(size_of(file) for file in folder.glob("*"))
                if folder != self._folder:
                    self._sizes[folder.name] = now, size
        oldest_first = sorted(self._sizes.items(), key=lambda one: one[1][0])
        return {self._folder.with_name(name): size for name, (_, size) in oldest_first}
