"""The prediction is what closed forms say where there are some, and what wide random networks do everywhere."""

from math import pi, sqrt
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from app.analyses.hidden_states import at_start, settle_batch_norms
from app.analyses.mean_field import Prediction, predict
from app.analyses.signals import Spectrum, branch_shares, correlations, jacobians
from app.contract.arms import Arm
from app.contract.experiment import Experiment

Floats = NDArray[np.float64]
#: error of the averages over the units that are drawn
SAMPLING = 0.01


def inputs(examples: int = 16, features: int = 64, common: float = 0.0) -> Floats:
    """Examples whose cosine is about ``common``."""
    generator = np.random.default_rng(1)
    own, shared = generator.standard_normal((examples, features)), generator.standard_normal(features)
    return sqrt(1 - common) * own + sqrt(common) * shared


def predicted(connection: str, x: Floats, *, blocks: int = 8, width: int = 64, **options: Any) -> Prediction:
    options = {"normalisation": "none", "cardinality": 2} | options
    found = predict(Arm.model_validate({"connection": connection} | options), width, blocks, x)
    assert found is not None
    return found


def pairs(cosines: Floats) -> float:
    """Mean off the diagonal."""
    n = len(cosines)
    return float((cosines.sum() - np.trace(cosines)) / (n * (n - 1)))


def arc_cosine(c: Floats) -> Floats:
    """Cho & Saul 2009, order 1."""
    c = np.clip(c, -1, 1)
    return (np.sqrt(1 - c * c) + c * (pi - np.arccos(c))) / pi


@pytest.mark.parametrize("common", [0.0, 0.8])
def test_plain_networks_with_relu_follow_the_arc_cosine_map(common: float) -> None:
    x = inputs(common=common)
    unit = x / np.linalg.norm(x, axis=1, keepdims=True)
    cosines, expected = unit @ unit.T, []
    for layer in range(17):
        cosines = arc_cosine(cosines)
        if layer % 2 == 0:  # the first layer, then two a block
            expected.append(pairs(cosines))
    found = predicted("plain", x)
    np.testing.assert_allclose(found.correlation, expected, atol=SAMPLING)
    np.testing.assert_allclose(found.mean_square, 1, rtol=1e-9)  # χ = σ_w²/2 = 1


@pytest.mark.parametrize(
    ("initialisation", "chi", "first"), [("he", 1, 1), ("orthogonal", 1, 1), ("xavier", 0.5, 2 * 64 / (64 + 48) / 2)]
)
def test_the_mean_square_of_the_jacobian_is_a_power_of_chi(initialisation: str, chi: float, first: float) -> None:
    found = predicted("plain", inputs(), width=48, initialisation=initialisation)
    np.testing.assert_allclose(found.mean_square, first * chi ** (2.0 * np.arange(9)), rtol=1e-9)


def test_plain_networks_with_tanh_follow_the_map_by_quadrature() -> None:
    """Poole et al. (2016, eq. 3 and 5), by Gauss–Hermite quadrature in place of units that are drawn."""
    x = inputs(examples=8, common=0.5)
    nodes, weights = np.polynomial.hermite_e.hermegauss(60)
    weights = weights / weights.sum()
    first, second = np.meshgrid(nodes, nodes, indexing="ij")
    both = np.outer(weights, weights)
    covariance = 2 * x @ x.T / x.shape[1]
    correlation, square = [], []
    m = np.full(len(x), 2.0)
    for layer in range(9):
        q = np.sqrt(np.diag(covariance))
        c = covariance / np.outer(q, q)
        other = np.sqrt(np.maximum(0, 1 - c**2))
        products = np.zeros_like(c)
        for i, j in np.ndindex(*c.shape):
            mixed = c[i, j] * first + other[i, j] * second
            products[i, j] = (both * np.tanh(q[i] * first) * np.tanh(q[j] * mixed)).sum()
        m = m * np.array([(weights / np.cosh(q[i] * nodes) ** 4).sum() for i in range(len(x))])
        if layer % 2 == 0:
            size = np.sqrt(np.diag(products))
            correlation.append(pairs(products / np.outer(size, size)))
            square.append(m.mean())
        covariance, m = 2 * products, 2 * m
    found = predicted("plain", x, blocks=4, activation="tanh")
    np.testing.assert_allclose(found.correlation, correlation, atol=SAMPLING)
    np.testing.assert_allclose(found.mean_square, square, rtol=0.03)


def test_with_batch_norm_the_share_of_a_pre_activation_branch_falls_as_one_over_its_number() -> None:
    """De & Smith (2020, section 3): every branch adds the same, and the first shortcut half of that."""
    found = predicted("preact", inputs(128, 512), normalisation="batch", blocks=12)
    np.testing.assert_allclose(found.branch_share, 1 / (np.arange(1, 13) + 0.5), rtol=0.03)


def variance_of_walk(steps: int) -> float:
    """Variance of max(0, S₁ … S_n) of a Gaussian random walk, by Spitzer's identity (1956)."""
    mean = sum(1 / sqrt(2 * pi * k) for k in range(1, steps + 1))
    square = steps / 2 + sum(1 / (2 * pi * sqrt(j * k)) for j in range(1, steps) for k in range(1, steps - j + 1))
    return square - mean**2


