"""The gradient along a line is what autograd finds, and it shatters with depth in plain networks first."""

import numpy as np
import pytest
import torch

from app.analyses.agreement import NOTHING, UNCENTRED, Agreement, compared, sentences
from app.analyses.analyse import analyse
from app.analyses.bands import apart
from app.analyses.kinds.shattering import Shattering, ShatteringFinding
from app.analyses.slopes import autocorrelation, centre, slopes
from app.analyses.subject import Subject
from app.contract.arms import Arm
from app.contract.connections import CONNECTIONS
from app.contract.experiment import Cell, Experiment
from app.errors import Refused
from app.nets.specs import NetworkSpec
from app.nets.stack import Stack
from app.nets.structure import Stage, Structure
from tests.unit.analyses.trained import FAMILIES, replica_of, subject_of
from tests.unit.nets.test_stack_equals_torch import depths_of, make


def asked(subject: Subject, **question: object) -> ShatteringFinding:
    *_, finding = analyse(subject, Shattering.model_validate(question))
    assert isinstance(finding, ShatteringFinding)
    return finding


def correlations(finding: ShatteringFinding, lag: int = 10) -> dict[tuple[int, int], float]:
    """Median autocorrelation by arm and layers."""
    found = {}
    for line in finding.lines:
        value = line.autocorrelation[0][lag]
        assert value is not None
        found[line.arm, line.layers] = value
    return found


