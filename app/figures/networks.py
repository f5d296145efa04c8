"""Published networks as columns of boxes, input on top, as in He et al. 2015, figure 3. One unit of y a box.

Traces, in this order: ``stream`` (the line through the boxes), ``skips`` (dashed) and ``solid skips``, ``braces`` and
``times`` (which blocks are folded, and how many they are), a trace of boxes a stage, ``texts`` in them, ``sizes``
(where the size changes) and ``layers``, invisible marks to point at: ``text`` is what to say, ``customdata`` the
column, and the numbers of the first and the last layer that the box stands for.
"""

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from app.catalog.layer import Unrolled
from app.catalog.network import Network
from app.figures.columns import HALF_WIDTH, Column, columns
from app.figures.layout import Line, Point
from app.figures.traces import QUIET, SKIP_COLOUR, letters, lines, short

#: between the middles of two columns, and room left of the first one
SPACING, LEFT = 5.2, 3.2
#: fills of the stages, light enough for dark text in both themes; what stands outside of stages is grey
FILLS = ("#CFE8F3", "#CDEBDD", "#F7E3B8", "#EBD3E3", "#DCE3F5")
OUTSIDE = "#E4E6E8"
TEXT = "#1B1F23"


def network_figure(network: Network, unrolled: Unrolled, folded: bool) -> dict[str, Any]:
    """One network. Skips are dashed, solid where they are projections.

    Args:
        folded: blocks alike are drawn once, with their number beside them.
    """
    return _figure([network], [unrolled], folded, {"projection"})


def columns_figure(networks: Sequence[Network]) -> dict[str, Any]:
    """Several networks at their published size side by side, unfolded, aligned on top.

    As in the paper, shortcuts are solid, and dashed where the size changes.
    """
    return _figure(networks, [network.unroll() for network in networks], False, {"identity"})


def _figure(
    networks: Sequence[Network], unrolled: Sequence[Unrolled], folded: bool, solid: set[str]
) -> dict[str, Any]:  # fmt: skip
    drawn = columns(unrolled, folded, SPACING)
    rows = 1 - round(min(one.boxes[-1].at[1] for one in drawn))
    stages = sorted({box.stage for one in drawn for box in one.boxes})
    skips = [(skip.line, skip.kind in solid) for one in drawn for skip in one.skips]
    traces = {
        "stream": lines([one.stream for one in drawn], QUIET),
        "skips": lines([line for line, whole in skips if not whole], SKIP_COLOUR, "6px,3px"),
        "solid skips": lines([line for line, whole in skips if whole], SKIP_COLOUR),
        "braces": lines([line for one in drawn for line in one.braces], QUIET),
        "times": letters([(at, text, "middle left") for one in drawn for at, text in one.times]),
        **{f"stage {stage}": _boxes(drawn, stage) for stage in stages},
        "texts": _texts([(box.at, box.text) for one in drawn for box in one.boxes]),
        "sizes": letters([(at, text, "middle left") for one in drawn for at, text in one.sizes]),
        "layers": _targets(drawn),
    }
    layout = go.Layout(
        xaxis={"visible": False, "range": [-LEFT, SPACING * (len(drawn) - 0.5)]},
        yaxis={"visible": False, "range": [-rows, 1.5]},
        margin={"l": 0, "r": 0, "t": 0, "b": 0},
        showlegend=False,
        dragmode="pan",
        annotations=[
            {"x": place * SPACING, "y": 1.1, "text": network.label, "showarrow": False, "font": {"size": 14}}
            for place, network in enumerate(networks)
        ],
        meta={
            "networks": [network.name for network in networks],
            "rows": rows,
            "folded": folded,
            "stages": stages,
        },
    )
    # a Figure would check every one of thousands of points again, and bring a template that the page has no use for
    data = [trace.update(name=name).to_plotly_json() for name, trace in traces.items()]
    return {"data": data, "layout": layout.to_plotly_json()}


def _boxes(columns: Sequence[Column], stage: int) -> go.Scatter:
    """The boxes of a stage, or with 0 those outside of stages, as filled outlines."""
    outlines: list[Line] = []
    for x, y in (box.at for one in columns for box in one.boxes if box.stage == stage):
        left, right, top, bottom = x - HALF_WIDTH, x + HALF_WIDTH, y + 0.34, y - 0.34
        outlines.append([(left, top), (right, top), (right, bottom), (left, bottom), (left, top)])
    colour = FILLS[(stage - 1) % len(FILLS)] if stage else OUTSIDE
    return lines(outlines, QUIET, fill="toself").update(fillcolor=colour, line={"width": 1}, meta={"stage": stage})


def _texts(found: list[tuple[Point, str]]) -> go.Scatter:
    trace = letters([(at, text, "middle center") for at, text in found])
    return trace.update(textfont={"size": 11, "color": TEXT})


def _targets(columns: Sequence[Column]) -> go.Scatter:
    boxes = [(place, box) for place, one in enumerate(columns) for box in one.boxes]
    return go.Scatter(
        mode="markers",
        x=[short(box.at[0]) for _, box in boxes],
        y=[short(box.at[1]) for _, box in boxes],
        customdata=[[place, *box.layers] for place, box in boxes],
        text=[box.words for _, box in boxes],
        marker={"size": 18, "opacity": 0},
        hoverinfo="text",
    )
