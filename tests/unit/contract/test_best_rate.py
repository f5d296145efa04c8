"""Which learning rate stands for an arm in fair mode."""

from math import inf, nan

import numpy as np
import pytest

from app.contract.best_rate import best_cells_at, best_rate, edge
from app.contract.experiment import Experiment
from app.contract.measurements import Evaluated


def test_the_lowest_median_over_the_seeds_wins() -> None:
    assert best_rate([[0.1, 3.0, 3.0], [1.0, 1.2, 1.1], [2.0, 2.0, 2.0]]) == 1


def test_a_rate_is_not_judged_by_the_seeds_that_survived_it() -> None:
    assert best_rate([[0.01, nan], [1.0, 1.0]]) == 1
    assert best_rate([[0.01, inf], [1.0, 1.0]]) == 1
    # one of three does not move the median beyond the others
    assert best_rate([[0.01, 0.02, nan], [1.0, 1.0, 1.0]]) == 0


def test_where_every_rate_diverged_none_is_best() -> None:
    assert best_rate([[nan, nan], [inf, nan]]) is None


def test_where_most_seeds_diverged_at_every_rate_the_one_with_most_left_stands_for_the_arm() -> None:
    assert best_rate([[nan, nan, nan], [0.5, nan, nan], [inf, nan, 0.1]]) == 1
    assert best_rate([[nan] * 5, [0.5, *[nan] * 4], [0.9, 0.8, *[nan] * 3]]) == 2


def test_the_best_cells_at_a_step_are_those_by_the_last_loss_over_the_whole_training_set() -> None:
    experiment = Experiment(depths=(4, 8), learning_rates=(0.01, 0.1), seeds=1)

    def point(step: int, losses: list[float] | None) -> Evaluated:
        values = np.array(losses or [0.0] * 8, dtype=np.float32)
        return Evaluated(step, 1.0, values, values, None if losses is None else values, None)

    first, second = [1, 2, 2, 1, 1, 2, 2, 1.0], [2, 1, 1, 2, nan, 1, nan, nan]
    measured = [point(0, second), point(10, None), point(20, first), point(30, None), point(40, second)]
    assert best_cells_at(experiment, measured, 10) == [None] * 4, "nothing is known before the first step"
    assert best_cells_at(experiment, measured, 20) == best_cells_at(experiment, measured, 39) == [0, 3, 4, 7]
    assert best_cells_at(experiment, measured) == [1, 2, 5, None]
    assert best_cells_at(Experiment(depths=(4, 8)), []) == [0, 1, 2, 3], "one rate needs no choice"


@pytest.mark.parametrize(("best", "expected"), [(0, "lowest"), (1, "highest"), (2, None)])
def test_a_best_rate_at_the_edge_of_the_grid_is_known_as_such(best: int, expected: str | None) -> None:
    assert edge((0.001, 0.1, 0.01), best) == expected


def test_one_rate_has_no_edge() -> None:
    assert edge((0.1,), 0) is None
