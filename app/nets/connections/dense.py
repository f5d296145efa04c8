"""Densely connected blocks (Huang et al. 2017, arXiv 1608.06993, eq. 2)."""

from typing import TYPE_CHECKING

from torch import Tensor

from app.nets.block import Block
from app.nets.layers import Norm, Weight
from app.nets.structure import Stage

if TYPE_CHECKING:
    from app.contract.experiment import Arm
    from app.nets.stack import Stack


class Dense(Block):
    """x_l = H_l([x_0, …, x_{l−1}]), H = W σ(N(·)), each adding ``growth`` channels: concatenation, not addition."""

    layers = 1
    pre_activation = True
    mixes_depths = False

    @classmethod
    def widths(cls, stage: Stage, index: int, arm: "Arm", convolutional: bool) -> tuple[int, int]:
        into = stage.into + index * arm.growth
        return into, into + arm.growth

    def build(self) -> None:
        self.N = self.norm(self.into, end=True)
        self.W = self.weight(0, self.into, self.arm.growth, end=True, bias=self.stack.bias)

    def F(self, x: Tensor) -> Tensor:
        σ = self.fresh_activation
        return self.seen(self.W(σ(self.N(x))), 0)

    def forward(self, x: Tensor, carried: Tensor | None = None) -> Tensor:
        return self.space.concatenate(x if carried is None else carried, self.F(x), self.k)

    def parts(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """The new channels, and those passed on: put side by side they are ``forward``."""
        return self.F(x), x

    def without(self, x: Tensor) -> Tensor:
        """x with zeros where the block's own channels would stand: all that come later still find theirs."""
        return self.space.zero_pad_shortcut(x, self.k, self.out, 1)


class Transition:
    """Between the stages of a dense network: 1×1 to ``compression`` of the channels, 2×2 pooling (section 3)."""

    def __init__(self, stack: "Stack", numbers: list[int], into: int) -> None:
        self.stack, self.numbers, self.out = stack, numbers, max(1, int(into * stack.arm.compression))
        k = len(numbers)
        self.N = Norm(stack, k, into)
        self.W = Weight(stack, k, into, self.out, role="transition", numbers=numbers, kernel=1, bias=stack.bias)

    def __call__(self, x: Tensor) -> Tensor:
        new = self.W(self.stack.fresh_activation(self.N(x)))
        return self.stack.space.halve(self.stack.seen(new, self.numbers))
