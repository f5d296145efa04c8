"""The GPU: training steps with the step's CUDA graph and without it, a user's whole run, and the bare loop beside them.

The same path runs on the CPU, where no graph is captured and the step is simply computed (``app.learning.graph``): that
shows that all of it works, and says nothing of a GPU.
"""

import statistics
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch

from app.contract.experiment import Experiment
from app.learning.training import Training
from benchmarks.bare import synchronise
from benchmarks.engine import bare_loop, streamed
from benchmarks.families import DEEP_PAIR

DEFAULT = Experiment(seeds=3)
CASES: dict[str, Experiment] = {
    "default sweep": DEFAULT,
    "6n+2 pair": DEEP_PAIR,
    # a hundred seeds are more than the page admits, so the copy is not validated
    "default sweep, 100 seeds": DEFAULT.model_copy(update={"seeds": 100}),
}


@dataclass(frozen=True, slots=True)
class OnDevice:
    """One case. Milliseconds a training step of all networks, and thousand layer-steps a second; medians.

    Attributes:
        graph, launched: our step as a CUDA graph, and launched kernel by kernel.
        whole: a run as a user's, evaluations, frames, words and weights included; thousand layer-steps a second.
        bare: the bare loop on the same device.
        memory: MiB that torch had allocated at most; None elsewhere than on CUDA.
    """

    title: str
    networks: int
    layers: int
    graph: float
    launched: float
    whole: float
    bare: float
    memory: float | None

    def rate(self, milliseconds: float) -> float:
        """Thousand layer-steps a second."""
        return self.layers / milliseconds


def device_name(device: str) -> str:
    """What the device calls itself."""
    if device == "cuda":
        return f"{torch.cuda.get_device_name(device)}, CUDA {torch.version.cuda}"
    return f"CPU, threads: {torch.get_num_threads()}"


def compare(
    device: str,
    *,
    cases: Mapping[str, Experiment] = CASES,
    rounds: int = 3,
    timed_steps: int = 100,
    bare_steps: int = 5,
    **changes: Any,
) -> Iterator[OnDevice]:
    """Every case, graph and no graph in turn.

    Args:
        device: ``cuda``, or ``cpu`` for the same path without a GPU.
        cases: experiments by their titles.
        rounds: how often; the medians are reported.
        timed_steps, bare_steps: training steps of a round, ours and the bare loop's.
        changes: what is otherwise in the experiments, for a quick look.
    """
    for title, case in cases.items():
        experiment = case.model_copy(update=changes)
        networks = experiment.networks()
        layers = sum(network.layers for network in networks)
        if device == "cuda":
            torch.cuda.reset_peak_memory_stats(device)
        run = Training(experiment, time.perf_counter, None, device)
        milliseconds: dict[bool, list[float]] = {False: [], True: []}
        for graphs in (False, True):
            train_steps(run, graphs, 2)  # the capture, and the first use of every kernel
        for _ in range(rounds):
            for graphs, times in milliseconds.items():
                times.append(1000 * train_steps(run, graphs, timed_steps) / timed_steps)
        memory = torch.cuda.max_memory_allocated(device) / 2**20 if device == "cuda" else None
        del run
        seconds, _, _ = streamed(experiment, device=device)
        yield OnDevice(
            title,
            len(networks),
            layers,
            graph=statistics.median(milliseconds[True]),
            launched=statistics.median(milliseconds[False]),
            whole=layers * experiment.steps / seconds / 1e3,
            bare=layers * bare_steps / bare_loop(experiment, device).run(bare_steps) / 1e3,
            memory=memory,
        )


def train_steps(run: Training, graphs: bool, steps: int) -> float:
    """Train ``steps`` steps, through ``Trainer.advance`` or not; returns the seconds."""
    run.sweep.graphs = graphs
    synchronise(run.device)
    start = time.perf_counter()
    for _ in range(steps):
        for _ in run.train_step(False):
            pass
    synchronise(run.device)
    return time.perf_counter() - start
