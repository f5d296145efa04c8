"""The benchmark as a picture: horizontal bars in a static SVG, without a drawing library."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

#: Okabe–Ito; the engine's is the orange of the skip edges
COLOURS = {"skipscope": "#D55E00", "bare PyTorch loop": "#0072B2", "TensorFlow.js, WASM": "#009E73"}
WIDTH, LEFT, RIGHT, BAR, GAP, TITLE = 860, 250, 150, 16, 10, 40


@dataclass(frozen=True, slots=True)
class Panel:
    """Bars of one scale: for each label the rivals' thousand layer-steps a second, in the order of drawing."""

    title: str
    groups: Sequence[tuple[str, dict[str, float]]]

    @property
    def height(self) -> int:
        """Pixels that it takes."""
        return TITLE + sum(len(values) * BAR + GAP for _, values in self.groups)


def svg(panels: Sequence[Panel], footer: str) -> str:
    """The picture. Every panel has its own scale from zero, and each bar its number."""
    top, parts = 48, []
    for number, (name, colour) in enumerate(COLOURS.items()):
        x = 20 + number * 200
        parts.append(f'<rect x="{x}" y="16" width="14" height="14" fill="{colour}"/>' + _text(x + 20, 28, name))
    for panel in panels:
        parts.append(_text(20, top + 24, panel.title, weight="bold"))
        parts += _bars(panel, top + TITLE)
        top += panel.height
    parts.append(_text(20, top + 24, footer, size=12))
    height = top + 40
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" '
        'font-family="system-ui, sans-serif" fill="#222">\n'
        "<title>Thousand layer-steps a second: Skipscope and its rivals, in one run</title>\n"
        f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>\n' + "\n".join(parts) + "\n</svg>\n"
    )


def save(panels: Sequence[Panel], footer: str, path: Path) -> None:
    """Write the picture."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(svg(panels, footer), encoding="utf-8")


def _bars(panel: Panel, y: int) -> list[str]:
    most = max(value for _, values in panel.groups for value in values.values())
    first = next(iter(COLOURS))
    parts = []
    for label, values in panel.groups:
        parts.append(_text(LEFT - 10, y + len(values) * BAR / 2 + 5, label, anchor="end"))
        for name, value in values.items():
            length = (WIDTH - LEFT - RIGHT) * value / most
            against = "" if name == first else f" ({first}: {values[first] / value:.1f}×)"
            parts.append(
                f'<rect x="{LEFT}" y="{y}" width="{length:.1f}" height="{BAR - 2}" fill="{COLOURS[name]}"/>'
                + _text(LEFT + length + 6, y + BAR - 4, f"{value:.1f}{against}", size=12)
            )
            y += BAR
        y += GAP
    return parts


def _text(x: float, y: float, words: str, *, size: int = 14, anchor: str = "start", weight: str = "normal") -> str:
    return (
        f'<text x="{x:.0f}" y="{y:.0f}" font-size="{size}" text-anchor="{anchor}" font-weight="{weight}">'
        f"{escape(words)}</text>"
    )
