"""The gradient of trained networks, split by the length of the paths along which it came (see ``kinds.paths``)."""

from collections.abc import Generator
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from app.analyses.skip_gradients import back_through, gradient_at_end, products, split_gradient, squares, step_inputs
from app.nets.block import Block
from app.nets.stack import Stack

#: numbers in the gradients of all lengths at one place; more are computed in slices of the examples
MOST_NUMBERS = 8_000_000

Floats = NDArray[np.float64]


def blocks(stack: Stack) -> int:
    """How many blocks a network of the stack has. Transitions of dense networks are not blocks."""
    return sum(isinstance(step, Block) for step in stack.steps())


class PathGradients(NamedTuple):
    """The gradient g of networks at the output of the first layer, by path length and by shortcut.

    Attributes:
        shares: of the paths of each number of branches, [n + 1, networks]: ⟨g_k, g⟩/‖g‖². NaN without a gradient.
        whole: ‖g‖, [networks].
        shortcut: share of the gradient at every block's input that has come by the shortcut, [n, networks], input
            side first; the rest has come by the branch.
    """

    shares: Floats
    whole: Floats
    shortcut: Floats


def measure(
    stack: Stack, x: Tensor, y: Tensor, share: tuple[float, float] = (0, 1)
) -> Generator[float, None, PathGradients]:
    """Split the gradient of the mean loss over x by path length, for every network of a stack.

    Args:
        x, y: examples and labels.
        share: from where to where the progress goes that it yields.
    """
    n, k = blocks(stack), stack.k
    by_length, whole = (torch.zeros(*shape, k, dtype=torch.float64) for shape in ((n + 1,), ()))
    by_shortcut, at_block = (torch.zeros(n, k, dtype=torch.float64) for _ in range(2))
    widest = max(h.numel() for h in step_inputs(stack, x[:1]))
    size = max(1, MOST_NUMBERS // (widest * (n + 1)))
    for start in range(0, len(x), size):
        some = slice(start, start + size)
        inputs = step_inputs(stack, x[some])
        g = gradient_at_end(stack, inputs[-1], y[some], len(x)).unsqueeze(0)
        for step, h in zip(reversed(stack.steps()), reversed(inputs[:-1]), strict=True):
            if isinstance(step, Block):
                # gradients that have passed m blocks have taken 0 … m branches
                past, branch = split_gradient(step, h, g)
                block = n - len(g)
                by_past = past.sum(0, keepdim=True)
                both = by_past + branch.sum(0, keepdim=True)
                by_shortcut[block] += products(stack, by_past, both[0])[0]
                at_block[block] += squares(stack, both)[0]
                none = torch.zeros_like(past[:1])
                g = torch.cat([past, none]) + torch.cat([none, branch])
                done = (start + (len(g) - 1) / n * len(x[some])) / len(x)
                yield share[0] + done * (share[1] - share[0])
            else:
                g = back_through(step, h, g)
        by_length += products(stack, g, g.sum(0))
        whole += squares(stack, g.sum(0, keepdim=True))[0]
    return PathGradients((by_length / whole).numpy(), whole.sqrt().numpy(), (by_shortcut / at_block).numpy())
