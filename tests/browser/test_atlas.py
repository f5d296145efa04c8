"""The Atlas in a real browser: the published networks, side by side, in every view."""

import re
import unicodedata

import pytest
from playwright.sync_api import Page, expect

from app.catalog import NETWORKS, find
from tests.browser.axe import violations
from tests.support import Server

#: views by their number keys, and what each must show
VIEWS = {
    "1": "All networks", "2": "Diagram", "3": "Classic figure", "4": "Layer table", "5": "Block", "6": "Profile",
    "7": "Code",
}  # fmt: skip
#: texts that Plotly has drawn in the open view
DRAWN_TEXTS = "() => [...document.querySelectorAll('#drawings svg text')].map(text => text.textContent)"


def open_atlas(page: Page, server: Server, link: str = "") -> None:
    """Open the Atlas and wait until the networks are there; the pointer has Plotly loaded."""
    page.goto(f"{server.url}/atlas{link}")
    page.mouse.move(5, 5)
    page.mouse.move(9, 9)
    expect(page.locator(".network h2, .network .bad").first).to_be_visible()


def drawn(page: Page, figures: int) -> None:
    """Wait until Plotly has drawn so many figures."""
    expect(page.locator("#drawings .js-plotly-plot")).to_have_count(figures)


def test_two_networks_stand_side_by_side_with_their_size_and_published_error(
    watched: Page, fresh_server: Server
) -> None:
    open_atlas(watched, fresh_server, "#net=resnet34&shortcut=A&with_net=plain34")
    left, right = watched.locator(".network").nth(0), watched.locator(".network").nth(1)
    expect(left).to_contain_text("ResNet-34")
    expect(right).to_contain_text("plain-34")
    expect(right).to_contain_text("28.54 % error")
    expect(right).to_contain_text("He et al. 2015, arXiv 1512.03385, table 2")
    expect(left.locator("[title='21 623 848']")).to_have_count(1)
    # of the shortcuts that are chosen, and of no others
    expect(left).to_contain_text("25.03 % error")
    left.locator("select").select_option("C")
    expect(left).to_contain_text("24.19 % error")


def test_every_view_has_a_key_and_draws_both_networks(watched: Page, fresh_server: Server) -> None:
    open_atlas(watched, fresh_server, "#net=resnet50&with_net=resnet34")
    for key, label in VIEWS.items():
        watched.keyboard.press(key)
        expect(watched.get_by_role("tab", name=re.compile(f"^{label}"))).to_have_attribute("aria-selected", "true")
        match label:
            case "All networks":
                drawn(watched, 1)
                expect(watched.locator("#view-body tbody tr")).to_have_count(len(NETWORKS))
            case "Diagram":
                drawn(watched, 2)
                texts = watched.evaluate(DRAWN_TEXTS)
                assert "1×1 conv, 256" in texts and "3×3 conv, 64" in texts
            case "Classic figure":
                drawn(watched, 1)
                assert {"VGG-19", "plain-34", "ResNet-34"} <= set(watched.evaluate(DRAWN_TEXTS))
            case "Layer table":
                table = watched.locator(".stages").first
                expect(table).to_contain_text("conv4_x")
                expect(table.locator(".times").nth(2)).to_have_text(re.compile(r"3×3 conv, 256.*× 6$", re.DOTALL))
                expect(watched.locator(".differences")).to_contain_text("25,557,032")
            case "Block":
                drawn(watched, 2)
                assert "256×56×56" in watched.evaluate(DRAWN_TEXTS)
            case "Profile":
                drawn(watched, 2)
                assert "receptive field" in watched.evaluate(DRAWN_TEXTS)
            case "Code":
                expect(watched.locator("pre").first).to_contain_text("class Bottleneck")
        assert watched.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_link_and_the_browsers_back_restore_what_was_shown(watched: Page, fresh_server: Server) -> None:
    open_atlas(watched, fresh_server, "#net=resnet50&stride_at=1x1&input=320&view=table")
    expect(watched.locator(".stages")).to_contain_text("64×160×160")
    expect(watched.locator(".network select").first).to_have_value("1x1")
    watched.locator("#left").select_option("densenet121")
    expect(watched.locator(".stages")).to_contain_text("1024×7×7")
    expect(watched).to_have_url(re.compile("net=densenet121"))
    watched.go_back()
    expect(watched.locator(".stages")).to_contain_text("64×160×160")


def test_an_input_that_a_network_cannot_read_is_refused_with_the_bound(watched: Page, fresh_server: Server) -> None:
    open_atlas(watched, fresh_server, "#net=resnet18")
    watched.locator("#input").fill("5000")
    watched.locator("#input").press("Enter")
    expect(watched.locator(".network .bad")).to_contain_text("5000 is over the limit of 1024 pixels")
    watched.locator("#input").fill("64")
    watched.locator("#input").press("Enter")
    expect(watched.locator(".network h2")).to_have_text("ResNet-18")


