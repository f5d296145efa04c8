"""The analysis service, with an executor that answers what the test says."""

import asyncio
import contextlib
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path
from typing import Any

import orjson
import pytest

from app import analyse_command
from app.analyses.kinds.convergence import Convergence
from app.analyses.kinds.lesion import Cut, Lesions
from app.contract import measurements as m
from app.contract.checkpoints import file_of
from app.contract.commands import SaveCheckpoint, Stop
from app.contract.experiment import Experiment
from app.contract.findings import AnalysisProgress
from app.errors import Busy, Refused, UnknownRun, WorkerLost
from app.ids import new_run_id
from app.runs.analysis_service import MOST_WAITING, AnalysisService
from app.runs.checkpoints import Checkpoints
from app.runs.export import jsonl_lines
from app.runs.recording import Recording
from app.runs.run import Run
from app.runs.service import RunService
from app.runs.store import Store
from tests.fakes import FakeExecutor, Finder, measured
from tests.patience import PATIENCE, until

EXPERIMENT = Experiment(depths=(4, 6), width=4, steps=30, evaluate_every=10)
QUESTION = Lesions(depth=4)


class House:
    """Both services, and the weights that the test puts there."""

    def __init__(self, folder: Path) -> None:
        self.trainer, self.finder, self.folder = FakeExecutor(3), Finder(), folder
        self.store = Store(folder, lambda reason: None)
        self.service = RunService(self.trainer, self.store, 2, Checkpoints(folder / "weights"), lambda: 1000.0)
        self.now = 50.0
        self.analyses = AnalysisService(self.service, self.finder, lambda: 1000.0, lambda: self.now)

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
                event = analyses(run)
                if event and event[-1]["state"] == state:
                    return event[-1]
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
        await house.analyses.close()
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
        name = house.analyses.ask(run, QUESTION)
        assert analyses(run)[-1]["state"] == "waiting"
        event = await house.until(run, "running")
        assert (event["analysis"], event["step"], event["finding"]) == (name, 30, None)
        house.finder.results.put_nowait(AnalysisProgress(0.5))
        house.finder.results.put_nowait(AnalysisProgress(0.9, Cut([], words=["words"])))
        house.finder.results.put_nowait(AnalysisProgress(1.0))
        house.finder.results.put_nowait(None)
        event = await house.until(run, "finished")
        assert event["progress"] == 1.0 and event["finding"] == {"arms": [], "words": ["words"]}
        weights = house.finder.asked[0][1].weights
        assert weights.trajectory[-1] == (30, weights.file)
        assert house.store.flush(PATIENCE)
        assert [found.analysis for found in house.store.analyses(run.id)] == [name]
        last = orjson.loads(list(jsonl_lines(house.store, house.store.run(run.id)))[-1])
        assert (last["kind"], last["analysis"], last["state"]) == ("analysis", name, "finished")
        again = RunService(FakeExecutor(), house.store, 2, house.service.checkpoints)
        assert analyses(await again.find(run.id))[0]["finding"] == event["finding"]

    run(tmp_path, test)


def test_a_step_asks_the_weights_kept_last_up_to_it(tmp_path: Path) -> None:
    async def test(house: House) -> None:
        run = await house.trained()
        house.analyses.ask(run, QUESTION, step=25)
        assert (await house.until(run, "running"))["step"] == 20
        assert [step for step, _ in house.finder.asked[0][1].weights.trajectory] == [0, 10, 20]

    run(tmp_path, test)


def test_in_fair_mode_the_rates_that_viewers_see_are_analysed(tmp_path: Path) -> None:
    async def test(house: House) -> None:
        fair = EXPERIMENT.model_copy(update={"learning_rates": (0.5, 0.001, 0.1), "steps": 60})
        run = house.service.start(fair)
        await house.trainer.give(run.id, *measured(fair))
        house.keep(run, *fair.evaluation_steps())
        events = [orjson.loads(entry.text) for entry in run.stream.history.entries()]
        shown = {event["step"]: event["best"] for event in events if event["type"] == "evaluation"}
        for step in (20, 60):
            house.analyses.ask(run, QUESTION, step=step)
            await until(lambda: house.finder.asked)
            [(_, request)] = house.finder.asked
            assert list(request.weights.best or ()) == shown[step] and None not in shown[step]
            house.finder.asked.clear()
            house.finder.results.put_nowait(None)

    run(tmp_path, test)


