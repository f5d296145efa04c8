"""Maps: within half a step of the numbers, the most active channels first, and nothing hidden that is not finite."""

import base64

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from app.analyses.trace_maps import maps_of, most_active, norm_of, share_of
from app.contract.trace import Maps


def decoded(maps: Maps) -> NDArray[np.float64]:
    codes = np.frombuffer(base64.b64decode(maps.values), np.int8)
    shares = codes.astype(np.float64) * (maps.scale / 127)
    return shares.reshape(len(maps.channels), maps.height, maps.width)


@given(st.integers(0, 2**31), st.sampled_from([1e-38, 1e-6, 1.0, 3e5, 1e30]))
def test_a_byte_is_within_half_a_step_of_its_number(seed: int, size: float) -> None:
    values = size * torch.randn(5, 3, 4, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    maps = maps_of(values, [4, 0, 2])
    error = np.abs(decoded(maps) - values[[4, 0, 2]].numpy()).max()
    assert (maps.height, maps.width, maps.channels) == (3, 4, [4, 0, 2])
    assert maps.scale == pytest.approx(float(values.abs().max()), rel=1e-5)
    assert error <= maps.scale / 254 * (1 + 1e-5) + 1e-5 * maps.scale
    assert maps.norm == pytest.approx(float(values.norm()), rel=1e-5)


def test_the_most_active_channels_come_first_and_of_equals_the_first() -> None:
    values = torch.tensor([1.0, -3.0, 0.0, 3.0, -2.0]).view(5, 1, 1) * torch.ones(5, 2, 2)
    assert most_active(values, 3) == [1, 3, 4]
    assert most_active(values, 99) == [1, 3, 4, 0, 2]


def test_nothing_but_zeros_has_the_scale_0() -> None:
    maps = maps_of(torch.zeros(2, 3, 3), [1])
    assert (maps.scale, maps.norm) == (0.0, 0.0) and not decoded(maps).any()


@pytest.mark.parametrize("what", [float("inf"), float("nan"), float("-inf")])
def test_what_is_not_finite_has_no_scale_and_no_norm(what: float) -> None:
    values = torch.ones(2, 1, 2)
    values[0, 0, 0] = what
    maps = maps_of(values, [0])
    assert np.isnan(maps.scale) and np.isnan(maps.norm)
    byte = {float("inf"): 127, float("-inf"): -127}.get(what, 0)
    assert list(np.frombuffer(base64.b64decode(maps.values), np.int8)) == [byte, 0]
    assert len(most_active(values, 2)) == 2


def test_a_norm_of_the_smallest_numbers_is_not_lost() -> None:
    assert norm_of(torch.full((1, 2, 2), 1e-30)) == pytest.approx(2e-30)


def test_shares_of_parts_add_up_to_1_and_there_are_none_of_nothing() -> None:
    a, b = torch.randn(2, 3, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    assert share_of(a, a + b) + share_of(b, a + b) == pytest.approx(1)
    assert np.isnan(share_of(a, torch.zeros(3, 4)))
