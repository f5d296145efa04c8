"""Pre-activation residual blocks (He et al. 2016, arXiv 1603.05027, figure 1b)."""

from torch import Tensor

from app.nets.block import Block, Shortcut


class PreActivation(Block):
    """y = s(x) + W₂ σ(N₂(W₁ σ(N₁(x)))): nothing stands on the path from x to y."""

    pre_activation = True

    def build(self) -> None:
        bias = self.stack.bias
        self.N1 = self.norm(self.into)
        self.W1 = self.weight(0, self.into, self.out, stride=self.stride, bias=bias)
        self.N2 = self.norm(self.out, end=True)
        self.W2 = self.weight(1, self.out, self.out, end=True, bias=bias)
        self.s = Shortcut(self)

    def F(self, x: Tensor) -> Tensor:
        σ, N1, W1, N2, W2 = self.fresh_activation, self.N1, self.W1, self.N2, self.W2
        return W2(σ(N2(self.seen(W1(σ(N1(x))), 0))))

    def forward(self, x: Tensor, carried: Tensor | None = None) -> Tensor:
        F, s = self.F, self.s
        return self.seen(self.scaled_add(F(x), s(x if carried is None else carried)), 1)
