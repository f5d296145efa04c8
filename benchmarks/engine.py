"""The engine against its rivals: layer-steps a second, in turn in one run, one thread.

The engine runs as a user's run does: frames at 10 Hz, every evaluation of the experiment, words, and every
event encoded for the wire, all of it inside the time that is counted.
"""

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import torch

from app.contract import measurements as m
from app.contract.events import Position, encode_event
from app.contract.experiment import Experiment
from app.contract.presets import pair
from app.data import load
from app.learning.training import train
from app.runs.digest import Digest
from benchmarks.bare import BareLoop
from benchmarks.rivals import TFJS, rivals_of

Given = TypeVar("Given")
Done = TypeVar("Done")


@dataclass(frozen=True, slots=True)
class Against:
    """One rival: its rate in thousand layer-steps a second, and ours over it, taken in pairs; medians over the rounds.

    Attributes:
        prepared: seconds before its first step that later runs of the same length spare.
        cores: CPU seconds a second, to see that it had one core and only one; None for another process.
    """

    name: str
    rate: float
    whole: float
    steps_only: float
    prepared: float
    cores: float | None


@dataclass(frozen=True, slots=True)
class Figures:
    """One comparison, the strongest rival first. Rates in thousand layer-steps a second, medians over the rounds."""

    title: str
    rivals: tuple[Against, ...]
    whole: float
    steps_only: float
    cores: float
    measuring_share: float
    gflops: float


CASES: dict[str, Experiment] = {
    "default sweep, batch norm": Experiment(seeds=3),
    "default sweep, no norm": Experiment(
        seeds=3, arms=pair(normalisation="none", initialisation="pytorch"), learning_rate=0.02
    ),
}


def streamed(experiment: Experiment, frame_interval: float = 0.1, device: str = "cpu") -> tuple[float, float, int]:
    """Train with the stream running: seconds in all (weights kept as the server does),
    seconds inside training steps, bytes of events."""
    digest, sent = Digest(experiment), 0
    start, steps_only = time.perf_counter(), 0.0
    with tempfile.TemporaryDirectory() as weights:
        run = train(experiment, frame_interval=frame_interval, device=device, checkpoints=Path(weights))
        for seq, measurement in enumerate(run):
            event = digest.event(measurement)
            if event is not None:
                sent += len(encode_event(event, "r0000000000", Position(1, seq)))
            if isinstance(measurement, m.Ended):
                steps_only = measurement.seconds
    return time.perf_counter() - start, steps_only, sent


def measuring_share(experiment: Experiment, rounds: int) -> float:
    """Extra training time that frames at 10 Hz cost, as a share: pairs of runs with and without."""
    shares = []
    for _ in range(rounds):
        _, without, _ = streamed(experiment, frame_interval=1e9)
        _, measured, _ = streamed(experiment)
        shares.append(measured / without - 1)
    return statistics.median(shares)


def compare(rounds: int = 3, bare_steps: int = 30, **changes: Any) -> Iterator[Figures]:
    """Every case: the rivals and the engine in turn, so that all see the same machine.

    Args:
        rounds: how often; the medians are reported.
        bare_steps: training steps of the rivals.
        changes: what is otherwise in the experiments, for a quick look.
    """
    for title, case in CASES.items():
        experiment = case.model_copy(update=changes)
        layers = sum(network.layers for network in experiment.networks())
        rivals = rivals_of(experiment)
        prepared = {name: rival.prepare(bare_steps) for name, rival in rivals.items()}
        for rival in rivals.values():
            rival.run(bare_steps)  # what the first run makes, later ones find
        rows, ours = [], []
        for _ in range(rounds):
            rows.append({name: _on_cores(rival.run, bare_steps) for name, rival in rivals.items()})
            (seconds, steps_only, _), cores = _on_cores(streamed, experiment)
            done = layers * experiment.steps
            ours.append((done / seconds, done / steps_only, cores))
        whole, inner, cores = (statistics.median(column) for column in zip(*ours, strict=True))
        against = []
        for name in rivals:
            rates = [layers * bare_steps / row[name][0] for row in rows]
            against.append(
                Against(
                    name,
                    rate=statistics.median(rates) / 1e3,
                    whole=statistics.median(own[0] / rate for own, rate in zip(ours, rates, strict=True)),
                    steps_only=statistics.median(own[1] / rate for own, rate in zip(ours, rates, strict=True)),
                    prepared=prepared[name],
                    cores=None if name == TFJS else statistics.median(row[name][1] for row in rows),
                )
            )
        yield Figures(
            title,
            tuple(sorted(against, key=lambda one: -one.rate)),
            whole=whole / 1e3,
            steps_only=inner / 1e3,
            cores=cores,
            measuring_share=measuring_share(experiment, 2 * rounds - 1),
            gflops=inner * 6 * experiment.width**2 * experiment.batch_size / 1e9,
        )


def _on_cores(work: Callable[[Given], Done], given: Given) -> tuple[Done, float]:
    """What ``work`` returns, and the CPU seconds a second that this process took for it."""
    start, used = time.perf_counter(), time.process_time()
    done = work(given)
    return done, (time.process_time() - used) / (time.perf_counter() - start)


def bare_loop(experiment: Experiment, device: str = "cpu") -> BareLoop:
    """The bare loop on the experiment's networks and data, warm."""
    data = load(experiment.dataset, None)
    bare = BareLoop(experiment, torch.from_numpy(data.train_x).to(device), torch.from_numpy(data.train_y).to(device))
    bare.run(2)
    return bare
