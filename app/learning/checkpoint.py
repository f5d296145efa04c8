"""A checkpoint: the weights of all networks of a run at one step, as a safetensors file.

The process that trains writes it, the one that analyses reads it. For each stack of the sweep it holds the flat buffer
of parameters, the running statistics, and which of its networks have diverged. Its head says whose weights they are:
the experiment with its hash, the step, and the layout of the buffers. Weights of another seed, rate or experiment are
refused with the reason. A checkpoint of step 0 may hold its head alone: the first weights follow from the seed.
"""

import hashlib
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save as to_bytes
from torch import Tensor

from app.errors import DataUnavailable
from app.learning.sweep import Sweep
from app.learning.trainer import Trainer

DTYPES = (torch.float32, torch.float64)


def save(sweep: Sweep, step: int, path: Path) -> None:
    """Write the weights that a sweep has now, as ``content`` and ``write`` do. Raises ``OSError``."""
    write(path, content(sweep, step))


def content(sweep: Sweep, step: int) -> bytes:
    """What a file of the weights holds that a sweep has now.

    A network with a number that is not finite counts as diverged: training would notice at the next step.
    """
    tensors: dict[str, Tensor] = {}
    for number, trainer in enumerate(sweep.trainers):
        trainer.collect()
        lost = torch.zeros(trainer.stack.k, dtype=torch.uint8)
        lost[sorted(trainer.frozen | _not_finite(trainer))] = 1
        parts = [buffer.detach().cpu() for buffer in _buffers(trainer)]
        tensors |= dict(zip(_names(number, trainer), [*parts, lost], strict=True))
    return to_bytes(tensors, _head(sweep) | {"step": str(step)})


