"""The diagrams in a real browser: the page's own chart, drawn with Plotly from the server's own figures."""

import re
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from app.contract.connections import CONNECTIONS
from tests.browser.lab_page import SHORT, open_lab, state
from tests.patience import PATIENCE
from tests.support import Server

#: makes the chart of an experiment's first cell in a panel of the size of the Lab's
MAKE = """async ({experiment, width, height}) => {
    const script = [...document.querySelectorAll('script[type=module]')].find(one => one.src.includes('/pages/lab'));
    const {DiagramChart} = await import(new URL('../charts/diagram.js', script.src));
    const {palette} = await import(new URL('../../model/colours.js', script.src));
    const answer = await fetch('/api/diagrams', {
        method: 'POST', headers: {'content-type': 'application/json'},
        body: JSON.stringify({experiment, aspect: width / height}),
    });
    const {figures} = await answer.json();
    document.querySelector('#tried')?.remove();
    const element = document.createElement('div');
    element.id = 'tried';
    element.style.width = `${width}px`;
    element.style.height = `${height}px`;
    document.body.prepend(element);
    const {meta} = figures[0].layout;
    const side = {cell: 0, arm: 0, depth: meta.depth, layers: meta.layers.length, name: ''};
    const scene = {
        run: {frames: [], experiment, cells: []}, cursor: null, layer: null, colours: palette(false), decades: [-3, 0],
        view: {gradient: 'weight'}, sides: [side, side], diagrams: figures,
    };
    const chart = new DiagramChart(element, () => scene, 0);
    chart.draw();
    window.tried = {chart, element, side, scene, meta};
    return meta;
}"""
#: number of the drawn trace of a name, and of what is in it
DRAWN = "(name) => { const found = tried.element.data.find(one => one.name === name); return found ?? null }"


def make(page: Page, server: Server, **experiment: Any) -> Any:
    """Draw the diagram of an experiment's first cell; returns its meta."""
    open_lab(page, server)
    return page.evaluate(MAKE, {"experiment": experiment, "width": 596, "height": 119})


#: whose diagrams have parts that no other has; the others are looked at by `make test-all`
TELLING = ("dense", "highway", "resnext")


@pytest.mark.parametrize(
    "connection", [name if name in TELLING else pytest.param(name, marks=pytest.mark.slow) for name in CONNECTIONS]
)
def test_each_node_and_each_join_tells_its_block_and_each_part_its_words(
    watched: Page, server: Server, connection: str
) -> None:
    meta = make(watched, server, depths=[14], arms=[{"connection": connection}])
    told = watched.evaluate(
        """() => { const {chart, element} = tried; const at = (name) => {
            const {x, y, customdata} = element.data.find(one => one.name === name);
            return x.map((_, i) => [customdata?.[i], chart.blockAt(x[i], y[i]), chart.layerAt(x[i], y[i]),
                chart.wordsAt(x[i], y[i])]);
        }; return {nodes: at('nodes'), joins: at('joins'), ends: at('ends')}; }"""
    )
    assert [words.split(":")[0] for *_, words in told["ends"]] == ["in", "out"]
    for number, block, layer, words in told["nodes"]:
        assert block == (meta["layers"][number - 1]["block"] or None)
        assert layer == number
        assert words.startswith(meta["layers"][number - 1]["name"])
    assert len(told["joins"]) == (0 if connection == "plain" else meta["blocks"])
    for number, block, _, words in told["joins"]:
        assert block == number
        assert f"lock {number}" in words


def test_what_is_not_of_a_block_tells_none(watched: Page, server: Server) -> None:
    make(watched, server, depths=[8], arms=[{"connection": "residual"}])
    assert watched.evaluate("() => tried.chart.blockAt(-0.3, 0)") is None
    assert watched.evaluate("() => tried.chart.blockAt(1, 3)") is None


