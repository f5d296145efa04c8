"""The connections: how a block joins its input to its output. Each forward reads like its equation.

A connection sees a ``Block``: its weight layers ``block.layers`` (each computes N(W h + b)), the
activation ``block.activation`` and the skip scale ``block.scaled_add``.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from torch import Tensor

if TYPE_CHECKING:
    from app.nets.stack import Block

Forward = Callable[["Block", Tensor], Tensor]


def skip(block: "Block", x: Tensor) -> Tensor:
    """y = σ(F(x) + α s(x)), F(x) = N(W₂ σ(N(W₁ x))).

    α = 1 is the residual block of He et al. (2015, eq. 1, post-activation), s the identity or the
    zero-padding shortcut (option A). α = 0 is the plain block, σ(F(x)). So the two differ by one number.
    """
    σ = block.activation
    return σ(block.scaled_add(F(block, x), block.shortcut(x)))


def F(block: "Block", x: Tensor) -> Tensor:  # noqa: N802 - the paper's name
    """F(x) = N(W₂ σ(N(W₁ x))): two weight layers (He et al. 2015, figure 2)."""
    first, second = block.layers
    return second(block.seen(block.activation(first(x)), 0))


#: forward of each connection, and the factor by which it multiplies an arm's ``skip_scale``
CONNECTIONS: dict[str, tuple[Forward, float]] = {
    "plain": (skip, 0.0),
    "residual": (skip, 1.0),
}
