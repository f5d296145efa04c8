"""The flow through a network is what autograd and a plain pass find, at every layer and every join."""

import numpy as np
import pytest
import torch

from app.analyses.analyse import analyse
from app.contract.experiment import CONNECTIONS
from app.contract.findings import ArmFlow, FlowFinding
from app.contract.questions import Flow
from app.learning.trainer import Trainer, losses
from app.nets.block import Block
from tests.unit.analyses.trained import FAMILIES, patient_of, subject_of


def flow_of(connection: str, family: str) -> tuple[ArmFlow, FlowFinding]:
    subject = subject_of(connection, family)
    *_, finding = analyse(subject, Flow(depth=subject.experiment.depths[-1], examples=20))
    assert isinstance(finding, FlowFinding)
    return finding.arms[1], finding


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("connection", CONNECTIONS)
def test_every_layer_is_measured_as_training_measures_it(connection: str, family: str) -> None:
    subject = subject_of(connection, family)
    stack = patient_of(subject).stack
    result = Trainer(stack).backward(subject.train_x[:20], subject.train_y[:20], measure=True)
    assert result.activation_gradients is not None and result.activations is not None
    arm, _ = flow_of(connection, family)
    depth = arm.layers
    # the trainer's columns are in float32
    np.testing.assert_allclose(np.array(arm.backward, float), result.activation_gradients[:depth], rtol=1e-6)
    np.testing.assert_allclose(np.array(arm.forward, float) ** 2, result.activations[:depth], rtol=1e-6)


@pytest.mark.parametrize("connection", CONNECTIONS)
def test_both_ways_of_every_join_are_measured(connection: str) -> None:
    subject = subject_of(connection, "conv6n2")
    stack = patient_of(subject).stack
    x, y = subject.train_x[:20], subject.train_y[:20]
    arm, _ = flow_of(connection, "conv6n2")
    h, pairs, parts = stack.enter(x), [], []
    for step in stack.steps():
        if not isinstance(step, Block):
            h = step(h)
            continue
        # copies in the graph, so that one call of autograd tells what comes back by each way
        a, b = h.clone(), h.clone()
        pairs.append((b, a))
        parts.append(step.parts(h.detach()))
        h = step.forward(a, b)
    loss = losses(stack.leave(h), y).mean(1).sum()
    backs = torch.autograd.grad(loss, [one for pair in pairs for one in pair])
    first = torch.tensor([0])

    def of_first(g: torch.Tensor) -> torch.Tensor:
        return g.unflatten(1, (stack.k, -1)).index_select(1, first)

    for block in range(len(pairs)):
        shortcut, branch = (of_first(g) for g in backs[2 * block : 2 * block + 2])
        assert arm.shortcut_backward[block] == pytest.approx(float(shortcut.norm()), rel=1e-9)
        assert arm.branch_backward[block] == pytest.approx(float(branch.norm()), rel=1e-9)
        through, past = (of_first(part.detach()) for part in parts[block])
        assert arm.branch_forward[block] == pytest.approx(float(through.square().mean().sqrt()), rel=1e-9)
        assert arm.shortcut_forward[block] == pytest.approx(float(past.square().mean().sqrt()), rel=1e-9)
    assert len(arm.shortcut_backward) == len(pairs)


def test_slices_of_the_examples_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    together, _ = flow_of("residual", "conv6n2")
    monkeypatch.setattr("app.analyses.flow.MOST_NUMBERS", 7 * 14 * 8 * 64)
    subject = subject_of("residual", "conv6n2")
    said = list(analyse(subject, Flow(depth=14, examples=20)))
    shares = [one for one in said if isinstance(one, float)]
    assert len(shares) == 6 and shares == sorted(shares) and shares[-1] == 1
    assert isinstance(said[-1], FlowFinding)
    sliced = said[-1].arms[1]
    for name in ("forward", "backward", "shortcut_forward", "branch_forward", "shortcut_backward", "branch_backward"):
        np.testing.assert_allclose(getattr(sliced, name), getattr(together, name), rtol=1e-10)


def test_words_tell_how_the_gradient_changes_on_its_way_back() -> None:
    arm, finding = flow_of("residual", "mlp")
    plain, residual, both = finding.words
    assert plain.startswith("plain-12: the gradient ") and "⊕" not in plain
    assert "from layer 11 back to layer 1" in residual and "the shortcut takes" in residual
    assert both.startswith(("On its way back to layer 1 the gradient ", "No difference: "))
    assert finding.arms[0].shortcut_forward == finding.arms[0].shortcut_backward == [0.0] * 5
    assert arm.arm == 1


def test_where_no_gradient_arrives_the_words_say_so() -> None:
    subject = subject_of("residual", "mlp", steps=1)
    for trainer in subject.sweep.trainers:
        trainer.parameters.flat.zero_()
    *_, finding = analyse(subject, Flow(depth=8, examples=4))
    assert isinstance(finding, FlowFinding)
    assert finding.words == [
        f"{name}-8: no gradient that can be measured reaches layer 1" for name in ("plain", "residual")
    ]
