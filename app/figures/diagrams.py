"""Architecture diagrams: one figure a cell, few traces, recoloured live by the page.

Traces, in this order, always six: ``folds`` (grey lines from row to row), ``wires`` (one mark an edge, its
colour is the gradient that flows there), ``skips`` (dashed arcs), ``nodes`` (one square a weight layer),
``joins`` (⊕), ``ends`` (in, out). A plain network's ``skips`` and ``joins`` are empty: it has none.
``layout.meta`` tells the page the pitch in pixels per unit it may assume, and what every node is.
"""

from typing import Any

import plotly.graph_objects as go

from app.contract.experiment import Arm, Cell, Experiment
from app.figures.layers import Layer, Plan, plan_of
from app.figures.places import ARC, LAYER, Places

SKIP_COLOUR = "#D55E00"
QUIET = "#767b80"
MIN_COLUMNS = 4
#: a longer network is drawn folded, each block standing for several
MOST_BLOCKS = 63
#: what is written above the first skip: how it differs from a plain addition
MARKS = {
    "preact": "N σ before W",
    "resnext": "{arm.cardinality} paths",
    "wide": "{arm.widen}× wide",
    "highway": "1 − T",
    "dense": "[x, H(x)]",
    "skipinit": "x + αF",
    "stochastic": "p_L = {arm.survival:g}",
}
#: how a block joins: ⊕, a gate, or a concatenation
JOINS = {"highway": "diamond-cross", "dense": "square"}


def diagrams(experiment: Experiment, columns: int) -> list[dict[str, Any]]:
    """A diagram for every cell of the experiment, in the order of ``Experiment.cells()``.

    Args:
        experiment: what is drawn.
        columns: slots a row may have; fewer are used when no network is that long, so that all the
            cells of an experiment share one scale and a shallow network does not sit in an empty row.

    Returns:
        Figures as plain JSON objects (``data`` and ``layout``).
    """
    plans = [plan_of(experiment, cell) for cell in experiment.cells()]
    longest = max(len(_folded(plan)) for plan in plans) + 2
    columns = max(MIN_COLUMNS, min(columns, longest))
    if longest > columns:  # rows of equal length look calmer than one long and one short
        rows = -(-longest // columns)
        columns = -(-longest // rows)
    rows = -(-longest // columns)
    return [
        _diagram(experiment, cell, plan, columns, rows) for cell, plan in zip(experiment.cells(), plans, strict=True)
    ]


def _folded(plan: Plan) -> list[list[int]]:
    """The blocks (from 1) that each drawn block stands for: one, or several alike in a very long network."""
    many = -(-len(plan.blocks) // MOST_BLOCKS)
    numbers = range(1, len(plan.blocks) + 1)
    return [list(numbers[start : start + many]) for start in range(0, len(numbers), many)]


def _diagram(experiment: Experiment, cell: Cell, plan: Plan, columns: int, rows: int) -> dict[str, Any]:
    arm, folded = experiment.arms[cell.arm], _folded(plan)
    places = Places(tuple(plan.blocks[group[0] - 1] for group in folded), columns)
    skipping = arm.connection != "plain"
    blocks = range(1, places.blocks + 1) if skipping else range(0)
    shortcuts = list(plan.resized) if skipping and len(folded) == len(plan.blocks) else []
    layers = plan.layers
    stands = _stands_for(plan, folded)
    figure = go.Figure(
        data=[
            _lines("folds", [wire for wire in places.wires() if len(wire) > 2], QUIET, "solid"),
            _wires(places),
            _lines("skips", [places.arc(block) for block in blocks], SKIP_COLOUR, "6px,3px"),
            _nodes(places, stands),
            _joins(places, blocks),
            _ends(places),
        ],
        layout=go.Layout(
            xaxis={"visible": False, "range": [-0.75, columns - 0.25], "fixedrange": True},
            yaxis={"visible": False, "range": [0.5 - rows, 0.7], "fixedrange": True},
            margin={"l": 0, "r": 0, "t": 0, "b": 0},
            showlegend=False,
            annotations=_annotations(experiment, arm, places, plan, shortcuts, stands),
            meta={
                "connection": arm.connection,
                "depth": cell.depth,
                "columns": columns,
                "rows": rows,
                "used_rows": places.rows,
                "node_pitch": 2 * LAYER,
                "arc": ARC if skipping else 0.0,
                "join": JOINS.get(arm.connection, "circle-cross"),
                "dash": "solid" if arm.connection == "dense" else "dash",
                "blocks": len(plan.blocks),
                "fold": len(folded[0]),
                "stands": stands if len(folded) < len(plan.blocks) else None,
                "shortcuts": shortcuts,
                "layers": [_told(layer, arm, layer.block in shortcuts) for layer in layers],
            },
        ),
    )
    plain: dict[str, Any] = figure.to_plotly_json()
    # the default template is a third of the figure's size, and the page has its own colours
    plain["layout"].pop("template", None)
    return plain


def _stands_for(plan: Plan, folded: list[list[int]]) -> list[list[int]]:
    """Numbers of the layers that each drawn node stands for."""
    first = [2 + sum(plan.blocks[:block]) for block in range(len(plan.blocks))]
    inner = [
        [first[block - 1] + part for block in group if part < plan.blocks[block - 1]]
        for group in folded
        for part in range(plan.blocks[group[0] - 1])
    ]
    return [[1], *inner, [len(plan.layers)]]


def _told(layer: Layer, arm: Arm, resized: bool) -> dict[str, Any]:
    """What the page says of a layer when a pointer rests on it."""
    shortcut = "A" if arm.connection == "highway" else arm.shortcut
    return {
        "number": layer.number,
        "name": layer.name + (f", with an option-{shortcut} shortcut" if resized else ""),
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


def _nodes(places: Places, stands: list[list[int]]) -> go.Scatter:
    nodes = places.nodes()
    return go.Scatter(
        name="nodes",
        mode="markers",
        x=[x for x, _ in nodes],
        y=[y for _, y in nodes],
        customdata=[layers[0] for layers in stands],
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
    experiment: Experiment, arm: Arm, places: Places, plan: Plan, shortcuts: list[int], stands: list[list[int]]
) -> list[dict[str, Any]]:
    """Shapes where a stage begins, letters on the shortcuts that change the size, and what a block's skip is."""
    marks = []
    if experiment.family == "conv6n2":
        starts = {layer.stage: layer for layer in reversed(plan.layers[1:-1])}
        for layer in (starts[stage] for stage in sorted(starts)):
            x, y = places.slot(layer.block)
            marks.append(_label(x - LAYER, y - 0.2, layer.gives, "left", "top"))
            if layer.block in shortcuts:
                letter = "A" if arm.connection == "highway" else arm.shortcut
                marks.append(_label(x, y + ARC + 0.01, letter, "center", "bottom"))
    mark = MARKS.get(arm.connection, "").format(arm=arm)
    if len(stands) < len(plan.layers):
        mark = f"{mark}  one drawn block is {len(stands[1])}".strip()
    if mark:
        x, y = places.slot(1)
        if marks:
            marks[0]["text"] += f", {mark}"
        else:
            marks.append(_label(x - LAYER, y - 0.2, mark, "left", "top"))
    return marks


def _label(x: float, y: float, text: str, xanchor: str, yanchor: str) -> dict[str, Any]:
    return {"x": x, "y": y, "text": text, "showarrow": False, "xanchor": xanchor, "yanchor": yanchor,
            "font": {"size": 11}}  # fmt: skip
