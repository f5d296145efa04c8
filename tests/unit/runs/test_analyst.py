"""The analyst, with an executor that finds what the test says."""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path
from typing import Any

import orjson
import pytest

from app import asking
from app.contract import measurements as m
from app.contract.commands import KeepWeights, Stop
from app.contract.experiment import Experiment
from app.contract.findings import Cut, Found
from app.contract.kept import file_of
from app.contract.questions import Convergence, Lesions, parse_question
from app.errors import Busy, Refused, UnknownRun, WorkerLost
from app.runs.analyst import MOST_WAITING, Analyst
from app.runs.export import jsonl_lines
from app.runs.run import Run
from app.runs.service import RunService
from app.runs.store import Store
from app.runs.weights import KeptWeights
from tests.fakes import FakeExecutor, Finder, measured
from tests.patience import PATIENCE, until

EXPERIMENT = Experiment(depths=(4, 6), width=4, steps=30, evaluate_every=10)
QUESTION = Lesions(depth=4)


class House:
    """A service, an analyst, and the weights that the test puts there."""

    def __init__(self, folder: Path) -> None:
        self.trainer, self.finder, self.folder = FakeExecutor(3), Finder(), folder
        self.store = Store(folder, lambda reason: None)
        self.service = RunService(self.trainer, self.store, 2, KeptWeights(folder / "weights", 2**20), lambda: 1000.0)
        self.analyst = Analyst(self.service, self.finder, lambda: 1000.0)

    def keep(self, run: Run, *steps: int) -> None:
        for step in steps:
            file = file_of(self.folder / "weights" / run.id, step)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(b"weights")

    async def trained(self) -> Run:
        run = self.service.start(EXPERIMENT)
        await self.trainer.give(run.id, *measured(EXPERIMENT))
        assert run.state == "finished"
        self.keep(run, 0, 10, 20, 30)
        return run

    async def until(self, run: Run, state: str) -> dict[str, Any]:
        """The newest analysis of a run once it is in ``state``."""
        async with asyncio.timeout(PATIENCE):
            while True:
                told = analyses(run)
                if told and told[-1]["state"] == state:
                    return told[-1]
                woken = asyncio.Event()
                run.stream.listeners.add(woken.set)
                await woken.wait()
                run.stream.listeners.discard(woken.set)


def analyses(run: Run) -> list[dict[str, Any]]:
    events = (orjson.loads(entry.text) for entry in run.stream.history.entries())
    return [event for event in events if event["type"] == "analysis"]


@contextlib.asynccontextmanager
async def house_in(folder: Path) -> AsyncIterator[House]:
    house = House(folder)
    try:
        yield house
    finally:
        await house.analyst.close()
        await house.service.close()
        house.store.close()


def run(folder: Path, test: Callable[[House], Coroutine[Any, Any, None]]) -> None:
    async def whole() -> None:
        async with house_in(folder) as house:
            await test(house)

    asyncio.run(whole())


def test_an_analysis_goes_from_waiting_to_finished_and_is_stored_exported_and_there_after_a_restart(
    tmp_path: Path,
) -> None:
    async def test(house: House) -> None:
        run = await house.trained()
        name = house.analyst.ask(run, QUESTION)
        assert analyses(run)[-1]["state"] == "waiting"
        told = await house.until(run, "running")
        assert (told["analysis"], told["step"], told["finding"]) == (name, 30, None)
        house.finder.said.put_nowait(Found(0.5))
        house.finder.said.put_nowait(Found(0.9, Cut([], ["words"])))
        house.finder.said.put_nowait(Found(1.0))
        house.finder.said.put_nowait(None)
        told = await house.until(run, "finished")
        assert told["progress"] == 1.0 and told["finding"] == {"arms": [], "words": ["words"]}
        assert house.finder.asked[0][1].way[-1] == (30, house.finder.asked[0][1].file)
        assert house.store.flush(PATIENCE)
        assert [found.analysis for found in house.store.analyses(run.id)] == [name]
        last = orjson.loads(list(jsonl_lines(house.store, house.store.run(run.id)))[-1])
        assert (last["kind"], last["analysis"], last["state"]) == ("analysis", name, "finished")
        again = RunService(FakeExecutor(), house.store, 2, house.service.weights)
        assert analyses(await again.find(run.id))[0]["finding"] == told["finding"]

    run(tmp_path, test)


