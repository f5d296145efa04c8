"""Layout: where each part of a network stands in a diagram of rows, in units of one block of two layers.

A network is a row of *slots*: the input with the first layer, one slot a block, the last layer with the output. A
slot is as long as what stands in it. Slots fold into rows, which are stretched to one length of ``columns`` units; y
falls by 1 a row. The page turns units into pixels.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, groupby, pairwise

#: length taken by a layer of common width, and of the joint between two blocks
LAYER, JOINT = 0.37, 0.26
#: half a layer's square, and half a ⊕
HALF, JOIN = 0.11, 0.1
#: how much more a layer of parallel paths takes, for its paths to part and to join
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
        """The skip edge over it, from its input to its ⊕."""
        return arc(self.left, self.right, self.y, ARC)


def length_of(sizes: Sequence[float], fans: Sequence[bool], spare: float) -> float:
    """Length of a slot of layers of these sizes (1: common), some of them with parallel paths."""
    return JOINT + sum(map(_room, sizes, fans)) + spare


def _room(size: float, fan: bool) -> float:
    return LAYER * max(1.0, size) + FAN * fan


class Layout:
    """A network folded into rows.

    Args:
        blocks: sizes of each block's layers.
        fans: which of them have parallel paths.
        spare: room before the ⊕ of each block for what else stands there.
        rows: into which it is folded; a network in one row keeps its own length.
        columns: length that each of several rows is stretched to, at least that of the longest.
        tail: room behind the output.
    """

    def __init__(
        self, blocks: Sequence[Sequence[float]], fans: Sequence[Sequence[bool]], spare: float, rows: int,
        columns: float, tail: float = 0.0,
    ) -> None:  # fmt: skip
        lengths = [length_of(sizes, fan, spare) for sizes, fan in zip(blocks, fans, strict=True)]
        folded = fold([END, *lengths, END + tail], rows)
        self.columns = columns if len(folded) > 1 else sum(folded[0])
        stretches = [self.columns / sum(row) for row in folded for _ in row]
        starts = [
            (x - 0.5, float(-y))
            for y, row in enumerate(folded)
            for x in accumulate((length * self.columns / sum(row) for length in row[:-1]), initial=0.0)
        ]
        self.slots = [
            Slot(x, x + length * stretch, y, tuple(x + stretch * at for at in _middles(sizes, fan)))
            for (x, y), length, stretch, sizes, fan in zip(
                starts[1:-1], lengths, stretches[1:-1], blocks, fans, strict=True
            )
        ]
        (x0, y0), (x1, y1) = starts[0], starts[-1]
        self.input, self.first = (x0 + CIRCLE, y0), (x0 + ENDING * stretches[0], y0)
        self.last = (x1 + (END - ENDING) * stretches[-1], y1)
        self.output = (self.columns - 0.5 - tail * stretches[-1] - CIRCLE, y1)
        self.rows = len(folded)

    def nodes(self) -> list[Point]:
        """The weight layers, input side first."""
        return [self.first, *((x, slot.y) for slot in self.slots for x in slot.layers), self.last]

    def between(self, one: Point, other: Point) -> tuple[list[tuple[Point, Point]], Line]:
        """The wire from a point to the next: its straight pieces, and its turn from row to row."""
        if one[1] == other[1]:
            return [(one, other)], []
        right, left, middle = self.columns - 0.3, -0.7, one[1] - 0.52
        turn = [(right, one[1]), (right, middle), (left, middle), (left, other[1])]
        return [(one, turn[0]), (turn[-1], other)], turn


def fold(lengths: Sequence[float], rows: int) -> list[list[float]]:
    """Slots of these lengths in at most so many rows, each as long as the others to within one slot."""
    ends, whole = list(accumulate(lengths)), sum(lengths)
    row_of = [int(rows * (end - length / 2) / whole) for end, length in zip(ends, lengths, strict=True)]
    return [[length for length, _ in row] for _, row in groupby(zip(lengths, row_of, strict=True), lambda one: one[1])]


def arc(left: float, right: float, y: float, height: float) -> Line:
    """A parabola from one x of a row to another."""
    shares = [step / 12 for step in range(13)]
    return [(left + share * (right - left), y + 4 * height * share * (1 - share)) for share in shares]


def _middles(sizes: Sequence[float], fans: Sequence[bool]) -> list[float]:
    """Of the layers of a slot, from where it begins."""
    rooms = list(map(_room, sizes, fans))
    edges = list(accumulate(rooms, initial=JOINT / 2))
    return [(one + other) / 2 for one, other in pairwise(edges)]
