"""Which learning rate stands for an arm in fair mode."""

from math import inf, nan

import pytest

from app.best_rate import best_rate, edge


def test_the_lowest_median_over_the_seeds_wins() -> None:
    assert best_rate([[0.1, 3.0, 3.0], [1.0, 1.2, 1.1], [2.0, 2.0, 2.0]]) == 1


def test_a_rate_is_not_judged_by_the_seeds_that_survived_it() -> None:
    assert best_rate([[0.01, nan], [1.0, 1.0]]) == 1
    assert best_rate([[0.01, inf], [1.0, 1.0]]) == 1
    # one of three does not move the median beyond the others
    assert best_rate([[0.01, 0.02, nan], [1.0, 1.0, 1.0]]) == 0


def test_where_every_rate_diverged_none_is_best() -> None:
    assert best_rate([[nan, nan], [inf, nan]]) is None


@pytest.mark.parametrize(("best", "expected"), [(0, "lowest"), (1, "highest"), (2, None)])
def test_a_best_rate_at_the_edge_of_the_grid_is_known_as_such(best: int, expected: str | None) -> None:
    assert edge((0.001, 0.1, 0.01), best) == expected


def test_one_rate_has_no_edge() -> None:
    assert edge((0.1,), 0) is None
