"""A damaged file of weights gives an error that names its step, whatever is asked of it, and takes no memory."""

import io
import pickle
import shutil
import struct
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from app.analyses.desk import train as answer
from app.contract.experiment import Experiment
from app.contract.findings import Inquiry
from app.contract.kept import file_of, steps_in
from app.contract.questions import parse_question
from app.errors import DataUnavailable
from app.learning.training import no_orders, train
from tests.unit.analyses.test_diverged import every_question

EXPERIMENT = Experiment(dataset="spiral", depths=(6, 8), width=8, steps=40, evaluate_every=20)


def saved(values: Any, **options: Any) -> bytes:
    file = io.BytesIO()
    np.save(file, values, **options)
    return file.getvalue()


def packed(values: NDArray[np.float32]) -> bytes:
    """A zip, which unpacks to far more than it holds."""
    file = io.BytesIO()
    np.savez_compressed(file, weights=np.zeros(1_000_000, np.float32))
    return file.getvalue()


def claiming(shape: str, version: bytes = b"\x01\x00") -> bytes:
    head = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}".encode()
    head += b" " * (118 - len(head) - 1) + b"\n"
    return b"\x93NUMPY" + version + struct.pack("<H" if version[0] == 1 else "<I", len(head)) + head


def changed(values: NDArray[np.float32], place: int, value: float) -> bytes:
    values = values.copy()
    values[place] = value
    return saved(values)


DAMAGES: dict[str, Callable[[NDArray[np.float32]], bytes]] = {
    "empty": lambda values: b"",
    "cut off": lambda values: saved(values)[:-5],
    "longer than its head says": lambda values: saved(values) + b"more",
    "head alone": lambda values: saved(values)[:128],
    "head cut off": lambda values: saved(values)[:40],
    "whole numbers": lambda values: saved(values.astype(np.int32)),
    "half precision": lambda values: saved(values.astype(np.float16)),
    "other byte order": lambda values: saved(values.astype(">f4")),
    "one number less": lambda values: saved(values[:-1]),
    "two dimensions": lambda values: saved(values[None]),
    "not a number": lambda values: changed(values, 7, np.nan),
    "infinite": lambda values: changed(values, 7, -np.inf),
    "neither diverged nor not": lambda values: changed(values, -1, 0.5),
    "an object": lambda values: saved(np.array([Path()], dtype=object), allow_pickle=True),
    "a pickle": lambda values: pickle.dumps(list(values[:10])),
    "a zip": packed,
    "a head that claims an exabyte": lambda values: claiming("(250000000000000000,)"),
    "a head that claims too much to count": lambda values: claiming(f"({10**30},)"),
    "a negative length": lambda values: claiming("(-1,)"),
    "a head that does not end": lambda values: claiming("(" * 60),
    "a head of four gigabytes": lambda values: b"\x93NUMPY\x02\x00" + struct.pack("<I", 2**32 - 1) + b" " * 200,
    "other bytes": lambda values: bytes(range(256)) * 4,
}


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = tmp_path_factory.mktemp("kept")
    for _ in train(EXPERIMENT, keep=folder):
        pass
    return folder


def ask(folder: Path, question: dict[str, Any]) -> None:
    way = tuple(steps_in(folder))
    inquiry = Inquiry(EXPERIMENT, parse_question(question), way[-1][0], way[-1][1], way)
    for _ in answer(inquiry, take=no_orders):
        pass


@pytest.mark.parametrize("damage", DAMAGES)
@every_question
def test_a_damaged_file_is_named_in_every_analysis(
    kept: Path, tmp_path: Path, damage: str, question: dict[str, Any]
) -> None:
    shutil.copytree(kept, tmp_path / "run")
    # the way to the weights is read by the one question that needs it
    step = 20 if question.get("plane") == "trajectory" else 40
    file = file_of(tmp_path / "run", step)
    file.write_bytes(DAMAGES[damage](np.load(file)))
    tracemalloc.start()
    with pytest.raises(DataUnavailable, match=f"the weights of step 0000000{step} "):
        ask(tmp_path / "run", question)
    assert tracemalloc.get_traced_memory()[1] < 2_000_000
    tracemalloc.stop()


def test_weights_in_double_precision_are_read_too(kept: Path, tmp_path: Path) -> None:
    shutil.copytree(kept, tmp_path / "run")
    file = file_of(tmp_path / "run", 40)
    file.write_bytes(saved(np.load(file).astype(np.float64)))
    ask(tmp_path / "run", {"kind": "lesions", "depth": 8})


def test_a_number_that_single_precision_does_not_hold_is_damage(kept: Path, tmp_path: Path) -> None:
    shutil.copytree(kept, tmp_path / "run")
    file = file_of(tmp_path / "run", 40)
    values = np.load(file).astype(np.float64)
    values[0] = 1e300
    file.write_bytes(saved(values))
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