def test_a_run_that_trains_keeps_its_weights_of_now_for_the_question(tmp_path: Path) -> None:
    async def test(house: House) -> None:
        run = house.service.start(EXPERIMENT)
        events = measured(EXPERIMENT)
        await house.trainer.give(run.id, *events[:6])
        house.analyses.ask(run, QUESTION)
        for _ in range(20):
            await asyncio.sleep(0)
        assert isinstance(house.trainer.orders[-1][1], SaveCheckpoint) and not house.finder.asked
        house.keep(run, 4)
        await house.trainer.give(run.id, m.CheckpointSaved(4))
        assert (await house.until(run, "running"))["step"] == 4

    run(tmp_path, test)


@pytest.mark.parametrize(("kept", "words"), [("disk full", "disk full"), (None, "it has not begun")])
def test_without_weights_the_reason_is_told(tmp_path: Path, kept: str | None, words: str) -> None:
    async def test(house: House) -> None:
        run = house.service.start(EXPERIMENT)
        await house.trainer.give(run.id, measured(EXPERIMENT)[0])
        house.analyses.ask(run, QUESTION)
        for _ in range(20):
            await asyncio.sleep(0)
        await house.trainer.give(run.id, m.CheckpointSaved(0, kept))
        assert words in (await house.until(run, "failed"))["reason"]

    run(tmp_path, test)


def test_a_running_analysis_is_cancelled_by_a_stop_and_keeps_what_it_found(tmp_path: Path) -> None:
    async def test(house: House) -> None:
        run = await house.trained()
        name = house.analyses.ask(run, QUESTION)
        await house.until(run, "running")
        house.finder.results.put_nowait(AnalysisProgress(0.3, Cut([], words=["so far"])))
        with pytest.raises(UnknownRun):
            house.analyses.cancel("another", name)
        house.analyses.cancel(run.id, name)
        event = await house.until(run, "cancelled")
        assert event["finding"]["words"] == ["so far"]
        assert [(job, type(command)) for job, command in house.finder.orders] == [(name, Stop)]
        house.analyses.cancel(run.id, name)  # it is over: nothing happens

    run(tmp_path, test)


def test_questions_wait_for_each_other_and_a_waiting_one_can_be_cancelled(tmp_path: Path) -> None:
    async def test(house: House) -> None:
        run = await house.trained()
        names = [house.analyses.ask(run, QUESTION) for _ in range(MOST_WAITING)]
        with pytest.raises(Busy):
            house.analyses.ask(run, QUESTION)
        await until(lambda: "running" in [event["state"] for event in analyses(run)])
        states = {event["analysis"]: event["state"] for event in analyses(run)}
        assert [states[name] for name in names] == ["running"] + ["waiting"] * (MOST_WAITING - 1)
        house.analyses.cancel(run.id, names[-1])
        assert (await house.until(run, "cancelled"))["analysis"] == names[-1]
        assert not house.finder.orders

    run(tmp_path, test)


@pytest.mark.parametrize("error", [Refused("depth: plain-4 diverged", "depth"), WorkerLost("the worker process ended")])
def test_what_goes_wrong_is_the_reason_and_the_next_question_is_answered(tmp_path: Path, error: Exception) -> None:
    async def test(house: House) -> None:
        run = await house.trained()
        house.analyses.ask(run, QUESTION)
        await house.until(run, "running")
        house.finder.results.put_nowait(error)
        assert (await house.until(run, "failed"))["reason"] == str(error)
        house.analyses.ask(run, QUESTION)
        await house.until(run, "running")

    run(tmp_path, test)


def test_convergence_needs_no_weights_and_no_process(tmp_path: Path) -> None:
    async def test(house: House) -> None:
        run = house.service.start(EXPERIMENT)
        await house.trainer.give(run.id, *measured(EXPERIMENT))
        house.analyses.ask(run, Convergence(target=0.6))
        event = await house.until(run, "finished")
        assert len(event["finding"]["cells"]) == 4 and not house.finder.asked

    run(tmp_path, test)


