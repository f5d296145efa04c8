"""Highway blocks (Srivastava et al. 2015, arXiv 1505.00387, eq. 3)."""

import torch
from torch import Tensor

from app.nets.block import Block
from app.nets.layers import Weight


class Highway(Block, connections=("highway",)):
    """y = H(x) T(x) + x (1 − T(x)), H = σ(N(W x)), T = sigmoid(W_T x + b_T), b_T < 0 at the start.

    One weight layer a block; the gate's weights are not counted as a layer, as in the paper.
    """

    def build(self) -> None:
        self.NW = self.layer(0)
        self.W_T = Weight(
            self.stack, self.k, self.into, self.out,
            role="gate", numbers=self.numbers, stride=self.stride, bias=True, bias_start=self.arm.gate_bias,
        )  # fmt: skip

    def forward(self, x: Tensor, shortcut_input: Tensor | None = None) -> Tensor:
        H = self.activation(self.NW(x))
        T = torch.sigmoid(self.W_T(x))
        x = self.without(x if shortcut_input is None else shortcut_input)
        return self.record_output(H * T + x * (1 - T), 0)

    def parts(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """H(x) T(x) and x (1 − T(x))."""
        T = torch.sigmoid(self.W_T(x))
        return self.activation(self.NW(x)) * T, self.without(x) * (1 - T)

    def without(self, x: Tensor) -> Tensor:
        """x with the gate closed, T = 0 (Srivastava et al. 2015, arXiv 1507.06228, section 4)."""
        return self.backend.zero_pad_shortcut(x, self.k, self.out, self.stride)
