"""The FLOPs that a network is said to cost are those of the ordinary network, counted by hand and by torch."""

from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch.utils.flop_counter import FlopCounterMode

from app.contract.arms import Arm
from app.contract.connections import CONNECTIONS
from app.contract.experiment import Experiment
from app.learning.sweep import Sweep
from tests.unit.nets.reference import reference_of

BATCH = 6


def flops(**fields: Any) -> tuple[Sweep, tuple[int, ...], torch.Tensor]:
    """A sweep, what it says its networks cost a step, and a batch of Fashion-MNIST's shape."""
    experiment = Experiment.model_validate({"dataset": "fashion", "width": 8, "batch_size": BATCH} | fields)
    sweep = Sweep(experiment)
    x = torch.randn(BATCH, 1, 14, 14)
    return sweep, sweep.flops_a_step(x[:1]), x


def test_a_fully_connected_network_costs_six_flops_a_weight_and_example_and_four_in_the_first_layer() -> None:
    _, counted, _ = flops(depths=[4, 10])
    costs = [4 * 196 * 8 + 6 * (hidden * 8 * 8 + 8 * 10) for hidden in (2, 8)]
    assert counted == tuple(BATCH * cost for cost in costs) * 2


def test_a_6n2_network_is_counted_by_hand() -> None:
    """Depth 8, widths 8/16/32 on 14², 7² and 4² pixels; strides halve, rounded up."""
    _, counted, _ = flops(family="conv6n2", depths=[8])
    adds = 9 * (2 * 8 * 8 * 196 + (8 * 16 + 16 * 16) * 49 + (16 * 32 + 32 * 32) * 16) + 32 * 10
    assert counted == (BATCH * (6 * adds + 4 * 9 * 8 * 196),) * 2


@pytest.mark.parametrize("family", ["mlp", "conv", "conv6n2"])
@pytest.mark.parametrize("shortcut", ["A", "C"])
@pytest.mark.parametrize("connection", CONNECTIONS)
def test_flops_are_those_that_torch_counts_in_the_ordinary_network(connection: str, shortcut: str, family: str) -> None:
    arm = Arm.model_validate({"connection": connection, "shortcut": shortcut, "cardinality": 1, "stride_at": "1x1"})
    sweep, counted, x = flops(family=family, depths=[8], arms=[arm])
    reference = reference_of(sweep.trainers[0].stack, 0)
    reference.uniform = [0.0] * reference.total
    counter = FlopCounterMode(display=False)
    with counter:
        F.cross_entropy(reference(x), torch.zeros(BATCH, dtype=torch.long)).backward()
    assert counted == (counter.get_total_flops(),)


@pytest.mark.parametrize("family", ["mlp", "conv"])
def test_parallel_paths_save_what_they_do_not_connect(family: str) -> None:
    """Four paths: the middle layer of each block has a quarter of the weights (Xie et al. 2017, section 3.3)."""

    def adds(cardinality: int) -> int:
        arm = {"connection": "resnext", "cardinality": cardinality}
        return flops(family=family, depths=[8], arms=[arm])[1][0]

    middle = 4 if family == "mlp" else 16
    whole = 2 * middle**2 * (1 if family == "mlp" else 9 * 196)
    assert adds(1) - adds(4) == 6 * BATCH * whole * 3 // 4
