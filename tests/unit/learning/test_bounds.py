"""What an experiment is refused for is what its training would really hold in memory."""

import pytest
import torch

from app.contract.arms import Arm
from app.contract.connections import CONNECTIONS
from app.contract.experiment import Experiment, parse_experiment
from app.errors import Refused
from app.learning.sweep import Sweep


@pytest.mark.parametrize("family", ["mlp", "conv", "conv6n2"])
@pytest.mark.parametrize("connection", CONNECTIONS)
def test_the_bound_on_activations_counts_at_least_those_that_a_step_keeps(
    connection: str, family: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    arm = Arm.model_validate({"connection": connection, "normalisation": "none", "cardinality": 2, "widen": 3})
    depths = (8, 20) if family == "conv6n2" else (8, 12)
    plan = Experiment.model_validate(
        {"dataset": "digits", "family": family, "arms": [arm], "depths": depths, "width": 16, "batch_size": 2}
    )
    x = torch.randn(2, 1, 8, 8)
    kept = sum(h.numel() for trainer in Sweep(plan).trainers for h, _ in trainer.stack.capture(x)[1])
    monkeypatch.setattr("app.contract.experiment.MAX_ACTIVATIONS", kept - 1)
    with pytest.raises(Refused, match=r"width: .* activations a step is over the limit"):
        parse_experiment(plan.model_dump(mode="json"))
