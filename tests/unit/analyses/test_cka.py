"""CKA is what its definition says, and has the invariances that make it a measure of layers."""

import itertools

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from app.analyses.cka import gram_vectors, layer_vectors
from app.contract.connections import CONNECTIONS
from tests.unit.analyses.networks import network
from tests.unit.analyses.states import references
from tests.unit.nets.test_stack_equals_torch import batch

Floats = NDArray[np.float64]


def features(seed: int, examples: int = 12, width: int = 5) -> Tensor:
    return torch.randn(examples, width, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def cka(x: Tensor, y: Tensor) -> float:
    return float(gram_vectors(x.unsqueeze(0))[0] @ gram_vectors(y.unsqueeze(0))[0])


def hsic(x: Floats, y: Floats) -> float:
    """The unbiased estimate in its feature form: no Gram matrix, sums over the features alone (Song et al. 2012)."""
    n = len(x)
    norms = [(z**2).sum(1) for z in (x, y)]
    # of the Gram matrices without their diagonals: trace of the product, sums of all, product of the sums of rows
    trace = ((x.T @ y) ** 2).sum() - (norms[0] * norms[1]).sum()
    rows = [z @ z.sum(0) - norm for z, norm in zip((x, y), norms, strict=True)]
    whole = rows[0].sum() * rows[1].sum() / ((n - 1) * (n - 2))
    return float((trace + whole - 2 * rows[0] @ rows[1] / (n - 2)) / (n * (n - 3)))


def in_features(x: Tensor, y: Tensor) -> float:
    # the mean changes nothing but the last digits
    a, b = ((z - z.mean(0)).numpy() for z in (x, y))
    return hsic(a, b) / np.sqrt(hsic(a, a) * hsic(b, b))


@pytest.mark.parametrize("width", [1, 5, 40])
def test_cka_is_that_of_the_features(width: int) -> None:
    x, y = features(1), features(2, width=width)
    assert cka(x, y + x[:, :1]) == pytest.approx(in_features(x, y + x[:, :1]), abs=1e-12)


def test_the_estimate_is_the_mean_over_all_quadruples_of_examples() -> None:
    """Of four different examples, which is what makes it unbiased (a U-statistic)."""
    x, y = features(3, examples=6, width=2).numpy(), features(4, examples=6, width=3).numpy()
    k, m = x @ x.T, y @ y.T
    total = [k[i, j] * (m[i, j] + m[q, r] - 2 * m[i, q]) for i, j, q, r in itertools.permutations(range(6), 4)]
    assert hsic(x, y) == pytest.approx(np.mean(total), abs=1e-12)


def test_a_layer_is_like_itself_turned_scaled_and_shifted() -> None:
    x = features(5)
    turned = x @ torch.linalg.qr(features(6, examples=5))[0]
    assert cka(x, x) == pytest.approx(1, abs=1e-12)
    assert cka(x, 3e-7 * turned + 0.5) == pytest.approx(1, abs=1e-9)
    # a linear map that is not orthogonal changes it
    assert cka(x, x * torch.tensor([1, 1, 1, 1, 30.0], dtype=torch.float64)) < 0.9


def test_unrelated_features_are_not_called_alike_however_many_there_are() -> None:
    """The usual estimate, which has a bias, gives over 0.9 here."""
    found = [cka(features(seed, 20, 400), features(seed + 500, 20, 400)) for seed in range(60)]
    assert abs(np.mean(found)) < 4 * np.std(found) / np.sqrt(60)
    assert abs(np.mean(found)) < 0.03
    a, b = (features(seed, 20, 400) - features(seed, 20, 400).mean(0) for seed in (0, 500))
    assert float((a.T @ b).norm() ** 2 / ((a.T @ a).norm() * (b.T @ b).norm())) > 0.9


@pytest.mark.parametrize("x", [torch.ones(8, 3), torch.zeros(8, 3), torch.full((8, 1), 0.1)])
def test_a_layer_that_says_the_same_of_all_examples_has_none(x: Tensor) -> None:
    assert torch.isnan(gram_vectors(x.unsqueeze(0))).all()


def test_numbers_that_are_not_finite_give_none_and_leave_the_others_alone() -> None:
    x = features(7)
    broken = x.clone()
    broken[0, 0] = torch.nan
    found = gram_vectors(torch.stack([broken, x]))
    assert torch.isnan(found[0]).all()
    torch.testing.assert_close(found[1], gram_vectors(x.unsqueeze(0))[0])


@pytest.mark.parametrize("family", ["mlp", "conv6n2"])
@pytest.mark.parametrize("connection", CONNECTIONS)
def test_the_layers_are_those_that_training_measures(connection: str, family: str) -> None:
    stack = network(connection, family, activation="tanh")  # no unit is dead
    x, _ = batch(stack.structure, size=10)
    other = features(9, examples=10)
    depth = stack.specs[0].depth
    for number, reference in enumerate(references(stack)):
        reference.watched = True
        reference(x.clone().requires_grad_())
        vectors = list(layer_vectors(stack, number, range(1, depth + 1), x))
        assert len(vectors) == depth == len(reference.outputs)
        for mine, theirs in zip(vectors, reference.outputs, strict=True):
            expected = in_features(theirs.detach().flatten(1), other)
            assert float(mine @ gram_vectors(other.unsqueeze(0))[0]) == pytest.approx(expected, abs=1e-9)
