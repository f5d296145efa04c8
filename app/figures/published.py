"""Published errors against depth or parameters, and the profile of a network by layer, as Plotly figures."""

import itertools
from collections.abc import Iterable
from math import ceil, floor, log10
from typing import Any, Literal

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from app.catalog.layer import Layer, Unrolled
from app.catalog.network import Network
from app.catalog.published import Error, Measure
from app.catalog.staged import Staged
from app.catalog.words import number
from app.contract import styles
from app.figures.traces import QUIET

#: of the bars of each stage, in the hues of the boxes; what stands outside of stages is grey
BARS = ("#1E8FA8", "#00805E", "#A87400", "#B0568B", "#5B6EAE")
#: units of the ticks of a profile, the largest first
UNITS = ((10**9, "G"), (10**6, "M"), (10**3, "k"))
#: on which side of its mark a network's name stands: away from the lines of its family and of the one before
SIDES = ("top right", "bottom left")
#: room left and right of the marks for names, as a factor on a logarithmic axis
NAMES = 1.25
AXES = {"depth": "layers, as the paper counts", "parameters": "parameters"}


def errors_figure(networks: Iterable[Network], measure: Measure, by: Literal["depth", "parameters"]) -> dict[str, Any]:
    """Errors of one measure; networks of a family are joined by a line, in the style of their connection.

    Of several errors of one network the one of its choices is drawn, else the first; ``customdata`` of a point is
    [name, source, choices and note].
    """
    families: dict[str, list[tuple[Network, Error]]] = {}
    for network in networks:
        found = [error for error in network.errors if error.measure == measure]
        if found:
            best = next((error for error in found if error.fits(network.chosen)), found[0])
            families.setdefault(network.family, []).append((network, best))
    traces = [_family(family, found, by, SIDES[place % 2]) for place, (family, found) in enumerate(families.items())]
    xs = [x for trace in traces for x in trace.x]
    ys = [y for trace in traces for y in trace.y]
    ticks, (bottom, top) = _ticks(xs), _ends(ys)
    figure = go.Figure(
        data=traces,
        layout=go.Layout(
            xaxis={
                "title": {"text": AXES[by]},
                "type": "log",
                "range": [log10(min(xs) / NAMES), log10(max(xs) * NAMES)],
                "tickvals": ticks,
                "ticktext": [number(x) for x in ticks],
            },
            yaxis={
                "title": {"text": "published error (%)"},
                "range": [bottom, top],
                "tickvals": (heights := _round_numbers(bottom, top)),
                "ticktext": [f"{height:g}" for height in heights],
            },
            showlegend=False,
            margin={"l": 48, "r": 16, "t": 16, "b": 40},
            meta={"measure": measure, "by": by},
        ),
    )
    return _plain(figure)


def _ticks(values: list[int]) -> list[int]:
    """1, 2 and 5 times powers of ten, from the last one below the values to the first one above."""
    ticks = [digit * 10**power for power in range(12) for digit in (1, 2, 5)]
    low, high = max(t for t in ticks if t <= min(values)), min(t for t in ticks if t >= max(values))
    return [tick for tick in ticks if low <= tick <= high]


def _ends(values: list[float]) -> tuple[float, float]:
    """Ends of an axis for these values, with room for the names above and below."""
    room = 0.12 * (max(values) - min(values)) or 1.0
    return min(values) - room, max(values) + room


def _round_numbers(low: float, high: float) -> list[float]:
    """Round numbers from low to high, at most six: multiples of 1, 2 or 5 times a power of ten."""
    rough = (high - low) / 6
    power = 10.0 ** floor(log10(rough))
    step = power * next(digit for digit in (1, 2, 5, 10) if digit * power >= rough)
    return [round(place * step, 6) for place in range(ceil(low / step), floor(high / step) + 1)]


