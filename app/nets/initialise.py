"""Initial weights. One draw serves all arms of a matched pair, so they start with identical bytes.

Every draw is made in float64 on the CPU from a generator seeded with the network's seed, layer by layer
from the input, so the numbers do not depend on the device, the precision or the rest of the stack.
"""

from collections.abc import Callable
from math import sqrt

import torch
from torch import Tensor

Draw = Callable[[tuple[int, ...], int, int, torch.Generator], Tensor]


def _he(shape: tuple[int, ...], fan_in: int, fan_out: int, generator: torch.Generator) -> Tensor:
    """N(0, 2/fan_in) (He et al. 2015, arXiv 1502.01852, eq. 10)."""
    return torch.randn(shape, dtype=torch.float64, generator=generator) * sqrt(2 / fan_in)


def _xavier(shape: tuple[int, ...], fan_in: int, fan_out: int, generator: torch.Generator) -> Tensor:
    """U(±√(6/(fan_in + fan_out))) (Glorot & Bengio 2010, eq. 16)."""
    return _uniform(shape, sqrt(6 / (fan_in + fan_out)), generator)


def _pytorch(shape: tuple[int, ...], fan_in: int, fan_out: int, generator: torch.Generator) -> Tensor:
    """U(±1/√fan_in): what ``nn.Linear`` and ``nn.Conv2d`` do unless told otherwise."""
    return _uniform(shape, 1 / sqrt(fan_in), generator)


def _uniform(shape: tuple[int, ...], bound: float, generator: torch.Generator) -> Tensor:
    return (torch.rand(shape, dtype=torch.float64, generator=generator) * 2 - 1) * bound


DRAWS: dict[str, Draw] = {"he": _he, "xavier": _xavier, "pytorch": _pytorch, "zero_last": _he}


def draw_weight(
    scheme: str, row: tuple[int, ...], generator: torch.Generator, *, last_of_block: bool, last: bool, normalised: bool
) -> Tensor:
    """Weights of one layer of one network, shape ``row`` = (out, in, *kernel), float64.

    ``zero_last`` is He's but for the last layer of each block, which is zero (its batch-norm gain instead
    where there is batch norm, see ``initial_gain``). The classifier has no ReLU behind it, so under He's
    scheme it is drawn with variance 1/fan_in.
    """
    receptive = 1
    for side in row[2:]:
        receptive *= side
    fan_in, fan_out = row[1] * receptive, row[0] * receptive
    weight = DRAWS[scheme](row, fan_in, fan_out, generator)
    if last and scheme in ("he", "zero_last"):
        weight *= sqrt(0.5)
    if scheme == "zero_last" and last_of_block and not normalised:
        weight.zero_()
    return weight


def draw_bias(scheme: str, row: tuple[int, ...], generator: torch.Generator) -> Tensor:
    """Biases of one layer, shape (out,): zero, but for PyTorch's default, U(±1/√fan_in)."""
    if scheme != "pytorch":
        return torch.zeros(row[0], dtype=torch.float64)
    fan_in = 1
    for side in row[1:]:
        fan_in *= side
    return _uniform((row[0],), 1 / sqrt(fan_in), generator)


def initial_gain(scheme: str, last_of_block: bool) -> float:
    """Batch-norm gain γ: 1, or 0 at the end of a block under ``zero_last`` (Goyal et al. 2017, section 5.1)."""
    return 0.0 if scheme == "zero_last" and last_of_block else 1.0
