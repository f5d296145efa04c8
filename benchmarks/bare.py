"""The rival that anyone would write: a loop in PyTorch, one network after another, no instruments.

Same networks (the tests' ordinary ``torch.nn`` modules), batches of the same size, same optimiser; no
measuring, no evaluation, no events. What all rivals share is here, too: first weights and batches.
"""

import time
from collections.abc import Sequence
from typing import Any, Protocol, TypeVar

import torch
import torch.nn.functional as F
from torch import Tensor

from app.contract.experiment import Experiment
from app.nets.specs import NetworkSpec
from app.nets.structure import structure_of
from tests.unit.nets.reference import ReferenceNetwork

Model = TypeVar("Model", bound=ReferenceNetwork)


class Rival(Protocol):
    """Another way to train the networks of an experiment."""

    def prepare(self, steps: int) -> float:
        """Get ready for runs of ``steps`` steps; returns the seconds that no later run needs again."""

    def run(self, steps: int) -> float:
        """Train every network for ``steps`` steps more; returns the seconds."""


class Batches:
    """Batches drawn with replacement, for each seed from a generator of its own."""

    def __init__(self, experiment: Experiment, size: int) -> None:
        self.size, self.batch_size = size, experiment.batch_size
        self.generators = [torch.Generator().manual_seed(experiment.seed + index) for index in range(experiment.seeds)]

    def draw(self, steps: int) -> Tensor:
        """Rows [steps, seeds, batch] of the next steps."""
        shape = (steps, self.batch_size)
        return torch.stack([torch.randint(0, self.size, shape, generator=one) for one in self.generators], 1)


def first_networks(experiment: Experiment, kind: type[Model], like: Tensor) -> list[Model]:
    """All networks of the experiment with the weights that every rival begins with, in ``like``'s precision."""
    torch.manual_seed(experiment.seed)
    structure = structure_of(experiment)
    return [
        kind(structure, NetworkSpec(one.layers, one.seed, experiment.arms[one.arm], one.learning_rate)).to(like)
        for one in experiment.networks()
    ]


def sgd(experiment: Experiment, parameters: Sequence[Tensor], **how: bool) -> torch.optim.SGD:
    """The experiment's optimiser."""
    return torch.optim.SGD(
        parameters,
        lr=experiment.learning_rate,
        momentum=experiment.momentum,
        weight_decay=experiment.weight_decay,
        **how,
    )


def synchronise(device: torch.device) -> None:
    """Wait until the device has done what it was told."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)


class BareLoop:
    """All networks of an experiment with their own optimisers; ``how``: ``foreach`` or ``fused``."""

    def __init__(self, experiment: Experiment, x: Tensor, y: Tensor, **how: bool) -> None:
        self.experiment, self.x, self.y = experiment, x, y
        self.models = first_networks(experiment, ReferenceNetwork, x)
        for model in self.models:
            model.uniform = torch.rand(model.total).tolist()
        self.optimisers = [sgd(experiment, list(model.parameters()), **how) for model in self.models]
        self.batches = Batches(experiment, len(x))

    def prepare(self, steps: int) -> float:
        """Nothing has to be made."""
        return 0.0

    def run(self, steps: int) -> float:
        """One network after another."""
        start = time.perf_counter()
        drawn = self.batches.draw(steps).to(self.x.device)
        for index, (model, optimiser) in enumerate(zip(self.models, self.optimisers, strict=True)):
            for rows in drawn[:, index % self.experiment.seeds]:
                optimiser.zero_grad()
                F.cross_entropy(model(self.x[rows]), self.y[rows]).backward()
                optimiser.step()
        synchronise(self.x.device)
        return time.perf_counter() - start

    def states(self) -> list[dict[str, Any]]:
        """Weights and running statistics of every network, as ``ReferenceNetwork`` names them."""
        return [model.state_dict() for model in self.models]
