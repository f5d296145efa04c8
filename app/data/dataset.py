"""The data set: what every loader gives, whatever the file it came from."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Labels = NDArray[np.int64]
Bytes = NDArray[np.uint8]


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
    """

    name: str
    train_x: Floats
    train_y: Labels
    test_x: Floats
    test_y: Labels
    classes: tuple[str, ...]
    source: str
    licence: str


def standardised(train: Bytes, test: Bytes) -> tuple[Floats, Floats]:
    """Images with mean 0 and standard deviation 1 in each channel, measured on the training images alone.

    This is how the literature prepares MNIST and CIFAR images: one mean and one deviation a channel over all pixels,
    so a pixel that is nearly always blank is not blown up, as it would be with a deviation of its own.

    Args:
        train, test: [n, channels, side, side].
    """
    mean = train.mean(axis=(0, 2, 3), dtype=np.float64, keepdims=True)
    deviation = train.std(axis=(0, 2, 3), dtype=np.float64, keepdims=True)
    return scaled(train, mean, deviation), scaled(test, mean, deviation)


def scaled(images: Bytes, mean: Doubles, deviation: Doubles) -> Floats:
    """Images less a mean and divided by a deviation, one number or one a channel [1, channels, 1, 1].

    A channel of one colour, whose deviation is 0, becomes 0.
    """
    factor = 1 / np.where(deviation > 0, deviation, 1.0)
    offset, scale = mean.astype(np.float32), factor.astype(np.float32)
    return (images - offset) * scale
