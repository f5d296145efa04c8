"""The page and the server as a person meets them: how soon they answer, how smoothly they draw.

A real server process, a real headless browser (software rendering, on the same cores), the default preset.
"""

import statistics
import tempfile
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests import chromium
from tests.support import Server, running_server

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
    """Milliseconds, but ``updates`` (of the loss chart) and ``steps``, both a second."""

    listening: float
    first_point: float
    first_step: int
    slider_median: float
    slider_worst: float
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
        first_point=statistics.median(ms for ms, _ in points),
        first_step=max(step for _, step in points),
        slider_median=statistics.median(slider),
        slider_worst=max(slider),
        longest_task=max(seen["tasks"], default=0.0),
        long_tasks=sum(task > 100 for task in seen["tasks"]),
        updates=seen["counts"].get("chart-loss", 0) / watch_seconds,
        steps=seen["steps"] / watch_seconds,
    )


def _listening(folder: Path) -> float:
    with running_server(folder) as server:
        return server.started_in


def _open(page: Page, server: Server, link: str = "") -> None:
    page.goto(f"{server.url}/{link}")
    page.wait_for_selector("#chart-heat-b .plot.js-plotly-plot")
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
    for key in ["Shift+ArrowLeft"] * 4 + ["Shift+ArrowRight"] * 4 + ["Shift+ArrowLeft"] * 4:
        page.keyboard.press(key)
        page.wait_for_timeout(400)
    measured: list[float] = page.evaluate("performance.getEntriesByName('depth-drawn').map(e => e.duration)")
    return measured
