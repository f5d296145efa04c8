"""The parameters that are told before training are those of the networks that are trained."""

import pytest

from app.contract.connections import CONNECTIONS
from app.contract.experiment import Experiment
from app.figures.parameters import parameters_of, parameters_of_all
from app.learning.sweep import Sweep


@pytest.mark.parametrize("normalisation", ["none", "batch", "layer"])
@pytest.mark.parametrize("family", ["mlp", "conv", "conv6n2"])
@pytest.mark.parametrize("shortcut", ["A", "B", "C"])
def test_every_network_has_as_many_parameters_as_were_told(family: str, shortcut: str, normalisation: str) -> None:
    for connection in CONNECTIONS:
        arm = {"connection": connection, "shortcut": shortcut, "normalisation": normalisation, "growth": 5}
        experiment = Experiment.model_validate(
            {"dataset": "fashion", "family": family, "width": 8, "depths": (8, 14), "arms": [arm], "seeds": 2}
        )
        trained = Sweep(experiment).parameter_counts()
        told = [parameters_of(experiment, cell) for cell in experiment.cells()]
        assert [count for count in told for _ in range(2)] == list(trained), connection
        assert parameters_of_all(experiment) == sum(trained)


def test_all_networks_are_counted_in_fair_mode() -> None:
    experiment = Experiment.model_validate({"depths": (4, 6), "width": 4, "learning_rates": (0.1, 0.01), "seeds": 3})
    assert parameters_of_all(experiment) == sum(Sweep(experiment).parameter_counts())
