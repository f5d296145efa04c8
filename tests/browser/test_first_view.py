"""The first view: what the browser fetches for it, what is seen before Plotly is there, and that nothing moves."""

import re

import pytest
from playwright.sync_api import Page, Route, expect

from app.web.pages import PAGES
from tests.browser.lab_page import arrive, open_lab
from tests.support import Server

#: bytes of the first view as they are sent, all answers together
BUDGET = 500_000
PRELOAD = re.compile(r'<link rel="modulepreload" href="([^"]+)" fetchpriority="low">')
#: the windows of a projector, of a large screen and of a phone
WINDOWS = [(1280, 720), (1920, 1080), (390, 844)]
#: layout shift that a person does not notice
STILL = 0.05
SHIFTS = """window.shifts = []; new PerformanceObserver((list) => window.shifts.push(...list.getEntries()
  .map((entry) => [entry.value, entry.sources.map(({node}) => node?.id || node?.className || node?.nodeName)])))
  .observe({type: "layout-shift", buffered: true})"""
#: the words of each picture with their middles; those beyond its edge are not seen
SEEN = """() => [...document.querySelectorAll(".diagram, :is(.view:not([hidden]), #drawings) .plot")].map((picture) => {
  const frame = picture.getBoundingClientRect();
  const words = [...picture.querySelectorAll("text")].flatMap((text) => {
    const box = text.getBoundingClientRect();
    const at = [box.x + box.width / 2 - frame.x, box.y + box.height / 2 - frame.y];
    const isSeen = at[0] > 0 && at[0] < frame.width && at[1] > 0 && at[1] < frame.height;
    return box.width > 0 && isSeen && text.textContent ? [[text.textContent, ...at]] : [];
  });
  return words.sort(([one, left], [other, right]) => (one < other ? -1 : one > other ? 1 : left - right));
})"""
#: of each picture that is sketched from now on: its words, and whether what Plotly drew before is seen
WATCH_SKETCHES = """() => {
  window.sketches = new Map();
  window.wordsOf = (picture) => [...picture.querySelectorAll("text")].map((text) => text.textContent).sort().join("|");
  new MutationObserver((changes) => {
    for (const sketch of changes.flatMap(({ addedNodes }) => [...addedNodes])) {
      if (!sketch.matches?.(".sketch")) continue;
      const container = sketch.parentElement.querySelector(".plot-container");
      const older = getComputedStyle(container).visibility;
      window.sketches.set(sketch.parentElement, { older, words: window.wordsOf(sketch) });
    }
  }).observe(document.body, { childList: true, subtree: true });
}"""
SIZES = """() => [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
  .map(entry => [entry.name, entry.encodedBodySize])"""


@pytest.mark.parametrize("path", [page.path for page in PAGES])
def test_the_page_preloads_the_modules_that_it_imports_and_no_others(
    page: Page, fresh_server: Server, path: str
) -> None:
    """Shown without the preloads, for then the browser fetches what is imported."""
    preloaded: list[str] = []

    def without_preloads(route: Route) -> None:
        answer = route.fetch()
        preloaded.extend(PRELOAD.findall(answer.text()))
        route.fulfill(response=answer, body=PRELOAD.sub("", answer.text()))

    address = fresh_server.url + path
    page.route(address, without_preloads)
    page.goto(address)
    expect(page.locator("#chart-degradation .sketch, .network h2, .stop").first).to_be_visible()
    fetched = {name.removeprefix(fresh_server.url) for name, _ in page.evaluate(SIZES) if name.endswith(".js")}
    others = {script.get_attribute("src") for script in page.locator("script[src]:not([type=module])").all()}
    if page.locator("body[data-plotly]").count():  # Plotly is fetched when the browser is idle
        prefetch = page.locator("link[rel=prefetch]")
        prefetch.wait_for(state="attached")
        others.add(prefetch.get_attribute("href"))
    assert len(preloaded) == len(set(preloaded)) > 10
    assert set(preloaded) == fetched - others


def test_the_first_view_is_small(watched: Page, fresh_server: Server) -> None:
    open_lab(watched, fresh_server)
    sizes = dict(watched.evaluate(SIZES))
    assert all(size > 0 for size in sizes.values()), "every answer was measured"
    assert sum(sizes.values()) <= BUDGET


@pytest.mark.parametrize("window", WINDOWS, ids=str)
def test_nothing_moves_while_the_page_opens(watched: Page, fresh_server: Server, window: tuple[int, int]) -> None:
    watched.set_viewport_size({"width": window[0], "height": window[1]})
    watched.add_init_script(SHIFTS)
    watched.goto(fresh_server.url)
    expect(watched.locator(".sketch")).to_have_count(5)
    arrive(watched)
    expect(watched.locator(".sketch")).to_have_count(0)
    shifts = watched.evaluate("window.shifts")
    assert sum(value for value, _ in shifts) <= STILL, shifts


