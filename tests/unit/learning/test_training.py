"""``train``: a generator whose numbers depend on the experiment alone."""

import itertools

import numpy as np
import pytest
import torch

from app.contract import measurements as m
from app.contract.arms import Arm
from app.contract.commands import Command, Pause, Resume, SetLearningRate, Step, Stop
from app.contract.experiment import Experiment
from app.data import load
from app.learning.sweep import Sweep
from app.learning.training import Training, train
from app.runs.packing import pack, unpack

SMALL = Experiment(depths=(4, 8), seeds=2, width=8, batch_size=16, steps=12, evaluate_every=4)


class Script:
    """Orders by step: ``take`` hands out what the script has for the n-th question."""

    def __init__(self, *orders: Command | None) -> None:
        self.orders = iter(orders)

    def __call__(self, wait: bool) -> Command | None:
        return next(self.orders, Resume(run="") if wait else None)


def ticking(seconds: float) -> "itertools.count[float]":
    return itertools.count(0.0, seconds)


def evaluations(events: list[m.Measurement]) -> dict[int, m.Evaluated]:
    return {event.step: event for event in events if isinstance(event, m.Evaluated)}


def frames(events: list[m.Measurement]) -> dict[int, m.Measured]:
    return {event.step: event for event in events if isinstance(event, m.Measured)}


def equal(a: m.Measurement, b: m.Measurement) -> bool:
    """All numbers but the times are the same to the bit."""
    return all(
        np.array_equal(getattr(a, name), getattr(b, name), equal_nan=True)
        for name in a.__dataclass_fields__
        if name != "seconds" and getattr(a, name) is not None
    )


def test_a_run_goes_from_prepared_to_ended_with_every_evaluation_point() -> None:
    events = list(train(SMALL, frame_interval=0.0))
    assert isinstance(events[0], m.Prepared)
    assert events[-1] == m.Ended(12, events[-1].seconds, False, events[-1].measuring_seconds)  # type: ignore[union-attr]
    assert list(evaluations(events)) == [0, 1, 2, 4, 8, 12]
    assert list(frames(events)) == list(range(13))
    networks, layers = len(SMALL.networks()), sum(network.layers for network in SMALL.networks())
    for frame in frames(events).values():
        assert frame.loss.shape == (networks,)
        assert frame.weight_gradients.shape == frame.activation_gradients.shape == frame.activations.shape == (layers,)
        assert np.isfinite(frame.loss).all() and (frame.weight_gradients >= 0).all()


def test_the_numbers_do_not_depend_on_the_frame_rate() -> None:
    every = list(train(SMALL, frame_interval=0.0))
    clock = ticking(0.01)
    some = list(train(SMALL, frame_interval=0.2, clock=lambda: next(clock)))
    assert 2 < len(frames(some)) < len(frames(every))
    for step, frame in frames(some).items():
        assert equal(frame, frames(every)[step])
    for step, point in evaluations(some).items():
        assert equal(point, evaluations(every)[step])


def test_the_same_experiment_gives_the_same_numbers_and_another_seed_others() -> None:
    first, again = list(train(SMALL, frame_interval=0.0)), list(train(SMALL, frame_interval=0.0))
    for a, b in zip(first[1:-1], again[1:-1], strict=True):
        assert equal(a, b)
    other = list(train(SMALL.model_copy(update={"seed": 7}), frame_interval=0.0))
    assert not equal(frames(first)[5], frames(other)[5])


def test_a_network_trains_the_same_alone_and_in_company() -> None:
    """What a network measures does not depend on which others share its stack."""
    alone = SMALL.model_copy(update={"depths": (8,), "arms": (SMALL.arms[1],), "seeds": 1})
    one = evaluations(list(train(alone)))[12].test_loss[0]
    # canonical order: plain 4 (2 seeds), plain 8, residual 4, residual 8
    all_of_them = evaluations(list(train(SMALL)))[12].test_loss
    np.testing.assert_allclose(all_of_them[6], one, rtol=1e-3)


