"""Linear probes are scikit-learn's logistic regression with the same objective, whatever the features are like."""

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression
from torch import Tensor

from app.analyses.probes import fit, probe_accuracy


def problem(width: int = 6, examples: int = 200, classes: int = 4, seed: int = 0) -> tuple[Tensor, Tensor]:
    """Features whose classes overlap, of very different sizes."""
    generator = torch.Generator().manual_seed(seed)
    y = torch.randint(0, classes, (examples,), generator=generator)
    centres = torch.randn(classes, width, generator=generator, dtype=torch.float64)
    x = centres[y] + torch.randn(examples, width, generator=generator, dtype=torch.float64)
    return x * torch.logspace(-3, 3, width, dtype=torch.float64), y


def sklearn_of(x: Tensor, y: Tensor) -> tuple[LogisticRegression, Tensor]:
    z = (x - x.mean(0)) / x.std(0, correction=0)
    return LogisticRegression(C=1.0, tol=1e-12, max_iter=100_000).fit(z.numpy(), y.numpy()), z


@pytest.mark.parametrize(("width", "examples", "classes"), [(6, 200, 4), (40, 60, 3), (2, 50, 10)])
def test_a_probe_is_logistic_regression_of_scikit_learn(width: int, examples: int, classes: int) -> None:
    x, y = problem(width, examples, classes)
    model, z = sklearn_of(x, y)
    weights, bias, (mean, deviation) = fit(x.unsqueeze(0), y, classes, 1e-10)
    torch.testing.assert_close((x - mean[0]) / deviation[0], z)
    np.testing.assert_allclose(weights[0].numpy().T, model.coef_, rtol=0, atol=1e-5)
    # a shift common to all of them changes nothing
    intercepts = model.intercept_ - model.intercept_.mean()
    np.testing.assert_allclose((bias[0] - bias[0].mean()).numpy(), intercepts, atol=1e-5)


def test_the_gradient_of_the_objective_is_zero_where_the_solver_stops() -> None:
    x, y = problem(examples=300)
    weights, bias, (mean, deviation) = fit(x.unsqueeze(0), y, 4, 1e-9)
    w, b = weights[0].clone().requires_grad_(), bias[0].clone().requires_grad_()
    z = (x - mean[0]) / deviation[0]
    loss = torch.nn.functional.cross_entropy(z @ w + b, y, reduction="sum") + 0.5 * (w * w).sum()
    for gradient in torch.autograd.grad(loss, (w, b)):
        assert gradient.abs().max() < 1e-9 * len(x) * 1.01


def test_the_accuracy_is_that_of_the_solved_problem_already_at_the_usual_tolerance() -> None:
    x, y = problem(width=20, examples=500)
    train, test = x[:300], x[300:]
    model, _ = sklearn_of(train, y[:300])
    z = (test - train.mean(0)) / train.std(0, correction=0)
    theirs = model.score(z.numpy(), y[300:].numpy())
    [mine] = probe_accuracy(train.unsqueeze(0), y[:300], test.unsqueeze(0), y[300:], 4)
    assert float(mine) == pytest.approx(theirs, abs=1.01 / 200)  # at most one example on the border


def test_the_size_of_the_features_does_not_matter() -> None:
    x, y = problem()
    both = torch.stack([x, 1e-12 * x + 7e-12])
    one, other = probe_accuracy(both, y, both, y, 4)
    assert one == other > 0.5


def test_many_probes_at_once_are_each_what_they_are_alone() -> None:
    x, y = problem()
    others = [problem(seed=seed)[0] for seed in (1, 2)]
    together = fit(torch.stack([x, *others]), y, 4, 1e-9)[0]
    for number, features in enumerate([x, *others]):
        alone = fit(features.unsqueeze(0), y, 4, 1e-9)[0][0]
        torch.testing.assert_close(together[number], alone, rtol=0, atol=1e-6)


def test_features_that_say_nothing_give_the_commonest_class() -> None:
    y = torch.tensor([0, 1, 1, 1, 2, 0, 1])
    constant = torch.full((1, 7, 3), 0.1, dtype=torch.float32)
    assert float(probe_accuracy(constant, y, constant, y, 3)[0]) == pytest.approx(4 / 7)


def test_features_that_are_not_finite_give_no_number_and_leave_the_others_alone() -> None:
    x, y = problem()
    broken = x.clone()
    broken[3, 2] = torch.inf
    found = probe_accuracy(torch.stack([broken, x]), y, torch.stack([x, x]), y, 4)
    assert torch.isnan(found[0])
    assert found[1] == probe_accuracy(x.unsqueeze(0), y, x.unsqueeze(0), y, 4)[0]
    assert torch.isnan(probe_accuracy(x.unsqueeze(0), y, broken.unsqueeze(0), y, 4)[0])
