"""What counts as a difference."""

import numpy as np
import pytest
from scipy import stats

from app.evidence import at_chance, critical, gap


@pytest.mark.parametrize("freedom", [4, 6, 13, 100])
@pytest.mark.parametrize("confidence", [0.95, 0.99, 0.995])
def test_the_critical_value_is_students(confidence: float, freedom: float) -> None:
    assert critical(confidence, freedom) == pytest.approx(stats.t.ppf((1 + confidence) / 2, freedom), rel=0.04)


def test_what_no_seed_disputes_is_clear() -> None:
    found = gap([0.12, 0.15, 0.10], [0.95, 0.94, 0.96], 360)
    assert found is not None and found.clear and found.difference == pytest.approx(0.827, abs=0.001)


def test_seeds_that_disagree_are_no_evidence() -> None:
    found = gap([0.40, 0.90, 0.70], [0.80, 0.60, 0.75], 360)
    assert found is not None and not found.clear


def test_more_comparisons_ask_for_more() -> None:
    one, five = (gap([0.5, 0.5], [0.6, 0.6], 360, count) for count in (1, 5))
    assert one is not None and five is not None and five.margin > one.margin


def test_a_diverged_seed_takes_its_pair_with_it() -> None:
    found = gap([0.5, np.nan, 0.5], [0.6, 0.6, np.nan], 360)
    assert found is not None and found.seeds == 1
    assert gap([np.nan], [0.5], 360) is None


def test_chance_is_a_matter_of_the_test_set() -> None:
    assert at_chance(0.11, 10, 360)
    assert not at_chance(0.14, 10, 360)
    assert not at_chance(0.03, 10, 360)
    assert not at_chance(0.12, 10, 2000)
