"""The Lab in a real browser: what a lecturer does in front of people."""

import contextlib
import re

import httpx
import orjson
import pytest
from playwright.sync_api import Page, expect

from app.paths import static_dir
from tests.browser.lab_page import (
    LONG,
    SHORT,
    curve,
    nodes,
    open_lab,
    open_view,
    set_rate,
    state,
    step_of,
    wait_for_points,
    wait_for_step,
)
from tests.support import Server, connect


def test_on_arrival_a_recorded_run_is_drawn_and_marked_so(watched: Page, fresh_server: Server) -> None:
    open_lab(watched, fresh_server)
    state(watched, "recorded")
    expect(watched.locator("#badge")).to_contain_text("recorded")
    expect(watched.locator("#badge")).to_contain_text("measured, not simulated")
    expect(watched.locator("#side-a .accuracy")).to_have_text(re.compile(r"\d+ %"))
    recording = orjson.loads((static_dir() / "recorded" / "degradation.json").read_bytes())
    steps = [event["step"] for event in recording["history"] if event["type"] == "frame"]
    assert curve(watched, "chart-loss", "a")["x"] == steps
    assert (nodes(watched, "a"), nodes(watched, "b")) == (64, 64)


def test_space_trains_and_both_curves_move(watched: Page, server: Server) -> None:
    open_lab(watched, server, SHORT)
    watched.keyboard.press(" ")
    state(watched, "finished")
    for side in ("a", "b"):
        for chart in ("chart-loss", "chart-accuracy"):
            wait_for_points(watched, chart, side, 3)
            ys = curve(watched, chart, side)["y"]
            assert len(set(ys)) > 1
    expect(watched.locator("#details")).to_contain_text("Plain-8 is at")
    expect(watched.locator("#details")).to_contain_text("Residual-8 is at")
    expect(watched.locator("#spoken")).not_to_be_empty()


def test_the_slider_redraws_without_asking_the_server(watched: Page, fresh_server: Server) -> None:
    open_lab(watched, fresh_server)
    state(watched, "recorded")
    sent: list[str] = []
    watched.on("request", lambda request: sent.append(request.url))
    watched.on("websocket", lambda socket: sent.append(socket.url))
    box = watched.locator("#slider").bounding_box()
    assert box is not None
    watched.mouse.move(box["x"] + box["width"], box["y"] + 12)
    watched.mouse.down()
    for share, depth in ((0.75, 32), (0.5, 16), (0.25, 8), (0.0, 4)):
        watched.mouse.move(box["x"] + share * box["width"], box["y"] + 12)
        expect(watched.locator("#depth-number")).to_have_text(str(depth))
        watched.wait_for_function("n => document.querySelector('#side-a .diagram').data[3].x.length === n", arg=depth)
        assert nodes(watched, "b") == depth
    watched.mouse.up()
    watched.wait_for_function("() => performance.getEntriesByName('depth-drawn').length > 0")
    watched.wait_for_function("() => location.hash.includes('depth=4')")
    # the browser itself looks its icon up again when the address changes
    assert [url for url in sent if "/icons/" not in url] == []


def test_the_second_thumb_puts_another_depth_into_the_right_panel(watched: Page, fresh_server: Server) -> None:
    open_lab(watched, fresh_server)
    state(watched, "recorded")
    watched.locator("#compare").click()
    second = watched.get_by_role("slider", name="Depth of the right panel")
    expect(second).to_have_attribute("aria-valuenow", "4")
    second.focus()
    watched.keyboard.press("ArrowRight")
    expect(second).to_have_attribute("aria-valuetext", "8 layers")
    watched.wait_for_function("() => document.querySelector('#side-b .diagram').data[3].x.length === 8")
    assert nodes(watched, "a") == 64
    expect(watched.locator("#side-a .arm-name")).to_have_text("Plain-64")
    expect(watched.locator("#side-b .arm-name")).to_have_text("Residual-8")
    watched.wait_for_function("() => location.hash.includes('compare=8')")


def test_a_page_that_is_loaded_again_during_a_run_goes_on_without_a_gap(watched: Page, server: Server) -> None:
    open_lab(watched, server, LONG)
    watched.keyboard.press(" ")
    wait_for_step(watched, 30)
    watched.wait_for_function("() => location.hash.includes('run=')")
    before = curve(watched, "chart-loss", "a")
    watched.reload()
    wait_for_step(watched, step_of(watched) + 1)
    wait_for_points(watched, "chart-loss", "a", len(before["x"]) + 1)
    after = curve(watched, "chart-loss", "a")
    known = dict(zip(after["x"], after["y"], strict=True))
    assert after["x"] == sorted(set(after["x"]))
    assert [known.get(x) for x in before["x"]] == before["y"]
    wait_for_step(watched, step_of(watched) + 20)


