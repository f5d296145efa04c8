"""The charts of the Lab: what they say is whole, stands apart and stays where it is."""

import itertools
import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import FloatRect, Locator, Page, expect

from tests.browser.lab_page import LONG, SHORT, ask, open_lab, open_view, set_rate, state, wait_for_step
from tests.patience import wait_until
from tests.support import Server, connect

FOUR_ARMS = {
    "arms": [{"connection": name} for name in ("residual", "preact", "highway", "dense")],
    **{"depths": [4, 8], "width": 8, "steps": 60, "evaluate_every": 20, "seeds": 1},
}

#: Draw a run in an element of the page's own, with its own modules, in another view than the page can be led to.
DRAW = """async ([snapshot, more, what]) => {
    const base = document.querySelector('script[type=module]').src.replace(/\\/js\\/.*/, '/js');
    const names = ['model/run', 'model/scene', 'model/colours', 'view/charts/curves'];
    const [{ fromSnapshot }, { sidesOf, stepsEnd }, { palette }, { Curves }] = await Promise.all(
        names.map((name) => import(`${base}/${name}.js`)));
    const view = { depth: null, compare: null, arms: [0, 1], gradient: 'weight', x: 'step', tab: 'gradients', ...more };
    const run = fromSnapshot(snapshot);
    const scene = { run, view, sides: sidesOf(run, view, null), cursor: null, layer: null, colours: palette(false),
        diagrams: [], decades: [-3, 0], steps: stepsEnd(run), axis: 'step' };
    const element = document.createElement('div');
    element.id = 'trial';
    document.body.prepend(element);
    element.style.width = '460px';
    element.style.height = '220px';
    new Curves(element, () => scene, what).draw();
}"""


def boxes(found: Locator) -> list[FloatRect]:
    """Where all visible of these elements are."""
    return [box for one in found.all() if (box := one.bounding_box()) is not None and box["width"] > 0]


def overlap(one: FloatRect, other: FloatRect) -> bool:
    """Whether two boxes share more than a pixel."""
    wide = min(one["x"] + one["width"], other["x"] + other["width"]) - max(one["x"], other["x"])
    high = min(one["y"] + one["height"], other["y"] + other["height"]) - max(one["y"], other["y"])
    return wide > 1 and high > 1


def snapshot_of(server: Server, experiment: dict[str, Any]) -> dict[str, Any]:
    """A run of an experiment as it is when it has finished."""
    with connect(server) as viewer:
        run = viewer.start(experiment)
        viewer.send("subscribe", run=run)
        viewer.until_state("finished")
    with connect(server) as viewer:
        viewer.send("subscribe", run=run)
        return viewer.receive("snapshot")


@pytest.mark.parametrize("size", [(1280, 720), (390, 844)])
@pytest.mark.parametrize("link", ["", "#presenter=1", "#compare=8"])
def test_names_and_values_stand_at_the_ends_of_the_curves(
    watched: Page, fresh_server: Server, size: tuple[int, int], link: str
) -> None:
    watched.set_viewport_size({"width": size[0], "height": size[1]})
    open_lab(watched, fresh_server, link)
    state(watched, "recorded")
    for chart, value in (("chart-loss", r"\d\.\d+"), ("chart-accuracy", r"\d+ %")):
        plot = watched.locator(f"#{chart} .plot")
        if chart == "chart-accuracy" and not plot.is_visible():
            continue  # where there is room for one picture, it is the first
        labels = plot.locator(".annotation-text")
        text = " ".join(labels.all_text_contents())
        for name in ("Plain-64", "Residual-8" if "compare" in link else "Residual-64"):
            assert re.search(rf"{name} {value}", text), text
        # in the margin, none over another, none cut off by the chart's edge
        drawn = plot.bounding_box()
        ground = plot.locator(".nsewdrag").first.bounding_box()
        assert drawn is not None and ground is not None
        found = boxes(labels)
        assert len(found) >= 2
        for box in found:
            assert box["x"] >= ground["x"] + ground["width"]
            assert box["x"] + box["width"] <= drawn["x"] + drawn["width"]
            assert drawn["y"] <= box["y"] and box["y"] + box["height"] <= drawn["y"] + drawn["height"]
        for one, other in itertools.combinations(found, 2):
            assert not overlap(one, other)


