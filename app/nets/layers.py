"""The parts of which blocks are made: weights, norms, a weight layer that is both, and the context that they share.

Each holds its parameters for the first k networks of a stack. What an initialisation may need to know
of a weight is its ``role``.
"""

from collections.abc import Callable, Sequence
from math import prod
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor

from app.contract.arms import record_of
from app.nets.backends import EPSILON, Backend, ConvBackend, DenseBackend, RunningStatistics
from app.nets.parameters import Parameters, Slot
from app.nets.specs import NetworkSpec, own_settings
from app.nets.streams import stream
from app.nets.structure import Structure

Activation = Callable[[Tensor], Tensor]

#: each activation where it may overwrite its input, the fresh result of a norm or a sum, and where it may not
ACTIVATIONS: dict[str, tuple[Activation, Activation]] = {
    "relu": (torch.relu_, torch.relu),
    "tanh": (torch.tanh_, torch.tanh),
    "gelu": (F.gelu, F.gelu),
}

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
        stack: "Context",
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
        self.backend, self.k, self.stride, self.groups, self.role = stack.backend, k, stride, groups, role
        self.numbers, self.counted = list(numbers), role not in UNCOUNTED
        self.bias_start, self.positions = bias_start, 1
        self.closed_by: Norm | None = None
        window = (kernel, kernel) if self.backend.convolutional else ()
        self.row = (out, into // groups, *window)
        shape = (k * out, *self.row[1:]) if window else (k, *self.row)
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
            z = self.backend.enter(h, weight, bias, self.k)
        else:
            z = self.backend.affine(h, weight, bias, self.k, self.stride, self.groups)
        self.positions = self.backend.positions(z)
        return z

    def multiply_adds(self) -> int:
        """Multiply-adds of one network for one example, once there has been a pass."""
        weights: int = prod(self.row)
        return weights * self.positions


class Norm:
    """N(z): batch norm, layer norm, or nothing. ``end`` if it is the last norm of a branch F."""

    def __init__(self, stack: "Context", k: int, width: int, *, end: bool = False, kind: str | None = None) -> None:
        self.stack, self.backend, self.k, self.kind, self.end = (
            stack,
            stack.backend,
            k,
            kind or stack.normalisation,
            end,
        )
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
            return self.backend.layer_norm(z, self.gain.value, self.shift.value, self.k)
        if self.stack.training:
            return self.backend.batch_norm(z, self.gain.value, self.shift.value, self.running)
        factor, shift = self.at_evaluation()
        return torch.addcmul(self.backend.channels(shift, self.k), z, self.backend.channels(factor, self.k))

    def only_of(self, takes_part: Tensor) -> None:
        """Update the running statistics with the last batch only where ``takes_part`` [k, 1, 1] is 1."""
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


class Context:
    """What the parts of a stack share: K networks of one structure, deepest first.

    Attributes:
        arm: what they have in common, ``connection`` its record.
        alpha: [K, 1, 1] factors on the skips.
        weights, norms: all of them, in the order of the forward pass; so are the rows of ``parameters``.
        stage_blocks, blocks: blocks of each network in one stage, and in all.
        head, head_bias: the last layer.
        repetition: which seed's batch each network reads, by its number among ``seeds``.
        draws: a training pass draws new drop-path masks.
    """

    head: Slot
    head_bias: Slot

    def __init__(
        self, structure: Structure, specs: Sequence[NetworkSpec], dtype: torch.dtype, device: torch.device
    ) -> None:
        self.structure, self.specs, self.k = structure, list(specs), len(specs)
        self.seeds = sorted({spec.seed for spec in specs})
        # plain and residual arms share a stack; the one that uses more settings says what a shortcut would be
        self.arm = own_settings(max((spec.arm for spec in specs), key=lambda arm: len(record_of(arm).settings)))
        self.connection = record_of(self.arm)
        self.normalisation = self.arm.normalisation
        self.bias = self.normalisation == "none"
        self.dtype, self.device = dtype, device
        self.backend: Backend = ConvBackend() if structure.convolutional else DenseBackend()
        self.activation, self.fresh_activation = ACTIVATIONS[self.arm.activation]
        factors = [record_of(spec.arm).skip_factor(spec.arm) for spec in specs]
        self.alpha = torch.tensor(factors, dtype=dtype, device=self.device).view(-1, 1, 1)
        self.parameters = Parameters()
        self.weights: list[Weight] = []
        self.norms: list[Norm] = []
        self.capturing = False
        self.at_evaluation = False
        self._captured: list[tuple[Tensor, Sequence[int]]] = []
        stages, transitions = len(structure.stages), self.connection.transitions(len(structure.stages))
        self.stage_blocks = [(spec.depth - 2 - transitions) // (self.connection.layers * stages) for spec in specs]
        self.blocks = [count * stages for count in self.stage_blocks]
        self.draws = True
        self._uniform = torch.zeros(self.k, max(self.blocks), device=device)
        self._generators = [stream(spec.seed, "drop path") for spec in specs]
        self.repetition = torch.tensor([self.seeds.index(spec.seed) for spec in specs], device=device)

    def record_output(self, h: Tensor, numbers: Sequence[int]) -> Tensor:
        """While capturing, record h as the output of layer ``numbers[j]`` of network j. Returns h."""
        if self.capturing:
            self._captured.append((h, numbers))
        return h

    def draw(self) -> None:
        """Draw the next step's drop-path masks, each network's from its own seed; a pass does so unless ``draws`` is
        off."""
        if self.connection.drops:
            drawn = torch.zeros(self._uniform.shape)
            for row, blocks, generator in zip(drawn, self.blocks, self._generators, strict=True):
                row[:blocks] = torch.rand(blocks, generator=generator)
            self._uniform.copy_(drawn)

    def drop_path_mask(self, indices: Tensor, p: Tensor) -> Tensor:
        """[k, 1, 1] whether block ``indices[j]`` of network j takes part in this step, with probability ``p[j]``."""
        return self._uniform[: len(indices)].gather(1, indices.view(-1, 1)).view(-1, 1, 1) < p

    @property
    def training(self) -> bool:
        """Batch norm uses the batch and its running statistics learn from it, rather than being used.

        That is so while gradients are enabled, unless ``at_evaluation`` is set. So ``torch.no_grad()`` is evaluation.
        """
        return torch.is_grad_enabled() and not self.at_evaluation
