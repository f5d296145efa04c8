"""Two windows on one run: each says what the other did, and neither what it did itself."""

import json

from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.lab_page import LONG, open_lab, state
from tests.support import Server

ELSEWHERE = "[data-kind=elsewhere]"


def test_a_window_says_what_was_done_from_another(watched: Page, context: BrowserContext, server: Server) -> None:
    open_lab(watched, server, LONG)
    watched.keyboard.press(" ")
    state(watched, r"Step \d+")
    watched.wait_for_function("() => location.hash.includes('run=')")
    other = context.new_page()
    frames: list[str] = []
    other.on("websocket", lambda socket: socket.on("framereceived", lambda text: frames.append(str(text))))
    open_lab(other, server, "#" + watched.url.partition("#")[2])
    state(other, r"Step \d+")
    other.locator("#train").click()
    for page in (watched, other):
        state(page, "paused")
    expect(watched.locator(ELSEWHERE)).to_contain_text("Paused from another window.")
    expect(other.locator(ELSEWHERE)).to_have_count(0)
    other.locator("#side-b .learning-rate").fill("0.02")
    other.keyboard.press("Enter")
    other.locator("#step").click()  # orders take effect between steps
    expect(watched.locator(ELSEWHERE)).to_contain_text("Learning rate of Residual set to 0.02 from another window.")
    watched.locator("#train").click()
    expect(watched.locator(ELSEWHERE)).to_have_count(0)  # its own command is the last now
    other.locator("#reset").click()
    expect(watched.locator(ELSEWHERE)).to_contain_text("Stopped from another window.")
    expect(other.locator(ELSEWHERE)).to_have_count(0)
    counts = [event["count"] for event in map(json.loads, frames) if event["type"] == "viewers"]
    assert counts[:1] == [2]
