"""A stack: networks of one structure, computed as one batched pass.

Networks stand deepest first, so block i runs on the prefix of those that have it; the others wait and
join again at the end of the stage. No arithmetic is wasted and none is approximated: every network
computes exactly what it would alone (``tests/unit/nets`` holds it to ordinary ``torch.nn`` modules).
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from app.contract.arms import Arm, record_of
from app.contract.connections import settings
from app.contract.shapes import Site
from app.nets.backends import RunningStatistics
from app.nets.block import BLOCKS, Block
from app.nets.connections.dense import Transition
from app.nets.initialise import initialise
from app.nets.layers import Context, Layer, Norm, Weight
from app.nets.specs import NetworkSpec, own_settings
from app.nets.structure import Structure

#: what networks of one stack may differ in, besides the settings that are ``by_network``
BY_NETWORK = {"connection", "initialisation", "learning_rate"}


def structure_key(arm: Arm, depth: int) -> tuple[object, ...]:
    """Networks with equal keys can share a stack: those of one block with equal settings.

    Dense networks share one only if they have one depth, for their width depends on how many blocks came before.
    """
    by_network = BY_NETWORK | {name for name, one in settings().items() if one.by_network}
    structural = own_settings(arm).model_dump(exclude=by_network)
    return (BLOCKS[arm.connection], *structural.items(), depth if record_of(arm).concatenates else None)


class Stack(Context):
    """K networks of one structure.

    Args:
        structure: what they have in common with all networks of the experiment.
        specs: the networks, deepest first, with equal ``structure_key``.
        blank: leave all parameters at zero, for weights from elsewhere (``app.nets.copies``).
    """

    def __init__(
        self,
        structure: Structure,
        specs: Sequence[NetworkSpec],
        *,
        dtype: torch.dtype = torch.float32,
        device: torch.device | str = "cpu",
        blank: bool = False,
    ) -> None:
        if list(specs) != sorted(specs, key=lambda spec: -spec.depth):
            raise ValueError("specs: networks must stand deepest first")
        if len({structure_key(spec.arm, spec.depth) for spec in specs}) != 1:
            raise ValueError("specs: networks of one stack must have one structure")
        super().__init__(structure, specs, dtype, torch.device(device))
        self._build()
        if not blank:
            initialise(self)
        self._running = [norm.running for norm in self.norms if norm.kind == "batch"]
        #: means and variances of all batch norms, as two buffers; empty without any
        self.running = RunningStatistics.together(self._running) if self._running else ()

    def _build(self) -> None:
        connection, structure, depths = self.connection, self.structure, [spec.depth for spec in self.specs]
        pre, width = connection.pre_activation, structure.stages[0].width
        stem = Weight(self, self.k, structure.inputs, width, role="stem", numbers=[1] * self.k, bias=self.bias)
        self.stem = Layer(stem, Norm(self, self.k, width, kind="none" if pre else None))
        self.stages: list[list[Block]] = []
        self.transitions: list[Transition | None] = []
        numbers = [2] * self.k
        for s, stage in enumerate(structure.stages):
            blocks = []
            for i in range(self.stage_blocks[0]):
                k = sum(n > i for n in self.stage_blocks)
                halves = i == 0 and not connection.transition
                site = Site(stage.width, width, stage.stride if halves else 1, structure.convolutional)
                indices = [s * n + i for n in self.stage_blocks[:k]]
                blocks.append(BLOCKS[connection.name](self, numbers[:k], site, indices))
                width = blocks[-1].out
                numbers = [n + connection.layers if j < k else n for j, n in enumerate(numbers)]
            self.stages.append(blocks)
            between = None
            if connection.transition and s + 1 < len(structure.stages):
                between = Transition(self, numbers, width, connection.transition(self.arm, width))
                width, numbers = between.out, [n + 1 for n in numbers]
            self.transitions.append(between)
        self.last_norm = Norm(self, self.k, width, kind=None if pre else "none")
        if numbers != depths:
            raise ValueError(f"specs: depths {depths} do not fit the blocks, which make {numbers}")
        classes = structure.classes
        self.head = self.parameters.declare("head", range(self.k), depths, (classes, width), (self.k, classes, width))
        self.head_bias = self.parameters.declare("head_bias", range(self.k), depths, (classes,), (self.k, classes, 1))
        self.parameters.allocate(self.dtype, self.device)

    def forward(self, x: Tensor, *, by_seed: bool = False) -> Tensor:
        """Logits [K, classes, batch] of a batch x: [batch, features] or [batch, C, H, W].

        With ``by_seed`` x has one more axis in front, a batch for each of ``seeds``; every network reads its seed's.
        See ``training`` for what batch norm does.
        """
        training = self.training
        if training and self.draws:
            self.draw()
        h = self.enter(x, by_seed=by_seed)
        for blocks, transition in zip(self.stages, self.transitions, strict=True):
            waiting: list[Tensor] = []
            k = self.k
            for block in blocks:
                h, finished = self.backend.split(h, block.k, k)
                k = block.k
                if finished is not None:
                    waiting.append(finished)
                h = block.forward(h)
            h = self.backend.join([h, *reversed(waiting)])
            if transition:
                h = transition(h)
        logits = self.leave(h)
        if training and self._running:
            RunningStatistics.settle(self._running, *self.running)
        return logits

    def enter(self, x: Tensor, *, by_seed: bool = False) -> Tensor:
        """What the first block reads, from a batch as ``forward`` has it."""
        if by_seed and len(x) == 1:
            x, by_seed = x[0], False
        h = self.stem(self.backend.inputs(x, self.k, self.repetition if by_seed else None))
        return self.record_output(h if self.connection.pre_activation else self.activation(h), [1] * self.k)

    def leave(self, h: Tensor) -> Tensor:
        """Logits, from what the last block gives."""
        return self.classify(self.read_out(h))

    def read_out(self, h: Tensor) -> Tensor:
        """What the classifier reads, [K, C, batch], from what the last block gives."""
        if self.connection.pre_activation:
            h = self.fresh_activation(self.last_norm(h))
        return self.backend.features(h, self.k)

    def classify(self, features: Tensor) -> Tensor:
        """Logits [K, classes, batch], from what the classifier reads."""
        logits = torch.baddbmm(self.head_bias.value, self.head.value, features)
        return self.record_output(logits, [spec.depth for spec in self.specs])

    def steps(self) -> list[Block | Transition]:
        """Blocks and transitions in the order of the pass. For networks of one depth they are all of it:
        ``leave(steps[-1](… steps[0](enter(x))))`` is ``forward(x)``."""
        found: list[Block | Transition] = []
        for blocks, transition in zip(self.stages, self.transitions, strict=True):
            found += blocks if transition is None else [*blocks, transition]
        return found

    def capture(self, x: Tensor, *, by_seed: bool = False) -> tuple[Tensor, list[tuple[Tensor, Sequence[int]]]]:
        """``forward``, and every layer's output with its layer numbers (networks 0 … len(numbers)-1)."""
        self.capturing, self._captured = True, []
        try:
            return self.forward(x, by_seed=by_seed), self._captured
        finally:
            self.capturing, self._captured = False, []
