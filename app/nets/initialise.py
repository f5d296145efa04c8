"""Initial weights. One draw serves all arms of a matched pair, so they start with identical bytes.

Every draw is made in float64 on the CPU from a generator seeded with the network's seed, layer by layer
from the input, so the numbers do not depend on the device, the precision or the rest of the stack.
Weights that are no layers (projections, gates) have a generator of their own, so an arm that has them
still shares all its layers with one that has none.
"""

from collections.abc import Callable
from math import prod, sqrt
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from app.nets.layers import Role

if TYPE_CHECKING:
    from app.nets.stack import NetworkSpec, Stack

Row = tuple[int, ...]
Draw = Callable[[Row, torch.Generator], Tensor]

#: schemes that assume a ReLU behind each layer; the classifier, which has none, gets half the variance
FOR_RELU = ("he", "zero_last", "fixup", "orthogonal", "looks_linear")


def fans(row: Row) -> tuple[int, int]:
    """Inputs and outputs of one unit of a weight of shape (out, in, *kernel)."""
    taps = prod(row[2:])
    return row[1] * taps, row[0] * taps


def he(row: Row, generator: torch.Generator) -> Tensor:
    """N(0, 2/fan_in) (He et al. 2015, arXiv 1502.01852, eq. 10)."""
    return torch.randn(row, dtype=torch.float64, generator=generator) * sqrt(2 / fans(row)[0])


def xavier(row: Row, generator: torch.Generator) -> Tensor:
    """U(±√(6/(fan_in + fan_out))) (Glorot & Bengio 2010, eq. 16)."""
    return uniform(row, sqrt(6 / sum(fans(row))), generator)


def pytorch(row: Row, generator: torch.Generator) -> Tensor:
    """U(±1/√fan_in): what ``nn.Linear`` and ``nn.Conv2d`` do unless told otherwise."""
    return uniform(row, 1 / sqrt(fans(row)[0]), generator)


def orthogonal(row: Row, generator: torch.Generator) -> Tensor:
    """√2 times a random matrix with orthonormal rows or columns (Saxe et al. 2014, arXiv 1312.6120)."""
    flat = torch.randn(row[0], prod(row[1:]), dtype=torch.float64, generator=generator)
    tall = flat.t() if flat.shape[0] < flat.shape[1] else flat
    q, r = torch.linalg.qr(tall)
    q = q * r.diagonal().sign()
    matrix: Tensor = (q.t() if flat.shape[0] < flat.shape[1] else q).reshape(row)
    return sqrt(2) * matrix


