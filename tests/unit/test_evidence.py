"""What counts as a difference."""

import numpy as np
import pytest
from scipy import stats

from app.evidence import PRIOR_FREEDOM, at_chance, critical, gap, rise


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


def test_no_error_in_a_sample_is_no_proof_of_perfection() -> None:
    found = gap([1.0] * 10, [1.0] * 10, 100)
    assert found is not None and not found.clear and found.margin > 0.01


def test_more_comparisons_ask_for_more() -> None:
    one, five = (gap([0.5, 0.5], [0.6, 0.6], 360, count) for count in (1, 5))
    assert one is not None and five is not None and five.margin > one.margin


def test_a_diverged_seed_takes_its_pair_with_it() -> None:
    found = gap([0.5, np.nan, 0.5], [0.6, 0.6, np.nan], 360)
    assert found is not None and found.seeds == 1
    assert gap([np.nan], [0.5], 360) is None


@pytest.mark.parametrize("seeds", [1, 3, 10])
def test_equal_networks_are_rarely_told_apart(seeds: int) -> None:
    """Networks of one true accuracy, whose differences vary from case to case as the prior says."""
    rng = np.random.default_rng(seeds)
    claims = 0
    for _ in range(2000):
        p = rng.uniform(0.2, 0.9)
        variance = 0.04 * p * (1 - p) * PRIOR_FREEDOM / rng.chisquare(PRIOR_FREEDOM)
        a, b = np.clip(p + rng.normal(size=(2, seeds)) * np.sqrt(variance / 2), 0, 1)
        one, other = rng.binomial(360, [a, b]) / 360
        found = gap(one, other, 360)
        claims += found is not None and found.clear
    assert claims / 2000 <= 0.05


def test_a_training_loss_rises_where_every_seed_says_so() -> None:
    clear = rise([0.10, 0.12, 0.09], [2.3, 2.2, 2.5])
    assert clear is not None and clear.clear and clear.difference == pytest.approx(np.log(2.33 / 0.103), abs=0.05)
    for shallow, deep in (([0.1, 0.5, 0.3], [0.9, 0.1, 0.5]), ([0.1], [0.2])):
        found = rise(shallow, deep)
        assert found is not None and not found.clear
    assert rise([np.nan, 0.1], [0.2, np.inf]) is None


def test_losses_of_nothing_do_not_differ() -> None:
    found = rise([0.0, 1e-9, 1e-30], [1e-7, 0.0, 1e-8])
    assert found is not None and found.difference == 0


def test_chance_is_a_matter_of_the_test_set() -> None:
    assert at_chance(0.11, 10, 360)
    assert not at_chance(0.14, 10, 360)
    assert not at_chance(0.03, 10, 360)
    assert not at_chance(0.12, 10, 2000)
