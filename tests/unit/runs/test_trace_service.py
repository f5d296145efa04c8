"""The trace service: answers for the asker alone, in turn, bounded, dropped when nobody waits for them any more."""

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from app.contract import measurements as m
from app.contract.checkpoints import file_of
from app.contract.commands import SaveCheckpoint
from app.contract.experiment import Experiment
from app.contract.roles import Role
from app.contract.trace import Example, TraceQuestion
from app.errors import Busy, Refused, SkipscopeError, UnknownRun, WorkerLost
from app.ids import RunId
from app.runs.checkpoints import Checkpoints
from app.runs.run import Run
from app.runs.service import RunService
from app.runs.store import Store
from app.runs.trace_service import MOST_WAITING, TraceService
from tests.fakes import FakeExecutor, Tracer, measured
from tests.patience import run as run_test
from tests.patience import until

EXPERIMENT = Experiment(depths=(4, 6), width=4, steps=30, evaluate_every=10)
QUESTION = TraceQuestion(depth=4, image=Example(index=0))


class House:
    """The runs, the traces, and the weights that the test puts there."""

    def __init__(self, folder: Path) -> None:
        self.trainer, self.tracer, self.folder = FakeExecutor(), Tracer(), folder
        self.store = Store(folder, lambda reason: None)
        self.service = RunService(self.trainer, self.store, 2, Checkpoints(folder / "weights"))
        self.traces = TraceService(self.service, self.tracer)

    def keep(self, run: Run, *steps: int) -> None:
        for step in steps:
            file = file_of(self.folder / "weights" / run.id, step)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(b"weights")

    async def trained(self, experiment: Experiment = EXPERIMENT) -> Run:
        run = self.service.start(experiment)
        await self.trainer.give(run.id, *measured(experiment))
        self.keep(run, 0, 10, 20, 30)
        return run

    def ask(self, run: Run, role: Role = Role.LECTURER, **fields: Any) -> asyncio.Task[bytes]:
        question = QUESTION.model_copy(update=fields)
        return asyncio.create_task(self.traces.ask(run.id, question, role=role))


def run(folder: Path, test: Callable[[House], Coroutine[Any, Any, None]]) -> None:
    async def whole() -> None:
        house = House(folder)
        try:
            await test(house)
        finally:
            await house.traces.close()
            await house.service.close()
            house.store.close()

    run_test(whole)


def test_an_answer_goes_to_the_asker_and_neither_into_the_stream_nor_into_the_store(tmp_path: Path) -> None:
    async def test(house: House) -> None:
        run = await house.trained()
        before = run.stream.position
        house.tracer.answers.put_nowait(b"answer")
        assert await house.ask(run) == b"answer"
        [asked] = house.tracer.asked
        assert (asked.question, asked.learnt, asked.weights.step) == (QUESTION, False, 30)
        assert [step for step, _ in asked.weights.trajectory] == [0, 10, 20, 30]
        assert run.stream.position == before
        assert house.store.flush() and house.store.analyses(run.id) == []

    run(tmp_path, test)


def test_a_step_asks_the_weights_kept_last_up_to_it_and_none_before_the_first(tmp_path: Path) -> None:
    async def test(house: House) -> None:
        run = await house.trained()
        house.tracer.answers.put_nowait(b"answer")
        await house.ask(run, step=19)
        assert house.tracer.asked[0].weights.step == 10
        untouched = house.service.start(EXPERIMENT)
        with pytest.raises(Refused, match="it has not begun"):
            await house.ask(untouched)

    run(tmp_path, test)


def test_a_run_that_trains_is_traced_by_its_newest_checkpoint_and_not_disturbed(tmp_path: Path) -> None:
    async def test(house: House) -> None:
        run = house.service.start(EXPERIMENT)
        await house.trainer.give(run.id, *measured(EXPERIMENT)[:6])
        house.keep(run, 0, 4)
        house.tracer.answers.put_nowait(b"answer")
        assert await house.ask(run) == b"answer"
        assert house.tracer.asked[0].weights.step == 4
        assert not any(isinstance(order, SaveCheckpoint) for _, order in house.trainer.orders)

    run(tmp_path, test)


