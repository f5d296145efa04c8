"""The data set: what every loader gives, whatever the file it came from."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Labels = NDArray[np.int64]
Bytes = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class PixelScale:
    """How the raw pixels of a data set become the numbers that networks read.

    Attributes:
        offset, factor: (raw − offset) · factor, [1, channels, 1, 1] each.
        largest: raw value of white: 16 in the digits, else 255.
    """

    offset: Floats
    factor: Floats
    largest: int = 255

    def standardise(self, raw: Bytes) -> Floats:
        """Raw images [n, channels, side, side] as networks read them."""
        numbers: Floats = (raw - self.offset) * self.factor
        return numbers

    def raw_of(self, numbers: Floats) -> Bytes:
        """The inverse of ``standardise``: raw pixels are whole numbers."""
        raw: Bytes = np.rint(numbers / self.factor + self.offset).astype(np.uint8)
        return raw

    def to_bytes(self, raw: Bytes) -> Bytes:
        """Raw pixels as 0 (black) … 255 (white)."""
        return rescaled(raw, self.largest, 255)

    def from_bytes(self, pixels: Bytes) -> Bytes:
        """The inverse of ``to_bytes``: to the nearest raw value that the data set has."""
        return rescaled(pixels, 255, self.largest)


@dataclass(frozen=True, slots=True, eq=False)
class DataSet:
    """A classification problem, ready to train on.

    Attributes:
        name: its name in ``Experiment.dataset``.
        train_x, test_x: [n, channels, side, side] standardised images, or [n, 2] points inside [-1, 1]².
        train_y, test_y: [n] class of each example, 0 … len(classes) - 1.
        classes: names of the classes.
        source: where the examples come from, as a person would cite it.
        licence: terms under which they may be passed on.
        pixels: how their pixels were standardised; None for points in the plane.
    """

    name: str
    train_x: Floats
    train_y: Labels
    test_x: Floats
    test_y: Labels
    classes: tuple[str, ...]
    source: str
    licence: str
    pixels: PixelScale | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Pictures:
    """The test images of a data set as they are looked at.

    Attributes:
        pixels: [n, channels, side, side], 0 black to 255 white.
        labels: [n].
        classes: names of the classes.
    """

    pixels: Bytes
    labels: Labels
    classes: tuple[str, ...]


def rescaled(pixels: Bytes, largest: int, new: int) -> Bytes:
    """Whole numbers 0 … largest as the nearest of 0 … new."""
    found: Bytes = np.rint(pixels * (new / largest)).astype(np.uint8)
    return found


def standardised(train: Bytes, test: Bytes, largest: int = 255) -> tuple[Floats, Floats, PixelScale]:
    """Images with mean 0 and standard deviation 1 in each channel, measured on the training images alone.

    This is how the literature prepares MNIST and CIFAR images: one mean and one deviation a channel over all pixels,
    so a pixel that is nearly always blank is not blown up, as it would be with a deviation of its own.

    Args:
        train, test: [n, channels, side, side].
        largest: raw value of white.

    Returns:
        both, and what was done to them.
    """
    mean = train.mean(axis=(0, 2, 3), dtype=np.float64, keepdims=True)
    deviation = train.std(axis=(0, 2, 3), dtype=np.float64, keepdims=True)
    scale = 1 / np.where(deviation > 0, deviation, 1.0)  # a channel of one colour stays 0
    pixels = PixelScale(mean.astype(np.float32), scale.astype(np.float32), largest)
    return pixels.standardise(train), pixels.standardise(test), pixels
