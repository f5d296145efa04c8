"""The analyses in a real browser: clicked, typed, undone, watched, cancelled."""

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from app.contract.events import Analysis
from app.ids import RunId
from app.runs.history import MOST_BYTES
from app.runs.store import Store
from tests.browser.lab_page import answered, ask, curve, open_lab, open_view, state, wait_for_step
from tests.browser.test_controls import tab_to
from tests.patience import PATIENCE
from tests.support import SMALL, Server, connect, running_server

#: a pair that trains in a second, with five blocks in the network that is shown
PAIR = "#depths=4,12&width=16&steps=60&evaluate_every=20&seeds=2&depth=12"
VIEWS = ("Curves", "Gradients", "Lesion", "Paths", "Shattering", "Landscape", "Speed", "Flow", "Refinement", "Signal",
         "Similarity")  # fmt: skip
TABS = ("Lesion", "Paths", "Shattering", "Landscape", "Speed", "Flow", "Refinement", "Signal", "Similarity")
#: of the analyses that look at every layer: tab, button, and titles of their pictures
LAYER_BY_LAYER = (
    ("Refinement", "Train the probes", ["Linear probes", "Cosine of F(h) with −∂L/∂h"]),
    (
        "Signal",
        "Measure the signal",
        [
            "Correlation of two inputs",
            "The branch’s share of the variance",
            "Mean σ² of the Jacobian",
            "σ before training",
            "σ after training",
        ],
    ),
    (
        "Similarity",
        "Compare all layers",
        ["Plain-12", "Residual-12", "Plain-12 and Residual-12", "Two seeds of one arm"],
    ),
)


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
    expect(watched.locator("#view-tabs [role=tab]")).not_to_have_count(0)
    return watched


def focused_tab(page: Page) -> str:
    """The name of the tab that has the focus, without its key."""
    script = (
        "() => [...document.activeElement.childNodes].filter(n => n.nodeType === 3).map(n => n.textContent).join('')"
    )
    name: str = page.evaluate(script)
    return name.strip()


#: the traces of an answer, typed arrays as lists, once no frame changes them any more: words come before pictures
TRACES = """async figure => {
  const look = () => document.querySelector(`#answer-${figure} .plot`).data?.map(t => ({ type: t.type,
    x: Array.from(t.x ?? []), y: Array.from(t.y ?? []), z: Array.from(t.z ?? [], r => Array.from(r)) }));
  for (let before; ; ) {
    const now = look(), text = JSON.stringify(now);
    if (now && text === before) return now;
    before = text;
    for (let frame = 0; frame < 12; frame++) await new Promise(requestAnimationFrame);
  }
}"""


def drawn(page: Page, figure: str) -> list[dict[str, Any]]:
    """The traces of an answer, typed arrays as lists."""
    traces: list[dict[str, Any]] = page.evaluate(TRACES, figure)
    return traces


#: whether the cells of the matrix in a figure are as high as they are wide, and all of it stands inside
SQUARE = """figure => { const plot = document.querySelector(`#answer-${figure} .plot`)
    const box = plot.getBoundingClientRect(), cells = plot.querySelector('.heatmaplayer image').getBoundingClientRect()
    const inside = cells.left >= box.left && cells.right <= box.right && cells.bottom <= box.bottom
    return inside && cells.height > 60 && Math.abs(cells.width - cells.height) < 2 }"""


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
        expect(trained.locator(f"#side-{side} .layer-text")).to_contain_text("Tested without block 3")
    expect(trained.locator("#conclusion")).to_have_text(re.compile(r"^Without block 3, Plain-12 is at \d+ %"))
    open_view(trained, "Lesion")
    expect(trained.locator("#restore")).to_have_text("Restore 3")
    trained.keyboard.press("u")
    expect(trained.locator("#restore")).to_have_text("Restore all")
    for side, before in zip("ab", whole, strict=True):
        expect(trained.locator(f"#side-{side} .accuracy")).to_have_text(before)
        expect(trained.locator(f"#side-{side} .accuracy-name")).not_to_contain_text("whole")


