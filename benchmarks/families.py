"""Every connection, and the deep convolutional pair: the engine's training steps against the bare loop's.

Short runs, so what is counted on both sides is training alone; the engine's frames at 10 Hz are in it.
"""

import statistics
from collections.abc import Iterator
from dataclasses import dataclass

import torch

from app.contract import measurements as m
from app.contract.arms import Arm
from app.contract.connections import CONNECTIONS
from app.contract.experiment import Experiment
from app.contract.presets import pair
from app.learning.training import train
from benchmarks.engine import bare_loop


@dataclass(frozen=True, slots=True)
class Comparison:
    """Thousand layer-steps a second, medians over the rounds."""

    title: str
    threads: int
    bare: float
    engine: float
    ratio: float


def of_connection(connection: str) -> Experiment:
    """A moderate sweep of one connection."""
    return Experiment(arms=(Arm.model_validate({"connection": connection}),), depths=(8, 20, 32), seeds=2)


#: the 6n+2 networks of He et al. (2015, section 4.2) at widths 8, 16, 32
DEEP_PAIR = Experiment(dataset="fashion", family="conv6n2", width=8, depths=(56,), arms=pair())


def training_seconds(experiment: Experiment, steps: int) -> float:
    """Time inside the first ``steps`` training steps; what is evaluated between does not count."""
    # the third evaluation comes at half of evaluate_every, and measures the test set alone
    long = experiment.model_copy(update={"steps": 4 * steps, "evaluate_every": 2 * steps})
    training = train(long)
    for measurement in training:
        if isinstance(measurement, m.Evaluated) and measurement.step == steps:
            training.close()  # type: ignore[attr-defined]
            return measurement.seconds
    raise AssertionError("the run ended before its half")


def compare(title: str, experiment: Experiment, threads: int, rounds: int, steps: int) -> Comparison:
    """The bare loop and the engine in turn, both on ``threads`` threads."""
    torch.set_num_threads(threads)
    layers = sum(network.layers for network in experiment.networks())
    bare = bare_loop(experiment)
    rows = []
    for _ in range(rounds):
        slow = layers * steps / bare.run(steps)
        rows.append((slow, layers * steps / training_seconds(experiment, steps)))
    torch.set_num_threads(1)
    return Comparison(
        title,
        threads,
        statistics.median(slow for slow, _ in rows) / 1e3,
        statistics.median(fast for _, fast in rows) / 1e3,
        statistics.median(fast / slow for slow, fast in rows),
    )


def connections(rounds: int = 3, steps: int = 60) -> Iterator[Comparison]:
    """Fully connected networks of every connection, one thread."""
    for connection in CONNECTIONS:
        yield compare(connection, of_connection(connection), 1, rounds, steps)


def deep_pair(rounds: int = 3, steps: int = 20) -> Iterator[Comparison]:
    """The convolutional pair of depth 56 on one thread and on two."""
    for threads in (1, 2):
        yield compare(
            f"6n+2 pair of depth 56, {threads} thread{'s' * (threads > 1)}", DEEP_PAIR, threads, rounds, steps
        )
