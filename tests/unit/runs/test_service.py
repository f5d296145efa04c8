"""The service, with a fake executor that measures what the test says."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path
from typing import Any

import orjson
import pytest

from app.contract import measurements as m
from app.contract.commands import Pause, Resume, RunCommand, SetLearningRate, Step, Stop
from app.contract.experiment import Experiment
from app.errors import Busy, IllegalMove, SkipscopeError, UnknownRun, WorkerLost
from app.ids import RunId
from app.runs import service as service_module
from app.runs.checkpoints import Checkpoints
from app.runs.run import Run
from app.runs.schema import TABLES
from app.runs.service import RunService
from app.runs.store import Store
from tests.fakes import FakeExecutor, measured
from tests.patience import PATIENCE

EXPERIMENT = Experiment(depths=(4, 6), width=4, steps=30, evaluate_every=10)
Test = Callable[[RunService, FakeExecutor], Coroutine[Any, Any, None]]


@contextlib.asynccontextmanager
async def service_in(
    folder: Path, capacity: int = 1, queue_limit: int = 2
) -> AsyncIterator[tuple[RunService, FakeExecutor]]:
    executor = FakeExecutor(capacity)
    store = Store(folder, lambda reason: None)
    service = RunService(executor, store, queue_limit, Checkpoints(folder / "weights"), clock=lambda: 1000.0)
    try:
        yield service, executor
    finally:
        await service.close()
        store.close()


def run(folder: Path, test: Test, **arguments: int) -> None:
    async def whole() -> None:
        async with service_in(folder, **arguments) as (service, executor):
            await test(service, executor)

    asyncio.run(whole())


def events(run: Run) -> list[dict[str, Any]]:
    entries = run.stream.since(0)
    assert entries is not None
    return [orjson.loads(entry.text) for entry in entries]


def states(run: Run) -> list[tuple[str, int | None]]:
    return [(event["state"], event["position"]) for event in events(run) if event["type"] == "state"]


def test_a_run_goes_through_its_states_to_the_end(tmp_path: Path) -> None:
    async def test(service: RunService, executor: FakeExecutor) -> None:
        run = service.start(EXPERIMENT)
        await executor.give(run.id, *measured(EXPERIMENT))
        assert [state for state, _ in states(run)] == ["starting", "running", "finished"]
        assert [event["seq"] for event in events(run)] == list(range(1, len(events(run)) + 1))
        assert run.step == EXPERIMENT.steps and run.provenance["device"] == "cpu"
        assert executor.closed == [run.id]

    run(tmp_path, test)


def test_a_run_that_starts_paused_is_never_said_to_run(tmp_path: Path) -> None:
    async def test(service: RunService, executor: FakeExecutor) -> None:
        run = service.start(EXPERIMENT, paused=True)
        await executor.give(run.id, measured(EXPERIMENT)[0], m.Paused(0))
        assert [state for state, _ in states(run)] == ["starting", "paused"]

    run(tmp_path, test)


def test_runs_wait_in_turn_and_are_told_their_place(tmp_path: Path) -> None:
    async def test(service: RunService, executor: FakeExecutor) -> None:
        one, two, three = (service.start(EXPERIMENT) for _ in range(3))
        assert states(two) == [("queued", 1)]
        assert states(three)[-1] == ("queued", 2)
        await executor.give(one.id, *measured(EXPERIMENT))
        assert states(two)[-1] == ("starting", None)
        assert states(three)[-1] == ("queued", 1)
        await executor.give(two.id, *measured(EXPERIMENT))
        assert list(executor.runs) == [one.id, two.id, three.id]

    run(tmp_path, test)


def test_a_run_over_the_limit_is_refused_and_nothing_is_started(tmp_path: Path) -> None:
    async def test(service: RunService, executor: FakeExecutor) -> None:
        last = [service.start(EXPERIMENT) for _ in range(3)][-1]
        before = states(last)
        with pytest.raises(Busy, match="2 runs wait"):
            service.start(EXPERIMENT)
        assert service.latest is last and states(last) == before
        assert await asyncio.to_thread(service.store.flush, PATIENCE)
        assert len(service.store.runs()) == 3

    run(tmp_path, test)


def test_as_many_runs_train_at_once_as_there_is_room_for(tmp_path: Path) -> None:
    async def test(service: RunService, executor: FakeExecutor) -> None:
        one, two = service.start(EXPERIMENT), service.start(EXPERIMENT)
        assert one.state == two.state == "starting"

    run(tmp_path, test, capacity=2)


def test_a_waiting_run_can_be_stopped_and_the_others_move_up(tmp_path: Path) -> None:
    async def test(service: RunService, executor: FakeExecutor) -> None:
        _, two, three = (service.start(EXPERIMENT) for _ in range(3))
        service.control(Stop(run=two.id))
        assert two.state == "stopped" and states(three)[-1] == ("queued", 1)
        with pytest.raises(IllegalMove, match="pause: the run is queued"):
            service.control(Pause(run=three.id))

    run(tmp_path, test)


def test_orders_reach_the_executor_and_the_state_follows_what_it_says(tmp_path: Path) -> None:
    async def test(service: RunService, executor: FakeExecutor) -> None:
        run = service.start(EXPERIMENT)
        await executor.give(run.id, measured(EXPERIMENT)[0])
        orders: list[RunCommand] = [Pause(run=run.id), SetLearningRate(run=run.id, learning_rate=0.1), Step(run=run.id)]
        for order in orders:
            service.control(order)
        assert executor.orders == [(run.id, order) for order in orders]
        assert run.state == "running"
        await executor.give(run.id, m.Paused(3))
        assert (run.state, run.step) == ("paused", 3)
        service.control(Resume(run=run.id))
        await executor.give(run.id, m.Resumed(3))
        assert run.state == "running"

    run(tmp_path, test)


def test_stopping_a_finished_run_changes_nothing(tmp_path: Path) -> None:
    async def test(service: RunService, executor: FakeExecutor) -> None:
        run = service.start(EXPERIMENT)
        await executor.give(run.id, *measured(EXPERIMENT))
        before = events(run)
        for command in (Stop(run=run.id), Pause(run=run.id), Resume(run=run.id), Step(run=run.id)):
            with pytest.raises(IllegalMove, match="the run is finished"):
                service.control(command)
        assert events(run) == before and executor.orders == []

    run(tmp_path, test)


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (WorkerLost("the worker process ended (signal 9)"), "the worker process ended (signal 9)"),
        (SkipscopeError("CUDA error: device lost"), "CUDA error: device lost"),
        (ZeroDivisionError("a bug"), "the server could not go on with this run"),
    ],
)
def test_a_run_that_fails_says_why_and_makes_room(tmp_path: Path, error: Exception, reason: str) -> None:
    async def test(service: RunService, executor: FakeExecutor) -> None:
        one, two = service.start(EXPERIMENT), service.start(EXPERIMENT)
        await executor.give(one.id, measured(EXPERIMENT)[0], error)
        assert (one.state, one.reason) == ("failed", reason)
        assert events(one)[-1]["reason"] == reason
        assert two.state == "starting"

    run(tmp_path, test)


def test_a_command_to_no_run_is_refused_by_name(tmp_path: Path) -> None:
    async def test(service: RunService, executor: FakeExecutor) -> None:
        with pytest.raises(UnknownRun, match=r"'\.\./\.\./x'"):
            service.control(Stop(run="../../x"))
        with pytest.raises(UnknownRun):
            await service.find("r0000000000")

    run(tmp_path, test)


def test_a_run_rebuilt_from_the_store_tells_the_same_story(tmp_path: Path) -> None:
    kept: dict[str, Any] = {}

    async def train(service: RunService, executor: FakeExecutor) -> None:
        run = service.start(EXPERIMENT)
        await executor.give(run.id, *measured(EXPERIMENT))
        kept.update(orjson.loads(run.snapshot()))

    async def read(service: RunService, executor: FakeExecutor) -> None:
        again = orjson.loads((await service.find(kept["run"])).snapshot())
        assert again["recorded"] and not kept["recorded"]
        assert again["epoch"] != kept["epoch"]
        for field in ("experiment", "provenance", "state", "reason", "step"):
            assert again[field] == kept[field]
        assert [strip(event) for event in again["history"]] == [strip(event) for event in kept["history"]]
        with pytest.raises(IllegalMove, match="stop: the run is finished"):
            service.control(Stop(run=kept["run"]))

    def strip(event: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in event.items() if name not in ("epoch", "seq")}

    run(tmp_path, train)
    run(tmp_path, read)


def test_what_trains_is_recorded_again_where_the_record_has_nothing_of_it(tmp_path: Path) -> None:
    first, *rest = measured(EXPERIMENT)
    ids: list[RunId] = []

    async def train(service: RunService, executor: FakeExecutor) -> None:
        run = service.start(EXPERIMENT)
        ids.append(run.id)
        await executor.give(run.id, first, *rest[:5])
        for table in TABLES:
            service.store.write(f"DELETE FROM {table}")
        service.record_again()
        await executor.give(run.id, *rest[5:])

    async def read(service: RunService, executor: FakeExecutor) -> None:
        again = await service.find(ids[0])
        assert again.state == "finished" and again.provenance
        assert again.last_evaluation() == EXPERIMENT.steps

    run(tmp_path, train)
    run(tmp_path, read)


def test_runs_are_interrupted_when_the_service_closes(tmp_path: Path) -> None:
    runs: list[Run] = []

    async def train(service: RunService, executor: FakeExecutor) -> None:
        runs.extend(service.start(EXPERIMENT) for _ in range(2))
        await executor.give(runs[0].id, *measured(EXPERIMENT)[:5])

    async def read(service: RunService, executor: FakeExecutor) -> None:
        for run in runs:
            again = await service.find(run.id)
            assert (again.state, again.reason) == ("interrupted", "the server ended")

    run(tmp_path, train)
    assert [run.state for run in runs] == ["interrupted", "interrupted"]
    run(tmp_path, read)


def test_old_runs_leave_the_memory_and_come_back_from_the_store(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service_module, "KEPT_IN_MEMORY", 2)

    async def test(service: RunService, executor: FakeExecutor) -> None:
        runs = []
        for _ in range(4):
            runs.append(service.start(EXPERIMENT))
            await executor.give(runs[-1].id, *measured(EXPERIMENT))
        assert await asyncio.to_thread(service.store.flush, PATIENCE)
        assert await service.find(runs[3].id) is runs[3]
        found = await asyncio.gather(*(service.find(runs[0].id) for _ in range(5)))
        assert found[0].recorded and all(one is found[0] for one in found)

    run(tmp_path, test)


def test_a_clock_that_jumps_does_not_change_the_order_of_events(tmp_path: Path) -> None:
    times = iter([1e9, 5.0, 2e9])
    executor, store = FakeExecutor(3), Store(tmp_path, lambda reason: None)

    async def test() -> None:
        service = RunService(executor, store, 2, Checkpoints(tmp_path / "weights"), clock=lambda: next(times))
        runs = [service.start(EXPERIMENT) for _ in range(3)]
        for run in runs:
            await executor.give(run.id, *measured(EXPERIMENT))
            assert [event["seq"] for event in events(run)] == list(range(1, len(events(run)) + 1))
            seconds = [event["seconds"] for event in events(run) if "seconds" in event]
            assert seconds == sorted(seconds)
        assert service.active == runs[-1].id
        await service.close()

    asyncio.run(test())
    store.close()


def test_the_snapshot_is_made_once_for_all_who_ask_at_the_same_place(tmp_path: Path) -> None:
    async def test(service: RunService, executor: FakeExecutor) -> None:
        run = service.start(EXPERIMENT)
        await executor.give(run.id, *measured(EXPERIMENT)[:4])
        first = run.snapshot()
        assert run.snapshot() is first
        await executor.give(run.id, *measured(EXPERIMENT)[4:5])
        assert run.snapshot() is not first

    run(tmp_path, test)
