"""A small real worker and executor for tests of the server: numpy instead of torch, a line instead of networks.

``FakeTrainer`` is a worker for real processes. Its ``train`` keeps the promises of ``app.learning.training.train``: it
measures what it does (linear softmax regression by gradient descent), and obeys the same orders. The data set's name
chooses what else it does: ``cifar10`` is not there, ``idx`` breaks, ``fashion`` ignores orders.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Iterator
from functools import lru_cache
from typing import Any, ClassVar

import numpy as np

from app.contract import measurements as m
from app.contract.commands import Command, Pause, Resume, RunCommand, SetLearningRate, Step, Stop
from app.contract.experiment import Experiment
from app.contract.findings import AnalysisProgress, AnalysisRequest
from app.contract.published_trace import PublishedRequest
from app.contract.trace import TraceRequest
from app.errors import DataUnavailable
from app.ids import RunId
from app.workers.worker import Context


def prepared(experiment: Experiment) -> m.Prepared:
    """What comes before all else, with the digits' test set."""
    count = len(experiment.networks())
    return m.Prepared(("0" * 12,) * count, (10,) * count, (2400,) * count, 1437, 360, "cpu", 1, "none")


def train(
    experiment: Experiment,
    *,
    take: Callable[[bool], Command | None],
    frame_interval: float = 0.1,
    clock: Callable[[], float] = time.perf_counter,
) -> Iterator[m.Measurement]:
    """Fit one linear model for each network; every step is a frame."""
    if experiment.dataset == "cifar10":
        raise DataUnavailable("there is no folder cifar-10-batches-py")
    networks = experiment.networks()
    random = np.random.default_rng(experiment.seed)
    x = random.normal(size=(60, 5))
    y = (x[:, 0] > 0).astype(int)
    weights = np.zeros((len(networks), 5, 2))
    rates = np.array([network.learning_rate for network in networks])
    count = len(networks)
    yield m.Prepared(("0" * 12,) * count, (10,) * count, (2400,) * count, 40, 20, "cpu", 1, "none")
    began = clock()
    paused = False
    step = 0
    while True:
        scores = x @ weights
        scores -= scores.max(axis=2, keepdims=True)
        chances = np.exp(scores) / np.exp(scores).sum(axis=2, keepdims=True)
        losses = -np.log(chances[:, np.arange(60), y] + 1e-30)
        hits = (chances.argmax(axis=2) == y)[:, 40:].mean(axis=1)
        if step in experiment.evaluation_steps():
            values = [
                np.asarray(v, np.float32) for v in (hits, losses[:, 40:].mean(axis=1), losses[:, :40].mean(axis=1))
            ]
            yield m.Evaluated(step, clock() - began, values[0], values[1], values[2], values[0])
        if step == experiment.steps:
            yield m.Ended(step, clock() - began)
            return
        single = False
        while experiment.dataset != "fashion" and (order := take(paused)) is not None:
            match order:
                case Stop():
                    yield m.Ended(step, clock() - began, stopped=True)
                    return
                case Pause() if not paused:
                    paused = True
                    yield m.Paused(step)
                case Resume() if paused:
                    paused = False
                    yield m.Resumed(step)
                    break
                case Step():
                    single = True
                    if not paused:
                        paused = True
                        yield m.Paused(step)
                    break
                case SetLearningRate(learning_rate=rate, arm=arm):
                    for index, network in enumerate(networks):
                        if arm in (None, network.arm):
                            rates[index] = rate
                    yield m.LearningRateChanged(step, rate, arm)
        slope = np.einsum("bi,kbo->kio", x[:40], (chances - np.eye(2)[y])[:, :40]) / 40
        weights -= rates[:, None, None] * slope
        sizes = np.linalg.norm(slope, axis=(1, 2))
        layers = np.concatenate([np.full(n.layers, size, np.float32) for n, size in zip(networks, sizes, strict=True)])
        if experiment.dataset == "idx" and step == 3:
            raise ZeroDivisionError("the trainer broke\nin two lines")
        if single or frame_interval == 0 or step % 2 == 0:
            loss = losses[:, :40].mean(axis=1).astype(np.float32)
            yield m.Measured(step, clock() - began, loss, layers, layers, layers)
        step += 1


