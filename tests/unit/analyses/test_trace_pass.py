"""One image's way: the network's own output, an ordinary network's states and gradients, parts that add up."""

from typing import Any

import pytest
import torch
import torch.nn.functional as F

from app.analyses.skip_gradients import split_gradient
from app.analyses.trace_pass import logits_of, way_of
from app.contract.connections import CONNECTIONS
from app.nets.block import Block
from app.nets.copies import copies
from app.nets.stack import Stack
from tests.unit.analyses.networks import network
from tests.unit.analyses.states import leave, references, states
from tests.unit.nets.test_stack_equals_torch import batch

FAMILIES = ("mlp", "conv6n2")
TARGET = 2


def image_for(stack: Stack) -> torch.Tensor:
    """An image [1, channels, side, side]; what fully connected networks read has one pixel a feature."""
    x, _ = batch(stack.structure, 1)
    return x if stack.structure.convolutional else x[..., None, None]


def close(mine: torch.Tensor, theirs: torch.Tensor) -> None:
    torch.testing.assert_close(mine.flatten(), theirs.detach().flatten(), rtol=1e-9, atol=1e-11)


every_network = pytest.mark.parametrize(
    ("connection", "options"),
    [
        *((name, {"normalisation": norm}) for name in CONNECTIONS for norm in ("none", "batch", "layer")),
        *((name, {"shortcut": option}) for name in ("residual", "preact", "bottleneck") for option in "BC"),
        *((name, {"activation": "tanh"}) for name in ("residual", "highway", "dense")),
        ("residual", {"skip_scale": 0.3}),
        ("residual", {"skip_scale": 0.0}),
    ],
    ids=lambda value: value if isinstance(value, str) else "-".join(map(str, value.values())),
)


@pytest.mark.parametrize("family", FAMILIES)
@every_network
def test_a_traced_pass_is_the_networks_own_and_an_ordinary_networks(
    family: str, connection: str, options: dict[str, Any]
) -> None:
    stack = network(connection, family, seeds=(1,), **options)
    image = image_for(stack)
    way = way_of(stack, image, TARGET)
    with torch.no_grad():
        torch.testing.assert_close(way.logits, stack.forward(image)[0, :, 0], rtol=1e-12, atol=1e-12)
    close(logits_of(stack, image), way.logits)
    [reference] = references(stack)
    x = image.clone().requires_grad_()
    expected = states(reference, x)
    logits = leave(reference, expected[-1])
    loss = F.cross_entropy(logits, torch.tensor([TARGET]))
    gradients = torch.autograd.grad(loss, [x, *expected, logits])
    close(way.logits, logits)
    assert way.loss == pytest.approx(float(loss.detach()), rel=1e-9)
    assert len(way.states) == len(expected) + 2 == len(way.halves) + 3
    for mine, theirs in zip(way.states, [x, *expected], strict=False):
        close(mine, theirs)
    by_head = gradients[-1][0] @ reference.head.weight
    for mine, theirs in zip(way.gradients, [*gradients[:-1], by_head], strict=True):
        close(mine, theirs)
    close(way.gradient, gradients[-1])


@pytest.mark.parametrize("family", FAMILIES)
@every_network
def test_what_meets_at_a_join_makes_the_blocks_output_and_the_gradients_parts_add_up(
    family: str, connection: str, options: dict[str, Any]
) -> None:
    stack = network(connection, family, seeds=(1,), **options)
    way = way_of(stack, image_for(stack), TARGET)
    σ = {"relu": torch.relu, "tanh": torch.tanh}[stack.arm.activation]
    record = CONNECTIONS[connection]
    blocks = 0
    for i, (step, halves) in enumerate(zip(stack.steps(), way.halves, strict=True), start=1):
        if not isinstance(step, Block):
            assert halves is None
            continue
        assert halves is not None
        blocks += 1
        if record.concatenates:
            close(torch.cat([halves.past, halves.through]), way.states[i + 1])
        else:
            sum_of_both = halves.through + halves.past
            rectified = record.rectified or connection == "plain"
            close(σ(sum_of_both) if rectified else sum_of_both, way.states[i + 1])
        close(halves.gradient_through + halves.gradient_past, way.gradients[i])
        as_held = (way.states[i].unsqueeze(0), way.gradients[i + 1].unsqueeze(0))
        x, g = (v if stack.backend.convolutional else v.squeeze(3) for v in as_held)
        past, through = split_gradient(step, x, g.unsqueeze(0))
        close(halves.gradient_past, past)
        close(halves.gradient_through, through)
        if not record.skips(stack.specs[0].arm):
            assert not halves.past.any() and not halves.gradient_past.any()
    assert blocks == stack.blocks[0]


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("connection", CONNECTIONS)
def test_in_single_precision_it_is_the_networks_own_output_too(family: str, connection: str) -> None:
    stack = copies(network(connection, family, seeds=(0,)), [0], torch.float32)
    image = image_for(stack).float()
    way = way_of(stack, image, TARGET)
    with torch.no_grad():
        torch.testing.assert_close(way.logits, stack.forward(image)[0, :, 0], rtol=1e-6, atol=1e-6)


def test_without_a_target_the_loss_is_that_of_the_networks_own_answer() -> None:
    stack = network("residual", "conv6n2", seeds=(0,))
    way = way_of(stack, image_for(stack), None)
    assert way.target == int(way.logits.argmax())
    assert way.loss == pytest.approx(-float(way.logits.log_softmax(0)[way.target]), rel=1e-12)


def test_a_trace_changes_nothing_of_the_network() -> None:
    stack = network("residual", "conv6n2", seeds=(0,))
    before = [v.clone() for v in (stack.parameters.flat, *stack.running)]
    first, again = (way_of(stack, image_for(stack), TARGET) for _ in range(2))
    assert all(torch.equal(a, b) for a, b in zip(before, (stack.parameters.flat, *stack.running), strict=True))
    assert all(torch.equal(a, b) for a, b in zip(first.gradients, again.gradients, strict=True))
