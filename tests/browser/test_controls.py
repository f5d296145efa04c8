"""Axes, settings and fair mode in a real browser, by keyboard alone where a person may have no mouse."""

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.lab_page import arrive, curve, open_lab, state
from tests.support import Server

#: two rates, of which one is far too small: which is best is not in doubt
FAIR = "#depths=4,8&width=8&steps=300&evaluate_every=100&seeds=1&learning_rates=0.00001,0.05"
FAMILIES = "#preset=families&depths=8&width=8&steps=20&evaluate_every=10"


def tab_to(page: Page, target: str) -> None:
    """Press Tab until the focus is on an element."""
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.evaluate("target => document.activeElement.matches(target)", target):
            return
    raise AssertionError(f"the Tab key does not lead to {target}")


def axis(page: Page) -> dict[str, Any]:
    """Title, range and ticks of the x axis of the loss, as drawn."""
    script = """() => { const { xaxis } = document.querySelector('#chart-loss .plot')._fullLayout;
        return { title: xaxis.title.text, end: xaxis.range[1], ticks: xaxis.ticktext ?? [] } }"""
    drawn: dict[str, Any] = page.evaluate(script)
    return drawn


def wait_for_title(page: Page, chart: str, title: str) -> None:
    script = "([c, t]) => document.querySelector(`#${c} .plot`)._fullLayout?.xaxis?.title.text.startsWith(t)"
    page.wait_for_function(script, arg=[chart, title])


def is_whole(element: Locator) -> bool:
    """Whether nothing of an element's text is cut off."""
    whole: bool = element.evaluate("e => e.scrollWidth <= e.clientWidth + 1 && e.scrollHeight <= e.clientHeight + 1")
    return whole


def test_the_axis_of_the_curves_is_chosen_by_keyboard_alone(watched: Page, fresh_server: Server) -> None:
    open_lab(watched, fresh_server)
    state(watched, "recorded")
    steps = curve(watched, "chart-loss", "b")["x"]
    tab_to(watched, "[data-x=step]")
    watched.keyboard.press("ArrowRight")
    for chart in ("chart-loss", "chart-accuracy"):
        wait_for_title(watched, chart, "training time")
    expect(watched.get_by_role("radio", name="seconds of training")).to_be_checked()
    seconds = curve(watched, "chart-loss", "b")["x"]
    assert len(seconds) == len(steps) and seconds == sorted(seconds) and seconds[-1] <= axis(watched)["end"]
    assert axis(watched)["ticks"][-1].endswith(" s")
    watched.keyboard.press("ArrowRight")
    wait_for_title(watched, "chart-loss", "operations")
    operations = curve(watched, "chart-loss", "b")["x"]
    a_step = operations[-1] / steps[-1]
    assert operations == pytest.approx([a_step * step for step in steps])
    expect(watched.locator("#side-b .layer-text")).to_contain_text(f"{a_step / 1e6:.0f} MFLOP a step")
    assert axis(watched)["ticks"][1] == "2 GFLOP"
    watched.wait_for_function("() => location.hash.includes('x=flops')")
    watched.reload()
    arrive(watched)
    wait_for_title(watched, "chart-loss", "operations")
    tab_to(watched, "[data-x=flops]")
    watched.keyboard.press("ArrowLeft")
    watched.keyboard.press("ArrowLeft")
    wait_for_title(watched, "chart-loss", "step")
    watched.wait_for_function("() => !location.hash.includes('x=')")
    watched.keyboard.press("p")  # where the buttons have no room, a key does it
    watched.keyboard.press("x")
    wait_for_title(watched, "chart-loss", "training time")


@pytest.mark.parametrize("kind", ["seconds", "flops"])
def test_the_cursor_is_one_step_on_every_axis(watched: Page, fresh_server: Server, kind: str) -> None:
    open_lab(watched, fresh_server, f"#x={kind}&compare=8")
    state(watched, "recorded")
    plot = watched.locator("#chart-accuracy .plot")
    box = plot.bounding_box()
    assert box is not None
    pointer = box["x"] + 0.5 * box["width"]
    watched.mouse.move(pointer, box["y"] + 60)
    told = re.compile(r"step (\d+) · .*(s|FLOP)$")
    expect(watched.locator("#chart-accuracy .readout")).to_have_text(told)
    found = told.match(watched.locator("#chart-accuracy .readout").inner_text())
    assert found is not None
    for chart in ("chart-loss",):
        expect(watched.locator(f"#{chart} .readout")).to_have_text(f"step {found[1]}")
    expect(watched.locator("#moment")).to_have_text(f"Step {found[1]}.")
    # the line of the left network, the costlier one, stands under the pointer but for the rounding to a whole step
    lines = [watched.locator(f"#chart-accuracy {line}") for line in (".line:not(.second)", ".line.second")]
    left = lines[0].bounding_box()
    assert left is not None and left["x"] == pytest.approx(pointer, abs=3)
    if kind == "seconds":
        expect(lines[1]).to_be_hidden()
    else:
        other = lines[1].bounding_box()
        assert other is not None and other["x"] < left["x"] - 20


