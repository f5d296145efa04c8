"""How networks begin: no tensor repeats another's numbers, and no accepted start leaves a layer dead."""

from itertools import combinations, product
from typing import get_args

import numpy as np
import pytest
import torch
from torch import Tensor

from app.contract.arms import Arm, Initialisation, Normalisation
from app.contract.connections import CONNECTIONS
from app.contract.experiment import Experiment, parse_experiment
from app.errors import Refused
from app.learning.sweep import Sweep
from app.nets.specs import NetworkSpec
from app.nets.stack import Stack
from app.nets.structure import structure_of

#: no branch that is added, or one that starts at zero already
ZEROES_REFUSED = ("plain", "highway", "dense", "skipinit")
STEPS = 12


def tensors(stack: Stack, network: int) -> list[Tensor]:
    """All weights of a network, and its classifier."""
    weights = [w.value.value.detach().view(w.k, *w.row)[network] for w in stack.weights if network < w.k]
    return [*weights, stack.head.value.detach()[network]]


@pytest.mark.parametrize("family", ["mlp", "conv6n2"])
@pytest.mark.parametrize("shortcut", ["A", "C"])
@pytest.mark.parametrize("connection", CONNECTIONS)
def test_no_two_tensors_of_a_network_share_their_numbers(connection: str, shortcut: str, family: str) -> None:
    arm = Arm.model_validate({"connection": connection, "shortcut": shortcut, "cardinality": 1})
    experiment = Experiment(family=family, depths=(14,), arms=(arm,), width=8)
    spec = NetworkSpec(experiment.layers_of(0, 14), 3, arm, 0.1)
    made = [weight.flatten() for weight in tensors(Stack(structure_of(experiment), [spec]), 0)]
    for a, b in combinations(made, 2):
        size = min(len(a), len(b))
        shared = np.corrcoef(a[:size].numpy(), b[:size].numpy())[0, 1]
        assert abs(shared) < 6 / size**0.5, "drawn from one stream"


def test_seeds_share_no_numbers() -> None:
    arm = Arm(connection="highway")
    stack = Stack(structure_of(Experiment()), [NetworkSpec(12, seed, arm, 0.1) for seed in (0, 1)])
    for a, b in zip(tensors(stack, 0), tensors(stack, 1), strict=True):
        assert abs(np.corrcoef(a.flatten().numpy(), b.flatten().numpy())[0, 1]) < 0.2


@pytest.mark.parametrize(
    ("connection", "normalisation", "initialisation"),
    list(product(CONNECTIONS, get_args(Normalisation), get_args(Initialisation))),
)
def test_no_accepted_start_leaves_a_layer_without_gradient(
    connection: str, normalisation: Normalisation, initialisation: Initialisation
) -> None:
    """Within a few steps every layer has had a gradient that is not exactly zero, in every network."""
    arm = {"connection": connection, "normalisation": normalisation, "initialisation": initialisation}
    fields = {"arms": [arm], "depths": [8], "width": 16, "seeds": 2, "learning_rate": 0.01}
    if initialisation in ("zero_last", "fixup") and connection in ZEROES_REFUSED:
        with pytest.raises(
            Refused, match=r"arms\.0\.initialisation: (zero_last|fixup) starts the end of every"
        ) as told:
            parse_experiment(fields)
        assert told.value.field == "arms.0.initialisation"
        return
    if initialisation == "looks_linear" and connection == "dense":
        return  # refused for want of a mirror: tests/unit/contract
    experiment = parse_experiment(fields)
    sweep, generator = Sweep(experiment), torch.Generator().manual_seed(0)
    alive = np.zeros(sum(network.layers for network in experiment.networks()), dtype=bool)
    for _ in range(STEPS):
        x, y = torch.randn(64, 64, generator=generator), torch.randint(0, 10, (64,), generator=generator)
        result = sweep.backward(x, y, measure=True)
        assert result.weight_gradients is not None
        alive |= result.weight_gradients != 0
        sweep.update()
    assert alive.all(), f"layers {np.flatnonzero(~alive) + 1} never had a gradient"


@pytest.mark.parametrize("connection", ["residual", "preact", "wide"])
def test_a_skip_scaled_by_zero_is_refused_a_zero_at_the_end_of_its_branches(connection: str) -> None:
    with pytest.raises(Refused, match="a skip scaled by 0 leaves nothing"):
        parse_experiment({"arms": [{"connection": connection, "initialisation": "zero_last", "skip_scale": 0}]})


@pytest.mark.parametrize("normalisation", get_args(Normalisation))
@pytest.mark.parametrize("connection", ["preact", "wide"])
def test_zero_last_makes_pre_activation_blocks_the_identity_after_the_first(
    connection: str, normalisation: Normalisation
) -> None:
    arm = Arm.model_validate({"connection": connection, "normalisation": normalisation, "initialisation": "zero_last"})
    stack = Stack(structure_of(Experiment(width=16)), [NetworkSpec(12, 0, arm, 0.1)])
    with torch.no_grad():
        h = stack.enter(torch.randn(9, 64))
        first, *rest = stack.steps()
        h = first(h)
        for step in rest:
            assert torch.equal(step(h), h)