def test_a_line_that_breaks_comes_back_and_the_run_goes_on(watched: Page, server: Server) -> None:
    watched.add_init_script(
        "{ const Real = WebSocket; window.sockets = [];"
        " window.WebSocket = class extends Real { constructor(...a) { super(...a); window.sockets.push(this); } }; }"
    )
    open_lab(watched, server, LONG)
    watched.keyboard.press(" ")
    wait_for_step(watched, 10)
    # the notice may be gone before anybody looks, so the page itself writes down what it says
    watched.evaluate(
        "() => { const notices = document.querySelector('#notices'); window.noticed = '';"
        " new MutationObserver(() => { window.noticed += notices.textContent; })"
        ".observe(notices, {childList: true, characterData: true, subtree: true}); window.sockets.at(-1).close(); }"
    )
    watched.wait_for_function("() => window.noticed.includes('Reconnecting')")
    watched.wait_for_function("() => window.sockets.length > 1 && window.sockets.at(-1).readyState === 1")
    expect(watched.locator("#notices")).not_to_contain_text("Reconnecting")
    wait_for_step(watched, step_of(watched) + 20)
    steps = curve(watched, "chart-loss", "a")["x"]
    assert steps == sorted(set(steps))


def test_pause_step_and_reset_with_undo(watched: Page, server: Server) -> None:
    open_lab(watched, server, LONG)
    watched.keyboard.press(" ")
    wait_for_step(watched, 5)
    watched.keyboard.press(" ")
    state(watched, "paused")
    at = step_of(watched)
    watched.keyboard.press("ArrowRight")
    wait_for_step(watched, at + 1)
    assert step_of(watched) == at + 1
    watched.keyboard.press("r")
    state(watched, "Ready")
    assert step_of(watched) == 0
    watched.get_by_role("button", name="Undo").click()
    state(watched, "stopped")
    assert step_of(watched) == at + 1


def test_a_run_is_deleted_and_brought_back(watched: Page, server: Server) -> None:
    open_lab(watched, server, SHORT)
    expect(watched.locator("#comparison .delete")).to_have_count(0)
    watched.keyboard.press(" ")
    state(watched, "finished")
    at = step_of(watched)
    watched.locator("#open-comparison").click()
    watched.get_by_role("button", name="Delete this run").click()
    state(watched, "Ready")
    expect(watched.locator("#notices")).to_contain_text("The run was deleted. For an hour it can be brought back.")
    expect(watched.locator(".notice")).to_have_count(1)
    watched.get_by_role("button", name="Undo").click()
    state(watched, "finished")
    assert step_of(watched) == at
    expect(watched.locator(".notice")).to_have_count(0)


def test_a_window_whose_run_is_deleted_elsewhere_is_told(watched: Page, server: Server) -> None:
    open_lab(watched, server, SHORT)
    watched.keyboard.press(" ")
    state(watched, "finished")
    run = watched.evaluate("() => new URLSearchParams(location.hash.slice(1)).get('run')")
    headers = {"Origin": server.url.rstrip("/")}
    assert httpx.delete(f"{server.url.rstrip('/')}/api/runs/{run}", headers=headers).status_code == 200
    expect(watched.locator("#notices")).to_contain_text("was deleted in another window")
    state(watched, "Ready")


def test_one_step_from_the_beginning_is_one_step(watched: Page, server: Server) -> None:
    open_lab(watched, server, SHORT)
    watched.locator("#step").click()
    state(watched, "paused")
    wait_for_step(watched, 1)
    assert step_of(watched) == 1


def test_the_learning_rate_changes_while_the_run_goes_on(watched: Page, server: Server) -> None:
    open_lab(watched, server, LONG)
    watched.keyboard.press(" ")
    wait_for_step(watched, 5)
    set_rate(watched, "b", "0.01")
    watched.locator("#open-comparison").click()
    expect(watched.locator("#comparison-body")).to_contain_text("Learning rate")
    watched.keyboard.press("Escape")
    wait_for_step(watched, step_of(watched) + 5)
    assert curve(watched, "chart-loss", "b")["x"][0] == 0


@pytest.mark.parametrize(
    ("link", "said"),
    [
        ("#width=9999", "width: 9999 is over the limit of 256"),
        ("#depths=5", "depths: 5 must be even and at least 4"),
        ("#family=conv6n2&depths=9", "depths: 9 is not of the form 6n+2; the nearest are 8 and 14"),
        ("#preset=degradation&depth=4096", "depth: 4096 is not one of 4, 8, 16, 32, 64"),
        ("#preset=%3Cimg%20src=x%20onerror=alert(1)%3E", "is not one of degradation"),
    ],
)
def test_a_broken_link_is_reported_and_the_page_stands(watched: Page, server: Server, link: str, said: str) -> None:
    open_lab(watched, server, link)
    expect(watched.locator("#notices")).to_contain_text(said)
    expect(watched.locator("#notices img")).to_have_count(0)
    expect(watched.locator("#train")).to_be_enabled()