def test_many_who_ask_about_the_same_evaluation_get_one_answer(tmp_path: Path) -> None:
    async def test(house: House) -> None:
        run = await house.trained()
        before = run.stream.seq
        names = {house.analyses.ask(run, Convergence(target=0.6)) for _ in range(2 * MOST_WAITING)}
        await house.until(run, "finished")
        names |= {house.analyses.ask(run, Convergence(target=0.6)) for _ in range(20)}
        other = house.analyses.ask(run, Convergence(target=0.7))  # it comes after whatever those would have led to
        await until(lambda: len(analyses(run)) == 2)
        assert len(names) == 1 and other not in names
        assert run.stream.seq == before + 2, "one event for each answer, and none on the way"

    run(tmp_path, test)


def test_a_later_answer_about_evaluations_replaces_the_earlier_one_everywhere(tmp_path: Path) -> None:
    async def test(house: House) -> None:
        run = house.service.start(EXPERIMENT)
        events = measured(EXPERIMENT)
        second = [isinstance(event, m.Evaluated) for event in events].index(True, 10)
        await house.trainer.give(run.id, *events[:second])
        name = house.analyses.ask(run, Convergence(target=0.6))
        first = await house.until(run, "finished")
        await house.trainer.give(run.id, *events[second:])
        assert house.analyses.ask(run, Convergence(target=0.6)) == name
        await until(lambda: analyses(run)[-1]["step"] == 30)
        [last] = analyses(run)
        assert first["step"] < 30 and first["analysis"] == last["analysis"] == name
        assert house.store.flush(PATIENCE)
        [stored] = house.store.analyses(run.id)
        assert (stored.analysis, stored.step, stored.finding) == (name, 30, last["finding"])

    run(tmp_path, test)


def test_a_question_that_is_asked_again_while_it_is_answered_is_answered_again_with_what_came_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def test(house: House) -> None:
        run = house.service.start(EXPERIMENT)
        events = measured(EXPERIMENT)
        second = [isinstance(event, m.Evaluated) for event in events].index(True, 10)
        await house.trainer.give(run.id, *events[:second])
        read, go_on, measurements = asyncio.Event(), threading.Event(), house.store.measurements
        loop = asyncio.get_running_loop()

        def held_back(run_id: str, most_frames: int | None = None) -> list[m.Measurement]:
            found = list(measurements(run_id, most_frames))
            loop.call_soon_threadsafe(read.set)
            assert go_on.wait(PATIENCE)
            return found

        monkeypatch.setattr(house.store, "measurements", held_back)
        house.analyses.ask(run, Convergence(target=0.6))
        await read.wait()
        await house.trainer.give(run.id, *events[second:])
        assert not analyses(run), "it is still being answered"
        house.analyses.ask(run, Convergence(target=0.6))
        go_on.set()
        await until(lambda: analyses(run) and analyses(run)[-1]["step"] == 30)
        assert len(analyses(run)) == 1

    run(tmp_path, test)


def test_after_a_restart_a_question_about_evaluations_has_its_answer(tmp_path: Path) -> None:
    async def test(house: House) -> None:
        trained = await house.trained()
        name = house.analyses.ask(trained, Convergence(target=0.6))
        await house.until(trained, "finished")
        assert house.store.flush(PATIENCE)
        again = RunService(FakeExecutor(), house.store, 2, house.service.checkpoints)
        found = await again.find(trained.id)
        before = found.stream.seq
        asked = AnalysisService(again, house.finder)
        assert asked.ask(found, Convergence(target=0.6)) == name
        asked.ask(found, Convergence(target=0.7))
        await until(lambda: len(analyses(found)) == 2)
        assert found.stream.seq == before + 1
        await asked.close()

    run(tmp_path, test)


def test_a_question_about_evaluations_does_not_wait_for_those_about_weights(tmp_path: Path) -> None:
    async def test(house: House) -> None:
        run = await house.trained()
        for _ in range(MOST_WAITING):
            house.analyses.ask(run, QUESTION)
        name = house.analyses.ask(run, Convergence())
        assert (await house.until(run, "finished"))["analysis"] == name

    run(tmp_path, test)


