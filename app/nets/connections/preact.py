"""Pre-activation residual blocks (He et al. 2016, arXiv 1603.05027, figure 1b)."""

from torch import Tensor

from app.nets.block import Block, Shortcut


class PreActivation(Block, connections=("preact",)):
    """y = λ s(x) + W₂ σ(N₂(W₁ a)), a = σ(N₁(x)): nothing stands on the path from x to y.

    The shortcut reads a in the place of x in the first block, which is activated before it splits (appendix of the
    paper), and where a projection stands, which has no norm of its own (the authors' code).
    """

    def build(self) -> None:
        bias = self.stack.bias
        self.N1 = self.norm(self.into)
        self.W1 = self.weight(0, bias=bias)
        self.N2 = self.norm(self.shapes[0].out, end=True)
        self.W2 = self.weight(1, bias=bias)
        self.s = Shortcut(self, bare=True)
        self.activated = self.indices[0] == 0 or self.s.projection is not None

    def split(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """a, which the branch reads, and what the shortcut reads."""
        a = self.fresh_activation(self.N1(x))
        return a, a if self.activated else x

    def branch(self, a: Tensor) -> Tensor:
        """F, from a."""
        σ, W1, N2, W2 = self.fresh_activation, self.W1, self.N2, self.W2
        return W2(σ(N2(self.record_output(W1(a), 0))))

    def forward(self, x: Tensor, shortcut_input: Tensor | None = None) -> Tensor:
        a, p = self.split(x)
        if shortcut_input is not None:
            _, p = self.split(shortcut_input)
        return self.record_output(self.scaled_add(self.branch(a), self.s(p)), 1)

    def F(self, x: Tensor) -> Tensor:
        return self.branch(self.split(x)[0])

    def skip(self, x: Tensor) -> Tensor:
        s = self.s(self.split(x)[1])
        return self.backend.networks(self.alpha, s) * s
