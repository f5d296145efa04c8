"""Networks of stages, from their blocks."""

from collections.abc import Callable
from typing import Any

from torch import nn

from app.catalog.pytorch.blocks import DenseLayer, Highway, conv


def stem(width: int) -> nn.Sequential:
    """7×7, stride 2, and a 3×3 max pool of stride 2: to a quarter of the side."""
    return nn.Sequential(conv(3, width, 7, 2), nn.BatchNorm2d(width), nn.ReLU(), nn.MaxPool2d(3, 2, 1))


def small_stem(width: int) -> nn.Sequential:
    """3×3, which keeps the size."""
    return nn.Sequential(conv(3, width, 3), nn.BatchNorm2d(width), nn.ReLU())


def residual_network(
    first: nn.Module, into: int, block: Callable[[int, int, int], Any], blocks: tuple[int, ...],
    widths: tuple[int, ...], classes: int, pre_activation: bool = False,
) -> nn.Sequential:  # fmt: skip
    """Stages of so many blocks behind the ``first`` layer, which gives ``into`` channels.

    Every stage but the first begins with a stride of 2. What was not activated in the last block is behind it.
    """
    layers: list[Any] = [first]
    for stage, (count, width) in enumerate(zip(blocks, widths, strict=True)):
        for i in range(count):
            layers.append(block(into, width, 2 if stage > 0 and i == 0 else 1))
            into = layers[-1].out
    if pre_activation:
        layers += [nn.BatchNorm2d(into), nn.ReLU()]
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(into, classes))


def dense_network(first: nn.Module, into: int, blocks: tuple[int, ...], growth: int, classes: int) -> nn.Sequential:
    """Dense stages behind the ``first`` layer; between two of them a transition halves channels and size."""
    layers: list[nn.Module] = [first]
    for stage, count in enumerate(blocks):
        if stage:
            layers += [nn.BatchNorm2d(into), nn.ReLU(), conv(into, into // 2, 1), nn.AvgPool2d(2)]
            into //= 2
        for _ in range(count):
            layers.append(DenseLayer(into, growth))
            into += growth
    layers += [nn.BatchNorm2d(into), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(into, classes)]
    return nn.Sequential(*layers)


def highway_network(inputs: int, width: int, layers: int, classes: int, gate_bias: float) -> nn.Sequential:
    """A plain layer, highway layers, and the classifier."""
    first = [nn.Flatten(), nn.Linear(inputs, width), nn.ReLU()]
    return nn.Sequential(*first, *(Highway(width, gate_bias) for _ in range(layers)), nn.Linear(width, classes))


def vgg(convolutions: tuple[int, ...], widths: tuple[int, ...], classes: int) -> nn.Sequential:
    """Stages of 3×3 convolutions, each ended by a 2×2 max pool, and three linear layers."""
    layers: list[nn.Module] = []
    into = 3
    for count, width in zip(convolutions, widths, strict=True):
        for _ in range(count):
            layers += [nn.Conv2d(into, width, 3, padding=1), nn.ReLU()]
            into = width
        layers.append(nn.MaxPool2d(2))
    return nn.Sequential(
        *layers, nn.AdaptiveAvgPool2d(7), nn.Flatten(),
        nn.Linear(49 * into, 4096), nn.ReLU(), nn.Dropout(),
        nn.Linear(4096, 4096), nn.ReLU(), nn.Dropout(),
        nn.Linear(4096, classes),
    )  # fmt: skip