@pytest.mark.parametrize("normalisation", ["none", "batch", "layer"])
@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("connection", CONNECTIONS)
def test_slopes_are_what_autograd_finds_backwards(
    connection: str, family: str, normalisation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    stack = make(family, (connection,), depths_of(connection, family)[:1], normalisation=normalisation)
    stack.at_evaluation = True
    shape = (20,) if family == "mlp" else (3, 8, 8)
    first, last = torch.randn(2, *shape, dtype=torch.float64, generator=torch.Generator().manual_seed(3))
    line = first + torch.linspace(0, 1, 7, dtype=torch.float64).view(-1, *[1] * len(shape)) * (last - first)
    monkeypatch.setattr("app.analyses.slopes.MOST_NUMBERS", 3 * stack.k * 8)  # slices of some of the points
    got = slopes(stack, line, (last - first).expand_as(line).contiguous(), 4)
    x = line.clone().requires_grad_()
    logits = stack.forward(x)
    for k in range(stack.k):
        (g,) = torch.autograd.grad(logits[k, 4].sum(), x, retain_graph=True)
        expected = (g * (last - first)).flatten(1).sum(1)
        np.testing.assert_allclose(got[k], expected, rtol=1e-9, atol=1e-12)


def test_centred_networks_have_the_statistics_of_the_line() -> None:
    structure, arm = Structure(1, (Stage(16),), 1, False), Arm(connection="residual")
    stack = Stack(structure, [NetworkSpec(8, seed, arm, 0.1) for seed in range(3)], dtype=torch.float64)
    line = torch.linspace(-2, 2, 50, dtype=torch.float64).view(-1, 1)
    for leaf in stack.parameters.leaves:
        leaf.requires_grad_(False)
    centre(stack, line)
    with torch.enable_grad():
        by_batch = stack.forward(line).clone()
    centre(stack, line)
    stack.at_evaluation = True
    torch.testing.assert_close(stack.forward(line), by_batch, rtol=0, atol=1e-12)
    read = stack.backend.inputs(line, stack.k, None)
    raw = stack.stem.weight(read)
    torch.testing.assert_close(stack.stem(read), raw - raw.mean(2, keepdim=True), rtol=0, atol=1e-12)


def test_plain_gradients_shatter_with_depth_and_residual_ones_resist() -> None:
    # ten seeds; over six disjoint tens the medians of width 64 and 128 were, at 4, 12, 26 and 52 layers:
    # plain .51–.67, −.10–.02, −.03–.00, −.03–.02; residual .52–.89, .51–.84, .37–.75, .22–.48
    subject = Subject(Experiment(depths=(4,)), 0)
    found = correlations(asked(subject, seeds=10, width=64))
    plain, residual = ([found[arm, layers] for layers in (4, 12, 26, 52)] for arm in (0, 1))
    assert plain[0] > 0.4 and max(map(abs, plain[1:])) < 0.15
    assert residual[1] > 0.4 and residual[2] > 0.25 and residual[3] > 0.18
    assert all(r > p + 0.15 for r, p in zip(residual[1:], plain[1:], strict=True))
    assert residual[1] > residual[2] > residual[3]


def test_with_zero_biases_and_nothing_centred_depth_shows_nothing() -> None:
    subject = Subject(Experiment(depths=(4,)), 0)
    finding = asked(subject, setting="naive", seeds=2, width=16)
    found = list(correlations(finding).values())
    assert min(found) > 0.8 and max(found) - min(found) < 1e-6
    for line in finding.lines:
        assert len({round(value, 6) for value in line.gradient if value is not None}) == 2
    assert finding.words[-1] == NOTHING
    for bent in (Arm(connection="plain", activation="tanh"), Arm(connection="highway")):
        smooth = Subject(Experiment(depths=(4,), arms=(bent,)), 0)
        assert asked(smooth, setting="naive", points=32, width=8, seeds=1).words[-1] == UNCENTRED
    assert finding.words[-2].startswith("No difference between the arms")


def test_every_connection_has_lines_at_the_depths_that_it_can_have() -> None:
    arms = tuple(Arm.model_validate({"connection": name}) for name in ("bottleneck", "dense", "skipinit", "stochastic"))
    subject = Subject(Experiment(arms=arms, depths=(8,), dataset="fashion", family="conv6n2", width=4), 0)
    finding = asked(subject, depths=(12, 4), points=40, width=16, seeds=2)
    assert [(line.arm, line.layers) for line in finding.lines] == [
        (0, 5), (0, 11), (1, 4), (1, 12), (2, 4), (2, 12), (3, 4), (3, 12),
    ]  # fmt: skip
    assert finding.lags == list(range(21)) and len(finding.at) == 40
    assert finding.spacing == pytest.approx(4 / 39)
    assert "1.03 of the input away (10 points)" in finding.words[0]
    assert (finding.at[0], finding.at[-1]) == (-2.0, 2.0)
    for line in finding.lines:
        assert max(abs(value) for value in line.gradient if value is not None) == 1
        assert [column[0] for column in line.autocorrelation] == pytest.approx([1, 1, 1])
        assert [len(column) for column in line.autocorrelation] == [21, 21, 21]


def test_trained_networks_are_asked_between_two_test_examples_of_different_classes() -> None:
    subject = subject_of("residual", "mlp", steps=2)
    finding = asked(subject, setting="trained", depths=(12, 8), points=32)
    assert [(line.arm, line.layers) for line in finding.lines] == [(0, 8), (0, 12), (1, 8), (1, 12)]
    other = next(i for i, label in enumerate(subject.test_y) if label != subject.test_y[0])
    assert finding.spacing * 31 == pytest.approx(float((subject.test_x[other] - subject.test_x[0]).norm()))
    at = torch.tensor(finding.at, dtype=torch.float64, requires_grad=True)
    one, two = subject.test_x[0], subject.test_x[other]
    f = replica_of(subject).stack.forward(one + at.view(-1, 1, 1, 1) * (two - one))[0, int(subject.test_y[0])]
    (g,) = torch.autograd.grad(f.sum(), at)
    expected = g / g.abs().max()
    np.testing.assert_allclose(np.array(finding.lines[-1].gradient, float), expected, rtol=1e-8, atol=1e-12)


def test_without_depths_the_papers_are_taken_of_fresh_networks_and_the_runs_of_trained_ones() -> None:
    subject = subject_of("plain", "mlp")
    fresh = asked(subject, points=32, width=8, seeds=1)
    assert {line.layers for line in fresh.lines} == {4, 12, 26, 52}
    trained = asked(subject, setting="trained", points=32)
    assert {line.layers for line in trained.lines} == {cell.layers for cell in subject.experiment.cells()}


def test_trained_networks_at_a_depth_that_the_run_lacks_are_refused() -> None:
    with pytest.raises(Refused, match=r"^depth: this run has no networks at 26"):
        asked(subject_of("residual", "mlp"), setting="trained", depths=(26,))


def test_fresh_networks_that_cannot_be_or_are_too_large_are_refused() -> None:
    subject = Subject(Experiment(depths=(5 + 1,), arms=(Arm(connection="resnext"),)), 0)
    with pytest.raises(Refused, match=r"^width: 4 paths of arm 0 do not divide 9 inner units"):
        asked(subject, width=18)
    with pytest.raises(Refused, match=r"^width: this needs .* over the limit"):
        asked(Subject(Experiment(depths=(4,)), 0), width=512, depths=(1024,), seeds=20)
    with pytest.raises(Refused, match=r"^points: 24,576 on the lines .* over the limit of 16,384"):
        asked(
            Subject(Experiment(depths=(4,), arms=(Arm(connection="plain"),) * 3), 0),
            depths=range(4, 20, 2),
            points=1024,
        )


def test_the_autocorrelation_is_that_of_statistics() -> None:
    noise = np.random.default_rng(0).standard_normal((3, 400))
    got = autocorrelation(noise + 5, [0, 1, 7])
    for row, values in zip(noise, got, strict=True):
        g = row - row.mean()
        whole = np.correlate(g, g, mode="full")[len(g) - 1 :]
        np.testing.assert_allclose(values, (whole / whole[0])[[0, 1, 7]], rtol=1e-10)
    wave = np.sin(np.arange(400) * 2 * np.pi / 20)[None]
    assert autocorrelation(wave, [10])[0, 0] == pytest.approx(-390 / 400, abs=1e-3)
    assert np.isnan(autocorrelation(np.full((1, 50), 3.0), [0, 5])).all()


def test_a_gradient_that_overflows_is_told_as_such() -> None:
    arms = (Arm(connection="plain", normalisation="none"), Arm(connection="residual", normalisation="none"))
    subject = Subject(Experiment(arms=arms, depths=(1000,), width=8), 0)
    finding = asked(subject, setting="trained", depths=(1000,), points=40)
    assert set(finding.lines[1].autocorrelation[0]) == {None}
    assert "undefined (a gradient that is constant or overflows) at 1000 layers" in finding.words[1]


def agreement(name: str, *values: float) -> Agreement:
    return Agreement(Cell(0 if name == "plain" else 1, 52, 0.0, 52), f"{name}-52", np.array(values))


#: of 256 points
NOISE = 0.125


@pytest.mark.parametrize(
    ("plain", "residual", "said"),
    [
        ((-0.4, -0.41, -0.42), (-0.02, 0.0, 0.01), "No arm is ranked: at the greatest depth"),
        ((-0.9, -0.91, -0.92), (-0.3, -0.31, -0.32), "No arm is ranked: at the greatest depth"),
        ((-0.1, -0.1, -0.11), (0.12, 0.12, 0.12), "No arm is ranked: at the greatest depth"),
        ((0.0, 0.01, 0.02), (0.13, 0.13, 0.14), "Neighbouring inputs agree more on the gradient in residual-52"),
        ((0.5, 0.51, 0.52), (0.55, 0.56, 0.57), "No difference between the arms at the greatest depth (0.51 to 0.56)"),
        ((0.1, 0.5, 0.9), (0.2, 0.7, 0.8), "No clear difference between the arms at the greatest depth: 3 seeds"),
        ((0.0,), (0.8,), "No clear difference between the arms at the greatest depth: one seed cannot tell"),
        ((0.3, 0.31, 0.29), (0.8, 0.79, 0.81), "Neighbouring inputs agree more on the gradient in residual-52 (0.80)"),
        ((0.8, 0.79, 0.81), (0.3, 0.31, 0.29), "Neighbouring inputs agree more on the gradient in plain-52 (0.80)"),
    ],
)
def test_nothing_inside_noise_is_ranked_two_negatives_have_no_winner_and_seeds_must_agree(
    plain: tuple[float, ...], residual: tuple[float, ...], said: str
) -> None:
    assert compared([agreement("plain", *plain), agreement("residual", *residual)], NOISE).startswith(said)


def test_what_is_noise_beside_what_is_not_is_called_so() -> None:
    said = compared([agreement("plain", -0.05, -0.04, -0.03), agreement("residual", 0.5, 0.6, 0.7)], NOISE)
    assert said.endswith("in residual-52 (0.60) than in plain-52 (−0.04, which is noise)")


@pytest.mark.parametrize(("points", "inside"), [(256, "(±0.12)"), (32, "(±0.35)"), (1024, None)])
def test_the_band_of_noise_is_that_of_the_points(points: int, inside: str | None) -> None:
    results = [agreement("plain", 0.1, 0.1, 0.1)]
    experiment = Experiment(depths=(52,), arms=(Arm(connection="plain"),))
    [said] = sentences(experiment, "centred", points, results, 10, 0.157)
    assert "0.157 of the input away (10 points), is 0.10 at 52 layers" in said
    assert ("cannot be told from noise" in said) == (inside is not None)
    assert inside is None or inside in said


def test_an_arm_that_overflows_keeps_no_one_from_comparing_the_others() -> None:
    arms = tuple(Arm(connection=name) for name in ("plain", "residual", "highway"))
    results = [agreement("plain", 0.0, 0.01, 0.02), agreement("residual", 0.8, 0.81, 0.82)]
    lost = Agreement(Cell(2, 52, 0.0, 52), "highway-52", np.full(3, np.nan))
    words = sentences(Experiment(depths=(52,), arms=arms), "centred", 256, [*results, lost], 10, 0.1)
    assert words[-1].startswith("Neighbouring inputs agree more on the gradient in residual-52")
    assert "undefined" in words[2]


def test_arms_of_equal_noise_are_told_apart_once_in_twenty_times_at_most() -> None:
    generator = np.random.default_rng(0)
    for seeds in (2, 3, 5, 20):
        pairs = generator.standard_normal((2000, 2, seeds))
        assert np.mean([apart(*pair) for pair in pairs]) <= 0.06
    assert not apart([0.1], [0.9]) and not apart([0.1, np.nan], [0.9, 0.91])
    assert apart([0.1, 0.1], [0.9, 0.9]) and not apart([0.5, 0.5], [0.5, 0.5])
