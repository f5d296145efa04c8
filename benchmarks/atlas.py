"""The Atlas as a person meets it: how soon each view is there, and how smoothly a diagram is moved.

A real server, a real headless browser (software rendering, on the same cores), a window of 1280×720. Beside the time
that passes stands what the page's own thread worked, by the processor's clock: that holds on a busy machine, too.
"""

import statistics
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from playwright.sync_api import Browser, CDPSession, Page, sync_playwright

from tests import chromium
from tests.support import Server, running_server

#: a figure that is seen: Plotly's, or the sketch in its place that shows the same
DRAWN = "#drawings :is(.sketch, .js-plotly-plot)"
#: what is opened: a name, the link, and what is there once all of it is
OPENED = {
    "all networks": ("view=all", DRAWN),
    "diagram, blocks alike once": ("net=resnet1202&view=diagram", DRAWN),
    "diagram, every layer": ("net=resnet1202&view=diagram&folded=0", DRAWN),
    "classic figure": ("view=classic", DRAWN),
    "layer table": ("net=resnet1202&with_net=resnet110&view=table", ".differences td"),
    "block": ("net=resnet1202&with_net=resnext50_32x4d&view=block", "#drawing-1 :is(.sketch, .js-plotly-plot)"),
    "profile": ("net=resnet1202&view=profile", DRAWN),
    "code": ("net=resnet1202&view=code", "#view-body code"),
}
#: what is moved
MOVED = {
    "ResNet-1202, every layer": "net=resnet1202&view=diagram&folded=0",
    "ResNet-1202, every layer, all of it in sight": "net=resnet1202&view=diagram&folded=0",
    "classic figure": "view=classic",
}
#: milliseconds from the navigation until what is looked for is drawn and painted
SHOWN = """selector => new Promise(done => {
  const shown = () => done(performance.now());
  const look = () => requestAnimationFrame(document.querySelector(selector) ? shown : look);
  look();
})"""
#: begins to write down when frames were painted
FRAMES = """() => {
  window.frames_ = []; window.watching = true;
  const frame = now => { frames_.push(now); if (watching) requestAnimationFrame(frame); };
  requestAnimationFrame(frame);
}"""
#: when they were
PAINTED = "() => { watching = false; return frames_; }"
#: moves of a finger
STEPS = 60


@dataclass(frozen=True, slots=True)
class Opened:
    """Milliseconds until a view is there, and those of them in which the page's thread worked; medians."""

    name: str
    shown: float
    worked: float


@dataclass(frozen=True, slots=True)
class Moved:
    """Milliseconds between frames while a diagram is moved: median and 95th percentile; and of work for each move."""

    name: str
    how: str
    median: float
    high: float
    worked: float

    @property
    def rate(self) -> float:
        """Frames a second, of the median frame."""
        return 1000 / self.median


def measure(rounds: int = 5) -> tuple[list[Opened], list[Moved]]:
    """How soon each view is there, and how each diagram moves."""
    with (
        tempfile.TemporaryDirectory() as folder,
        running_server(Path(folder)) as server,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(
            args=list(chromium.ARGUMENTS), executable_path=str(chromium.on_machine() or "") or None
        )
        opened = []
        for name, view in OPENED.items():
            shown, worked = zip(*(_opened(browser, server, *view) for _ in range(rounds)), strict=True)
            opened.append(Opened(name, statistics.median(shown), statistics.median(worked)))
        moved = [one for name, link in MOVED.items() for one in _moved(browser, server, name, link)]
        browser.close()
    return opened, moved


def _clock(page: Page) -> CDPSession:
    """What reads the time that the page's thread has worked."""
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    return session


def _worked(clock: CDPSession) -> float:
    """Milliseconds that the page's thread has worked so far."""
    metrics = {one["name"]: one["value"] for one in clock.send("Performance.getMetrics")["metrics"]}
    return 1000 * float(metrics["TaskDuration"])


def _opened(browser: Browser, server: Server, link: str, selector: str) -> tuple[float, float]:
    """Milliseconds from the navigation, passed and worked: nothing is in the cache, and a person is there at once."""
    with browser.new_context(viewport={"width": 1280, "height": 720}) as context:
        page = context.new_page()
        page.add_init_script("addEventListener('DOMContentLoaded', () => dispatchEvent(new Event('pointermove')))")
        clock = _clock(page)
        page.goto(f"{server.url}/atlas#{link}", wait_until="commit")
        return float(page.evaluate(SHOWN, selector)), _worked(clock)


def _moved(browser: Browser, server: Server, name: str, link: str) -> Iterator[Moved]:
    """A drag with the mouse, the wheel, a drag with a finger, two fingers."""
    with browser.new_context(viewport={"width": 1280, "height": 720}, has_touch=True) as context:
        page = context.new_page()
        page.goto(f"{server.url}/atlas#{link}")
        page.evaluate("dispatchEvent(new Event('pointermove'))")
        page.wait_for_selector("#drawings .js-plotly-plot")
        if "all of it" in name:
            page.get_by_role("button", name="All of it").click()
        box = page.locator("#drawings .plot").bounding_box()
        assert box is not None
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        clock = _clock(page)
        for how in ("mouse", "wheel", "finger", "two fingers"):
            page.wait_for_timeout(500)
            page.evaluate(FRAMES)
            before = _worked(clock)
            _move(page, how, x, y)
            # it is drawn anew when it stands still
            page.wait_for_timeout(500)
            worked = _worked(clock) - before
            gaps = [after - before for before, after in pairwise(page.evaluate(PAINTED))]
            high = statistics.quantiles(gaps, n=20, method="inclusive")[-1]
            yield Moved(name, how, statistics.median(gaps), high, worked / STEPS)


def _move(page: Page, how: str, x: float, y: float) -> None:
    if how == "mouse":
        page.mouse.move(x, y)
        page.mouse.down()
        for step in range(STEPS):
            page.mouse.move(x, y - 2 * step)
        page.mouse.up()
    elif how == "wheel":
        page.mouse.move(x, y)
        for step in range(STEPS):
            page.mouse.wheel(0, -20 if step < STEPS / 2 else 20)
    else:
        session = page.context.new_cdp_session(page)
        fingers = 1 if how == "finger" else 2
        for step in range(STEPS):
            spread = 40 + step
            points = [{"x": x + (index - 0.5) * spread, "y": y - 2 * step, "id": index} for index in range(fingers)]
            _touch(session, "touchMove" if step else "touchStart", points)
        _touch(session, "touchEnd", [])


def _touch(session: CDPSession, kind: str, points: list[dict[str, float]]) -> None:
    session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
