"""Writes IDX files: a small real set made from the packaged one, for the tests of the loader."""

import gzip
import struct
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.data.packaged import FILES


def images_file(images: NDArray[np.uint8]) -> bytes:
    """The bytes of an idx3 file of images [n, rows, columns]."""
    return struct.pack(">IIII", 0x0803, *images.shape) + images.tobytes()


def labels_file(labels: NDArray[np.uint8]) -> bytes:
    """The bytes of an idx1 file of labels [n]."""
    return struct.pack(">II", 0x0801, len(labels)) + labels.tobytes()


def write_folder(folder: Path, *, packed: bool, train: int = 300, test: int = 100) -> dict[str, NDArray[np.uint8]]:
    """Four IDX files of clothes, each pixel doubled to 28×28. Returns the arrays as they were written."""
    written: dict[str, NDArray[np.uint8]] = {}
    with np.load(FILES / "fashion.npz", allow_pickle=False) as arrays:
        for part, name, count in (("train", "train", train), ("t10k", "test", test)):
            images = arrays[f"{name}_x"][:count].repeat(2, axis=1).repeat(2, axis=2)
            labels = arrays[f"{name}_y"][:count]
            written |= {f"{name}_x": images, f"{name}_y": labels}
            for kind, content in (("images-idx3", images_file(images)), ("labels-idx1", labels_file(labels))):
                path = folder / f"{part}-{kind}-ubyte{'.gz' if packed else ''}"
                path.write_bytes(gzip.compress(content, 1) if packed else content)
    return written
