"""The kept weights of all runs: a folder each, the oldest runs' thrown away when all of it grows too large."""

import logging
import shutil
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from app.contract.kept import steps_in
from app.ids import RunId

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class KeptWeights:
    """Where the workers put the weights of runs, and how many bytes may lie there."""

    folder: Path
    most_bytes: int

    def way(self, run: RunId, until: int | None = None) -> list[tuple[int, Path]]:
        """(step, file) of all that is kept of a run up to step ``until``, ascending."""
        return [(step, file) for step, file in steps_in(self.folder / run) if until is None or step <= until]

    def prune(self, spare: Collection[str]) -> list[str]:
        """Delete the weights of the oldest runs until what is left fits, but never those of the runs to ``spare``.

        Returns the runs whose weights are gone. What they measured stays in the store.
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
            log.info("the weights of %d old runs were deleted to make room", len(gone))
        return gone


def _size(file: Path) -> int:
    """Bytes; 0 where a process that trains has just renamed or thinned it away."""
    try:
        return file.stat().st_size
    except FileNotFoundError:
        return 0
