"""How long an answer takes, told before it is asked."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.analyses.registry import ANALYSES, parse_question
from app.contract.events import Analysis
from app.contract.experiment import Experiment
from app.contract.measurements import Ended
from app.contract.presets import PRESETS
from app.contract.questions import Question
from app.ids import AnalysisId, RunId
from app.paths import recorded_dir
from app.runs.answer_times import ANSWERS, AnswerTimes
from app.runs.estimate import Estimates
from app.runs.recorded_runs import RecordedRuns
from app.runs.store import Store
from app.runs.stored_run import StoredRun

DEFAULT = PRESETS["degradation"].experiment
SHIPPED = RecordedRuns(recorded_dir())


def asked(kind: str, depth: int = 64, **more: object) -> Question:
    return parse_question({"kind": kind, "depth": depth} | more)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(tmp_path, lambda reason: None, recorded=SHIPPED)
    yield store
    store.close()


@pytest.fixture
def estimates(store: Store) -> Estimates:
    return Estimates(store)


def seconds(times: AnswerTimes, question: Question, experiment: Experiment = DEFAULT) -> float:
    found = times.of(experiment, question)
    assert found is not None
    return found


def test_of_every_question_about_weights_it_was_recorded_how_long_it_takes(store: Store, estimates: Estimates) -> None:
    recorded = list(SHIPPED.answers())
    kinds = {answer.kind for record in ANALYSES if record.needs_weights for answer in record.answers}
    assert {question.model_dump()["kind"] for _, question, _ in recorded} == kinds
    times = AnswerTimes(store, estimates)
    for experiment, question, took in recorded:
        assert seconds(times, question, experiment) == pytest.approx(took)


def test_more_to_compute_takes_longer(store: Store, estimates: Estimates) -> None:
    times = AnswerTimes(store, estimates)
    usual = seconds(times, asked("landscape"))
    assert seconds(times, asked("landscape", side=51)) == pytest.approx(usual * (51 / 31) ** 2)
    assert seconds(times, asked("landscape", depth=16)) < usual
    wide = DEFAULT.model_copy(update={"width": 128})
    assert seconds(times, asked("landscape"), wide) > usual
    assert seconds(times, asked("lesions", depth=16)) < seconds(times, asked("lesions")) / 4


def test_fresh_networks_take_as_long_whatever_the_run_is(store: Store, estimates: Estimates) -> None:
    times = AnswerTimes(store, estimates)
    fresh = parse_question({"kind": "shattering"})
    wide = DEFAULT.model_copy(update={"width": 128, "depths": (100, 1000)})
    assert seconds(times, fresh, wide) == seconds(times, fresh)


def test_the_last_answers_here_count_and_a_slow_machine_is_slow_at_both(store: Store, estimates: Estimates) -> None:
    times, question = AnswerTimes(store, estimates), asked("flow")
    usual = seconds(times, question)
    for _ in range(ANSWERS):
        times.learn(DEFAULT, question, 3 * usual)
    assert seconds(times, question) == pytest.approx(3 * usual)
    known = estimates.of(DEFAULT)
    assert known is not None
    estimates.learn(DEFAULT, Ended(DEFAULT.steps, 2 * known.seconds))
    assert seconds(times, question) == pytest.approx(6 * usual)


def test_nothing_is_told_of_what_was_never_answered(tmp_path: Path) -> None:
    store = Store(tmp_path, lambda reason: None)
    try:
        assert AnswerTimes(store, Estimates(store)).of(DEFAULT, asked("flow")) is None
    finally:
        store.close()


def test_answers_of_before_tell_after_a_restart(store: Store, estimates: Estimates) -> None:
    question = asked("flow")
    usual = seconds(AnswerTimes(store, estimates), question)
    run = StoredRun(RunId("r1"), 1.0, "finished", None, 320, DEFAULT, {}, {})
    store.save_run(run)
    for index in range(ANSWERS + 1):
        event = Analysis(
            AnalysisId(f"a{index}"), question.model_dump(mode="json"), 320, "finished", 1.0, {}, None, seconds=4 * usual
        )
        store.save_analysis(run.id, float(index), event)
    store.save_analysis(run.id, 9.0, Analysis(AnalysisId("b"), {"kind": "gone"}, 320, "finished", 1.0, {}, None, 5.0))
    store.flush()
    assert seconds(AnswerTimes(store, estimates), question) == pytest.approx(4 * usual)