def test_a_broken_link_is_told_and_defaults_are_used(watched: Page, fresh_server: Server) -> None:
    open_atlas(watched, fresh_server, "#net=resnet99&view=nowhere")
    expect(watched.locator("#notices")).to_contain_text("“resnet99” is not known")
    expect(watched.locator("#notices")).to_contain_text("“nowhere” is not known")
    expect(watched.locator(".network h2").first).to_have_text("ResNet-34")


def test_the_table_is_sorted_by_a_press_on_a_head(watched: Page, fresh_server: Server) -> None:
    open_atlas(watched, fresh_server, "#net=resnet18&view=all")
    head = watched.get_by_role("button", name=re.compile("^Parameters"))
    first = watched.locator("#view-body tbody tr").first
    head.click()
    fewest = min(NETWORKS.values(), key=lambda network: network.unroll().parameters)
    expect(first).to_contain_text(fewest.label)
    head.click()
    expect(first).to_contain_text("VGG-19")
    expect(watched.locator("#view-body th[aria-sort=descending]")).to_contain_text("Parameters")
    # what has no published error comes last, whichever way
    watched.get_by_role("button", name=re.compile("^Published error")).click()
    expect(watched.locator("#view-body tbody tr").last.locator(".error")).to_have_text("–")


def test_a_diagram_is_moved_and_zoomed_by_keys(watched: Page, fresh_server: Server) -> None:
    open_atlas(watched, fresh_server, "#net=resnet1202&folded=0")
    drawn(watched, 1)
    ranges = "() => document.querySelector('#drawings .plot')._fullLayout.yaxis.range"
    before = watched.evaluate(ranges)
    watched.locator("#drawings .plot").focus()
    watched.keyboard.press("ArrowDown")
    watched.wait_for_function(f"(before) => ({ranges})()[1] < before[1]", arg=before)
    watched.keyboard.press("0")
    # all of its 1,202 layers
    watched.wait_for_function(f"() => ({ranges})()[0] < -1200")
    watched.keyboard.press("Home")
    watched.wait_for_function(f"(before) => Math.abs(({ranges})()[1] - before[1]) < 1e-6", arg=before)
    # and by a drag
    box = watched.locator("#drawings .plot").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    watched.mouse.move(x, y)
    watched.mouse.down()
    watched.mouse.move(x, y - 60, steps=4)
    watched.mouse.up()
    watched.wait_for_function(f"(before) => ({ranges})()[1] < before[1]", arg=before)


def touch(page: Page, *steps: list[tuple[float, float]]) -> None:
    """Fingers go down at the places of the first step, move to those of the others, and are lifted."""
    session = page.context.new_cdp_session(page)
    for index, places in enumerate(steps):
        points = [{"x": x, "y": y, "id": finger} for finger, (x, y) in enumerate(places)]
        session.send(
            "Input.dispatchTouchEvent", {"type": "touchMove" if index else "touchStart", "touchPoints": points}
        )
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


#: ends of both axes as they are drawn
RANGES = """() => {
  const {xaxis, yaxis} = document.querySelector('#drawings .plot')._fullLayout;
  return [...xaxis.range, ...yaxis.range];
}"""
#: where a box stands on the screen, by its text; null where it is not drawn
PLACE = """text => {
  const found = [...document.querySelectorAll('#drawings svg text')].find(one => one.textContent === text);
  const box = found?.getBoundingClientRect();
  return box ? [box.left + box.width / 2, box.top + box.height / 2, box.height] : null;
}"""


