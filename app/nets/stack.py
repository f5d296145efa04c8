"""A stack: networks of one structure, computed as one batched pass.

Networks stand deepest first, so block i runs on the prefix of those that have it; the others wait and
join again at the end of the stage. No arithmetic is wasted and none is approximated: every network
computes exactly what it would alone (``tests/unit/nets`` holds it to ordinary ``torch.nn`` modules).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from app.contract.experiment import Arm
from app.nets.block import Block
from app.nets.connections import CONNECTIONS
from app.nets.connections.dense import Dense, Transition
from app.nets.initialise import initialise
from app.nets.layers import Layer, Norm, Weight
from app.nets.parameters import Parameters
from app.nets.spaces import Maps, RunningStatistics, Space, Units
from app.nets.streams import stream
from app.nets.structure import Structure

Activation = Callable[[Tensor], Tensor]

#: each activation where it may overwrite its input, the fresh result of a norm or a sum, and where it may not
ACTIVATIONS: dict[str, tuple[Activation, Activation]] = {
    "relu": (torch.relu_, torch.relu),
    "tanh": (torch.tanh_, torch.tanh),
    "gelu": (F.gelu, F.gelu),
}


@dataclass(frozen=True, slots=True)
class NetworkSpec:
    """One network of a stack. Arms of one stack may differ in ``NOT_STRUCTURE``."""

    depth: int
    seed: int
    arm: Arm
    learning_rate: float


#: what networks of one stack may differ in; every other setting of an arm is structure
NOT_STRUCTURE = {"connection", "initialisation", "skip_scale", "learning_rate"}


def structure_key(arm: Arm, depth: int) -> tuple[object, ...]:
    """Networks with equal keys can share a stack."""
    block = CONNECTIONS[arm.connection][0]
    if arm.connection == "plain":  # it has no shortcut
        arm = arm.model_copy(update={"shortcut": "A"})
    settings = arm.model_dump(exclude=NOT_STRUCTURE)
    return (block, *settings.items(), None if block.mixes_depths else depth)


class Stack:
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
        self.structure, self.specs, self.k = structure, list(specs), len(specs)
        self.seeds = sorted({spec.seed for spec in specs})
        # of arms that differ in nothing structural, the one with a skip says what its shortcut is
        # and without any there is nothing to project
        alone = specs[0].arm.model_copy(update={"shortcut": "A"})
        self.arm = next((spec.arm for spec in specs if spec.arm.connection != "plain"), alone)
        self.block_class: type[Block] = CONNECTIONS[self.arm.connection][0]
        self.normalisation = self.arm.normalisation
        self.bias = self.normalisation == "none"
        self.dtype, self.device = dtype, torch.device(device)
        self.space: Space = Maps() if structure.convolutional else Units()
        self.activation, self.fresh_activation = ACTIVATIONS[self.arm.activation]
        factors = [spec.arm.skip_scale * CONNECTIONS[spec.arm.connection][1] for spec in specs]
        self.alpha = torch.tensor(factors, dtype=dtype, device=self.device).view(-1, 1, 1)
        self.parameters = Parameters()
        self.weights: list[Weight] = []
        self.norms: list[Norm] = []
        self.capturing = False
        self.at_evaluation = False
        self._captured: list[tuple[Tensor, Sequence[int]]] = []
        self._build()
        if not blank:
            initialise(self)
        self._running = [norm.running for norm in self.norms if norm.kind == "batch"]
        #: means and variances of all batch norms, as two buffers; empty without any
        self.running = RunningStatistics.together(self._running) if self._running else ()
        count = sum(len(stage) for stage in self.stages)
        self._coins = torch.zeros(self.k, count, device=self.device)
        self.draws = True
        self._generators = [stream(spec.seed, "coins") for spec in specs]
        #: which seed's batch each network reads, by place among the stack's seeds
        self.repetition = torch.tensor([self.seeds.index(spec.seed) for spec in specs], device=self.device)

    def _build(self) -> None:
        block, convolutional = self.block_class, self.structure.convolutional
        stages = [block.stage(stage, self.arm, convolutional) for stage in self.structure.stages]
        self.block_counts = [blocks_a_stage(self.structure, self.arm, spec.depth) for spec in self.specs]
        counts, numbers = self.block_counts, [1] * self.k
        pre = block.pre_activation
        stem = Weight(self, self.k, self.structure.inputs, stages[0].into, role="stem", numbers=numbers, bias=self.bias)
        self.stem = Layer(stem, Norm(self, self.k, stages[0].into, kind="none" if pre else None))
        self.stages: list[list[Block]] = []
        self.transitions: list[Transition | None] = []
        numbers, width = [2] * self.k, stages[0].into
        for s, stage in enumerate(stages):
            if not block.mixes_depths:
                stage = type(stage)(width, stage.out, 1, stage.first)
            blocks = []
            for i in range(counts[0]):
                k = sum(n > i for n in counts)
                into, width = block.widths(stage, i, self.arm, convolutional)
                places = [s * n + i for n in counts[:k]]
                blocks.append(block(self, numbers[:k], into, width, stage.stride if i == 0 else 1, places))
                numbers = [n + block.layers if j < k else n for j, n in enumerate(numbers)]
            self.stages.append(blocks)
            between = issubclass(block, Dense) and s + 1 < len(stages)
            self.transitions.append(Transition(self, numbers, width) if between else None)
            if between:
                width = self.transitions[-1].out  # type: ignore[union-attr]
                numbers = [n + 1 for n in numbers]
        self.last_norm = Norm(self, self.k, width, kind=None if pre else "none")
        depths = [spec.depth for spec in self.specs]
        if numbers != depths:
            raise ValueError(f"specs: depths {depths} do not fit the blocks, which make {numbers}")
        classes = self.structure.classes
        self.head = self.parameters.declare("head", range(self.k), depths, (classes, width), (self.k, classes, width))
        self.head_bias = self.parameters.declare("head_bias", range(self.k), depths, (classes,), (self.k, classes, 1))
        self.parameters.allocate(self.dtype, self.device)

    def seen(self, h: Tensor, numbers: Sequence[int]) -> Tensor:
        """While capturing, note h as the output of layer ``numbers[j]`` of network j. Returns h."""
        if self.capturing:
            self._captured.append((h, numbers))
        return h

    def draw(self) -> None:
        """Throw the next step's coins, each network's from its own seed; a pass does so unless ``draws`` is off."""
        if self.arm.connection == "stochastic":
            drawn = torch.zeros(self._coins.shape)
            for row, count, generator in zip(drawn, self.block_counts, self._generators, strict=True):
                blocks = count * len(self.structure.stages)
                row[:blocks] = torch.rand(blocks, generator=generator)
            self._coins.copy_(drawn)

    def coins(self, places: Tensor) -> Tensor:
        """[k, 1, 1] uniform numbers of this step, one a network for its block ``places[j]``."""
        return self._coins[: len(places)].gather(1, places.view(-1, 1)).view(-1, 1, 1)

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
                h, finished = self.space.split(h, block.k, k)
                k = block.k
                if finished is not None:
                    waiting.append(finished)
                h = block.forward(h)
            h = self.space.join([h, *reversed(waiting)])
            if transition:
                h = transition(h)
        logits = self.leave(h)
        if training and self._running:
            RunningStatistics.settle(self._running, *self.running)
        return logits

    @property
    def training(self) -> bool:
        """Batch norm uses the batch and its running statistics learn from it, rather than being used.

        That is so while gradients are enabled, unless ``at_evaluation`` is set. So ``torch.no_grad()`` is evaluation.
        """
        return torch.is_grad_enabled() and not self.at_evaluation

    def enter(self, x: Tensor, *, by_seed: bool = False) -> Tensor:
        """What the first block reads, from a batch as ``forward`` has it."""
        if by_seed and len(x) == 1:
            x, by_seed = x[0], False
        h = self.stem(self.space.inputs(x, self.k, self.repetition if by_seed else None))
        return self.seen(h if self.block_class.pre_activation else self.activation(h), [1] * self.k)

    def leave(self, h: Tensor) -> Tensor:
        """Logits, from what the last block gives."""
        if self.block_class.pre_activation:
            h = self.fresh_activation(self.last_norm(h))
        logits = torch.baddbmm(self.head_bias.value, self.head.value, self.space.features(h, self.k))
        return self.seen(logits, [spec.depth for spec in self.specs])

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


def blocks_a_stage(structure: Structure, arm: Arm, depth: int) -> int:
    """Blocks in each stage of a network of ``depth`` weight layers."""
    block, stages = CONNECTIONS[arm.connection][0], len(structure.stages)
    transitions = stages - 1 if issubclass(block, Dense) else 0
    return (depth - 2 - transitions) // (block.layers * stages)
