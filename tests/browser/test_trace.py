"""Trace in a real browser: one image's way through networks, forward and back, on a real server."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from app.catalog.pipeline import PIPELINES
from tests.browser.axe import violations
from tests.browser.lab_page import open_lab
from tests.browser.test_image_input import png
from tests.support import Server
from tests.unit.catalog.test_weights import BLOCKS
from tests.unit.catalog.weights_files import save, torchvision_names, trained

VIEWS = {"1": "Forward", "2": "Backward", "3": "Answers", "4": "Table", "5": "Training"}
DIGITS = "#run=recorded-degradation&depth=4"
FASHION = "#run=recorded-he-fashion&depth=20"
#: whether every map in sight has been painted
PAINTED = """() => [...document.querySelectorAll('#view canvas.map, #way canvas.map')].every(canvas =>
    canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.some(value => value !== 0))"""
#: the pixels of the pictures of a row of the second network
ROW = """row => [...document.querySelectorAll(`.stage-card:nth-child(2) .row:nth-child(${row + 1}) canvas`)]
    .flatMap(canvas => [...canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data])"""


def open_trace(page: Page, server: Server, link: str = "") -> None:
    """Open Trace and wait until an image has been traced."""
    page.goto(f"{server.url}/trace{link}")
    traced(page)


def traced(page: Page) -> None:
    """Wait until what is shown is what was asked for."""
    expect(page.locator("#way .stop").first).to_be_visible()
    expect(page.locator("#way")).to_have_attribute("aria-busy", "false")
    page.wait_for_function(PAINTED)


def current(page: Page) -> str:
    """The name of the shown stage."""
    return page.locator(".stop[aria-current] .stop-name").inner_text()


def answers(page: Page) -> list[str]:
    """What both networks answer, as the lanes say it."""
    return page.locator(".head small").all_inner_texts()


def test_the_first_view_shows_an_image_that_was_traced_through_both_networks(
    watched: Page, fresh_server: Server
) -> None:
    open_trace(watched, fresh_server)
    expect(watched.locator(".head")).to_have_count(2)
    expect(watched.locator(".stage-card")).to_have_count(2)
    expect(watched.locator(".example")).to_have_count(6)
    expect(watched.locator(".example").first).to_have_attribute("aria-pressed", "true")
    expect(watched.locator("#conclusion")).to_have_text(re.compile(r"^1 of \d+: "))
    assert all("%" in text for text in answers(watched))
    # the way in, from every page
    expect(watched.get_by_role("navigation").get_by_role("link", name="Trace")).to_have_attribute(
        "aria-current", "page"
    )


def test_keys_and_buttons_go_along_the_way_and_the_caption_is_spoken(watched: Page, fresh_server: Server) -> None:
    open_trace(watched, fresh_server, FASHION)
    stops = watched.locator(".stop")
    watched.keyboard.press("ArrowRight")
    watched.keyboard.press("ArrowRight")
    assert current(watched) == "block 1"
    expect(watched.locator("#spoken")).to_have_text(
        re.compile(r"^3 of \d+: block 1\. plain-20: .*residual-20: What the skip carries")
    )
    watched.keyboard.press("ArrowLeft")
    watched.locator("#on").click()
    assert current(watched) == "block 1"
    watched.keyboard.press("End")
    expect(stops.last).to_have_attribute("aria-current", "step")
    watched.keyboard.press("Home")
    expect(stops.first).to_have_attribute("aria-current", "step")
    stops.nth(4).click()
    assert current(watched) == "block 3"
    watched.locator("#scrub").fill("5")
    assert current(watched) == "block 4"
    # the keyboard goes along with the shown stage
    stops.nth(5).focus()
    watched.keyboard.press("ArrowRight")
    expect(stops.nth(6)).to_be_focused()


def test_it_plays_to_the_end_and_stops_and_a_step_by_hand_stops_it_too(watched: Page, fresh_server: Server) -> None:
    open_trace(watched, fresh_server, DIGITS)
    watched.locator("#pace").select_option("fast")
    watched.evaluate("document.activeElement.blur()")
    watched.keyboard.press(" ")
    expect(watched.get_by_role("button", name="Pause")).to_be_visible()
    expect(watched.locator(".stop").last).to_have_attribute("aria-current", "step")
    expect(watched.get_by_role("button", name="Play")).to_be_visible()
    watched.keyboard.press(" ")
    watched.keyboard.press("ArrowRight")
    expect(watched.get_by_role("button", name="Play")).to_be_visible()


#: the strongest colour of a network's pictures at the shown stage: the largest distance of a channel from the ground
STRONGEST = """card => Math.max(...[...document.querySelectorAll(`.stage-card:nth-child(${card + 1}) .row canvas`)]
  .flatMap(canvas => [...canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data])
  .map((value, at) => at % 4 === 3 ? 0 : Math.abs(value - 247)))"""


def test_on_a_scale_of_its_own_a_faint_network_is_seen_and_the_words_say_so(
    watched: Page, fresh_server: Server
) -> None:
    open_trace(watched, fresh_server, FASHION + "&stage=4&view=backward&theme=light")
    caption, keys = watched.locator("#conclusion"), watched.locator(".scale-key")
    expect(keys).to_contain_text("one scale for both networks")
    expect(caption).not_to_contain_text("own scale")
    shared = [watched.evaluate(STRONGEST, lane) for lane in (0, 1)]
    faint = shared.index(min(shared))
    watched.get_by_label("Scale").select_option(label="each network's own")
    expect(keys).to_have_count(2)
    expect(keys.nth(0)).to_contain_text("plain-20")
    expect(keys.nth(1)).to_contain_text("residual-20")
    expect(watched.locator("#view-controls")).to_contain_text("gradients, each network on its own scale at this stage")
    expect(caption).to_contain_text("Each network's colours are on its own scale")
    own = [watched.evaluate(STRONGEST, lane) for lane in (0, 1)]
    assert own[1 - faint] == shared[1 - faint], "the strong one is as it was"
    assert own[faint] > shared[faint]
    assert own[0] == pytest.approx(own[1], abs=8), "both reach the ends of the colours"
    # a link keeps it
    expect(watched).to_have_url(re.compile("scale=own"))
    watched.reload()
    expect(keys).to_have_count(2)
    assert [watched.evaluate(STRONGEST, lane) for lane in (0, 1)] == own
    # in presenter mode too: it is said, and can be chosen
    watched.keyboard.press("p")
    expect(caption).to_contain_text("Each network's colours are on its own scale")
    watched.get_by_label("Scale").select_option("shared")
    expect(keys).to_have_count(1)
    assert [watched.evaluate(STRONGEST, lane) for lane in (0, 1)] == shared


def test_a_published_network_without_weights_shows_no_image(watched: Page, fresh_server: Server) -> None:
    watched.goto(f"{fresh_server.url}/trace#net=resnet50")
    card = watched.locator(".stage-card")
    expect(card).to_contain_text("without weights only shapes go through the network")
    expect(card.locator("canvas")).to_have_count(0)


def test_a_block_is_a_sum_of_pictures_with_their_norms_on_one_scale(watched: Page, fresh_server: Server) -> None:
    open_trace(watched, fresh_server, FASHION + "&stage=4")
    plain, residual = watched.locator(".stage-card").nth(0), watched.locator(".stage-card").nth(1)
    expect(residual.locator(".sign b")).to_have_text(["F(x)", "⊕ skip", "→ out"])
    expect(residual.locator(".equation")).to_have_text("y = σ(F(x) + x)")
    expect(residual.locator(".shapes")).to_have_text("14×14×8 → 14×14×8")
    expect(plain).to_contain_text("nothing is added")
    assert all("‖·‖" in text for text in residual.locator(".sign small").all_inner_texts())
    expect(watched.locator(".scale-key")).to_contain_text("one scale for both networks")
    # what the page asked for is what it draws: the colours of F are those of the bytes that were sent
    answer: dict[str, Any] = watched.evaluate(
        """async () => (await fetch('/api/trace/runs/recorded-he-fashion', {method: 'POST', headers: {'Content-Type':
        'application/json'}, body: JSON.stringify({depth: 20, image: {kind: 'example', index: 0}})})).json()"""
    )
    stage = answer["networks"][1]["stages"][3]
    assert f"‖·‖ {stage['join']['past']['norm']:.1f}" in residual.locator(".sign small").nth(1).inner_text()
    assert residual.locator(".row").first.locator("canvas").count() == len(stage["output"]["channels"])
    watched.locator("#all-maps").click()
    expect(watched.locator(".rows[data-all]").first).to_be_visible()
    traced(watched)


def test_another_image_changes_pictures_and_answers_and_back_leads_to_the_one_before(
    watched: Page, fresh_server: Server
) -> None:
    open_trace(watched, fresh_server, FASHION + "&stage=4")
    before, drawn = answers(watched), watched.evaluate(ROW, 0)
    watched.keyboard.press("n")
    expect(watched.locator(".example").nth(1)).to_have_attribute("aria-pressed", "true")
    expect(watched.locator(".head small").last).not_to_have_text(before[1])
    traced(watched)
    assert watched.evaluate(ROW, 0) != drawn
    assert "image=1" in watched.evaluate("location.hash")
    watched.locator("#previous-image").click()
    watched.locator("#previous-image").click()
    expect(watched).to_have_url(re.compile(r"image=1999"))
    watched.go_back()
    watched.go_back()
    watched.go_back()
    expect(watched.locator(".example").nth(0)).to_have_attribute("aria-pressed", "true")
    traced(watched)
    assert answers(watched) == before
    assert watched.evaluate(ROW, 0) == drawn


def test_the_gradient_comes_back_from_the_last_stage_with_identity_and_branch_apart(
    watched: Page, fresh_server: Server
) -> None:
    open_trace(watched, fresh_server, FASHION)
    watched.keyboard.press("2")
    expect(watched.locator(".stop").last).to_have_attribute("aria-current", "step")
    expect(watched.locator("#conclusion")).to_have_text(re.compile(r"^1 of \d+ on the way back"))
    expect(watched.locator(".stage-card").first).to_contain_text("starts back here")
    watched.locator(".stop").nth(4).click()
    residual = watched.locator(".stage-card").nth(1)
    expect(residual.locator(".sign b")).to_have_text(["∂L/∂out", "through F", "by skip"])
    expect(watched.locator("#conclusion")).to_contain_text("by the skip")
    watched.keyboard.press("Home")
    expect(watched.locator(".stage-card").first).to_contain_text("∂L/∂image")
    expect(watched.locator(".image-pictures .thumb canvas")).to_have_count(4)
    # the loss of another class has another gradient
    words = watched.locator(".image-pictures p").first.inner_text()
    watched.locator("#target").select_option("bag")
    expect(watched.locator(".image-pictures p").first).not_to_have_text(words)
    expect(watched).to_have_url(re.compile("loss=8"))


def test_the_percentages_of_an_answer_sum_to_100_as_they_are_shown(watched: Page, fresh_server: Server) -> None:
    open_trace(watched, fresh_server, FASHION + "&view=answers")
    for index in range(6):
        watched.locator(".example").nth(index).click()
        expect(watched.locator(".example").nth(index)).to_have_attribute("aria-pressed", "true")
        traced(watched)
        for card in watched.locator(".answer").all():
            shown = [text.removesuffix(" %") for text in card.locator("tbody .percent").all_inner_texts()]
            assert len(shown) == 10
            assert sum(round(10 * float(text)) for text in shown) == 1000, shown


def test_the_table_names_every_stage_and_leads_to_it(watched: Page, fresh_server: Server) -> None:
    open_trace(watched, fresh_server, FASHION + "&view=table")
    rows = watched.locator(".prediction tbody tr")
    assert rows.count() == watched.locator(".stop").count()
    watched.get_by_role("button", name=re.compile(r"^5\. block 3")).click()
    expect(rows.nth(4)).to_have_attribute("aria-current", "step")
    assert current(watched) == "block 3"
    expect(rows.nth(4)).to_contain_text("What the skip carries has norm")


def test_the_training_view_has_the_evaluations_and_the_image_at_every_checkpoint(
    watched: Page, fresh_server: Server
) -> None:
    open_trace(watched, fresh_server, DIGITS + "&view=training")
    learnt = watched.locator(".learnt")
    expect(learnt.locator("polyline")).to_have_count(2)
    steps = learnt.locator("tbody tr")
    assert steps.count() >= 2
    expect(watched.get_by_role("region", name="Training trace").locator("tbody tr").first).to_be_visible()
    newest = answers(watched)
    learnt.locator("tbody button").first.click()
    expect(watched.locator(".checkpoint .step")).to_have_text("step 0")
    expect(watched.locator(".head small").last).not_to_have_text(newest[1])
    # the checkpoints are a slider, too
    watched.locator("#checkpoint").fill(str(steps.count() - 1))
    expect(watched.locator(".head small").last).to_have_text(newest[1])


def test_a_drawing_is_traced_when_the_pen_is_lifted_and_a_link_reproduces_it(
    watched: Page, fresh_server: Server
) -> None:
    open_trace(watched, fresh_server, DIGITS)
    watched.locator("#draw").click()
    board = watched.locator("#own-image canvas").first
    box = board.bounding_box()
    assert box
    middle = box["x"] + box["width"] / 2
    with watched.expect_response(re.compile("/api/trace/runs/")) as answer:
        watched.mouse.move(middle, box["y"] + 0.2 * box["height"])
        watched.mouse.down()
        watched.mouse.move(middle, box["y"] + 0.8 * box["height"], steps=6)
        watched.mouse.up()
    assert answer.value.ok
    assert '"kind":"pixels"' in (answer.value.request.post_data or "")
    traced(watched)
    expect(watched.locator(".example[aria-pressed=true]")).to_have_count(0)
    expect(watched).to_have_url(re.compile("pixels="))
    drawn = answers(watched)
    watched.reload()
    traced(watched)
    assert answers(watched) == drawn
    # an example of the test set puts the board away
    watched.locator("#draw").click()
    watched.locator(".example").nth(2).click()
    expect(watched.locator("#own-image")).to_be_hidden()


def test_an_upload_is_traced_and_one_that_is_no_image_is_told_and_changes_nothing(
    watched: Page, fresh_server: Server
) -> None:
    open_trace(watched, fresh_server, DIGITS)
    before = answers(watched)
    watched.locator("#upload").click()
    files = watched.locator("#own-image input[type=file]")
    files.set_input_files({"name": "notes.png", "mimeType": "image/png", "buffer": b"not a picture at all"})
    expect(watched.locator(".notice[data-kind=upload]")).to_be_visible()
    assert answers(watched) == before
    assert "pixels" not in watched.evaluate("location.hash")
    pixels = [[255 * (12 <= x < 20) for x in range(32)] for _ in range(32)]
    picture = png(np.array(pixels, np.uint8))
    files.set_input_files({"name": "one.png", "mimeType": "image/png", "buffer": picture})
    expect(watched).to_have_url(re.compile("pixels="))
    expect(watched.locator(".notice[data-kind=upload]")).to_have_count(0)
    traced(watched)


def test_a_link_reproduces_the_view_after_a_reload(watched: Page, fresh_server: Server) -> None:
    open_trace(watched, fresh_server)
    watched.locator("#network").select_option("run:recorded-families")
    traced(watched)
    watched.locator("#depth").select_option(index=0)
    traced(watched)
    watched.get_by_label("Lower network").select_option(index=3)
    watched.locator(".example").nth(3).click()
    watched.keyboard.press("2")
    watched.locator(".stop").nth(2).click()
    traced(watched)

    def seen() -> list[Any]:
        pressed = watched.locator(".example[aria-pressed=true]").get_attribute("aria-label")
        return [current(watched), answers(watched), pressed, watched.locator(".stage-card h2").all_inner_texts()]

    expect(watched).to_have_url(re.compile("stage=3"))
    before = seen()
    assert before[3][1].startswith("dense")
    watched.reload()
    traced(watched)
    assert seen() == before
    expect(watched.get_by_role("tab", name="Backward")).to_have_attribute("aria-selected", "true")
    # views are places of their own in the browser's history
    watched.keyboard.press("3")
    watched.go_back()
    expect(watched.get_by_role("tab", name="Backward")).to_have_attribute("aria-selected", "true")


def test_what_a_link_has_wrong_is_told_and_the_usual_is_shown(watched: Page, fresh_server: Server) -> None:
    open_trace(watched, fresh_server, "#run=not-there&stage=zero")
    expect(watched.locator(".notice[data-kind=link]")).to_contain_text("stage: “zero” is not a whole number")
    expect(watched.locator(".notice[data-kind=link]")).to_contain_text("not-there cannot be traced here")
    expect(watched.locator(".stage-card")).to_have_count(2)


def test_while_the_server_is_away_the_page_says_so_keeps_its_pictures_and_asks_again(
    page: Page, fresh_server: Server
) -> None:
    open_trace(page, fresh_server, DIGITS)
    before = answers(page)
    page.route("**/api/trace/**", lambda route: route.abort())
    page.locator(".example").nth(1).click()
    notice = page.locator(".notice[data-kind=trace]")
    expect(notice).to_contain_text("The server does not answer")
    assert answers(page) == before
    page.unroute("**/api/trace/**")
    notice.get_by_role("button", name="Try again").click()
    expect(notice).to_have_count(0)
    traced(page)


def test_a_published_network_is_a_walk_through_shapes_and_a_file_that_is_no_weights_is_refused(
    watched: Page, fresh_server: Server
) -> None:
    open_trace(watched, fresh_server, "#net=resnet18&stage=4")
    expect(watched.locator(".head")).to_have_text(re.compile(r"ResNet-18\s*no weights"))
    expect(watched.locator(".stage-card")).to_contain_text("56×56×64 → 56×56×64")
    expect(watched.locator(".stage-card")).to_contain_text("residual block")
    expect(watched.locator("#draw")).to_have_count(0)
    weights = watched.locator(".weights input[type=file]")
    weights.set_input_files({"name": "x.safetensors", "mimeType": "", "buffer": b"{}"})
    expect(watched.locator(".notice[data-kind=weights].bad")).to_contain_text("x.safetensors is not used")
    for key in "2345":
        watched.keyboard.press(key)
        expect(watched.locator("#view")).to_contain_text(re.compile("eights|published|Operation"))


def test_a_published_network_with_weights_shows_what_it_does_with_an_image(
    watched: Page, server: Server, tmp_path: Path
) -> None:
    module = trained(PIPELINES["resnet18"])
    file = save(tmp_path / "resnet18.safetensors", torchvision_names(module, BLOCKS["resnet18"]))
    open_trace(watched, server, "#net=resnet18&stage=4")
    watched.locator(".weights input[type=file]").set_input_files(file)
    watched.locator("#upload").click()
    pixels = np.random.default_rng(0).integers(0, 256, (240, 240, 3), np.uint8)
    watched.locator("#own-image input[type=file]").set_input_files(
        {"name": "noise.png", "mimeType": "image/png", "buffer": png(pixels)}
    )
    expect(watched.locator(".sign b")).to_have_text(["F(x)", "⊕ skip", "→ out"])
    watched.locator("#all-maps").click()
    expect(watched.locator(".row").first.locator("canvas")).to_have_count(64)
    traced(watched)
    watched.keyboard.press("3")
    shown = [text.removesuffix(" %") for text in watched.locator("tbody .percent").all_inner_texts()]
    assert sum(round(10 * float(text)) for text in shown) == 1000
    # such an image has no room in a link, and is not passed off as another
    expect(watched).to_have_url(re.compile("pixels=too-many"))
    watched.reload()
    expect(watched.locator(".notice[data-kind=link]")).to_contain_text("too large for a link")


def test_the_lab_and_trace_lead_to_each_other_with_run_and_depth(watched: Page, fresh_server: Server) -> None:
    open_lab(watched, fresh_server, "#preset=degradation")
    link = watched.locator("nav a", has_text="Trace")
    expect(link).to_have_attribute("href", re.compile(r"^/trace#run=recorded-degradation&depth=\d+$"))
    link.click()
    traced(watched)
    depth = watched.locator("#depth").input_value()
    assert f"-{depth}" in watched.locator(".head").first.inner_text()
    watched.locator("#to-lab").click()
    expect(watched.locator("#side-a .arm-name")).to_be_visible()
    expect(watched.locator("#depth-number")).to_have_text(depth)


@pytest.mark.parametrize(("width", "theme"), [(1280, "light"), (1280, "dark"), (390, "light")])
def test_nobody_is_kept_out_of_any_view(watched: Page, fresh_server: Server, width: int, theme: str) -> None:
    watched.set_viewport_size({"width": width, "height": 720 if width > 500 else 844})
    open_trace(watched, fresh_server, f"{FASHION}&stage=4&theme={theme}")
    for key, label in VIEWS.items():
        watched.keyboard.press(key)
        expect(watched.get_by_role("tab", name=re.compile(f"^{label}"))).to_have_attribute("aria-selected", "true")
        traced(watched)
        if label == "Training":
            expect(watched.locator(".learnt")).to_be_visible()
        assert violations(watched) == [], label
        assert watched.evaluate("document.documentElement.scrollWidth <= innerWidth"), label
    watched.locator("#draw").click()
    expect(watched.locator("#own-image canvas").first).to_be_visible()
    assert violations(watched) == []
    watched.goto(f"{fresh_server.url}/trace#net=resnet18&theme={theme}")
    watched.reload()
    traced(watched)
    assert violations(watched) == []


@pytest.mark.parametrize("look", ["", "&presenter=1", "&scale=own", "&scale=own&presenter=1"])
@pytest.mark.parametrize("size", [(1280, 720), (1920, 1080)])
def test_a_projector_shows_the_way_and_the_stage_without_scrolling(
    watched: Page, fresh_server: Server, size: tuple[int, int], look: str
) -> None:
    watched.set_viewport_size({"width": size[0], "height": size[1]})
    for view in ("forward", "backward"):
        open_trace(watched, fresh_server, f"{FASHION}&stage=4&view={view}{look}")
        assert watched.evaluate("document.documentElement.scrollHeight <= innerHeight"), view
        assert watched.evaluate("document.documentElement.scrollWidth <= innerWidth"), view
        # nothing lies under the caption
        card, caption = watched.locator(".stage-card").last.bounding_box(), watched.locator(".status").bounding_box()
        assert card and caption and card["y"] + card["height"] <= caption["y"] + 1
        watched.goto("about:blank")
    if "presenter" in look:
        open_trace(watched, fresh_server, f"{FASHION}&stage=4{look}")
        small = watched.evaluate(
            """() => [...document.querySelectorAll('main *, footer *')].filter(element => element.checkVisibility()
            && !element.closest('.unseen')
            && [...element.childNodes].some(node => node.nodeType === 3 && node.data.trim()))
            .filter(element => parseFloat(getComputedStyle(element).fontSize) < 23.9)
            .map(element => element.className || element.tagName)"""
        )
        assert small == []


def test_a_finger_finds_every_control_on_a_phone(watched: Page, fresh_server: Server) -> None:
    watched.set_viewport_size({"width": 390, "height": 844})
    open_trace(watched, fresh_server, FASHION)
    small = watched.evaluate(
        """() => [...document.querySelectorAll('main button, main select, main a, main input[type=range]')]
        .filter(element => element.checkVisibility()).map(element => [element, element.getBoundingClientRect()])
        .filter(([, {width, height}]) => width < 43.5 || height < 43.5)
        .map(([element, {width, height}]) => `${element.id || element.className} ${width}×${height}`)"""
    )
    assert small == []
