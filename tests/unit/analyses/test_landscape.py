"""The landscape's points are losses of the networks that stand there, and its planes are what they say."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from app.analyses import perturbed as perturbed_module
from app.analyses.analyse import analyse
from app.analyses.cost import size_of
from app.analyses.kinds.landscape import OWN_PLANES, STRIDES, LandscapeFinding, new_points
from app.analyses.perturbed import Perturbed
from app.analyses.planes import random_plane, trajectory_plane
from app.analyses.registry import parse_question
from app.analyses.subject import Subject
from app.analyses.valleys import valley
from app.analyses.words import number
from app.contract.arms import Arm
from app.contract.connections import CONNECTIONS
from app.contract.experiment import Experiment
from app.errors import DataUnavailable, Refused
from app.nets.copies import copies
from app.nets.layers import Weight
from app.nets.stack import Stack
from tests.unit.analyses.networks import FAMILIES, network, trained
from tests.unit.nets.reference import reference_of
from tests.unit.nets.test_stack_equals_torch import batch

EXPERIMENT = Experiment(depths=(8,), width=16, seeds=2, steps=60)


@pytest.fixture(scope="module")
def subject(tmp_path_factory: pytest.TempPathFactory) -> Subject:
    """A small matched pair, trained for real, and its way, to be asked in float64."""
    return trained(EXPERIMENT, tmp_path_factory.mktemp("kept"), torch.float64)


def everything(subject: Subject, **question: object) -> list[float | LandscapeFinding]:
    asked = parse_question({"kind": "landscape", "depth": subject.experiment.depths[0]} | question)
    return list(analyse(subject, asked))  # type: ignore[arg-type]


def ask(subject: Subject, **question: object) -> LandscapeFinding:
    finding = everything(subject, **question)[-1]
    assert isinstance(finding, LandscapeFinding)
    return finding


def training_losses(subject: Subject) -> Any:
    """Of the first seed of each arm, as the run itself measures it."""
    return subject.sweep.evaluate(subject.train_x, subject.train_y)[0][:: subject.experiment.seeds]


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("connection", CONNECTIONS)
@torch.no_grad()
def test_every_point_equals_an_ordinary_torch_network_with_those_weights(connection: str, family: str) -> None:
    stack = network(connection, family, seeds=(1,))
    x, y = batch(stack.structure)
    plane = random_plane(stack, seed=3, side=5, span=1.0)
    points = torch.tensor([[0.0, 0.0], [0.3, -0.7], [-1.0, 0.2]], dtype=torch.float64)
    perturbed = Perturbed(stack, plane.directions, size_of(stack, x), len(x))
    found = torch.cat([part for _, part in perturbed.losses(points, x, y)])
    theta, (delta, eta) = stack.parameters.flat.clone(), plane.directions
    for (a, b), loss in zip(points.tolist(), found.tolist(), strict=True):
        stack.parameters.flat.copy_(theta + a * delta + b * eta)
        reference = reference_of(stack, 0).eval()
        assert loss == pytest.approx(F.cross_entropy(reference(x), y).item(), rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("connection", CONNECTIONS)
@torch.no_grad()
def test_each_filter_of_a_direction_is_as_long_as_the_weights_and_nothing_else_moves(
    connection: str, family: str
) -> None:
    stack = network(connection, family, seeds=(0,))
    lengths = {slot_of(weight): length(weight.value.value, weight.row) for weight in stack.weights}
    head = length(stack.head.value, stack.head.shape[1:])
    delta, eta = random_plane(stack, seed=0, side=5, span=1.0).directions
    assert abs(torch.nn.functional.cosine_similarity(delta, eta, dim=0)) < 0.2
    for direction in (delta, eta):
        stack.parameters.flat.copy_(direction)
        for weight in stack.weights:
            torch.testing.assert_close(length(weight.value.value, weight.row), lengths[slot_of(weight)])
            assert weight.bias is None or not weight.bias.value.any()
        torch.testing.assert_close(length(stack.head.value, stack.head.shape[1:]), head)
        still = [name for name in stack.parameters.groups if name.split("/")[0] in STILL]
        assert len(still) >= 2
        assert not any(stack.parameters.groups[name].data.any() for name in still)


STILL = ("bias", "head_bias", "gain", "shift", "scale")


def slot_of(weight: Weight) -> tuple[str, int]:
    return weight.value.group, weight.value.start


def length(weight: torch.Tensor, row: tuple[int, ...]) -> torch.Tensor:
    """Of each filter: all weights into one unit or channel."""
    return weight.detach().reshape(row).flatten(1).norm(dim=1)


def test_arms_share_their_directions_where_their_layers_have_one_shape() -> None:
    """With projections in one arm too: they are drawn apart from the layers."""
    plain = network("plain", "conv6n2", seeds=(0,))
    residual, projected = (network("residual", "conv6n2", option, seeds=(0,)) for option in "AB")

    def layers(stack: Stack) -> list[torch.Tensor]:
        with torch.no_grad():
            found = []
            for direction in random_plane(stack, seed=5, side=5, span=1.0).directions:
                out = copies(stack, [0])
                out.parameters.flat.copy_(direction)
                rows = [w.value.value.flatten(1) for w in out.weights if w.role != "shortcut"]
                found += [row / row.norm(dim=1, keepdim=True) for row in [*rows, out.head.value[0]]]
        return found

    for one, other, third in zip(layers(plain), layers(residual), layers(projected), strict=True):
        torch.testing.assert_close(one, other)
        torch.testing.assert_close(one, third)


def test_a_layer_keeps_its_direction_behind_one_of_another_shape() -> None:
    """Stem and head of residual and bottleneck networks have one shape, what is between has not."""
    arms = [network(connection, "mlp", seeds=(0,)) for connection in ("residual", "bottleneck")]
    for direction in (0, 1):
        heads = []
        for stack in arms:
            out = copies(stack, [0])
            with torch.no_grad():
                out.parameters.flat.copy_(random_plane(stack, seed=5, side=5, span=1.0).directions[direction])
            for rows in (out.weights[0].value.value.flatten(1), out.head.value[0]):
                heads.append((rows / rows.norm(dim=1, keepdim=True)).detach())
        torch.testing.assert_close(heads[:2], heads[2:])


def test_the_middle_is_the_loss_that_the_run_measured(subject: Subject) -> None:
    finding = ask(subject, side=9)
    for surface, loss in zip(finding.surfaces, training_losses(subject), strict=True):
        assert surface.alpha[4] == surface.beta[4] == 0.0
        assert surface.loss[4][4] == pytest.approx(loss, rel=1e-6)  # of a column in float32
        assert surface.alpha == surface.beta == pytest.approx(np.linspace(-1, 1, 9).tolist())
        assert not surface.trajectory and not surface.explained


@pytest.mark.parametrize("side", [5, 7, 9, 31])
def test_every_point_comes_once_and_the_first_strides_span_the_plane(side: int) -> None:
    loss, seen = np.full((side, side), np.nan), np.zeros((side, side), int)
    for stride in STRIDES:
        rows, columns = new_points(loss, stride)
        seen[rows, columns] += 1
        lines = {line for line in range(side) if line % stride == 0 or line == side - 1}
        assert {(r, c) for r, c in zip(*np.nonzero(seen), strict=True)} == {(r, c) for r in lines for c in lines}
    assert (seen == 1).all()


def test_the_streamed_grid_is_that_of_a_plain_loop(subject: Subject) -> None:
    told = everything(subject, side=11, span=0.5, seed=7)
    findings = [one for one in told if isinstance(one, LandscapeFinding)]
    shares = [one for one in told if isinstance(one, float)]
    assert [finding.stride for finding in findings] == list(STRIDES)
    assert shares == sorted(shares) and shares[0] == 0.0 and shares[-1] == 1.0
    for arm, replica in enumerate(subject.replicas(8, seeds=1)):
        plane = random_plane(replica.stack, seed=7, side=11, span=0.5)
        theta, (delta, eta) = replica.stack.parameters.flat.clone(), plane.directions
        expected = np.empty((11, 11))
        with torch.no_grad():
            for j, b in enumerate(np.linspace(-0.5, 0.5, 11)):
                for i, a in enumerate(np.linspace(-0.5, 0.5, 11)):
                    replica.stack.parameters.flat.copy_(theta + a * delta + b * eta)
                    logits = replica.stack.forward(subject.train_x)
                    expected[j, i] = F.cross_entropy(logits[0].t(), subject.train_y)
        np.testing.assert_allclose(np.array(findings[-1].surfaces[arm].loss, float), expected, rtol=1e-9)
        for finding in findings[:-1]:
            part = np.array(finding.surfaces[arm].loss, float)
            there = np.isfinite(part)
            np.testing.assert_array_equal(part[there], np.array(findings[-1].surfaces[arm].loss, float)[there])
            assert there[:: finding.stride, :: finding.stride].all() and there[-1, -1] and not there.all()


@pytest.mark.parametrize("slice_bytes", [1, 100_000])
def test_slices_change_no_number(subject: Subject, slice_bytes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    stack = network("residual", "mlp", seeds=(0,))
    x, y = batch(stack.structure)
    points = torch.rand(19, 2, dtype=torch.float64)

    def losses() -> torch.Tensor:
        plane = random_plane(stack, seed=0, side=5, span=1.0)
        work = Perturbed(stack, plane.directions, size_of(stack, x), len(x))
        return torch.cat([part for _, part in work.losses(points, x, y)])

    at_once = losses()
    monkeypatch.setattr(perturbed_module, "SLICE_BYTES", slice_bytes)
    torch.testing.assert_close(losses(), at_once, rtol=1e-12, atol=0)


def test_the_trajectory_ends_at_the_weights_and_lies_on_its_plane(subject: Subject) -> None:
    finding = ask(subject, plane="trajectory", side=9)
    assert finding.plane == "trajectory" and "origin" in finding.caveat
    for surface, replica in zip(finding.surfaces, subject.replicas(8, seeds=1), strict=True):
        alpha, beta, steps = np.array(surface.trajectory).T
        assert steps.tolist() == [step for step, _ in subject.trajectory]
        assert (alpha[-1], beta[-1]) == (0.0, 0.0)
        for axis, along in ((surface.alpha, alpha), (surface.beta, beta)):
            margin = 0.15 * np.ptp(along)
            assert (axis[0], axis[-1]) == pytest.approx((along.min() - margin, along.max() + margin))
        weights = [then.matching(replica).stack.parameters.flat for then in subject.along_trajectory()]
        recorded = np.array([one.clone().numpy() for one in weights], float)
        moved = recorded - recorded[-1]
        values = np.linalg.svd(moved - moved.mean(0), compute_uv=False) ** 2
        assert surface.explained == pytest.approx((values[:2] / values.sum()).tolist())
        variances = np.var(np.stack([alpha, beta]), axis=1) * len(alpha)
        np.testing.assert_allclose(variances, values[:2], rtol=1e-6)


def test_principal_directions_are_orthonormal_and_the_trajectory_is_recovered_when_it_is_flat() -> None:
    generator = torch.Generator().manual_seed(0)
    span, _ = torch.linalg.qr(torch.randn(30, 2, generator=generator, dtype=torch.float64))
    now = torch.randn(30, generator=generator, dtype=torch.float64)
    recorded = [now + span @ torch.tensor(at, dtype=torch.float64) for at in ([3, 1], [2, -1], [1, 0.5], [0, 0])]
    plane = trajectory_plane(now, recorded, 5)
    both = torch.stack(plane.directions)
    torch.testing.assert_close(both @ both.t(), torch.eye(2, dtype=torch.float64))
    for theta, (a, b) in zip(recorded, plane.trajectory, strict=True):
        torch.testing.assert_close(now + a * both[0] + b * both[1], theta)
    assert sum(plane.explained) == pytest.approx(1)
    with pytest.raises(Refused, match="on a line"):
        trajectory_plane(now, [now, now + 1, now + 2], 5)


def test_without_three_recorded_steps_there_is_no_trajectory(subject: Subject) -> None:
    bare = Subject(EXPERIMENT, 0)
    bare.trajectory = subject.trajectory[:2]
    with pytest.raises(Refused, match="at least 3 recorded steps, and 2 are kept"):
        ask(bare, plane="trajectory", side=5)
    bare.trajectory = [(0, Path("000000000.safetensors"))] * 3
    with pytest.raises(DataUnavailable):
        ask(bare, plane="trajectory", side=5)


def test_an_even_side_is_refused_by_name(subject: Subject) -> None:
    with pytest.raises(Refused, match="side: 10 is even") as refusal:
        ask(subject, side=10)
    assert refusal.value.field == "side"


def test_what_would_take_too_long_is_refused_with_the_side_that_would_not() -> None:
    deep = Subject(Experiment(depths=(128,), width=64), 0)
    with pytest.raises(
        Refused, match=r"side: this needs .* over the limit of 3,600 billion .* at most (\d+)"
    ) as refusal:
        ask(deep, side=101)
    most = int(str(refusal.value).rsplit("most ", 1)[1].split()[0])
    assert most % 2 == 1 and 5 <= most < 101
    work = analyse(deep, parse_question({"kind": "landscape", "depth": 128, "side": most}))
    assert next(work) == 0.0
    images = Subject(Experiment(dataset="fashion", family="conv6n2", depths=(56,), width=16), 0)
    with pytest.raises(Refused, match="smaller depth"):
        ask(images, side=5)


def test_weights_that_do_not_fit_into_memory_are_refused(subject: Subject, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(perturbed_module, "MOST_BYTES", 1 << 16)
    with pytest.raises(Refused, match="MiB of weights is over the limit"):
        ask(subject, side=5)


def test_the_words_are_made_of_the_numbers(subject: Subject) -> None:
    finding = ask(subject, side=9)
    assert finding.level == pytest.approx(np.log(10) / 2)
    for surface, said in zip(finding.surfaces, finding.words, strict=False):
        loss = np.array(surface.loss, float)
        share = valley(loss, finding.level).mean()
        assert f"the loss is {number(loss[4, 4])} at the weights and {number(loss.max())} at the highest" in said
        assert f"its valley below 1.15 takes {100 * share:.1f} % of the plane" in said
    assert len(finding.words) == 3 and "1.15" in finding.words[2]
    way = ask(subject, side=5, plane="trajectory").words
    assert way[-1] == OWN_PLANES and not any("valley" in said for said in way)


def test_of_an_untrained_network_the_words_say_that_flatness_means_nothing() -> None:
    words = ask(Subject(EXPERIMENT, 0), side=5).words
    assert all("has learned little" in said for said in words[:2])
    assert words[2] == "Widths cannot be compared: plain-8 and residual-8 have no valley below 1.15"


@pytest.mark.parametrize("depth, said", [(64, "not finite at"), (640, "themselves is not finite")])
def test_losses_that_are_not_finite_are_none_and_the_words_say_so(depth: int, said: str) -> None:
    arm = Arm(connection="residual", normalisation="none")
    finding = ask(Subject(Experiment(depths=(depth,), arms=(arm,), width=8), 0), side=5, span=10)
    assert any(loss is None for row in finding.surfaces[0].loss for loss in row)
    assert said in finding.words[0] and len(finding.words) == 1


def test_a_cancelled_landscape_leaves_the_run_as_it_was(subject: Subject) -> None:
    before = [trainer.parameters.flat.clone() for trainer in subject.sweep.trainers]
    work: Any = analyse(subject, parse_question({"kind": "landscape", "depth": 8, "plane": "trajectory", "side": 9}))
    assert next(work) == 0.0
    assert 0 < next(work) < 1
    work.close()
    assert torch.is_grad_enabled() and subject.step == EXPERIMENT.steps
    for trainer, weights in zip(subject.sweep.trainers, before, strict=True):
        assert torch.equal(trainer.parameters.flat, weights)
