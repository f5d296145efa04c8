"""The image sets that come with the program. ``files/PROVENANCE.md`` says where each byte is from."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from app.data.dataset import Bytes, DataSet, Floats, standardised
from app.data.fashion_mnist import CLOTHES, SOURCE, in_its_units
from app.errors import DataUnavailable

FILES = Path(__file__).parent / "files"

DIGITS = tuple("0123456789")


def load_digits() -> DataSet:
    """All 1,797 handwritten digits of 8×8 pixels, 1,437 to train on and 360 to test."""
    return _load(
        "digits",
        DIGITS,
        "E. Alpaydin and C. Kaynak, Optical Recognition of Handwritten Digits, UCI Machine Learning Repository, 1998",
        "CC BY 4.0",
    )


def load_fashion() -> DataSet:
    """12,000 images of Fashion-MNIST, pooled to 14×14: 1,000 a class to train on, 200 a class to test."""
    return _load(
        "fashion",
        CLOTHES,
        f"{SOURCE}; a subset, pooled 2×2",
        "MIT",
    )


def load_fashion28() -> DataSet:
    """6,000 images of Fashion-MNIST as they are, 28×28: 400 a class to train on, 200 a class to test.

    Standardised like the whole set, so that a network trained on that one reads these.
    """
    return _load("fashion28", CLOTHES, f"{SOURCE}; a subset", "MIT", _like_the_whole)


def checksums() -> dict[str, str]:
    """SHA-256 of each packaged file, as recorded beside them in ``files/SHA256SUMS``."""
    lines = (FILES / "SHA256SUMS").read_text(encoding="ascii").splitlines()
    return {name: digest for digest, name in (line.split() for line in lines)}


def _load(
    name: str,
    classes: tuple[str, ...],
    source: str,
    licence: str,
    standardise: Callable[[Bytes, Bytes], tuple[Floats, Floats]] = standardised,
) -> DataSet:
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
    train, test = standardise(_as_images(train_x), _as_images(test_x))
    return DataSet(name, train, train_y.astype(np.int64), test, test_y.astype(np.int64), classes, source, licence)


def _like_the_whole(train: Bytes, test: Bytes) -> tuple[Floats, Floats]:
    return in_its_units(train), in_its_units(test)


def _as_images(pixels: Bytes) -> Bytes:
    return pixels[:, np.newaxis]
