"""Architecture diagrams: one figure a cell, few traces, recoloured live by the page.

Six traces are always there, in this order: ``folds`` (grey lines: from row to row, to parallel paths, below a gauge),
``wires`` (one mark an edge, its colour is the gradient that flows there), ``skips`` (the skip edges),
``nodes`` (one mark a weight layer, as large as it is wide), ``joins`` (⊕, gate or concatenation), ``ends`` (in, out).
A plain network's ``skips`` and ``joins`` are empty: it has none. Others follow where there is such a part:
``paths`` (the further paths of a layer in groups), ``rails`` (what a dense stage has collected), ``controls`` (from a
block's input to its gate), ``gauges`` (survival of a branch), ``marks`` (norm, activation, projection, gate, …) and
``letters``. ``layout.meta`` tells the page what every part is, in numbers and in words.
"""

from itertools import groupby
from typing import Any

import plotly.graph_objects as go

from app.contract.arms import Arm, record_of
from app.contract.connections import Connection
from app.contract.experiment import Cell, Experiment
from app.figures.anatomy import Anatomy
from app.figures.large_block import large_block
from app.figures.layers import Layer, Plan, plan_of
from app.figures.layout import ARC, END, JOINT, Layout, fold, length_of
from app.figures.parts import GATE, JOINS, Drawn, Parts

#: rows that are tried, room beside and above the slots, how much wider than its row is high a block of two may be
MOST_ROWS, BESIDE, ABOVE, WIDEST = 12, 0.6, 0.06, 1.4
#: what a second row must gain in size, and every further one
SECOND, FURTHER = 0.76, 0.9
#: a longer network is drawn folded, each drawn block standing for several
MOST_BLOCKS = 63
#: room behind the output of a folded network for the words that say so
TAIL = 3.6
#: bounds of a layer's square; its area follows the width
LEAST, MOST = 0.55, 1.35


def diagrams(experiment: Experiment, aspect: float) -> list[dict[str, Any]]:
    """A diagram for every cell of the experiment, in the order of ``Experiment.cells()``.

    Args:
        experiment: what is drawn.
        aspect: width of the panel by its height. A network is folded into as many rows as make it largest there;
            networks of one depth share one scale.

    Returns:
        Figures as plain JSON objects (``data`` and ``layout``).
    """
    cells = [(experiment.arms[cell.arm], cell, plan_of(experiment, cell)) for cell in experiment.cells()]
    parts = [(arm, cell, plan, _drawn(arm, plan), _sizes(experiment, plan)) for arm, cell, plan in cells]
    lengths: dict[int, list[list[float]]] = {}
    for arm, cell, plan, drawn, sizes in parts:
        inner = [length_of(*_rooms(plan, one, sizes), spare_of(record_of(arm))) for one in drawn]
        lengths.setdefault(cell.depth, []).append([END, *inner, END + tail_of(drawn)])
    scales = {depth: _scale(found, aspect) for depth, found in lengths.items()}
    return [_diagram(experiment, *part, *scales[part[1].depth]) for part in parts]


def spare_of(record: Connection) -> float:
    """Room before the ⊕ of a block: for a gate, or for the factor on a branch."""
    return 0.16 if record.trained_scale else {"gate": 0.22, "concatenate": 0.06}.get(record.join, 0.0)


def tail_of(drawn: list[Drawn]) -> float:
    """Room behind the output of a network in which a drawn block is several."""
    return TAIL if max(len(one.blocks) for one in drawn) > 1 else 0.0


