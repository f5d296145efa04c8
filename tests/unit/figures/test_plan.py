"""The plan of a network is that of the stack that is trained: layers, shapes, weights, blocks, sizes, projections."""

import itertools

import pytest
import torch

from app.contract.arms import Arm
from app.contract.connections import CONNECTIONS
from app.contract.experiment import Experiment
from app.figures.anatomy import Anatomy
from app.figures.layers import plan_of
from app.nets.block import Block
from app.nets.specs import NetworkSpec
from app.nets.stack import Stack
from app.nets.structure import structure_of

CASES = list(itertools.product(("mlp", "conv", "conv6n2"), CONNECTIONS, ("A", "B", "C")))


def build(family: str, connection: str, shortcut: str) -> tuple[Experiment, Stack]:
    """An experiment of one cell, and its network."""
    arm = {"connection": connection, "shortcut": shortcut, "growth": 5, "normalisation": "batch"}
    experiment = Experiment.model_validate(
        {"dataset": "fashion", "family": family, "width": 8, "depths": (14,), "arms": [arm]}
    )
    (cell,) = experiment.cells()
    spec = NetworkSpec(cell.layers, 0, experiment.arms[0], cell.learning_rate)
    return experiment, Stack(structure_of(experiment), [spec])


@pytest.mark.parametrize(("family", "connection", "shortcut"), CASES)
def test_blocks_that_change_size_and_shortcuts_with_weights_are_those_of_the_stack(
    family: str, connection: str, shortcut: str
) -> None:
    experiment, stack = build(family, connection, shortcut)
    plan = plan_of(experiment, experiment.cells()[0])
    anatomy = Anatomy(experiment.arms[0])
    blocks = [step for step in stack.steps() if isinstance(step, Block)]
    drawn = [block for block in plan.blocks if block.number]
    assert [block.number for block in drawn] == list(range(1, len(blocks) + 1))
    assert [(block.first, block.layers) for block in drawn] == [(b.numbers[0], len(b.shapes)) for b in blocks]
    if connection != "dense":  # which passes on all that it reads
        assert [block.resized for block in drawn] == [block.changes_size for block in blocks]
    shortcuts = [getattr(block, "s", None) for block in blocks]
    projected = [s is not None and s.projection is not None for s in shortcuts]
    # a plain arm has no skip, whatever it names
    assert [anatomy.projects(block.resized) for block in drawn] == projected


@pytest.mark.parametrize(("family", "connection"), [(f, c) for f, c, s in CASES if s == "A"])
def test_every_layer_gives_the_shape_and_has_the_weights_that_the_plan_says(family: str, connection: str) -> None:
    experiment, stack = build(family, connection, "A")
    plan = plan_of(experiment, experiment.cells()[0])
    x = torch.zeros(2, 1, 14, 14) if family != "mlp" else torch.zeros(2, 196)
    _, captured = stack.capture(x)
    given = {numbers[0]: h for h, numbers in captured}
    assert sorted(given) == [layer.number for layer in plan.layers]
    counted = [weight for weight in stack.weights if weight.counted]
    for layer, weight in zip(plan.layers, counted, strict=False):
        assert layer.out == weight.row[0]
        assert layer.into == weight.row[1] * weight.groups
        assert layer.paths == weight.groups
        assert layer.weights == weight.value.value.numel()
    assert plan.layers[-1].weights == stack.head.value.numel()
    for layer in plan.layers[:-1]:
        h = given[layer.number]
        shape = tuple(h.shape[1:]) if family != "mlp" else (h.shape[1],)
        assert layer.gives == "×".join(map(str, shape)), layer


@pytest.mark.parametrize("survival", [0.2, 0.5, 1.0])
def test_survival_is_that_of_the_trained_blocks(survival: float) -> None:
    arm = Arm(connection="stochastic", survival=survival)
    experiment = Experiment(dataset="fashion", family="conv6n2", width=4, depths=(20,), arms=(arm,))
    spec = NetworkSpec(20, 0, arm, 0.1)
    stack = Stack(structure_of(experiment), [spec], dtype=torch.float64)
    blocks = [step for step in stack.steps() if isinstance(step, Block)]
    trained = [float(block.p.squeeze()) for block in blocks]  # type: ignore[attr-defined]
    assert trained == pytest.approx([Anatomy(arm).survival(number, 9) for number in range(1, 10)])
