"""The weights of a run at a step, as a file: written by the process that trains, read by the one that analyses.

One numpy array without pickle: for each stack of the sweep its flat buffer, its running statistics, and a one for
each network that has diverged. Nothing else is needed, for the experiment makes the rest.
"""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from app.errors import DataUnavailable
from app.learning.sweep import Sweep


def save(sweep: Sweep, path: Path) -> None:
    """Write the weights that a sweep has now. The file appears whole or not at all. Raises ``OSError``."""
    values = torch.cat([part.detach().cpu() for parts, frozen in _stacks(sweep) for part in (*parts, frozen)])
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".part")
    try:
        with unfinished.open("wb") as file:
            np.save(file, values.numpy(), allow_pickle=False)
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
        values = torch.from_numpy(np.load(path, allow_pickle=False))
    except FileNotFoundError as error:
        raise DataUnavailable(f"the weights of step {path.stem} are not there any more") from error
    except (OSError, ValueError, EOFError) as error:
        raise DataUnavailable(f"the weights of step {path.stem} cannot be read: {error}") from error
    stacks = _stacks(sweep)
    sizes = [part.numel() for parts, frozen in stacks for part in (*parts, frozen)]
    if values.shape != (sum(sizes),):
        raise DataUnavailable(f"the weights of step {path.stem} are those of another experiment")
    pieces = iter(torch.split(values, sizes))
    for trainer, (parts, _) in zip(sweep.trainers, stacks, strict=True):
        for part in parts:
            part.copy_(next(pieces))
        trainer.frozen = set(next(pieces).nonzero().flatten().tolist())


def _stacks(sweep: Sweep) -> list[tuple[list[Tensor], Tensor]]:
    """For each stack its buffers, and a one for each network that has diverged."""
    found = []
    for trainer in sweep.trainers:
        trainer.collect()
        frozen = torch.zeros(trainer.stack.k, dtype=trainer.stack.dtype)
        frozen[sorted(trainer.frozen)] = 1
        found.append(([trainer.parameters.flat, *trainer.stack.running], frozen))
    return found
