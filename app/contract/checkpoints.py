"""Where the checkpoints of a run lie: one file a step, in a folder of the run. Names and bounds; no file is opened."""

from dataclasses import dataclass
from pathlib import Path

#: files of one run; past it every second one goes; the first and the newest stay
MOST_FILES = 40
#: files saved for an analysis, beside those; analyses run one after another, so few will do
MOST_REQUESTED = 4
#: bytes of one file; larger networks get no checkpoints
MOST_BYTES = 128 * 2**20
#: bytes of the disk that stay free for what is measured
LEFT_FREE = 256 * 2**20
ENDING = ".safetensors"


@dataclass(frozen=True, slots=True)
class CheckpointBound:
    """How many bytes checkpoints may take: those of all runs that lie side by side, and those of one run."""

    of_all: int
    of_a_run: int


def file_of(folder: Path, step: int) -> Path:
    """The checkpoint after ``step`` steps."""
    return folder / f"{step:09d}{ENDING}"


def checkpoints_in(folder: Path) -> list[tuple[int, Path]]:
    """All (step, file) in a folder, ascending; none where there is no folder."""
    return sorted((int(path.stem), path) for path in folder.glob(f"*{ENDING}") if path.stem.isdecimal())


def size_of(file: Path) -> int:
    """Bytes; 0 where another process has just renamed or deleted it."""
    try:
        return file.stat().st_size
    except FileNotFoundError:
        return 0