def looks_linear(row: Row, generator: torch.Generator) -> Tensor:
    """[[V, −V], [−V, V]] with V orthogonal: with ReLUs the network is linear at the start.

    Balduzzi et al. (2017, arXiv 1702.08591, section 4). The first layer is [V; −V]. A 3×3 kernel has V in
    its middle and zeros elsewhere.
    """
    out, into = max(1, row[0] // 2), max(1, row[1] // 2)
    v = orthogonal((out, into), generator) / sqrt(2)
    whole = torch.zeros(row, dtype=torch.float64)
    middle = whole[:, :, row[2] // 2, row[3] // 2] if len(row) == 4 else whole
    middle[:out, :into], middle[:out, into : 2 * into] = v, -v
    middle[out : 2 * out, :into], middle[out : 2 * out, into : 2 * into] = -v, v
    return whole


def uniform(row: Row, bound: float, generator: torch.Generator) -> Tensor:
    """U(±bound)."""
    return (torch.rand(row, dtype=torch.float64, generator=generator) * 2 - 1) * bound


DRAWS: dict[str, Draw] = {
    "he": he, "xavier": xavier, "pytorch": pytorch, "zero_last": he, "orthogonal": orthogonal, "fixup": he,
    "looks_linear": looks_linear,
}  # fmt: skip


def draw_weight(
    scheme: str, row: Row, role: Role | str, generator: torch.Generator, blocks: int, norm: bool, branch: int = 2
) -> Tensor:
    """Weights of one layer of one network, shape ``row`` = (out, in, *kernel), float64.

    Args:
        role: what the weight is for; ``head`` is the classifier.
        blocks: residual branches of the network, for Fixup.
        branch: weight layers of a residual branch, for Fixup.
        norm: whether a norm follows. Under ``zero_last`` its gain is zero instead (``initial_gain``).
    """
    if scheme == "looks_linear" and role in ("stem", "head"):
        weight = _mirrored_end(row, role, generator)
    else:
        weight = DRAWS[scheme](row, generator)
        if role == "head" and scheme in FOR_RELU:
            weight *= sqrt(0.5)
    if scheme == "zero_last" and role == "end" and not norm:
        weight.zero_()
    if scheme == "fixup":
        # Zhang et al. (2019, arXiv 1901.09321, section 3): L^(−1/(2m−2)) inside a branch of m layers,
        # zero at the end of the branch and in the classifier; its scalar biases and multipliers are left out
        if role == "inner":
            weight *= max(1, blocks) ** (-1 / (2 * branch - 2))
        elif role in ("end", "head"):
            weight.zero_()
    return weight


def _mirrored_end(row: Row, role: str, generator: torch.Generator) -> Tensor:
    """First layer [V; −V] or classifier [V, −V] of a looks-linear network."""
    axis = 0 if role == "stem" else 1
    half = list(row)
    half[axis] = max(1, row[axis] // 2)
    v = orthogonal(tuple(half), generator) / sqrt(2)
    whole = torch.zeros(row, dtype=torch.float64)
    both = torch.cat([v, -v], dim=axis)
    size = min(row[axis], both.shape[axis])
    whole.narrow(axis, 0, size).copy_(both.narrow(axis, 0, size))
    return whole


def draw_bias(scheme: str, row: Row, generator: torch.Generator) -> Tensor:
    """Biases of one layer, shape (out,): zero, but for PyTorch's default, U(±1/√fan_in)."""
    if scheme != "pytorch":
        return torch.zeros(row[0], dtype=torch.float64)
    return uniform((row[0],), 1 / sqrt(fans(row)[0]), generator)


def initial_gain(scheme: str, end: bool) -> float:
    """Gain γ of a norm: 1, or 0 at the end of a branch under ``zero_last`` (Goyal et al. 2017, section 5.1)."""
    return 0.0 if scheme == "zero_last" and end else 1.0


@torch.no_grad()
def initialise(stack: "Stack") -> None:
    """Draw all weights of a stack."""
    twins: dict[tuple[int, int, str], int] = {}
    for network, spec in enumerate(stack.specs):
        twin = twins.setdefault((spec.depth, spec.seed, spec.arm.initialisation), network)
        if twin == network:
            _draw(stack, network, spec)
        else:
            _copy(stack, network, twin)
        for norm in stack.norms:
            if network < norm.k:
                norm.gain.value.view(norm.k, -1)[network] = initial_gain(spec.arm.initialisation, norm.end)


def _copy(stack: "Stack", network: int, twin: int) -> None:
    for weight in stack.weights:
        if network < weight.k:
            value = weight.value.value.view(weight.k, *weight.row)
            value[network] = value[twin]
            if weight.bias:
                weight.bias.value[network] = weight.bias.value[twin]
    for value in (stack.head.value, stack.head_bias.value):
        value[network] = value[twin]


def _draw(stack: "Stack", network: int, spec: "NetworkSpec") -> None:
    scheme = spec.arm.initialisation
    layers, others = (torch.Generator().manual_seed(spec.seed) for _ in range(2))
    blocks, norm = stack.block_counts[network] * len(stack.stages), stack.normalisation != "none"
    branch = max(2, stack.block_class.layers)
    for weight in stack.weights:
        if network >= weight.k:
            continue
        counted = weight.role not in ("shortcut", "gate")
        generator = layers if counted else others
        value = weight.value.value.view(weight.k, *weight.row)
        value[network] = draw_weight(scheme, weight.row, weight.role, generator, blocks, norm, branch)
        if weight.bias:
            drawn = draw_bias(scheme, weight.row, generator) if weight.bias_start is None else weight.bias_start
            weight.bias.value[network] = drawn
    row = stack.head.shape[1:]
    stack.head.value[network] = draw_weight(scheme, row, "head", layers, blocks, False)
    stack.head_bias.value[network] = draw_bias(scheme, row, layers).unsqueeze(1)
