"""Pre-activation residual blocks (He et al. 2016, arXiv 1603.05027, figure 1b)."""

from torch import Tensor

from app.nets.block import Block, Shortcut


class PreActivation(Block):
    """y = λ s(x) + W₂ σ(N₂(W₁ a)), a = σ(N₁(x)): nothing stands on the path from x to y.

    The shortcut reads a in the place of x in the first block, which is activated before it splits (appendix of the
    paper), and where a projection stands, which has no norm of its own (the authors' code).
    """

    pre_activation = True

    def build(self) -> None:
        inner, bias = self.inner(), self.stack.bias
        self.N1 = self.norm(self.into)
        self.W1 = self.weight(0, self.into, inner, stride=self.stride, bias=bias)
        self.N2 = self.norm(inner, end=True)
        self.W2 = self.weight(1, inner, self.out, end=True, bias=bias)
        self.s = Shortcut(self, bare=True)
        self.activated = self.places[0] == 0 or self.s.projection is not None

    def inner(self) -> int:
        """Width between the two weight layers."""
        return self.out

    def split(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """What the branch reads, a, and what the shortcut reads."""
        a = self.fresh_activation(self.N1(x))
        return a, a if self.activated else x

    def F(self, x: Tensor) -> Tensor:
        """The branch, from a."""
        σ, W1, N2, W2 = self.fresh_activation, self.W1, self.N2, self.W2
        return W2(σ(N2(self.seen(W1(x), 0))))

    def forward(self, x: Tensor, carried: Tensor | None = None) -> Tensor:
        a, p = self.split(x)
        if carried is not None:
            _, p = self.split(carried)
        return self.seen(self.scaled_add(self.F(a), self.s(p)), 1)

    def parts(self, x: Tensor) -> tuple[Tensor, Tensor]:
        a, p = self.split(x)
        s = self.s(p)
        return self.F(a), self.space.networks(self.alpha, s) * s

    def without(self, x: Tensor) -> Tensor:
        return self.s(self.split(x)[1])
