"""A stack: networks of one structure, computed as one batched pass.

Networks stand deepest first, so block i runs on the prefix of those that have it; the others wait and
join again at the end of the stage. No arithmetic is wasted and none is approximated: every network
computes exactly what it would alone (``tests/unit/nets`` holds it to ordinary ``torch.nn`` modules).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from app.nets.connections import CONNECTIONS
from app.nets.initialise import draw_bias, draw_weight, initial_gain
from app.nets.parameters import Parameters, Slot
from app.nets.spaces import Maps, RunningStatistics, Space, Units
from app.nets.structure import Structure

ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {"relu": torch.relu_, "tanh": torch.tanh_}
"""In place: each acts on the fresh result of a norm or an addition, whose own gradient does not need it."""


@dataclass(frozen=True, slots=True)
class NetworkSpec:
    """One network of a stack: what may differ between networks of one structure."""

    depth: int
    seed: int
    connection: str
    initialisation: str
    skip_scale: float
    learning_rate: float


class Layer:
    """One weight layer of the first k networks: z = N(W h + b). Bias only where there is no norm."""

    def __init__(
        self, stack: "Stack", numbers: Sequence[int], into: int, out: int, stride: int = 1, last_of_block: bool = False
    ) -> None:
        self.space, self.k, self.stride = stack.space, len(numbers), stride
        self.numbers, self.row, self.last_of_block = list(numbers), (out, into, *stack.space.kernel), last_of_block
        networks = range(self.k)
        declare = stack.parameters.declare
        shape = (self.k * out, *self.row[1:]) if stack.space.kernel else (self.k, *self.row)
        self.weight = declare("weight", networks, numbers, self.row, shape)
        self.bias: Slot | None = None
        self.gain: Slot | None = None
        if stack.normalised:
            self.gain = declare("gain", networks, numbers, (out,), (self.k * out,))
            self.shift = declare("shift", networks, numbers, (out,), (self.k * out,))
            self.running = RunningStatistics(self.k * out, stack.alpha)
        else:
            self.bias = declare("bias", networks, numbers, (out,), (self.k, out))

    def __call__(self, h: Tensor, enter: bool = False) -> Tensor:
        weight, bias = self.weight.value, self.bias.value if self.bias else None
        training = torch.is_grad_enabled()
        if self.gain and not training:
            weight, bias = self._folded()
        z = (
            self.space.enter(h, weight, bias, self.k)
            if enter
            else self.space.affine(h, weight, bias, self.k, self.stride)
        )
        if not self.gain or not training:
            return z
        return self.space.batch_norm(z, self.gain.value, self.shift.value, self.running)

    def _folded(self) -> tuple[Tensor, Tensor]:
        """Weights and biases with the batch norm of evaluation inside: γ/√(v+ε)·W and β − γ/√(v+ε)·m."""
        assert self.gain
        factor = self.gain.value * (self.running.var + self.space.epsilon).rsqrt()
        by_row = self.weight.value.view(self.k, *self.row) * factor.view(self.k, -1, *[1] * (len(self.row) - 1))
        bias = self.shift.value - factor * self.running.mean
        return by_row.view(self.weight.shape), bias.view(self.k, -1)


class Block:
    """Two weight layers of the first k networks and what joins them to their input."""

    def __init__(self, stack: "Stack", numbers: Sequence[int], into: int, out: int, stride: int) -> None:
        self.stack, self.k, self.out, self.stride = stack, len(numbers), out, stride
        self.layers = (
            Layer(stack, numbers, into, out, stride),
            Layer(stack, [n + 1 for n in numbers], out, out, last_of_block=True),
        )
        self.alpha = stack.alpha[: self.k]
        self.activation = stack.activation

    def __call__(self, x: Tensor) -> Tensor:
        return self.seen(self.stack.connection(self, x), 1)

    def shortcut(self, x: Tensor) -> Tensor:
        """s(x): the identity, or option A where the block changes width or resolution."""
        return self.stack.space.zero_pad_shortcut(x, self.k, self.out, self.stride)

    def scaled_add(self, f: Tensor, s: Tensor) -> Tensor:
        """f + α s with each network's own α."""
        return self.stack.space.scaled_add(f, self.alpha, s)

    def seen(self, h: Tensor, layer: int) -> Tensor:
        """Note h as the output of the block's layer 0 or 1, for the gradients; returns h."""
        return self.stack.seen(h, self.layers[layer].numbers)


