"""The local executor, with real processes that train a small numpy model."""

import contextlib
import itertools
import os
import signal
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any

import psutil
import pytest

from app.contract import measurements as m
from app.contract.commands import Pause, Resume, SetLearningRate, Step, Stop
from app.contract.experiment import Experiment
from app.errors import DataUnavailable, SkipscopeError, WorkerLost
from app.ids import RunId
from app.workers.local import LocalExecutor
from app.workers.messages import Options
from tests.fakes import BrokenTrainer, FakeTrainer, measured
from tests.patience import run, run_without_time, until
from tests.support import training_processes

EXPERIMENT = Experiment(depths=(4, 6), width=4, steps=30, evaluate_every=10)
ENDLESS = EXPERIMENT.model_copy(update={"steps": 200_000, "evaluate_every": 10_000})
ONE, TWO = RunId("one"), RunId("two")

Trainers = LocalExecutor[Experiment, m.Measurement]


@contextlib.asynccontextmanager
async def local(workers: int = 1, **arguments: Any) -> AsyncIterator[Trainers]:
    executor: Trainers = LocalExecutor(workers, FakeTrainer(), Options(), **arguments)
    await executor.open()
    try:
        yield executor
    finally:
        await executor.close()
        assert processes() == []


def processes() -> list[psutil.Process]:
    return training_processes(psutil.Process())


async def first(kind: type, training: AsyncGenerator[m.Measurement, None]) -> Any:
    async for measurement in training:
        if isinstance(measurement, kind):
            return measurement
    raise AssertionError(f"no {kind.__name__} came")


async def end_of(training: AsyncGenerator[m.Measurement, None]) -> m.Ended:
    """The last word of a training."""
    *_, last = [measurement async for measurement in training]
    assert isinstance(last, m.Ended)
    return last


async def replaced(executor: Trainers, old: int) -> None:
    """Wait until a warm process stands where the process ``old`` stood."""
    await until(lambda: executor.ready() == executor.capacity() and old not in [one.pid for one in processes()])


def test_a_run_gives_all_its_measurements_in_order() -> None:
    async def test() -> None:
        async with local() as executor:
            came = [type(x) async for x in executor.start(ONE, EXPERIMENT, False)]
            assert came == [type(x) for x in measured(EXPERIMENT)]

    run(test)


def test_the_next_run_uses_the_same_process() -> None:
    async def test() -> None:
        async with local() as executor:
            await end_of(executor.start(ONE, EXPERIMENT, False))
            [before] = processes()
            await end_of(executor.start(TWO, EXPERIMENT, False))
            assert processes() == [before]

    run(test)


def test_a_warm_process_measures_at_once() -> None:
    async def test() -> None:
        async with local() as executor:
            await until(executor.ready)
            warm = processes()
            training = executor.start(ONE, ENDLESS, False)
            await first(m.Measured, training)
            assert processes() == warm
            await training.aclose()

    run_without_time(test)


def test_a_run_obeys_its_orders() -> None:
    async def test() -> None:
        async with local() as executor:
            training = executor.start(ONE, ENDLESS, True)
            assert (await first(m.Paused, training)).step == 0
            executor.control(ONE, Step(run=ONE))
            assert (await first(m.Measured, training)).step == 0
            executor.control(ONE, SetLearningRate(run=ONE, learning_rate=0.5, arm=1))
            assert await first(m.LearningRateChanged, training) == m.LearningRateChanged(1, 0.5, 1)
            executor.control(ONE, Resume(run=ONE))
            assert (await first(m.Resumed, training)).step == 1
            executor.control(ONE, Pause(run=ONE))
            assert (await first(m.Paused, training)).step >= 1
            executor.control(ONE, Stop(run=ONE))
            assert (await end_of(training)).stopped

    run(test)


def test_an_order_that_comes_after_the_end_does_not_reach_the_next_run() -> None:
    async def test() -> None:
        async with local() as executor:
            training = executor.start(ONE, EXPERIMENT, False)
            await first(m.Ended, training)
            executor.control(ONE, Stop(run=ONE))  # the process has ended the run, the server does not know yet
            assert [x async for x in training] == []
            ended = await end_of(executor.start(TWO, EXPERIMENT, False))
            assert not ended.stopped and ended.step == EXPERIMENT.steps

    run(test)


