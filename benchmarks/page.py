"""The page and the server as a person meets them: how soon they answer, how smoothly they draw.

A real server process, a real headless browser (software rendering, on the same cores), the default preset.
"""

import statistics
import tempfile
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests import chromium
from tests.browser.lab_page import arrive
from tests.support import Server, running_server

#: milliseconds from the navigation until all pictures in sight are there, once they are
FIRST_VIEW = "() => document.querySelectorAll('.sketch').length === 5 ? performance.now() : 0"
#: milliseconds from the first sign of a person until Plotly has drawn them all
TAKEN_OVER = """() => new Promise(done => {
  const start = performance.now();
  const look = () => document.querySelector('.sketch') ? requestAnimationFrame(look) : done(performance.now() - start);
  dispatchEvent(new PointerEvent('pointermove'));
  look();
})"""
#: [requests, bytes as sent] of the first view
FETCHED = """() => {
  const all = [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")];
  return [all.length, all.reduce((sum, entry) => sum + entry.encodedBodySize, 0)];
}"""
#: from the click on Train to the first drawn point of the new run, in the page's own clock
FIRST_POINT = """() => new Promise(done => {
  const plot = document.querySelector('#chart-loss .plot');
  const drawn = () => {
    const {x} = plot.data[5];
    if (x.length > 0 && x[x.length - 1] < 100) { plot.removeListener('plotly_afterplot', drawn);
      done({ms: performance.now() - start, step: x[x.length - 1]}); }
  };
  plot.on('plotly_afterplot', drawn);
  const start = performance.now();
  document.querySelector('#train').click();
})"""
#: watches for tasks over 50 ms and counts drawings of each chart for some seconds
WATCH = """seconds => new Promise(done => {
  const tasks = [], counts = {};
  const observer = new PerformanceObserver(list => tasks.push(...list.getEntries().map(e => e.duration)));
  observer.observe({entryTypes: ['longtask']});
  const stop = [];
  for (const plot of document.querySelectorAll('.js-plotly-plot')) {
    const name = (plot.closest('[id]') || plot).id;
    counts[name] = 0;
    const count = () => { counts[name] += 1; };
    plot.on('plotly_afterplot', count);
    stop.push(() => plot.removeListener('plotly_afterplot', count));
  }
  const before = Number(document.querySelector('#progress b').textContent.replace(/\\D/g, ''));
  const frames = []; let last = performance.now();
  const frame = now => { frames.push(now - last); last = now; if (!over) requestAnimationFrame(frame); };
  let over = false; requestAnimationFrame(frame);
  setTimeout(() => { over = true; observer.disconnect(); stop.forEach(f => f());
    const after = Number(document.querySelector('#progress b').textContent.replace(/\\D/g, ''));
    done({tasks, counts, seconds, steps: after - before, frames: frames.length}); }, seconds * 1000);
})"""


@dataclass(frozen=True, slots=True)
class PageFigures:
    """Milliseconds, but ``updates`` (of the loss chart) and ``steps``, both a second, and ``kilobytes``, compressed."""

    listening: float
    first_view: float
    taken_over: float
    requests: int
    kilobytes: float
    first_point: float
    first_step: int
    slider_median: float
    slider_95: float
    longest_task: float
    long_tasks: int
    updates: float
    steps: float


def measure(rounds: int = 5, watch_seconds: int = 6) -> PageFigures:
    """All figures of one machine."""
    with tempfile.TemporaryDirectory() as folder:
        listening = [_listening(Path(folder) / str(i)) for i in range(rounds)]
        with running_server(Path(folder) / "page") as server, sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                args=list(chromium.ARGUMENTS), executable_path=str(chromium.on_machine() or "") or None
            )
            views = [_first_view(browser, server) for _ in range(rounds)]
            page = browser.new_page(viewport={"width": 1280, "height": 720})
            _open(page, server)
            points = [_first_point(page) for _ in range(rounds)]
            slider = _slider(page)
            page.goto("about:blank")
            _open(page, server, "#preset=degradation&steps=20000")
            page.click("#train")
            page.wait_for_timeout(2000)
            seen = page.evaluate(WATCH, watch_seconds)
            browser.close()
    return PageFigures(
        listening=1000 * statistics.median(listening),
        first_view=statistics.median(view[0] for view in views),
        taken_over=statistics.median(view[1] for view in views),
        requests=views[-1][2],
        kilobytes=views[-1][3] / 1000,
        first_point=statistics.median(ms for ms, _ in points),
        first_step=max(step for _, step in points),
        slider_median=statistics.median(slider),
        slider_95=statistics.quantiles(slider, n=20, method="inclusive")[-1],
        longest_task=max(seen["tasks"], default=0.0),
        long_tasks=sum(task > 100 for task in seen["tasks"]),
        updates=seen["counts"].get("chart-loss", 0) / watch_seconds,
        steps=seen["steps"] / watch_seconds,
    )


def _listening(folder: Path) -> float:
    with running_server(folder) as server:
        return server.started_in


def _first_view(browser: Browser, server: Server) -> tuple[float, float, int, int]:
    """Milliseconds until it is there and until Plotly has taken over, requests and bytes: nothing is in the cache."""
    with browser.new_context(viewport={"width": 1280, "height": 720}) as context:
        page = context.new_page()
        page.goto(server.url, wait_until="commit")
        drawn = page.wait_for_function(FIRST_VIEW)
        page.wait_for_load_state("networkidle")
        requests, size = page.evaluate(FETCHED)
        return float(drawn.json_value()), float(page.evaluate(TAKEN_OVER)), int(requests), int(size)


def _open(page: Page, server: Server, link: str = "") -> None:
    page.goto(f"{server.url}/{link}")
    arrive(page)
    page.wait_for_function("() => document.querySelectorAll('.js-plotly-plot').length === 5")
    # the training process gets warm meanwhile
    page.wait_for_timeout(4000)


def _first_point(page: Page) -> tuple[float, int]:
    found = page.evaluate(FIRST_POINT)
    page.wait_for_function("() => document.querySelector('#progress b').textContent.replace(/\\D/g, '') === '320'")
    page.wait_for_timeout(1500)
    return float(found["ms"]), int(found["step"])


def _slider(page: Page) -> list[float]:
    """From the key on the slider to all charts drawn, with a finished run of the default preset."""
    page.evaluate("performance.clearMeasures('depth-drawn')")
    for key in (["Shift+ArrowLeft"] * 4 + ["Shift+ArrowRight"] * 4) * 5:
        page.keyboard.press(key)
        page.wait_for_timeout(400)
    measured: list[float] = page.evaluate("performance.getEntriesByName('depth-drawn').map(e => e.duration)")
    return measured
