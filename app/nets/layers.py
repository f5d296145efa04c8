"""The parts of which blocks are made: weights, norms, and a weight layer that is both.

Each holds its parameters for the first k networks of a stack. What an initialisation may need to know
of a weight is its ``role``.
"""

from collections.abc import Sequence
from math import prod
from typing import TYPE_CHECKING, Literal

import torch
from torch import Tensor

from app.nets.parameters import Slot
from app.nets.spaces import EPSILON, RunningStatistics

if TYPE_CHECKING:
    from app.nets.stack import Stack

#: ``inner``: a layer of the branch F. ``end``: the last of F. ``shortcut``: a projection. ``gate``: W_T.
Role = Literal["stem", "inner", "end", "shortcut", "gate", "transition"]
UNCOUNTED = ("shortcut", "gate")


class Weight:
    """W h + b.

    Attributes:
        numbers: the layer's numbers, from 1, one a network; of what counts as no layer, that of the first of its block.
        counted: whether it counts as a weight layer, which projections and gates do not.
        closed_by: the norm directly behind it, if any.
    """

    def __init__(
        self,
        stack: "Stack",
        k: int,
        into: int,
        out: int,
        *,
        role: Role,
        numbers: Sequence[int],
        kernel: int = 3,
        stride: int = 1,
        groups: int = 1,
        bias: bool = False,
        bias_start: float | None = None,
    ) -> None:
        self.space, self.k, self.stride, self.groups, self.role = stack.space, k, stride, groups, role
        self.numbers, self.counted = list(numbers), role not in UNCOUNTED
        self.bias_start, self.places = bias_start, 1
        self.closed_by: Norm | None = None
        taps = (kernel, kernel) if self.space.taps else ()
        self.row = (out, into // groups, *taps)
        shape = (k * out, *self.row[1:]) if taps else (k, *self.row)
        networks, declare = range(k), stack.parameters.declare
        # uncounted weights stay out of the gradient norms: their group has another name
        kind, layers = ("weight", self.numbers) if self.counted else (role, [0] * k)
        self.value = declare(kind, networks, layers, self.row, shape)
        self.bias: Slot | None = declare("bias", networks, layers, (out,), (k, out)) if bias else None
        stack.weights.append(self)

    def __call__(self, h: Tensor, weight: Tensor | None = None, bias: Tensor | None = None) -> Tensor:
        """W h + b, or with other values in the place of W and b."""
        weight = self.value.value if weight is None else weight
        bias = self.bias.value if self.bias and bias is None else bias
        if self.role == "stem":
            z = self.space.enter(h, weight, bias, self.k)
        else:
            z = self.space.affine(h, weight, bias, self.k, self.stride, self.groups)
        self.places = self.space.places(z)
        return z

    def multiply_adds(self) -> int:
        """Multiply-adds of one network for one example, once there has been a pass."""
        weights: int = prod(self.row)
        return weights * self.places


class Norm:
    """N(z): batch norm, layer norm, or nothing. ``end`` if it is the last norm of a branch F."""

    def __init__(self, stack: "Stack", k: int, width: int, *, end: bool = False, kind: str | None = None) -> None:
        self.stack, self.space, self.k, self.kind, self.end = stack, stack.space, k, kind or stack.normalisation, end
        if self.kind == "none":
            return
        declare = stack.parameters.declare
        self.gain = declare("gain", range(k), [0] * k, (width,), (k * width,))
        self.shift = declare("shift", range(k), [0] * k, (width,), (k * width,))
        if self.kind == "batch":
            self.running = RunningStatistics(k * width, stack.alpha)
        stack.norms.append(self)

    def __call__(self, z: Tensor) -> Tensor:
        if self.kind == "none":
            return z
        if self.kind == "layer":
            return self.space.layer_norm(z, self.gain.value, self.shift.value, self.k)
        if self.stack.training:
            return self.space.batch_norm(z, self.gain.value, self.shift.value, self.running)
        factor, shift = self.at_evaluation()
        return torch.addcmul(self.space.channels(shift, self.k), z, self.space.channels(factor, self.k))

    def only_of(self, takes_part: Tensor) -> None:
        """Of the batch just seen, the running statistics learn for networks whose ``takes_part`` [k, 1, 1] is 1."""
        if self.kind == "batch" and self.stack.training:
            self.running.takes_part = takes_part.view(-1, 1).expand(self.k, len(self.running.mean) // self.k).flatten()

    def at_evaluation(self) -> tuple[Tensor, Tensor]:
        """Batch norm with running statistics is a z + c: a = γ/√(v + ε), c = β − a m, [k·width] each."""
        factor = self.gain.value * (self.running.var + EPSILON).rsqrt()
        return factor, self.shift.value - factor * self.running.mean


class Layer:
    """N(W h + b), the bias only where there is no norm to take it away."""

    def __init__(self, weight: Weight, norm: Norm) -> None:
        self.weight, self.norm = weight, norm
        weight.closed_by = norm if norm.kind != "none" else None

    def __call__(self, h: Tensor) -> Tensor:
        if self.norm.kind != "batch" or self.norm.stack.training:
            return self.norm(self.weight(h))
        # at evaluation the norm goes into the weights: one pass over the activations less
        factor, shift = self.norm.at_evaluation()
        w = self.weight
        by_row = w.value.value.view(w.k, *w.row) * factor.view(w.k, -1, *[1] * (len(w.row) - 1))
        return w(h, by_row.view(w.value.shape), shift.view(w.k, -1))