def write(path: Path, data: bytes) -> None:
    """Write a file that appears whole or not at all. Raises ``OSError``."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".part")
    try:
        unfinished.write_bytes(data)
        unfinished.replace(path)
    except OSError:
        unfinished.unlink(missing_ok=True)
        raise


def save_initial(sweep: Sweep, path: Path) -> None:
    """Write a checkpoint of step 0 without weights: they follow from the experiment, and its head has their checksums.

    Args:
        sweep: as it was built, of the precision of its experiment.
    """
    path.write_bytes(to_bytes({}, _head(sweep) | {"step": str(_step(path)), "initial": " ".join(sweep.checksums())}))


def compress(path: Path) -> None:
    """Write a checkpoint again, a sixth smaller and exactly the same to whoever loads it.

    Signs and exponents are the only bytes of weights that repeat themselves, so they must lie side by side: first the
    last byte of all numbers, then the one before it. Only for files that travel; it takes longer than to write them.
    """
    with safe_open(path, framework="pt") as file:
        head = file.metadata()
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    path.write_bytes(to_bytes({name: _deflated(tensor) for name, tensor in tensors.items()}, head))


def _deflated(tensor: Tensor) -> Tensor:
    if tensor.dtype not in DTYPES:
        return tensor
    planes = tensor.numpy().view(np.uint8).reshape(-1, tensor.itemsize).T
    return torch.frombuffer(bytearray(zlib.compress(planes.tobytes(), 9)), dtype=torch.uint8)


def _inflated(packed: Tensor, count: int) -> Tensor:
    """So many numbers from their deflated bytes. Raises ``zlib.error`` or ``ValueError``."""
    planes = np.frombuffer(zlib.decompress(packed.numpy().tobytes()), np.uint8).reshape(-1, count)
    return torch.from_numpy(planes.T.copy()).view({4: torch.float32, 8: torch.float64}[len(planes)]).flatten()


def load(sweep: Sweep, path: Path) -> None:
    """Give a sweep the weights of a checkpoint of its own experiment, in the sweep's precision.

    Raises:
        DataUnavailable: there is no such file, it is damaged, or it holds the weights of something else.
    """
    for trainer, parts, diverged in _read(sweep, path):
        for buffer, part in zip(_buffers(trainer), parts, strict=True):
            buffer.copy_(part)
        trainer.frozen = diverged
        if _not_finite(trainer) - diverged:
            raise _damaged(path, "it has numbers that are not finite in a network that has not diverged")


def diverged(sweep: Sweep, path: Path) -> set[int]:
    """Which networks had diverged when a checkpoint was written; the sweep keeps its weights. Raises as ``load``."""
    read = zip(sweep.members, _read(sweep, path), strict=True)
    return {members[k] for members, (_, _, lost) in read for k in lost}


def _read(sweep: Sweep, path: Path) -> Iterator[tuple[Trainer, list[Tensor], set[int]]]:
    """For each stack of a sweep what a file has for its buffers, and which of its networks had diverged."""
    try:
        with safe_open(path, framework="pt") as file:
            head = file.metadata() or {}
            _check_head(sweep, path, head)
            if "initial" in head:
                yield from _made_again(sweep, head["initial"])
                return
            for number, trainer in enumerate(sweep.trainers):
                *names, last = _names(number, trainer)
                parts = [_tensor(file, path, name, b) for name, b in zip(names, _buffers(trainer), strict=True)]
                lost = file.get_tensor(last)
                if lost.dtype != torch.uint8 or lost.shape != (trainer.stack.k,) or lost.max() > 1:
                    raise _damaged(path, "it does not say which networks have diverged")
                yield trainer, parts, set(lost.nonzero().flatten().tolist())
    except FileNotFoundError as error:
        raise DataUnavailable(f"the checkpoint of step {_step(path)} is not there any more") from error
    except (OSError, SafetensorError) as error:
        raise _damaged(path, str(error)) from error


def _made_again(sweep: Sweep, checksums: str) -> Iterator[tuple[Trainer, list[Tensor], set[int]]]:
    """The first weights, drawn again. Never others than those with these checksums: a machine may round differently."""
    made = Sweep(sweep.experiment)
    if " ".join(made.checksums()) != checksums:
        raise DataUnavailable(
            "the weights of step 0 cannot be made again: this machine computes others from the same seed"
        )
    for trainer, own in zip(sweep.trainers, made.trainers, strict=True):
        yield trainer, list(_buffers(own)), set()


def _tensor(file: Any, path: Path, name: str, like: Tensor) -> Tensor:
    """A tensor of the file, as long as a buffer, in either precision."""
    found: Tensor = file.get_tensor(name)
    if found.dtype == torch.uint8:
        try:
            found = _inflated(found, len(like))
        except (zlib.error, ValueError, KeyError) as error:
            raise _damaged(path, f"{name} cannot be read: {error}") from error
    if found.shape != like.shape or found.dtype not in DTYPES:
        raise _damaged(path, f"{name} has the shape {tuple(found.shape)} and the type {found.dtype}")
    return found


# Whose weights they are


def _head(sweep: Sweep) -> dict[str, str]:
    return {
        "format": "skipscope checkpoint 1",
        "experiment": orjson.dumps(sweep.experiment.model_dump(mode="json")).decode(),
        "hash": sweep.experiment.config_hash(),
        "layout": _layout(sweep),
    }


def _layout(sweep: Sweep) -> str:
    """12 digits that say in which order all rows of all buffers lie."""
    rows = [
        [(name, group.size, group.networks, group.layers) for name, group in trainer.parameters.groups.items()]
        + [[len(buffer) for buffer in trainer.stack.running]]
        for trainer in sweep.trainers
    ]
    return hashlib.sha256(orjson.dumps([sweep.members, rows])).hexdigest()[:12]


def _check_head(sweep: Sweep, path: Path, head: Mapping[str, str]) -> None:
    own = _head(sweep)
    if head.get("format") != own["format"] or head.get("step") != str(_step(path)):
        raise _damaged(path, "its head is not that of a checkpoint of this step")
    if head.get("hash") != own["hash"]:
        raise DataUnavailable(
            f"the checkpoint of step {_step(path)} is of another experiment: "
            f"{_difference(own['experiment'], head.get('experiment', ''))}"
        )
    if head.get("layout") != own["layout"]:
        raise DataUnavailable(f"the checkpoint of step {_step(path)} was written by another version of Skipscope")


def _difference(own: str, other: str) -> str:
    """The first field in which two experiments differ: ``seed is 1 there and 0 in this run``."""
    try:
        theirs = dict(_fields(orjson.loads(other)))
    except orjson.JSONDecodeError:
        theirs = {}
    ours = dict(_fields(orjson.loads(own)))
    for name in [*ours, *theirs]:
        if ours.get(name) != theirs.get(name):
            return f"{name} is {theirs.get(name)} there and {ours.get(name)} in this run"
    return "its hash differs"


def _fields(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """(name, value) of every field of an experiment, with those of its arms as ``arms.1.learning_rate``."""
    if not isinstance(value, (dict, list)):
        yield name, value
        return
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in items:
        yield from _fields(inner, f"{name}.{key}" if name else str(key))


# Buffers


def _names(number: int, trainer: Trainer) -> list[str]:
    """Names of a stack's tensors: its buffers, and last which networks have diverged."""
    running = ["running_mean", "running_var"][: len(trainer.stack.running)]
    return [f"stack.{number}.{name}" for name in ("parameters", *running, "diverged")]


def _buffers(trainer: Trainer) -> tuple[Tensor, ...]:
    return trainer.parameters.flat, *trainer.stack.running


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


def _step(path: Path) -> int:
    return int(path.stem)


def _damaged(path: Path, why: str) -> DataUnavailable:
    return DataUnavailable(f"the checkpoint of step {_step(path)} cannot be read, the file is damaged: {why}")