def test_a_diagram_is_moved_with_a_finger_and_zoomed_with_two(watched: Page, fresh_server: Server) -> None:
    watched.set_viewport_size({"width": 390, "height": 844})
    open_atlas(watched, fresh_server, "#net=resnet34&folded=0&view=diagram")
    drawn(watched, 1)
    plot = watched.locator("#drawings .plot")
    plot.scroll_into_view_if_needed()
    scrolled = watched.evaluate("scrollY")
    box = plot.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    left, right, low, high = watched.evaluate(RANGES)
    # a finger: what is under it goes along
    touch(watched, *([(x, y - step)] for step in range(0, 101, 20)))
    watched.wait_for_function(f"low => ({RANGES})()[2] < low", arg=low)
    moved = watched.evaluate(RANGES)
    assert moved[:2] == pytest.approx([left, right])
    assert low - moved[2] == pytest.approx(100 / box["height"] * (high - low))
    # two fingers from 60 pixels to 120 about a point: twice as large, and the point stays
    text = "3×3 conv, 64"
    before = watched.evaluate(PLACE, text)
    at = (x, y - 50)
    touch(watched, *([(at[0] - gap, at[1]), (at[0] + gap, at[1])] for gap in (30, 40, 50, 60)))
    watched.wait_for_function(f"span => ({RANGES})()[3] - ({RANGES})()[2] < 0.6 * span", arg=high - low)
    zoomed = watched.evaluate(RANGES)
    assert zoomed[3] - zoomed[2] == pytest.approx((high - low) / 2)
    assert zoomed[1] - zoomed[0] == pytest.approx((right - left) / 2)
    share = (at[1] - box["y"]) / box["height"]
    assert zoomed[3] - share * (zoomed[3] - zoomed[2]) == pytest.approx(moved[3] - share * (moved[3] - moved[2]))
    # text grows with its box, as far as text of the page may; and the page has not scrolled
    after = watched.evaluate(PLACE, text)
    assert before is not None and after is not None and after[2] > before[2]
    assert watched.evaluate("scrollY") == scrolled


def test_a_long_diagram_draws_what_is_in_sight_wherever_it_is_moved(watched: Page, fresh_server: Server) -> None:
    open_atlas(watched, fresh_server, "#net=resnet1202&folded=0&view=diagram")
    drawn(watched, 1)
    assert watched.evaluate("document.querySelectorAll('#drawings svg *').length") < 1000
    assert watched.evaluate(PLACE, "linear, 10") is None
    plot = watched.locator("#drawings .plot")
    plot.focus()
    # the last layer comes when one goes there, by the keys and by the wheel
    for _ in range(3):
        watched.keyboard.press("-")
    for _ in range(100):
        if watched.evaluate(PLACE, "linear, 10"):
            break
        before = watched.evaluate(RANGES)
        watched.keyboard.press("PageDown")
        watched.wait_for_function(f"low => ({RANGES})()[2] < low", arg=before[2])
    assert watched.evaluate("document.querySelectorAll('#drawings svg *').length") < 2000
    watched.keyboard.press("Home")
    watched.wait_for_function(f"text => ({PLACE})(text) === null", arg="linear, 10")
    assert watched.evaluate(PLACE, "3×3 conv, 16") is not None


def test_a_diagram_is_saved_whole_with_title_size_and_source(watched: Page, fresh_server: Server) -> None:
    open_atlas(watched, fresh_server, "#net=resnet34&shortcut=A")
    drawn(watched, 1)
    with watched.expect_download() as saved:
        watched.get_by_role("button", name="SVG").click()
    assert saved.value.suggested_filename == "skipscope-resnet-34-light@2x.svg"
    text = saved.value.path().read_text(encoding="utf-8")
    # from the first layer to the last
    for words in ("ResNet-34", "22 M parameters", "7×7 conv, 64, /2", "global pool", "× 5", "not measured"):
        assert words in text
    with watched.expect_download() as saved:
        watched.get_by_role("button", name="PNG").click()
    assert saved.value.path().read_bytes().startswith(b"\x89PNG")


def test_from_a_network_to_its_relative_in_the_lab_and_back(watched: Page, fresh_server: Server) -> None:
    open_atlas(watched, fresh_server, "#net=resnext50_32x4d")
    watched.get_by_role("link", name="Train its small relative").click()
    expect(watched.locator("#side-b .arm-name")).to_contain_text("ResNeXt")
    watched.mouse.move(300, 300)
    watched.mouse.move(310, 310)
    watched.locator("#open-comparison").click()
    watched.get_by_role("link", name="See the published resnext50_32x4d").click()
    expect(watched.locator(".network h2")).to_have_text(find("resnext50_32x4d").label)


@pytest.mark.parametrize(("width", "theme"), [(1280, "light"), (1280, "dark"), (390, "light")])
def test_axe_finds_nothing_wrong_with_any_view(watched: Page, fresh_server: Server, width: int, theme: str) -> None:
    watched.set_viewport_size({"width": width, "height": 844})
    open_atlas(watched, fresh_server, f"#net=resnext50_32x4d&with_net=resnet34&theme={theme}")
    for key in VIEWS:
        watched.keyboard.press(key)
        expect(watched.locator("#view-body *, #drawings .js-plotly-plot").first).to_be_visible()
        assert violations(watched) == []
        assert watched.evaluate("document.documentElement.scrollWidth <= innerWidth")


