"""The Lab as a test drives it."""

import re
from typing import Any

from playwright.sync_api import Page, expect

from tests.patience import PATIENCE
from tests.support import Server

expect.set_options(timeout=1000 * PATIENCE)

#: every picture of a run that is in sight has been drawn
DRAWN = """() => [...document.querySelectorAll('.view:not(#analyses) .plot:not(.js-plotly-plot)')]
    .every(plot => plot.clientWidth === 0)"""

#: trains until somebody stops it, whatever the machine
LONG = "#depths=4,8,16&width=8&steps=200000&evaluate_every=20&seeds=1"
#: trains in a moment
SHORT = "#depths=4,8&width=8&steps=600&evaluate_every=100&seeds=2"


def arrive(page: Page) -> None:
    """Be somebody: the page sketches its pictures until a pointer moves."""
    page.wait_for_selector(".sketch, .js-plotly-plot", state="attached")
    page.mouse.move(1, 1)
    page.mouse.move(2, 1)


def open_lab(page: Page, server: Server, link: str = "") -> None:
    """Open the Lab and wait until it is drawn."""
    page.goto(f"{server.url}/{link}")
    arrive(page)
    expect(page.locator("#side-b .diagram .js-plotly-plot, #side-b .js-plotly-plot")).to_be_visible()
    expect(page.locator(".view:not([hidden])").first).to_be_visible()
    page.wait_for_function(DRAWN)


def step_of(page: Page) -> int:
    """The step that the toolbar shows."""
    text = page.locator("#progress b").inner_text()
    return int(re.sub(r"\D", "", text))


def wait_for_step(page: Page, least: int) -> None:
    """Wait until the run has come to this step."""
    page.wait_for_function(
        "least => Number(document.querySelector('#progress b').textContent.replace(/\\D/g, '')) >= least", arg=least
    )


def state(page: Page, *states: str) -> None:
    """Wait until the status line says one of these."""
    expect(page.locator("#moment")).to_have_text(re.compile("|".join(states)))


def curve(page: Page, chart: str, name: str) -> dict[str, Any]:
    """Points of the curve of an arm, left ("a") or right ("b"), as they are drawn."""
    index = {"a": 4, "b": 5}[name]
    page.wait_for_function("chart => !document.querySelector(`#${chart} .sketch`)", arg=chart)
    script = (
        "([c, i]) => { const {x, y} = document.querySelector(`#${c} .plot`).data[i]; return {x: [...x], y: [...y]} }"
    )
    drawn: dict[str, Any] = page.evaluate(script, [chart, index])
    return drawn


def wait_for_points(page: Page, chart: str, name: str, least: int) -> None:
    """Wait until the curve of an arm has this many points."""
    index = {"a": 4, "b": 5}[name]
    # a page that was loaded again has no chart at first
    script = "([c, i, n]) => document.querySelector(`#${c} .plot`).data?.[i]?.x.length >= n"
    page.wait_for_function(script, arg=[chart, index, least])


def nodes(page: Page, side: str) -> int:
    """Weight layers in the diagram of a side."""
    page.wait_for_function("side => !document.querySelector(`#side-${side} .diagram .sketch`)", arg=side)
    drawn: int = page.evaluate(f"document.querySelector('#side-{side} .diagram').data[3].x.length")
    return drawn


def open_view(page: Page, tab: str) -> None:
    """Choose the tab of a view."""
    page.get_by_role("tab", name=re.compile(f"^{tab}")).click()
    page.wait_for_function(DRAWN)


def ask(page: Page, tab: str, button: str) -> None:
    """Choose a tab, press a button of it, and wait for the whole answer."""
    open_view(page, tab)
    page.get_by_role("button", name=button, exact=True).click()
    answered(page)


def set_rate(page: Page, side: str, rate: str) -> None:
    """Type a learning rate of an arm, left ("a") or right ("b")."""
    field = page.locator(f"#side-{side} .learning-rate")
    field.fill(rate)
    field.press("Enter")


def take_out(page: Page, block: int) -> None:
    """Take a block out, or put it back, by its number."""
    open_view(page, "Lesion")
    page.locator("#block-number").fill(str(block))
    page.locator("#block-number").press("Enter")


def answered(page: Page) -> None:
    """Wait for the whole answer of the chosen tab."""
    expect(page.locator("#answer-a .plot.js-plotly-plot")).to_be_visible()
    expect(page.locator("#analyses .under-way")).to_be_hidden()
