"""Cost: how many operations a network takes, and the limit past which a question is refused. Loads no torch."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.errors import Refused
from app.lazy import Lazy

if TYPE_CHECKING:
    import torch

    from app.nets.stack import Stack
else:
    torch = Lazy("torch")

#: floating-point operations of one analysis: three minutes of a slow core at 20 GFLOP/s
MOST_FLOPS = 3 * 60 * 20e9

#: of more seeds the first few are measured, in the analyses that take this bound
MOST_SEEDS = 5


@dataclass(frozen=True, slots=True)
class Size:
    """Of one network: multiply-adds for one example, the largest of its activations (numbers), its parameters."""

    multiply_adds: int
    activations: int
    parameters: int


def size_of(stack: "Stack", x: "torch.Tensor") -> Size:
    """The size of each network of a stack of copies, found by a pass of the first example of ``x``."""
    with torch.no_grad():
        h = stack.enter(x[:1])
        widest = h.numel()
        for step in stack.steps():
            h = step(h)
            widest = max(widest, h.numel())
    inner = max(weight.row[0] * weight.positions for weight in stack.weights)
    adds = sum(weight.multiply_adds() for weight in stack.weights) + stack.head.value[0].numel()
    return Size(adds, max(widest // stack.k, inner), stack.parameters.flat.numel() // stack.k)


def check_cost(flops: float, field: str, remedy: str) -> None:
    """Raise ``Refused`` if an analysis would take more than ``MOST_FLOPS``.

    Args:
        flops: that it would take.
        field: of the question, which the refusal names.
        remedy: what to ask instead.
    """
    if flops > MOST_FLOPS:
        raise Refused(
            f"{field}: this needs {flops / 1e9:,.0f} billion operations, over the limit of {MOST_FLOPS / 1e9:,.0f} "
            f"billion (three minutes at 20 billion a second); {remedy}",
            field,
        )
