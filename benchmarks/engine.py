"""The engine against the bare loop and TensorFlow.js: layer-steps a second, in turn in one run, one thread.

The engine runs as a user's run does: frames at 10 Hz, every evaluation of the experiment, words, and every
event encoded for the wire, all of it inside the time that is counted.
"""

import statistics
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch

from app.contract import measurements as m
from app.contract.events import Position, encode_event
from app.contract.experiment import Experiment
from app.contract.presets import pair
from app.data import load
from app.learning.training import train
from app.runs.digest import Digest
from benchmarks import peer
from benchmarks.bare import BareLoop


@dataclass(frozen=True, slots=True)
class Figures:
    """One comparison. Rates in thousand layer-steps a second, medians over the rounds."""

    title: str
    bare: float
    whole: float
    steps_only: float
    ratio: float
    ratio_steps: float
    measuring_share: float
    gflops: float
    tfjs: float
    ratio_tfjs: float


CASES: dict[str, Experiment] = {
    "default sweep, batch norm": Experiment(seeds=3),
    "default sweep, no norm": Experiment(
        seeds=3, arms=pair(normalisation="none", initialisation="pytorch"), learning_rate=0.02
    ),
}


def streamed(experiment: Experiment, frame_interval: float = 0.1) -> tuple[float, float, int]:
    """Train with the stream running: seconds in all (weights kept as the server does),
    seconds inside training steps, bytes of events."""
    digest, sent = Digest(experiment), 0
    start, steps_only = time.perf_counter(), 0.0
    with tempfile.TemporaryDirectory() as weights:
        for seq, measurement in enumerate(train(experiment, frame_interval=frame_interval, keep=Path(weights))):
            event = digest.event(measurement)
            if event is not None:
                sent += len(encode_event(event, "r0000000000", Position(1, seq)))
            if isinstance(measurement, m.Ended):
                steps_only = measurement.seconds
    return time.perf_counter() - start, steps_only, sent


def matmul_peak() -> float:
    """GFLOP/s of one 1024³ float32 product: what this machine can do at best, with the threads torch has."""
    a, b = torch.randn(1024, 1024), torch.randn(1024, 1024)
    a @ b
    best = float("inf")
    for _ in range(5):
        start = time.perf_counter()
        a @ b
        best = min(best, time.perf_counter() - start)
    return 2 * 1024**3 / best / 1e9


def measuring_share(experiment: Experiment, rounds: int) -> float:
    """Extra training time that frames at 10 Hz cost, as a share: pairs of runs with and without."""
    shares = []
    for _ in range(rounds):
        _, without, _ = streamed(experiment, frame_interval=1e9)
        _, measured, _ = streamed(experiment)
        shares.append(measured / without - 1)
    return statistics.median(shares)


def compare(rounds: int = 3, steps: int | None = None, bare_steps: int = 30) -> Iterator[Figures]:
    """Every case: the rivals and the engine in turn, so that all see the same machine.

    Args:
        rounds: how often; the medians are reported.
        steps: training steps of the engine; the experiment's own if None.
        bare_steps: training steps of the rivals.
    """
    for title, case in CASES.items():
        experiment = case if steps is None else case.model_copy(update={"steps": steps})
        layers = sum(network.layers for network in experiment.networks())
        bare = bare_loop(experiment)
        rows = []
        for _ in range(rounds):
            slow = layers * bare_steps / bare.run(bare_steps)
            foreign = peer.layer_steps_a_second(experiment, bare_steps)
            seconds, steps_only, _ = streamed(experiment)
            done = layers * experiment.steps
            rows.append((slow, foreign, done / seconds, done / steps_only))
        middle = [statistics.median(column) for column in zip(*rows, strict=True)]
        flops = 6 * experiment.width**2 * experiment.batch_size
        yield Figures(
            title,
            bare=middle[0] / 1e3,
            whole=middle[2] / 1e3,
            steps_only=middle[3] / 1e3,
            ratio=statistics.median(whole / slow for slow, _, whole, _ in rows),
            ratio_steps=statistics.median(inner / slow for slow, _, _, inner in rows),
            measuring_share=measuring_share(experiment, 2 * rounds - 1),
            gflops=middle[3] * flops / 1e9,
            tfjs=middle[1] / 1e3,
            ratio_tfjs=statistics.median(whole / foreign for _, foreign, whole, _ in rows),
        )


def bare_loop(experiment: Experiment) -> BareLoop:
    """The bare loop on the experiment's networks and data, warm."""
    data = load(experiment.dataset, None)
    bare = BareLoop(experiment, torch.from_numpy(data.train_x), torch.from_numpy(data.train_y))
    bare.run(2)
    return bare
