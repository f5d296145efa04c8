"""Valleys are as wide as they are at one level for all, and nothing else makes one arm's wider."""

import numpy as np
import pytest
from numpy.typing import NDArray

from app.analyses.valleys import ALIKE, Ground, at_the_border, compared, described, level_of, valley
from app.contract.experiment import Experiment

DIGITS, SPIRAL = Experiment(depths=(4,)), Experiment(depths=(4,), dataset="spiral")
LEVEL = np.log(10) / 2


def bowl(curvature: float, ground: float = 0.01, side: int = 41) -> NDArray[np.float64]:
    """ground + curvature · (α² + β²) on a plane from −1 to 1."""
    axis = np.linspace(-1, 1, side)
    found: NDArray[np.float64] = ground + curvature * (axis[:, None] ** 2 + axis[None] ** 2)
    return found


def grounds(plain: NDArray[np.float64], residual: NDArray[np.float64]) -> list[Ground]:
    middle = len(plain) // 2
    return [
        Ground(name, loss, float(loss[middle, middle]))
        for name, loss in (("plain-8", plain), ("residual-8", residual))
    ]  # fmt: skip


def told(plain: NDArray[np.float64], residual: NDArray[np.float64]) -> str:
    return compared(DIGITS, grounds(plain, residual))


def test_the_level_is_half_of_what_guessing_costs_whatever_the_arms_have_learned() -> None:
    assert level_of(DIGITS) == pytest.approx(LEVEL)
    assert level_of(SPIRAL) == pytest.approx(np.log(3) / 2)


def test_a_valley_is_what_hangs_together_with_the_weights() -> None:
    loss = np.full((7, 7), 2.0)
    loss[3, 1:5] = loss[1:4, 4] = 0.5
    loss[0, 0] = loss[5, 5] = 0.5  # low ground elsewhere, and one that touches by a corner only
    loss[3, 0] = np.nan
    found = valley(loss, 1.0)
    assert found.sum() == 6 and found[1, 4] and not found[0, 0] and not found[5, 5]
    assert not at_the_border(found) and not valley(loss, 0.4).any()
    loss[3, 0] = 1.0
    assert at_the_border(valley(loss, 1.0)), "the level itself belongs to it"


def test_a_lower_loss_alone_makes_no_valley_wider() -> None:
    """At twice each arm's own loss the arm that has learned ten times less would be told to be ten times as wide."""
    assert told(bowl(4.0, 0.1), bowl(4.0, 0.01)).startswith("No clear difference in width below 1.15: ")
    assert told(bowl(4.0, 0.28), bowl(4.0, 1e-6)).startswith("No clear difference in width below 1.15: ")
    assert "the ground of plain-8 (0.3) lies so near to the level" in told(bowl(4.0, 0.3), bowl(4.0, 1e-6))


def test_the_wider_valley_is_named_with_both_shares() -> None:
    plain, residual = bowl(8.0, 0.1), bowl(3.0, 0.01)
    said = told(plain, residual)
    shares = [100 * float(valley(loss, LEVEL).mean()) for loss in (residual, plain)]
    ratio = shares[0] / shares[1]
    assert said == (
        f"On this plane the valley of residual-8 below 1.15 is {ratio:.1f} times as wide as that of plain-8 "
        f"({ratio / 1.5:.1f} to {ratio * 1.5:.1f}, for equal networks differ by up to 1.5): "
        f"{shares[0]:.1f} % of the plane for residual-8, {shares[1]:.1f} % of the plane for plain-8"
    )
    assert ratio > 1.5
    assert told(bowl(3.0), bowl(8.0)).startswith("On this plane the valley of plain-8 below 1.15 is ")


@pytest.mark.parametrize("factor", [1.0, 1.2, 0.85])
def test_valleys_that_differ_as_those_of_equal_networks_may_are_alike(factor: float) -> None:
    assert factor < ALIKE
    said = told(bowl(4.0), bowl(4.0 * factor))
    assert said.startswith("No clear difference in width below 1.15: ")
    assert f"{max(factor, 1 / factor):.1f} times as much (" in said
    assert said.count(" % of the plane for ") == 2


def test_what_cannot_be_compared_is_said_with_the_reason_and_the_remedy() -> None:
    cannot = "Widths cannot be compared: "
    assert told(bowl(4.0, 2.2), bowl(4.0)) == f"{cannot}plain-8 has no valley below 1.15"
    assert told(bowl(4.0, np.nan), bowl(4.0)) == f"{cannot}plain-8 has no valley below 1.15"
    assert told(bowl(500.0), bowl(4.0)) == (
        f"{cannot}the valley of plain-8 has fewer than 5 points; ask for a smaller reach or more points"
    )
    assert told(bowl(0.9), bowl(0.5)) == (
        f"{cannot}the valley of plain-8 and residual-8 reaches the border of the plane; ask for a larger reach"
    )
    assert told(bowl(1.4), bowl(1.1)) == (
        f"{cannot}the valley of residual-8 reaches the border of the plane; ask for a larger reach"
    )


def test_a_valley_that_reaches_the_border_is_at_least_as_wide_as_told() -> None:
    said = told(bowl(4.0), bowl(0.9))
    assert "is at least 4.2 times as wide" in said
    assert said.endswith(": at least 88.8 % of the plane for residual-8, 21.2 % of the plane for plain-8")


def test_of_one_arm_it_is_said_how_wide_its_valley_is_and_of_a_lost_one_that_there_is_none() -> None:
    first, second = grounds(bowl(4.0), bowl(4.0, 2.0))
    assert described(DIGITS, first).endswith("; its valley below 1.15 takes 21.2 % of the plane")
    assert described(DIGITS, second).endswith("(guessing costs 2.3), so where it is flat means nothing")
    assert "not finite" in described(DIGITS, Ground("plain-8", bowl(1.0), np.inf))