#: the words of a figure that meet others of it
MEETING = """() => {
  const words = [...document.querySelectorAll("#drawing-0 svg text")].filter(text => text.textContent.trim());
  const boxes = words.map(text => [text.textContent, text.getBoundingClientRect()]);
  return boxes.flatMap(([one, a], index) => boxes.slice(index + 1).flatMap(([other, b]) => {
    const [wide, high] = [Math.min(a.right, b.right) - Math.max(a.left, b.left), Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top)];
    return wide > 2 && high > 0.4 * Math.min(a.height, b.height) ? [[one, other]] : [];
  }));
}"""  # noqa: E501


@pytest.mark.parametrize("size", [(1280, 720), (1920, 1080)], ids=str)
def test_in_presenter_mode_the_pictures_are_in_the_window(
    watched: Page, fresh_server: Server, size: tuple[int, int]
) -> None:
    watched.set_viewport_size({"width": size[0], "height": size[1]})
    open_atlas(watched, fresh_server, "#net=resnext50_32x4d&with_net=densenet121&presenter=1")
    for key, figures in {"1": 1, "2": 2, "3": 1, "5": 2}.items():
        watched.keyboard.press(key)
        drawn(watched, figures)
        expect(watched.locator("#drawings .sketch")).to_have_count(0)
        boxes = [plot.bounding_box() for plot in watched.locator("#drawings .plot").all()]
        for box in boxes:
            assert box is not None and box["y"] + box["height"] <= size[1], VIEWS[key]
            assert box["height"] >= 0.35 * size[1], VIEWS[key]
        assert len({box["y"] for box in boxes if box}) == 1, "side by side"


@pytest.mark.parametrize("link", ["#view=profile&presenter=1", "#view=all&presenter=1", "#view=all", "#view=profile"])
@pytest.mark.parametrize("width", [1280, 390])
def test_words_of_a_figure_do_not_meet(watched: Page, fresh_server: Server, link: str, width: int) -> None:
    watched.set_viewport_size({"width": width, "height": 720})
    open_atlas(watched, fresh_server, link)
    expect(watched.locator("#drawing-0 .js-plotly-plot")).to_be_visible()
    expect(watched.locator("#drawings .sketch")).to_have_count(0)
    assert watched.evaluate(MEETING) == []


@pytest.mark.parametrize("link", ["/atlas#view=code", "/trace#view=training"])
def test_on_a_phone_the_chosen_tab_is_in_sight(watched: Page, fresh_server: Server, link: str) -> None:
    watched.set_viewport_size({"width": 390, "height": 844})
    watched.goto(fresh_server.url + link)
    chosen = watched.get_by_role("tab", selected=True)
    expect(chosen).to_be_in_viewport(ratio=0.99)
    chosen.press("ArrowRight")  # the first one follows the last
    expect(watched.get_by_role("tab").first).to_have_attribute("aria-selected", "true")
    expect(chosen).to_be_in_viewport(ratio=0.99)


#: one network for each equation
EQUATIONS = {network.equation: name for name, network in NETWORKS.items()}
#: what a typeset equation shows, without the LaTeX that is kept beside it
SHOWN = """() => [...document.querySelector(".formula math mrow").textContent].filter(sign => /\\S/.test(sign)
  && sign !== "\u2061").join("")"""


def test_every_equation_is_typeset_beside_its_block_and_says_what_its_line_says(
    watched: Page, fresh_server: Server
) -> None:
    """The index below a sum is what LaTeX adds. CSP breaches would fail the test."""
    open_atlas(watched, fresh_server, "#net=resnet18")
    expect(watched.locator("#drawing-0 .sketch, #drawing-0 .js-plotly-plot").first).to_be_visible()
    assert watched.locator("script[src*=katex]").count() == 0, "the first view has no use for it"
    watched.keyboard.press("5")
    for equation, name in EQUATIONS.items():
        watched.locator("#left").select_option(name)
        formula = watched.get_by_role("img", name=equation, exact=True)
        expect(formula.locator("math")).to_be_visible()
        line = unicodedata.normalize("NFKD", equation).replace(" ", "")
        shown = unicodedata.normalize("NFKD", watched.evaluate(SHOWN)).replace("⋅", "·").replace("∑i", "Σ")
        assert shown == line
        assert formula.evaluate("one => one.scrollWidth <= one.clientWidth && one.scrollHeight <= one.clientHeight")
    assert watched.locator("script[src*=katex]").count() == 1


def test_without_katex_the_line_of_the_record_stands_there(page: Page, fresh_server: Server) -> None:
    page.route("**/katex-*.min.js", lambda route: route.abort())
    with page.expect_event("requestfailed", lambda request: "katex" in request.url):
        open_atlas(page, fresh_server, "#net=resnext50_32x4d&view=block")
    expect(page.locator(".formula")).to_have_text("y = σ(Σ Tᵢ(x) + s(x))")
    drawn(page, 1)
    expect(page.locator(".notice")).to_have_count(0)