def _family(family: str, found: list[tuple[Network, Error]], by: str, side: str) -> go.Scatter:
    place = {network.name: network.depth if by == "depth" else network.unroll().parameters for network, _ in found}
    points = sorted(found, key=lambda pair: place[pair[0].name])
    body = points[0][0].body
    style = body.connection.style if isinstance(body, Staged) else styles.PLAIN
    return go.Scatter(
        name=family,
        mode="lines+markers+text",
        x=[place[network.name] for network, _ in points],
        y=[error.percent for _, error in points],
        text=[network.label for network, _ in points],
        textposition=side,
        cliponaxis=False,
        customdata=[[network.name, error.source, _how(network, error)] for network, error in points],
        line={"color": style.light, "dash": style.dash, "width": 1.5},
        marker={"symbol": style.marker, "size": 9, "color": style.light},
        hovertemplate="%{text}: %{y} %<br>%{customdata[1]}<br>%{customdata[2]}<extra></extra>",
        meta={"light": style.light, "dark": style.dark},
    )


def _how(network: Network, error: Error) -> str:
    """With which choices a network was trained, and what else is to be said of its error."""
    made = [
        f"{one.label.lower()} {error.choices[name]}" for name, one in network.choices.items() if name in error.choices
    ]
    return ", ".join([*made, *([error.note] if error.note else [])])


def profile_figure(unrolled: Unrolled) -> dict[str, Any]:
    """Side of the map, channels, parameters, multiply-adds and receptive field, a panel each, over the weight layers.

    Projections on shortcuts are left out. Bars have the colours of their stages; a layer that sees the whole input has
    no bar for its receptive field.
    """
    layers = [layer for layer in unrolled.layers if layer.weighted and layer.path != "shortcut"]
    panels: dict[str, list[int | None]] = {
        "side of the map": [layer.gives[1] if len(layer.gives) == 3 else None for layer in layers],
        "channels": [layer.gives[0] if len(layer.gives) == 3 else layer.gives[-1] for layer in layers],
        "parameters": [layer.parameters for layer in layers],
        "multiply-adds": [layer.multiply_adds for layer in layers],
        "receptive field": [layer.receptive_field for layer in layers],
    }
    figure = make_subplots(rows=len(panels), cols=1, shared_xaxes=True, vertical_spacing=0.09)
    last = unrolled.blocks[-1].stage
    colours = [BARS[(one.stage - 1) % len(BARS)] if 0 < one.stage <= last else QUIET for one in layers]
    places = list(range(1, len(layers) + 1))
    for row, (name, values) in enumerate(panels.items(), 1):
        figure.add_bar(
            name=name, x=places, y=values, row=row, col=1, text=[_said(layer) for layer in layers], textposition="none",
            customdata=[layer.number for layer in layers], marker={"line": {"width": 0}},
            hovertemplate=f"%{{text}}<br>{name} %{{y:,}}<extra></extra>",
        )  # fmt: skip
        most = max((value for value in values if value is not None), default=1)
        figure.update_yaxes(range=[0, 1.05 * most], **_ticks_of_counts(most), row=row, col=1)
        # above its panel: beside it there is no room for a name
        figure.add_annotation(
            text=name, showarrow=False, x=0, xref="x domain", xanchor="left", y=1.02, yref="y domain",
            yanchor="bottom", row=row, col=1,
        )  # fmt: skip
    figure.update_xaxes(range=[0.5, len(layers) + 0.5], **_ticks_of_counts(len(layers)))
    figure.update_xaxes(title={"text": "weight layer"}, row=len(panels), col=1)
    figure.update_layout(showlegend=False, bargap=0, margin={"l": 48, "r": 16, "t": 24, "b": 40})
    made = _plain(figure)
    # Plotly would look at each of these colours by itself, in every panel
    for bars in made["data"]:
        bars["marker"]["color"] = colours
    return made


def _ticks_of_counts(most: int) -> dict[str, list[Any]]:
    """At most five round values from 0 on, in thousands, millions or thousands of millions."""
    steps = (round_one * 10**power for power in itertools.count() for round_one in (1, 2, 5))
    step = next(step for step in steps if most <= 4 * step)
    unit, sign = next(((unit, sign) for unit, sign in UNITS if most >= unit), (1, ""))
    values = range(0, most + 1, step)
    return {"tickvals": list(values), "ticktext": [f"{value / unit:g}{sign if value else ''}" for value in values]}


def _said(layer: Layer) -> str:
    place = f"stage {layer.stage}, block {layer.block}: " if layer.block else ""
    return place + layer.text


def _plain(figure: go.Figure) -> dict[str, Any]:
    made: dict[str, Any] = figure.to_plotly_json()
    made["layout"].pop("template", None)
    return made