@pytest.mark.parametrize("window", WINDOWS, ids=str)
@pytest.mark.parametrize(
    ("link", "shown"),
    [
        ("/atlas", "#drawing-1 .sketch"),
        ("/atlas#view=all", "#drawings .sketch"),
        ("/atlas#view=block", "#drawing-1 .sketch"),
        ("/trace", "#way .stop"),
    ],
)
def test_nothing_moves_while_the_other_pages_open(
    watched: Page, fresh_server: Server, link: str, shown: str, window: tuple[int, int]
) -> None:
    watched.set_viewport_size({"width": window[0], "height": window[1]})
    watched.add_init_script(SHIFTS)
    # what the page itself brings is painted before anything can come into it
    held: list[Route] = []
    watched.route("**/js/view/pages/*.js", lambda route: held.append(route))
    watched.goto(fresh_server.url + link, wait_until="commit")
    watched.wait_for_function("() => performance.getEntriesByName('first-contentful-paint').length > 0")
    for route in held:
        route.continue_()
    expect(watched.locator(shown).first).to_be_visible()
    shifts = watched.evaluate("window.shifts")
    assert sum(value for value, _ in shifts) <= STILL, shifts


@pytest.mark.parametrize("window", WINDOWS, ids=str)
def test_the_sketch_says_what_the_chart_says_at_the_same_place(
    watched: Page, fresh_server: Server, window: tuple[int, int]
) -> None:
    watched.set_viewport_size({"width": window[0], "height": window[1]})
    watched.goto(fresh_server.url)
    expect(watched.locator(".sketch")).to_have_count(5)
    sketched = watched.evaluate(SEEN)
    assert watched.evaluate("typeof Plotly") == "undefined", "nobody is there yet"
    arrive(watched)
    expect(watched.locator(".sketch")).to_have_count(0)
    drawn = watched.evaluate(SEEN)
    assert [len(picture) for picture in drawn] == [2, 2, 13, 16, 17]
    for before, after in zip(sketched, drawn, strict=True):
        assert [words for words, _, _ in before] == [words for words, _, _ in after]
        for (words, *one), (_, *other) in zip(before, after, strict=True):
            assert one == pytest.approx(other, abs=2), words


@pytest.mark.parametrize("window", WINDOWS, ids=str)
@pytest.mark.parametrize(
    ("link", "figures"),
    [
        ("", 2),
        ("#view=all", 1),
        ("#view=all&by=parameters", 1),
        ("#view=classic", 1),
        ("#view=block&net=resnet50&with_net=resnet34", 2),
        ("#net=resnet1202&folded=0", 1),
        ("#view=block&net=resnext50_32x4d&forms=1", 1),
        ("#view=profile&net=resnet50", 1),
        ("#view=profile&net=highway100&with_net=transformer_pre", 2),
    ],
)
def test_the_sketches_of_the_atlas_say_what_the_figures_say_at_the_same_place(
    watched: Page, fresh_server: Server, link: str, figures: int, window: tuple[int, int]
) -> None:
    watched.set_viewport_size({"width": window[0], "height": window[1]})
    watched.goto(f"{fresh_server.url}/atlas{link}")
    expect(watched.locator(".sketch")).to_have_count(figures)
    sketched = watched.evaluate(SEEN)
    assert watched.evaluate("typeof Plotly") == "undefined", "nobody is there yet"
    arrive(watched)
    expect(watched.locator(".js-plotly-plot")).to_have_count(figures)
    expect(watched.locator(".sketch")).to_have_count(0)
    drawn = watched.evaluate(SEEN)
    for before, after in zip(sketched, drawn, strict=True):
        assert [words for words, _, _ in before] == [words for words, _, _ in after] != []
        for (words, *one), (_, *other) in zip(before, after, strict=True):
            assert one == pytest.approx(other, abs=2), words


