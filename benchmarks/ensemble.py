"""The rival of a PyTorch expert: ``torch.func`` ensembles, one for each depth, arms × seeds stacked.

Plain and residual share an ensemble, as in our stacks: the factor of the skip is a buffer. ``vmap`` makes each layer
one batched product, and autograd differentiates the sum of all losses as it would anything: the gradients of
``vmap(grad(…))``, which was slower in every trial. The stacked leaves have one optimiser, fused.
"""

import time
from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.func import functional_call, stack_module_state, vmap

from app.contract.experiment import Experiment
from app.nets.specs import NetworkSpec
from app.nets.structure import Structure
from benchmarks.bare import Batches, first_networks, sgd
from tests.unit.nets.reference import ReferenceNetwork


class Member(ReferenceNetwork):
    """A plain or residual network; which of them, a buffer says."""

    skip: Tensor

    def __init__(self, structure: Structure, spec: NetworkSpec) -> None:
        super().__init__(structure, spec)
        self.register_buffer("skip", torch.tensor(float(spec.arm.connection == "residual")))
        for norm in self.norms:
            if isinstance(norm, nn.BatchNorm1d):
                norm.num_batches_tracked = None  # nobody asks for it, and counting takes an operation a norm

    def make_plain(self, into: int, out: int, stride: int, i: int) -> Any:
        f = self.two_layers(into, out, stride)
        return (lambda x: self.σ(f(x) + self.skip * x)), out

    make_residual = make_plain


class Ensemble:
    """The networks of one depth, seeds within arms: their stacked parameters, and the optimiser of all."""

    def __init__(self, experiment: Experiment, members: list[Member]) -> None:
        parameters, self.buffers = stack_module_state(members)
        self.parameters = {name: value.detach().requires_grad_() for name, value in parameters.items()}
        self.optimiser = sgd(experiment, list(self.parameters.values()), fused=True)
        self.losses = vmap(self._loss_of(members[0].to("meta")))

    @staticmethod
    def _loss_of(template: nn.Module) -> Callable[..., Tensor]:
        def loss(parameters: dict[str, Tensor], buffers: dict[str, Tensor], x: Tensor, y: Tensor) -> Tensor:
            return F.cross_entropy(functional_call(template, (parameters, buffers), (x,)), y)

        return loss

    def step(self, x: Tensor, y: Tensor) -> None:
        """Train on the batches [members, batch, …]."""
        self.optimiser.zero_grad()
        self.losses(self.parameters, self.buffers, x, y).sum().backward()
        self.optimiser.step()

    def states(self) -> list[dict[str, Tensor]]:
        """Of every member."""
        stacked = {name: value.detach() for name, value in (self.parameters | self.buffers).items()}
        return [
            {name: value[index] for name, value in stacked.items()}
            for index in range(len(next(iter(stacked.values()))))
        ]


class Ensembles:
    """A fully connected sweep of plain and residual networks. See ``bare.Rival``."""

    def __init__(self, experiment: Experiment, x: Tensor, y: Tensor) -> None:
        self.experiment, self.x, self.y = experiment, x, y
        networks, members = experiment.networks(), first_networks(experiment, Member, x)
        self.places = [
            [index for index, network in enumerate(networks) if network.depth == depth] for depth in experiment.depths
        ]
        self.ensembles = [Ensemble(experiment, [members[index] for index in places]) for places in self.places]
        self.batches = Batches(experiment, len(x))

    def prepare(self, steps: int) -> float:
        """Nothing has to be made."""
        return 0.0

    def run(self, steps: int) -> float:
        """One depth after another."""
        start = time.perf_counter()
        drawn = self.batches.draw(steps).repeat(1, len(self.experiment.arms), 1)
        for ensemble in self.ensembles:
            for rows in drawn:
                ensemble.step(self.x[rows], self.y[rows])
        return time.perf_counter() - start

    def states(self) -> list[dict[str, Tensor]]:
        """Weights and running statistics of every network, as ``ReferenceNetwork`` names them."""
        found = {
            index: state
            for places, ensemble in zip(self.places, self.ensembles, strict=True)
            for index, state in zip(places, ensemble.states(), strict=True)
        }
        return [found[index] for index in sorted(found)]
