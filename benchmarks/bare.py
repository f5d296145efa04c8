"""The rival: the loop that anyone would write in PyTorch, one network after another, no instruments.

Same networks (the tests' ordinary ``torch.nn`` modules), batches of the same size, same optimiser; no
measuring, no evaluation, no events.
"""

import time

import torch
import torch.nn.functional as F
from torch import Tensor

from app.contract.experiment import Experiment
from app.nets.stack import NetworkSpec
from app.nets.structure import structure_of
from tests.unit.nets.reference import ReferenceNetwork


class BareLoop:
    """All networks of an experiment with their own optimisers."""

    def __init__(self, experiment: Experiment, x: Tensor, y: Tensor) -> None:
        self.experiment, self.x, self.y = experiment, x, y
        torch.manual_seed(experiment.seed)
        structure = structure_of(experiment)
        self.models = [
            ReferenceNetwork(structure, NetworkSpec(one.layers, one.seed, experiment.arms[one.arm], one.learning_rate))
            for one in experiment.networks()
        ]
        for model in self.models:
            model.coins = torch.rand(model.total).tolist()
        self.optimisers = [
            torch.optim.SGD(
                model.parameters(),
                lr=experiment.learning_rate,
                momentum=experiment.momentum,
                weight_decay=experiment.weight_decay,
            )
            for model in self.models
        ]

    def run(self, steps: int) -> float:
        """Train every network for ``steps`` steps, one network after another; returns the seconds."""
        size, batch = len(self.x), self.experiment.batch_size
        start = time.perf_counter()
        for model, optimiser in zip(self.models, self.optimisers, strict=True):
            for _ in range(steps):
                rows = torch.randint(0, size, (batch,))
                optimiser.zero_grad()
                F.cross_entropy(model(self.x[rows]), self.y[rows]).backward()
                optimiser.step()
        return time.perf_counter() - start
