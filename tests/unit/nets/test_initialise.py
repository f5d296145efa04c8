"""Initial weights against the formulas of their papers."""

from math import prod, sqrt

import pytest
import torch
from torch import Tensor

from app.contract.arms import Arm
from app.nets.initialise import DRAWS, draw_bias, draw_weight
from app.nets.specs import NetworkSpec
from app.nets.stack import Stack
from app.nets.structure import Stage, Structure

WIDTH, INPUTS, CLASSES = 16, 20, 5
MLP = Structure(INPUTS, (Stage(WIDTH),), CLASSES, False)
STAGES = (Stage(8), Stage(16, 2), Stage(32, 2))
CONV = Structure(3, STAGES, CLASSES, True)
ROWS = [(400, 300), (300, 400), (64, 48, 3, 3)]


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def stack(
    connection: str, initialisation: str, structure: Structure = MLP, depth: int = 20, norm: str = "none"
) -> Stack:
    arm = Arm.model_validate({"connection": connection, "initialisation": initialisation, "normalisation": norm})
    return Stack(structure, [NetworkSpec(depth, 3, arm, 0.1)], dtype=torch.float64)


def of_role(made: Stack, role: str) -> list[Tensor]:
    return [weight.value.value.detach().view(weight.row) for weight in made.weights if weight.role == role]


@pytest.mark.parametrize("row", ROWS)
@pytest.mark.parametrize(
    ("scheme", "variance"),
    [
        ("he", lambda into, out: 2 / into),
        ("xavier", lambda into, out: 2 / (into + out)),
        ("pytorch", lambda into, out: 1 / (3 * into)),
    ],
)
def test_weights_have_mean_zero_and_the_variance_of_the_paper(scheme, variance, row) -> None:  # type: ignore[no-untyped-def]
    weight = DRAWS[scheme](row, generator())
    window = prod(row[2:])
    expected = variance(row[1] * window, row[0] * window)
    assert weight.shape == row and weight.dtype == torch.float64
    # four standard errors: of the mean σ/√n, of a normal variance σ²·√(2/n), of a uniform one less
    count = weight.numel()
    assert abs(weight.mean()) < 4 * sqrt(expected / count)
    assert weight.var() == pytest.approx(expected, rel=4 * sqrt(2 / count))
    assert (weight.abs().max() <= sqrt(3 * expected)) == (scheme != "he")


@pytest.mark.parametrize("scheme", ["he", "zero_last", "orthogonal"])
def test_what_assumes_a_relu_gives_the_classifier_half_the_variance(scheme: str) -> None:
    inner, head = (draw_weight(scheme, (300, 400), role, generator()) for role in ("inner", "head"))
    torch.testing.assert_close(head, inner * sqrt(0.5))
    assert head.var() == pytest.approx(1 / 400, rel=0.05)


def test_biases_are_zero_but_for_pytorchs_own_start() -> None:
    for scheme in DRAWS:
        bias = draw_bias(scheme, (2000, 100), generator())
        if scheme == "pytorch":
            assert bias.var() == pytest.approx(1 / 300, rel=0.1) and bias.abs().max() <= 0.1
        else:
            assert not bias.any()


@pytest.mark.parametrize("row", [(12, 30), (30, 12), (20, 20), (8, 4, 3, 3), (40, 2, 3, 3)])
def test_orthogonal_rows_or_columns_are_orthonormal_times_root_two(row: tuple[int, ...]) -> None:
    flat = DRAWS["orthogonal"](row, generator()).reshape(row[0], -1)
    gram = flat @ flat.t() if flat.shape[0] <= flat.shape[1] else flat.t() @ flat
    torch.testing.assert_close(gram, 2 * torch.eye(len(gram), dtype=torch.float64))


def test_orthogonal_matrices_are_drawn_without_a_preferred_sign() -> None:
    """QR alone would give R's diagonal a sign of its own; over many draws each entry averages to zero."""
    draws = torch.stack([DRAWS["orthogonal"]((3, 3), generator(seed)) for seed in range(2000)])
    assert draws.mean(0).abs().max() < 4 * sqrt(2 / 3 / 2000)


def test_a_plain_looks_linear_network_is_linear_at_the_start() -> None:
    made = stack("plain", "looks_linear")
    x, y = torch.randn(2, 7, INPUTS, dtype=torch.float64)
    with torch.no_grad():
        fx, fy, both = made.forward(x), made.forward(y), made.forward(x + y)
        scaled = made.forward(-2.5 * x)
    torch.testing.assert_close(fx + fy, both, rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(-2.5 * fx, scaled, rtol=1e-12, atol=1e-12)
    assert fx.abs().mean() > 0.01


def test_a_convolutional_looks_linear_network_is_linear_at_the_start() -> None:
    made = stack("plain", "looks_linear", CONV)
    x, y = torch.randn(2, 4, 3, 8, 8, dtype=torch.float64)
    with torch.no_grad():
        torch.testing.assert_close(made.forward(x) + made.forward(y), made.forward(x + y), rtol=1e-12, atol=1e-12)
        assert made.forward(x).abs().mean() > 1e-3


def test_he_networks_are_not_linear_at_the_start() -> None:
    made = stack("plain", "he")
    x, y = torch.randn(2, 7, INPUTS, dtype=torch.float64)
    with torch.no_grad():
        assert not torch.allclose(made.forward(x) + made.forward(y), made.forward(x + y), rtol=0.1)


@pytest.mark.parametrize(("structure", "blocks"), [(MLP, 9), (CONV, 9)])
def test_fixup_starts_branch_ends_and_classifier_at_zero_and_scales_what_is_inside(
    structure: Structure, blocks: int
) -> None:
    """Zhang et al. (2019): the first layer of each branch of two is He's times L^(-1/2)."""
    made, he = (stack("residual", scheme, structure) for scheme in ("fixup", "he"))
    assert not made.head.value.any()
    assert len(of_role(made, "end")) == len(of_role(made, "inner")) == blocks
    assert not any(weight.any() for weight in of_role(made, "end"))
    for mine, theirs in zip(of_role(made, "inner"), of_role(he, "inner"), strict=True):
        torch.testing.assert_close(mine, theirs * blocks**-0.5)
    torch.testing.assert_close(of_role(made, "stem")[0], of_role(he, "stem")[0])


def test_fixup_scales_branches_of_three_layers_less() -> None:
    """L^(-1/(2m-2)): the exponent is 1/4 for m = 3."""
    made, he = (stack("bottleneck", scheme, MLP) for scheme in ("fixup", "he"))
    blocks = len(of_role(made, "end"))
    for mine, theirs in zip(of_role(made, "inner"), of_role(he, "inner"), strict=True):
        torch.testing.assert_close(mine, theirs * blocks**-0.25)


@pytest.mark.parametrize("norm", ["none", "batch", "layer"])
def test_zero_last_makes_every_residual_block_the_identity(norm: str) -> None:
    """After the first ReLU all is positive, so σ(0 + x) = x and every layer's output is the first's."""
    made = stack("residual", "zero_last", norm=norm)
    x = torch.randn(9, INPUTS, dtype=torch.float64)
    _, outputs = made.capture(x)
    first = outputs[0][0]
    for h, _ in outputs[2:-1:2]:
        torch.testing.assert_close(h, first)
    ends = of_role(made, "end")
    assert all(weight.any() for weight in ends) == (norm != "none")
    if norm != "none":
        assert all(bool(one.gain.value.any()) != one.end for one in made.norms)
