"""Densely connected blocks (Huang et al. 2017, arXiv 1608.06993, eq. 2)."""

from torch import Tensor

from app.nets.block import Block
from app.nets.layers import Context, Norm, Weight


class Dense(Block, connections=("dense",)):
    """x_l = H_l([x_0, …, x_{l−1}]), H = W σ(N(·)), each adding ``growth`` channels: concatenation, not addition."""

    def build(self) -> None:
        self.N = self.norm(self.into, end=True)
        self.W = self.weight(0, bias=self.stack.bias)

    def F(self, x: Tensor) -> Tensor:
        σ = self.fresh_activation
        return self.record_output(self.W(σ(self.N(x))), 0)

    def forward(self, x: Tensor, shortcut_input: Tensor | None = None) -> Tensor:
        return self.backend.concatenate(x if shortcut_input is None else shortcut_input, self.F(x), self.k)

    def parts(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """The new channels, and those passed on: put side by side they are ``forward``."""
        return self.F(x), x

    def without(self, x: Tensor) -> Tensor:
        """x with zeros where the block's own channels would stand: all that come later still find theirs."""
        return self.backend.zero_pad_shortcut(x, self.k, self.out, 1)


class Transition:
    """Between the stages of a dense network: 1×1 to ``out`` channels, 2×2 pooling (section 3)."""

    def __init__(self, stack: Context, numbers: list[int], into: int, out: int) -> None:
        self.stack, self.numbers, self.out = stack, numbers, out
        k = len(numbers)
        self.N = Norm(stack, k, into)
        self.W = Weight(stack, k, into, self.out, role="transition", numbers=numbers, kernel=1, bias=stack.bias)

    def __call__(self, x: Tensor) -> Tensor:
        new = self.W(self.stack.fresh_activation(self.N(x)))
        return self.stack.backend.halve(self.stack.record_output(new, self.numbers))
