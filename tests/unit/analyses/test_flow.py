"""The flow through a network is what autograd and a plain pass find, at every layer and every join."""

import re
from collections.abc import Sequence
from dataclasses import fields

import numpy as np
import pytest
import torch
from torch import Tensor

from app.analyses.analyse import analyse
from app.analyses.flow_words import ArmResult, sentences
from app.analyses.kinds.flow import ArmFlow, Flow, FlowFinding
from app.analyses.subject import Subject
from app.contract.connections import CONNECTIONS
from app.contract.experiment import Experiment
from app.learning.trainer import Trainer, losses
from app.nets.block import Block
from app.nets.stack import Stack
from tests.unit.analyses.trained import FAMILIES, replica_of, subject_of


def flow_of(connection: str, family: str) -> tuple[ArmFlow, FlowFinding]:
    subject = subject_of(connection, family)
    *_, finding = analyse(subject, Flow(depth=subject.experiment.depths[-1], examples=20))
    assert isinstance(finding, FlowFinding)
    return finding.arms[1], finding


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("connection", CONNECTIONS)
def test_every_layer_is_measured_as_training_measures_it(connection: str, family: str) -> None:
    subject = subject_of(connection, family)
    stack = replica_of(subject).stack
    result = Trainer(stack).backward(subject.train_x[:20], subject.train_y[:20], measure=True)
    assert result.activation_gradients is not None and result.activations is not None
    arm, _ = flow_of(connection, family)
    # the trainer's columns are in float32, network after network
    backward, forward = (
        np.asarray(column).reshape(stack.k, arm.layers) for column in (result.activation_gradients, result.activations)
    )
    for told, seeds in ((arm.backward, backward), (arm.forward, np.sqrt(forward))):
        bands = [np.median(seeds, axis=0), seeds.min(axis=0), seeds.max(axis=0)]
        np.testing.assert_allclose(np.array(told, float), bands, rtol=1e-6)


def of_networks(stack: Stack, h: Tensor) -> Tensor:
    """[networks, numbers]."""
    return (h.unflatten(1, (stack.k, -1)).transpose(0, 1) if stack.backend.convolutional else h).reshape(stack.k, -1)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("connection", CONNECTIONS)
def test_the_stream_and_both_ways_of_every_join_are_measured(connection: str, family: str) -> None:
    subject = subject_of(connection, family)
    stack = replica_of(subject).stack
    x, y = subject.train_x[:20], subject.train_y[:20]
    arm, _ = flow_of(connection, family)
    h = stack.enter(x).requires_grad_()
    stream, pairs, parts = [h], [], []
    for step in stack.steps():
        if isinstance(step, Block):
            # copies in the graph, so that one call of autograd tells what comes back by each way
            a, b = h.clone(), h.clone()
            pairs.append((b, a))
            parts.append(step.parts(h.detach()))
            h = step.forward(a, b)
        else:
            h = step(h)
        stream.append(h)
    loss = losses(stack.leave(h), y).mean(1).sum()
    backs = torch.autograd.grad(loss, [*stream, *(one for pair in pairs for one in pair)])
    along, ways = backs[: len(stream)], backs[len(stream) :]

    def band_of(values: Tensor) -> list[float]:
        return [
            float(values.median()) if stack.k % 2 else float(values.mean()),
            float(values.min()),
            float(values.max()),
        ]

    ends = [1]
    for step in stack.steps():
        ends.append(ends[-1] + (len(step.shapes) if isinstance(step, Block) else 1))
    assert arm.stream == (list(range(1, arm.layers)) if connection == "plain" else ends)
    for number, h, g in zip(ends, stream, along, strict=True):
        place = arm.stream.index(number)
        mine, back = of_networks(stack, h.detach()), of_networks(stack, g)
        assert [c[place] for c in arm.stream_forward] == pytest.approx(band_of(mine.square().mean(1).sqrt()), rel=1e-9)
        assert [c[place] for c in arm.stream_backward] == pytest.approx(band_of(back.norm(dim=1)), rel=1e-9)
    for block in range(len(pairs)):
        shortcut, branch = (of_networks(stack, g) for g in ways[2 * block : 2 * block + 2])
        whole = shortcut + branch
        share = (shortcut * whole).sum(1) / whole.square().sum(1)
        assert [c[block] for c in arm.shortcut_backward] == pytest.approx(band_of(shortcut.norm(dim=1)), rel=1e-9)
        assert [c[block] for c in arm.branch_backward] == pytest.approx(band_of(branch.norm(dim=1)), rel=1e-9)
        assert [c[block] for c in arm.shortcut_share] == pytest.approx(band_of(share), rel=1e-9, abs=1e-12)
        for told, part in zip((arm.branch_forward, arm.shortcut_forward), parts[block], strict=True):
            size = of_networks(stack, part.detach()).square().mean(1).sqrt()
            assert [c[block] for c in told] == pytest.approx(band_of(size), rel=1e-9)
    assert len(arm.shortcut_share[0]) == len(pairs)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("connection", [name for name in CONNECTIONS if name != "dense"])
def test_the_stream_is_the_output_of_the_layers_that_it_names(connection: str, family: str) -> None:
    arm, _ = flow_of(connection, family)
    assert arm.stream[0] == 1 and arm.stream[-1] == arm.layers - 1
    for stream, layers in ((arm.stream_forward, arm.forward), (arm.stream_backward, arm.backward)):
        np.testing.assert_allclose(
            np.array(stream, float), np.array(layers, float)[:, np.array(arm.stream) - 1], rtol=1e-9
        )


