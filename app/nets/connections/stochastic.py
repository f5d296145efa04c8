"""Stochastic depth (Huang et al. 2016, arXiv 1603.09382)."""

import torch
from torch import Tensor

from app.nets.connections.residual import Residual


class StochasticDepth(Residual):
    """y = σ(b F(x) + s(x)), b = 1 with probability p_l = 1 − (l/L)(1 − p_L), else 0; p_l instead of b at test.

    b is drawn for each block of each network at each step (eq. 2 and 4, section 3). A branch that is dropped is not
    computed in the paper; here it is multiplied by 0, and its norms' running statistics stay as they are.
    """

    def build(self) -> None:
        super().build()
        blocks = [n * len(self.stack.structure.stages) for n in self.stack.block_counts]
        shares = [(place + 1) / total for place, total in zip(self.places, blocks, strict=False)]
        self.numbered = torch.tensor(self.places, device=self.alpha.device)
        self.p = self.alpha.new_tensor([1 - share * (1 - self.arm.survival) for share in shares]).view(-1, 1, 1)

    def forward(self, x: Tensor, carried: Tensor | None = None) -> Tensor:
        σ, F, s = self.activation, self.F, self.s
        b = (self.stack.coins(self.numbered) < self.p).to(x.dtype) if self.training else self.p
        y = self.seen(σ(self.space.scaled_add(s(x if carried is None else carried), b, F(x))), 1)
        for norm in (self.NW1.norm, self.NW2.norm):
            norm.only_of(b)
        return y

    def parts(self, x: Tensor) -> tuple[Tensor, Tensor]:
        f = self.F(x)
        return self.space.networks(self.p, f) * f, self.s(x)