@pytest.mark.parametrize(("step", "last"), [(None, 30), (30, 30), (29, 20), (0, 0)])
def test_convergence_up_to_a_step_is_told_by_server_and_command_line_alike(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], step: int | None, last: int
) -> None:
    async def test(house: House) -> None:
        run = await house.trained()
        house.analyses.ask(run, Convergence(target=0.6), step=step)
        event = await house.until(run, "finished")
        assert event["step"] == last
        assert all(cell["step"] is None or cell["step"] <= last for cell in event["finding"]["cells"])
        assert house.store.flush()
        found.append(event)

    found: list[dict[str, Any]] = []
    run(tmp_path, test)
    options: dict[str, Any] = {"json": True, "threads": 1, "device": "cpu", "dataset_dir": None}
    analyse_command.run("last", "convergence", ["target=0.6"], step=step, data_dir=tmp_path, **options)
    printed = orjson.loads(capsys.readouterr().out)
    assert (printed["step"], printed["finding"]) == (last, found[0]["finding"])
    store = Store(tmp_path, lambda reason: None)
    [stored] = store.analyses(found[0]["run"])  # the command line replaces the answer, too
    assert stored.analysis == found[0]["analysis"]
    store.close()


def test_an_answer_up_to_a_step_leaves_the_answer_about_the_whole_run(tmp_path: Path) -> None:
    async def test(house: House) -> None:
        run = await house.trained()
        house.analyses.ask(run, Convergence(target=0.6))
        await until(lambda: len(analyses(run)) == 1)
        house.analyses.ask(run, Convergence(target=0.6), step=10)
        await until(lambda: len(analyses(run)) == 2)
        assert [event["step"] for event in analyses(run)] == [30, 10]

    run(tmp_path, test)


def test_an_answer_that_failed_is_tried_again_when_it_is_asked_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def test(house: House) -> None:
        run = await house.trained()
        with monkeypatch.context() as patch:
            patch.setattr(house.store, "measurements", locked)
            house.analyses.ask(run, Convergence(target=0.6))
            await house.until(run, "failed")
        house.analyses.ask(run, Convergence(target=0.6))
        await house.until(run, "finished")

    def locked(*_: object, **__: object) -> None:
        raise sqlite3.OperationalError("database is locked")

    run(tmp_path, test)


def test_a_run_that_another_process_trains_cannot_be_asked_here(tmp_path: Path) -> None:
    async def test(house: House) -> None:
        elsewhere = Run(new_run_id(), EXPERIMENT, 1000.0)
        Recording(elsewhere, house.store).move("starting")
        assert house.store.flush(PATIENCE)
        found = await house.service.find(elsewhere.id)
        with pytest.raises(Refused, match="another process trains it"):
            house.analyses.ask(found, Convergence(target=0.6))

    run(tmp_path, test)


def test_convergence_of_a_run_that_was_not_evaluated_yet_is_refused_by_name(tmp_path: Path) -> None:
    async def test(house: House) -> None:
        run = house.service.start(EXPERIMENT)
        house.analyses.ask(run, Convergence(), step=25)
        assert (await house.until(run, "failed"))["reason"].startswith("step: nothing of this run was evaluated")

    run(tmp_path, test)


def test_when_the_server_ends_what_is_under_way_is_cancelled(tmp_path: Path) -> None:
    async def whole() -> None:
        async with house_in(tmp_path) as house:
            run = await house.trained()
            house.analyses.ask(run, QUESTION)
            await house.until(run, "running")
        assert [(event["state"], event["reason"]) for event in analyses(run)] == [("cancelled", "the server ended")]

    asyncio.run(whole())


def test_an_analysis_says_how_long_it_has_been_computed_and_not_how_long_it_waited(tmp_path: Path) -> None:
    async def test(house: House) -> None:
        run = await house.trained()
        house.analyses.ask(run, QUESTION)
        assert analyses(run)[-1]["seconds"] is None
        house.now += 1000
        assert (await house.until(run, "running"))["seconds"] == 0
        house.now += 2
        house.finder.results.put_nowait(AnalysisProgress(0.2))
        house.finder.results.put_nowait(None)
        event = await house.until(run, "finished")
        assert (event["progress"], event["seconds"]) == (0.2, 2)
        assert house.store.flush(PATIENCE)
        assert house.store.analyses(run.id)[0].seconds == 2

    run(tmp_path, test)


def test_an_analysis_that_was_stored_before_it_said_its_seconds_is_read(tmp_path: Path) -> None:
    async def test(house: House) -> None:
        run = await house.trained()
        house.analyses.ask(run, QUESTION)
        house.finder.results.put_nowait(None)
        await house.until(run, "finished")
        assert house.store.flush(PATIENCE)
        with contextlib.closing(sqlite3.connect(house.store.path)) as db, db:
            db.execute("UPDATE analyses SET data = json_remove(data, '$.seconds')")
        assert house.store.analyses(run.id)[0].seconds is None

    run(tmp_path, test)
