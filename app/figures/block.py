"""Anatomy of one block of a published network: every operation, and the shape at every arrow. Input on top.

Traces, in this order: ``wires``, ``skips`` (dashed, solid where they carry weights), ``operations`` (boxes), ``joins``,
``texts``, ``shapes`` (beside the arrows) and ``layers``, invisible marks whose ``customdata`` is a layer's number.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import plotly.graph_objects as go

from app.catalog import words
from app.catalog.layer import Layer, Skip, Unrolled
from app.catalog.words import shape
from app.errors import Refused
from app.figures.layout import Line, Point
from app.figures.networks import FILLS, OUTSIDE, TEXT
from app.figures.traces import QUIET, SKIP_COLOUR, letters, lines, marks, short

#: what stands in the circle of a join
SYMBOLS = {"add": "+", "gate": "T", "concatenate": "‖"}
#: x of the paths beside the branch; half a box; x of query, key and value
PATHS = {"shortcut": 4.0, "gate": -4.0}
HALF_WIDTH, HALF_HEIGHT = 1.6, 0.3
PARALLEL = {"query": -3.6, "key": 0.0, "value": 3.6}
#: from one row to the next; below a row, where its shape is written and where paths part
ROW, WRITTEN, PARTED = 1.2, 0.5, 0.78


@dataclass
class _Drawing:
    boxes: list[tuple[Point, Layer]] = field(default_factory=list)
    joins: list[tuple[Point, Layer]] = field(default_factory=list)
    wires: list[Line] = field(default_factory=list)
    skips: list[Line] = field(default_factory=list)
    shapes: list[tuple[Point, str, str]] = field(default_factory=list)


def block_figure(unrolled: Unrolled, number: int) -> dict[str, Any]:
    """The figure of block ``number``, from 1; a block that is all of its stage comes with what leads to it.

    Raises Refused where there is no such block.
    """
    if not 1 <= number <= len(unrolled.blocks):
        raise Refused(f"block: {number} is not one of the {len(unrolled.blocks)} blocks", "block")
    block = unrolled.blocks[number - 1]
    alone = sum(one.stage == block.stage for one in unrolled.blocks) == 1
    layers = [one for one in unrolled.layers if one.stage == block.stage] if alone else unrolled.of(block)
    drawing = _drawn(unrolled, layers)
    low = min(y for (_, y), _ in [*drawing.boxes, *drawing.joins])
    xs = [x for line in [*drawing.skips, *drawing.wires] for x, _ in line]
    numbered = [*drawing.boxes, *drawing.joins]
    solid = any(layer.path == "shortcut" and layer.parameters for layer in layers)
    figure = go.Figure(
        data=[
            lines(drawing.wires, QUIET).update(name="wires"),
            lines(drawing.skips, SKIP_COLOUR, "solid" if solid else "6px,3px").update(name="skips"),
            lines([_box(at) for at, _ in drawing.boxes], QUIET, fill="toself").update(
                name="operations", fillcolor=FILLS[0], line={"width": 1}
            ),
            marks(
                [at for at, _ in drawing.joins], [layer.number for _, layer in drawing.joins], "circle",
                [2.0] * len(drawing.joins), color=OUTSIDE, line={"width": 1.5, "color": SKIP_COLOUR},
            ).update(name="joins"),
            letters(
                [(at, layer.text, "middle center") for at, layer in drawing.boxes]
                + [(at, SYMBOLS[layer.kind], "middle center") for at, layer in drawing.joins]
            ).update(name="texts", textfont={"size": 12, "color": TEXT}),
            letters(drawing.shapes).update(name="shapes"),
            go.Scatter(
                name="layers", mode="markers", x=[short(x) for (x, _), _ in numbered],
                y=[short(y) for (_, y), _ in numbered], customdata=[layer.number for _, layer in numbered],
                text=[_words(layer) for _, layer in numbered], marker={"size": 22, "opacity": 0}, hoverinfo="text",
            ),
        ],
        layout=go.Layout(
            xaxis={"visible": False, "range": [min(xs) - HALF_WIDTH - 0.4, max(xs) + HALF_WIDTH + 0.4]},
            yaxis={"visible": False, "range": [low - ROW, ROW + 0.1]},
            margin={"l": 0, "r": 0, "t": 0, "b": 0},
            showlegend=False,
            meta={"block": number, "rows": round(2 - low / ROW), "layers": [layers[0].number, layers[-1].number]},
        ),
    )  # fmt: skip
    plain: dict[str, Any] = figure.to_plotly_json()
    plain["layout"].pop("template", None)
    return plain


def _drawn(unrolled: Unrolled, layers: Sequence[Layer]) -> _Drawing:
    """Where everything stands: the branch downwards, a shortcut to its right, a gate to its left."""
    drawing = _Drawing()
    beside = [layer for layer in layers if layer.path in ("shortcut", "gate")]
    skips = {skip.end: skip for skip in unrolled.skips}
    drawing.shapes.append(((0.12, ROW - WRITTEN), shape(layers[0].reads), "middle right"))
    at, y = (0.0, ROW), 0.0
    # y at which a path parts from the stream behind a layer
    heights = {layers[0].number - 1: ROW - PARTED}
    for layer in layers:
        if layer in beside:
            continue
        if layer.role in PARALLEL:
            point = (PARALLEL[layer.role], y)
            drawing.boxes.append((point, layer))
            drawing.wires.append([at, (0.0, y + ROW - PARTED), (point[0], y + ROW - PARTED), point])
            if layer.role == "value":
                at, y = (0.0, y), y - ROW
            continue
        drawing.wires.append([at, (0.0, y)])
        joined = {"scores": "query", "weighted sum": "value"}.get(layer.kind)
        if joined:
            above = next(where for where, one in drawing.boxes if one.role == joined)
            drawing.wires.append([above, (above[0], y + ROW - PARTED), (0.0, y + ROW - PARTED)])
        if layer.number in skips:
            _join(drawing, unrolled, skips[layer.number], layer, beside, y, heights)
        else:
            drawing.boxes.append(((0.0, y), layer))
        heights[layer.number] = y - PARTED
        drawing.shapes.append(((0.12, y - WRITTEN), shape(layer.gives), "middle right"))
        at, y = (0.0, y), y - ROW
    drawing.wires.append([at, (0.0, y + ROW - 0.9)])
    return drawing


def _join(
    drawing: _Drawing, unrolled: Unrolled, skip: Skip, layer: Layer, beside: Sequence[Layer], y: float,
    heights: dict[int, float],
) -> None:  # fmt: skip
    """The ⊕ at height y, and what leads to it past the branch; what comes from far away comes from above."""
    drawing.joins.append(((0.0, y), layer))
    near = skip.start in heights
    top = heights[skip.start] if near else ROW
    right = max([PATHS["shortcut"], *(x + 2 * HALF_WIDTH for (x, _), one in drawing.boxes if one.role in PARALLEL)])
    for path, x, drawn in (("shortcut", right, drawing.skips), ("gate", PATHS["gate"], drawing.wires)):
        found = [one for one in beside if one.path == path]
        if path == "gate" and not found:
            continue
        drawn.append([*([(0.0, top)] if near or path == "gate" else []), (x, top), (x, y), (0.0, y)])
        if not near and path == "shortcut":
            drawing.shapes.append(
                ((x + 0.12, ROW - WRITTEN), shape(unrolled.layers[skip.start - 1].gives), "middle right")
            )
        step = (top - y) / (len(found) + 1)
        for place, one in enumerate(found, 1):
            drawing.boxes.append(((x, top - step * place), one))
        if found:
            drawing.shapes.append(((x + 0.12, y + step / 2), shape(found[-1].gives), "middle right"))


def _box(at: Point) -> Line:
    left, right, top, bottom = at[0] - HALF_WIDTH, at[0] + HALF_WIDTH, at[1] + HALF_HEIGHT, at[1] - HALF_HEIGHT
    return [(left, top), (right, top), (right, bottom), (left, bottom), (left, top)]


def _words(layer: Layer) -> str:
    counted = f"<br>{layer.parameters:,} parameters" if layer.parameters else ""
    counted += f"<br>{words.number(layer.multiply_adds)} multiply-adds" if layer.multiply_adds else ""
    return f"{layer.text}<br>{shape(layer.reads)} → {shape(layer.gives)}{counted}"