def test_matched_arms_have_equal_checksums_and_parameters() -> None:
    prepared = next(train(SMALL))
    assert isinstance(prepared, m.Prepared)
    half = len(prepared.checksums) // 2
    assert prepared.checksums[:half] == prepared.checksums[half:]
    assert len(set(prepared.checksums)) == half
    assert prepared.parameters[:half] == prepared.parameters[half:]
    # depth 4, width 8: 64·8 + 2·8² weights, 3 norms of 2·8, last layer 8·10 + 10
    assert prepared.parameters[0] == 64 * 8 + 2 * 64 + 3 * 16 + 90


@pytest.mark.parametrize(
    ("depth", "parameters"), [(20, 269_722), (32, 464_154), (44, 658_586), (56, 853_018), (110, 1_727_962)]
)
def test_6n2_networks_have_the_parameter_counts_of_the_paper(depth: int, parameters: int) -> None:
    """He et al. (2015, section 4.2): option A adds none; counted at 3 input channels as for CIFAR-10."""
    experiment = Experiment(dataset="cifar10", family="conv6n2", width=16, depths=(depth,), batch_size=2)
    assert Sweep(experiment).parameter_counts() == (parameters, parameters)


def test_pause_step_and_resume_change_nothing_but_the_time() -> None:
    whole = list(train(SMALL, frame_interval=0.0))
    script = Script(None, None, Pause(run=""), Step(run=""), Step(run=""), Resume(run=""))
    broken = list(train(SMALL, frame_interval=0.0, take=script))
    assert [type(event) for event in broken if isinstance(event, (m.Paused, m.Resumed))] == [m.Paused, m.Resumed]
    assert [event.step for event in broken if isinstance(event, (m.Paused, m.Resumed))] == [2, 4]
    for step, point in evaluations(whole).items():
        assert equal(point, evaluations(broken)[step])


def test_a_single_step_pauses_a_running_run_and_is_measured() -> None:
    script = Script(None, Step(run=""), Stop(run=""))
    events = list(train(SMALL, frame_interval=1e9, take=script))
    assert [event.step for event in events if isinstance(event, m.Paused)] == [1]
    assert list(frames(events)) == [0, 1, 2]


def test_a_paused_run_shows_a_frame_for_every_single_step_from_the_first_on() -> None:
    script = Script(Pause(run=""), *[Step(run="")] * 5, Stop(run=""))
    events = list(train(SMALL, frame_interval=1e9, take=script))
    assert list(frames(events)) == [0, 1, 2, 3, 4, 5]


def test_at_every_evaluation_point_there_is_a_frame_of_the_same_step_before_it() -> None:
    events = [event for event in train(SMALL, frame_interval=1e9) if isinstance(event, m.Measured | m.Evaluated)]
    for frame, point in zip(events[::2], events[1::2], strict=True):
        assert isinstance(frame, m.Measured) and isinstance(point, m.Evaluated) and frame.step == point.step


def test_step_0_is_evaluated_before_any_pass_has_moved_the_running_statistics() -> None:
    point = evaluations(list(train(SMALL)))[0]
    sweep, data = Sweep(SMALL), load("digits", None)
    assert not any(buffer.any() for trainer in sweep.trainers for buffer in trainer.stack.running[:1])
    loss, _ = sweep.evaluate(torch.from_numpy(data.test_x), torch.from_numpy(data.test_y))
    assert np.array_equal(point.test_loss, loss)


def test_double_precision_is_measured_and_stored_as_such() -> None:
    single, double = (list(train(SMALL.model_copy(update={"precision": p}))) for p in ("single", "double"))
    for p, events in ((np.float32, single), (np.float64, double)):
        assert all(frame.weight_gradients.dtype == frame.loss.dtype == p for frame in frames(events).values())
        assert all(unpack(pack(frame)).loss.dtype == p for frame in frames(events).values())  # type: ignore[union-attr]
    near, exact = evaluations(single)[12].test_loss, evaluations(double)[12].test_loss
    assert np.allclose(near, exact, rtol=1e-2) and not np.array_equal(near, exact.astype(np.float32))


