"""Places: where each part of a network stands in a diagram of rows, in units of one block.

A network is a row of *slots*: the input with the first layer, one slot a block, the last layer with the
output. Slots fold into rows of ``columns``. x counts slots, y falls by 1 a row; the page turns units into
pixels and keeps nodes apart by the pitch it finds in the figure's ``meta``.
"""

import itertools
from dataclasses import dataclass

#: distance of a block's two layers from the middle of its slot, and of ⊕ and the input from it
LAYER = 0.17
JOIN = 0.5
#: where the layers of a block stand, in units of LAYER from its middle, by how many there are
SIDES = {1: (0.0,), 2: (-1.0, 1.0), 3: (-1.7, 0.0, 1.7)}
END = 0.32
#: height of a skip arc, in rows
ARC = 0.46

Line = list[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Places:
    """Positions of a network of blocks, each of so many layers, folded into rows of ``columns`` slots."""

    shape: tuple[int, ...]
    columns: int

    @property
    def blocks(self) -> int:
        """Blocks that are drawn."""
        return len(self.shape)

    @property
    def slots(self) -> int:
        """Blocks, and one slot for each end."""
        return self.blocks + 2

    @property
    def rows(self) -> int:
        """Rows after folding."""
        return -(-self.slots // self.columns)

    def slot(self, index: int) -> tuple[float, float]:
        """The middle of a slot."""
        return index % self.columns, -float(index // self.columns)

    def input(self) -> tuple[float, float]:
        """The middle of the circle *in*."""
        x, y = self.slot(0)
        return x - END, y

    def output(self) -> tuple[float, float]:
        """The middle of the circle *out*."""
        x, y = self.slot(self.slots - 1)
        return x + END, y

    def nodes(self) -> list[tuple[float, float]]:
        """The weight layers, input side first."""
        first, last = self.slot(0), self.slot(self.slots - 1)
        inner = [
            (x + side * LAYER, y)
            for (x, y), count in zip((self.slot(b) for b in range(1, self.blocks + 1)), self.shape, strict=True)
            for side in SIDES[count]
        ]
        return [(first[0] + LAYER, first[1]), *inner, (last[0] - LAYER, last[1])]

    def join(self, block: int) -> tuple[float, float]:
        """Where a block (from 1) joins its input to its output: the ⊕ of a residual network."""
        x, y = self.slot(block)
        return x + JOIN, y

    def arc(self, block: int) -> Line:
        """The skip of a block (from 1): from its input, over its two layers, to its ⊕."""
        x, y = self.slot(block)
        return [(x - JOIN + step / 12, y + 4 * ARC * (step / 12) * (1 - step / 12)) for step in range(13)]

    def wires(self) -> list[Line]:
        """The lines between neighbours: one before each layer, then one to *out*. Folds go round the rows."""
        stops = [self.input(), *self.nodes(), self.output()]
        return [self._wire(one, other) for one, other in itertools.pairwise(stops)]

    def _wire(self, one: tuple[float, float], other: tuple[float, float]) -> Line:
        if one[1] == other[1]:
            return [one, other]
        right, left, between = self.columns - 0.42, -0.62, one[1] - 0.5
        return [one, (right, one[1]), (right, between), (left, between), (left, other[1]), other]
