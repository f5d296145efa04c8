"""A published network as a column of boxes: which boxes, where they stand, where skips begin and end. No Plotly.

The first box stands at y = 0, the next one at −1, and so on; columns side by side leave rows empty, so that maps of one
size begin in one row. Boxes are what changes a map: weight layers of the stream and of branches, and pools; norms and
activations are not drawn, a shortcut's projection is its line, and the layers of attention are one box.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from app.catalog.layer import Layer, Shape, Unrolled
from app.catalog.table import folds
from app.catalog.words import number, shape
from app.contract.connections import Shortcut
from app.figures.layout import Line, Point

#: half of a box, and how far a skip bows to its right at most
HALF_WIDTH, MOST = 1.3, 1.1
#: from a box to the brace to its left: a size such as 112×112 stands between them
BRACE = 1.25

POOLS = ("max pool", "average pool", "global pool")


@dataclass(frozen=True, slots=True)
class Box:
    """A drawn layer.

    Attributes:
        text: in it; ``words``: all of it, for the pointer.
        layers: numbers of the first and the last layer that it stands for in its block.
        stage: 0 outside of stages.
        times: how many blocks alike it stands for.
    """

    at: Point
    text: str
    words: str
    layers: tuple[int, int]
    stage: int
    times: int


@dataclass(frozen=True, slots=True)
class Curve:
    """A drawn skip."""

    line: Line
    kind: Shortcut


@dataclass(frozen=True, slots=True)
class Column:
    """A network; ``sizes`` and ``times`` are texts left of boxes, ``braces`` lines beside what stands for several."""

    boxes: tuple[Box, ...]
    stream: Line
    skips: tuple[Curve, ...]
    sizes: tuple[tuple[Point, str], ...]
    times: tuple[tuple[Point, str], ...]
    braces: tuple[Line, ...]


def columns(networks: Sequence[Unrolled], folded: bool, spacing: float) -> list[Column]:
    """Networks side by side, the first one at x = 0; ``folded``: each run of blocks alike is drawn once."""
    groups = [_groups(_drawn(one, folded)) for one in networks]
    rows = _rows([[_side(group[-1]) for group in one] for one in groups])
    return [
        _column(one, folded, found, heights, place * spacing)
        for place, (one, found, heights) in enumerate(zip(networks, groups, rows, strict=True))
    ]


def _column(unrolled: Unrolled, folded: bool, groups: list[list[Layer]], rows: list[int], x: float) -> Column:
    counts = {fold.block.number: fold.count for fold in folds(unrolled)} if folded else {}
    last = unrolled.blocks[-1].stage
    boxes = tuple(
        _box(group, (x, -float(row)), counts.get(group[0].block, 1), last)
        for group, row in zip(groups, rows, strict=True)
    )
    firsts = [box.layers[0] for box in boxes]

    def behind(layer: int) -> float:
        """y behind a layer: below its box, or below the last one that is drawn before it."""
        place = bisect_right(firsts, layer)
        return boxes[place - 1].at[1] - 0.5 if place else 0.5

    drawn = {layer.number for layer in _drawn(unrolled, folded)}
    curves = tuple(
        Curve(_bow(x + HALF_WIDTH, behind(skip.start), behind(skip.end)), skip.kind)
        for skip in unrolled.skips
        if skip.end in drawn
    )
    runs = [list(run) for _, run in groupby(boxes, key=lambda box: (box.times, box.stage))]
    folded_runs = [run for run in runs if run[0].times > 1]
    left = x - HALF_WIDTH - BRACE
    return Column(
        boxes,
        [(x, 0.6), (x, boxes[-1].at[1] - 0.6)],
        curves,
        tuple(_sizes(unrolled, boxes)),
        tuple(((left - 0.06, (run[0].at[1] + run[-1].at[1]) / 2), f"× {run[0].times}") for run in folded_runs),
        tuple(
            [(left + 0.1, top), (left, top), (left, bottom), (left + 0.1, bottom)]
            for top, bottom in ((run[0].at[1] + 0.34, run[-1].at[1] - 0.34) for run in folded_runs)
        ),
    )


def _drawn(unrolled: Unrolled, folded: bool) -> list[Layer]:
    """Its layers; folded, those of the first block of each run only."""
    kept = {fold.block.number for fold in folds(unrolled)}
    return [layer for layer in unrolled.layers if not folded or not layer.block or layer.block in kept]


def _groups(layers: list[Layer]) -> list[list[Layer]]:
    """Layers that are drawn as one box: each by itself, attention whole, a gate with the layer that it gates."""
    seen = [one for one in layers if (one.weighted or one.kind in (*POOLS, "scores")) and one.path != "shortcut"]
    whole = {layer.block for layer in seen if layer.kind == "scores" or layer.path == "gate"}
    runs = groupby(seen, key=lambda layer: layer.block if layer.block in whole else -layer.number)
    return [list(run) for _, run in runs]


def _side(layer: Layer) -> int:
    return layer.gives[1] if len(layer.gives) == 3 else 0


def _rows(sides: list[list[int]]) -> list[list[int]]:
    """The row of each box of each column: a side that several columns have begins in one row, if all only shrink."""
    if len(sides) == 1 or any(one != sorted(one, reverse=True) for one in sides):
        return [list(range(len(one))) for one in sides]
    made: list[list[int]] = [[] for _ in sides]
    row = 0
    for side in sorted({side for one in sides for side in one}, reverse=True):
        for rows, one in zip(made, sides, strict=True):
            rows += range(row, row + one.count(side))
        row += max(one.count(side) for one in sides)
    return made


def _box(group: list[Layer], at: Point, times: int, stages: int) -> Box:
    first, last = group[0], group[-1]
    heads = [layer.role for layer in group if layer.kind == "scores"]
    text = f"attention, {heads[0]}" if heads else first.text + (", gated" if last.path == "gate" else "")
    parameters, adds = (sum(getattr(layer, name) for layer in group) for name in ("parameters", "multiply_adds"))
    words = f"{text}<br>{shape(first.reads)} → {shape(last.gives)}"
    if parameters:
        words += f"<br>{number(parameters)} parameters, {number(adds)} multiply-adds"
    if last.receptive_field and len(last.gives) == 3:
        words += f"<br>sees {last.receptive_field}×{last.receptive_field} pixels"
    if times > 1:
        words += f"<br>in {times} blocks alike"
    return Box(at, text, words, (first.number, last.number), first.stage if first.stage <= stages else 0, times)


def _bow(x: float, start: float, end: float) -> Line:
    """A curve from y to y, to the right of a column."""
    height = MOST * (start - end) / (start - end + 4)
    shares = [step / 12 for step in range(13)]
    return [(x + height * (1 - (2 * share - 1) ** 4) - 0.02, start + share * (end - start)) for share in shares]


def _sizes(unrolled: Unrolled, boxes: tuple[Box, ...]) -> Iterator[tuple[Point, str]]:
    """Height and width, beside the first box that gives them."""
    before: Shape = ()
    for box in boxes:
        gives = unrolled.layers[box.layers[1] - 1].gives
        if len(gives) == 3 and gives[1:] != before:
            before = gives[1:]
            yield (box.at[0] - HALF_WIDTH - 0.1, box.at[1]), shape(before)