class FakeTrainer:
    """Trains the linear models: a ``Worker[Experiment, Measurement]``."""

    name: ClassVar[str] = "training"

    def warm_up(self, threads: int) -> None:
        """Nothing takes long here."""

    def device_memory(self, device: str) -> int | None:
        """A small GPU, where one is asked for."""
        return 2**30 if device == "cuda" else None

    def run(self, task: Experiment, context: Context) -> Iterator[m.Measurement]:
        """Fit the models of an experiment."""
        return train(task, take=context.take, frame_interval=context.frame_interval)


class BrokenTrainer(FakeTrainer):
    """One that cannot start."""

    def warm_up(self, threads: int) -> None:
        """Fail."""
        raise ImportError("torch is not installed")


@lru_cache(maxsize=4)
def measured(experiment: Experiment) -> list[m.Measurement]:
    """All that one training measures, undisturbed."""
    return list(train(experiment, take=lambda wait: None))


class FakeExecutor:
    """An executor whose runs measure what the test hands them, when it hands it to them."""

    def __init__(self, capacity: int = 1) -> None:
        self._capacity = capacity
        self.orders: list[tuple[RunId, RunCommand]] = []
        self.runs: dict[RunId, asyncio.Queue[m.Measurement | Exception]] = {}
        self.closed: list[RunId] = []

    def capacity(self) -> int:
        return self._capacity

    def ready(self) -> int:
        return self._capacity

    def device_memory(self) -> int | None:
        return None

    async def open(self) -> None:
        """Nothing to warm up."""

    async def close(self) -> None:
        """Nothing to end."""

    def control(self, job_id: str, command: RunCommand) -> None:
        self.orders.append((RunId(job_id), command))

    async def start(self, job_id: str, task: Experiment, paused: bool = False) -> AsyncGenerator[m.Measurement, None]:
        run_id = RunId(job_id)
        self.runs[run_id] = asyncio.Queue()
        try:
            while True:
                item = await self.runs[run_id].get()
                if isinstance(item, Exception):
                    raise item
                yield item
                if isinstance(item, m.Ended):
                    return
        finally:
            self.closed.append(run_id)

    async def give(self, run_id: RunId, *items: m.Measurement | Exception) -> None:
        """Let a run measure or fail; returns when the service has taken it in."""
        while run_id not in self.runs:
            await asyncio.sleep(0)
        for item in items:
            self.runs[run_id].put_nowait(item)
        for _ in range(20):
            await asyncio.sleep(0)


class Tracer:
    """An executor of traces that answers what the test hands it, when it hands it over."""

    def __init__(self) -> None:
        self.asked: list[Any] = []
        self.opened = 0
        self.answers: asyncio.Queue[bytes | Exception | None] = asyncio.Queue()

    def capacity(self) -> int:
        return 1

    def ready(self) -> int:
        return 1

    def device_memory(self) -> int | None:
        return None

    async def open(self) -> None:
        """Somebody comes."""
        self.opened += 1

    async def close(self) -> None:
        """Nothing to end."""

    def control(self, job_id: str, command: RunCommand) -> None:
        """Traces take no orders."""

    async def start(
        self, job_id: str, task: TraceRequest | PublishedRequest, paused: bool = False
    ) -> AsyncGenerator[bytes, None]:
        self.asked.append(task)
        answer = await self.answers.get()
        if isinstance(answer, Exception):
            raise answer
        if answer is not None:
            yield answer


class Finder:
    """An executor of analyses whose results are those that the test hands it."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, AnalysisRequest]] = []
        self.orders: list[tuple[str, RunCommand]] = []
        self.results: asyncio.Queue[AnalysisProgress | Exception | None] = asyncio.Queue()

    def capacity(self) -> int:
        return 1

    def ready(self) -> int:
        return 1

    def device_memory(self) -> int | None:
        return None

    async def open(self) -> None:
        """Nothing to warm up."""

    async def close(self) -> None:
        """Nothing to end."""

    def control(self, job_id: str, command: RunCommand) -> None:
        self.orders.append((job_id, command))
        self.results.put_nowait(AnalysisProgress(0.5, cancelled=True))
        self.results.put_nowait(None)

    async def start(
        self, job_id: str, task: AnalysisRequest, paused: bool = False
    ) -> AsyncGenerator[AnalysisProgress, None]:
        self.asked.append((job_id, task))
        while (result := await self.results.get()) is not None:
            if isinstance(result, Exception):
                raise result
            yield result
