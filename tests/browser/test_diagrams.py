"""The diagrams in a real browser: the page's own chart, drawn with Plotly from the server's own figures."""

from typing import Any

import pytest
from playwright.sync_api import Page

from app.contract.experiment import CONNECTIONS
from tests.browser.lab_page import open_lab
from tests.support import Server

#: makes the chart of an experiment's first cell in a panel of the size of the Lab's
MAKE = """async ({experiment, columns, width, height}) => {
    const script = [...document.querySelectorAll('script[type=module]')].find(one => one.src.includes('/js/lab'));
    const {DiagramChart} = await import(new URL('charts/diagram.js', script.src));
    const {palette} = await import(new URL('colours.js', script.src));
    const answer = await fetch('/api/diagrams', {
        method: 'POST', headers: {'content-type': 'application/json'}, body: JSON.stringify({experiment, columns}),
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
        run: {frames: [], experiment}, cursor: null, layer: null, colours: palette(false), decades: [-3, 0],
        view: {gradient: 'weight'}, sides: [side, side],
    };
    const chart = new DiagramChart(element, () => scene, 0);
    chart.take(figures);
    chart.draw();
    window.tried = {chart, element, side, scene, meta};
    return meta;
}"""
#: number of the drawn trace of a name, and of what is in it
DRAWN = "(name) => { const found = tried.element.data.find(one => one.name === name); return found ?? null }"


def make(page: Page, server: Server, **experiment: Any) -> Any:
    """Draw the diagram of an experiment's first cell; returns its meta."""
    open_lab(page, server)
    return page.evaluate(MAKE, {"experiment": experiment, "columns": 17, "width": 596, "height": 119})


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
            return x.map((_, i) => [customdata[i], chart.blockAt(x[i], y[i]), chart.layerAt(x[i], y[i]),
                chart.wordsAt(x[i], y[i])]);
        }; return {nodes: at('nodes'), joins: at('joins')}; }"""
    )
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


@pytest.mark.parametrize("connection", ["residual", "resnext", "dense"])
def test_all_is_within_the_panel_on_a_phone(watched: Page, server: Server, connection: str) -> None:
    open_lab(watched, server)
    told = {"experiment": {"depths": [32], "arms": [{"connection": connection}]}, "columns": 9}
    watched.evaluate(MAKE, told | {"width": 350, "height": 170})
    outside = watched.evaluate(
        """() => { const box = tried.element.getBoundingClientRect();
            return [...tried.element.querySelectorAll('.point, .textpoint, .annotation-text')].filter(one => {
                const at = one.getBoundingClientRect();
                return at.width > 0 && (at.left < box.left - 1 || at.right > box.right + 1 || at.top < box.top - 1
                    || at.bottom > box.bottom + 1);
            }).length; }"""
    )
    assert outside == 0
