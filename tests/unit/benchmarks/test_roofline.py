"""The roofline: what a step needs, against the machine's numbers."""

import pytest

from app.contract.experiment import Experiment
from app.contract.presets import pair
from benchmarks import roofline
from benchmarks.roofline import MIDDLE, NEAR, Kernel

NORMED = Experiment(depths=(4, 8), seeds=1)
BARE = NORMED.model_copy(update={"arms": pair(normalisation="none")})
MACHINE = [
    Kernel("peak", 0, 100.0, "GFLOP/s"),
    Kernel("at hand", NEAR, 80.0, "GFLOP/s"),
    Kernel("streamed", MIDDLE, 40.0, "GFLOP/s"),
    Kernel("copy", MIDDLE, 10.0, "GB/s"),
    Kernel("triad", MIDDLE, 30.0, "GB/s"),
]


def test_a_step_needs_three_products_a_layer_and_moves_what_the_backward_pass_needs_again() -> None:
    normed, bare = roofline.bounds({"batch": NORMED, "none": BARE}, MACHINE, steps=1)
    layers = 2 * (4 + 8)
    for one in (normed, bare):
        flop = 3 * 2 * 32 * 32 * 64 * layers
        assert one.mflop == pytest.approx(flop / 1e6)
        expected = [1e3 * flop / rate / 1e9 for rate in (100, 80, 40)]
        assert [one.at_peak, one.at_products, one.at_streaming] == pytest.approx(expected)
        assert one.at_bandwidth == pytest.approx(1e3 * one.moved * 1e6 / 20e9)
        assert one.bound == max(one.at_products, one.at_bandwidth)
        assert one.measured > 0
    # h written and read, and with a norm z too; the weights eight times, in four bytes each
    assert bare.moved == pytest.approx(4 * (2 * 32 * 64 + 8 * 32 * 32) * layers / 1e6)
    assert normed.moved == pytest.approx(4 * (4 * 32 * 64 + 8 * 32 * 32) * layers / 1e6)


def test_products_are_counted_once_for_each_set_of_operands(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a clock that says one second a walk, the rate is the arithmetic of a walk."""
    walks = []

    def one_second(work: object) -> float:
        walks.append(work)
        return 1.0

    monkeypatch.setattr(roofline, "timed", one_second)
    one = 4 * 2 * (2 * 8 * 8 + 3 * 8 * 16)
    assert roofline.products(2, 8, 16, 5 * one) == pytest.approx(5 * 3 * 2 * 2 * 8 * 8 * 16 / 1e9)
    assert roofline.products(2, 8, 16, 0) == pytest.approx(3 * 2 * 2 * 8 * 8 * 16 / 1e9)
    assert len(walks) == 2