@pytest.mark.parametrize("link", ["", "#x=flops&compare=8"])
def test_pointing_at_a_curve_moves_nothing(watched: Page, fresh_server: Server, link: str) -> None:
    watched.set_viewport_size({"width": 1280, "height": 1600})  # nothing needs to be scrolled to
    open_lab(watched, fresh_server, link)
    state(watched, "recorded")
    watched.locator("#chart-loss .plot").hover()  # once, when all is drawn that comes with the page
    expect(watched.locator("#chart-loss .readout")).to_have_text(re.compile(r"^step \d+"))
    watched.mouse.move(5, 5)
    expect(watched.locator("#chart-loss .readout")).to_have_text("")
    still = watched.locator(".choice button, figcaption .chart-title, figcaption summary, .plot, .side, .legend > *")
    before = boxes(still)
    for chart in ("chart-loss", "chart-accuracy"):
        watched.locator(f"#{chart} .plot").hover()
        expect(watched.locator(f"#{chart} .readout")).to_have_text(re.compile(r"^step \d+"))
        assert boxes(still) == before
        values = watched.locator(f"#{chart} .at-cursor:visible")
        expect(values).to_have_text([re.compile(r"^Plain-64 \d"), re.compile(r"^Residual-\d+ \d")])
        one, other = boxes(values)
        assert not overlap(one, other)
    watched.mouse.move(5, 5)
    expect(watched.locator(".at-cursor:visible")).to_have_count(0)


def test_no_words_lie_on_the_curves_in_presenter_mode(watched: Page, fresh_server: Server) -> None:
    open_lab(watched, fresh_server, "#presenter=1")
    state(watched, "recorded")
    watched.locator("#chart-loss .plot").hover()
    expect(watched.locator("#chart-loss .line").first).to_be_visible()
    expect(watched.locator(".at-cursor:visible")).to_have_count(0)


def test_a_change_of_the_learning_rate_leaves_a_mark_at_its_step(watched: Page, server: Server) -> None:
    open_lab(watched, server, LONG)
    watched.keyboard.press(" ")
    wait_for_step(watched, 20)
    set_rate(watched, "b", "0.011")
    mark = watched.locator("#chart-loss .plot .annotation-text", has_text="Residual: lr 0.011")
    expect(mark).to_be_visible()
    step = watched.evaluate("() => document.querySelector('#chart-loss .plot').data.at(-1).x[0]")
    assert step >= 20
    watched.wait_for_function("() => location.hash.includes('run=')")
    watched.reload()  # a run that comes whole knows of it, too
    expect(mark).to_be_visible()
    assert watched.evaluate("() => document.querySelector('#chart-loss .plot').data.at(-1).x[0]") == step
    line = watched.locator("#chart-loss .scatterlayer .trace path.js-line").last
    assert line.evaluate("path => path.getBBox().height") > 50


def test_of_more_than_two_arms_every_one_has_a_panel(watched: Page, server: Server) -> None:
    snapshot = snapshot_of(server, FOUR_ARMS)
    open_lab(watched, server)
    watched.evaluate(DRAW, [snapshot, {"multiples": True}, "loss"])
    drawn = "document.querySelector('#trial')"
    assert watched.locator("#trial .cartesianlayer > .subplot").count() == 4
    texts = watched.locator("#trial .annotation-text").all_text_contents()
    assert [text for text in texts if not text.isdigit()] == ["Residual", "Pre-activation", "Highway", "Dense"]
    # every depth of every arm, from the first step to the last
    lines = watched.evaluate(f"() => {drawn}.data.map(({{ x, yaxis }}) => [yaxis, x[0], x.at(-1) >= 55])")
    assert lines == [[f"y{number}", 0, True] for number in ("", 2, 3, 4) for _ in (4, 8)]
    # on the same axes
    ranges = watched.evaluate(f"() => ['', 2, 3, 4].map((n) => String({drawn}._fullLayout[`yaxis${{n}}`].range))")
    assert len(set(ranges)) == 1
    for one, other in itertools.combinations(boxes(watched.locator("#trial .annotation-text")), 2):
        assert not overlap(one, other)
    watched.locator("#trial").evaluate("element => element.remove()")
    watched.evaluate(DRAW, [snapshot, {}, "loss"])
    assert watched.locator("#trial .cartesianlayer > .subplot").count() == 1


def test_the_axis_of_the_loss_can_be_logarithmic(watched: Page, server: Server) -> None:
    experiment = FOUR_ARMS | {"arms": [{"connection": "plain"}, {"connection": "residual"}]}
    open_lab(watched, server)
    watched.evaluate(DRAW, [snapshot_of(server, experiment), {"lossScale": "log"}, "loss"])
    axis = watched.evaluate(
        "() => { const { type, range } = document.querySelector('#trial')._fullLayout.yaxis; return [type, ...range] }"
    )
    losses = watched.evaluate("() => document.querySelector('#trial').data.slice(4, 6).flatMap(({ y }) => y)")
    assert axis[0] == "log" and 10 ** axis[1] < min(losses)
    # the mouse of a reader and the labels use the same axis
    assert watched.locator("#trial .annotation-text").count() >= 2


