"""Wide residual blocks (Zagoruyko & Komodakis 2016, arXiv 1605.07146)."""

from typing import TYPE_CHECKING

from app.nets.connections.preact import PreActivation
from app.nets.structure import Stage

if TYPE_CHECKING:
    from app.contract.experiment import Arm


class Wide(PreActivation):
    """y = λ s(x) + W₂ σ(N₂(W₁ σ(N₁(x)))), the authors' order of norm, ReLU, convolution (section 2).

    F is widened by the factor k: k times the filters, or k times the inner units.
    """

    @classmethod
    def stage(cls, stage: Stage, arm: "Arm", convolutional: bool) -> Stage:
        if not convolutional:
            return stage
        into = stage.into if stage.first else stage.into * arm.widen
        return Stage(into, stage.out * arm.widen, stage.stride, stage.first)

    def inner(self) -> int:
        return self.out if self.space.taps else self.out * self.arm.widen
