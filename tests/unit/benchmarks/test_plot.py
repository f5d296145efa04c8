"""The picture of the benchmark: well formed, and every bar as long as its number says."""

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from benchmarks.plot import COLOURS, OURS, Panel, save, svg
from benchmarks.rivals import BARE, TFJS

PANELS = [
    Panel(
        "Sweep <fast> & slow", [("norm", {OURS: 60.0, BARE: 15.0, TFJS: 1.5}), ("no norm", {OURS: 90.0, BARE: 20.0})]
    ),
    Panel("Pair", [("6n+2", {OURS: 2.0, BARE: 1.0})]),
]
NAME = "{http://www.w3.org/2000/svg}"


def test_bars_of_a_panel_are_proportional_to_their_numbers_from_zero() -> None:
    picture = ET.fromstring(svg(PANELS, "a machine"))
    bars = [rect for rect in picture.iter(f"{NAME}rect") if rect.get("x") == "250"]
    lengths = [float(rect.get("width", "0")) for rect in bars]
    longest = lengths[3]
    assert lengths[:5] == pytest.approx([longest * value / 90 for value in (60, 15, 1.5, 90, 20)], abs=0.1)
    assert lengths[5:] == pytest.approx([longest, longest / 2], abs=0.1)
    assert [rect.get("fill") for rect in bars[:3]] == [COLOURS[name] for name in (OURS, BARE, TFJS)]


def test_every_bar_says_its_number_and_how_far_ahead_we_are(tmp_path: Path) -> None:
    save(PANELS, "a machine", tmp_path / "images" / "bench.svg")
    picture = ET.parse(tmp_path / "images" / "bench.svg").getroot()
    words = [text.text for text in picture.iter(f"{NAME}text")]
    for expected in (
        "Sweep <fast> & slow",
        "norm",
        "60.0",
        "15.0 (skipscope: 4.0×)",
        "1.5 (skipscope: 40.0×)",
        "a machine",
        OURS,
        BARE,
        TFJS,
    ):
        assert expected in words


def test_the_legend_names_what_is_drawn_and_nothing_else() -> None:
    groups = [("norm", dict.fromkeys(COLOURS, 1.0)), ("no norm", {OURS: 1.0})]
    for shown, expected in ((groups, list(COLOURS)), (groups[1:], [OURS])):
        words = [text.text for text in ET.fromstring(svg([Panel("Sweep", shown)], "")).iter(f"{NAME}text")]
        assert [word for word in words if word in COLOURS] == expected


def test_nothing_is_drawn_outside_the_picture() -> None:
    picture = ET.fromstring(svg(PANELS, "a machine"))
    _, _, width, height = map(float, picture.get("viewBox", "").split())
    for part in (*picture.iter(f"{NAME}rect"), *picture.iter(f"{NAME}text")):
        assert 0 <= float(part.get("x", "0")) + float(part.get("width", "0")) <= width
        assert 0 <= float(part.get("y", "0")) + float(part.get("height", "0")) <= height
