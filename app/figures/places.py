"""Places: where each part of a network stands in a diagram of rows, in units of one block of two layers.

A network is a row of *slots*: the input with the first layer, one slot a block, the last layer with the output. A
slot is as long as what stands in it. Slots fold into rows of ``columns`` units; y falls by 1 a row. The page turns
units into pixels.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

#: length of the place of a layer of common width, and of the joint between two blocks
LAYER, JOINT = 0.37, 0.26
#: half a layer's square, and half a ⊕
HALF, JOIN = 0.11, 0.1
#: how much more a layer of parallel paths takes, for its ways apart and together again
FAN = 0.2
#: lengths of the two end slots, and where the circle and the layer stand from the outer edge
END, CIRCLE, ENDING = 1.0, 0.18, 0.67
#: height of a skip arc, in rows
ARC = 0.46

Point = tuple[float, float]
Line = list[Point]


@dataclass(frozen=True, slots=True)
class Slot:
    """A block in its row: from x ``left`` to ``right`` at height ``y``, and the middles of its layers."""

    left: float
    right: float
    y: float
    layers: tuple[float, ...]

    def arc(self) -> Line:
        """The way over it, from its input to its ⊕."""
        return arc(self.left, self.right, self.y, ARC)


def length_of(sizes: Sequence[float], fans: Sequence[bool], spare: float) -> float:
    """Length of a slot of layers of these sizes (1: common), some of them with parallel paths."""
    return JOINT + sum(map(_room, sizes, fans)) + spare


def _room(size: float, fan: bool) -> float:
    return LAYER * max(1.0, size) + FAN * fan


class Places:
    """A network folded into rows.

    Args:
        blocks: sizes of each block's layers.
        fans: which of them have parallel paths.
        spare: room before the ⊕ of each block for what else stands there.
        columns: length of a row.
    """

    def __init__(
        self, blocks: Sequence[Sequence[float]], fans: Sequence[Sequence[bool]], spare: float, columns: float
    ) -> None:
        self.columns = columns
        lengths = [length_of(sizes, fan, spare) for sizes, fan in zip(blocks, fans, strict=True)]
        starts = _fold([END, *lengths, END], columns)
        self.slots = [
            Slot(x, x + length, y, tuple(_middles(x, sizes, fan)))
            for (x, y), length, sizes, fan in zip(starts[1:-1], lengths, blocks, fans, strict=True)
        ]
        (x0, y0), (x1, y1) = starts[0], starts[-1]
        self.input, self.first = (x0 + CIRCLE, y0), (x0 + ENDING, y0)
        self.last, self.output = (x1 + END - ENDING, y1), (x1 + END - CIRCLE, y1)
        self.rows = 1 - int(y1)

    def nodes(self) -> list[Point]:
        """The weight layers, input side first."""
        return [self.first, *((x, slot.y) for slot in self.slots for x in slot.layers), self.last]

    def between(self, one: Point, other: Point) -> tuple[list[tuple[Point, Point]], Line]:
        """The way from a place to the next one: its straight pieces, and how it goes round from row to row."""
        if one[1] == other[1]:
            return [(one, other)], []
        right, left, middle = self.columns - 0.3, -0.62, one[1] - 0.52
        turn = [(right, one[1]), (right, middle), (left, middle), (left, other[1])]
        return [(one, turn[0]), (turn[-1], other)], turn


def rows_of(lengths: Sequence[float], columns: float) -> int:
    """Rows that blocks of these lengths and the two ends take."""
    return 1 - int(_fold([END, *lengths, END], columns)[-1][1])


def arc(left: float, right: float, y: float, height: float) -> Line:
    """A parabola from one place of a row to another."""
    shares = [step / 12 for step in range(13)]
    return [(left + share * (right - left), y + 4 * height * share * (1 - share)) for share in shares]


def _fold(lengths: Sequence[float], columns: float) -> list[Point]:
    """Where slots of these lengths begin."""
    starts, x, y = [], 0.0, 0
    for length in lengths:
        if x > 0 and x + length > columns + 1e-9:
            x, y = 0.0, y - 1
        starts.append((x - 0.5, float(y)))
        x += length
    return starts


def _middles(start: float, sizes: Sequence[float], fans: Sequence[bool]) -> list[float]:
    rooms = list(map(_room, sizes, fans))
    edges = list(accumulate(rooms, initial=start + JOINT / 2))
    return [(one + other) / 2 for one, other in pairwise(edges)]