def test_a_step_asks_the_weights_kept_last_up_to_it(tmp_path: Path) -> None:
    async def test(house: House) -> None:
        run = await house.trained()
        house.analyst.ask(run, QUESTION, step=25)
        assert (await house.until(run, "running"))["step"] == 20
        assert [step for step, _ in house.finder.asked[0][1].way] == [0, 10, 20]

    run(tmp_path, test)


def test_a_run_that_trains_keeps_its_weights_of_now_for_the_question(tmp_path: Path) -> None:
    async def test(house: House) -> None:
        run = house.service.start(EXPERIMENT)
        events = measured(EXPERIMENT)
        await house.trainer.give(run.id, *events[:6])
        house.analyst.ask(run, QUESTION)
        for _ in range(20):
            await asyncio.sleep(0)
        assert isinstance(house.trainer.orders[-1][1], KeepWeights) and not house.finder.asked
        house.keep(run, 4)
        await house.trainer.give(run.id, m.WeightsKept(4))
        assert (await house.until(run, "running"))["step"] == 4

    run(tmp_path, test)


@pytest.mark.parametrize(("kept", "words"), [("disk full", "disk full"), (None, "it has not begun")])
def test_without_weights_the_reason_is_told(tmp_path: Path, kept: str | None, words: str) -> None:
    async def test(house: House) -> None:
        run = house.service.start(EXPERIMENT)
        await house.trainer.give(run.id, measured(EXPERIMENT)[0])
        house.analyst.ask(run, QUESTION)
        for _ in range(20):
            await asyncio.sleep(0)
        await house.trainer.give(run.id, m.WeightsKept(0, kept))
        assert words in (await house.until(run, "failed"))["reason"]

    run(tmp_path, test)


def test_a_running_analysis_is_cancelled_by_a_stop_and_keeps_what_it_found(tmp_path: Path) -> None:
    async def test(house: House) -> None:
        run = await house.trained()
        name = house.analyst.ask(run, QUESTION)
        await house.until(run, "running")
        house.finder.said.put_nowait(Found(0.3, Cut([], ["so far"])))
        with pytest.raises(UnknownRun):
            house.analyst.cancel("another", name)
        house.analyst.cancel(run.id, name)
        told = await house.until(run, "cancelled")
        assert told["finding"]["words"] == ["so far"]
        assert [(job, type(command)) for job, command in house.finder.orders] == [(name, Stop)]
        house.analyst.cancel(run.id, name)  # it is over: nothing happens

    run(tmp_path, test)


def test_questions_wait_for_each_other_and_a_waiting_one_can_be_cancelled(tmp_path: Path) -> None:
    async def test(house: House) -> None:
        run = await house.trained()
        names = [house.analyst.ask(run, QUESTION) for _ in range(MOST_WAITING)]
        with pytest.raises(Busy):
            house.analyst.ask(run, QUESTION)
        await until(lambda: "running" in [told["state"] for told in analyses(run)])
        states = {told["analysis"]: told["state"] for told in analyses(run)}
        assert [states[name] for name in names] == ["running"] + ["waiting"] * (MOST_WAITING - 1)
        house.analyst.cancel(run.id, names[-1])
        assert (await house.until(run, "cancelled"))["analysis"] == names[-1]
        assert not house.finder.orders

    run(tmp_path, test)


