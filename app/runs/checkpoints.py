"""The checkpoints of all runs: a folder each. How many bytes they may take, those who write them see to."""

import shutil
from dataclasses import dataclass, field
from pathlib import Path

from app.contract.checkpoints import LEFT_FREE, checkpoints_in, size_of
from app.ids import RunId
from app.runs.recorded_runs import RecordedRuns

#: where they lie in the data folder
FOLDER = "checkpoints"


@dataclass(frozen=True, slots=True)
class Checkpoints:
    """Where the workers save the checkpoints of runs, and those of recorded runs."""

    folder: Path
    recorded: RecordedRuns = field(default_factory=RecordedRuns)

    def trajectory(self, run: RunId, until: int | None = None) -> list[tuple[int, Path]]:
        """(step, file) of all checkpoints of a run up to step ``until``, ascending."""
        folder = self.recorded.folder_of(run) or self.folder / run
        return [(step, file) for step, file in checkpoints_in(folder) if until is None or step <= until]

    def room(self) -> int:
        """Bytes that the checkpoints of all runs may take on this disk. Raises ``OSError``."""
        self.folder.mkdir(parents=True, exist_ok=True)
        taken = sum(size_of(file) for file in self.folder.glob("r*/*"))
        return max(0, taken + shutil.disk_usage(self.folder).free - LEFT_FREE)

    def remove(self, run: RunId) -> None:
        """Delete the checkpoints of a run."""
        shutil.rmtree(self.folder / run, ignore_errors=True)