def test_the_degradation_picture_names_its_one_measure(watched: Page, fresh_server: Server) -> None:
    open_lab(watched, fresh_server)
    state(watched, "recorded")
    chart = watched.locator("#chart-degradation .plot")
    words = chart.locator(".annotation-text")
    expect(words.first).to_have_text(
        re.compile(r"whole training set, step 320(; bars: lowest to highest of 3 seeds)?$")
    )
    assert [text for text in words.all_text_contents() if text in ("Plain", "Residual")] == ["Plain", "Residual"]
    drawn = "document.querySelector('#chart-degradation .plot').data"
    assert watched.evaluate(f"() => {drawn}.slice(0, 2).map(({{ x }}) => x.length)") == [0, 0]
    final = watched.evaluate(f"() => {drawn}.slice(4, 6).map(({{ y }}) => [...y])")
    # bars from the lowest to the highest seed hold the medians
    for arm in (0, 1):
        ends = watched.evaluate(f"() => [...{drawn}[{2 + arm}].y]")
        assert all(low <= value <= high for value, low, high in zip(final[arm], ends[::3], ends[1::3], strict=True))
    # while the cursor is on an earlier step, the last ones stay behind it
    box = watched.locator("#chart-loss .nsewdrag").bounding_box()
    assert box is not None
    watched.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 50)
    watched.wait_for_function(f"() => {drawn}[0].x.length === 5")
    assert watched.evaluate(f"() => {drawn}.slice(0, 2).map(({{ y }}) => [...y])") == final
    assert watched.evaluate(f"() => {drawn}.slice(4, 6).map(({{ y }}) => [...y])") != final
    # before the whole set was measured it is another measure, said so, and no ghost of the other stands behind it
    watched.mouse.move(box["x"] + 1, box["y"] + 50)
    expect(words.first).to_have_text(re.compile(r"batch"))
    assert watched.evaluate(f"() => {drawn}.slice(0, 4).map(({{ x }}) => x.length)") == [0, 0, 0, 0]


def test_what_diverged_stands_at_the_top_edge_of_the_degradation_picture(watched: Page, server: Server) -> None:
    rate = "learning_rate=1000000"
    open_lab(watched, server, f"#depths=4,8&width=8&steps=40&evaluate_every=20&seeds=1&normalisation=none&{rate}")
    watched.keyboard.press(" ")
    state(watched, "finished")
    words = watched.locator("#chart-degradation .annotation-text", has_text=re.compile("^diverged$"))
    expect(words.first).to_be_attached()
    for one, other in itertools.combinations(boxes(watched.locator("#chart-degradation .annotation-text")), 2):
        assert not overlap(one, other)
    plot = watched.locator("#chart-degradation .nsewdrag").bounding_box()
    point = watched.locator("#chart-degradation .scatterlayer .point").last.bounding_box()
    assert plot is not None and point is not None
    assert point["y"] <= plot["y"] <= point["y"] + point["height"]


def test_no_marker_is_cut_off_at_an_edge(watched: Page, fresh_server: Server) -> None:
    watched.set_viewport_size({"width": 1280, "height": 1600})
    open_lab(watched, fresh_server)
    state(watched, "recorded")
    for chart in ("chart-loss", "chart-accuracy", "chart-degradation", "chart-layers"):
        if chart == "chart-layers":
            open_view(watched, "Gradients")
        points = watched.locator(f"#{chart} .scatterlayer .points")
        expect(points.first).to_be_attached()
        cut = "groups => groups.some((one) => one.closest('[clip-path]:not([clip-path=none])') !== null)"
        assert not points.evaluate_all(f"groups => ({cut})(groups.filter((one) => one.children.length > 0))"), chart


def test_surfaces_turn_together(watched: Page, server: Server) -> None:
    open_lab(watched, server, SHORT)
    watched.keyboard.press(" ")
    state(watched, "finished")
    watched.get_by_role("tab", name="Landscape").click()
    watched.locator("#analyses").get_by_label("Points").select_option("15")
    ask(watched, "Landscape", "Compute the plane")
    watched.locator("#analyses").get_by_label("Drawn as").select_option("surface")
    scene = "document.querySelector(`#answer-${s} .space`)._fullLayout?.scene?._scene"
    eye = f"['a', 'b'].map((s) => {scene}?.getCamera().eye.x)"
    watched.wait_for_function(f"() => {eye}.every((x) => x === 1.25)")
    for figure in ("b", "a"):
        before = watched.evaluate(f"() => {eye}")
        box = watched.locator(f"#answer-{figure} .space canvas").first.bounding_box()
        assert box is not None
        x, y, places = box["x"] + 0.5 * box["width"], box["y"] + 0.5 * box["height"], itertools.cycle((0, 40, 80, 120))
        watched.mouse.move(x, y)
        watched.mouse.down()

        def turned(x: float = x, y: float = y, before: list[float] = before, places: Iterator[int] = places) -> bool:
            """Drag on until it has turned, however late the drawing is."""
            watched.mouse.move(x + next(places), y)
            return all(
                abs(now - then) > 0.05 for now, then in zip(watched.evaluate(f"() => {eye}"), before, strict=True)
            )

        wait_until(turned)
        watched.mouse.up()
        watched.wait_for_function(f"() => {{ const [one, other] = {eye}; return Math.abs(one - other) < 1e-6 }}")
