"""Who asked for what: an order's effect is told with the viewer who gave it."""

from typing import Any

import orjson
import pytest

from app.contract import measurements as m
from app.contract.commands import Pause, Resume, RunCommand, SetLearningRate, Step, Stop
from app.contract.experiment import Experiment
from app.ids import RunId, ViewerId
from app.runs.asked import Asked
from app.runs.run import Run
from tests.fakes import measured

ME, OTHER = ViewerId("v1"), ViewerId("v2")
EXPERIMENT = Experiment(depths=(4,), width=4, steps=30, evaluate_every=10)


def order(cls: type[RunCommand], **fields: Any) -> RunCommand:
    return cls(run="r1", **fields)


def test_the_first_of_two_who_pause_is_the_one_who_did() -> None:
    asked = Asked()
    asked.add(order(Pause), "running", ME)
    asked.add(order(Step), "running", OTHER)
    assert (asked.state("paused"), asked.state("paused")) == (ME, None)


def test_a_step_of_a_paused_run_pauses_nothing() -> None:
    asked = Asked()
    asked.add(order(Step), "paused", ME)
    asked.add(order(Resume), "paused", ME)
    asked.add(order(Pause), "running", OTHER)
    assert (asked.state("running"), asked.state("paused")) == (ME, OTHER)


@pytest.mark.parametrize("stopped", [True, False])
def test_only_a_run_that_was_stopped_was_stopped_by_somebody(stopped: bool) -> None:
    run = Run(RunId("r1"), EXPERIMENT, 0.0)
    run.move("starting")
    run.apply(measured(EXPERIMENT)[0])
    run.asked.add(order(Stop), run.state, ME)
    run.apply(m.Ended(30, 1.0, stopped=stopped))
    told = orjson.loads(run.stream.history.entries()[-1].text)
    assert (told["type"], told["by"]) == ("state", ME if stopped else None)


def test_each_learning_rate_is_told_with_who_set_it() -> None:
    run = Run(RunId("r1"), EXPERIMENT, 0.0)
    for by in (ME, OTHER, None):
        run.asked.add(order(SetLearningRate, learning_rate=0.1), "running", by)
    for _ in range(4):  # more than were asked for, as when a run is read back from the store
        run.apply(m.LearningRateChanged(3, 0.1, None))
    told = [orjson.loads(entry.text)["by"] for entry in run.stream.history.entries()]
    assert told == [ME, OTHER, None, None]
