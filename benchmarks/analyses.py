"""The analyses: how soon the first thing is there to be drawn, and the whole.

Asked as the server asks, of weights in files, in a process that is warm; the first question about a run reads its
weights, which is counted, too.
"""

import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from app.analyses.kinds.flow import Flow
from app.analyses.kinds.landscape import Landscape
from app.analyses.kinds.lesion import Deletions, Lesion, Lesions, Shuffle
from app.analyses.kinds.paths import Paths
from app.analyses.kinds.shattering import Shattering
from app.contract.checkpoints import checkpoints_in
from app.contract.experiment import Experiment
from app.contract.findings import AnalysisRequest, Weights
from app.contract.questions import Question
from app.learning.training import no_orders, train
from app.workers.analysis import AnalysisWorker
from app.workers.worker import Context

Case = tuple[str, Experiment, Question]

#: the default run, and the deep pair on digits of the landscape
SWEEP = Experiment(seeds=3)
DEEP_PAIR = Experiment(depths=(56,), seeds=1, steps=160)
CASES: tuple[Case, ...] = (
    ("lesion: one block of the 32 layers", SWEEP, Lesion(depth=32, blocks=(5,))),
    ("lesion: another block", SWEEP, Lesion(depth=32, blocks=(6,))),
    ("lesion: each of 15 blocks in turn", SWEEP, Lesions(depth=32)),
    ("lesion: 1 to 15 blocks at random, ten draws", SWEEP, Deletions(depth=32)),
    ("lesion: shuffled, up to 16 swaps, ten draws", SWEEP, Shuffle(depth=32)),
    ("paths: the gradient by length, 64 layers", SWEEP, Paths(depth=64)),
    ("flow: forward and back, 64 layers", SWEEP, Flow(depth=64)),
    ("shattering: fresh networks of 4 to 52 layers", SWEEP, Shattering()),
    ("landscape: 31 × 31, the pair of depth 56", DEEP_PAIR, Landscape(depth=56)),
    ("landscape: along the way of training", DEEP_PAIR, Landscape(depth=56, plane="trajectory")),
)


@dataclass(frozen=True, slots=True)
class Answer:
    """Seconds from the question to the first finding (whole or not), and to the end."""

    title: str
    threads: int
    first: float
    whole: float


def answers(cases: Sequence[Case]) -> Iterator[Answer]:
    """Every case on one thread and on two."""
    with tempfile.TemporaryDirectory() as folder:
        kept, worker = {}, AnalysisWorker()
        for index, experiment in enumerate((SWEEP, DEEP_PAIR)):
            place = Path(folder) / str(index)
            for _ in train(experiment, frame_interval=1e9, checkpoints=place):
                pass
            kept[experiment] = checkpoints_in(place)
        for threads in (1, 2):
            torch.set_num_threads(threads)
            for title, experiment, question in cases:
                trajectory = kept[experiment]
                request = AnalysisRequest(Weights(experiment, *trajectory[-1], tuple(trajectory)), question)
                yield timed(title, threads, worker, request)
        torch.set_num_threads(1)


def timed(title: str, threads: int, worker: AnalysisWorker, request: AnalysisRequest) -> Answer:
    """One question, answered."""
    start, first = time.perf_counter(), None
    for progress in worker.run(request, Context(no_orders, device="cpu")):
        if progress.finding is not None and first is None:
            first = time.perf_counter() - start
    assert first is not None, f"{title}: nothing was found"
    return Answer(title, threads, first, time.perf_counter() - start)