def test_shares_make_edges_as_thick_as_what_passes(watched: Page, server: Server) -> None:
    make(watched, server, depths=[8], arms=[{"connection": "residual"}])
    assert watched.evaluate(DRAWN, "shares") is None
    watched.evaluate(
        """() => { tried.side.shares = [{shortcut: 1, branch: 0}, {shortcut: 0.5, branch: 0.5},
            {shortcut: 0, branch: 1}]; tried.chart.draw(); }"""
    )
    widths, blocks, arcs = watched.evaluate(
        """() => { const {data} = tried.element; const wires = data.find(one => one.name === 'wires'); return [
            wires.marker.line.width, wires.customdata.map(one => one[2]),
            data.filter(one => one.name === 'shares').map(one => [one.line.width, one.x[0]])]; }"""
    )
    of_block = {block: width for width, block in zip(widths, blocks, strict=True)}
    assert of_block[1] < of_block[2] < of_block[3]
    # the first arc carries all, the last nothing
    assert [width for width, _ in sorted(arcs, key=lambda arc: arc[1])] == sorted([w for w, _ in arcs], reverse=True)
    assert len(arcs) == 3
    assert watched.evaluate(DRAWN, "skips")["x"] == []
    watched.evaluate("() => { tried.side.shares = null; tried.chart.draw(); }")
    assert watched.evaluate(DRAWN, "shares") is None
    assert watched.evaluate(DRAWN, "skips")["x"] != []


def test_a_block_that_is_taken_out_is_crossed_out_and_pale(watched: Page, server: Server) -> None:
    make(watched, server, depths=[8], arms=[{"connection": "plain"}])
    watched.evaluate("() => { tried.side.lesions = [2]; tried.chart.draw(); }")
    assert len(watched.evaluate(DRAWN, "removed")["x"]) == 1
    pale = [opacity < 0.5 for opacity in watched.evaluate(DRAWN, "nodes")["marker"]["opacity"]]
    assert pale == [False, False, False, True, True, False, False, False]
    watched.evaluate("() => { tried.side.lesions = []; tried.chart.draw(); }")
    assert watched.evaluate(DRAWN, "removed") is None


def test_a_folded_giant_crosses_out_the_drawn_block_that_holds_the_one_taken_out(watched: Page, server: Server) -> None:
    meta = make(watched, server, depths=[1000], arms=[{"connection": "residual"}])
    watched.evaluate("() => { tried.side.lesions = [499]; tried.chart.draw(); }")
    removed = watched.evaluate(DRAWN, "removed")
    left, right, y, first, last = meta["slots"][-1]
    assert first < 499 == last
    assert (removed["x"], removed["y"]) == ([(left + right) / 2], [y])


#: panels of the Lab, low ones and in windows of 1280, 1920 and 1024 pixels, on a phone, in presenter mode
PANELS = {
    "flat": (596, 97),
    "1280": (590, 120),
    "1920": (900, 170),
    "1024": (468, 104),
    "phone": (358, 150),
    "presenter": (900, 220),
}
#: parts that reach over an edge of the panel, and words that lie over others
WRONG = """() => { const box = tried.element.getBoundingClientRect(), {top, left, right, bottom} = box;
    const seen = [...tried.element.querySelectorAll('.point, .textpoint, .annotation-text, .js-line, .js-fill')]
        .map(one => [one, one.getBoundingClientRect()]).filter(([, at]) => at.width + at.height > 0);
    const out = seen.filter(([, at]) => at.left < left - 1 || at.right > right + 1 || at.top < top - 1
        || at.bottom > bottom + 1).map(([one]) => `outside: ${one.textContent || one.getAttribute('class')}`);
    const words = seen.filter(([one]) => one.textContent.trim());
    words.forEach(([one, p], index) => words.slice(index + 1).forEach(([other, q]) => {
        if (Math.min(p.right, q.right) - Math.max(p.left, q.left) > 3
            && Math.min(p.bottom, q.bottom) - Math.max(p.top, q.top) > 3)
            out.push(`${one.textContent} over ${other.textContent}`); }));
    return out; }"""


@pytest.mark.parametrize("panel", PANELS)
def test_all_is_within_the_panel_and_nothing_lies_over_words(watched: Page, server: Server, panel: str) -> None:
    open_lab(watched, server)
    if panel == "presenter":
        watched.keyboard.press("p")
    width, height = PANELS[panel]
    for connection in ("residual", "resnext", "dense", "highway"):
        # so wide a dense network is refused
        for depth in (4, 8, 16, 32, 64, *([] if connection == "dense" else [1000])):
            told = {"depths": [depth], "arms": [{"connection": connection, "skip_scale": 0.5}]}
            watched.evaluate(MAKE, {"experiment": told, "width": width, "height": height})
            assert watched.evaluate(WRONG) == [], (connection, depth)


