"""Optimisers over the flat buffer of a stack, with one learning rate a network.

Each equals its namesake in ``torch.optim`` (the tests hold it to 1e-9 over ten steps).
"""

from collections.abc import Sequence
from typing import Protocol

import torch
from torch import Tensor

from app.nets.parameters import Group, Parameters


class Optimiser(Protocol):
    """``step`` uses ``parameters.flat_grad``, which it may change.

    Everything lies in buffers that are changed in place, so a step can be captured and replayed.

    Attributes:
        columns: the learning rate of every row of every group, in the order of ``parameters.groups``.
    """

    columns: list[Tensor]

    def step(self) -> None:
        """Update all parameters once."""

    def set_learning_rates(self, rates: Sequence[float]) -> None:
        """One learning rate a network, in the order of the stack."""

    def state(self) -> list[Tensor]:
        """All that a step changes besides the parameters and their gradients."""


class _Rates:
    """Learning rates beside the rows of every group."""

    def __init__(self, parameters: Parameters, rates: Sequence[float]) -> None:
        self.parameters = parameters
        self.groups: list[Group] = list(parameters.groups.values())
        self.columns = [group.data.new_empty(len(group.networks), 1) for group in self.groups]
        self._networks = [torch.tensor(group.networks, dtype=torch.long) for group in self.groups]
        self.set_learning_rates(rates)

    def set_learning_rates(self, rates: Sequence[float]) -> None:
        by_network = torch.tensor(rates, dtype=self.parameters.flat.dtype)
        for column, networks in zip(self.columns, self._networks, strict=True):
            column.copy_(by_network[networks].unsqueeze(1))

    def state(self) -> list[Tensor]:
        return self.columns

    def rows(self, flat: Tensor) -> list[Tensor]:
        """A flat buffer, as the groups' rows."""
        parts = torch.split(flat, [group.data.numel() for group in self.groups])
        return [part.view_as(group.data) for part, group in zip(parts, self.groups, strict=True)]


class SGD(_Rates):
    """v ← μ v + (g + λ w), w ← w - η v: ``torch.optim.SGD`` with momentum μ and weight decay λ.

    With ``nesterov`` the step is w ← w - η (g + λ w + μ v), as torch writes Sutskever et al. (2013, eq. 3 and 4).
    """

    def __init__(
        self,
        parameters: Parameters,
        rates: Sequence[float],
        *,
        momentum: float = 0.0,
        weight_decay: float = 0.0,
        nesterov: bool = False,
    ) -> None:
        super().__init__(parameters, rates)
        self.momentum, self.weight_decay, self.nesterov = momentum, weight_decay, nesterov and momentum > 0
        self.velocity = torch.zeros_like(parameters.flat) if momentum else parameters.flat_grad
        self.update_rows = self.rows(parameters.flat_grad if self.nesterov else self.velocity)

    def state(self) -> list[Tensor]:
        return [*self.columns, self.velocity]

    @torch.no_grad()
    def step(self) -> None:
        gradient = self.parameters.flat_grad
        if self.weight_decay:
            gradient.add_(self.parameters.flat, alpha=self.weight_decay)
        if self.momentum:
            torch.add(gradient, self.velocity, alpha=self.momentum, out=self.velocity)
        if self.nesterov:
            gradient.add_(self.velocity, alpha=self.momentum)
        for group, update, rate in zip(self.groups, self.update_rows, self.columns, strict=True):
            group.data.addcmul_(update, rate, value=-1)


class Adam(_Rates):
    """Kingma & Ba (2015, algorithm 1), weight decay added to the gradient: ``torch.optim.Adam``.

    With ``decoupled`` the decay acts on the weights instead, w ← w - η λ w (Loshchilov & Hutter 2019): ``AdamW``.
    """

    def __init__(
        self,
        parameters: Parameters,
        rates: Sequence[float],
        *,
        betas: tuple[float, float] = (0.9, 0.999),
        epsilon: float = 1e-8,
        weight_decay: float = 0.0,
        decoupled: bool = False,
    ) -> None:
        super().__init__(parameters, rates)
        self.decoupled = decoupled
        self.betas, self.epsilon, self.weight_decay = betas, epsilon, weight_decay
        device = parameters.flat.device
        self.steps = torch.zeros((), dtype=torch.float32 if device.type == "mps" else torch.float64, device=device)
        self.mean = torch.zeros_like(parameters.flat)
        self.square = torch.zeros_like(parameters.flat)
        self.update = torch.empty_like(parameters.flat)
        self.update_rows = self.rows(self.update)

    def state(self) -> list[Tensor]:
        return [*self.columns, self.mean, self.square, self.steps]

    @torch.no_grad()
    def step(self) -> None:
        gradient, (beta1, beta2) = self.parameters.flat_grad, self.betas
        self.steps += 1
        if self.weight_decay and not self.decoupled:
            gradient.add_(self.parameters.flat, alpha=self.weight_decay)
        self.mean.lerp_(gradient, 1 - beta1)
        self.square.mul_(beta2).addcmul_(gradient, gradient, value=1 - beta2)
        correction1, correction2 = 1 - beta1**self.steps, 1 - beta2**self.steps
        torch.sqrt(self.square, out=self.update).div_(correction2.sqrt()).add_(self.epsilon)
        torch.div(self.mean, self.update, out=self.update).div_(correction1)
        for group, update, rate in zip(self.groups, self.update_rows, self.columns, strict=True):
            if self.weight_decay and self.decoupled:
                group.data.addcmul_(group.data, rate, value=-self.weight_decay)
            group.data.addcmul_(update, rate, value=-1)


def make_optimiser(
    name: str, parameters: Parameters, rates: Sequence[float], *, momentum: float, weight_decay: float
) -> Optimiser:
    """The optimiser that an experiment names."""
    if name in ("sgd", "nesterov"):
        return SGD(parameters, rates, momentum=momentum, weight_decay=weight_decay, nesterov=name == "nesterov")
    return Adam(parameters, rates, weight_decay=weight_decay, decoupled=name == "adamw")