@pytest.mark.parametrize("after", [0, 1, 7])
def test_a_killed_process_fails_its_run_at_once_with_the_reason_and_is_replaced(after: int) -> None:
    async def test() -> None:
        async with local() as executor:
            training = executor.start(ONE, ENDLESS, False)
            for _ in range(after):
                await anext(training)
            [victim] = processes()
            os.kill(victim.pid, signal.SIGKILL)
            with pytest.raises(WorkerLost, match=r"the worker process ended \(signal 9\)"):
                await end_of(training)
            await replaced(executor, victim.pid)
            assert (await end_of(executor.start(TWO, EXPERIMENT, False))).step == EXPERIMENT.steps

    run_without_time(test)


def test_an_idle_process_that_dies_is_replaced() -> None:
    async def test() -> None:
        async with local() as executor:
            await until(executor.ready)
            [victim] = processes()
            victim.kill()
            await replaced(executor, victim.pid)
            assert executor.ready() == 1

    run(test)


def test_a_refused_run_says_why_and_the_process_lives_on() -> None:
    async def test() -> None:
        async with local() as executor:
            await until(executor.ready)
            before = processes()
            with pytest.raises(DataUnavailable, match="there is no folder cifar-10-batches-py"):
                await end_of(executor.start(ONE, EXPERIMENT.model_copy(update={"dataset": "cifar10"}), False))
            assert processes() == before

    run(test)


def test_a_run_that_breaks_says_how_and_its_process_is_replaced() -> None:
    async def test() -> None:
        async with local() as executor:
            await until(executor.ready)
            [before] = processes()
            with pytest.raises(SkipscopeError, match=r"training failed: ZeroDivisionError: the trainer broke$"):
                await end_of(executor.start(ONE, EXPERIMENT.model_copy(update={"dataset": "idx"}), False))
            await replaced(executor, before.pid)

    run(test)


def test_a_run_that_does_not_obey_a_stop_loses_its_process() -> None:
    async def test() -> None:
        async with local(stop_patience=0.2) as executor:
            training = executor.start(ONE, ENDLESS.model_copy(update={"dataset": "fashion"}), False)
            await anext(training)
            executor.control(ONE, Stop(run=ONE))
            assert not any([isinstance(result, m.Ended) async for result in training])
            assert (await end_of(executor.start(TWO, EXPERIMENT, False))).step == EXPERIMENT.steps

    run(test)


def test_a_run_that_is_left_early_frees_its_place() -> None:
    async def test() -> None:
        async with local() as executor:
            training = executor.start(ONE, ENDLESS, False)
            await anext(training)
            await training.aclose()
            assert (await end_of(executor.start(TWO, EXPERIMENT, False))).step == EXPERIMENT.steps

    run(test)


def test_a_reader_that_does_not_read_stops_the_training_instead_of_filling_the_memory() -> None:
    async def test() -> None:
        async with local() as executor:
            training = executor.start(ONE, ENDLESS.model_copy(update={"seeds": 10, "depths": (4, 128)}), False)
            await anext(training)
            [process] = processes()
            asleep = itertools.count(1)

            def held_back() -> bool:
                """Whether it has slept through 20 looks: what has work and no core to do it on does not sleep."""
                nonlocal asleep
                if process.status() != psutil.STATUS_SLEEPING:
                    asleep = itertools.count(1)
                return next(asleep) > 20

            await until(held_back)
            executor.control(ONE, Stop(run=ONE))
            assert (await end_of(training)).stopped

    run(test)


def test_a_trainer_that_cannot_start_is_tried_again_more_and_more_slowly(caplog: pytest.LogCaptureFixture) -> None:
    async def test() -> None:
        executor: Trainers = LocalExecutor(1, BrokenTrainer(), Options())
        await executor.open()
        with pytest.raises(WorkerLost, match="exit code 1"):
            await end_of(executor.start(ONE, EXPERIMENT, False))
        assert executor.ready() == 0
        await executor.close()

    run(test)


@pytest.mark.parametrize(("device", "memory"), [("cpu", None), ("cuda", 2**30)])
def test_a_process_tells_what_memory_its_device_has_when_it_is_warm(device: str, memory: int | None) -> None:
    async def test() -> None:
        executor: Trainers = LocalExecutor(2, FakeTrainer(), Options(device=device))
        assert executor.device_memory() is None
        await executor.open()
        try:
            await until(lambda: executor.ready() == 2)
            assert executor.device_memory() == memory
        finally:
            await executor.close()

    run(test)