def test_a_diagram_of_the_atlas_is_moved_and_saved_while_plotly_is_on_its_way(
    watched: Page, fresh_server: Server
) -> None:
    held: list[Route] = []
    watched.route("**/plotly-*.min.js", lambda route: held.append(route))
    watched.goto(f"{fresh_server.url}/atlas#net=resnet34&folded=0")
    arrive(watched)
    diagram = watched.locator("#drawings .sketch")
    expect(diagram).to_contain_text("7×7 conv, 64, /2")
    expect(diagram).not_to_contain_text("linear, 1000")
    watched.locator("#drawings .plot").focus()
    watched.keyboard.press("0")
    expect(diagram).to_contain_text("linear, 1000")
    watched.get_by_role("button", name="SVG").click()
    with watched.expect_download() as saved:
        assert held
        for route in held:
            route.continue_()
    assert "linear, 1000" in saved.value.path().read_text(encoding="utf-8")
    # where it was moved to, and it can be moved on
    plot = watched.locator("#drawings .plot.js-plotly-plot")
    expect(plot).to_contain_text("linear, 1000")
    expect(watched.locator(".sketch")).to_have_count(0)
    box = plot.bounding_box()
    assert box is not None
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    height = "() => document.querySelector('#drawings .plot')._fullLayout.yaxis.range[1]"
    before = watched.evaluate(height)
    watched.mouse.move(*middle)
    watched.mouse.down()
    watched.mouse.move(middle[0], middle[1] - 60, steps=4)
    watched.mouse.up()
    watched.wait_for_function(f"(before) => ({height})() < before - 1", arg=before)
    # what a drag has moved is kept when it is drawn anew
    watched.keyboard.press("ArrowDown")
    watched.wait_for_function(f"(before) => ({height})() < before - 2", arg=before)


def test_the_heads_of_the_atlas_do_not_wait_for_the_server(watched: Page, fresh_server: Server) -> None:
    held: list[Route] = []
    watched.route("**/api/catalog/**", lambda route: held.append(route))
    watched.goto(f"{fresh_server.url}/atlas")
    heads = watched.locator(".network")
    expect(heads.first.locator(".sizes")).to_be_visible()
    before = heads.all_inner_texts()
    assert len(held) == 2
    for route in held:
        route.continue_()
    expect(watched.locator("#drawing-1 .sketch")).to_be_visible()
    assert heads.all_inner_texts() == before


def test_a_moved_slider_is_answered_by_sketches_that_say_what_the_charts_say(
    watched: Page, fresh_server: Server
) -> None:
    open_lab(watched, fresh_server)
    watched.evaluate(WATCH_SKETCHES)
    watched.keyboard.press("Shift+ArrowLeft")
    watched.wait_for_function("() => window.sketches.size === 4")  # diagrams and curves
    expect(watched.locator(".sketch")).to_have_count(0)
    for older, sketched, drawn in watched.evaluate(
        "() => [...window.sketches].map(([picture, { older, words }]) => [older, words, window.wordsOf(picture)])"
    ):
        assert older == "hidden", "what Plotly drew before is not seen beside a sketch"
        assert sketched == drawn


def test_the_recorded_run_is_seen_and_used_while_plotly_is_on_its_way(watched: Page, fresh_server: Server) -> None:
    held: list[Route] = []
    watched.route("**/plotly-*.min.js", lambda route: held.append(route))
    watched.goto(fresh_server.url)
    arrive(watched)
    loss = watched.locator("#chart-loss .sketch")
    expect(loss).to_contain_text("Plain-64")
    watched.keyboard.press("Shift+ArrowLeft")
    expect(loss).to_contain_text("Plain-32")
    expect(watched.locator("#badge")).to_contain_text("recorded")
    assert held
    for route in held:
        route.continue_()
    expect(watched.locator("#chart-loss .js-plotly-plot, #chart-loss .plot.js-plotly-plot")).to_contain_text("Plain-32")
    expect(watched.locator(".sketch")).to_have_count(0)


def test_what_cannot_be_sketched_does_not_wait_for_a_person(watched: Page, fresh_server: Server) -> None:
    watched.goto(f"{fresh_server.url}/#view=gradients")
    expect(watched.locator("#chart-heat-b .plot.js-plotly-plot")).to_be_visible()
    expect(watched.locator(".sketch")).to_have_count(0)


def test_a_page_without_plotly_says_so(page: Page, fresh_server: Server) -> None:
    page.route("**/plotly-*.min.js", lambda route: route.abort())
    page.goto(fresh_server.url)
    arrive(page)
    expect(page.locator("#notices")).to_contain_text("The part of the page that draws could not be loaded")
    expect(page.locator("#chart-loss .sketch")).to_be_visible()


def test_a_sketch_leaves_what_else_stands_in_its_place(watched: Page, fresh_server: Server) -> None:
    watched.goto(fresh_server.url)
    expect(watched.locator(".sketch")).to_have_count(5)
    for side in "ab":
        expect(watched.locator(f"#side-{side} .layer-stop")).to_be_visible()
