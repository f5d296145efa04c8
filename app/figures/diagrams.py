"""Architecture diagrams: one figure a cell, few traces, recoloured live by the page.

Six traces are always there, in this order: ``folds`` (grey lines: from row to row, to parallel paths, below a gauge),
``wires`` (one mark an edge, its colour is the gradient that flows there), ``skips`` (the ways past the layers),
``nodes`` (one mark a weight layer, as large as it is wide), ``joins`` (⊕, gate or concatenation), ``ends`` (in, out).
A plain network's ``skips`` and ``joins`` are empty: it has none. Others follow where there is such a part:
``paths`` (the further paths of a layer in groups), ``rails`` (what a dense stage has collected), ``controls`` (from a
block's input to its gate), ``gauges`` (survival of a branch), ``marks`` (norm, activation, projection, gate, …) and
``letters``. ``layout.meta`` tells the page what every part is, in numbers and in words.
"""

from itertools import groupby
from typing import Any

import plotly.graph_objects as go

from app.contract.experiment import Arm, Cell, Experiment
from app.figures.anatomy import Anatomy
from app.figures.layers import Layer, Plan, plan_of
from app.figures.parts import GATE, JOINS, Drawn, Parts
from app.figures.places import ARC, JOINT, Places, length_of, rows_of

MIN_COLUMNS = 4
#: a longer network is drawn folded, each drawn block standing for several
MOST_BLOCKS = 63
#: bounds of a layer's square; its area follows the width
LEAST, MOST = 0.55, 1.35
#: room before the ⊕ for a gate's ways, and for the scale of a branch
SPARE = {"highway": 0.22, "skipinit": 0.16, "dense": 0.06}


def diagrams(experiment: Experiment, columns: int) -> list[dict[str, Any]]:
    """A diagram for every cell of the experiment, in the order of ``Experiment.cells()``.

    Args:
        experiment: what is drawn.
        columns: units a row may have, a block of two layers being one. Fewer are used where that makes
            everything larger. All cells of an experiment share one scale.

    Returns:
        Figures as plain JSON objects (``data`` and ``layout``).
    """
    cells = [(experiment.arms[cell.arm], cell, plan_of(experiment, cell)) for cell in experiment.cells()]
    parts = [(arm, cell, plan, _drawn(arm, plan), _sizes(experiment, plan)) for arm, cell, plan in cells]
    lengths = [
        [length_of(*_rooms(plan, one, sizes), SPARE.get(arm.connection, 0.0)) for one in drawn]
        for arm, _, plan, drawn, sizes in parts
    ]
    used, rows = _scale(lengths, columns)
    return [_diagram(experiment, *part, used, rows) for part in parts]


def _scale(lengths: list[list[float]], columns: int) -> tuple[int, int]:
    """Columns and rows at which a block is drawn largest in a panel of the page.

    A wide panel is five times as wide as high, the phone's (9 columns) twice. A block wants to be at most
    4/3 as wide as its row is high.
    """
    aspect = 0.2 if columns >= 15 else 0.35 if columns >= 11 else 0.5

    def size(at: int) -> tuple[float, int]:
        rows = max(rows_of(one, at) for one in lengths)
        # another row must be worth its while
        return 0.9**rows * min(1 / (at + 0.5), aspect / rows / 0.75), -at

    used = max(range(MIN_COLUMNS, max(MIN_COLUMNS, columns) + 1), key=size)
    return used, max(rows_of(one, used) for one in lengths)


