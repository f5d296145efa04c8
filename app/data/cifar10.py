"""Data of your own, 2: CIFAR-10 as its authors publish it, the folder ``cifar-10-batches-py``.

The files are pickles, and a pickle may name any function for its reader to call. The reader here knows the four names
that a NumPy array of bytes needs and refuses every other one, so a file can carry data and nothing else.
"""

import codecs
import pickle
from pathlib import Path
from typing import Any

import numpy as np

from app.data.dataset import Bytes, DataSet, Labels, Pictures, standardised
from app.errors import DataUnavailable

FOLDER = "cifar-10-batches-py"
TRAIN = tuple(f"data_batch_{number}" for number in range(1, 6))
TEST = "test_batch"
CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
PIXELS = 3 * 32 * 32
LIMIT = 64 * 2**20  # bytes of one file; a real one has 30 MiB

# how NumPy itself rebuilds an array; taken from an array because the function's home moved between its versions
_REBUILD = np.empty(0, np.uint8).__reduce__()[0]
_ADMITTED: dict[tuple[str, str], Any] = {
    ("numpy.core.multiarray", "_reconstruct"): _REBUILD,
    ("numpy._core.multiarray", "_reconstruct"): _REBUILD,
    ("numpy", "ndarray"): np.ndarray,
    ("numpy", "dtype"): np.dtype,
    ("_codecs", "encode"): codecs.encode,  # bytes, as Python 3 writes them in an old protocol
}


def load_cifar10(folder: Path) -> DataSet:
    """The five training batches and the test batch of ``cifar-10-batches-py``, standardised a channel.

    Args:
        folder: that folder, or the one that holds it.

    Raises:
        DataUnavailable: a file is missing, truncated, no CIFAR-10 batch, or names anything but data.
    """
    home = _home(folder)
    batches = [_batch(home / name) for name in TRAIN]
    test_x, test_y = _batch(home / TEST)
    train_x = np.concatenate([images for images, _ in batches])
    train_y = np.concatenate([labels for _, labels in batches])
    train, test, pixels = standardised(train_x, test_x)
    source = "A. Krizhevsky, Learning Multiple Layers of Features from Tiny Images, 2009 (CIFAR-10)"
    return DataSet("cifar10", train, train_y, test, test_y, CLASSES, source, "not stated by its authors", pixels)


def cifar10_pictures(folder: Path) -> Pictures:
    """The test batch to look at. Raises ``DataUnavailable``."""
    return Pictures(*_batch(_home(folder) / TEST), CLASSES)


def _home(folder: Path) -> Path:
    home = folder if folder.name == FOLDER else folder / FOLDER
    if not home.is_dir():
        raise DataUnavailable(f"{folder} has no folder {FOLDER}", "dataset")
    return home


class _NotData(pickle.UnpicklingError):
    """The pickle names something that is not data."""


class _DataOnly(pickle.Unpickler):
    """A reader of pickles that admits arrays, bytes, numbers, lists and dictionaries."""

    def find_class(self, module: str, name: str, /) -> Any:
        try:
            return _ADMITTED[module, name]
        except KeyError:
            raise _NotData(f"it names {module}.{name}, which is not data") from None


def _batch(path: Path) -> tuple[Bytes, Labels]:
    """One file as images [n, 3, 32, 32] and labels [n]."""
    if not path.is_file():
        raise DataUnavailable(f"{path.parent} has no file {path.name}", "dataset")
    if path.stat().st_size > LIMIT:
        raise _damaged(path, f"it is over {LIMIT // 2**20} MiB; a batch of CIFAR-10 has 30")
    try:
        with path.open("rb") as file:
            content = _DataOnly(file, encoding="bytes").load()
    except _NotData as error:
        raise _damaged(path, str(error)) from error
    except Exception as error:  # damaged bytes may be any instruction: unpickling them raises whatever it raises
        cut = isinstance(error, EOFError) or "truncated" in str(error)
        problem = "it is truncated" if cut else f"it is no pickle of a batch ({type(error).__name__})"
        raise _damaged(path, problem) from error
    if not isinstance(content, dict) or b"data" not in content or b"labels" not in content:
        raise _damaged(path, "it holds no batch: 'data' and 'labels' are due")
    images, labels = content[b"data"], content[b"labels"]
    if not isinstance(images, np.ndarray) or images.dtype != np.uint8 or images.ndim != 2:
        raise _damaged(path, "its images are no table of bytes")
    if images.shape[1] != PIXELS or not len(images):
        raise _damaged(path, f"its images have {images.shape[1]} bytes; {PIXELS} are due (3 × 32 × 32)")
    if not isinstance(labels, list) or len(labels) != len(images):
        raise _damaged(path, f"its {len(images)} images need as many labels")
    if not all(isinstance(label, int) and 0 <= label < len(CLASSES) for label in labels):
        raise _damaged(path, f"a label is not a number from 0 to {len(CLASSES) - 1}")
    return images.reshape(-1, 3, 32, 32), np.array(labels, dtype=np.int64)


def _damaged(path: Path, problem: str) -> DataUnavailable:
    return DataUnavailable(f"{path} cannot be used: {problem}", "dataset")