def test_blocks_are_taken_out_and_restored_by_keyboard_alone(trained: Page) -> None:
    trained.keyboard.press("3")
    tab_to(trained, "#block-number")
    trained.keyboard.type("1")
    trained.keyboard.press("Enter")
    expect(trained.locator("#side-b .layer-text")).to_contain_text("Tested without block 1")
    expect(trained.locator("#side-b .accuracy-name")).to_contain_text("whole")
    trained.keyboard.press("Control+a")
    trained.keyboard.type("2")
    trained.keyboard.press("Enter")
    expect(trained.locator("#side-b .layer-text")).to_contain_text("Tested without blocks 1, 2")
    trained.keyboard.press("Tab")
    trained.keyboard.press("u")
    expect(trained.locator("#side-b .layer-text")).to_contain_text("Tested without block 1")
    tab_to(trained, "#restore")
    trained.keyboard.press("Enter")
    expect(trained.locator("#side-b .layer-text")).not_to_contain_text("Tested without")
    expect(trained.locator("#restore")).to_be_disabled()


def test_in_presenter_mode_what_is_taken_out_is_said_and_can_be_put_back(trained: Page) -> None:
    trained.keyboard.press("p")
    line = trained.locator("#side-b .layer-text")
    expect(line).to_be_hidden()
    trained.mouse.click(*place_of_layer(trained, "b", 2))
    expect(line).to_be_visible()
    expect(line).to_contain_text("Tested without block 1")
    trained.locator("#side-b .undo-lesion").click()
    expect(line).to_be_hidden()


def test_the_tabs_are_one_stop_and_follow_the_arrows(trained: Page) -> None:
    tab_to(trained, "[role=tab]")
    names = []
    for _ in range(len(VIEWS) + 1):
        names.append(focused_tab(trained))
        expect(trained.locator("[role=tab][aria-selected=true]")).to_contain_text(names[-1])
        trained.keyboard.press("ArrowRight")
    assert names[0] == names[-1] and sorted(names[1:]) == sorted(VIEWS)
    chosen = focused_tab(trained)
    trained.wait_for_function("name => location.hash.includes(`view=${name}`)", arg=chosen.lower())
    trained.reload()
    expect(trained.locator("[role=tab][aria-selected=true]")).to_contain_text(chosen)
    trained.go_back()
    expect(trained.locator("[role=tab][aria-selected=true]")).not_to_contain_text(chosen)


@pytest.mark.parametrize("button", ["Each block in turn", "k blocks at random", "Shuffle blocks"])
def test_lesions_are_drawn_and_told(trained: Page, button: str) -> None:
    ask(trained, "Lesion", button)
    first = drawn(trained, "a")
    assert len(first[0]["x"]) >= 5
    assert all(0 <= value <= 1 for trace in first for value in trace["y"] if value is not None)
    if button == "Each block in turn":  # from the lowest seed to the highest
        assert trained.locator("#answer-a .errorbar path").count() == len(first[0]["x"])
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
    trained.set_viewport_size({"width": 1500, "height": 720})  # room for five pictures, with their titles
    expect(trained.locator("#answer .answer:visible")).to_have_count(5)
    for figure in "cde":
        assert [trace["x"] for trace in drawn(trained, figure)][-1] == [0, 2, 4, 6, 8, 10]
    expect(trained.locator("#analyses .words")).to_contain_text("Residual-12")
    shares = trained.evaluate("() => document.querySelectorAll('#side-b .diagram path').length")
    open_view(trained, "Speed")
    assert trained.evaluate("() => document.querySelectorAll('#side-b .diagram path').length") <= shares
    expect(trained.locator("#answer .answer:visible")).to_have_count(1)


