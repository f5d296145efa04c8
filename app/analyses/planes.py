"""Planes through the weights of one network: the two directions of a landscape, and how far it goes along them.

Directions and weights are flat vectors [P] in the layout of a stack of one network (``Parameters.flat``).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from app.errors import Refused
from app.nets.copies import copies
from app.nets.layers import Weight
from app.nets.stack import Stack
from app.nets.streams import stream

#: how far the axes go past the trajectory of the weights, as a share of its length along each
MARGIN = 0.15


@dataclass(frozen=True, slots=True)
class Plane:
    """θ + α δ + β η.

    Attributes:
        directions: δ and η.
        alpha, beta: the points of both axes, ascending.
        trajectory: [α, β] of recorded weights, if the plane was laid through them.
        explained: shares of the variance of that trajectory along δ and η.
    """

    directions: tuple[Tensor, Tensor]
    alpha: NDArray[np.float64]
    beta: NDArray[np.float64]
    trajectory: list[tuple[float, float]] = field(default_factory=list)
    explained: list[float] = field(default_factory=list)


@torch.no_grad()
def random_plane(stack: Stack, seed: int, side: int, span: float) -> Plane:
    """Two Gaussian directions, filter by filter as long as the weights (Li et al. 2018, 1712.09913, section 4).

    A filter is all weights into one unit or channel. Biases, gains, shifts and scales do not move. The numbers of a
    layer depend on ``seed``, the direction and the layer's place; projections and gates are counted apart. So arms get
    the same numbers wherever layers at the same place have the same shape.
    """
    half = side // 2
    axis = span * np.arange(-half, half + 1) / half
    return Plane((_direction(stack, seed, 0), _direction(stack, seed, 1)), axis, axis)


def _direction(stack: Stack, seed: int, number: int) -> Tensor:
    places = [0, 0]
    out = copies(stack, [0])
    out.parameters.flat.zero_()
    for weight, target in zip(stack.weights, out.weights, strict=True):
        kind = int(not weight.counted)
        _value(target).copy_(_filters(_value(weight), stream(seed, "direction", number, kind, places[kind])))
        places[kind] += 1
    out.head.value[0].copy_(_filters(stack.head.value[0], stream(seed, "direction", number, 2, 0)))
    return out.parameters.flat


def _value(weight: Weight) -> Tensor:
    return weight.value.value.view(weight.row)


def _filters(weight: Tensor, generator: torch.Generator) -> Tensor:
    """Gaussian numbers for weights (out, in, *kernel), each filter as long as theirs."""
    drawn = torch.randn(weight.shape, dtype=torch.float64, generator=generator).flatten(1)
    lengths = weight.flatten(1).cpu().double().norm(dim=1, keepdim=True)  # not every device has float64
    scaled: Tensor = drawn * lengths / drawn.norm(dim=1, keepdim=True)
    return scaled.view(weight.shape).to(weight)


@torch.no_grad()
def trajectory_plane(now: Tensor, recorded: Sequence[Tensor], side: int) -> Plane:
    """The first two principal components of the recorded weights θ_t − θ, over all trained parameters.

    Args:
        now: θ, the weights at the origin.
        recorded: the weights θ_t, first to last.
        side: points along an axis.

    Raises:
        Refused: they lie on a line, as two do.
    """
    moved = torch.stack([one.cpu().double() - now.cpu().double() for one in recorded])
    centred = moved - moved.mean(0)
    variances, vectors = torch.linalg.eigh(centred @ centred.t())
    shares = (variances.clamp_min(0) / variances.clamp_min(0).sum()).flip(0)[:2]
    if not torch.isfinite(shares).all() or shares[1] < 1e-9:
        raise Refused("plane: the recorded weights lie on a line, so they span no plane", "plane")
    directions = centred.t() @ vectors.flip(1)[:, :2]
    directions /= directions.norm(dim=0)
    at = moved @ directions
    flip = torch.where(at[0] < 0, -1.0, 1.0)  # an eigenvector has no sign: the trajectory starts on the positive side
    directions, at = directions * flip, (at * flip).numpy()
    low, high = at.min(0), at.max(0)
    margin = MARGIN * (high - low)
    alpha, beta = (np.linspace(low[i] - margin[i], high[i] + margin[i], side) for i in range(2))
    first, second = (column.contiguous().to(now) for column in directions.unbind(1))
    return Plane((first, second), alpha, beta, [(float(a), float(b)) for a, b in at], shares.tolist())
