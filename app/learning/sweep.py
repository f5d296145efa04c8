"""A sweep: all networks of an experiment, in as few stacks as their structure allows, in lock step.

Arms that share connection family, normalisation and activation share a stack; plain and residual always
do, so a matched pair is two halves of one program. Columns go out in the order of
``Experiment.networks()``, whatever the order inside the stacks.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from app.contract.experiment import Experiment
from app.contract.measurements import Floats
from app.learning.trainer import COLUMNS, Trainer, losses
from app.nets.specs import NetworkSpec
from app.nets.stack import Stack, structure_key
from app.nets.structure import structure_of

PRECISIONS = {"single": torch.float32, "double": torch.float64}
#: examples evaluated at once: few enough for the activations of a stack to stay in the caches
EVALUATION_BATCH, EVALUATION_BATCH_MAPS = 512, 64


@dataclass(slots=True)
class SweepResult:
    """What one training step tells of all networks, in the order of the experiment; see ``trainer.StepResult``."""

    loss: Floats
    diverged: list[int]
    weight_gradients: Floats | None = None
    activation_gradients: Floats | None = None
    activations: Floats | None = None


class Sweep:
    """The networks of an experiment with their optimisers."""

    def __init__(
        self, experiment: Experiment, *, dtype: torch.dtype | None = None, device: torch.device | str = "cpu"
    ) -> None:
        self.experiment, self.networks = experiment, experiment.networks()
        self.dtype = dtype = dtype or PRECISIONS[experiment.precision]
        self.rates = [network.learning_rate for network in self.networks]
        self.factor = 1.0
        #: whether steps that are not measured go through ``Trainer.advance``
        self.graphs = torch.device(device).type == "cuda"
        stacks: dict[object, list[int]] = {}
        for index, network in enumerate(self.networks):
            arm = experiment.arms[network.arm]
            key = structure_key(arm, network.layers)
            stacks.setdefault(key, []).append(index)
        self.members: list[list[int]] = []
        self.trainers: list[Trainer] = []
        structure = structure_of(experiment)
        for members in stacks.values():
            members.sort(key=lambda index: -self.networks[index].layers)
            stack = Stack(
                structure,
                [self._spec(index) for index in members],
                dtype=dtype,
                device=device,
            )
            self.members.append(members)
            self.trainers.append(
                Trainer(
                    stack,
                    optimiser=experiment.optimiser,
                    momentum=experiment.momentum,
                    weight_decay=experiment.weight_decay,
                )
            )
        starts = np.concatenate([[0], np.cumsum([network.layers for network in self.networks])])
        self._layer_columns = [
            np.concatenate([np.arange(starts[index], starts[index + 1]) for index in members])
            for members in self.members
        ]

    def _spec(self, index: int) -> NetworkSpec:
        network = self.networks[index]
        arm = self.experiment.arms[network.arm]
        return NetworkSpec(network.layers, network.seed, arm, self.rates[index])

    def backward(self, x: Tensor, y: Tensor, *, measure: bool) -> SweepResult:
        """Losses and gradients of every network, and who diverged, in the order of the experiment.

        x [seeds, batch, …] and y [seeds, batch]: a batch for each seed, first seed first, or one for all. Nothing is
        trained yet: ``update`` does that.
        """
        results = [trainer.backward(x, y, measure=measure) for trainer in self.trainers]
        diverged = sorted(
            members[k] for members, result in zip(self.members, results, strict=True) for k in result.diverged
        )
        loss = self._by_network([result.loss for result in results])
        if not measure:
            return SweepResult(loss, diverged)
        weights = self._by_layer([result.weight_gradients for result in results])
        passed = self._by_layer([result.activation_gradients for result in results])
        sizes = self._by_layer([result.activations for result in results])
        return SweepResult(loss, diverged, weights, passed, sizes)

    def advance(self, x: Tensor, y: Tensor) -> None:
        """Train on one batch and measure nothing. Who diverged in it is known at the next ``backward``."""
        for trainer in self.trainers:
            trainer.advance(x, y)

    def update(self) -> None:
        """Take the step whose gradients ``backward`` left."""
        for trainer in self.trainers:
            trainer.update()

    def _by_network(self, columns: Sequence[Tensor]) -> Floats:
        out: Floats = np.empty(len(self.networks), dtype=COLUMNS[self.dtype])
        for members, column in zip(self.members, columns, strict=True):
            out[members] = column.cpu().numpy()
        return out

    def _by_layer(self, columns: Sequence[Floats | None]) -> Floats:
        out: Floats = np.empty(sum(len(rows) for rows in self._layer_columns), dtype=COLUMNS[self.dtype])
        for rows, column in zip(self._layer_columns, columns, strict=True):
            assert column is not None
            out[rows] = column
        return out

    @torch.no_grad()
    def evaluate(self, x: Tensor, y: Tensor) -> tuple[Floats, Floats]:
        """Mean loss and accuracy of every network over a set, running statistics in the norms.

        Diverged networks give NaN for both.
        """
        loss, correct = [], []
        size = EVALUATION_BATCH if self.experiment.family == "mlp" else EVALUATION_BATCH_MAPS
        for trainer in self.trainers:
            trainer.collect()
            total = torch.zeros(trainer.stack.k, dtype=torch.float64)
            right = torch.zeros(trainer.stack.k, dtype=torch.float64)
            for start in range(0, len(x), size):
                part = slice(start, start + size)
                logits = trainer.stack.forward(x[part])
                total += losses(logits, y[part]).sum(1).cpu().double()
                # the first of the largest, as argmax finds it, in a fifth of its time
                right += (logits.max(1).indices == y[part]).sum(1).cpu().double()
            frozen = sorted(trainer.frozen)
            total[frozen] = right[frozen] = float("nan")
            loss.append(total / len(x))
            correct.append(right / len(x))
        return self._by_network(loss), self._by_network(correct)

    @torch.no_grad()
    def probabilities(self, x: Tensor, networks: Sequence[int]) -> Tensor:
        """Class probabilities [len(networks), classes, len(x)] of some networks at the points x."""
        positions = {index: (s, k) for s, members in enumerate(self.members) for k, index in enumerate(members)}
        logits = [trainer.stack.forward(x).softmax(1).cpu() for trainer in self.trainers]
        return torch.stack([logits[positions[index][0]][positions[index][1]] for index in networks])

    def diverged(self) -> set[int]:
        """Networks that are frozen because their loss was not finite."""
        return {
            members[k] for members, trainer in zip(self.members, self.trainers, strict=True) for k in trainer.frozen
        }

    def set_learning_rate(self, rate: float, arm: int | None) -> None:
        """From the next step on, one arm (None: all) trains with this rate."""
        for index, network in enumerate(self.networks):
            if arm is None or network.arm == arm:
                self.rates[index] = rate
        self._apply_rates()

    def set_factor(self, factor: float) -> None:
        """From the next step on, every rate is multiplied by this (the schedule's)."""
        if factor != self.factor:
            self.factor = factor
            self._apply_rates()

    def _apply_rates(self) -> None:
        for members, trainer in zip(self.members, self.trainers, strict=True):
            trainer.set_learning_rates([self.rates[index] * self.factor for index in members])

    def checksums(self) -> tuple[str, ...]:
        """SHA-256 (12 digits) over the weights of each network, layers from the input."""
        out = [""] * len(self.networks)
        for members, trainer in zip(self.members, self.trainers, strict=True):
            stack = trainer.stack
            for k, index in enumerate(members):
                digest = hashlib.sha256()
                for weight in stack.weights:
                    if k < weight.k and weight.counted:
                        row = weight.value.value.detach().view(weight.k, -1)[k]
                        digest.update(row.contiguous().cpu().numpy().tobytes())
                digest.update(stack.head.value.detach()[k].contiguous().cpu().numpy().tobytes())
                out[index] = digest.hexdigest()[:12]
        return tuple(out)

    @torch.no_grad()
    def flops_a_step(self, x: Tensor) -> tuple[int, ...]:
        """Floating-point operations of one training step of each network: six for each multiply-add and
        example (two forward, two for ∂L/∂W, two for ∂L/∂h), four in the first layer, for nobody asks for ∂L/∂x.
        ``x``: one example, to know the resolutions."""
        out = [0] * len(self.networks)
        for members, trainer in zip(self.members, self.trainers, strict=True):
            stack = trainer.stack
            stack.forward(x)
            for k, index in enumerate(members):
                adds = 6 * stack.head.value[0].numel() + sum(
                    (4 if weight.role == "stem" else 6) * weight.multiply_adds()
                    for weight in stack.weights
                    if k < weight.k
                )
                out[index] = self.experiment.batch_size * adds
        return tuple(out)

    def parameter_counts(self) -> tuple[int, ...]:
        """Trained parameters of each network."""
        out = [0] * len(self.networks)
        for members, trainer in zip(self.members, self.trainers, strict=True):
            for group in trainer.parameters.groups.values():
                for k in group.networks:
                    out[members[k]] += group.size
        return tuple(out)
