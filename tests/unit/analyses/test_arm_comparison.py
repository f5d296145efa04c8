"""Whether a positive measure differs between two arms by more than between equal ones."""

import numpy as np
import pytest

from app.analyses.arm_comparison import differ


def test_a_factor_on_which_the_seeds_agree_is_a_difference() -> None:
    assert differ([1, 1.2, 0.9], [10, 11, 9], prior=1.0, least=2)
    assert not differ([1, 1.2, 0.9], [10, 0.5, 1], prior=1.0, least=2)
    assert not differ([1, 1, 1, 1, 1], [1.9] * 5, prior=1e-6, least=2), "no less than is worth telling"


def test_one_seed_asks_for_what_equal_networks_show() -> None:
    assert not differ([1], [9], prior=1.0, least=2)
    assert differ([1], [90], prior=1.0, least=2)
    assert differ([1, np.nan], [90, 1], prior=1.0, least=2)
    assert not differ([np.nan], [90], prior=1.0, least=2)


@pytest.mark.parametrize("seeds", [1, 3, 8])
def test_equal_arms_are_told_apart_in_one_of_twenty_cases_at_most(seeds: int) -> None:
    generator = np.random.default_rng(seeds)
    cases = np.exp(generator.normal(0, 1 / np.sqrt(2), (2, 2000, seeds)))
    claims = [differ(a, b, prior=1.0, least=2) for a, b in zip(*cases, strict=True)]
    assert np.mean(claims) <= 0.05
