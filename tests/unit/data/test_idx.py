"""A folder of IDX files: read right, and every kind of damage named with its file."""

import gzip
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from app.data import load
from app.errors import DataUnavailable
from tests.unit.data.idx_files import images_file, labels_file, write_folder

IMAGES = "train-images-idx3-ubyte"
LABELS = "train-labels-idx1-ubyte"


@pytest.mark.parametrize("packed", [False, True])
def test_a_standard_folder_gives_its_images_standardised_by_the_training_part(tmp_path: Path, packed: bool) -> None:
    written = write_folder(tmp_path, packed=packed)
    data = load("idx", tmp_path)
    assert (data.train_x.shape, data.test_x.shape) == ((300, 1, 28, 28), (100, 1, 28, 28))
    assert data.train_x.dtype == np.float32
    assert data.train_y.dtype == np.int64
    np.testing.assert_array_equal(data.train_y, written["train_y"])
    np.testing.assert_array_equal(data.test_y, written["test_y"])
    mean, deviation = written["train_x"].mean(), written["train_x"].std()
    np.testing.assert_allclose(data.test_x[:, 0], (written["test_x"] - mean) / deviation, atol=1e-5)


@pytest.mark.parametrize("name", [IMAGES, LABELS, "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"])
def test_a_missing_file_is_named_with_its_folder(tmp_path: Path, name: str) -> None:
    write_folder(tmp_path, packed=False)
    (tmp_path / name).unlink()
    with pytest.raises(DataUnavailable) as error:
        load("idx", tmp_path)
    assert str(tmp_path) in str(error.value)
    assert name in str(error.value)


def _images(rows: int, columns: int) -> bytes:
    return images_file(np.zeros((300, rows, columns), np.uint8))


DAMAGE: dict[str, tuple[str, Callable[[bytes], bytes], str]] = {
    "no header": (IMAGES, lambda old: old[:7], "truncated"),
    "empty": (IMAGES, lambda old: b"", "truncated"),
    "cut off": (IMAGES, lambda old: old[:-1], "truncated: 235200 bytes are due and 235199 are there"),
    "too long": (LABELS, lambda old: old + b"\0", "goes on after the 300 examples"),
    "not idx": (IMAGES, lambda old: b"\x89PNG" + old[4:], "magic number is 0x89504e47, not 0x00000803"),
    "images for labels": (LABELS, lambda old: _images(28, 28), "magic number is 0x00000803, not 0x00000801"),
    "floats": (IMAGES, lambda old: struct.pack(">I", 0x0D03) + old[4:], "magic number is 0x00000d03"),
    "32 pixels": (IMAGES, lambda old: _images(32, 32), "images are 32×32; only 28×28"),
    "not square": (IMAGES, lambda old: _images(28, 14), "images are 28×14; only 28×28"),
    "no examples": (LABELS, lambda old: struct.pack(">II", 0x0801, 0), "declares 0 examples"),
    "endless": (IMAGES, lambda old: struct.pack(">IIII", 0x0803, 2**32 - 1, 28, 28), "declares 4294967295 examples"),
    "wide": (IMAGES, lambda old: struct.pack(">IIII", 0x0803, 1, 2**31, 2**31), "images are 2147483648×2147483648"),
    "too few labels": (LABELS, lambda old: labels_file(np.zeros(299, np.uint8)), "299 labels for the 300 images"),
    "eleventh class": (LABELS, lambda old: labels_file(np.full(300, 10, np.uint8)), "label 10; labels go from 0 to 9"),
}


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize(("name", "damage", "problem"), DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_file_is_named_with_what_is_wrong(
    tmp_path: Path, name: str, damage: Callable[[bytes], bytes], problem: str, packed: bool
) -> None:
    write_folder(tmp_path, packed=packed)
    path = tmp_path / (name + (".gz" if packed else ""))
    content = path.read_bytes()
    path.write_bytes(gzip.compress(damage(gzip.decompress(content)), 1) if packed else damage(content))
    with pytest.raises(DataUnavailable) as error:
        load("idx", tmp_path)
    assert str(error.value).startswith(f"{path} cannot be used: ")
    assert problem in str(error.value)
    assert error.value.field == "dataset"


@pytest.mark.parametrize(
    "damage",
    [
        lambda old: old[:-20],
        lambda old: old[:5],
        lambda old: b"x" + old,
        lambda old: old[:40] + b"\xff" * 40 + old[80:],
    ],
    ids=["cut off", "cut in its header", "no gzip", "garbled"],
)
def test_a_damaged_gzip_stream_is_named(tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    write_folder(tmp_path, packed=True)
    path = tmp_path / f"{IMAGES}.gz"
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(DataUnavailable, match=f"{IMAGES}.gz cannot be used"):
        load("idx", tmp_path)
