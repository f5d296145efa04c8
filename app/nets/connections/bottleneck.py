"""Bottleneck blocks, with one path (He et al. 2015, figure 5) or many (ResNeXt, Xie et al. 2017, arXiv 1611.05431)."""

from typing import TYPE_CHECKING

from torch import Tensor

from app.nets.block import Block, Shortcut
from app.nets.structure import Stage

if TYPE_CHECKING:
    from app.contract.experiment import Arm

EXPANSION = 4


class Bottleneck(Block):
    """y = σ(F(x) + α s(x)), F = N(W₃ σ(N(W₂ σ(N(W₁ x))))): 1×1 down, 3×3, 1×1 up by 4.

    Where the resolution halves, the 3×3 layer does it, as in torchvision and in ResNeXt, or with ``stride_at`` 1x1 the
    first 1×1 layer, as in the paper. In fully connected networks the stream keeps its width and the middle is a
    quarter of it.
    """

    layers = 3

    @classmethod
    def stage(cls, stage: Stage, arm: "Arm", convolutional: bool) -> Stage:
        if not convolutional:
            return stage
        into = stage.into if stage.first else stage.into * EXPANSION
        return Stage(into, stage.out * EXPANSION, stage.stride, stage.first)

    def middle(self) -> int:
        """Width of the 3×3 layer."""
        return max(1, self.out // EXPANSION)

    def build(self) -> None:
        m = self.middle()
        first, second = (self.stride, 1) if self.arm.stride_at == "1x1" else (1, self.stride)
        self.NW1 = self.layer(0, self.into, m, kernel=1, stride=first)
        self.NW2 = self.layer(1, m, m, stride=second, groups=self.cardinality())
        self.NW3 = self.layer(2, m, self.out, kernel=1, end=True)
        self.s = Shortcut(self)

    def cardinality(self) -> int:
        """Parallel paths C; the sum of C paths is one layer in C groups (Xie et al. 2017, section 3.3)."""
        return 1

    def F(self, x: Tensor) -> Tensor:
        σ, seen = self.activation, self.seen
        return self.NW3(seen(σ(self.NW2(seen(σ(self.NW1(x)), 0))), 1))

    def forward(self, x: Tensor, carried: Tensor | None = None) -> Tensor:
        σ, F, s = self.activation, self.F, self.s
        return self.seen(σ(self.scaled_add(F(x), s(x if carried is None else carried))), 2)


class ResNeXt(Bottleneck):
    """y = σ(s(x) + Σ_{i≤C} T_i(x)), written as one layer in C groups, twice as wide as a bottleneck's middle."""

    def middle(self) -> int:
        return max(1, self.out // 2)

    def cardinality(self) -> int:
        return self.arm.cardinality
