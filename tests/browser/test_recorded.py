"""Recorded runs on the page: a preset is shown, asked, left and brought back."""

import re

import pytest
from playwright.sync_api import Page, Route, expect

from app.contract.presets import PRESETS
from tests.browser.lab_page import DRAWN, answered, arrive, ask, curve, open_lab, open_view, state, step_of, take_out
from tests.support import Server, connect


def choose(page: Page, name: str) -> None:
    """Choose a preset and wait until its recorded run is drawn."""
    page.locator("#preset").select_option(name)
    drawn(page, name)


def drawn(page: Page, name: str) -> None:
    """Wait until the recorded run of a preset is drawn."""
    experiment, staged = PRESETS[name].experiment, PRESETS[name].stage.step
    expect(page.locator("#depth-number")).to_have_text(str(experiment.depths[-1]))
    state(page, f"Step {experiment.steps}, recorded" if staged is None else rf"Step {staged}\.")
    expect(page.locator("#badge")).to_have_text(re.compile(r"recorded \d{4}-\d\d-\d\d on .+ · measured, not simulated"))
    expect(page.locator("#preset")).to_have_value(name)
    expect(page.locator("#step-cursor")).to_have_attribute("max", str(experiment.steps))
    expect(page.locator("#step-cursor")).to_be_enabled()
    page.wait_for_function(DRAWN)


def test_a_chosen_preset_shows_what_was_measured_and_answers_the_first_click(
    watched: Page, fresh_server: Server
) -> None:
    open_lab(watched, fresh_server)
    drawn(watched, "degradation")
    choose(watched, "shallow")
    take_out(watched, 1)
    for side in ("a", "b"):
        expect(watched.locator(f"#side-{side} .accuracy-name")).to_contain_text("whole")
        expect(watched.locator(f"#side-{side} .layer-text")).to_contain_text("Tested without block 1")
    ask(watched, "Lesion", "Each block in turn")
    expect(watched.locator("#analyses .words")).to_contain_text("Weights of step 320.")
    open_view(watched, "Speed")
    answered(watched)


def test_the_recording_on_arrival_answers_the_first_click(watched: Page, fresh_server: Server) -> None:
    open_lab(watched, fresh_server)
    drawn(watched, "degradation")
    expect(watched.locator("#dot")).to_have_class("dot idle")  # the line is open
    take_out(watched, 1)
    expect(watched.locator("#side-a .accuracy-name")).to_contain_text("whole")
    state(watched, "Step 320, recorded")


def test_where_only_the_first_weights_travel_it_is_said_which_are_asked(watched: Page, fresh_server: Server) -> None:
    open_lab(watched, fresh_server)
    choose(watched, "zero-last")
    open_view(watched, "Lesion")
    expect(watched.locator("#weights-step")).to_have_value("")
    expect(watched.locator("#weights-step option").first).to_have_text("the last kept")
    ask(watched, "Lesion", "Each block in turn")
    expect(watched.locator("#analyses .words")).to_contain_text("Weights of step 0.")


def test_a_landscape_tells_how_long_it_takes_and_goes_along_the_trajectory_where_checkpoints_were_kept(
    watched: Page, fresh_server: Server
) -> None:
    open_lab(watched, fresh_server)
    drawn(watched, "degradation")
    open_view(watched, "Landscape")
    analyses = watched.locator("#analyses")
    expect(analyses.locator(".ask .takes")).to_have_text(re.compile(r"^\d+ (s|min)$"))
    expect(analyses.locator(".ask")).to_have_attribute("title", re.compile("^Takes about"))
    analyses.get_by_label("Points").select_option("15")
    analyses.get_by_label("Plane").select_option("trajectory")
    ask(watched, "Landscape", "Compute the plane")
    expect(watched.locator("#answer-a .about")).to_contain_text("% of the trajectory")
    choose(watched, "fair")
    open_view(watched, "Landscape")
    expect(analyses.locator(".choices").get_by_label("Plane")).to_have_value(
        "random"
    )  # what cannot be is not chosen any more
    option = analyses.locator("option[value=trajectory]")
    expect(option).to_have_text("along the trajectory: needs 3 checkpoints, 2 kept")
    assert option.is_disabled()