@pytest.mark.parametrize("panel", PANELS)
def test_a_diagram_fills_its_panel_in_one_direction_and_stands_in_its_middle(
    watched: Page, server: Server, panel: str
) -> None:
    open_lab(watched, server)
    width, height = PANELS[panel]
    for depth in (8, 20, 64):
        told = {"experiment": {"depths": [depth], "arms": [{"connection": "residual"}]}}
        watched.evaluate(MAKE, told | {"width": width, "height": height})
        left, top, right, bottom = watched.evaluate(
            """() => { const box = tried.element.getBoundingClientRect();
                const all = [...tried.element.querySelectorAll('.point, .js-line, .textpoint')]
                    .map(one => one.getBoundingClientRect()).filter(at => at.width + at.height > 0);
                const end = (side) => all.map(at => Math.abs(at[side] - box[side]));
                return ['left', 'top', 'right', 'bottom'].map(side => Math.min(...end(side))); }"""
        )
        assert abs(left - right) < 0.12 * width and abs(top - bottom) < 0.2 * height
        assert left + right < 0.25 * width or top + bottom < 0.25 * height


def test_a_panel_of_another_shape_gets_diagrams_of_its_shape(watched: Page, fresh_server: Server) -> None:
    open_lab(watched, fresh_server)
    rows = "document.querySelector('#side-b .diagram').layout.meta.used_rows"
    watched.wait_for_function(f"() => {rows} === 3")
    watched.set_viewport_size({"width": 390, "height": 844})
    watched.wait_for_function(f"() => {rows} > 3")
    watched.set_viewport_size({"width": 1280, "height": 720})
    watched.wait_for_function(f"() => {rows} === 3")


def test_a_part_of_the_block_that_is_drawn_large_tells_what_it_is(watched: Page, server: Server) -> None:
    make(watched, server, depths=[4], arms=[{"connection": "residual"}])
    names = watched.evaluate(DRAWN, "large names")
    words = watched.evaluate(
        """(names) => names.text.map((text, i) => [text, tried.chart.wordsAt(names.x[i], names.y[i])])""", names
    )
    told = dict(words)
    assert told["norm"] == "norm N" and told["sum"].startswith("block 1: ⊕ adds") and "shortcut" in told["skip"]
    assert told["weights"] == "weights of block 1, layer 2: linear, 32 → 32"
    watched.evaluate("() => { tried.element.style.width = '240px'; tried.chart.draw(); }")
    assert watched.evaluate(DRAWN, "large names") is None


#: where the node of a layer stands on the screen, in the left panel
PLACE = """(layer) => { const plot = document.querySelector('#side-a .diagram');
    const { x, y } = plot.data[3], { xaxis, yaxis } = plot._fullLayout, box = plot.getBoundingClientRect();
    return [box.left + xaxis.l2p(x[layer - 1]), box.top + yaxis.l2p(y[layer - 1])] }"""


def stop(page: Page, side: str) -> Locator:
    """The one place of a diagram where the Tab key leads."""
    return page.locator(f"#side-{side} .layer-stop")


