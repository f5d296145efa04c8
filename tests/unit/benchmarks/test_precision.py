"""Rounding in deep plain networks is what the documentation says: large enough to see, and only there."""

import numpy as np

from benchmarks.precision import deviation


def test_single_precision_is_off_in_deep_plain_networks_with_batch_norm_and_in_no_other() -> None:
    assert np.median([deviation("plain", 64, seed).max() for seed in range(3)]) > 0.05
    for connection, depth in (("plain", 16), ("residual", 16), ("residual", 64)):
        assert max(deviation(connection, depth, seed).max() for seed in range(3)) < 1e-3