def _drawn(arm: Arm, plan: Plan) -> list[Drawn]:
    """The blocks as they are drawn: one by one, or in a very long network several alike as one."""
    anatomy = Anatomy(arm)
    blocks = max(block.number for block in plan.blocks)
    runs = [list(run) for _, run in groupby(plan.blocks, key=lambda block: (block.stage, block.number > 0))]
    many = 1
    while sum(-(-len(run) // many) for run in runs) > MOST_BLOCKS:
        many += 1
    groups = [tuple(run[start : start + many]) for run in runs for start in range(0, len(run), many)]
    return [
        Drawn(group, sum(anatomy.survival(block.number, blocks) for block in group) / len(group)) for group in groups
    ]


def _sizes(experiment: Experiment, plan: Plan) -> list[float]:
    """Side of each layer's square: its area is its width against the common width of its stage."""
    sides = [
        (layer.out / (experiment.width * 2 ** max(0, layer.stage - 1))) ** 0.5 if layer.block else 1.0
        for layer in plan.layers
    ]
    shrink = min(1.0, MOST / max(sides))
    return [max(LEAST, side * (shrink if layer.block else 1.0)) for side, layer in zip(sides, plan.layers, strict=True)]


def _rooms(plan: Plan, drawn: Drawn, sizes: list[float]) -> tuple[list[float], list[bool]]:
    """Sizes of the layers of a drawn block, and which of them have parallel paths."""
    block = drawn.blocks[0]
    inner = slice(block.first - 1, block.first - 1 + block.layers)
    return sizes[inner], [layer.paths > 1 for layer in plan.layers[inner]]


def _diagram(
    experiment: Experiment, arm: Arm, cell: Cell, plan: Plan, drawn: list[Drawn], sizes: list[float],
    columns: int, rows: int,
) -> dict[str, Any]:  # fmt: skip
    anatomy = Anatomy(arm)
    rooms = [_rooms(plan, one, sizes) for one in drawn]
    spare = SPARE.get(arm.connection, 0.0)
    lengths = [length_of(*room, spare) for room in rooms]
    # rows of equal length look calmer than a long one and a short one
    wide = next(at for at in range(1, columns + 1) if rows_of(lengths, at) == rows_of(lengths, columns))
    places = Places([room for room, _ in rooms], [fan for _, fan in rooms], spare, wide)
    parts = Parts(anatomy, plan, drawn, places, [room for room, _ in rooms])
    stands = _stands_for(plan, drawn)
    firsts = [layers[0] for layers in stands]
    kinds = ["triangle-right" if plan.layers[n - 1].transition else "square" for n in firsts]
    blocks = max(block.number for block in plan.blocks)
    folded = len(drawn) < len(plan.blocks)
    resized = {block.number for block in plan.blocks if block.resized}
    shortcuts = [one.number for one in drawn if one.resized and anatomy.shortcut]
    figure = go.Figure(
        data=parts.traces([sizes[n - 1] * (0.5 if plan.layers[n - 1].paths > 1 else 1) for n in firsts], kinds, firsts),
        layout=go.Layout(
            xaxis={"visible": False, "range": [-0.75, columns - 0.25], "fixedrange": True},
            yaxis={"visible": False, "range": [0.5 - rows, 0.7], "fixedrange": True},
            margin={"l": 0, "r": 0, "t": 0, "b": 0},
            showlegend=False,
            annotations=_annotations(experiment, anatomy, places, plan, drawn),
            meta={
                "connection": arm.connection,
                "depth": cell.depth,
                "columns": columns,
                "rows": rows,
                "used_rows": places.rows,
                "arc": ARC if anatomy.skips else 0.0,
                "join": JOINS.get(arm.connection, "circle-cross"),
                "dash": "solid" if anatomy.concatenates else "dash",
                "blocks": blocks,
                "fold": max(len(one.blocks) for one in drawn),
                "stands": stands if folded else None,
                "shortcuts": shortcuts,
                "layers": [_told(layer, anatomy, layer.block in resized) for layer in plan.layers],
                # of each drawn block: its place, the numbers of its first and its last block, its survival
                "slots": [
                    [round(slot.left, 4), round(slot.right, 4), slot.y, one.number, one.blocks[-1].number]
                    + ([round(one.survival, 4)] if arm.connection == "stochastic" else [])
                    for one, slot in zip(drawn, places.slots, strict=True)
                ],
                # of each line of the skips: at which block it ends, 0 where it only begins
                "skips": [block for _, block in parts.skips],
                "words": anatomy.words,
            },
        ),
    )
    plain: dict[str, Any] = figure.to_plotly_json()
    # the default template is a third of the figure's size, and the page has its own colours
    plain["layout"].pop("template", None)
    return plain


def _stands_for(plan: Plan, drawn: list[Drawn]) -> list[list[int]]:
    """Numbers of the layers that each drawn node stands for."""
    inner = [
        [block.first + part for block in one.blocks] for one in drawn for part in range(one.blocks[0].layers)
    ]  # fmt: skip
    return [[1], *inner, [len(plan.layers)]]


def _told(layer: Layer, anatomy: Anatomy, resized: bool) -> dict[str, Any]:
    """What the page says of a layer when a pointer rests on it."""
    shortcut = anatomy.shortcut if resized or anatomy.shortcut == "C" else ""
    return {
        "number": layer.number,
        "name": layer.name + (f", with an option-{shortcut} shortcut" if shortcut and layer.block else ""),
        "kind": layer.kind,
        "reads": layer.reads,
        "gives": layer.gives,
        "weights": layer.weights,
        "block": layer.block,
        "stage": layer.stage,
        "paths": layer.paths,
    }


def _annotations(
    experiment: Experiment, anatomy: Anatomy, places: Places, plan: Plan, drawn: list[Drawn]
) -> list[dict[str, Any]]:
    """Below the blocks: the shape where a stage begins, and numbers that the picture cannot show."""
    arm = anatomy.arm
    low = {"stochastic": -0.28, "highway": -GATE - 0.08}.get(arm.connection, -0.2)
    # the paths of a layer reach down: there the words end before it
    end, anchor = (0.5, "right") if arm.connection == "resnext" else (JOINT / 2, "left")
    notes: dict[int, list[str]] = {0: []}
    if experiment.family == "conv6n2":
        stage = 0
        for index, one in enumerate(drawn):
            if one.number and one.blocks[0].stage != stage:
                stage = one.blocks[0].stage
                layers = plan.layers[one.blocks[0].first - 1 :]
                shape = layers[0].reads if anatomy.concatenates else layers[one.blocks[0].layers - 1].gives
                notes.setdefault(index, []).append(shape)
    match arm.connection:
        case "resnext":
            # both would not fit before the first block
            notes.setdefault(1 if notes[0] and len(drawn) > 1 else 0, []).append(f"{arm.cardinality} paths")
        case "wide":
            notes[0].append(f"{arm.widen}× wide")
        case "dense":
            notes[0].append(f"+{arm.growth} a layer")
        case "stochastic":
            notes[0].append(f"p 1 → {arm.survival:g}")
    found = [
        _note(places.slots[index].left + end, places.slots[index].y + low, ", ".join(texts), anchor, "top")
        for index, texts in notes.items()
        if texts
    ]
    many = max(len(one.blocks) for one in drawn)
    if many > 1:
        # behind the output, where the last row has room
        x, y = places.output
        found.append(_note(x + 0.5, y, f"one drawn block is {many}", "left", "middle"))
    return found


def _note(x: float, y: float, text: str, xanchor: str, yanchor: str) -> dict[str, Any]:
    return {
        "x": x, "y": y, "text": text, "showarrow": False, "xanchor": xanchor, "yanchor": yanchor,
        "font": {"size": 11},
    }  # fmt: skip