def test_slices_of_the_examples_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    together, _ = flow_of("residual", "conv6n2")
    monkeypatch.setattr("app.analyses.kinds.flow.MOST_NUMBERS", 2 * 7 * 14 * 8 * 64)
    subject = subject_of("residual", "conv6n2")
    said = list(analyse(subject, Flow(depth=14, examples=20)))
    shares = [one for one in said if isinstance(one, float)]
    assert len(shares) == 6 and shares == sorted(shares) and shares[-1] == 1
    assert isinstance(said[-1], FlowFinding)
    sliced = said[-1].arms[1]
    for field in fields(ArmFlow):
        whole = np.array(getattr(together, field.name), float)
        np.testing.assert_allclose(np.array(getattr(sliced, field.name), float), whole, rtol=1e-10, err_msg=field.name)


# Words


def result(name: str, *seeds: list[float], skips: bool = True, stream: Sequence[int] = (1, 3, 5)) -> ArmResult:
    """An arm whose gradient along the stream is this, one list a seed."""
    back = np.array(seeds).T
    return ArmResult(name, stream, back, np.full((len(stream) - 1, len(seeds)), 0.75), skips, range(len(seeds)))


def test_words_tell_how_the_gradient_changes_along_the_stream() -> None:
    assert sentences([result("residual-6", [1, 4, 2], [2, 12, 3])]) == [
        "residual-6: from layer 5 back to layer 1 the gradient keeps its size (0.58×), 0.50× to 0.67× over 2 seeds; "
        "it shrinks most from layer 3 to 1, 5.0×; 75 % of it comes by the shortcut (median block)"
    ]
    assert sentences([result("plain-6", [8, 4, 2], skips=False)]) == [
        "plain-6: from layer 5 back to layer 1 the gradient grows 4.0×, one seed"
    ]


def test_where_a_gradient_shrinks_is_never_inside_a_branch() -> None:
    """What comes back inside a branch is a part of the whole: it was called the steepest fall of the stream."""
    arm, finding = flow_of("residual", "mlp")
    inside = [layer for layer in range(2, arm.layers) if layer not in arm.stream]
    assert inside == [2, 4, 6, 8, 10]
    for sentence in finding.words[1:2]:
        named = [
            int(number) for number in re.findall(r"from layer (\d+)|to (\d+),", sentence) for number in number if number
        ]
        assert named and set(named) <= set(arm.stream)


def test_arms_differ_only_by_more_than_equal_networks_do() -> None:
    equal = [result("a-6", [1, 1, 3], [1, 1, 9]), result("b-6", [1, 1, 4], [1, 1, 12])]
    assert sentences(equal)[-1] == "No clear difference between the arms in how the gradient changes back to layer 1"
    apart = [result("a-6", [1, 1, 1.5], [1, 1, 1.2]), result("b-6", [1, 1, 40], [1, 1, 60])]
    assert (
        sentences(apart)[-1]
        == "On its way back to layer 1 the gradient shrinks 48× in b-6 and keeps its size (0.75×) in a-6"
    )
    # one seed of two equal networks of 64 plain layers was 8 to 190 times apart in one of eight cases
    one = [result("a-6", [1, 1, 1]), result("b-6", [1, 1, 9])]
    assert sentences(one)[-1].startswith("No clear difference ") and sentences(one)[-1].endswith(" (one seed)")
    assert sentences([one[0], result("b-6", [1, 1, 90])])[-1].endswith("keeps its size (1.0×) in a-6 (one seed)")


def test_where_no_gradient_arrives_the_words_say_so() -> None:
    subject = subject_of("residual", "mlp", steps=1)
    for trainer in subject.sweep.trainers:
        trainer.parameters.flat.zero_()
    *_, finding = analyse(subject, Flow(depth=8, examples=4))
    assert isinstance(finding, FlowFinding)
    assert finding.words == [
        f"{name}-8: no gradient that can be measured reaches layer 1" for name in ("plain", "residual")
    ]
    assert sentences([result("a-6", [0, 1, 1], [1, 1, 1])])[0].endswith("; in 1 of 2 seeds none reaches layer 1")


def test_that_batch_norm_has_seen_nothing_is_said_where_it_is_so_and_nowhere_else() -> None:
    """It was said of every step 0, also when a training pass had moved the running statistics."""
    fresh = subject_of("residual", "mlp", steps=0)
    *_, finding = analyse(fresh, Flow(depth=8, examples=4))
    assert isinstance(finding, FlowFinding) and finding.words[-1].startswith("Before the first step the running means")
    moved = subject_of("residual", "mlp", steps=1)
    moved.step = 0
    *_, finding = analyse(moved, Flow(depth=8, examples=4))
    assert isinstance(finding, FlowFinding) and not finding.words[-1].startswith("Before")


def test_more_seeds_than_five_are_not_passed() -> None:
    subject = Subject(Experiment(depths=(4,), width=16, seeds=7), 0)
    *_, finding = analyse(subject, Flow(depth=4, examples=4))
    assert isinstance(finding, FlowFinding) and "over 5 seeds" in finding.words[0]
