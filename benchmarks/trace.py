"""Traces: how soon an image's way through the networks is there, asked as the server asks, in a process that is warm.

The second image and those after it: the first one reads the weights, which are those of the start.
"""

import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.contract.checkpoints import file_of
from app.contract.experiment import Experiment
from app.contract.findings import Weights
from app.contract.trace import Example, TraceQuestion, TraceRequest
from app.learning import checkpoint
from app.learning.sweep import Sweep
from app.learning.training import no_orders
from app.workers.tracing import TracingWorker
from app.workers.worker import Context
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
