"""The spiral: three arms wound about each other in the plane, so that decision regions can be drawn."""

import numpy as np

from app.data.dataset import DataSet, Floats, Labels

ARMS = 3
TRAIN_PER_ARM = 500
TEST_PER_ARM = 200
TURNS = 1.0
NOISE = 0.2  # radians; the arms are 2.09 apart
SEED = 20151210  # the day the residual networks' paper appeared


def make_spiral() -> DataSet:
    """Three classes of points inside [-1, 1]², 1,500 to train on and 600 to test, always the same.

    A point of arm ``a`` at radius ``r`` (uniform in 0.05 … 1) stands at the angle
    ``2π (a / 3 + TURNS · r)`` plus normal noise of 0.2 radians. The noise turns the point about the origin and does
    not move it outwards, so every point stays inside the unit circle.
    """
    # NumPy promises that RandomState's numbers never change; its newer generators may change between versions.
    random = np.random.RandomState(SEED)
    train_x, train_y = _points(random, TRAIN_PER_ARM)
    test_x, test_y = _points(random, TEST_PER_ARM)
    return DataSet(
        "spiral",
        train_x,
        train_y,
        test_x,
        test_y,
        tuple(f"arm {arm + 1}" for arm in range(ARMS)),
        f"made by this program (app/data/spiral.py, seed {SEED})",
        "MIT",
    )


def _points(random: np.random.RandomState, per_arm: int) -> tuple[Floats, Labels]:
    arms = np.repeat(np.arange(ARMS), per_arm)
    radius = random.uniform(0.05, 1.0, arms.size)
    angle = 2 * np.pi * (arms / ARMS + TURNS * radius) + random.normal(0.0, NOISE, arms.size)
    points = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
    return points.astype(np.float32), arms.astype(np.int64)
