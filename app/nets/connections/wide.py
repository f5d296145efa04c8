"""Wide residual blocks (Zagoruyko & Komodakis 2016, arXiv 1605.07146)."""

from typing import TYPE_CHECKING

from app.nets.block import Shortcut
from app.nets.connections.residual import Residual
from app.nets.structure import Stage

if TYPE_CHECKING:
    from app.contract.experiment import Arm


class Wide(Residual):
    """y = σ(F(x) + α s(x)) with F widened by the factor k: k times the filters, or k times the inner units."""

    @classmethod
    def stage(cls, stage: Stage, arm: "Arm", convolutional: bool) -> Stage:
        if not convolutional:
            return stage
        into = stage.into if stage.first else stage.into * arm.widen
        return Stage(into, stage.out * arm.widen, stage.stride, stage.first)

    def build(self) -> None:
        inner = self.out if self.space.taps else self.out * self.arm.widen
        self.NW1 = self.layer(0, self.into, inner, stride=self.stride)
        self.NW2 = self.layer(1, inner, self.out, end=True)
        self.s = Shortcut(self)
