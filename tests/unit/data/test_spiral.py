"""The spiral: inside its square, three arms that wind once, the same numbers on every machine."""

import numpy as np

from app.data import load
from app.data.spiral import ARMS, NOISE, TURNS

TRAIN = [[0.07588925, 0.03567581], [0.71679366, 0.08725259], [0.09736850, -0.14012912]]
TEST = [[-0.45663005, -0.40921342], [0.07315045, -0.12011458]]


def test_every_point_is_inside_the_square_that_the_regions_are_drawn_on() -> None:
    data = load("spiral")
    assert abs(np.concatenate([data.train_x, data.test_x])).max() <= 1


def test_the_points_stand_on_their_arm_but_for_the_noise() -> None:
    data = load("spiral")
    radius = np.hypot(data.train_x[:, 0], data.train_x[:, 1])
    angle = np.arctan2(data.train_x[:, 1], data.train_x[:, 0])
    off = angle - 2 * np.pi * (data.train_y / ARMS + TURNS * radius)
    off = (off + np.pi) % (2 * np.pi) - np.pi
    assert abs(off.mean()) < 0.02
    assert abs(off.std() - NOISE) < 0.02


def test_the_numbers_are_those_of_the_first_release() -> None:
    """Cosine and sine may differ in the last place between machines, the random stream may not."""
    data = load("spiral")
    np.testing.assert_allclose(data.train_x[[0, 750, 1499]], TRAIN, atol=1e-6)
    np.testing.assert_allclose(data.test_x[[0, 599]], TEST, atol=1e-6)