def test_with_batch_norm_the_share_of_a_residual_branch_is_that_of_a_reflected_random_walk() -> None:
    """y ← max(0, y + F) with F of variance 1 is Lindley's recursion: y is the largest partial sum of a random walk."""
    found = predicted("residual", inputs(128, 512), normalisation="batch", blocks=12)
    expected = [1 / (1 + variance_of_walk(block + 1)) for block in range(12)]
    np.testing.assert_allclose(found.branch_share, expected, rtol=0.03)
    assert expected[0] == pytest.approx(1 / (1 + 0.5 - 1 / (2 * pi)))


@pytest.mark.parametrize("initialisation", ["zero_last", "fixup"])
def test_branches_that_start_at_zero_pass_everything_on(initialisation: str) -> None:
    found = predicted("residual", inputs(), initialisation=initialisation)
    np.testing.assert_allclose(found.branch_share, 0)
    np.testing.assert_allclose(found.correlation, found.correlation[0])
    np.testing.assert_allclose(found.mean_square, found.mean_square[0])
    skip = predicted("skipinit", inputs(), normalisation="batch")
    np.testing.assert_allclose(skip.branch_share, 0)
    np.testing.assert_allclose(skip.correlation, skip.correlation[0])


def test_a_raw_residual_block_about_doubles_the_mean_square_of_the_jacobian() -> None:
    growth = predicted("residual", inputs()).mean_square
    assert ((growth[1:] / growth[:-1] > 1.9) & (growth[1:] / growth[:-1] < 2.2)).all()


@pytest.mark.parametrize(
    "options",
    [
        {"connection": "dense"},
        {"connection": "residual", "normalisation": "layer"},
        {"connection": "plain", "initialisation": "looks_linear"},
    ],
)
def test_where_there_is_no_theory_nothing_is_predicted(options: dict[str, Any]) -> None:
    assert predict(Arm.model_validate(options), 32, 3, inputs()) is None


WIDE: list[dict[str, Any]] = [
    {"connection": "plain"},
    {"connection": "plain", "normalisation": "batch"},
    {"connection": "plain", "activation": "gelu"},
    {"connection": "plain", "initialisation": "pytorch"},
    {"connection": "residual"},
    {"connection": "residual", "skip_scale": 0.5, "activation": "tanh"},
    {"connection": "residual", "normalisation": "batch"},
    {"connection": "residual", "normalisation": "batch", "shortcut": "C"},
    {"connection": "residual", "initialisation": "zero_last", "normalisation": "batch"},
    {"connection": "preact", "initialisation": "xavier"},
    {"connection": "preact", "normalisation": "batch"},
    {"connection": "preact", "shortcut": "C"},
    {"connection": "wide", "normalisation": "batch", "activation": "tanh"},
    {"connection": "bottleneck", "normalisation": "batch"},
    {"connection": "resnext"},
    {"connection": "highway"},
    {"connection": "highway", "normalisation": "batch", "gate_bias": 0.5},
    {"connection": "skipinit", "normalisation": "batch"},
    {"connection": "stochastic", "normalisation": "batch", "survival": 0.3},
    {"connection": "residual", "initialisation": "orthogonal"},
]
#: those that run each time
OFTEN = (0, 1, 4, 6, 10, 16, 18)


def label(options: dict[str, Any]) -> str:
    return "-".join(map(str, options.values()))


@pytest.mark.parametrize(
    "options",
    [pytest.param(o, id=label(o), marks=[] if number in OFTEN else pytest.mark.slow) for number, o in enumerate(WIDE)],
)
def test_wide_random_networks_do_what_is_predicted(options: dict[str, Any]) -> None:
    """Ten networks of 160 units: within four standard errors of their mean, and 4 % that finite width makes."""
    arm = {"normalisation": "none", "cardinality": 2} | options
    width, seeds, x = 160, 10, inputs(24, 64, 0.3)
    experiment = Experiment.model_validate(
        {"arms": [arm], "depths": [14], "width": width, "seeds": seeds, "batch_size": 2}
    )
    cell = experiment.cells()[0]
    stack, given = at_start(experiment, cell, range(seeds), torch.device("cpu")), torch.from_numpy(x).view(-1, 1, 8, 8)
    settle_batch_norms(stack, given)
    spectrum = Spectrum()
    for matrices in jacobians(stack, given[:2]):
        spectrum.add(matrices)
    found = predict(experiment.arms[0], width, len(stack.steps()), x)
    assert found is not None
    measured = {
        "correlation": correlations(stack, given),
        "mean_square": spectrum.summary()["mean_square"] * 64 / width,
        "branch_share": branch_shares(stack, given),
    }
    for name, values in measured.items():
        error = values.std(axis=1, ddof=1) / sqrt(seeds)
        expected = getattr(found, name)
        assert (np.abs(values.mean(1) - expected) <= 4 * error + 0.04 * np.abs(expected) + 0.005).all(), name


@pytest.mark.parametrize("features", [2, 8, 64])
def test_behind_batch_norm_a_first_layer_of_few_inputs_is_what_many_units_are(features: int) -> None:
    """The norm of a unit's weights and its variance over the examples vary together."""
    x = inputs(features=features)
    w = np.random.default_rng(2).standard_normal((400_000, features)) * sqrt(2 / features)
    z = w @ x.T
    deviation = z.std(1, keepdims=True)
    normalised = (z - z.mean(1, keepdims=True)) / deviation
    expected = ((normalised > 0) * (w**2).sum(1, keepdims=True) / deviation**2).mean()
    found = predicted("plain", x, normalisation="batch")
    np.testing.assert_allclose(found.mean_square[0], expected, rtol=0.03)
