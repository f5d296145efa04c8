"""Perturbed copies: one network at many points of a plane through its weights, some points at a time as one stack.

The stack is built once; for the next points its weights are overwritten.
"""

from collections.abc import Iterator

import torch
from torch import Tensor

from app.analyses.cost import Size
from app.errors import Refused
from app.learning.trainer import losses
from app.nets.copies import copies
from app.nets.stack import Stack

#: copies in a stack: enough for the overhead of an operation to be shared
LEAST_COPIES, MOST_COPIES = 8, 64
#: bytes of one activation of all copies: what stays in the caches while a block is computed
SLICE_BYTES = 3 * 2**19
#: bytes of the weights of all copies
MOST_BYTES = 2**30


class Perturbed:
    """Copies of the one network of ``stack`` at θ + α δ + β η. Running statistics are those of θ everywhere.

    Attributes:
        count: copies, and so points at a time.
        batch: examples at a time.
    """

    def __init__(self, stack: Stack, directions: tuple[Tensor, Tensor], size: Size, examples: int) -> None:
        each = size.activations * stack.parameters.flat.element_size()
        self.batch = max(1, min(examples, SLICE_BYTES // (LEAST_COPIES * each)))
        self.count = max(LEAST_COPIES, min(MOST_COPIES, SLICE_BYTES // (self.batch * each)))
        room_for(stack, self.count)
        self.stack = copies(stack, [0] * self.count)
        vectors, offset = (stack.parameters.flat, *directions), 0
        self._rows: list[tuple[Tensor, Tensor]] = []
        for group in self.stack.parameters.groups.values():
            length = group.data.numel() // self.count
            base = torch.stack([vector[offset : offset + length] for vector in vectors])
            self._rows.append((group.data.view(-1, self.count, group.size), base))
            offset += length

    @torch.no_grad()
    def move(self, points: Tensor) -> None:
        """Put the first copies at ``points`` [n, 2]; the others stay where they are."""
        at = torch.cat([torch.ones_like(points[:, :1]), points], 1)
        for rows, base in self._rows:
            filled = (at @ base).view(len(points), *rows.shape[::2])
            rows[:, : len(points)].copy_(filled.transpose(0, 1))

    @torch.no_grad()
    def losses(self, points: Tensor, x: Tensor, y: Tensor) -> Iterator[tuple[int, Tensor]]:
        """Mean loss over all examples at ``points`` [n, 2].

        Yields (first, losses float64) of up to ``count`` points, and (first, nothing) after every batch of examples
        before that.
        """
        for first in range(0, len(points), self.count):
            some = points[first : first + self.count]
            self.move(some)
            total = torch.zeros(self.count, dtype=torch.float64, device="cpu")
            for start in range(0, len(x), self.batch):
                part = slice(start, start + self.batch)
                total += losses(self.stack.forward(x[part]), y[part]).sum(1).cpu().double()
                if start + self.batch < len(x):
                    yield first, total[:0]
            yield first, total[: len(some)] / len(x)


def room_for(stack: Stack, vectors: int) -> None:
    """Raise ``Refused`` if so many vectors of all weights of a network take more than ``MOST_BYTES``."""
    needed = vectors * stack.parameters.flat.nbytes // stack.k
    if needed > MOST_BYTES:
        raise Refused(
            f"depth: {needed >> 20} MiB of weights is over the limit of {MOST_BYTES >> 20} MiB; "
            "ask at a smaller depth or of a narrower network",
            "depth",
        )
