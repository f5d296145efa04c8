"""Measurements as bytes and back."""

from dataclasses import fields
from typing import get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from app.contract import measurements as m
from app.errors import DataUnavailable
from app.runs.packing import _KINDS, pack, unpack

floats = arrays(np.float32, st.integers(0, 40), elements=st.floats(width=32))
maybe = st.none() | floats
number = st.floats(allow_nan=False, allow_infinity=False)
count = st.integers(0, 2**40)
measurements = st.one_of(
    st.builds(
        m.Prepared,
        st.lists(st.text()).map(tuple),
        st.lists(count).map(tuple),
        st.lists(count).map(tuple),
        count,
        count,
        st.text(),
        count,
        st.text(),
    ),
    st.builds(m.Measured, count, number, floats, floats, floats, floats),
    st.builds(m.Evaluated, count, number, floats, floats, maybe, maybe, st.none() | arrays(np.uint8, (2, 32, 32))),
    st.builds(m.Diverged, count, st.lists(count).map(tuple)),
    st.builds(m.LearningRateChanged, count, number, st.none() | count),
    st.builds(m.Paused, count),
    st.builds(m.Resumed, count),
    st.builds(m.Ended, count, number, st.booleans(), number),
)


def same(a: object, b: object) -> bool:
    if isinstance(a, np.ndarray):
        return isinstance(b, np.ndarray) and a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
    return type(a) is type(b) and a == b


@given(measurements)
def test_a_measurement_comes_back_bit_for_bit(measurement: m.Measurement) -> None:
    back = unpack(pack(measurement))
    assert type(back) is type(measurement)
    assert all(same(getattr(measurement, f.name), getattr(back, f.name)) for f in fields(measurement))


def test_every_kind_of_measurement_can_be_stored() -> None:
    assert set(_KINDS.values()) == set(get_args(m.Measurement))


@given(st.binary(max_size=200))
def test_damaged_bytes_are_said_to_be_damaged(data: bytes) -> None:
    with pytest.raises(DataUnavailable, match="a stored measurement is damaged"):
        unpack(data)


def test_cut_bytes_are_said_to_be_damaged() -> None:
    whole = pack(m.Measured(1, 0.5, *(np.ones(9, np.float32),) * 4))
    for length in range(len(whole)):
        with pytest.raises(DataUnavailable, match="damaged"):
            unpack(whole[:length])


def test_a_checkpoint_of_a_run_stored_before_it_had_this_name_is_read() -> None:
    head = b'{"kind":"weights_kept","plain":{"step":20,"reason":null},"arrays":[]}'
    assert unpack(len(head).to_bytes(4, "little") + head) == m.CheckpointSaved(20)