def test_a_link_to_a_run_that_is_not_there_says_so(watched: Page, fresh_server: Server) -> None:
    open_lab(watched, fresh_server, "#run=r0000000000")
    expect(watched.locator("#notices")).to_contain_text("r0000000000")
    state(watched, "recorded")


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("width", "257", "Width: 257 is over the limit of 256"),
        ("depths", "4, 1030", "depth 1030 is over the limit of 1024"),
        ("momentum", "1", "Momentum must be under 1"),
        ("depths", "5", "5 must be even and at least 4"),
    ],
)
def test_a_bound_is_refused_at_its_field(watched: Page, server: Server, field: str, value: str, said: str) -> None:
    open_lab(watched, server, SHORT)
    watched.locator("#open-settings").click()
    entry = watched.locator(f"#field-{field}")
    entry.fill(value)
    # no click on a button: what was refused is said when the field is left
    with watched.expect_response("**/api/experiments/check") if field == "depths" else _nothing():
        entry.press("Tab")
    expect(watched.locator(f"#field-{field}-problem")).to_contain_text(said)
    expect(entry).to_have_attribute("aria-invalid", "true")
    watched.locator("#train-form").click()
    expect(watched.locator(f"#field-{field}-problem")).to_contain_text(said)
    state(watched, "Ready")


def test_what_the_server_says_is_shown_as_text(watched: Page, server: Server) -> None:
    nasty = "<img src=x onerror=document.title='broken'>"
    told = orjson.dumps({"v": 1, "type": "notice", "kind": "storage", "message": nasty, "active": True}).decode()
    watched.add_init_script(
        "{ const Real = WebSocket; window.sockets = [];"
        " window.WebSocket = class extends Real { constructor(...a) { super(...a); window.sockets.push(this); } }; }"
    )
    open_lab(watched, server, SHORT)
    watched.wait_for_function("() => window.sockets.length > 0")
    watched.evaluate("data => window.sockets.at(-1).onmessage({ data })", told)
    expect(watched.locator("#notices")).to_contain_text(nasty)
    assert watched.title() == "Lab · Skipscope"


def test_two_pages_follow_the_same_run(watched: Page, server: Server) -> None:
    with connect(server) as lecturer:
        run = lecturer.start({"depths": [4, 8], "width": 8, "steps": 60, "evaluate_every": 20})
        open_lab(watched, server)
        lecturer.until_state("finished")
    state(watched, "finished")
    watched.wait_for_function("run => location.hash.includes(run)", arg=run)
    assert step_of(watched) == 60


def test_the_spiral_shows_its_decision_regions(watched: Page, server: Server) -> None:
    open_lab(watched, server, "#dataset=spiral&depths=4,8&width=8&steps=40&evaluate_every=20&seeds=1")
    watched.keyboard.press(" ")
    state(watched, "finished")
    open_view(watched, "Regions")
    expect(watched.locator("#chart-regions-a .chart-title")).to_have_text("Plain-8")
    watched.wait_for_function(
        "() => document.querySelector('#chart-regions-b .plot').data[0].z.flat().every(v => v !== null)"
    )
    points = "() => document.querySelector('#chart-regions-b .plot').data[1]?.x.length"
    watched.wait_for_function(f"{points} === 600")
    watched.keyboard.press("2")
    expect(watched.locator("#chart-heat-a .chart-title")).to_have_text("Plain: gradient over time")


def _nothing() -> "contextlib.nullcontext[None]":
    return contextlib.nullcontext()


