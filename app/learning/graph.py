"""The whole training step of a stack as one graph: recorded once on CUDA, replayed with one launch for every step.

A step of small networks is hundreds of small kernels, and launching each from Python costs more than computing it. All
shapes are static, so forward, backward, the check for divergence and the optimiser are captured together
(torch's CUDA graphs). Nothing in here may ask the device for a number: who diverged is noted on the device and read
when somebody measures. Elsewhere than on CUDA the same step is simply computed.
"""

import logging
from collections.abc import Callable
from typing import Protocol

import torch
from torch import Tensor

from app.learning.optimisers import Optimiser
from app.nets.parameters import Parameters
from app.nets.stack import Stack

log = logging.getLogger(__name__)

#: steps taken, and taken back, before the capture: libraries choose their algorithms in the first ones
REHEARSALS = 3


class Trainable(Protocol):
    """What a graph needs of a trainer (``app.learning.trainer.Trainer``)."""

    stack: Stack
    parameters: Parameters
    optimiser: Optimiser
    frozen: set[int]

    def differentiate(self, x: Tensor, y: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Losses and gradients of a batch."""

    def state(self) -> list[Tensor]:
        """All that a step changes."""


class StepGraph:
    """A training step without measurement, for batches of one shape.

    Attributes:
        dead: [K] which networks have had a non-finite loss; from that step on their weights stay.
    """

    def __init__(self, trainer: Trainable, x: Tensor, y: Tensor) -> None:
        self.trainer, self.x, self.y = trainer, x.clone(), y.clone()
        stack, device = trainer.stack, x.device
        self.dead = torch.zeros(stack.k, dtype=torch.bool, device=device)
        self.dead[sorted(trainer.frozen)] = True
        self._networks = [
            torch.tensor(group.networks, dtype=torch.long, device=device) for group in stack.parameters.groups.values()
        ]
        self._replay: Callable[[], None] = self._record() if device.type == "cuda" else self._step

    def __call__(self, x: Tensor, y: Tensor) -> None:
        """Train on one batch, of the shape of the first."""
        self.x.copy_(x)
        self.y.copy_(y)
        self.trainer.stack.draw()
        self._replay()

    def _step(self) -> None:
        trainer = self.trainer
        loss, gradients = trainer.differentiate(self.x, self.y)
        trainer.parameters.take_gradients(gradients)
        self.dead.logical_or_(~torch.isfinite(loss.detach()))
        groups = zip(trainer.parameters.groups.values(), self._networks, trainer.optimiser.columns, strict=True)
        for group, networks, rates in groups:
            gone = self.dead[networks].unsqueeze(1)
            group.grad.masked_fill_(gone, 0.0)
            rates.masked_fill_(gone, 0.0)
        trainer.optimiser.step()

    def _record(self) -> Callable[[], None]:
        state = [*self.trainer.state(), self.dead]
        before = [tensor.clone() for tensor in state]
        aside = torch.cuda.Stream()
        aside.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(aside):
            for _ in range(REHEARSALS):
                self._step()
        torch.cuda.current_stream().wait_stream(aside)
        for tensor, value in zip(state, before, strict=True):
            tensor.copy_(value)
        graph = torch.cuda.CUDAGraph()
        try:
            with torch.cuda.graph(graph):
                self._step()
        except RuntimeError as error:
            log.warning("this step cannot be captured, so it is launched kernel by kernel: %s", error)
            return self._step
        return graph.replay