def test_a_stopped_run_is_evaluated_where_it_stands() -> None:
    events = list(train(SMALL, take=Script(None, None, None, Stop(run=""))))
    ended = events[-1]
    assert isinstance(ended, m.Ended) and ended.stopped and ended.step == 3
    last = evaluations(events)[3]
    assert last.training_loss is not None


def test_a_new_learning_rate_holds_for_its_arm_from_the_next_step() -> None:
    change = SetLearningRate(run="", learning_rate=1e-6, arm=0)
    slow = list(train(SMALL, frame_interval=0.0, take=Script(None, None, None, change)))
    same = list(train(SMALL, frame_interval=0.0))
    assert m.LearningRateChanged(3, 1e-6, 0) in slow
    half = len(SMALL.networks()) // 2
    assert equal(frames(slow)[3], frames(same)[3])
    assert not np.array_equal(frames(slow)[8].loss[:half], frames(same)[8].loss[:half])
    assert np.array_equal(frames(slow)[8].loss[half:], frames(same)[8].loss[half:])


def test_a_diverging_arm_is_told_once_and_the_other_trains_on() -> None:
    arms = (Arm(connection="plain", normalisation="none", learning_rate=1e9), Arm(connection="residual"))
    experiment = SMALL.model_copy(update={"arms": arms})
    events = list(train(experiment, frame_interval=0.0))
    diverged = [event for event in events if isinstance(event, m.Diverged)]
    networks = sorted(network for event in diverged for network in event.networks)
    assert networks == [0, 1, 2, 3]
    last = evaluations(events)[12]
    assert np.isnan(last.test_accuracy[:4]).all()
    assert np.isfinite(last.test_accuracy[4:]).all()
    same = evaluations(list(train(SMALL, frame_interval=0.0)))[12]
    np.testing.assert_allclose(last.test_loss[4:], same.test_loss[4:], rtol=1e-3)


def test_evaluation_equals_counting_one_example_at_a_time() -> None:
    run = Training(SMALL, lambda: 0.0, None, "cpu")
    for _ in range(5):
        list(run.train_step(False))
    data = load("digits", None)
    loss, accuracy = run.sweep.evaluate(run.test_x, run.test_y)
    stack, members = run.sweep.trainers[0].stack, run.sweep.members[0]
    for k, index in enumerate(members[:3]):
        right, total = 0, 0.0
        for x, label in zip(data.test_x, data.test_y, strict=True):
            with torch.no_grad():
                logits = stack.forward(torch.from_numpy(x[None]))[k, :, 0]
            right += int(logits.argmax()) == label
            total -= float(logits.log_softmax(0)[label])
        assert accuracy[index] == pytest.approx(right / len(data.test_y))
        assert loss[index] == pytest.approx(total / len(data.test_y), rel=1e-4)


def test_the_spiral_shows_a_region_for_every_cell_and_others_none() -> None:
    spiral = Experiment(dataset="spiral", depths=(4, 6), width=8, steps=8, evaluate_every=4, seeds=2)
    points = evaluations(list(train(spiral)))
    regions = points[8].regions
    assert regions is not None and regions.shape == (4, 32, 32)
    assert (regions >> 4).max() <= 2
    assert evaluations(list(train(SMALL)))[12].regions is None


def test_gradients_that_vanish_below_single_precision_squares_are_still_measured() -> None:
    """A 64-layer plain network with PyTorch's initialisation: 1e-24 is a number, its float32 square is not."""
    deep = Experiment(
        depths=(64,), arms=(Arm(connection="plain", normalisation="none", initialisation="pytorch"),), steps=1
    )
    frame = frames(list(train(deep)))[0]
    assert 0 < frame.weight_gradients[0] < 1e-15 * frame.weight_gradients[-1]
