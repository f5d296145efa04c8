"""Stochastic depth (Huang et al. 2016, arXiv 1603.09382)."""

import torch
from torch import Tensor

from app.nets.connections.residual import Residual


class StochasticDepth(Residual, connections=("stochastic",)):
    """y = σ(b F(x) + s(x)), b = 1 with probability p_l = 1 − (l/L)(1 − p_L), else 0; p_l instead of b at test.

    b is drawn for each block of each network at each step (eq. 2 and 4, section 3). A branch that is dropped is not
    computed in the paper; here it is multiplied by 0, and its norms' running statistics stay as they are.
    """

    def build(self) -> None:
        super().build()
        self.at = torch.tensor(self.indices, device=self.alpha.device)
        totals = self.stack.blocks[: self.k]
        survival = [
            self.connection.survival(self.arm, index + 1, total)
            for index, total in zip(self.indices, totals, strict=True)
        ]
        self.p = self.alpha.new_tensor(survival).view(-1, 1, 1)

    def forward(self, x: Tensor, shortcut_input: Tensor | None = None) -> Tensor:
        σ, F, s = self.activation, self.F, self.s
        b = self.stack.drop_path_mask(self.at, self.p).to(x.dtype) if self.training else self.p
        y = self.record_output(
            σ(self.backend.scaled_add(s(x if shortcut_input is None else shortcut_input), b, F(x))), 1
        )
        for norm in (self.NW1.norm, self.NW2.norm):
            norm.only_of(b)
        return y

    def skip(self, x: Tensor) -> Tensor:
        return self.s(x)

    def parts(self, x: Tensor) -> tuple[Tensor, Tensor]:
        f = self.F(x)
        return self.backend.networks(self.p, f) * f, self.skip(x)

    def without(self, x: Tensor) -> Tensor:
        """σ(s(x)), as in a training step that drops the block."""
        return self.fresh_activation(self.skip(x))
