"""A network's numbers depend on the experiment's settings, its arm, depth, rate and seed, and on nothing else.

So each network of a sweep equals its solo run. Fully connected ones train to the same bits, as long as a batch fills
whole vector registers (a multiple of 32): torch computes the exponentials of what is left over by another routine, and
the last digit may differ. Convolutions sum in another order when they are grouped; so do reductions over many layers
at once or over a whole data set: there is a tolerance there.
"""

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.contract import measurements as m
from app.contract.arms import Arm
from app.contract.connections import CONNECTIONS
from app.contract.experiment import Experiment, Network
from app.learning.batches import Batches
from app.learning.training import train

#: numbers that the widest vector registers hold, twice
REGISTER = 32
#: relative difference of sums in single precision, after few steps of small networks
TOLERANCE = 1e-2


def columns(experiment: Experiment) -> list[tuple[str, Any]]:
    """Every column that a run measures, with its name."""
    found = []
    for measured in train(experiment, frame_interval=0.0):
        match measured:
            case m.Measured():
                names = ["loss", "weight_gradients", "activation_gradients", "activations"]
            case m.Evaluated():
                names = ["test_accuracy", "test_loss", "training_loss", "training_accuracy"]
            case _:
                continue
        told = [(f"{name} at {measured.step}", getattr(measured, name)) for name in names]
        found += [(name, column) for name, column in told if column is not None]
    return found


def solo(experiment: Experiment, network: Network) -> Experiment:
    """The experiment with this network alone."""
    arm = experiment.arms[network.arm].model_copy(update={"learning_rate": None})
    alone = {
        "arms": (arm,), "depths": (network.depth,), "seed": network.seed, "seeds": 1,
        "learning_rate": network.learning_rate, "learning_rates": (),
    }  # fmt: skip
    return experiment.model_copy(update=alone)


def assert_each_network_equals_its_solo_run(experiment: Experiment) -> None:
    together = columns(experiment)
    networks = experiment.networks()
    starts = np.concatenate([[0], np.cumsum([network.layers for network in networks])])
    for index, network in enumerate(networks):
        for (name, column), (same, alone) in zip(together, columns(solo(experiment, network)), strict=True):
            assert name == same
            by_network = len(column) == len(networks)
            mine = column[index : index + 1] if by_network else column[starts[index] : starts[index + 1]]
            if name.startswith("loss") and experiment.family == "mlp":
                np.testing.assert_array_equal(mine, alone, f"{name} of {network}")
            elif "accuracy" not in name:  # an example on the border may fall to either side
                np.testing.assert_allclose(mine, alone, TOLERANCE, 1e-5, err_msg=f"{name} of {network}")


def arms(family: str) -> st.SearchStrategy[Arm]:
    """Arms that can start: what ``Experiment`` refuses is not drawn."""
    return st.fixed_dictionaries(
        {
            "connection": st.sampled_from(list(CONNECTIONS)),
            "normalisation": st.sampled_from(["none", "batch", "layer"]),
            "activation": st.sampled_from(["relu", "tanh", "gelu"]),
            "initialisation": st.sampled_from(["he", "xavier", "pytorch", "orthogonal"]),
            "skip_scale": st.sampled_from([1.0, 1.0, 0.5]),
            "shortcut": st.sampled_from(["A", "B", "C"]),
            "growth": st.integers(1, 5),
            "cardinality": st.just(2),
        }
    ).map(Arm.model_validate)


@st.composite
def sweeps(draw: st.DrawFn, family: str) -> Experiment:
    fair = draw(st.booleans())
    fields: dict[str, Any] = {
        "dataset": "spiral" if family == "mlp" and draw(st.booleans()) else "digits",
        "family": family,
        "width": 4 * draw(st.integers(1, 4)) if family == "mlp" else 4,
        "depths": draw(st.lists(st.sampled_from([4, 6, 10, 12]), min_size=1, max_size=3, unique=True))
        if family != "conv6n2"
        else (8,),
        "arms": draw(st.lists(arms(family), min_size=1, max_size=3 if family == "mlp" else 2)),
        "seed": draw(st.integers(0, 1000)),
        "seeds": draw(st.integers(1, 3 if family == "mlp" else 2)),
        "learning_rates": (0.01, 0.03) if fair else (),
        "optimiser": draw(st.sampled_from(["sgd", "nesterov", "adam", "adamw"])) if family == "mlp" else "sgd",
        "batch_size": draw(st.sampled_from([REGISTER, 2 * REGISTER])),
        "precision": draw(st.sampled_from(["single", "double"])),
        "steps": 3,
        "evaluate_every": 2,
        "learning_rate": 0.01,
    }
    fields["augment"] = fields["dataset"] == "digits" and draw(st.booleans())
    return Experiment.model_validate(fields)


PATIENT = [HealthCheck.too_slow, HealthCheck.data_too_large]


@settings(max_examples=25, suppress_health_check=PATIENT)
@given(sweeps("mlp"))
def test_a_fully_connected_network_equals_its_solo_run_to_the_bit(experiment: Experiment) -> None:
    assert_each_network_equals_its_solo_run(experiment)


@pytest.mark.slow
@settings(max_examples=200, suppress_health_check=PATIENT)
@given(sweeps("mlp"))
def test_two_hundred_sweeps_equal_their_networks_solo_runs(experiment: Experiment) -> None:
    assert_each_network_equals_its_solo_run(experiment)


@settings(max_examples=8, suppress_health_check=PATIENT)
@given(st.one_of(sweeps("conv"), sweeps("conv6n2")))
def test_a_convolutional_network_equals_its_solo_run(experiment: Experiment) -> None:
    assert_each_network_equals_its_solo_run(experiment)


@pytest.mark.parametrize("connection", CONNECTIONS)
def test_every_connection_is_alone_what_it_is_in_fair_mode_beside_others(connection: str) -> None:
    """Deeper networks, more seeds and rates, every arm beside a plain one and a deeper sweep."""
    both = (Arm(connection="plain"), Arm.model_validate({"connection": connection}))
    sweep = Experiment(
        arms=both, depths=(6, 20), seed=3, seeds=2, learning_rates=(0.01, 0.05), width=8, steps=4, evaluate_every=2
    )
    assert_each_network_equals_its_solo_run(sweep)


def test_a_seed_has_its_own_batches_and_all_its_networks_read_the_same() -> None:
    x, y = torch.arange(40.0).view(20, 2), torch.arange(20)
    both, second = Batches(20, 8, (5, 6)), Batches(20, 8, (6,))
    for _ in range(5):
        images, labels = both.next(x, y)
        alone, alone_labels = second.next(x, y)
        assert images.shape == (2, 8, 2) and labels.shape == (2, 8)
        assert torch.equal(images[1], alone[0]) and torch.equal(labels[1], alone_labels[0])
        assert not torch.equal(images[0], images[1])
        assert torch.equal(x[labels[0]], images[0])
