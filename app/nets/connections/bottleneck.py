"""Bottleneck blocks, with one path (He et al. 2015, figure 5) or many (ResNeXt, Xie et al. 2017, arXiv 1611.05431)."""

from torch import Tensor

from app.nets.block import Block, Shortcut


class Bottleneck(Block, connections=("bottleneck",)):
    """y = σ(F(x) + α s(x)), F = N(W₃ σ(N(W₂ σ(N(W₁ x))))): 1×1 down, 3×3, 1×1 up by 4.

    Where the resolution halves, the 3×3 layer does it, as in torchvision and in ResNeXt, or with ``stride_at`` 1x1 the
    first 1×1 layer, as in the paper.
    """

    def build(self) -> None:
        self.NW1, self.NW2, self.NW3 = (self.layer(index) for index in range(3))
        self.s = Shortcut(self)

    def F(self, x: Tensor) -> Tensor:
        σ, record = self.activation, self.record_output
        return self.NW3(record(σ(self.NW2(record(σ(self.NW1(x)), 0))), 1))

    def forward(self, x: Tensor, shortcut_input: Tensor | None = None) -> Tensor:
        σ, F, s = self.activation, self.F, self.s
        return self.record_output(σ(self.scaled_add(F(x), s(x if shortcut_input is None else shortcut_input))), 2)


class ResNeXt(Bottleneck, connections=("resnext",)):
    """y = σ(s(x) + Σ_{i≤C} T_i(x)): the sum of C paths is one layer in C groups (Xie et al. 2017, section 3.3)."""
