"""The three equivalent forms of a ResNeXt block (Xie et al. 2017, figure 3), side by side as one Plotly figure.

(a) sums C paths, (b) puts what C shorter paths give side by side, (c) has one convolution in C groups. A box says what
it reads, its kernel, and what it gives. Traces: ``wires``, ``skips``, ``operations``, ``joins``, ``texts``, ``titles``;
``meta.part`` is the width of a form, for windows in which three are too small to be read.
"""

from dataclasses import dataclass, field
from typing import Any

import plotly.graph_objects as go

from app.catalog.layer import Unrolled
from app.errors import Refused
from app.figures.layout import Line, Point
from app.figures.networks import FILLS, OUTSIDE, TEXT
from app.figures.traces import QUIET, SKIP_COLOUR, letters, lines, marks

#: x of the drawn paths of a form; that without a box stands for all between
PATHS = (-4.0, -1.4, 1.2, 3.6)
DOTS = 2
#: half of a letter and of a box's height, from one row to the next, and from one form to the next
LETTER, HALF_HEIGHT, ROW, FORM = 0.105, 0.3, 1.2, 12.0


@dataclass(frozen=True, slots=True)
class Grouped:
    """A block in groups: channels that it reads, of each path, of all paths together, and that it gives."""

    reads: int
    path: int
    middle: int
    gives: int
    groups: int

    @property
    def weights(self) -> tuple[int, int, int]:
        """Of the forms a, b and c: the same number."""
        first, last = self.reads * self.path, self.path * self.gives
        a = self.groups * (first + 9 * self.path**2 + last)
        b = self.groups * (first + 9 * self.path**2) + self.middle * self.gives
        c = self.reads * self.middle + 9 * self.middle * self.path + self.middle * self.gives
        return a, b, c


@dataclass
class _Drawing:
    boxes: list[tuple[Point, str]] = field(default_factory=list)
    joins: list[Point] = field(default_factory=list)
    wires: list[Line] = field(default_factory=list)
    skips: list[Line] = field(default_factory=list)
    dots: list[Point] = field(default_factory=list)


def grouped(unrolled: Unrolled, number: int) -> Grouped:
    """The groups of block ``number``; raises Refused where it has none."""
    layers = unrolled.of(unrolled.blocks[number - 1]) if 1 <= number <= len(unrolled.blocks) else ()
    branch = [layer for layer in layers if layer.weighted and layer.path == "branch"]
    if len(branch) != 3 or branch[1].groups == 1:
        raise Refused(f"block: {number} is not a block in groups", "block")
    first, second, third = branch
    middle = second.gives[0]
    return Grouped(first.reads[0], middle // second.groups, middle, third.gives[0], second.groups)


def forms_figure(unrolled: Unrolled, number: int) -> dict[str, Any]:
    """The three forms of block ``number``; raises Refused where it has no groups."""
    block, drawing = grouped(unrolled, number), _Drawing()
    reads, path, middle, gives, groups = block.reads, block.path, block.middle, block.gives, block.groups
    first, second = f"{reads}, 1×1, {path}", f"{path}, 3×3, {path}"
    _form(drawing, 0.0, [first, second, f"{path}, 1×1, {gives}"], ["+"])
    _form(drawing, FORM, [first, second], ["concatenate", f"{middle}, 1×1, {gives}"])
    _form(
        drawing, 2 * FORM, [],
        [f"{reads}, 1×1, {middle}", f"{middle}, 3×3, {middle}, {groups} groups", f"{middle}, 1×1, {gives}"],
    )  # fmt: skip
    titles = [f"a: sum of {groups} paths", f"b: {groups} paths side by side", f"c: one convolution in {groups} groups"]
    low = min(y for _, y in drawing.joins)
    figure = go.Figure(
        data=[
            lines(drawing.wires, QUIET).update(name="wires"),
            lines(drawing.skips, SKIP_COLOUR, "6px,3px").update(name="skips"),
            lines([_box(*box) for box in drawing.boxes], QUIET, fill="toself").update(
                name="operations", fillcolor=FILLS[0], line={"width": 1}
            ),
            marks(
                drawing.joins, [number] * len(drawing.joins), "circle", [1.8] * len(drawing.joins), color=OUTSIDE,
                line={"width": 1.5, "color": SKIP_COLOUR},
            ).update(name="joins"),
            letters(
                [(at, text, "middle center") for at, text in drawing.boxes]
                + [(at, "+", "middle center") for at in drawing.joins]
            ).update(name="texts", textfont={"size": 11, "color": TEXT}),
            letters(
                [((place * FORM, ROW + 0.6), title, "middle center") for place, title in enumerate(titles)]
                + [(at, f"… {groups} paths", "middle center") for at in drawing.dots]
            ).update(name="titles"),
        ],
        layout=go.Layout(
            xaxis={"visible": False, "range": [-FORM / 2, 2.5 * FORM]},
            yaxis={"visible": False, "range": [low - ROW, ROW + 1]},
            margin={"l": 0, "r": 0, "t": 0, "b": 0},
            showlegend=False,
            meta={"block": number, "weights": list(block.weights), "rows": round(3 - low / ROW), "part": FORM},
        ),
    )  # fmt: skip
    plain: dict[str, Any] = figure.to_plotly_json()
    plain["layout"].pop("template", None)
    return plain


def _form(drawing: _Drawing, x: float, paths: list[str], behind: list[str]) -> None:
    """A form around x: paths of these boxes, what follows them, and the skip that joins last."""
    y = 0.0
    at = (x, ROW)
    if paths:
        bottom = -ROW * len(paths) + 0.4
        for place, offset in enumerate(PATHS):
            if place == DOTS:
                drawing.dots.append((x + offset, -ROW * (len(paths) - 1) / 2))
                continue
            drawing.wires.append([at, (x, 0.7), (x + offset, 0.7), (x + offset, bottom), (x, bottom)])
            drawing.boxes += [((x + offset, -ROW * row), text) for row, text in enumerate(paths)]
        y = -ROW * len(paths)
        at = (x, bottom)
    for text in behind:
        drawing.wires.append([at, (x, y)])
        if text == "+":
            drawing.joins.append((x, y))
        else:
            drawing.boxes.append(((x, y), text))
        at, y = (x, y), y - ROW
    right = x + FORM / 2 - 0.8
    drawing.joins.append((x, y))
    drawing.wires += [[at, (x, y)], [(x, y), (x, y - 0.8)]]
    drawing.skips.append([(x, 0.9), (right, 0.9), (right, y), (x, y)])


def _box(at: Point, text: str) -> Line:
    half = max(1.1, LETTER * len(text))
    left, right, top, bottom = at[0] - half, at[0] + half, at[1] + HALF_HEIGHT, at[1] - HALF_HEIGHT
    return [(left, top), (right, top), (right, bottom), (left, bottom), (left, top)]
