"""The checkpoints of all runs: a folder each; the oldest runs' are deleted when all of it grows too large."""

import logging
import shutil
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path

from app.contract.checkpoints import checkpoints_in
from app.ids import RunId
from app.runs.recorded_runs import RecordedRuns

log = logging.getLogger(__name__)

#: where they lie in the data folder
FOLDER = "checkpoints"


@dataclass(frozen=True, slots=True)
class Checkpoints:
    """Where the workers save the checkpoints of runs, and how many bytes they may take; and those of recorded runs."""

    folder: Path
    most_bytes: int
    recorded: RecordedRuns = field(default_factory=RecordedRuns)

    def trajectory(self, run: RunId, until: int | None = None) -> list[tuple[int, Path]]:
        """(step, file) of all checkpoints of a run up to step ``until``, ascending."""
        folder = self.recorded.folder_of(run) or self.folder / run
        return [(step, file) for step, file in checkpoints_in(folder) if until is None or step <= until]

    def remove(self, run: RunId) -> None:
        """Delete the checkpoints of a run."""
        shutil.rmtree(self.folder / run, ignore_errors=True)

    def prune(self, spare: Collection[str]) -> list[str]:
        """Delete the checkpoints of the oldest runs until the rest fits, but never those of the runs to ``spare``.

        Returns the runs whose checkpoints are gone. What they measured stays in the store.
        """
        folders = [folder for folder in self.folder.glob("r*") if folder.is_dir()]
        sizes = {
            folder: sum(_size(file) for file in folder.glob("*"))
            for folder in sorted(folders, key=lambda folder: folder.stat().st_mtime)
        }
        total, gone = sum(sizes.values()), []
        for folder, size in sizes.items():
            if total <= self.most_bytes:
                break
            if folder.name not in spare:
                shutil.rmtree(folder, ignore_errors=True)
                total -= size
                gone.append(folder.name)
        if gone:
            log.info("the checkpoints of %d old runs were deleted to make room", len(gone))
        return gone


def _size(file: Path) -> int:
    """Bytes; 0 where a process that trains has just renamed or deleted it."""
    try:
        return file.stat().st_size
    except FileNotFoundError:
        return 0
