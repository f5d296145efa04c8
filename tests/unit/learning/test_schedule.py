"""Schedules at their corners, and beside torch's own."""

from collections.abc import Callable

import pytest
import torch
from torch.optim.lr_scheduler import ConstantLR, CosineAnnealingLR, LinearLR, LRScheduler, MultiStepLR, SequentialLR

from app.contract.experiment import Experiment
from app.contract.measurements import Measured
from app.learning.schedule import factor
from app.learning.training import train

STEPS, WARM_UP = 40, 8
Make = Callable[[torch.optim.Optimizer, int], LRScheduler]
MAKERS: dict[str, Make] = {
    "constant": lambda optimiser, steps: ConstantLR(optimiser, factor=1.0),
    "step": lambda optimiser, steps: MultiStepLR(optimiser, [steps // 2, 3 * steps // 4], gamma=0.1),
    "cosine": lambda optimiser, steps: CosineAnnealingLR(optimiser, T_max=steps),
}


def rates(make: Callable[[torch.optim.Optimizer], LRScheduler], steps: int) -> list[float]:
    """The learning rate that a scheduler of torch gives to each step, from a base of 1."""
    optimiser = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    scheduler, seen = make(optimiser), []
    for _ in range(steps):
        seen.append(float(optimiser.param_groups[0]["lr"]))
        optimiser.step()
        scheduler.step()
    return seen


@pytest.mark.parametrize("schedule", MAKERS)
def test_every_schedule_equals_its_namesake_in_torch(schedule: str) -> None:
    theirs = rates(lambda optimiser: MAKERS[schedule](optimiser, STEPS), STEPS)
    assert [factor(schedule, step, STEPS, 0) for step in range(STEPS)] == pytest.approx(theirs, abs=1e-12)


@pytest.mark.parametrize("schedule", MAKERS)
def test_a_warm_up_is_linear_and_then_the_schedule_begins(schedule: str) -> None:
    def warmed(optimiser: torch.optim.Optimizer) -> LRScheduler:
        # step i of n has the rate (i + 1)/n, so the first already moves
        rise = LinearLR(optimiser, start_factor=1 / WARM_UP, total_iters=WARM_UP - 1)
        return SequentialLR(optimiser, [rise, MAKERS[schedule](optimiser, STEPS - WARM_UP)], milestones=[WARM_UP])

    theirs = rates(warmed, STEPS)
    assert [factor(schedule, step, STEPS, WARM_UP) for step in range(STEPS)] == pytest.approx(theirs, abs=1e-12)


@pytest.mark.parametrize(
    ("schedule", "step", "expected"),
    [
        ("constant", 0, 1.0), ("constant", 39, 1.0),
        ("step", 0, 1.0), ("step", 19, 1.0), ("step", 20, 0.1), ("step", 29, 0.1), ("step", 30, 0.01),
        ("step", 39, 0.01),
        ("cosine", 0, 1.0), ("cosine", 10, 0.5 + 0.125**0.5), ("cosine", 20, 0.5), ("cosine", 40, 0.0),
    ],
)  # fmt: skip
def test_each_schedule_at_its_corners(schedule: str, step: int, expected: float) -> None:
    assert factor(schedule, step, 40, 0) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("schedule", MAKERS)
@pytest.mark.parametrize("warm_up", [1, 39, 40, 100])
def test_a_warm_up_of_any_length_stays_within_the_full_rate(schedule: str, warm_up: int) -> None:
    factors = [factor(schedule, step, 40, warm_up) for step in range(40)]
    assert all(0 <= one <= 1 for one in factors)
    assert factors[: warm_up - 1] == sorted(factors[: warm_up - 1])
    assert factors[0] == 1 / warm_up


def test_training_follows_the_schedule() -> None:
    """A step with a warm-up of 1,000 moves a thousandth of what it moves without: the second loss tells."""
    plain = Experiment(depths=(4,), width=8, steps=2, momentum=0.0, weight_decay=0.0)
    losses = {
        warm_up: [
            event.loss
            for event in train(plain.model_copy(update={"warm_up": warm_up}), frame_interval=0.0)
            if isinstance(event, Measured)
        ]
        for warm_up in (0, 1000)
    }
    slow = Experiment.model_validate(plain.model_dump() | {"learning_rate": plain.learning_rate / 1000})
    same = [event.loss for event in train(slow, frame_interval=0.0) if isinstance(event, Measured)]
    assert (losses[0][0] == losses[1000][0]).all()
    assert (losses[0][1] != losses[1000][1]).all()
    assert losses[1000][1] == pytest.approx(same[1], rel=1e-6)
