"""The choice of a device."""

import pytest
import torch

from app.errors import Refused
from app.learning.devices import choose, memory_of


def test_auto_takes_cuda_where_it_is_and_else_the_cpu() -> None:
    assert choose("auto").type == ("cuda" if torch.cuda.is_available() else "cpu")
    assert choose("cpu").type == "cpu"


@pytest.mark.parametrize("name", ["cuda", "mps", "tpu"])
def test_a_device_that_is_not_there_is_refused_with_those_that_are(name: str) -> None:
    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if there.get(name):
        assert choose(name).type == name
        return
    with pytest.raises(Refused, match=f"device: {name} cannot be used here; choose auto or cpu") as refusal:
        choose(name)
    assert refusal.value.field == "device"


def test_a_device_that_computes_in_the_machines_memory_has_none_of_its_own() -> None:
    assert memory_of("cpu") is None and memory_of("tpu") is None
    assert (memory_of("auto") is None) == (not torch.cuda.is_available())
