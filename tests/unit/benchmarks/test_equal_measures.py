"""The benchmark of equal arms in the analyses: networks of one arm are not told apart."""

import numpy as np

from benchmarks.equal_measures import contrasts, subject_of


def test_networks_of_one_arm_are_not_told_apart() -> None:
    subject = subject_of("residual", 8, 100, 6, (1.0,))
    assert len(subject.experiment.arms) == 1 and subject.experiment.seed == 100
    found = contrasts(subject, 8, 3)
    assert {len(one.values) for one in found} == {3}
    assert sum(one.clear(1) for one in found) == 0
    # between equal arms the mean is 0, and these have a spread
    values = np.array([one.values for one in found])
    assert abs(values.mean()) < values.std() < 0.1