def test_one_after_the_other_and_no_more_than_16(tmp_path: Path) -> None:
    async def test(house: House) -> None:
        run = await house.trained()
        asked = [house.ask(run) for _ in range(MOST_WAITING)]
        await until(lambda: house.tracer.asked)
        with pytest.raises(Busy, match=f"{MOST_WAITING} traces wait or run"):
            await house.ask(run)
        assert len(house.tracer.asked) == 1
        for number in range(MOST_WAITING):
            house.tracer.answers.put_nowait(f"{number}".encode())
        assert sorted([await one for one in asked], key=int) == [f"{n}".encode() for n in range(MOST_WAITING)]
        house.tracer.answers.put_nowait(b"again")
        assert await house.ask(run) == b"again"

    run(tmp_path, test)


def test_a_hall_of_students_that_traces_leaves_the_lecturer_at_the_front(tmp_path: Path) -> None:
    async def test(house: House) -> None:
        run = await house.trained()
        hall = [house.ask(run, Role.STUDENT) for _ in range(MOST_WAITING)]
        await until(lambda: house.tracer.asked)
        with pytest.raises(Busy):
            await house.ask(run, Role.STUDENT)
        lecturer = house.ask(run)
        for number in range(3):
            house.tracer.answers.put_nowait(f"{number}".encode())
        assert await lecturer in (b"1", b"2")
        assert sum(one.done() for one in hall) <= 2
        for number in range(MOST_WAITING):
            house.tracer.answers.put_nowait(f"{number}".encode())
        await asyncio.gather(*hall)

    run(tmp_path, test)


def test_what_waits_is_dropped_with_its_asker_and_what_runs_is_not_broken_off(tmp_path: Path) -> None:
    async def test(house: House) -> None:
        run = await house.trained()
        runs = house.ask(run)
        await until(lambda: house.tracer.asked)
        waits, stays = house.ask(run, maps=3), house.ask(run, maps=5)
        for _ in range(20):
            await asyncio.sleep(0)
        for gone in (runs, waits):
            gone.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await gone
        house.tracer.answers.put_nowait(b"for nobody")
        house.tracer.answers.put_nowait(b"answer")
        assert await stays == b"answer"
        assert [task.question.maps for task in house.tracer.asked] == [QUESTION.maps, 5]

    run(tmp_path, test)


@pytest.mark.parametrize("error", [WorkerLost("the worker process ended (signal 9)"), Refused("maps: …", "maps")])
def test_a_trace_that_fails_is_told_and_the_next_one_works(tmp_path: Path, error: SkipscopeError) -> None:
    async def test(house: House) -> None:
        run = await house.trained()
        house.tracer.answers.put_nowait(error)
        with pytest.raises(type(error), match=str(error)[:5]):
            await house.ask(run)
        house.tracer.answers.put_nowait(b"answer")
        assert await house.ask(run) == b"answer"

    run(tmp_path, test)


def test_what_cannot_be_traced_never_reaches_the_process(tmp_path: Path) -> None:
    async def test(house: House) -> None:
        with pytest.raises(UnknownRun):
            await house.traces.ask(RunId("nobody"), QUESTION)
        spiral = await house.trained(EXPERIMENT.model_copy(update={"dataset": "spiral"}))
        with pytest.raises(Refused, match="points in the plane"):
            await house.ask(spiral)
        assert house.tracer.asked == []

    run(tmp_path, test)


def test_the_best_rates_are_those_that_viewers_see(tmp_path: Path) -> None:
    async def test(house: House) -> None:
        fair = EXPERIMENT.model_copy(update={"learning_rates": (0.5, 0.001, 0.1)})
        run = await house.trained(fair)
        house.tracer.answers.put_nowait(b"answer")
        await house.ask(run)
        last = [one for one in measured(fair) if isinstance(one, m.Evaluated)][-1]
        assert last.step == house.tracer.asked[0].weights.step and len(house.tracer.asked[0].weights.best or ()) == 4
        assert None not in (house.tracer.asked[0].weights.best or ())

    run(tmp_path, test)