@pytest.mark.parametrize("error", [Refused("depth: plain-4 diverged", "depth"), WorkerLost("the worker process ended")])
def test_what_goes_wrong_is_the_reason_and_the_next_question_is_answered(tmp_path: Path, error: Exception) -> None:
    async def test(house: House) -> None:
        run = await house.trained()
        house.analyst.ask(run, QUESTION)
        await house.until(run, "running")
        house.finder.said.put_nowait(error)
        assert (await house.until(run, "failed"))["reason"] == str(error)
        house.analyst.ask(run, QUESTION)
        await house.until(run, "running")

    run(tmp_path, test)


def test_convergence_needs_no_weights_and_no_process(tmp_path: Path) -> None:
    async def test(house: House) -> None:
        run = house.service.start(EXPERIMENT)
        await house.trainer.give(run.id, *measured(EXPERIMENT))
        house.analyst.ask(run, Convergence(target=0.6))
        told = await house.until(run, "finished")
        assert len(told["finding"]["cells"]) == 4 and not house.finder.asked

    run(tmp_path, test)


@pytest.mark.parametrize(("step", "last"), [(None, 30), (30, 30), (29, 20), (0, 0)])
def test_convergence_up_to_a_step_is_told_by_server_and_command_line_alike(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], step: int | None, last: int
) -> None:
    async def test(house: House) -> None:
        run = await house.trained()
        house.analyst.ask(run, Convergence(target=0.6), step=step)
        told = await house.until(run, "finished")
        assert told["step"] == last
        assert all(cell["step"] is None or cell["step"] <= last for cell in told["finding"]["cells"])
        assert house.store.flush()
        found.append(told)

    found: list[dict[str, Any]] = []
    run(tmp_path, test)
    options: dict[str, Any] = {"json": True, "threads": 1, "device": "cpu", "dataset_dir": None}
    asking.run("last", "convergence", ["target=0.6"], step=step, data_dir=tmp_path, **options)
    printed = orjson.loads(capsys.readouterr().out)
    assert (printed["step"], printed["finding"]) == (last, found[0]["finding"])


def test_convergence_of_a_run_that_was_not_evaluated_yet_is_refused_by_name(tmp_path: Path) -> None:
    async def test(house: House) -> None:
        run = house.service.start(EXPERIMENT)
        house.analyst.ask(run, Convergence(), step=25)
        assert (await house.until(run, "failed"))["reason"].startswith("step: nothing of this run was evaluated")

    run(tmp_path, test)


def test_when_the_server_ends_what_is_under_way_is_cancelled(tmp_path: Path) -> None:
    async def whole() -> None:
        async with house_in(tmp_path) as house:
            run = await house.trained()
            house.analyst.ask(run, QUESTION)
            await house.until(run, "running")
        assert [(told["state"], told["reason"]) for told in analyses(run)] == [("cancelled", "the server ended")]

    asyncio.run(whole())


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ({"kind": "lesion", "depth": 8, "blocks": []}, "blocks: needs at least 1 item"),
        ({"kind": "landscape", "depth": 8, "side": 103}, "side: 103 is over the limit of 101"),
        ({"kind": "nothing"}, "kind"),
        ({"kind": "paths"}, "depth: is missing"),
    ],
)
def test_a_question_out_of_bounds_is_refused_by_name(question: dict[str, Any], words: str) -> None:
    with pytest.raises(Refused) as refusal:
        parse_question(question)
    assert words in str(refusal.value)


def test_the_oldest_weights_go_when_all_grows_too_large(tmp_path: Path) -> None:
    weights = KeptWeights(tmp_path, 250)
    for number, run in enumerate(("r1", "r2", "r3")):
        (tmp_path / run).mkdir()
        (tmp_path / run / "000000000.npy").write_bytes(bytes(100))
        os.utime(tmp_path / run, (number, number))
    assert weights.prune(spare=["r1"]) == ["r2"]
    assert sorted(folder.name for folder in tmp_path.iterdir()) == ["r1", "r3"]
    assert weights.prune(spare=[]) == []
