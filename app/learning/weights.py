"""The weights of a run at a step, as a file: written by the process that trains, read by the one that analyses.

A numpy archive without pickle: for each stack of the sweep its flat buffer, its running statistics and the
numbers of the networks that have diverged. Nothing else is needed, for the experiment makes the rest.
"""

from pathlib import Path

import numpy as np
import torch

from app.errors import DataUnavailable
from app.learning.sweep import Sweep


def save(sweep: Sweep, path: Path) -> None:
    """Write the weights that a sweep has now. The file appears whole or not at all. Raises ``OSError``."""
    arrays: dict[str, np.ndarray] = {}
    for number, trainer in enumerate(sweep.trainers):
        arrays[f"weights{number}"] = trainer.parameters.flat.cpu().numpy()
        arrays[f"frozen{number}"] = np.array(sorted(trainer.frozen), dtype=np.int64)
        for name, buffer in zip(("mean", "var"), trainer.stack.running, strict=False):
            arrays[f"{name}{number}"] = buffer.cpu().numpy()
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".part")
    try:
        with unfinished.open("wb") as file:
            np.savez(file, allow_pickle=False, **arrays)
        unfinished.replace(path)
    except OSError:
        unfinished.unlink(missing_ok=True)
        raise


def load(sweep: Sweep, path: Path) -> None:
    """Give a sweep of the same experiment the weights of a file.

    Raises:
        DataUnavailable: there is no such file, or it holds the weights of something else.
    """
    try:
        with np.load(path, allow_pickle=False) as arrays:
            for number, trainer in enumerate(sweep.trainers):
                _fill(trainer.parameters.flat, arrays[f"weights{number}"])
                trainer.frozen = set(arrays[f"frozen{number}"].tolist())
                for name, buffer in zip(("mean", "var"), trainer.stack.running, strict=False):
                    _fill(buffer, arrays[f"{name}{number}"])
    except FileNotFoundError as error:
        raise DataUnavailable(f"the weights of step {path.stem} are not there any more") from error
    except (OSError, ValueError, KeyError) as error:
        raise DataUnavailable(f"the weights of step {path.stem} cannot be read: {error}") from error


def _fill(buffer: torch.Tensor, values: np.ndarray) -> None:
    if values.shape != tuple(buffer.shape):
        raise ValueError(f"{values.shape} numbers where {tuple(buffer.shape)} belong")
    buffer.copy_(torch.from_numpy(values))