def test_arrows_lead_from_layer_to_layer_and_what_has_the_focus_is_lit_and_read_out(
    watched: Page, fresh_server: Server
) -> None:
    open_lab(watched, fresh_server)
    slider = stop(watched, "b")
    slider.focus()
    lines = [watched.locator(f"#side-{side} .layer-text") for side in "ab"]
    said = [
        ("Home", 1, r"Layer 1 of 64, first layer: weights 64 × 32, ‖∂L/∂W‖ \d.*\.$"),
        ("ArrowRight", 2, r"Layer 2 of 64, block 1: weights 32 × 32, ‖∂L/∂W‖ \d.*\. Enter takes block 1 out\.$"),
        ("Shift+ArrowRight", 4, "Layer 4 of 64, block 2:"),
        ("PageDown", 6, "Layer 6 of 64, block 3:"),
        ("ArrowRight", 7, "Layer 7 of 64, block 3:"),
        ("PageUp", 6, "Layer 6 of 64"),
        ("Control+ArrowLeft", 4, "Layer 4 of 64"),
        ("ArrowLeft", 3, "Layer 3 of 64"),
        ("End", 64, "Layer 64 of 64, last layer: weights 32 × 10"),
        ("ArrowRight", 64, "Layer 64 of 64"),
    ]
    for key, number, words in said:
        watched.keyboard.press(key)
        expect(slider).to_have_attribute("aria-valuenow", str(number))
        expect(slider).to_have_attribute("aria-valuetext", re.compile(words))
        for line in lines:
            expect(line).to_contain_text(f"Layer {number}:")
    where = slider.bounding_box()
    watched.keyboard.press("ArrowUp")
    above = slider.bounding_box()
    assert where is not None and above is not None
    assert above["y"] < where["y"] - 20 and abs(above["x"] - where["x"]) < 30
    watched.keyboard.press("ArrowDown")
    expect(slider).to_have_attribute("aria-valuenow", "64")
    # the page's own keys did not hear of it
    expect(watched.locator("#depth-number")).to_have_text("64")
    expect(watched.locator("#progress b")).not_to_have_text("0")
    watched.keyboard.press("Tab")
    expect(lines[1]).not_to_contain_text("Layer 64")


@pytest.mark.parametrize("look", ["light", "dark", "forced"])
def test_the_focus_of_a_diagram_is_seen_where_its_layer_stands(
    watched: Page, fresh_server: Server, look: Literal["light", "dark", "forced"]
) -> None:
    if look == "forced":
        watched.emulate_media(forced_colors="active")
    open_lab(watched, fresh_server, "#theme=dark" if look == "dark" else "")
    slider = stop(watched, "a")
    slider.focus()
    watched.keyboard.press("ArrowRight")
    style = slider.evaluate("one => [getComputedStyle(one).outlineStyle, getComputedStyle(one).outlineWidth]")
    assert style == ["solid", "3px"]
    box = slider.bounding_box()
    assert box is not None and box["width"] >= 24 and box["height"] >= 24
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    assert middle == pytest.approx(watched.evaluate(PLACE, 2), abs=1.5)


def test_enter_takes_the_block_of_a_layer_out_and_puts_it_back(watched: Page, server: Server) -> None:
    open_lab(watched, server, SHORT)
    watched.keyboard.press(" ")
    state(watched, "finished")
    slider = stop(watched, "a")
    slider.focus()
    watched.keyboard.press("PageDown")
    for key in ("Enter", " "):
        watched.keyboard.press(key)
        expect(slider).to_have_attribute("aria-valuetext", re.compile("Block 1 is taken out. Enter puts it back."))
        for side in "ab":
            expect(watched.locator(f"#side-{side} .accuracy-name")).to_contain_text("whole")
        watched.keyboard.press(key)
        expect(slider).to_have_attribute("aria-valuetext", re.compile("Enter takes block 1 out."))
        expect(watched.locator("#side-a .accuracy-name")).to_have_text("test accuracy")
    # of no block
    watched.keyboard.press("Home")
    watched.keyboard.press("Enter")
    expect(watched.locator("#side-a .accuracy-name")).to_have_text("test accuracy")
    state(watched, "finished")


def test_a_finger_hits_the_nearest_block_and_is_told_the_layer(browser: Browser, server: Server) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True)
    context.set_default_timeout(1000 * PATIENCE)
    page = context.new_page()
    open_lab(page, server, SHORT)
    page.keyboard.press(" ")
    state(page, "finished")
    page.locator("#side-a .diagram").scroll_into_view_if_needed()
    x, y = page.evaluate(PLACE, 4)
    page.touchscreen.tap(x + 5, y)
    expect(page.locator("#side-a .layer-text")).to_contain_text("Layer 4:")
    expect(page.locator("#side-a .accuracy-name")).to_contain_text("whole")
    crossed = (
        "() => document.querySelector('#side-a .diagram').data.find(one => one.name === 'removed')?.x.length === 1"
    )
    page.wait_for_function(crossed)
    # nothing has moved, and a quick second tap counts once, too
    assert page.evaluate(PLACE, 4) == [x, y]
    expect(page.locator("#side-a .undo-lesion")).to_be_in_viewport(ratio=1)
    page.touchscreen.tap(x + 5, y)
    expect(page.locator("#side-a .accuracy-name")).to_have_text("test accuracy")
    context.close()
