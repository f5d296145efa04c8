"""Where the weights of a run lie: one file a step, in a folder of the run. Names only; no file is opened here."""

from pathlib import Path

ENDING = ".npy"


def file_of(folder: Path, step: int) -> Path:
    """The file with the weights after ``step`` steps."""
    return folder / f"{step:09d}{ENDING}"


def steps_in(folder: Path) -> list[tuple[int, Path]]:
    """All (step, file) in a folder, ascending; none where there is no folder."""
    return sorted((int(path.stem), path) for path in folder.glob(f"*{ENDING}") if path.stem.isdecimal())
