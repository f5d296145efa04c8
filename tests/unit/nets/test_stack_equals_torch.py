"""Every stacked network equals an ordinary torch.nn network with the same weights, in float64, to 1e-9."""

from typing import Any

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from app.contract.arms import Arm
from app.contract.connections import CONNECTIONS
from app.learning.trainer import Trainer, losses
from app.nets.specs import NetworkSpec
from app.nets.stack import Stack
from app.nets.structure import Stage, Structure
from tests.unit.nets.reference import ReferenceNetwork, pairs, reference_of, row_of

TOLERANCE = 1e-9
STRUCTURES = {
    "mlp": Structure(20, (Stage(8),), 5, False),
    "conv": Structure(1, (Stage(4),), 5, True),
    "conv6n2": Structure(3, (Stage(2), Stage(4, 2), Stage(8, 2)), 5, True),
}
OPTIMISERS: dict[str, Any] = {
    "sgd": lambda p: torch.optim.SGD(p, lr=0.03, momentum=0.9, weight_decay=1e-3),
    "nesterov": lambda p: torch.optim.SGD(p, lr=0.03, momentum=0.9, weight_decay=1e-3, nesterov=True),
    "adam": lambda p: torch.optim.Adam(p, lr=0.03, weight_decay=1e-3),
    "adamw": lambda p: torch.optim.AdamW(p, lr=0.03, weight_decay=1e-3),
}


def arm(connection: str, **options: object) -> Arm:
    return Arm.model_validate({"connection": connection, "cardinality": 2, "growth": 3} | options)


def depths_of(connection: str, family: str) -> tuple[int, ...]:
    """Two depths, one and two blocks a stage."""
    stages = len(STRUCTURES[family].stages)
    extra = stages - 1 if connection == "dense" else 0
    return tuple(2 + extra + blocks * stages * CONNECTIONS[connection].layers for blocks in (2, 1))


def make(
    family: str, connections: tuple[str, ...], depths: tuple[int, ...] | None = None, seeds: int = 2, **options: object
) -> Stack:
    """A float64 stack of mixed depths (a dense one cannot mix: it gets the first)."""
    depths = depths or depths_of(connections[-1], family)
    if "dense" in connections:
        depths = depths[:1]
    specs = [
        NetworkSpec(depth, seed, arm(connection, **options), 0.03)
        for depth in sorted(depths, reverse=True)
        for connection in connections
        for seed in range(seeds)
    ]
    stack = Stack(STRUCTURES[family], specs, dtype=torch.float64)
    # a trained scalar that is zero would hide the branch behind it
    for name, group in stack.parameters.groups.items():
        if name.startswith("scale"):
            group.data.copy_(torch.linspace(0.3, 0.7, len(group.data), dtype=torch.float64).unsqueeze(1))
    return stack