def test_shattering_is_asked_in_its_settings(trained: Page) -> None:
    open_view(trained, "Shattering")
    trained.locator("#analyses").get_by_label("Networks").select_option("trained")
    trained.get_by_role("button", name="Walk along a line").click()
    answered(trained)
    assert drawn(trained, "b")[-1]["y"][0] == pytest.approx(1)
    expect(trained.locator("#analyses .words")).to_contain_text("Weights of step 60.")


def test_a_landscape_is_drawn_flat_and_in_three_dimensions(trained: Page) -> None:
    open_view(trained, "Landscape")
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
    expect(trained.locator("#answer-a .about")).to_contain_text("% of the trajectory")


def test_an_older_answer_that_a_snapshot_only_announces_is_fetched_and_shown(watched: Page, tmp_path: Path) -> None:
    with running_server(tmp_path) as server, connect(server) as viewer:
        run = viewer.start(SMALL)
        viewer.until_state("finished")
        viewer.send("analyse", run=run, question={"kind": "landscape", "depth": 8, "side": 15})
        found = viewer.until(lambda event: event["type"] == "analysis" and event["state"] == "finished")[-1]
    store = Store(tmp_path, lambda reason: None)
    for number in range(3):  # so large that there is no room for the landscape
        large = {"arms": [], "words": ["x" * (MOST_BYTES // 3 - 1000)]}
        event = Analysis(f"a{number}", {"kind": "similarity", "depth": 8}, 40, "finished", 1.0, large, None, 1.0)
        store.save_analysis(RunId(run), time.time() + number, event)
    store.close()
    with running_server(tmp_path) as server:
        history = server.get(f"/api/runs/{run}").json()["history"]
        [told] = [event for event in history if event.get("analysis") == found["analysis"]]
        assert told["finding"] is None and told["question"] == found["question"]
        whole = server.get(f"/api/runs/{run}/analyses/{found['analysis']}").json()
        assert whole["finding"] == found["finding"] and "seq" not in whole
        assert server.get(f"/api/runs/{run}/analyses/nothing").json()["code"] == "unknown_analysis"
        open_lab(watched, server, f"#run={run}&view=landscape")
        answered(watched)
        plane = drawn(watched, "a")[0]
        assert len(plane["x"]) == len(plane["y"]) == len(plane["z"]) == 15
        expect(watched.locator("#analyses .words")).to_contain_text("slice")


def test_while_an_analysis_is_on_its_way_nothing_of_the_one_before_is_left(trained: Page) -> None:
    held: list[Route] = []
    trained.route(re.compile(r"/analyses/similarity\.js$"), lambda route: held.append(route))
    ask(trained, "Lesion", "Each block in turn")
    tab_to(trained, "[role=tab][aria-selected=true]")
    while focused_tab(trained) != "Similarity":
        trained.keyboard.press("ArrowLeft")
    while not held:
        trained.evaluate("() => new Promise(requestAnimationFrame)")
    for part in (".ask", ".answer", ".words p", ".below", ".weights-of"):
        expect(trained.locator(f"#analyses {part}:visible")).to_have_count(0)
    held[0].continue_()
    expect(trained.locator("#analyses .ask")).to_contain_text("Compare all layers")


@pytest.mark.parametrize(("tab", "button", "titles"), LAYER_BY_LAYER)
def test_what_every_layer_does_is_asked_by_keyboard_drawn_and_put_into_words(
    trained: Page, tab: str, button: str, titles: list[str]
) -> None:
    tab_to(trained, "[role=tab]")
    while focused_tab(trained) != tab:
        trained.keyboard.press("ArrowRight")
    expect(trained.locator("#analyses .ask")).to_contain_text(button)  # its module has come
    tab_to(trained, "#analyses .ask")
    trained.keyboard.press("Enter")
    answered(trained)
    trained.set_viewport_size({"width": 1500, "height": 720})  # room for five pictures, with their titles
    expect(trained.locator("#analyses .answer:visible .chart-title")).to_have_text(titles)
    for figure in "abcde"[: len(titles)]:
        assert any(len(trace["x"]) > 1 or len(trace["z"]) > 1 for trace in drawn(trained, figure))
    words = trained.locator("#analyses .words")
    for text in ("Plain-12:", "Residual-12:", "Weights of step 60."):
        expect(words).to_contain_text(text)
    trained.locator("#answer-a .more summary").click()
    trained.locator("#answer-a [data-table]").click()
    table = trained.locator("#numbers-table")
    expect(table.locator("th").first).to_have_text(re.compile("layer"))
    expect(table.locator("tbody tr").last).to_be_visible()
    expect(table).to_contain_text("Residual-12")
    trained.keyboard.press("Escape")


def test_the_probes_and_the_network_itself_are_drawn_as_found(trained: Page) -> None:
    ask(trained, "Refinement", "Train the probes")
    chance, *_, inputs = drawn(trained, "a")
    assert chance["y"] == [0.1, 0.1] and inputs["x"] == [0]
    probes = [trace for trace in drawn(trained, "a") if trace["x"] == [1, 3, 5, 7, 9, 11]]
    assert len(probes) == 2 and all(0 <= value <= 1 for trace in probes for value in trace["y"])
    (cosine,) = (trace for trace in drawn(trained, "b") if trace["x"] == [3, 5, 7, 9, 11])
    assert all(-1 <= value <= 1 for value in cosine["y"])


def test_matrices_of_cka_are_square_and_share_a_key(trained: Page) -> None:
    ask(trained, "Similarity", "Compare all layers")
    for figure in "abc":
        trained.wait_for_function("f => document.querySelector(`#answer-${f} .plot`).data?.length === 2", arg=figure)
        cells, key = drawn(trained, figure)
        assert [len(row) for row in cells["z"]] == [12] * 12
        assert [len(row) for row in key["z"]] == [1] * len(key["z"])
    for figure in "ab":
        cells = drawn(trained, figure)[0]
        assert all(cells["z"][layer][layer] == pytest.approx(1) for layer in range(12))
    for width in (1280, 1024):
        trained.set_viewport_size({"width": width, "height": 800})
        for figure in "abc":
            trained.wait_for_function(SQUARE, arg=figure)


def test_with_two_depths_similarity_shows_each_arm_at_its_own(
    watched: Page, trained_server: Server, trained_link: str
) -> None:
    open_lab(watched, trained_server, f"{trained_link}&compare=4")
    state(watched, "finished")
    ask(watched, "Similarity", "Compare all layers")
    titles = watched.locator("#analyses .answer:visible .chart-title")
    expect(titles).to_have_text(["Plain-12", "Residual-4", "Two seeds of one arm"])
    assert [len(drawn(watched, figure)[0]["z"]) for figure in "ab"] == [12, 4]


def offer_a_long_analysis(page: Page) -> None:
    """Let the page offer a plane of more points than anybody waits for; before Landscape is opened."""

    def more(route: Route) -> None:
        module = route.fetch().text()
        offered = '["51", "51 × 51"],'
        assert offered in module
        route.fulfill(body=module.replace(offered, f'{offered} ["101", "101 × 101"],'), content_type="text/javascript")

    page.route(re.compile(r"/analyses/landscape\.js$"), more)


def start_a_long_analysis(page: Page) -> None:
    open_view(page, "Landscape")
    page.locator("#analyses").get_by_label("Points").select_option("101")
    page.get_by_role("button", name="Compute the plane").click()
    expect(page.locator("#analyses .under-way")).to_be_visible()


def test_an_analysis_that_waits_for_another_can_be_cancelled(trained: Page) -> None:
    offer_a_long_analysis(trained)
    start_a_long_analysis(trained)
    for tab, button, _ in LAYER_BY_LAYER:
        open_view(trained, tab)
        trained.get_by_role("button", name=button).click()
        expect(trained.locator("#analysis-state")).to_have_text("waiting")
        trained.locator("#analysis-cancel").click()
        expect(trained.locator("#analyses .under-way")).to_be_hidden()
    open_view(trained, "Landscape")
    trained.locator("#analysis-cancel").click()
    expect(trained.locator("#analyses .under-way")).to_be_hidden()


def test_an_analysis_can_be_cancelled_while_it_runs(trained: Page) -> None:
    offer_a_long_analysis(trained)
    start_a_long_analysis(trained)
    trained.locator("#analysis-cancel").click()
    expect(trained.locator("#analyses .under-way")).to_be_hidden()
    expect(trained.locator("#analyses .words")).to_contain_text("Cancelled")


#: how many whole answers about the run the server has
ANSWERS = """async () => {
  const run = new URLSearchParams(location.hash.slice(1)).get("run");
  const { history } = await (await fetch(`/api/runs/${run}`)).json();
  return history.filter(({ type, state }) => type === "analysis" && state === "finished").length;
}"""


def test_a_cancelled_analysis_leaves_the_answer_of_before(trained: Page) -> None:
    offer_a_long_analysis(trained)
    open_view(trained, "Landscape")
    points = trained.locator("#analyses").get_by_label("Points")
    points.select_option(index=0)
    others = trained.evaluate(ANSWERS)  # the run may have been asked before
    trained.get_by_role("button", name="Compute the plane").click()
    trained.wait_for_function(f"async count => await ({ANSWERS})() > count", arg=others)
    answered(trained)
    before = drawn(trained, "a")[0]["z"]
    words = trained.locator("#analyses .words")
    told = words.locator("p").first.inner_text()
    start_a_long_analysis(trained)
    trained.locator("#analysis-cancel").click()
    expect(trained.locator("#analyses .under-way")).to_be_hidden()
    expect(words.locator("p").first).to_have_text("Cancelled; the answer of before is shown.")
    expect(words).to_contain_text(told)
    trained.wait_for_function(
        "z => JSON.stringify(document.querySelector('#answer-a .plot').data[0].z) === JSON.stringify(z)", arg=before
    )


def test_the_target_of_speed_is_chosen_by_keyboard(trained: Page) -> None:
    open_view(trained, "Speed")
    slider = trained.locator("#target")
    expect(trained.locator("#answer-a .chart-title")).to_have_text("To 90 % test accuracy")
    slider.focus()
    for _ in range(40):
        trained.keyboard.press("ArrowDown")
    expect(trained.locator("#answer-a .chart-title")).to_have_text("To 50 % test accuracy")
    expect(trained.locator("#target")).to_have_value("50")
    trained.wait_for_function("() => location.hash.includes('target=50')")
    # what is drawn is what the curve above says
    trained.keyboard.press("1")
    trained.wait_for_function("() => document.querySelector('#chart-accuracy .plot').data?.[5].x.length > 1")
    accuracy = curve(trained, "chart-accuracy", "b")
    trained.keyboard.press("7")
    first = next(x for x, y in zip(accuracy["x"], accuracy["y"], strict=True) if y is not None and y >= 0.5)
    residual = drawn(trained, "a")[2]
    assert residual["x"] == [4, 12] and residual["y"][1] == first
    trained.get_by_role("radio", name="own FLOPs").click()
    expect(trained.locator("#answer-a .about")).to_contain_text("FLOPs")


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


def test_networks_that_are_not_trained_are_not_asked(watched: Page, fresh_server: Server) -> None:
    open_lab(watched, fresh_server, "#depths=4,12&width=16&seeds=1&view=lesion")
    expect(watched.locator("#analyses .words")).to_contain_text("These networks are not trained yet. Press Train")
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


@pytest.mark.parametrize("tab", TABS)
def test_nothing_of_the_panel_is_wider_than_a_phone(trained: Page, tab: str) -> None:
    trained.set_viewport_size({"width": 390, "height": 844})
    open_view(trained, tab)
    assert trained.evaluate("() => document.documentElement.scrollWidth") == 390
