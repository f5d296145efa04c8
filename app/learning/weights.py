"""The weights of a run at a step, as a file: written by the process that trains, read by the one that analyses.

One numpy array without pickle: for each stack of the sweep its flat buffer, its running statistics, and a one for
each network that has diverged. Nothing else is needed, for the experiment makes the rest.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from app.errors import DataUnavailable
from app.learning.sweep import Sweep
from app.learning.trainer import Trainer


def save(sweep: Sweep, path: Path) -> None:
    """Write the weights that a sweep has now. The file appears whole or not at all. Raises ``OSError``.

    A network whose numbers are beyond all bounds counts as diverged: training would notice at the next step.
    """
    for trainer in sweep.trainers:
        trainer.collect()
    parts = [part.detach().cpu() for trainer in sweep.trainers for part in (*_buffers(trainer), _flags(trainer))]
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".part")
    try:
        with unfinished.open("wb") as file:
            np.save(file, torch.cat(parts).numpy(), allow_pickle=False)
        unfinished.replace(path)
    except OSError:
        unfinished.unlink(missing_ok=True)
        raise


def load(sweep: Sweep, path: Path) -> None:
    """Give a sweep of the same experiment the weights of a file, of either precision.

    Raises:
        DataUnavailable: there is no such file, it is damaged, or it holds the weights of something else.
    """
    for trainer, pieces, frozen in _parts(sweep, path):
        for buffer, piece in zip(_buffers(trainer), pieces, strict=True):
            buffer.copy_(piece)
        trainer.frozen = frozen
        if _not_finite(trainer) - frozen:
            raise _damaged(path, "it has numbers that are not finite in a network that has not diverged")


def diverged(sweep: Sweep, path: Path) -> set[int]:
    """Which networks had diverged when a file was written; the sweep keeps its weights. Raises as ``load``."""
    parts = zip(sweep.members, _parts(sweep, path), strict=True)
    return {members[k] for members, (_, _, frozen) in parts for k in frozen}


def _parts(sweep: Sweep, path: Path) -> Iterator[tuple[Trainer, Sequence[Tensor], set[int]]]:
    """For each stack of a sweep what a file has for its buffers, and which of its networks had diverged."""
    sizes = [[*(buffer.numel() for buffer in _buffers(t)), t.stack.k] for t in sweep.trainers]
    values = _read(path, sum(map(sum, sizes)))
    for trainer, own, part in zip(sweep.trainers, sizes, torch.split(values, [sum(own) for own in sizes]), strict=True):
        *pieces, flags = torch.split(part, own)
        if not ((flags == 0) | (flags == 1)).all():
            raise _damaged(path, "it does not say which networks have diverged")
        yield trainer, pieces, set(flags.nonzero().flatten().tolist())


def _read(path: Path, count: int) -> Tensor:
    """The ``count`` numbers of a file. Nothing is taken on trust: what its head claims is held against its size."""
    try:
        with path.open("rb") as file:
            if np.lib.format.read_magic(file) != (1, 0):
                raise _damaged(path, "it is not in the format that was written")
            shape, _, dtype = np.lib.format.read_array_header_1_0(file)
            if dtype not in (np.float32, np.float64):
                raise _damaged(path, f"its numbers are of the type {dtype}")
            if shape != (count,):
                raise DataUnavailable(f"the weights of step {path.stem} are those of another experiment")
            if path.stat().st_size != file.tell() + count * dtype.itemsize:
                raise _damaged(path, "its length is not what its head says")
            return torch.from_numpy(np.fromfile(file, dtype, count))
    except FileNotFoundError as error:
        raise DataUnavailable(f"the weights of step {path.stem} are not there any more") from error
    except DataUnavailable:
        raise
    except Exception as error:  # NumPy reads a damaged head as Python, so it can fail in any way that Python can
        raise _damaged(path, str(error)) from error


def _damaged(path: Path, why: str) -> DataUnavailable:
    return DataUnavailable(f"the weights of step {path.stem} cannot be read, the file is damaged: {why}")


def _buffers(trainer: Trainer) -> tuple[Tensor, ...]:
    return trainer.parameters.flat, *trainer.stack.running


def _flags(trainer: Trainer) -> Tensor:
    """A one for each network that has diverged."""
    flags = torch.zeros(trainer.stack.k, dtype=trainer.stack.dtype)
    flags[sorted(trainer.frozen | _not_finite(trainer))] = 1
    return flags


def _not_finite(trainer: Trainer) -> set[int]:
    """Networks with a parameter or a running statistic that is not finite."""
    if all(bool(torch.isfinite(buffer).all()) for buffer in _buffers(trainer)):
        return set()
    found: set[int] = set()
    for group in trainer.parameters.groups.values():
        bad = (~torch.isfinite(group.data)).any(1)
        found.update(group.networks[row] for row in bad.nonzero().flatten().tolist())
    for norm in trainer.stack.norms:
        if norm.kind == "batch":
            for statistic in (norm.running.mean, norm.running.var):
                bad = (~torch.isfinite(statistic)).view(norm.k, -1).any(1)
                found.update(bad.nonzero().flatten().tolist())
    return found
