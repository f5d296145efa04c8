"""The step that is captured on CUDA is the step: computed as it is on the CPU, and replayed where there is a GPU."""

import numpy as np
import pytest
import torch

from app.contract import measurements as m
from app.contract.arms import Arm
from app.contract.connections import CONNECTIONS
from app.contract.experiment import Experiment
from app.learning import training
from app.learning.sweep import Sweep

DEVICES = ["cpu", *(["cuda"] if torch.cuda.is_available() else [])]
STEPS = 6


def batches() -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(3)
    x = torch.randn(STEPS, 16, 1, 8, 8, dtype=torch.float64, generator=generator)
    return x, torch.randint(10, (STEPS, 16), generator=generator)


def weights_after(experiment: Experiment, device: str, *, graph: bool) -> list[torch.Tensor]:
    """All parameters and running statistics after a few steps, the learning rate changed in between."""
    sweep = Sweep(experiment, dtype=torch.float64, device=device)
    for step, (x, y) in enumerate(zip(*(part.to(device) for part in batches()), strict=True)):
        if step == 3:
            sweep.set_factor(0.5)
        if graph:
            sweep.advance(x, y)
        else:
            sweep.backward(x, y, measure=False)
            sweep.update()
    return [part.cpu() for trainer in sweep.trainers for part in (trainer.parameters.flat, *trainer.stack.running)]


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("optimiser", ["sgd", "nesterov", "adam", "adamw"])
@pytest.mark.parametrize("connection", CONNECTIONS)
def test_a_captured_step_trains_as_a_step_does(connection: str, optimiser: str, device: str) -> None:
    arms = (Arm(connection="plain"), Arm.model_validate({"connection": connection}))
    experiment = Experiment.model_validate(
        {"arms": arms, "depths": (4, 8), "width": 8, "optimiser": optimiser, "seeds": 2, "weight_decay": 0.01}
    )
    pairs = zip(
        weights_after(experiment, device, graph=True), weights_after(experiment, device, graph=False), strict=True
    )
    for captured, computed in pairs:
        torch.testing.assert_close(captured, computed, rtol=0, atol=1e-12 if device == "cpu" else 1e-9)


@pytest.mark.parametrize("device", DEVICES)
def test_convolutional_networks_can_be_captured_too(device: str) -> None:
    experiment = Experiment(family="conv6n2", depths=(8, 14), width=4)
    pairs = zip(
        weights_after(experiment, device, graph=True), weights_after(experiment, device, graph=False), strict=True
    )
    for captured, computed in pairs:
        torch.testing.assert_close(captured, computed, rtol=0, atol=1e-12 if device == "cpu" else 1e-9)


@pytest.mark.parametrize("device", DEVICES)
def test_who_diverges_in_a_captured_step_stays_as_it_was_and_is_told_later(device: str) -> None:
    experiment = Experiment(depths=(4,), width=8, learning_rates=(1e9, 0.01), arms=(Arm(connection="residual"),))
    sweep = Sweep(experiment, device=device)
    x, y = (part.to(device) for part in batches())
    x = x.float()
    sweep.trainers[0].stack.parameters.leaves[0].data[0] = float("nan")
    for step in range(3):
        sweep.advance(x[step], y[step])
    loss, _ = sweep.evaluate(x[0], y[0])
    assert np.isnan(loss[0]) and np.isfinite(loss[1])
    before = sweep.trainers[0].parameters.flat.clone()
    result = sweep.backward(x[3], y[3], measure=False)
    assert result.diverged == [0]
    sweep.update()
    moved = (sweep.trainers[0].parameters.flat != before) & before.isfinite()
    mine = torch.cat(
        [torch.tensor(g.networks).repeat_interleave(g.size) for g in sweep.trainers[0].parameters.groups.values()]
    )
    assert not moved.cpu()[mine == 0].any() and moved.cpu()[mine == 1].any()
    assert sweep.backward(x[4], y[4], measure=False).diverged == []


def test_a_run_through_captured_steps_measures_what_any_run_does(monkeypatch: pytest.MonkeyPatch) -> None:
    experiment = Experiment(depths=(4, 8), width=8, batch_size=16, steps=12, evaluate_every=4)
    expected = [e for e in training.train(experiment, frame_interval=1e9) if isinstance(e, m.Evaluated)]

    class Captured(Sweep):
        def __init__(self, *arguments: object, **named: object) -> None:
            super().__init__(*arguments, **named)  # type: ignore[arg-type]
            self.graphs = True

    monkeypatch.setattr(training, "Sweep", Captured)
    got = [e for e in training.train(experiment, frame_interval=1e9) if isinstance(e, m.Evaluated)]
    for one, other in zip(got, expected, strict=True):
        np.testing.assert_array_equal(one.test_loss, other.test_loss)