def _scale(lengths: list[list[float]], aspect: float) -> tuple[float, int]:
    """Columns and rows at which the blocks of these networks are drawn largest in a panel of the page."""

    def columns(rows: int) -> float:
        return max(sum(row) for one in lengths for row in fold(one, rows))

    def size(rows: int) -> float:
        shortest = min(sum(row) for one in lengths for row in fold(one, rows)) if rows > 1 else columns(1)
        # rows of unlike lengths are stretched, which looks uneven
        worth = SECOND * FURTHER ** (rows - 2) * (shortest / columns(rows)) ** 0.5 if rows > 1 else 1.0
        return worth * min(aspect / (columns(rows) + BESIDE), WIDEST / (rows + ABOVE))

    rows = max(range(1, MOST_ROWS + 1), key=lambda at: (size(at), -at))
    return columns(rows), max(len(fold(one, rows)) for one in lengths)


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
    columns: float, rows: int,
) -> dict[str, Any]:  # fmt: skip
    anatomy = Anatomy(arm)
    rooms = [_rooms(plan, one, sizes) for one in drawn]
    spare = spare_of(record_of(arm))
    layout = Layout([room for room, _ in rooms], [fan for _, fan in rooms], spare, rows, columns, tail_of(drawn))
    parts = Parts(anatomy, plan, drawn, layout, [room for room, _ in rooms])
    represented = _represented(plan, drawn)
    firsts = [layers[0] for layers in represented]
    kinds = ["triangle-right" if plan.layers[n - 1].transition else "square" for n in firsts]
    blocks = max(block.number for block in plan.blocks)
    folded = len(drawn) < len(plan.blocks)
    resized = {block.number for block in plan.blocks if block.resized}
    shortcuts = [one.number for one in drawn if one.resized and anatomy.shortcut]
    figure = go.Figure(
        data=parts.traces([sizes[n - 1] * (0.5 if plan.layers[n - 1].paths > 1 else 1) for n in firsts], kinds, firsts),
        layout=go.Layout(
            xaxis={"visible": False, "range": [-0.75, round(layout.columns - 0.25, 4)], "fixedrange": True},
            yaxis={"visible": False, "range": [0.5 - rows, 0.7], "fixedrange": True},
            margin={"l": 0, "r": 0, "t": 0, "b": 0},
            showlegend=False,
            annotations=_annotations(experiment, anatomy, layout, plan, drawn),
            meta={
                "connection": arm.connection,
                "depth": cell.depth,
                "columns": round(columns, 4),
                "length": round(layout.columns, 4),
                "rows": rows,
                "used_rows": layout.rows,
                "noted": experiment.stages > 1,
                "arc": ARC if anatomy.skips else 0.0,
                "join": JOINS[anatomy.record.join],
                "dash": "solid" if anatomy.record.concatenates else "dash",
                "blocks": blocks,
                "fold": max(len(one.blocks) for one in drawn),
                "stands": represented if folded else None,
                "shortcuts": shortcuts,
                "layers": [_description(layer, anatomy, layer.block in resized) for layer in plan.layers],
                # of each drawn block: where it stands, the numbers of its first and its last block, its survival
                "slots": [
                    [round(slot.left, 4), round(slot.right, 4), slot.y, one.number, one.blocks[-1].number]
                    + ([round(one.survival, 4)] if anatomy.record.drops else [])
                    for one, slot in zip(drawn, layout.slots, strict=True)
                ],
                # of each line of the skips: at which block it ends, 0 where it only begins
                "skips": [block for _, block in parts.skips],
                "words": anatomy.words,
                "block": large_block(anatomy, parts.layers_of(drawn[0])) if rows == 1 else None,
            },
        ),
    )
    plain: dict[str, Any] = figure.to_plotly_json()
    # the default template is a third of the figure's size, and the page has its own colours
    plain["layout"].pop("template", None)
    return plain


def _represented(plan: Plan, drawn: list[Drawn]) -> list[list[int]]:
    """Numbers of the layers that each drawn node stands for."""
    inner = [
        [block.first + part for block in one.blocks] for one in drawn for part in range(one.blocks[0].layers)
    ]  # fmt: skip
    return [[1], *inner, [len(plan.layers)]]


def _description(layer: Layer, anatomy: Anatomy, resized: bool) -> dict[str, Any]:
    """What the page shows of a layer under the pointer."""
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
    experiment: Experiment, anatomy: Anatomy, layout: Layout, plan: Plan, drawn: list[Drawn]
) -> list[dict[str, Any]]:
    """Below the blocks: the shape where a stage begins, and numbers that the picture cannot show."""
    record, fanned = anatomy.record, anatomy.record.uses("cardinality")
    low = -0.28 if record.drops else -GATE - 0.08 if anatomy.gated else -0.2
    # the paths of a layer reach down: there the words end before it
    end, anchor = (0.5, "right") if fanned else (JOINT / 2, "left")
    notes: dict[int, list[str]] = {0: []}
    if experiment.stages > 1:
        stage = 0
        for index, one in enumerate(drawn):
            if one.number and one.blocks[0].stage != stage:
                stage = one.blocks[0].stage
                layers = plan.layers[one.blocks[0].first - 1 :]
                shape = layers[0].reads if record.concatenates else layers[one.blocks[0].layers - 1].gives
                notes.setdefault(index, []).append(shape)
    if record.note:
        # both would not fit before the first block
        at = 1 if fanned and notes[0] and len(drawn) > 1 else 0
        notes.setdefault(at, []).append(record.note.format_map(anatomy.arm.model_dump()))
    found = [
        _note(layout.slots[index].left + end, layout.slots[index].y + low, ", ".join(texts), anchor, "top")
        for index, texts in notes.items()
        if texts
    ]
    many = max(len(one.blocks) for one in drawn)
    if many > 1:
        x, y = layout.output
        found.append(_note(x + 0.4, y, f"each is {many} blocks", "left", "middle"))
    return found


def _note(x: float, y: float, text: str, xanchor: str, yanchor: str) -> dict[str, Any]:
    return {
        "x": x, "y": y, "text": text, "showarrow": False, "xanchor": xanchor, "yanchor": yanchor,
        "font": {"size": 11},
    }  # fmt: skip
