"""Data of your own, 1: a folder of IDX files, the format of MNIST and of every set made to replace it."""

import gzip
import zlib
from pathlib import Path
from typing import IO, cast

import numpy as np

from app.data.dataset import Bytes, DataSet, Labels, Pictures, standardised
from app.errors import DataUnavailable

SIDE = 28
CLASSES = 10
NAMES = tuple(str(label) for label in range(CLASSES))
LIMIT = 1_000_000  # examples in one file
IMAGES_MAGIC = 0x0803  # unsigned bytes, three dimensions
LABELS_MAGIC = 0x0801  # unsigned bytes, one dimension


def load_idx(folder: Path) -> DataSet:
    """The four standard files of ``folder``, each plain or gzipped.

    ``train-images-idx3-ubyte``, ``train-labels-idx1-ubyte``, ``t10k-images-idx3-ubyte`` and
    ``t10k-labels-idx1-ubyte``, with ``.gz`` or without: images of 28×28 grey pixels in ten classes.

    Raises:
        DataUnavailable: a file is missing, truncated, too long, no IDX file, or of another size.
    """
    train_x, train_y = read_part(folder, "train")
    test_x, test_y = read_part(folder, "t10k")
    train, test, pixels = standardised(train_x, test_x)
    source, licence = f"IDX files in {folder}", "as the folder's owner says"
    return DataSet("idx", train, train_y, test, test_y, NAMES, source, licence, pixels)


def idx_pictures(folder: Path) -> Pictures:
    """The test images of such a folder to look at. Raises ``DataUnavailable``."""
    return Pictures(*read_part(folder, "t10k"), NAMES)


def read_part(folder: Path, part: str) -> tuple[Bytes, Labels]:
    """The raw images [n, 1, 28, 28] and labels [n] of one part, ``train`` or ``t10k``."""
    images_path = _find(folder, f"{part}-images-idx3-ubyte")
    labels_path = _find(folder, f"{part}-labels-idx1-ubyte")
    images = _read(images_path, IMAGES_MAGIC, 3)
    if images.shape[1:] != (SIDE, SIDE):
        rows, columns = images.shape[1:]
        raise _damaged(images_path, f"its images are {rows}×{columns}; only {SIDE}×{SIDE} can be trained on")
    labels = _read(labels_path, LABELS_MAGIC, 1)
    if len(labels) != len(images):
        raise _damaged(labels_path, f"it has {len(labels)} labels for the {len(images)} images of {images_path.name}")
    if labels.max() >= CLASSES:
        raise _damaged(labels_path, f"it has the label {labels.max()}; labels go from 0 to {CLASSES - 1}")
    return images[:, np.newaxis], labels.astype(np.int64)


def _find(folder: Path, name: str) -> Path:
    for path in (folder / name, folder / f"{name}.gz"):
        if path.is_file():
            return path
    raise DataUnavailable(f"{folder} has no file {name} (nor {name}.gz)", "dataset")


def _read(path: Path, magic: int, dimensions: int) -> Bytes:
    """The array in an IDX file: a magic number, a size for each dimension, then the bytes."""
    try:
        with _opened(path) as file:
            header = np.frombuffer(_exactly(file, 4 + 4 * dimensions, path), dtype=">u4").tolist()
            if header[0] != magic:
                raise _damaged(path, f"its magic number is 0x{header[0]:08x}, not 0x{magic:08x}: no such IDX file")
            shape = header[1:]
            if not 1 <= shape[0] <= LIMIT:
                raise _damaged(path, f"it declares {shape[0]} examples; 1 to {LIMIT:,} can be read")
            if any(size > 1024 for size in shape[1:]):
                raise _damaged(path, f"its images are {shape[1]}×{shape[2]}; only {SIDE}×{SIDE} can be trained on")
            content = _exactly(file, int(np.prod(shape)), path)
            if file.read(1):
                raise _damaged(path, f"it goes on after the {shape[0]} examples that its header declares")
    except (OSError, EOFError, zlib.error) as error:  # a gzip stream that is cut off or garbled, or no permission
        raise _damaged(path, str(error)) from error
    return np.frombuffer(content, dtype=np.uint8).reshape(shape)


def _opened(path: Path) -> IO[bytes]:
    return cast(IO[bytes], gzip.open(path)) if path.suffix == ".gz" else path.open("rb")


def _exactly(file: IO[bytes], size: int, path: Path) -> bytes:
    content = file.read(size)
    if len(content) < size:
        raise _damaged(path, f"it is truncated: {size} bytes are due and {len(content)} are there")
    return content


def _damaged(path: Path, problem: str) -> DataUnavailable:
    return DataUnavailable(f"{path} cannot be used: {problem}", "dataset")
