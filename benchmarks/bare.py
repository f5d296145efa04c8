"""The rival: the loop that anyone would write in PyTorch, one network after another, no instruments.

Same networks, batches of the same size, same optimiser; no measuring, no evaluation, no events.
"""

import time

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from app.contract.experiment import Arm, Experiment
from app.nets.structure import Structure, structure_of


def _weight_layer(structure: Structure, norm: bool, into: int, out: int, stride: int = 1) -> nn.Sequential:
    if structure.convolutional:
        layer: nn.Module = nn.Conv2d(into, out, 3, stride, 1, bias=not norm)
        return nn.Sequential(layer, nn.BatchNorm2d(out)) if norm else nn.Sequential(layer)
    layer = nn.Linear(into, out, bias=not norm)
    return nn.Sequential(layer, nn.BatchNorm1d(out)) if norm else nn.Sequential(layer)


class Block(nn.Module):
    """relu(F(x)) or relu(F(x) + x)."""

    def __init__(self, structure: Structure, norm: bool, residual: bool, into: int, out: int, stride: int) -> None:
        super().__init__()
        self.first = _weight_layer(structure, norm, into, out, stride)
        self.second = _weight_layer(structure, norm, out, out)
        self.residual, self.stride, self.missing = residual, stride, out - into

    def forward(self, x: Tensor) -> Tensor:
        f: Tensor = self.second(torch.relu(self.first(x)))
        if not self.residual:
            return torch.relu(f)
        if self.stride != 1:
            x = F.pad(x[:, :, :: self.stride, :: self.stride], (0, 0, 0, 0, 0, self.missing))
        return torch.relu(f + x)


def network(experiment: Experiment, arm: Arm, depth: int) -> nn.Sequential:
    """An ordinary network of the experiment."""
    structure, norm = structure_of(experiment), arm.normalisation == "batch"
    blocks = []
    for stage in structure.stages:
        for i in range(structure.blocks_a_stage(depth)):
            into, stride = (stage.into, stage.stride) if i == 0 else (stage.out, 1)
            blocks.append(Block(structure, norm, arm.connection == "residual", into, stage.out, stride))
    flatten = [nn.AdaptiveAvgPool2d(1), nn.Flatten()] if structure.convolutional else []
    stem = _weight_layer(structure, norm, structure.inputs, structure.stages[0].into)
    head = nn.Linear(structure.stages[-1].out, structure.classes)
    return nn.Sequential(stem, nn.ReLU(), *blocks, *flatten, head)


class BareLoop:
    """All networks of an experiment with their own optimisers."""

    def __init__(self, experiment: Experiment, x: Tensor, y: Tensor) -> None:
        self.experiment = experiment
        self.x, self.y = (x if structure_of(experiment).convolutional else x.flatten(1)), y
        torch.manual_seed(experiment.seed)
        self.models = [network(experiment, experiment.arms[one.arm], one.depth) for one in experiment.networks()]
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
