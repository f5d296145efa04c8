"""The block of dense by addition."""

from torch import Tensor

from app.nets.block import Block, Shortcut


class DenseByAddition(Block, connections=("additive",)):
    """y = s(x) + g W σ(N(x))."""

    def build(self) -> None:
        self.N = self.norm(self.into, end=True)
        self.W = self.weight(0, bias=self.stack.bias)
        self.s = Shortcut(self, bare=True)

    def F(self, x: Tensor) -> Tensor:  # noqa: N802
        return self.W(self.fresh_activation(self.N(x))) * float(self.arm.gain)

    def forward(self, x: Tensor, shortcut_input: Tensor | None = None) -> Tensor:
        return self.record_output(self.s(x if shortcut_input is None else shortcut_input) + self.F(x), 0)
