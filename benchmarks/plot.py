"""The benchmark as a picture: horizontal bars in a static SVG, without a drawing library."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

from benchmarks import rivals

#: Okabe–Ito; the engine's is the orange of the skip edges
OURS = "skipscope"
COLOURS = {
    OURS: "#D55E00", rivals.JAX: "#CC79A7", rivals.ENSEMBLES: "#E69F00", rivals.FUSED: "#56B4E9",
    rivals.BARE: "#0072B2", rivals.TFJS: "#009E73",
}  # fmt: skip
WIDTH, LEFT, RIGHT, BAR, GAP, TITLE = 860, 250, 150, 16, 10, 40
#: names of the legend side by side
A_ROW = 4


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
    shown = [name for name in COLOURS if any(name in values for panel in panels for _, values in panel.groups)]
    top, parts = 24 + 24 * -(-len(shown) // A_ROW), []
    for number, name in enumerate(shown):
        x, y = 20 + number % A_ROW * 200, 28 + number // A_ROW * 24
        parts.append(f'<rect x="{x}" y="{y - 12}" width="14" height="14" fill="{COLOURS[name]}"/>')
        parts.append(_text(x + 20, y, name))
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
    parts = []
    for label, values in panel.groups:
        parts.append(_text(LEFT - 10, y + len(values) * BAR / 2 + 5, label, anchor="end"))
        for name, value in values.items():
            length = (WIDTH - LEFT - RIGHT) * value / most
            against = "" if name == OURS else f" ({OURS}: {values[OURS] / value:.1f}×)"
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
