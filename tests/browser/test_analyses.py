"""The analyses in a real browser: clicked, typed, undone, watched, cancelled."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.lab_page import answered, ask, curve, open_lab, state, wait_for_step
from tests.browser.test_controls import tab_to
from tests.patience import PATIENCE
from tests.support import Server, running_server

#: a pair that trains in a second, with five blocks in the network that is shown
PAIR = "#depths=4,12&width=16&steps=60&evaluate_every=20&seeds=2&depth=12"


@pytest.fixture(scope="module")
def trained_server() -> Iterator[Server]:
    """A server of this module alone: each of its tests finds the run that the first has trained."""
    with running_server() as server:
        yield server


@pytest.fixture(scope="module")
def trained_link(trained_server: Server, browser: Browser) -> str:
    """The link of a run that has been trained on that server."""
    context: BrowserContext = browser.new_context()
    context.set_default_timeout(1000 * PATIENCE)
    page = context.new_page()
    open_lab(page, trained_server, PAIR)
    page.keyboard.press(" ")
    state(page, "finished")
    page.wait_for_function("() => location.hash.includes('run=')")
    link = page.evaluate("() => location.hash")
    context.close()
    return str(link)


@pytest.fixture
def trained(watched: Page, trained_server: Server, trained_link: str) -> Page:
    """The Lab with that run, shown at 12 layers."""
    open_lab(watched, trained_server, trained_link)
    state(watched, "finished")
    expect(watched.locator("#analyses .block-list button")).to_have_count(5)
    return watched


def drawn(page: Page, figure: str) -> list[dict[str, Any]]:
    """The traces of an answer, typed arrays as lists."""
    script = """f => document.querySelector(`#answer-${f} .plot`).data.map(t => ({ type: t.type,
        x: Array.from(t.x ?? []), y: Array.from(t.y ?? []), z: Array.from(t.z ?? [], r => Array.from(r)) }))"""
    traces: list[dict[str, Any]] = page.evaluate(script, figure)
    return traces


def place_of_layer(page: Page, side: str, layer: int) -> tuple[float, float]:
    """Where the node of a layer stands on the screen."""
    script = """([side, layer]) => { const plot = document.querySelector(`#side-${side} .diagram`);
        const { x, y } = plot.data[3], { xaxis, yaxis } = plot._fullLayout;
        const box = plot.querySelector('.nsewdrag').getBoundingClientRect();
        return [box.left + xaxis.l2p(x[layer - 1]), box.top + yaxis.l2p(y[layer - 1])] }"""
    x, y = page.evaluate(script, [side, layer])
    return x, y


def test_a_click_on_a_block_takes_it_out_of_both_arms_and_undo_puts_it_back(trained: Page) -> None:
    whole = [trained.locator(f"#side-{side} .accuracy").inner_text() for side in "ab"]
    trained.mouse.click(*place_of_layer(trained, "b", 6))  # the stem is layer 1, so this is in the third block
    for side in "ab":
        expect(trained.locator(f"#side-{side} .accuracy-name")).to_contain_text("whole")
        expect(trained.locator(f"#side-{side} .layer-told")).to_contain_text("Tested without block 3")
    expect(trained.locator("#analyses .block-list [aria-pressed=true]")).to_have_text("3")
    trained.keyboard.press("u")
    expect(trained.locator("#analyses .block-list [aria-pressed=true]")).to_have_count(0)
    for side, before in zip("ab", whole, strict=True):
        expect(trained.locator(f"#side-{side} .accuracy")).to_have_text(before)
        expect(trained.locator(f"#side-{side} .accuracy-name")).not_to_contain_text("whole")


def test_blocks_are_taken_out_and_restored_by_keyboard_alone(trained: Page) -> None:
    tab_to(trained, "#analyses .block-list button")
    trained.keyboard.press("Enter")
    expect(trained.locator("#side-b .layer-told")).to_contain_text("Tested without block 1")
    expect(trained.locator("#side-b .accuracy-name")).to_contain_text("whole")
    trained.keyboard.press("Tab")
    trained.keyboard.press("Enter")
    expect(trained.locator("#side-b .layer-told")).to_contain_text("Tested without blocks 1, 2")
    trained.keyboard.press("u")
    expect(trained.locator("#side-b .layer-told")).to_contain_text("Tested without block 1")
    tab_to(trained, "#restore")
    trained.keyboard.press("Enter")
    expect(trained.locator("#side-b .layer-told")).not_to_contain_text("Tested without")
    expect(trained.locator("#restore")).to_be_disabled()


def test_the_tabs_are_one_stop_and_follow_the_arrows(trained: Page) -> None:
    tab_to(trained, "[role=tab]")
    names = []
    for _ in range(7):
        names.append(trained.evaluate("() => document.activeElement.textContent"))
        expect(trained.locator("[role=tab][aria-selected=true]")).to_have_text(names[-1])
        trained.keyboard.press("ArrowRight")
    assert names[0] == names[6] and len(set(names)) == 6
    chosen = trained.locator("[role=tab][aria-selected=true]").inner_text()
    trained.wait_for_function("name => location.hash.includes(`analysis=${name}`)", arg=chosen.lower())
    trained.reload()
    expect(trained.locator("[role=tab][aria-selected=true]")).to_have_text(chosen)


@pytest.mark.parametrize("button", ["Each block in turn", "k blocks at random", "Shuffle blocks"])
def test_lesions_are_drawn_and_told(trained: Page, button: str) -> None:
    ask(trained, "Lesion", button)
    first = drawn(trained, "a")
    assert len(first[0]["x"]) >= 5
    assert all(0 <= value <= 1 for trace in first for value in trace["y"] if value is not None)
    expect(trained.locator("#analyses .words")).to_contain_text("Plain-12")
    expect(trained.locator("#analyses .words")).to_contain_text("Weights of step 60.")
    trained.locator("#answer-a .more summary").click()
    trained.locator("#answer-a [data-table]").click()
    expect(trained.locator("#numbers-table tbody tr, #numbers-table tr").first).to_be_visible()
    trained.keyboard.press("Escape")


def test_the_gradient_is_taken_apart_in_the_charts_and_in_the_diagram(trained: Page) -> None:
    ask(trained, "Paths", "Take the gradient apart")
    lines = [trace for trace in drawn(trained, "a") if trace["type"] != "bar" and len(trace["x"]) == 6]
    assert any(sum(trace["y"]) == pytest.approx(1) for trace in lines)
    expect(trained.locator("#answer-more .answer:visible")).to_have_count(3)
    for figure in "cde":
        assert [trace["x"] for trace in drawn(trained, figure)][-1] == [0, 2, 4, 6, 8, 10]
    expect(trained.locator("#analyses .words")).to_contain_text("Residual-12")
    shares = trained.evaluate("() => document.querySelectorAll('#side-b .diagram path').length")
    trained.get_by_role("tab", name="Speed").click()
    assert trained.evaluate("() => document.querySelectorAll('#side-b .diagram path').length") <= shares
    expect(trained.locator("#answer-more")).to_be_hidden()


def test_shattering_is_asked_in_its_settings(trained: Page) -> None:
    trained.get_by_role("tab", name="Shattering").click()
    trained.locator("#analyses").get_by_label("Networks").select_option("trained")
    trained.get_by_role("button", name="Walk along a line").click()
    answered(trained)
    assert drawn(trained, "b")[-1]["y"][0] == pytest.approx(1)
    expect(trained.locator("#analyses .words")).to_contain_text("Weights of step 60.")


def test_a_landscape_is_drawn_flat_and_in_three_dimensions(trained: Page) -> None:
    trained.get_by_role("tab", name="Landscape").click()
    trained.locator("#analyses").get_by_label("Points").select_option("15")
    trained.get_by_role("button", name="Compute the plane").click()
    answered(trained)
    for figure in "ab":
        plane = drawn(trained, figure)[0]
        assert len(plane["x"]) == len(plane["y"]) == len(plane["z"]) == 15
    expect(trained.locator("#analyses .words")).to_contain_text("slice")
    trained.locator("#analyses").get_by_label("Drawn as").select_option("surface")
    expect(trained.locator("#answer-a .space canvas").first).to_be_visible()
    expect(trained.locator("#answer-a .plot")).to_be_hidden()
    trained.locator("#analyses").get_by_label("Drawn as").select_option("contours")
    expect(trained.locator("#answer-a .plot")).to_be_visible()
    trained.locator("#analyses").get_by_label("Plane").select_option("trajectory")
    trained.get_by_role("button", name="Compute the plane").click()
    expect(trained.locator("#answer-a .about")).to_contain_text("% of the way")


def test_an_analysis_can_be_cancelled_while_it_runs(trained: Page) -> None:
    trained.get_by_role("tab", name="Landscape").click()
    points = trained.locator("#analyses").get_by_label("Points")
    points.evaluate("list => { list.options[0].value = '101' }")  # more than anybody waits for
    points.select_option("101")
    trained.get_by_role("button", name="Compute the plane").click()
    expect(trained.locator("#analyses .under-way")).to_be_visible()
    trained.locator("#analysis-cancel").click()
    expect(trained.locator("#analyses .under-way")).to_be_hidden()
    expect(trained.locator("#analyses .words")).to_contain_text("Cancelled")


def test_the_target_is_chosen_on_the_accuracy_chart(trained: Page) -> None:
    trained.get_by_role("tab", name="Speed").click()
    slider = trained.locator("#chart-accuracy .target-slider")
    expect(slider).to_be_visible()
    expect(trained.locator("#answer-a .chart-title")).to_have_text("To 90 % test accuracy")
    slider.focus()
    for _ in range(40):
        trained.keyboard.press("ArrowDown")
    expect(trained.locator("#answer-a .chart-title")).to_have_text("To 50 % test accuracy")
    expect(trained.locator("#target")).to_have_value("50")
    trained.wait_for_function("() => location.hash.includes('target=50')")
    # what is drawn is what the curve above says
    accuracy = curve(trained, "chart-accuracy", "b")
    first = next(x for x, y in zip(accuracy["x"], accuracy["y"], strict=True) if y is not None and y >= 0.5)
    residual = drawn(trained, "a")[2]
    assert residual["x"] == [4, 12] and residual["y"][1] == first
    trained.get_by_role("radio", name="FLOPs").last.click()
    trained.get_by_role("tab", name="Paths").click()
    expect(slider).to_be_hidden()


def test_the_film_plays_steps_and_is_put_away(trained: Page) -> None:
    ask(trained, "Flow", "Measure a pass")
    tab_to(trained, "[data-film=play]")
    trained.keyboard.press("Tab")
    trained.keyboard.press("Tab")
    trained.keyboard.press("Enter")  # one moment on
    caption = trained.locator("#analyses .caption")
    expect(caption).to_contain_text("1 of 5.")
    trained.keyboard.press("Enter")
    expect(caption).to_contain_text(re.compile(r"2 of 5\..*Plain-12 layer 1: .*Residual-12 layer 1: "))
    trained.locator("[data-film=play]").click()
    expect(caption).to_contain_text("5 of 5.")
    expect(trained.locator("[data-film=play]")).to_have_text("▶ Play")
    trained.locator("[data-film=away]").click()
    expect(caption).to_have_text("")


def test_a_recording_says_that_it_has_no_weights(watched: Page, fresh_server: Server) -> None:
    open_lab(watched, fresh_server)
    state(watched, "recorded")
    expect(watched.locator("#analyses .words")).to_contain_text("This run is a recording")
    expect(watched.locator("#analyses .ask").first).to_be_disabled()


def test_a_question_while_training_is_answered_and_training_goes_on(watched: Page, server: Server) -> None:
    open_lab(watched, server, "#depths=4,12&width=16&steps=200000&evaluate_every=50&seeds=1&depth=12")
    watched.keyboard.press(" ")
    wait_for_step(watched, 400)  # the recording that is shown on arrival ends at 320
    ask(watched, "Lesion", "Each block in turn")
    expect(watched.locator("#analyses .words")).to_contain_text(re.compile(r"Weights of step \d+\."))
    told = int(re.sub(r"\D", "", watched.locator("#progress b").inner_text()))
    watched.wait_for_function(
        "n => Number(document.querySelector('#progress b').textContent.replace(/\\D/g, '')) > n", arg=told
    )


@pytest.mark.parametrize("tab", ["Lesion", "Paths", "Shattering", "Landscape", "Speed", "Flow"])
def test_nothing_of_the_panel_is_wider_than_a_phone(trained: Page, tab: str) -> None:
    trained.set_viewport_size({"width": 390, "height": 844})
    trained.get_by_role("tab", name=tab).click()
    assert trained.evaluate("() => document.documentElement.scrollWidth") == 390
