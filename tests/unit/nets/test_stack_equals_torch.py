"""Every stacked network equals an ordinary torch.nn network with the same weights, in float64, to 1e-9."""

import copy

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from app.learning.trainer import Trainer, losses
from app.nets.stack import NetworkSpec, Stack
from app.nets.structure import Stage, Structure
from tests.unit.nets.reference import parameters_of, reference_of

TOLERANCE = 1e-9
STRUCTURES = {
    "mlp": (Structure(20, (Stage(5, 5, 1),), 5, False), (8, 4)),  # as wide as there are classes
    "conv": (Structure(1, (Stage(4, 4, 1),), 5, True), (8, 4)),
    "conv6n2": (Structure(3, (Stage(2, 2, 1), Stage(2, 4, 2), Stage(4, 8, 2)), 5, True), (14, 8)),
}
OPTIMISERS = {
    "sgd": lambda p: torch.optim.SGD(p, lr=0.03, momentum=0.9, weight_decay=1e-3),
    "adam": lambda p: torch.optim.Adam(p, lr=0.03, weight_decay=1e-3),
}


def specs(depths: tuple[int, ...], seeds: int = 2, initialisation: str = "he", scale: float = 1.0) -> list[NetworkSpec]:
    return [
        NetworkSpec(depth, seed, connection, initialisation, scale, 0.03)
        for depth in sorted(depths, reverse=True)
        for connection in ("plain", "residual")
        for seed in range(seeds)
    ]


