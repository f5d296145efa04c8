"""How long an experiment takes, told in advance."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.contract.experiment import DATASET_EXAMPLES, Experiment
from app.contract.measurements import Ended
from app.contract.presets import PRESETS
from app.contract.recordings import TRACE_PAIR
from app.data import load
from app.data.registry import PACKAGED
from app.errors import Refused
from app.paths import recorded_dir
from app.runs.estimate import ERROR, RUNS, Estimates, _amounts, _fitted
from app.runs.recorded_runs import RecordedRuns, recorded_id
from app.runs.store import Store

SHIPPED = RecordedRuns(recorded_dir())
SMALL = Experiment(depths=(4, 8), width=8, steps=40)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(tmp_path, lambda reason: None, recorded=SHIPPED)
    yield store
    store.close()


def seconds(estimates: Estimates, experiment: Experiment) -> float:
    found = estimates.of(experiment)
    assert found is not None
    return found.seconds


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_takes_what_its_recording_took_until_this_machine_is_known(store: Store, name: str) -> None:
    ended = SHIPPED.ended(recorded_id(name))
    found = Estimates(store).of(PRESETS[name].experiment)
    assert found is not None and not found.measured_here
    assert found.seconds == ended.seconds + ended.measuring_seconds


def test_more_of_anything_takes_longer(store: Store) -> None:
    estimates = Estimates(store)
    more: list[dict[str, Any]] = [
        {"depths": (4, 16)}, {"seeds": 3}, {"steps": 80}, {"width": 64}, {"batch_size": 256},
        {"learning_rates": (0.1, 0.01)}, {"family": "conv"},
    ]  # fmt: skip
    usual = seconds(estimates, SMALL)
    for change in more:
        assert seconds(estimates, Experiment(**(SMALL.model_dump() | change))) > usual, change


def hours(estimates: Estimates, experiment: Experiment) -> float:
    return seconds(estimates, experiment) / 3600


LONG = Experiment(depths=(32, 64), width=64, steps=200_000)


def test_what_takes_too_long_is_refused_with_the_figure_and_steps_that_would_do(store: Store) -> None:
    estimates = Estimates(store)
    takes = hours(estimates, LONG)
    estimates.check(LONG, 0.51 * takes)  # an estimate that may err by two
    with pytest.raises(Refused, match=r"steps: this takes about .* hours on the machine that recorded") as refused:
        estimates.check(LONG, 0.49 * takes)
    told = str(refused.value)
    assert refused.value.field == "steps" and f"a run may take {0.49 * takes:g} (SKIPSCOPE_LONGEST_RUN_H)" in told
    steps = int(told.partition("; about ")[2].partition(" steps would do")[0].replace(",", ""))
    assert 0.4 * takes < hours(estimates, LONG.model_copy(update={"steps": steps})) <= 0.49 * takes


def test_where_even_one_step_takes_too_long_no_steps_are_named(store: Store) -> None:
    with pytest.raises(Refused, match="; choose fewer depths"):
        Estimates(store).check(LONG, 1e-9)


def test_evaluations_count_as_what_they_see(store: Store) -> None:
    estimates = Estimates(store)
    often = Experiment(dataset="cifar10", family="conv", depths=(8,), steps=1000, evaluate_every=1)
    seldom = often.model_copy(update={"evaluate_every": 1000})
    assert seconds(estimates, often) > 50 * seconds(estimates, seldom)


@pytest.mark.parametrize("dataset", PACKAGED)
def test_as_many_examples_are_counted_as_there_are(dataset: str) -> None:
    data = load(dataset, None)
    assert DATASET_EXAMPLES[dataset] == (len(data.train_x), len(data.test_x))


def test_every_preset_would_have_been_estimated_within_the_error_without_its_own_recording(store: Store) -> None:
    runs = [(one.experiment, SHIPPED.ended(recorded_id(name))) for name, one in PRESETS.items()]
    took = [(plan, ended.seconds + ended.measuring_seconds) for plan, ended in runs]
    for left_out, (plan, expected) in enumerate(took):
        prices = _fitted(took[:left_out] + took[left_out + 1 :])
        assert prices is not None
        assert 1 / ERROR < float(_amounts(plan) @ prices) / expected < ERROR


def test_networks_trained_side_by_side_cost_less_than_one_after_another(store: Store) -> None:
    estimates = Estimates(store)
    both = [SMALL.model_copy(update={"depths": (depth,)}) for depth in SMALL.depths]
    assert seconds(estimates, SMALL) < sum(seconds(estimates, one) for one in both)


def test_what_ran_here_tells_how_fast_this_machine_is(store: Store) -> None:
    estimates = Estimates(store)
    before = seconds(estimates, SMALL)
    spiral = PRESETS["spiral"].experiment
    recorded = seconds(estimates, spiral)
    estimates.learn(spiral, Ended(spiral.steps, 2.5 * recorded, measuring_seconds=0.5 * recorded))
    found = estimates.of(SMALL)
    assert found is not None and found.measured_here
    assert found.seconds == pytest.approx(3 * before)
    assert seconds(estimates, spiral) == pytest.approx(3 * recorded)


def test_a_run_that_was_stopped_counts_for_its_steps(store: Store) -> None:
    estimates = Estimates(store)
    estimates.learn(SMALL, Ended(10, 2.0, True, 1.0))
    assert seconds(estimates, SMALL) == pytest.approx(12.0)
    other = Estimates(store)
    other.learn(SMALL, Ended(0, 0.0, True))
    assert other.of(SMALL) == Estimates(store).of(SMALL), "a run without a step tells nothing"


def test_a_run_of_a_moment_tells_only_of_itself(store: Store) -> None:
    """What every run costs besides its steps would make long ones seem to take hours."""
    estimates, spiral = Estimates(store), PRESETS["spiral"].experiment
    before = seconds(estimates, spiral)
    estimates.learn(SMALL, Ended(SMALL.steps, 3.0))
    assert seconds(estimates, SMALL) == pytest.approx(3.0)
    assert seconds(estimates, spiral) == before


def test_one_odd_run_among_the_last_does_not_count(store: Store) -> None:
    estimates = Estimates(store)
    spiral, other = PRESETS["spiral"].experiment, PRESETS["vanishing"].experiment
    recorded = seconds(estimates, spiral)
    for factor in (9.0, *[2.0] * (RUNS - 1)):
        estimates.learn(spiral, Ended(spiral.steps, factor * recorded))
    assert seconds(estimates, other) == pytest.approx(2 * seconds(Estimates(store), other))


def test_a_damaged_recording_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "recorded" / "spiral").mkdir(parents=True)
    (tmp_path / "recorded" / "spiral" / "run.json").write_text("{")
    store = Store(tmp_path, lambda reason: None, recorded=RecordedRuns(tmp_path / "recorded"))
    assert Estimates(store).of(SMALL) is None
    store.close()


def test_the_presets_alone_tell_what_others_take(tmp_path: Path, store: Store) -> None:
    """The pair of the traces was trained with two threads, on a machine that did other things too."""
    for name in PRESETS:
        (tmp_path / "recorded" / name).mkdir(parents=True)
        for file in ("run.json", "measurements.bin"):
            (tmp_path / "recorded" / name / file).symlink_to(recorded_dir() / name / file)
    alone = Store(tmp_path / "alone", lambda reason: None, recorded=RecordedRuns(tmp_path / "recorded"))
    assert seconds(Estimates(alone), TRACE_PAIR.experiment) == seconds(Estimates(store), TRACE_PAIR.experiment)
    assert seconds(Estimates(alone), SMALL) == seconds(Estimates(store), SMALL)
    alone.close()


def test_without_recordings_nothing_is_told(tmp_path: Path) -> None:
    store = Store(tmp_path, lambda reason: None)
    estimates = Estimates(store)
    assert estimates.of(SMALL) is None
    store.close()
