"""Architecture diagrams: one figure a cell, few traces, recoloured live by the page.

Traces, in this order, always six: ``folds`` (grey lines from row to row), ``wires`` (one mark an edge, its
colour is the gradient that flows there), ``skips`` (dashed arcs), ``nodes`` (one square a weight layer),
``joins`` (⊕), ``ends`` (in, out). A plain network's ``skips`` and ``joins`` are empty: it has none.
``layout.meta`` tells the page the pitch in pixels per unit it may assume, and what every node is.
"""

from typing import Any

import plotly.graph_objects as go

from app.contract.experiment import Arm, Experiment
from app.figures.layers import Layer, block_count, layers_of
from app.figures.places import ARC, LAYER, Places

SKIP_COLOUR = "#D55E00"
QUIET = "#767b80"
MIN_COLUMNS = 4


def diagrams(experiment: Experiment, columns: int) -> list[dict[str, Any]]:
    """A diagram for every cell of the experiment, in the order of ``Experiment.cells()``.

    Args:
        experiment: what is drawn.
        columns: slots a row may have; fewer are used when no network is that long, so that all the
            cells of an experiment share one scale and a shallow network does not sit in an empty row.

    Returns:
        Figures as plain JSON objects (``data`` and ``layout``).
    """
    longest = max(block_count(depth) for depth in experiment.depths) + 2
    columns = max(MIN_COLUMNS, min(columns, longest))
    if longest > columns:  # rows of equal length look calmer than one long and one short
        rows = -(-longest // columns)
        columns = -(-longest // rows)
    rows = -(-longest // columns)
    return [_diagram(experiment, experiment.arms[arm], depth, columns, rows) for arm, depth in experiment.cells()]


def _diagram(experiment: Experiment, arm: Arm, depth: int, columns: int, rows: int) -> dict[str, Any]:
    layers = layers_of(experiment, depth)
    places = Places(block_count(depth), columns)
    residual = arm.connection == "residual"
    blocks = range(1, places.blocks + 1) if residual else range(0)
    shortcuts = [block for block in blocks if _changes_size(layers, block)]
    figure = go.Figure(
        data=[
            _lines("folds", [wire for wire in places.wires() if len(wire) > 2], QUIET, "solid"),
            _wires(places),
            _lines("skips", [places.arc(block) for block in blocks], SKIP_COLOUR, "6px,3px"),
            _nodes(places, layers),
            _joins(places, blocks),
            _ends(places),
        ],
        layout=go.Layout(
            xaxis={"visible": False, "range": [-0.75, columns - 0.25], "fixedrange": True},
            yaxis={"visible": False, "range": [0.5 - rows, 0.7], "fixedrange": True},
            margin={"l": 0, "r": 0, "t": 0, "b": 0},
            showlegend=False,
            annotations=_annotations(experiment, places, layers, shortcuts),
            meta={
                "connection": arm.connection,
                "depth": depth,
                "columns": columns,
                "rows": rows,
                "used_rows": places.rows,
                "node_pitch": 2 * LAYER,
                "arc": ARC if residual else 0.0,
                "blocks": places.blocks,
                "shortcuts": shortcuts,
                "layers": [_told(layer, residual and layer.block in shortcuts) for layer in layers],
            },
        ),
    )
    plain: dict[str, Any] = figure.to_plotly_json()
    # the default template is a third of the figure's size, and the page has its own colours
    plain["layout"].pop("template", None)
    return plain


def _changes_size(layers: tuple[Layer, ...], block: int) -> bool:
    """Whether a block's output has another shape than its input, so that its skip is of option A."""
    return layers[2 * block - 1].reads != layers[2 * block].gives


def _told(layer: Layer, shortcut: bool) -> dict[str, Any]:
    """What the page says of a layer when a pointer rests on it."""
    return {
        "number": layer.number,
        "name": layer.name + (", with an option-A shortcut" if shortcut else ""),
        "kind": layer.kind,
        "reads": layer.reads,
        "gives": layer.gives,
        "weights": layer.weights,
        "block": layer.block,
        "stage": layer.stage,
    }


def _lines(name: str, lines: list[list[tuple[float, float]]], colour: str, dash: str) -> go.Scatter:
    """Many polylines as one trace, parted by None."""
    points = [point for line in lines for point in [*line, (None, None)]][:-1]
    return go.Scatter(
        name=name,
        mode="lines",
        x=[x for x, _ in points],
        y=[y for _, y in points],
        line={"color": colour, "width": 2, "dash": dash},
        hoverinfo="skip",
    )


def _wires(places: Places) -> go.Scatter:
    """One mark an edge, in its middle, so that each edge has a colour of its own within one trace.

    ``customdata`` is [length in units, number of the layer whose output flows here (0: the input)].
    An edge that folds is drawn grey by *folds*; its mark stands where it leaves the row.
    """
    marks, data = [], []
    for number, wire in enumerate(places.wires()):
        one = wire[0]
        other = wire[1] if len(wire) == 2 else (wire[1][0], one[1])
        marks.append(((one[0] + other[0]) / 2, one[1]))
        data.append([other[0] - one[0], number])
    return go.Scatter(
        name="wires",
        mode="markers",
        x=[x for x, _ in marks],
        y=[y for _, y in marks],
        customdata=data,
        marker={"symbol": "line-ew", "size": 12, "line": {"width": 2, "color": QUIET}},
        hoverinfo="skip",
    )


def _nodes(places: Places, layers: tuple[Layer, ...]) -> go.Scatter:
    nodes = places.nodes()
    return go.Scatter(
        name="nodes",
        mode="markers",
        x=[x for x, _ in nodes],
        y=[y for _, y in nodes],
        customdata=[layer.number for layer in layers],
        marker={"symbol": "square", "size": 12, "color": QUIET, "line": {"width": 0}},
        hoverinfo="none",
    )


def _joins(places: Places, blocks: range) -> go.Scatter:
    joins = [places.join(block) for block in blocks]
    return go.Scatter(
        name="joins",
        mode="markers",
        x=[x for x, _ in joins],
        y=[y for _, y in joins],
        customdata=list(blocks),
        marker={"symbol": "circle-cross", "size": 9, "color": "#ffffff", "line": {"width": 1.5, "color": SKIP_COLOUR}},
        hoverinfo="skip",
    )


def _ends(places: Places) -> go.Scatter:
    ends = [places.input(), places.output()]
    return go.Scatter(
        name="ends",
        mode="markers+text",
        x=[x for x, _ in ends],
        y=[y for _, y in ends],
        text=["in", "out"],
        marker={"symbol": "circle", "size": 22, "color": "#ffffff", "line": {"width": 1.5, "color": QUIET}},
        textfont={"size": 11},
        hoverinfo="skip",
    )


def _annotations(
    experiment: Experiment, places: Places, layers: tuple[Layer, ...], shortcuts: list[int]
) -> list[dict[str, Any]]:
    """Shapes where a stage begins, and an *A* on the shortcuts that change the size."""
    if experiment.family != "conv6n2":
        return []
    marks = []
    per_stage = places.blocks // 3
    for stage in (1, 2, 3):
        block = (stage - 1) * per_stage + 1
        x, y = places.slot(block)
        marks.append(_label(x - LAYER, y - 0.2, layers[2 * block].gives, "left", "top"))
        if block in shortcuts:
            marks.append(_label(x, y + ARC + 0.01, "A", "center", "bottom"))
    return marks


def _label(x: float, y: float, text: str, xanchor: str, yanchor: str) -> dict[str, Any]:
    return {"x": x, "y": y, "text": text, "showarrow": False, "xanchor": xanchor, "yanchor": yanchor,
            "font": {"size": 11}}  # fmt: skip
