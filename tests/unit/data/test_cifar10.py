"""The folder cifar-10-batches-py: read as its authors wrote it, and nothing in it is ever called."""

import os
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.data import load, load_pictures
from app.data.cifar10 import FOLDER, TEST, TRAIN
from app.errors import DataUnavailable


def _batch(number: int, count: int = 20) -> dict[Any, Any]:
    random = np.random.RandomState(number)
    return {
        b"batch_label": b"training batch",
        b"labels": random.randint(0, 10, count).tolist(),
        b"data": random.randint(0, 256, (count, 3072)).astype(np.uint8),
        b"filenames": [b"a.png"] * count,
    }


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of six small batches, pickled in the protocol of the published ones."""
    home = tmp_path / FOLDER
    home.mkdir()
    for number, name in enumerate((*TRAIN, TEST)):
        (home / name).write_bytes(pickle.dumps(_batch(number), protocol=2))
    return home


@pytest.mark.parametrize("named", ["the folder", "its parent"])
def test_the_batches_become_standardised_images_in_order(folder: Path, named: str) -> None:
    data = load("cifar10", folder if named == "the folder" else folder.parent)
    assert (data.train_x.shape, data.test_x.shape) == ((100, 3, 32, 32), (20, 3, 32, 32))
    raw = np.concatenate([_batch(number)[b"data"] for number in range(5)]).reshape(-1, 3, 32, 32)
    mean, deviation = raw.mean(axis=(0, 2, 3)), raw.std(axis=(0, 2, 3))
    expected = (raw - mean[:, None, None]) / deviation[:, None, None]
    np.testing.assert_allclose(data.train_x, expected, atol=1e-5)
    assert data.train_y.tolist() == [label for number in range(5) for label in _batch(number)[b"labels"]]
    assert data.test_y.tolist() == _batch(5)[b"labels"]
    pictures = load_pictures("cifar10", folder)
    assert np.array_equal(pictures.pixels.reshape(20, -1), _batch(5)[b"data"])
    assert pictures.labels.tolist() == data.test_y.tolist() and pictures.classes == data.classes


def test_a_batch_as_python_2_wrote_it_is_read(folder: Path) -> None:
    """The published files: byte strings throughout, and the array's bytes as one of them (no ``_codecs.encode``)."""
    batch = _batch(0, 2)
    pixels = batch[b"data"].tobytes()
    text = (
        b"\x80\x02}(U\x06labels](K\x03K\x07eU\x04datacnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b"
        b"\x87R(K\x01K\x02M\x00\x0c\x86cnumpy\ndtype\nU\x02u1K\x00K\x01\x87R(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xff"
        b"K\x00tb\x89T" + len(pixels).to_bytes(4, "little") + pixels + b"tbu."
    )
    (folder / TEST).write_bytes(text)
    data = load("cifar10", folder)
    assert data.test_y.tolist() == [3, 7]
    assert data.test_x.shape == (2, 3, 32, 32)


@pytest.mark.parametrize("name", [*TRAIN, TEST])
def test_a_missing_batch_is_named_with_its_folder(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(DataUnavailable, match=f"{FOLDER} has no file {name}"):
        load("cifar10", folder)


def test_a_folder_without_the_batches_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataUnavailable, match=f"has no folder {FOLDER}"):
        load("cifar10", tmp_path)


class _Calls:
    """Pickles to a call of ``function(*arguments)`` in the reader."""

    def __init__(self, function: Any, *arguments: Any) -> None:
        self.function, self.arguments = function, arguments

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:
        return self.function, self.arguments


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize(
    ("function", "name"), [(os.mkdir, "mkdir"), (eval, "eval"), (getattr, "getattr"), (np.load, "load")]
)
def test_a_batch_that_names_a_function_is_refused_and_nothing_is_called(
    folder: Path, function: Any, name: str, protocol: int
) -> None:
    trap = folder / "called"
    argument = f"__import__('os').mkdir({str(trap)!r})" if function is eval else str(trap)
    (folder / TEST).write_bytes(pickle.dumps({b"more": _Calls(function, argument)} | _batch(5), protocol=protocol))
    with pytest.raises(DataUnavailable, match=rf"{TEST} cannot be used: it names \w+.{name}, which is not data"):
        load("cifar10", folder)
    assert not trap.exists()


DAMAGE: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "truncated"),
    "cut off": (pickle.dumps(_batch(0), protocol=2)[:-30_000], "truncated"),
    "no pickle": (b"\x89PNG\r\n\x1a\n", "it is no pickle of a batch"),
    "a list": (pickle.dumps([1, 2]), "no batch"),
    "no labels": (pickle.dumps({b"data": _batch(0)[b"data"]}), "no batch"),
    "floats": (pickle.dumps(_batch(0) | {b"data": np.zeros((20, 3072))}), "no table of bytes"),
    "one dimension": (pickle.dumps(_batch(0) | {b"data": np.zeros(3072, np.uint8)}), "no table of bytes"),
    "grey": (pickle.dumps(_batch(0) | {b"data": np.zeros((20, 784), np.uint8)}), "784 bytes; 3072 are due"),
    "no images": (pickle.dumps({b"data": np.zeros((0, 3072), np.uint8), b"labels": []}), "3072 are due"),
    "19 labels": (pickle.dumps(_batch(0) | {b"labels": [0] * 19}), "20 images need as many labels"),
    "class 10": (pickle.dumps(_batch(0) | {b"labels": [10] * 20}), "a number from 0 to 9"),
    "names": (pickle.dumps(_batch(0) | {b"labels": ["cat"] * 20}), "a number from 0 to 9"),
}


@pytest.mark.parametrize(("content", "problem"), DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_batch_is_named_with_what_is_wrong(folder: Path, content: bytes, problem: str) -> None:
    (folder / "data_batch_3").write_bytes(content)
    with pytest.raises(DataUnavailable) as error:
        load("cifar10", folder)
    assert str(error.value).startswith(f"{folder / 'data_batch_3'} cannot be used: ")
    assert problem in str(error.value)


def test_a_file_that_cannot_be_a_batch_is_not_even_read(folder: Path) -> None:
    with (folder / TEST).open("wb") as file:
        file.truncate(2**40)  # a sparse file: reading it would take a terabyte
    with pytest.raises(DataUnavailable, match="it is over 64 MiB"):
        load("cifar10", folder)
