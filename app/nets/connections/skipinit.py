"""Branches that start at zero by a trained scalar.

De & Smith 2020 (arXiv 2002.10444), Bachlechner et al. 2020 (2003.04887).
"""

from torch import Tensor

from app.nets.connections.residual import Residual


class SkipInit(Residual, connections=("skipinit",)):
    """y = s(x) + α F(x), α trained, 0 at the start, one a block."""

    def build(self) -> None:
        super().build()
        self.scale = self.stack.parameters.declare("scale", range(self.k), [0] * self.k, (1,), (self.k, 1, 1))

    def forward(self, x: Tensor, shortcut_input: Tensor | None = None) -> Tensor:
        s = self.s(x if shortcut_input is None else shortcut_input)
        return self.record_output(self.backend.scaled_add(s, self.scale.value, self.F(x)), 1)

    def skip(self, x: Tensor) -> Tensor:
        return self.s(x)

    def parts(self, x: Tensor) -> tuple[Tensor, Tensor]:
        f = self.F(x)
        return self.backend.networks(self.scale.value, f) * f, self.skip(x)

    def without(self, x: Tensor) -> Tensor:
        """s(x): there is no activation behind the ⊕."""
        return self.skip(x)
