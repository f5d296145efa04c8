"""Traces: Plotly's lines, marks and letters, from lists of points."""

from collections.abc import Iterable
from typing import Any

import plotly.graph_objects as go

from app.figures.layout import Line, Point

SKIP_COLOUR = "#D55E00"
QUIET = "#767b80"


def lines(lines: Iterable[Line], colour: str, dash: str = "solid", fill: str | None = None) -> go.Scatter:
    """Many polylines as one trace, parted by None."""
    points = [point for line in lines for point in [*line, (None, None)]][:-1]
    return go.Scatter(
        mode="lines",
        x=[short(x) for x, _ in points],
        y=[short(y) for _, y in points],
        line={"color": colour, "width": 2, "dash": dash},
        fill=fill,
        hoverinfo="skip",
    )


def marks(
    at: list[Point], data: list[Any], symbol: str | list[str], sizes: list[float], **marker: Any
) -> go.Scatter:  # fmt: skip
    """Marks in one trace; ``sizes`` are relative to a layer's square, which the page knows in pixels."""
    return go.Scatter(
        mode="markers",
        x=[short(x) for x, _ in at],
        y=[short(y) for _, y in at],
        customdata=data,
        marker={"symbol": symbol, "size": [12 * size for size in sizes], **marker},
        hoverinfo="none",
    )


def ends(at: list[Point]) -> go.Scatter:
    """The circles *in* and *out*."""
    return go.Scatter(
        mode="markers+text",
        x=[x for x, _ in at],
        y=[y for _, y in at],
        text=["in", "out"],
        marker={"symbol": "circle", "size": 22, "color": "#ffffff", "line": {"width": 1.5, "color": QUIET}},
        textfont={"size": 11},
        hoverinfo="skip",
    )


def letters(letters: list[tuple[Point, str, str]]) -> go.Scatter:
    """Letters beside marks, each with the side on which it stands."""
    return go.Scatter(
        mode="text",
        x=[short(x) for (x, _), _, _ in letters],
        y=[short(y) for (_, y), _, _ in letters],
        text=[text for _, text, _ in letters],
        textposition=[side for _, _, side in letters],
        textfont={"size": 11},
        hoverinfo="skip",
    )


def short(value: float | None) -> float | None:
    """A coordinate with as many digits as a screen shows."""
    return None if value is None else round(value, 4)