def test_everything_can_be_done_with_the_keyboard(watched: Page, server: Server) -> None:
    open_lab(watched, server, SHORT)
    seen: list[str] = []
    for _ in range(60):
        watched.keyboard.press("Tab")
        seen.append(watched.evaluate("() => document.activeElement.id || document.activeElement.className"))
    controls = (
        "train",
        "step",
        "reset",
        "preset",
        "open-settings",
        "thumb",
        "compare",
        "present",
        "help",
    )
    for control in controls:
        assert control in seen, control
    # wherever the Tab key has led to: keys of what has the focus are its own
    watched.evaluate("() => document.activeElement.blur()")
    watched.keyboard.press("?")
    expect(watched.locator("#keys")).to_be_visible()
    help = watched.locator("#keys-list")
    expect(help).to_contain_text("Train, pause, go on")
    for title, key, does in (
        ("On a diagram", "Page up / Page down", "Block before, next block"),
        ("On a diagram", "Enter", "Take the block out, or put it back"),
        ("On the depth", "Home / End", "Least, greatest depth"),
        ("On tabs", "← / →", "Choose the one before, the next one"),
        ("On the step", "← / →", "Step before, next step"),
        ("In the settings", "Esc", "put the last good value back"),
    ):
        row = help.locator("section", has_text=title).locator("dt", has_text=key)
        expect(row.locator("+ dd")).to_contain_text(does)
    watched.keyboard.press("Escape")
    expect(watched.locator("#keys")).not_to_be_visible()
    # the dialog gives the focus back to what had it
    watched.evaluate("() => document.activeElement.blur()")
    watched.keyboard.press("Shift+ArrowLeft")
    expect(watched.locator("#depth-number")).to_have_text("4")
    watched.keyboard.press("Shift+ArrowRight")
    expect(watched.locator("#depth-number")).to_have_text("8")
    watched.keyboard.press("p")
    expect(watched.locator("#present")).to_have_attribute("aria-pressed", "true")
    size = watched.evaluate("() => getComputedStyle(document.querySelector('#status')).fontSize")
    assert float(size.removesuffix("px")) >= 24
    watched.keyboard.press("b")
    expect(watched.locator("#blanked")).to_be_visible()
    watched.keyboard.press("Escape")  # first the blank screen, then presenter mode
    expect(watched.locator("#blanked")).not_to_be_visible()
    expect(watched.locator("#present")).to_have_attribute("aria-pressed", "true")
    watched.keyboard.press("Escape")
    expect(watched.locator("#present")).to_have_attribute("aria-pressed", "false")


def test_keys_are_ignored_while_typing(watched: Page, server: Server) -> None:
    open_lab(watched, server, SHORT)
    rate = watched.locator("#side-a .learning-rate")
    rate.fill("")
    rate.press_sequentially("r p b 0")
    expect(watched.locator("#present")).to_have_attribute("aria-pressed", "false")
    expect(watched.locator("#blanked")).not_to_be_visible()
    state(watched, "Ready")


def test_the_cursor_goes_through_all_charts(watched: Page, fresh_server: Server) -> None:
    open_lab(watched, fresh_server)
    state(watched, "recorded")
    watched.locator("#chart-loss .plot").hover()
    expect(watched.locator("#chart-loss .readout")).to_have_text(re.compile(r"^step \d+$"))
    text = watched.locator("#chart-loss .readout").inner_text()
    expect(watched.locator("#chart-accuracy .readout")).to_have_text(text)
    expect(watched.locator("#moment")).to_have_text(f"{text.capitalize()}.")
    for chart in ("chart-loss", "chart-accuracy"):
        expect(watched.locator(f"#{chart} .line").first).to_be_visible()
    watched.mouse.move(5, 5)
    state(watched, "recorded")
    watched.locator("#step-cursor").focus()
    watched.keyboard.press("Home")
    watched.keyboard.press("ArrowRight")
    expect(watched.locator("#moment")).to_have_text("Step 1.")
    open_view(watched, "Gradients")
    for chart in ("chart-heat-a", "chart-heat-b"):
        expect(watched.locator(f"#{chart} .line").first).to_be_visible()
    watched.wait_for_function("() => location.hash.includes('step=1')")
    watched.locator("#step-cursor").focus()
    watched.keyboard.press("End")
    state(watched, "recorded")
    watched.locator("#chart-layers .plot").hover()
    expect(watched.locator("#side-a .layer-text")).to_contain_text(re.compile(r"Layer \d+: block \d+, layer \d"))
    expect(watched.locator("#side-b .layer-text")).to_contain_text("32 → 32")


def test_the_numbers_of_a_chart_are_there_as_a_table(watched: Page, fresh_server: Server) -> None:
    open_lab(watched, fresh_server)
    state(watched, "recorded")
    watched.locator("#chart-accuracy summary").click()
    watched.locator("#chart-accuracy [data-table]").click()
    expect(watched.locator("#numbers-table th[scope=col]")).to_have_text(["step", "Plain-64", "Residual-64"])
    expect(watched.locator("#numbers-table tbody tr")).to_have_count(19)


@pytest.mark.parametrize(
    "preset",
    ["thousand", *(pytest.param(name, marks=pytest.mark.slow) for name in ("families", "fair", "explode-backward"))],
)
def test_every_family_is_drawn_and_trains(watched: Page, server: Server, preset: str) -> None:
    open_lab(watched, server, f"#preset={preset}")
    watched.keyboard.press("Space")
    wait_for_step(watched, 2)
    for side in ("a", "b"):
        colours = f"document.querySelector('#side-{side} .diagram').data[3].marker.color"
        if preset == "thousand":  # folded, and so flat at the start that one colour may serve
            assert watched.evaluate(f"{colours}.length") < 140
        else:
            watched.wait_for_function(f"() => new Set({colours}).size > 1")
    if preset == "fair":
        expect(watched.locator("#side-b .rate-note")).to_contain_text("of 4")
    watched.keyboard.press("r")