def batch(structure: Structure, size: int = 12, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    shape = (size, structure.inputs, 9, 9) if structure.convolutional else (size, structure.inputs)
    x = torch.randn(shape, generator=generator, dtype=torch.float64)
    return x, torch.randint(0, structure.classes, (size,), generator=generator)


def make(family: str, normalised: bool, activation: str, **which: object) -> Stack:
    structure, depths = STRUCTURES[family]
    return Stack(structure, specs(depths, **which), normalised=normalised, activation=activation, dtype=torch.float64)  # type: ignore[arg-type]


def assert_networks_equal_references(stack: Stack, activation: str) -> None:
    """Outputs in training and evaluation, all parameter gradients, and both reported gradient norms."""
    x, y = batch(stack.structure)
    references = [reference_of(stack, k, activation) for k in range(stack.k)]
    trainer = Trainer(stack)
    result = trainer.backward(x, y, measure=True)
    assert result.weight_gradients is not None and result.activation_gradients is not None
    place = 0
    for k, reference in enumerate(references):
        outputs: list[torch.Tensor] = []

        def keep(_module: object, _inputs: object, output: torch.Tensor, into: list[torch.Tensor] = outputs) -> None:
            output.retain_grad()
            into.append(output)

        modules = [reference.activation, *(m for b in reference.blocks for m in (b.inner, b.outer)), reference.head]
        hooks = [module.register_forward_hook(keep) for module in modules]
        logits = reference(x)
        loss = F.cross_entropy(logits, y)
        loss.backward()
        torch.testing.assert_close(result.loss[k], loss.detach(), rtol=0, atol=TOLERANCE)
        theirs = [p.grad for p in reference.parameters()]
        for mine, gradient in zip(parameters_of(stack, k, "grad"), theirs, strict=True):
            assert gradient is not None
            torch.testing.assert_close(mine, gradient.flatten(), rtol=TOLERANCE, atol=TOLERANCE)
        weights = [layer[0].weight.grad.norm() for layer in reference.weight_layers()] + [
            reference.head.weight.grad.norm()  # type: ignore[union-attr]
        ]
        depth = stack.specs[k].depth
        span = slice(place, place + depth)
        torch.testing.assert_close(
            torch.from_numpy(result.weight_gradients[span]).double(), torch.stack(weights), rtol=1e-6, atol=1e-12
        )
        heights = torch.stack([output.grad.norm() for output in outputs])  # type: ignore[union-attr]
        assert len(heights) == depth
        torch.testing.assert_close(
            torch.from_numpy(result.activation_gradients[span]).double(), heights, rtol=1e-6, atol=1e-12
        )
        place += depth
        for hook in hooks:
            hook.remove()
        reference.eval()
        with torch.no_grad():
            torch.testing.assert_close(stack.forward(x)[k].T, reference(x), rtol=TOLERANCE, atol=TOLERANCE)


@pytest.mark.parametrize("family", STRUCTURES)
@pytest.mark.parametrize("normalised", [False, True])
@pytest.mark.parametrize("activation", ["relu", "tanh"])
@pytest.mark.parametrize("initialisation", ["he", "xavier", "pytorch", "zero_last"])
def test_outputs_gradients_and_norms_equal_the_reference(
    family: str, normalised: bool, activation: str, initialisation: str
) -> None:
    stack = make(family, normalised, activation, initialisation=initialisation, scale=0.7)
    assert_networks_equal_references(stack, activation)


@pytest.mark.parametrize("family", STRUCTURES)
@pytest.mark.parametrize("normalised", [False, True])
@pytest.mark.parametrize("optimiser", OPTIMISERS)
def test_ten_steps_equal_torch_optim(family: str, normalised: bool, optimiser: str) -> None:
    stack = make(family, normalised, "relu")
    references = [reference_of(stack, k, "relu") for k in range(stack.k)]
    optimisers = [OPTIMISERS[optimiser](reference.parameters()) for reference in references]
    trainer = Trainer(stack, optimiser=optimiser, momentum=0.9, weight_decay=1e-3)
    for step in range(10):
        x, y = batch(stack.structure, seed=step)
        result = trainer.step(x, y)
        for k, (reference, theirs) in enumerate(zip(references, optimisers, strict=True)):
            theirs.zero_grad()
            loss = F.cross_entropy(reference(x), y)
            loss.backward()
            theirs.step()
            torch.testing.assert_close(result.loss[k], loss.detach(), rtol=TOLERANCE, atol=TOLERANCE)
    x, _ = batch(stack.structure, seed=99)
    with torch.no_grad():
        evaluated = stack.forward(x)
    for k, reference in enumerate(references):
        for mine, parameter in zip(parameters_of(stack, k), reference.parameters(), strict=True):
            torch.testing.assert_close(mine, parameter.detach().flatten(), rtol=TOLERANCE, atol=TOLERANCE)
        reference.eval()
        with torch.no_grad():
            torch.testing.assert_close(evaluated[k].T, reference(x), rtol=TOLERANCE, atol=TOLERANCE)


def test_each_network_trains_at_its_own_learning_rate() -> None:
    structure, _ = STRUCTURES["mlp"]
    rates = (0.1, 0.001)
    stack = Stack(
        structure,
        [NetworkSpec(6, 0, "residual", "he", 1.0, rate) for rate in rates],
        normalised=True, activation="relu", dtype=torch.float64,
    )  # fmt: skip
    references = [reference_of(stack, k, "relu") for k in range(2)]
    x, y = batch(structure)
    trainer = Trainer(stack)
    trainer.step(x, y)
    for k, rate in enumerate(rates):
        reference = references[k]
        F.cross_entropy(reference(x), y).backward()
        torch.optim.SGD(reference.parameters(), lr=rate).step()
        for mine, parameter in zip(parameters_of(stack, k), reference.parameters(), strict=True):
            torch.testing.assert_close(mine, parameter.detach().flatten(), rtol=TOLERANCE, atol=TOLERANCE)


@pytest.mark.parametrize("family", STRUCTURES)
def test_a_matched_pair_starts_with_identical_bytes(family: str) -> None:
    stack = make(family, True, "relu")
    for k, spec in enumerate(stack.specs):
        if spec.connection == "plain":
            twin = next(
                j for j, other in enumerate(stack.specs)
                if other.connection == "residual" and (other.depth, other.seed) == (spec.depth, spec.seed)
            )  # fmt: skip
            for mine, other in zip(parameters_of(stack, k), parameters_of(stack, twin), strict=True):
                assert mine.numpy().tobytes() == other.numpy().tobytes()


def test_different_seeds_start_with_different_weights() -> None:
    stack = make("mlp", True, "relu")
    assert not torch.equal(parameters_of(stack, 0)[0], parameters_of(stack, 1)[0])


def test_gradients_of_networks_do_not_mix() -> None:
    """Changing one network's weights changes nothing in any other network's gradient."""
    stack = make("mlp", True, "relu")
    x, y = batch(stack.structure)
    trainer = Trainer(stack)
    trainer.backward(x, y)
    before = [copy.deepcopy(parameters_of(stack, k, "grad")) for k in range(stack.k)]
    with torch.no_grad():
        for rows in parameters_of(stack, 0):
            rows += 0.5
    trainer.backward(x, y)
    for k in range(1, stack.k):
        for mine, old in zip(parameters_of(stack, k, "grad"), before[k], strict=True):
            assert torch.equal(mine, old)
    assert not torch.equal(parameters_of(stack, 0, "grad")[0], before[0][0])


def test_a_diverged_network_is_frozen_and_the_others_train_on() -> None:
    stack = make("mlp", False, "relu")
    alone = make("mlp", False, "relu")
    trainer, undisturbed = Trainer(stack, momentum=0.9), Trainer(alone, momentum=0.9)
    with torch.no_grad():
        parameters_of(stack, 1)[0].fill_(float("inf"))
    frozen = [p.clone() for p in parameters_of(stack, 1)]
    for step in range(3):
        x, y = batch(stack.structure, seed=step)
        result = trainer.step(x, y)
        undisturbed.step(x, y)
        assert result.diverged == ([1] if step == 0 else [])
    for k in range(stack.k):
        for mine, other in zip(parameters_of(stack, k), frozen if k == 1 else parameters_of(alone, k), strict=True):
            assert torch.equal(mine, other)


@settings(max_examples=25, deadline=None)
@given(
    depths=st.lists(st.integers(1, 6).map(lambda blocks: 2 + 2 * blocks), min_size=1, max_size=4, unique=True),
    width=st.integers(1, 9),
    seeds=st.integers(1, 3),
    normalised=st.booleans(),
    size=st.integers(2, 17),
)
def test_any_mixed_stack_equals_its_references(
    depths: list[int], width: int, seeds: int, normalised: bool, size: int
) -> None:
    structure = Structure(7, (Stage(width, width, 1),), 3, False)
    stack = Stack(structure, specs(tuple(depths), seeds), normalised=normalised, activation="relu", dtype=torch.float64)
    x, y = batch(structure, size)
    references = [reference_of(stack, k, "relu") for k in range(stack.k)]
    logits = stack.forward(x)
    for k, reference in enumerate(references):
        torch.testing.assert_close(logits[k].T, reference(x), rtol=1e-9, atol=1e-9)
    assert losses(logits, y).shape == (stack.k, size)


def test_specs_that_are_not_deepest_first_are_refused() -> None:
    structure, _ = STRUCTURES["mlp"]
    with pytest.raises(ValueError, match="deepest first"):
        Stack(structure, list(reversed(specs((4, 8)))), normalised=True, activation="relu")
