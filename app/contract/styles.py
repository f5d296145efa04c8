"""How the arms of a connection are drawn, the same in every run: colour, dash and marker.

Plain is the only blue circle. The hues are those of Okabe and Ito, shaded to a contrast of 3:1 or more on the panel of
each theme. There are fewer hues than connections, so dash and marker tell apart what shares one.
"""

from typing import NamedTuple


class Style(NamedTuple):
    """Of every arm of a connection.

    Attributes:
        light, dark: its colour in each theme, ``#rrggbb``.
        dash: of its lines, as Plotly has it: ``solid``, or lengths of strokes and gaps in pixels.
        marker: one of Plotly's symbols, whose shape ``static/js/view/arm_styles.js`` knows.
    """

    light: str
    dark: str
    dash: str
    marker: str


_BLUE, _VERMILLION, _GREEN = ("#0072B2", "#5AA9E6"), ("#D55E00", "#F0883E"), ("#00805E", "#2CC295")
_PURPLE, _ORANGE, _SKY = ("#B0568B", "#E39BC4"), ("#A87400", "#F2B83A"), ("#1E8FA8", "#7FD6E8")
_DASHED, _DOTTED, _DASH_DOTTED, _LONG_DASHED = "6px,3px", "2px,3px", "10px,3px,2px,3px", "14px,4px"

PLAIN = Style(*_BLUE, "solid", "circle")
RESIDUAL = Style(*_VERMILLION, _DASHED, "diamond")
PREACT = Style(*_GREEN, _DOTTED, "square")
BOTTLENECK = Style(*_SKY, _DASHED, "pentagon")
RESNEXT = Style(*_ORANGE, _DOTTED, "hexagon")
WIDE = Style(*_PURPLE, _DASHED, "star")
HIGHWAY = Style(*_PURPLE, _DASH_DOTTED, "triangle-up")
DENSE = Style(*_ORANGE, _LONG_DASHED, "triangle-down")
SKIPINIT = Style(*_SKY, _DASH_DOTTED, "cross")
STOCHASTIC = Style(*_GREEN, _LONG_DASHED, "x")