class Stack:
    """K networks of one structure.

    Args:
        structure: what they have in common.
        specs: the networks, deepest first.
        normalised: batch norm behind every weight layer but the last.
        activation: ``relu`` or ``tanh``.
    """

    def __init__(
        self,
        structure: Structure,
        specs: Sequence[NetworkSpec],
        *,
        normalised: bool,
        activation: str,
        dtype: torch.dtype = torch.float32,
        device: torch.device | str = "cpu",
    ) -> None:
        if list(specs) != sorted(specs, key=lambda spec: -spec.depth):
            raise ValueError("specs: networks must stand deepest first")
        self.structure, self.specs, self.k = structure, list(specs), len(specs)
        self.normalised, self.dtype, self.device = normalised, dtype, torch.device(device)
        self.space: Space = Maps() if structure.convolutional else Units()
        self.activation = ACTIVATIONS[activation]
        (self.connection,) = {CONNECTIONS[spec.connection][0] for spec in specs}
        factors = [spec.skip_scale * CONNECTIONS[spec.connection][1] for spec in specs]
        self.alpha = torch.tensor(factors, dtype=dtype, device=self.device).view(-1, 1, 1)
        self.parameters = Parameters()
        self._captured: list[tuple[Tensor, Sequence[int]]] | None = None
        self._build()
        self.norms = [layer.running for layer in self.layers() if layer.gain]
        if self.norms:
            self._running = RunningStatistics.together(self.norms)
        self._initialise()

    def _build(self) -> None:
        stages = self.structure.stages
        counts = [self.structure.blocks_a_stage(spec.depth) for spec in self.specs]
        self.stem = Layer(self, [1] * self.k, self.structure.inputs, stages[0].into)
        self.stages: list[list[Block]] = []
        for s, stage in enumerate(stages):
            blocks = []
            for i in range(counts[0]):
                numbers = [2 + 2 * (s * n + i) for n in counts if n > i]
                first = i == 0
                blocks.append(
                    Block(self, numbers, stage.into if first else stage.out, stage.out, stage.stride if first else 1)
                )
            self.stages.append(blocks)
        depths = [spec.depth for spec in self.specs]
        features, classes = stages[-1].out, self.structure.classes
        self.head = self.parameters.declare(
            "head", range(self.k), depths, (classes, features), (self.k, classes, features)
        )
        self.head_bias = self.parameters.declare("head_bias", range(self.k), depths, (classes,), (self.k, classes, 1))
        self.parameters.allocate(self.dtype, self.device)

    def layers(self) -> list[Layer]:
        """All weight layers with a norm behind them (all but the last), input side first."""
        return [self.stem] + [layer for stage in self.stages for block in stage for layer in block.layers]

    @torch.no_grad()
    def _initialise(self) -> None:
        draws: dict[tuple[int, int, str], int] = {}
        for network, spec in enumerate(self.specs):
            twin = draws.setdefault((spec.depth, spec.seed, spec.initialisation), network)
            generator = torch.Generator().manual_seed(spec.seed)
            for layer in self.layers():
                if network >= layer.k:
                    continue
                weight = layer.weight.value.view(layer.k, *layer.row)
                if layer.gain:
                    layer.gain.value.view(layer.k, -1)[network] = initial_gain(spec.initialisation, layer.last_of_block)
                if twin != network:
                    weight[network] = weight[twin]
                else:
                    weight[network] = draw_weight(
                        spec.initialisation, layer.row, generator,
                        last_of_block=layer.last_of_block, last=False, normalised=self.normalised,
                    )  # fmt: skip
                if layer.bias:
                    bias = layer.bias.value
                    bias[network] = (
                        bias[twin] if twin != network else draw_bias(spec.initialisation, layer.row, generator)
                    )
            row = self.head.shape[1:]
            if twin != network:
                self.head.value[network] = self.head.value[twin]
                self.head_bias.value[network] = self.head_bias.value[twin]
            else:
                self.head.value[network] = draw_weight(
                    spec.initialisation, row, generator, last_of_block=False, last=True, normalised=self.normalised
                )
                self.head_bias.value[network] = draw_bias(spec.initialisation, row, generator).unsqueeze(1)

    def seen(self, h: Tensor, numbers: Sequence[int]) -> Tensor:
        """While capturing, note h as the output of layer ``numbers[j]`` of network j. Returns h."""
        if self._captured is not None:
            self._captured.append((h, numbers))
        return h

    def forward(self, x: Tensor) -> Tensor:
        """Logits [K, classes, batch] of a batch x: [batch, features] or [batch, C, H, W].

        With gradients enabled batch norm uses the batch and updates its running statistics; without, it
        uses them. So ``torch.no_grad()`` is evaluation.
        """
        h = self.seen(self.activation(self.stem(x, enter=True)), self.stem.numbers)
        for blocks in self.stages:
            waiting: list[Tensor] = []
            k = self.k
            for block in blocks:
                h, finished = self.space.split(h, block.k, k)
                k = block.k
                if finished is not None:
                    waiting.append(finished)
                h = block(h)
            h = self.space.join([h, *reversed(waiting)])
        logits = torch.baddbmm(self.head_bias.value, self.head.value, self.space.features(h, self.k))
        if self.norms and torch.is_grad_enabled():
            RunningStatistics.settle(self.norms, *self._running)
        return self.seen(logits, [spec.depth for spec in self.specs])

    def capture(self, x: Tensor) -> tuple[Tensor, list[tuple[Tensor, Sequence[int]]]]:
        """``forward``, and every layer's output with its layer numbers (networks 0 … len(numbers)-1)."""
        self._captured = []
        try:
            return self.forward(x), self._captured
        finally:
            self._captured = None
