"""What arms look like: no two connections alike, every colour to be told from its ground."""

import re

import pytest

from app.contract.connections import CONNECTIONS
from app.paths import static_dir

STYLES = {name: record.style for name, record in CONNECTIONS.items()}


def luminance(colour: str) -> float:
    """Relative luminance of ``#rrggbb`` (WCAG 2.2)."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def panels() -> tuple[str, str]:
    """Ground of the charts, light and dark."""
    tokens = (static_dir() / "css" / "base" / "tokens.css").read_text(encoding="utf-8")
    found = re.search(r"--panel: light-dark\((#\w+), (#\w+)\)", tokens)
    assert found
    return found[1], found[2]


def test_no_two_connections_look_alike() -> None:
    assert len({(style.light, style.dash, style.marker) for style in STYLES.values()}) == len(STYLES)
    assert len({(style.dark, style.dash, style.marker) for style in STYLES.values()}) == len(STYLES)
    # a marker alone tells which it is, so colour never carries it alone
    assert len({style.marker for style in STYLES.values()}) == len(STYLES)


def test_plain_is_the_only_blue_and_the_only_circle() -> None:
    plain = STYLES["plain"]
    others = [style for name, style in STYLES.items() if name != "plain"]
    assert (plain.light, plain.marker) == ("#0072B2", "circle")
    assert all(style.light != plain.light and style.dark != plain.dark for style in others)
    assert all(style.marker != "circle" for style in others)


@pytest.mark.parametrize("name", CONNECTIONS)
def test_a_colour_stands_out_from_its_ground(name: str) -> None:
    light, dark = panels()
    assert contrast(STYLES[name].light, light) >= 3
    assert contrast(STYLES[name].dark, dark) >= 3


@pytest.mark.parametrize("name", CONNECTIONS)
def test_the_page_knows_the_shape_of_the_marker(name: str) -> None:
    source = (static_dir() / "js" / "view" / "arm_styles.js").read_text(encoding="utf-8")
    assert re.search(rf'^  "?{STYLES[name].marker}"?:\s+"', source, re.MULTILINE)
