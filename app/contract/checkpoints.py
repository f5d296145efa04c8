"""Where the checkpoints of a run lie: one file a step, in a folder of the run. Names only; no file is opened here."""

from pathlib import Path

ENDING = ".safetensors"


def file_of(folder: Path, step: int) -> Path:
    """The checkpoint after ``step`` steps."""
    return folder / f"{step:09d}{ENDING}"


def checkpoints_in(folder: Path) -> list[tuple[int, Path]]:
    """All (step, file) in a folder, ascending; none where there is no folder."""
    return sorted((int(path.stem), path) for path in folder.glob(f"*{ENDING}") if path.stem.isdecimal())