def test_undo_brings_back_what_was_shown_before_a_preset_was_chosen(watched: Page, fresh_server: Server) -> None:
    open_lab(watched, fresh_server)
    choose(watched, "shallow")
    watched.keyboard.press("Shift+ArrowLeft")
    expect(watched.locator("#depth-number")).to_have_text("8")
    watched.wait_for_function("() => performance.getEntriesByName('depth-drawn').length > 0")
    before = curve(watched, "chart-loss", "b")
    choose(watched, "families")
    watched.get_by_role("button", name="Undo").click()
    expect(watched.locator("#depth-number")).to_have_text("8")
    expect(watched.locator("#preset")).to_have_value("shallow")
    state(watched, "Step 320, recorded")
    watched.wait_for_function(
        "y => JSON.stringify([...document.querySelector('#chart-loss .plot').data[5].y]) === JSON.stringify(y)",
        arg=before["y"],
    )
    assert curve(watched, "chart-loss", "b") == before
    expect(watched.get_by_role("button", name="Undo")).to_have_count(0)
    choose(watched, "families")
    choose(watched, "shallow")


def test_reset_clears_a_recording_and_undo_and_its_preset_bring_it_back(watched: Page, fresh_server: Server) -> None:
    open_lab(watched, fresh_server)
    choose(watched, "shallow")
    watched.locator("#reset").click()
    state(watched, "Ready")
    watched.get_by_role("button", name="Undo").click()
    drawn(watched, "shallow")
    watched.locator("#reset").click()
    state(watched, "Ready")
    choose(watched, "spiral")
    choose(watched, "shallow")


def test_train_runs_a_preset_anew_and_its_recording_stays(watched: Page, server: Server) -> None:
    open_lab(watched, server, "#preset=shallow")
    drawn(watched, "shallow")
    watched.keyboard.press(" ")
    watched.wait_for_function("() => /run=r[0-9a-f]{10}$/.test(location.hash)")
    state(watched, "Step 320, finished")
    expect(watched.locator("#badge")).to_have_text("measured, not simulated")
    expect(watched.locator("#comparison")).not_to_contain_text("recorded")
    choose(watched, "spiral")
    watched.get_by_role("button", name="Undo").click()
    state(watched, "Step 320, finished")
    choose(watched, "spiral")
    choose(watched, "shallow")


@pytest.mark.parametrize("name", ["degradation", "explode-forward"])
def test_a_link_to_a_preset_shows_its_recording(watched: Page, fresh_server: Server, name: str) -> None:
    open_lab(watched, fresh_server, f"#preset={name}")
    drawn(watched, name)
    watched.wait_for_function("() => location.hash.includes('seed=0')")
    assert "run=" not in watched.evaluate("() => location.hash")
    watched.reload()
    arrive(watched)
    drawn(watched, name)


def test_a_run_that_trains_is_joined_in_spite_of_the_recording(watched: Page, server: Server) -> None:
    with connect(server) as lecturer:
        run = lecturer.start({"depths": [4, 8], "width": 8, "steps": 200_000, "evaluate_every": 1000})
        open_lab(watched, server)
        watched.wait_for_function("run => location.hash.includes(run)", arg=run)
        expect(watched.locator("#train")).to_contain_text("Pause")
        assert step_of(watched) >= 0


def test_the_first_recording_is_drawn_before_there_is_a_line(watched: Page, fresh_server: Server) -> None:
    watched.add_init_script(
        "window.WebSocket = class { static OPEN = 1; readyState = 0; send() {} };"
    )  # it never opens
    open_lab(watched, fresh_server)
    drawn(watched, "degradation")
    take_out(watched, 1)
    expect(watched.locator("#notices")).to_contain_text("There is no connection to the server")


def test_a_recording_that_cannot_be_fetched_is_said_so(page: Page, fresh_server: Server) -> None:
    def refuse(route: Route) -> None:
        route.abort()

    page.route("**/recorded/*.json", refuse)
    open_lab(page, fresh_server)
    expect(page.locator("#notices")).to_contain_text("The recorded run could not be loaded.")
