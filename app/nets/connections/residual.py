"""Residual and plain blocks (He et al. 2015, arXiv 1512.03385, eq. 1 and 2)."""

from torch import Tensor

from app.nets.block import Block, Shortcut


class Residual(Block, connections=("plain", "residual")):
    """y = σ(F(x) + α s(x)), F(x) = N(W₂ σ(N(W₁ x))).

    α = 1 is the post-activation residual block, α = λ the scaled skip (He et al. 2016, eq. 6), and α = 0
    the plain block σ(F(x)). They differ by one number, so all three share a stack.
    """

    def build(self) -> None:
        self.NW1, self.NW2 = self.layer(0), self.layer(1)
        self.s = Shortcut(self)

    def F(self, x: Tensor) -> Tensor:
        σ = self.activation
        return self.NW2(self.record_output(σ(self.NW1(x)), 0))

    def forward(self, x: Tensor, shortcut_input: Tensor | None = None) -> Tensor:
        σ, F, s = self.activation, self.F, self.s
        return self.record_output(σ(self.scaled_add(F(x), s(x if shortcut_input is None else shortcut_input))), 1)
