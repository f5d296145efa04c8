"""Copies of trained networks are the networks, and a block that is taken out leaves what stands around it."""

import pytest
import torch

from app.contract.arms import Arm
from app.contract.connections import CONNECTIONS
from app.contract.experiment import Experiment
from app.learning.sweep import Sweep
from app.nets.block import Block
from app.nets.connections.preact import PreActivation
from app.nets.copies import copies
from app.nets.specs import NetworkSpec
from app.nets.stack import Stack
from app.nets.structure import structure_of

FAMILIES = {"mlp": (4, 8), "conv": (4, 8), "conv6n2": (8, 14)}


def trained(connection: str, family: str, **arm: object) -> tuple[Stack, torch.Tensor]:
    """A stack of some networks after a few steps, in float64, and a batch."""
    arms = (Arm.model_validate({"connection": "plain"} | arm), Arm.model_validate({"connection": connection} | arm))
    experiment = Experiment.model_validate(
        {"arms": arms, "family": family, "depths": FAMILIES[family], "width": 8, "seeds": 2, "steps": 3}
    )
    sweep = Sweep(experiment, dtype=torch.float64)
    generator = torch.Generator().manual_seed(1)
    x = torch.randn(12, 1, 8, 8, dtype=torch.float64, generator=generator)
    y = torch.randint(10, (12,), generator=generator)
    for _ in range(3):
        sweep.backward(x, y, measure=False)
        sweep.update()
    deepest = next(index for index, network in enumerate(sweep.networks) if network.arm == 1 and network.depth > 4)
    return next(t.stack for m, t in zip(sweep.members, sweep.trainers, strict=True) if deepest in m), x


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("connection", CONNECTIONS)
def test_copies_in_any_order_give_the_logits_of_what_was_copied(connection: str, family: str) -> None:
    stack, x = trained(connection, family)
    deepest = [k for k, spec in enumerate(stack.specs) if spec.depth == stack.specs[0].depth]
    chosen = [deepest[-1], deepest[0], deepest[-1]]
    with torch.no_grad():
        expected = stack.forward(x)[chosen]
        got = copies(stack, chosen).forward(x)
    torch.testing.assert_close(got, expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("connection", CONNECTIONS)
def test_the_steps_of_a_copy_are_its_whole_pass_at_evaluation_even_with_gradients(connection: str) -> None:
    stack, x = trained(connection, "conv6n2")
    copy = copies(stack, [0])
    with torch.no_grad():
        expected = copy.forward(x)
    h = copy.enter(x)
    for step in copy.steps():
        h = step(h)
    torch.testing.assert_close(copy.leave(h), expected, rtol=0, atol=1e-12)


def test_networks_of_two_depths_are_not_copied_together() -> None:
    stack, _ = trained("residual", "mlp")
    with pytest.raises(ValueError, match="one depth"):
        copies(stack, [0, len(stack.specs) - 1])


@pytest.mark.parametrize("connection", [name for name in CONNECTIONS if name != "dense"])
def test_a_block_of_constant_width_taken_out_passes_on_what_it_reads(connection: str) -> None:
    stack = Stack(
        structure_of(Experiment(width=8)), [NetworkSpec(8, 0, Arm.model_validate({"connection": connection}), 0.1)]
    )
    h = torch.rand(1, 8, 5)  # no less than 0, as behind a ReLU: what an activation behind the ⊕ leaves as it is
    for number, step in enumerate(stack.steps()):
        assert isinstance(step, Block)
        # before pre-activation networks split for the first time, the stream is activated
        read = step.split(h)[0] if isinstance(step, PreActivation) and number == 0 else h
        assert torch.equal(step.without(h), read)
