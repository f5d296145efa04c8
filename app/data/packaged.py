"""The image sets that come with the program. ``files/PROVENANCE.md`` says where each byte is from."""

import hashlib
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from app.data.dataset import Bytes, DataSet, Labels, Pictures, rescaled, standardised
from app.data.fashion_mnist import CLOTHES, SOURCE, UNITS
from app.errors import DataUnavailable

FILES = Path(__file__).parent / "files"

#: raw value of white in each file, and the names of its classes
WHITE = {"digits": 16, "fashion": 255, "fashion28": 255}
DIGITS = tuple("0123456789")
CLASSES = {"digits": DIGITS, "fashion": CLOTHES, "fashion28": CLOTHES}


def load_digits() -> DataSet:
    """All 1,797 handwritten digits of 8×8 pixels, 1,437 to train on and 360 to test."""
    return _load(
        "digits",
        "E. Alpaydin and C. Kaynak, Optical Recognition of Handwritten Digits, UCI Machine Learning Repository, 1998",
        "CC BY 4.0",
    )


def load_fashion() -> DataSet:
    """12,000 images of Fashion-MNIST, pooled to 14×14: 1,000 a class to train on, 200 a class to test."""
    return _load("fashion", f"{SOURCE}; a subset, pooled 2×2", "MIT")


def load_fashion28() -> DataSet:
    """6,000 images of Fashion-MNIST as they are, 28×28: 400 a class to train on, 200 a class to test.

    Standardised like the whole set, so that a network trained on that one reads these.
    """
    train_x, train_y, test_x, test_y = _arrays("fashion28")
    train, test = UNITS.standardise(train_x), UNITS.standardise(test_x)
    return DataSet("fashion28", train, train_y, test, test_y, CLOTHES, f"{SOURCE}; a subset", "MIT", UNITS)


def checksums() -> dict[str, str]:
    """SHA-256 of each packaged file, as recorded beside them in ``files/SHA256SUMS``."""
    lines = (FILES / "SHA256SUMS").read_text(encoding="ascii").splitlines()
    return {name: digest for digest, name in (line.split() for line in lines)}


def pictures(name: str) -> Pictures:
    """The test images of a packaged set to look at."""
    _, _, images, labels = _arrays(name)
    return Pictures(rescaled(images, WHITE[name], 255), labels, CLASSES[name])


def _load(name: str, source: str, licence: str) -> DataSet:
    train_x, train_y, test_x, test_y = _arrays(name)
    train, test, pixels = standardised(train_x, test_x, WHITE[name])
    return DataSet(name, train, train_y, test, test_y, CLASSES[name], source, licence, pixels)


def _arrays(name: str) -> tuple[Bytes, Labels, Bytes, Labels]:
    """Raw images [n, 1, side, side] and labels, to train on and to test."""
    path = FILES / f"{name}.npz"
    try:
        if hashlib.sha256(path.read_bytes()).hexdigest() != checksums()[path.name]:
            raise DataUnavailable(
                f"{path} is damaged: its SHA-256 differs from the one recorded; install again", "dataset"
            )
        with np.load(path, allow_pickle=False) as arrays:
            train_x, train_y, test_x, test_y = (arrays[key] for key in ("train_x", "train_y", "test_x", "test_y"))
    except (OSError, BadZipFile, KeyError, ValueError) as error:
        raise DataUnavailable(f"{path} cannot be read ({error}); install again", "dataset") from error
    return train_x[:, np.newaxis], train_y.astype(np.int64), test_x[:, np.newaxis], test_y.astype(np.int64)
