"""Initial weights. Arms of a matched pair start with identical bytes.

Every tensor has a stream of random numbers of its own (``app.nets.streams``), named by the seed and by the layer's
number, and is drawn in float64 on the CPU. So the numbers depend neither on the device nor on the rest of the stack, an
arm with projections or gates still shares all its layers with one that has none, and no tensor repeats another's.
"""

from collections.abc import Callable, Sequence
from math import prod, sqrt

import torch
from torch import Tensor

from app.nets.layers import UNCOUNTED, Context, Role
from app.nets.streams import stream

Row = tuple[int, ...]
Draw = Callable[[Row, torch.Generator], Tensor]

#: schemes that assume a ReLU behind each layer; the classifier, which has none, gets half the variance
FOR_RELU = ("he", "zero_last", "fixup", "orthogonal", "looks_linear")


def fans(row: Row) -> tuple[int, int]:
    """Inputs and outputs of one unit of a weight of shape (out, in, *kernel)."""
    window = prod(row[2:])
    return row[1] * window, row[0] * window


def he(row: Row, generator: torch.Generator) -> Tensor:
    """N(0, 2/fan_in) (He et al. 2015, arXiv 1502.01852, eq. 10)."""
    return torch.randn(row, dtype=torch.float64, generator=generator) * sqrt(2 / fans(row)[0])


def xavier(row: Row, generator: torch.Generator) -> Tensor:
    """U(±√(6/(fan_in + fan_out))) (Glorot & Bengio 2010, eq. 16)."""
    return uniform(row, sqrt(6 / sum(fans(row))), generator)


def pytorch(row: Row, generator: torch.Generator) -> Tensor:
    """U(±1/√fan_in): what ``nn.Linear`` and ``nn.Conv2d`` do by default."""
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


def draw_weight(scheme: str, row: Row, role: Role | str, generator: torch.Generator) -> Tensor:
    """Weights of one layer of one network as the scheme draws them, shape ``row`` = (out, in, *kernel), float64.

    ``role``: what the weight is for; ``head`` is the classifier.
    """
    if scheme == "looks_linear" and role in ("stem", "head"):
        return _mirrored_end(row, role, generator)
    weight = DRAWS[scheme](row, generator)
    return weight * sqrt(0.5) if role == "head" and scheme in FOR_RELU else weight


def factor_at_start(scheme: str, role: Role | str, blocks: int, layers: int) -> float:
    """What Fixup multiplies a layer's draw with (Zhang et al. 2019, arXiv 1901.09321, section 3), else 1.

    L^(−1/(2m−2)) inside a branch of m layers, 0 at the end of the branch and in the classifier; its scalar biases and
    multipliers are left out.

    Args:
        blocks: residual branches L of the network.
        layers: weight layers m of a branch.
    """
    if scheme != "fixup" or role not in ("inner", "end", "head"):
        return 1.0
    return max(1, blocks) ** (-1 / (2 * layers - 2)) if role == "inner" else 0.0


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


@torch.no_grad()
def initialise(stack: Context) -> None:
    """Draw all weights of a stack.

    Under ``zero_last`` every branch starts at zero: the gain of the norm behind its last layer (Goyal et al. 2017,
    arXiv 1706.02677, section 5.1), or that layer's weights where no norm is behind it. A zero before a ReLU would stay
    for good, since its derivative at 0 is 0.
    """
    for norm in stack.norms:
        norm.gain.value.fill_(1.0)
    for weight in stack.weights:
        kind = weight.role if weight.role in ("stem", *UNCOUNTED) else "layer"
        value, bias = weight.value.value.view(weight.k, *weight.row), weight.bias.value if weight.bias else None
        _draw(stack, kind, weight.role, weight.row, weight.numbers, value, bias)
        if weight.bias and weight.bias_start is not None:
            weight.bias.value.fill_(weight.bias_start)
        if weight.role == "end":
            start = weight.closed_by.gain.value.view(weight.k, -1) if weight.closed_by else value
            for network, spec in enumerate(stack.specs[: weight.k]):
                if spec.arm.initialisation == "zero_last":
                    start[network] = 0.0
    row, bias = stack.head.shape[1:], stack.head_bias.value.squeeze(2)
    _draw(stack, "head", "head", row, [0] * stack.k, stack.head.value, bias)


def _draw(
    stack: Context, kind: str, role: str, row: Row, numbers: Sequence[int], value: Tensor, bias: Tensor | None
) -> None:
    """Fill weights [k, *row] and biases [k, out] of one layer. Its networks share draws where they share a stream:
    those of one seed, wherever layers of one number have one shape."""
    made: dict[tuple[int, str, int], tuple[Tensor, Tensor]] = {}
    for network, number in enumerate(numbers):
        spec = stack.specs[network]
        scheme, key = spec.arm.initialisation, (spec.seed, spec.arm.initialisation, number)
        if key not in made:
            made[key] = (
                draw_weight(scheme, row, role, stream(spec.seed, f"weights of {kind}", number)),
                draw_bias(scheme, row, stream(spec.seed, f"biases of {kind}", number)),
            )
        blocks = stack.blocks[network]
        value[network] = made[key][0] * factor_at_start(scheme, role, blocks, max(2, stack.connection.layers))
        if bias is not None:
            bias[network] = made[key][1]