def batch(structure: Structure, size: int = 12, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(1000 + seed)  # not the numbers of the weights
    shape = (size, structure.inputs, 9, 9) if structure.convolutional else (size, structure.inputs)
    x = torch.randn(shape, generator=generator, dtype=torch.float64)
    return x, torch.randint(0, structure.classes, (size,), generator=generator)


def share_masks(stack: Stack, network: int, reference: ReferenceNetwork) -> None:
    """Give the reference the random numbers that the stack drew in its last training pass."""
    if stack.arm.connection == "stochastic":
        reference.uniform = stack._uniform[network].tolist()


def close(mine: torch.Tensor, theirs: torch.Tensor, tolerance: float = TOLERANCE) -> None:
    torch.testing.assert_close(mine, theirs, rtol=tolerance, atol=tolerance)


def assert_networks_equal_references(stack: Stack) -> None:
    """Outputs in training and evaluation, all parameter gradients, and both reported gradient norms."""
    x, y = batch(stack.structure)
    references = [reference_of(stack, k) for k in range(stack.k)]
    result = Trainer(stack).backward(x, y, measure=True)
    assert result.weight_gradients is not None and result.activation_gradients is not None
    place = 0
    for k, reference in enumerate(references):
        share_masks(stack, k, reference)
        reference.watched = True
        loss = F.cross_entropy(reference(x), y)
        loss.backward()
        reference.watched = False
        close(result.loss[k], loss.detach())
        for slot, parameter in pairs(stack, k, reference):
            gradient = torch.zeros_like(parameter) if parameter.grad is None else parameter.grad
            close(row_of(stack, slot, k, "grad"), gradient.flatten())
        depth = stack.specs[k].depth
        span = slice(place, place + depth)
        place += depth
        counted: Any = [
            module
            for mine, module in zip([w for w in stack.weights if k < w.k], reference.weights, strict=True)
            if mine.counted
        ]
        norms = torch.stack([module.weight.grad.norm() for module in (*counted, reference.head)])
        assert len(norms) == depth
        close(torch.from_numpy(result.weight_gradients[span]).double(), norms, 1e-6)
        assert len(reference.outputs) == depth
        heights = torch.stack([h.grad.norm() for h in reference.outputs])  # type: ignore[union-attr]
        close(torch.from_numpy(result.activation_gradients[span]).double(), heights, 1e-6)
        reference.eval()
        with torch.no_grad():
            close(stack.forward(x)[k].T, reference(x))


@pytest.mark.parametrize("family", STRUCTURES)
@pytest.mark.parametrize("normalisation", ["none", "batch", "layer"])
@pytest.mark.parametrize("connection", CONNECTIONS)
def test_every_connection_equals_its_equation(family: str, normalisation: str, connection: str) -> None:
    assert_networks_equal_references(make(family, (connection,), normalisation=normalisation))


@pytest.mark.parametrize("family", STRUCTURES)
@pytest.mark.parametrize(
    "connection", ["residual", "preact", "bottleneck", "resnext", "wide", "skipinit", "stochastic"]
)
@pytest.mark.parametrize("shortcut", ["B", "C"])
def test_projection_shortcuts_equal_the_reference(family: str, connection: str, shortcut: str) -> None:
    assert_networks_equal_references(make(family, (connection,), shortcut=shortcut, seeds=1))


@pytest.mark.parametrize("family", STRUCTURES)
@pytest.mark.parametrize("activation", ["relu", "tanh", "gelu"])
@pytest.mark.parametrize("connection", ["residual", "preact", "dense", "highway"])
def test_every_activation_equals_the_reference(family: str, activation: str, connection: str) -> None:
    assert_networks_equal_references(make(family, (connection,), activation=activation, normalisation="none"))


@pytest.mark.parametrize("family", STRUCTURES)
@pytest.mark.parametrize("normalisation", ["none", "batch"])
@pytest.mark.parametrize(
    "initialisation", ["he", "xavier", "pytorch", "zero_last", "orthogonal", "fixup", "looks_linear"]
)
def test_a_scaled_mixed_pair_equals_the_reference(family: str, normalisation: str, initialisation: str) -> None:
    stack = make(
        family, ("plain", "residual"), normalisation=normalisation, initialisation=initialisation, skip_scale=0.7
    )
    assert_networks_equal_references(stack)


@pytest.mark.parametrize("family", ["mlp", "conv6n2"])
@pytest.mark.parametrize("optimiser", OPTIMISERS)
@pytest.mark.parametrize("connection", CONNECTIONS)
def test_ten_steps_equal_torch_optim(family: str, optimiser: str, connection: str) -> None:
    stack = make(family, (connection,), seeds=1)
    references = [reference_of(stack, k) for k in range(stack.k)]
    optimisers = [OPTIMISERS[optimiser](reference.parameters()) for reference in references]
    trainer = Trainer(stack, optimiser=optimiser, momentum=0.9, weight_decay=1e-3)
    for step in range(10):
        x, y = batch(stack.structure, seed=step)
        result = trainer.step(x, y)
        for k, (reference, theirs) in enumerate(zip(references, optimisers, strict=True)):
            share_masks(stack, k, reference)
            theirs.zero_grad(set_to_none=False)
            loss = F.cross_entropy(reference(x), y)
            loss.backward()
            for parameter in reference.parameters():
                parameter.grad = torch.zeros_like(parameter) if parameter.grad is None else parameter.grad
            theirs.step()
            close(result.loss[k], loss.detach(), 1e-8)
    x, _ = batch(stack.structure, seed=99)
    with torch.no_grad():
        evaluated = stack.forward(x)
    for k, reference in enumerate(references):
        for slot, parameter in pairs(stack, k, reference):
            close(row_of(stack, slot, k), parameter.detach().flatten(), 1e-8)
        reference.eval()
        with torch.no_grad():
            close(evaluated[k].T, reference(x), 1e-8)


def test_each_network_trains_at_its_own_learning_rate() -> None:
    rates = (0.1, 0.001)
    specs = [NetworkSpec(6, 0, arm("residual"), rate) for rate in rates]
    stack = Stack(STRUCTURES["mlp"], specs, dtype=torch.float64)
    references = [reference_of(stack, k) for k in range(2)]
    x, y = batch(stack.structure)
    Trainer(stack).step(x, y)
    for k, (rate, reference) in enumerate(zip(rates, references, strict=True)):
        F.cross_entropy(reference(x), y).backward()
        torch.optim.SGD(reference.parameters(), lr=rate).step()
        for slot, parameter in pairs(stack, k, reference):
            close(row_of(stack, slot, k), parameter.detach().flatten())


def bytes_of(stack: Stack, network: int) -> list[bytes]:
    """All layers of one network, projections and gates left out."""
    slots = [w.value for w in stack.weights if network < w.k and w.counted]
    return [row_of(stack, slot, network).numpy().tobytes() for slot in (*slots, stack.head)]


@pytest.mark.parametrize("family", STRUCTURES)
def test_a_matched_pair_starts_with_identical_bytes(family: str) -> None:
    stack = make(family, ("plain", "residual"), seeds=2)
    half = {}
    for k, spec in enumerate(stack.specs):
        half[spec.arm.connection, spec.depth, spec.seed] = bytes_of(stack, k)
    for (connection, depth, seed), rows in half.items():
        if connection == "plain":
            assert rows == half["residual", depth, seed]
    assert half["plain", stack.specs[0].depth, 0] != half["plain", stack.specs[0].depth, 1]


@pytest.mark.parametrize("connection", ["residual", "stochastic", "wide"])
def test_an_arm_with_projections_shares_all_its_layers_with_one_without(connection: str) -> None:
    bare = make("conv6n2", (connection,), shortcut="A", seeds=1)
    projected = make("conv6n2", (connection,), shortcut="C", seeds=1)
    assert bytes_of(bare, 0) == bytes_of(projected, 0)


def test_gradients_of_networks_do_not_mix() -> None:
    """Changing one network's weights changes nothing in any other network's gradient."""
    stack = make("mlp", ("plain", "residual"))
    x, y = batch(stack.structure)
    trainer = Trainer(stack)
    trainer.backward(x, y)
    before = stack.parameters.flat_grad.clone()
    own = torch.zeros_like(before, dtype=torch.bool)
    offset = 0
    for group in stack.parameters.groups.values():
        rows = group.rows_of([0])
        group.data[rows] += 0.5
        own[offset : offset + group.data.numel()].view_as(group.data)[rows] = True
        offset += group.data.numel()
    trainer.backward(x, y)
    same = before == stack.parameters.flat_grad
    assert same[~own].all() and not same[own].all()


def test_a_diverged_network_is_frozen_and_the_others_train_on() -> None:
    stack, alone = (make("mlp", ("plain", "residual"), normalisation="none") for _ in range(2))
    trainer, undisturbed = Trainer(stack, momentum=0.9), Trainer(alone, momentum=0.9)
    for group in stack.parameters.groups.values():
        group.data[group.rows_of([1])] = float("inf")
    for step in range(3):
        x, y = batch(stack.structure, seed=step)
        result = trainer.step(x, y)
        undisturbed.step(x, y)
        assert result.diverged == ([1] if step == 0 else [])
    for mine, theirs in zip(stack.parameters.groups.values(), alone.parameters.groups.values(), strict=True):
        lost = torch.zeros(len(mine.data), dtype=torch.bool)
        lost[mine.rows_of([1])] = True
        assert torch.equal(mine.data[~lost], theirs.data[~lost])
        assert torch.isinf(mine.data[lost]).all()


@settings(max_examples=40, deadline=None)
@given(
    connection=st.sampled_from(list(CONNECTIONS)),
    blocks=st.lists(st.integers(1, 5), min_size=1, max_size=3, unique=True),
    width=st.integers(1, 4).map(lambda w: 4 * w),
    seeds=st.integers(1, 3),
    normalisation=st.sampled_from(["none", "batch", "layer"]),
    size=st.integers(2, 17),
)
def test_any_mixed_stack_equals_its_references(
    connection: str, blocks: list[int], width: int, seeds: int, normalisation: str, size: int
) -> None:
    structure = Structure(7, (Stage(width),), 3, False)
    depths = sorted((2 + n * CONNECTIONS[connection].layers for n in blocks), reverse=True)
    depths = depths[:1] if connection == "dense" else depths
    one = arm(connection, normalisation=normalisation)
    specs = [NetworkSpec(depth, seed, one, 0.1) for depth in depths for seed in range(seeds)]
    stack = Stack(structure, specs, dtype=torch.float64)
    x, y = batch(structure, size)
    references = [reference_of(stack, k) for k in range(stack.k)]
    logits = stack.forward(x)
    for k, reference in enumerate(references):
        share_masks(stack, k, reference)
        close(logits[k].T, reference(x))
    assert losses(logits, y).shape == (stack.k, size)


def test_networks_that_do_not_fit_together_are_refused() -> None:
    two = [NetworkSpec(depth, 0, arm("residual"), 0.1) for depth in (4, 8)]
    with pytest.raises(ValueError, match="deepest first"):
        Stack(STRUCTURES["mlp"], two)
    mixed = [NetworkSpec(8, 0, arm(name), 0.1) for name in ("residual", "highway")]
    with pytest.raises(ValueError, match="one structure"):
        Stack(STRUCTURES["mlp"], mixed)
    with pytest.raises(ValueError, match="do not fit the blocks"):
        Stack(STRUCTURES["mlp"], [NetworkSpec(7, 0, arm("residual"), 0.1)])


@pytest.mark.parametrize("family", STRUCTURES)
def test_a_plain_arm_has_no_projections_whatever_its_shortcut_option_says(family: str) -> None:
    stack = make(family, ("plain",), shortcut="C")
    assert not any(weight.role == "shortcut" for weight in stack.weights)
    assert_networks_equal_references(stack)
