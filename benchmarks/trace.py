"""Traces: how soon an image's way through the networks is there, asked as the server asks, in a process that is warm.

The second image and those after it: the first one reads the weights, which are those of the start.
"""

import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import sync_playwright

from app.contract.checkpoints import file_of
from app.contract.experiment import Experiment
from app.contract.findings import Weights
from app.contract.trace import Example, TraceQuestion, TraceRequest
from app.learning import checkpoint
from app.learning.sweep import Sweep
from app.learning.training import no_orders
from app.workers.tracing import TracingWorker
from app.workers.worker import Context
from tests import chromium
from tests.support import running_server
from tests.unit.data.idx_files import write_folder

#: title, and the usual pair at one depth
CASES: tuple[tuple[str, Experiment], ...] = (
    ("20-layer pair, 28×28, width 16", Experiment(dataset="idx", family="conv6n2", width=16, depths=(20,))),
    (
        "20-layer pair, 14×14, width 8",
        Experiment(dataset="fashion", family="conv6n2", width=8, depths=(20,)),
    ),
    ("64-layer pair, 8×8, fully connected", Experiment(depths=(64,))),
)


#: from lifting the pen until the frame after the answer, in the page's own clock; written down for every stroke
PEN = """() => {
  window.waits = []; let lifted = null;
  addEventListener('pointerup', () => { lifted = performance.now(); }, { capture: true });
  const ask = window.fetch;
  window.fetch = async (...asked) => {
    const answer = await ask(...asked);
    if (lifted === null || asked[1]?.method !== 'POST') return answer;
    const json = answer.json.bind(answer);
    answer.json = async () => {
      const found = await json();
      requestAnimationFrame(() => requestAnimationFrame(() => {
        waits.push(performance.now() - lifted); lifted = null; }));
      return found;
    };
    return answer;
  };
}"""


@dataclass(frozen=True, slots=True)
class Traced:
    """Milliseconds from a request to its answer, and bytes of the answer."""

    title: str
    median: float
    slowest: float
    size: int


def measure(cases: Sequence[tuple[str, Experiment]] = CASES, images: int = 40) -> Iterator[Traced]:
    """Every case, ``images`` images each."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        write_folder(folder, packed=False)
        worker, context = TracingWorker(), Context(no_orders, device="cpu", dataset_dir=folder)
        for number, (title, experiment) in enumerate(cases):
            file = file_of(folder / str(number), 0)
            checkpoint.save(Sweep(experiment), 0, file)
            times, size = [], 0
            for index in range(images + 1):
                question = TraceQuestion(depth=experiment.depths[0], image=Example(index=index))
                began = time.perf_counter()
                [answer] = worker.run(TraceRequest(Weights(experiment, 0, file), question), context)
                times.append(1000 * (time.perf_counter() - began))
                size = len(answer)
            yield Traced(title, statistics.median(times[1:]), max(times[1:]), size)


def from_pen(strokes: int = 20) -> list[float]:
    """Milliseconds from lifting the pen until the trace of the pair that comes with the program is painted.

    A real server and a real browser on the same cores; the first stroke, which reads the weights, is left out.
    """
    with (
        tempfile.TemporaryDirectory() as folder,
        running_server(Path(folder)) as server,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(
            args=list(chromium.ARGUMENTS), executable_path=str(chromium.on_machine() or "") or None
        )
        page = browser.new_page(viewport={"width": 1280, "height": 720})
        page.goto(f"{server.url}/trace")
        page.wait_for_selector(".lanes canvas")
        page.locator("#draw").click()
        board = page.locator("#own-image canvas").first.bounding_box()
        assert board is not None
        page.evaluate(PEN)
        for stroke in range(strokes + 1):
            x = board["x"] + (0.1 + 0.8 * stroke / strokes) * board["width"]
            page.mouse.move(x, board["y"] + 0.2 * board["height"])
            page.mouse.down()
            page.mouse.move(x, board["y"] + 0.8 * board["height"], steps=4)
            page.mouse.up()
            page.wait_for_function("count => waits.length > count", arg=stroke)
        waits: list[float] = page.evaluate("waits")
        browser.close()
    return waits[1:]
