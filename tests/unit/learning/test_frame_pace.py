"""Which steps are measured, on a clock that the test moves."""

import itertools
from collections.abc import Iterator

from app.contract import measurements as m
from app.contract.experiment import Experiment
from app.learning.frame_pace import FRAMES, FramePace
from app.learning.training import train

STEPS = 600


def measured_steps(pace: FramePace, plain: float, more: float) -> list[int]:
    """Steps with a frame in a run whose steps take ``plain`` seconds, and ``more`` where they are measured."""
    now, found = 0.0, []
    pace.evaluated(now)
    for step in range(STEPS):
        due = pace.due(step, now)
        found += [step] * due
        seconds = plain + more * due
        now += seconds
        pace.took(seconds, measured=due)
    return found


def test_a_run_that_is_over_in_a_second_has_a_frame_for_every_column_of_a_chart() -> None:
    steps = measured_steps(FramePace(STEPS, 0.1, 0.08), plain=0.001, more=0.0003)
    assert len(steps) >= FRAMES - 2
    assert max(late - early for early, late in itertools.pairwise(steps)) == STEPS // FRAMES


def test_by_time_alone_it_would_have_a_few() -> None:
    assert len(measured_steps(FramePace(STEPS, 0.1, 0.0), plain=0.001, more=0.0003)) < 10


def test_frames_by_step_take_no_longer_than_they_may() -> None:
    plain, more, allowance = 0.015, 0.005, 0.08
    by_time = len(measured_steps(FramePace(STEPS, 0.1, 0.0), plain, more))
    both = len(measured_steps(FramePace(STEPS, 0.1, allowance), plain, more))
    # the last of them may begin within the allowance and end beyond it, and the run is longer by their time
    assert 0 < both - by_time <= allowance / more + 3


def test_where_one_frame_costs_more_than_all_may_there_is_one() -> None:
    by_time = measured_steps(FramePace(STEPS, 0.1, 0.0), 0.02, 0.5)
    assert len(measured_steps(FramePace(STEPS, 0.1, 0.08), 0.02, 0.5)) <= len(by_time) + 1


def test_frames_by_time_keep_their_pace() -> None:
    pace = FramePace(STEPS, 0.1, 0.0)
    steps = measured_steps(pace, plain=0.03, more=0.0)
    assert abs(len(steps) - 0.03 * STEPS / 0.1) <= 1


def test_a_run_that_trains_has_them_and_its_numbers_do_not_depend_on_them() -> None:
    experiment = Experiment(depths=(4,), width=8, batch_size=16, steps=12, evaluate_every=12)

    def frames(allowance: float) -> dict[int, m.Measured]:
        clock = still()
        events = train(experiment, frame_interval=1e9, frame_allowance=allowance, clock=lambda: next(clock))
        return {event.step: event for event in events if isinstance(event, m.Measured)}

    few, many = frames(0.0), frames(0.08)
    assert list(few) == [0, 3, 6, 12]
    assert list(many) == [0, *range(2, 13)]  # once a step without a frame has shown what one costs
    for step, frame in few.items():
        assert (frame.loss == many[step].loss).all()
        assert (frame.weight_gradients == many[step].weight_gradients).all()


def still() -> Iterator[float]:
    """A clock on which no time passes: nothing costs anything."""
    while True:
        yield 0.0