def test_arms_show_only_the_settings_that_they_use(watched: Page, server: Server) -> None:
    open_lab(watched, server, "#depths=4,8&width=8&steps=20&evaluate_every=10&seeds=1")
    tab_to(watched, "#open-settings")
    watched.keyboard.press("Enter")
    expect(watched.locator("#settings")).to_be_visible()
    expect(watched.locator("#field-arms-0-shortcut")).to_be_hidden()  # plain has none
    expect(watched.locator("#field-arms-1-shortcut")).to_be_visible()
    tab_to(watched, "#field-arms-1-connection")
    for _ in ("preact", "bottleneck", "resnext"):
        watched.keyboard.press("ArrowDown")
    expect(watched.locator("#field-arms-1-connection")).to_have_value("resnext")
    expect(watched.locator("#field-arms-1-cardinality")).to_be_visible()
    expect(watched.locator("#field-arms-1-survival")).to_be_hidden()
    tab_to(watched, "#field-arms-1-cardinality")
    watched.keyboard.press("Control+a")
    watched.keyboard.type("2")
    watched.keyboard.press("Enter")
    state(watched, "finished")
    watched.wait_for_function(
        "() => location.hash.endsWith('arm1=plain&arm2=resnext,batch,relu,he,1,,A,2') || "
        "location.hash.includes('arm2=resnext,batch,relu,he,1,,A,2&')"
    )
    expect(watched.locator("#side-b .equation")).to_contain_text("Tᵢ(x)")
    tab_to(watched, "#open-settings")
    watched.keyboard.press("Enter")
    tab_to(watched, "#field-arms-1-connection")
    watched.keyboard.press("ArrowDown")
    expect(watched.locator("#field-arms-1-connection")).to_have_value("wide")
    expect(watched.locator("#field-arms-1-cardinality")).to_be_hidden()
    expect(watched.locator("#field-arms-1-cardinality")).to_have_value("4")
    watched.wait_for_function("() => /arm2=wide(&|$)/.test(location.hash)")


def test_fair_mode_shows_the_rate_that_was_best_at_the_cursor(watched: Page, server: Server) -> None:
    open_lab(watched, server, FAIR)
    expect(watched.locator("#side-a .learning-rate")).to_be_hidden()
    watched.keyboard.press(" ")
    state(watched, "finished")
    for side in ("a", "b"):
        expect(watched.locator(f"#side-{side} .rate-note")).to_have_text("lr 0.05, best of 2, the highest")
    watched.wait_for_function("() => location.hash.includes('run=')")
    watched.reload()  # a run that comes whole knows its best rates, too
    arrive(watched)
    expect(watched.locator("#side-b .rate-note")).to_have_text("lr 0.05, best of 2, the highest")
    watched.wait_for_function("() => document.querySelector('#chart-loss .plot').data?.[5].x.length > 1")
    best = curve(watched, "chart-loss", "b")["y"]
    box = watched.locator("#chart-accuracy .plot").bounding_box()
    assert box is not None
    watched.mouse.move(box["x"] + 50, box["y"] + 60)
    expect(watched.locator("#side-b .rate-note")).to_have_text("lr 0.00001, first of 2")
    watched.wait_for_function(
        "y => document.querySelector('#chart-loss .plot').data[5].y.at(-1) > y + 0.1", arg=best[-1]
    )
    watched.mouse.move(5, 5)
    expect(watched.locator("#side-b .rate-note")).to_have_text("lr 0.05, best of 2, the highest")
    watched.wait_for_function("y => document.querySelector('#chart-loss .plot').data[5].y.at(-1) === y", arg=best[-1])


@pytest.mark.parametrize("size", [(1280, 720), (390, 844)])
def test_equation_and_costs_are_whole_beside_a_choice_of_arms(
    watched: Page, server: Server, size: tuple[int, int]
) -> None:
    watched.set_viewport_size({"width": size[0], "height": size[1]})
    open_lab(watched, server, FAMILIES)
    watched.keyboard.press(" ")
    state(watched, "finished")
    for arm in ("Residual", "Pre-activation", "Highway", "Dense"):
        watched.locator("#side-b select.arm").select_option(arm)
        expect(watched.locator("#side-b .equation")).to_be_visible()
        expect(watched.locator("#side-b .layer-text")).to_have_text(
            re.compile(r"\d parameters|k parameters.*FLOP a step")
        )
        assert is_whole(watched.locator("#side-b .equation")), arm
        assert is_whole(watched.locator("#side-b .layer-line")), arm
    watched.locator("#open-comparison").click()
    expect(watched.locator("#comparison-body")).to_contain_text("Operations a step")
    assert watched.evaluate("() => document.documentElement.scrollWidth") == size[0]
