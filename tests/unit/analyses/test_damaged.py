"""A damaged checkpoint gives an error that names its step, whatever is asked of it, and takes no memory."""

import json
import pickle
import shutil
import struct
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save

from app.analyses.registry import parse_question
from app.contract.checkpoints import checkpoints_in, file_of
from app.contract.experiment import Experiment
from app.contract.findings import AnalysisRequest, Weights
from app.errors import DataUnavailable
from app.learning.training import no_orders
from app.workers.analysis import AnalysisWorker
from app.workers.worker import Context
from tests.unit.analyses.test_diverged import every_question

EXPERIMENT = Experiment(dataset="spiral", depths=(6, 8), width=8, steps=40, evaluate_every=20)
WORKER = AnalysisWorker()


def parts(file: Path) -> tuple[dict[str, Any], bytearray]:
    """The head of a checkpoint and the bytes of its tensors (safetensors: 8 bytes of length, JSON, data)."""
    data = file.read_bytes()
    (length,) = struct.unpack_from("<Q", data)
    return json.loads(data[8 : 8 + length]), bytearray(data[8 + length :])


def joined(head: dict[str, Any] | bytes, data: bytes | bytearray, length: int | None = None) -> bytes:
    text = head if isinstance(head, bytes) else json.dumps(head).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + data


def stored(file: Path, number: float, name: str = "stack.0.parameters", at: int = 7) -> bytes:
    """The file with another number in one place of a tensor."""
    head, data = parts(file)
    start = head[name]["data_offsets"][0]
    if head[name]["dtype"] == "U8":
        data[start + at] = int(number)
    else:
        struct.pack_into("<f", data, start + 4 * at, number)
    return joined(head, data)


def changed(file: Path, **fields: Any) -> bytes:
    """The file with another description of its first tensor."""
    head, data = parts(file)
    head["stack.0.parameters"] |= fields
    return joined(head, data)


def of_type(file: Path, dtype: torch.dtype) -> bytes:
    with safe_open(file, framework="pt") as opened:
        tensors = {name: opened.get_tensor(name) for name in opened.keys()}  # noqa: SIM118
        head = opened.metadata()
    return save({name: t.to(dtype) if t.is_floating_point() else t for name, t in tensors.items()}, head)


def without(file: Path, name: str) -> bytes:
    head, data = parts(file)
    del head[name]
    return joined(head, data)


DAMAGES: dict[str, Callable[[Path], bytes]] = {
    "empty": lambda file: b"",
    "cut off": lambda file: file.read_bytes()[:-5],
    "longer than its head says": lambda file: file.read_bytes() + b"more",
    "head alone": lambda file: joined(parts(file)[0], b""),
    "head cut off": lambda file: file.read_bytes()[:40],
    "whole numbers": lambda file: changed(file, dtype="I32"),
    "half precision": lambda file: of_type(file, torch.float16),
    "two dimensions": lambda file: changed(file, shape=[1, *parts(file)[0]["stack.0.parameters"]["shape"]]),
    "a tensor that is not there": lambda file: without(file, "stack.0.parameters"),
    "no experiment": lambda file: without(file, "__metadata__"),
    "not a number": lambda file: stored(file, float("nan")),
    "infinite": lambda file: stored(file, -float("inf")),
    "neither diverged nor not": lambda file: stored(file, 2, "stack.0.diverged", at=1),
    "a pickle": lambda file: pickle.dumps(list(range(100))),
    "a zip": lambda file: b"PK\x03\x04" + bytes(300),
    "a shape that claims an exabyte": lambda file: changed(file, shape=[250_000_000_000_000_000]),
    "a shape that claims too much to count": lambda file: changed(file, shape=[10**30]),
    "a negative length": lambda file: changed(file, shape=[-1]),
    "a head that is no JSON": lambda file: joined(b"(" * 60, b""),
    "a head of an exabyte": lambda file: joined(b" " * 200, b"", length=2**60),
    "other bytes": lambda file: bytes(range(256)) * 4,
}


def ask(folder: Path, question: dict[str, Any]) -> None:
    trajectory = tuple(checkpoints_in(folder))
    request = AnalysisRequest(Weights(EXPERIMENT, *trajectory[-1], trajectory), parse_question(question))
    for _ in WORKER.run(request, Context(no_orders, device="cpu")):
        pass


@pytest.mark.parametrize("damage", DAMAGES)
@every_question
def test_a_damaged_file_is_named_in_every_analysis(
    kept: Path, tmp_path: Path, damage: str, question: dict[str, Any]
) -> None:
    shutil.copytree(kept, tmp_path / "run")
    # earlier weights are read by the one question that needs them
    step = 20 if question.get("plane") == "trajectory" else 40
    file = file_of(tmp_path / "run", step)
    file.write_bytes(DAMAGES[damage](file))
    tracemalloc.start()
    with pytest.raises(DataUnavailable, match=f"the checkpoint of step {step} "):
        ask(tmp_path / "run", question)
    assert tracemalloc.get_traced_memory()[1] < 2_000_000
    tracemalloc.stop()


def test_weights_in_double_precision_are_read_too(kept: Path, tmp_path: Path) -> None:
    shutil.copytree(kept, tmp_path / "run")
    file = file_of(tmp_path / "run", 40)
    file.write_bytes(of_type(file, torch.float64))
    ask(tmp_path / "run", {"kind": "lesions", "depth": 8})


def test_a_number_that_single_precision_does_not_hold_is_damage(kept: Path, tmp_path: Path) -> None:
    shutil.copytree(kept, tmp_path / "run")
    file = file_of(tmp_path / "run", 40)
    file.write_bytes(of_type(file, torch.float64))
    head, data = parts(file)
    struct.pack_into("<d", data, head["stack.0.parameters"]["data_offsets"][0], 1e300)
    file.write_bytes(joined(head, data))
    with pytest.raises(DataUnavailable, match="not finite in a network that has not diverged"):
        ask(tmp_path / "run", {"kind": "lesions", "depth": 8})


def test_the_next_question_is_answered_from_the_file_that_was_put_right(kept: Path, tmp_path: Path) -> None:
    shutil.copytree(kept, tmp_path / "run")
    file = file_of(tmp_path / "run", 40)
    whole = file.read_bytes()
    file.write_bytes(whole[:-5])
    with pytest.raises(DataUnavailable):
        ask(tmp_path / "run", {"kind": "lesions", "depth": 8})
    file.write_bytes(whole)
    ask(tmp_path / "run", {"kind": "lesions", "depth": 8})
