"""Linear probes (Alain & Bengio 2016, arXiv 1610.01644): how well a linear classifier reads the classes from features.

A probe is multinomial logistic regression with a ridge penalty on features that have mean 0 and variance 1 over the
training examples, so that its accuracy does not depend on how large the features are:

    minimise  Σ_i −log softmax(W z_i + b)[y_i] + ½ ‖W‖²

the default objective of scikit-learn's ``LogisticRegression`` (C = 1, no penalty on b), which has one minimum up to a
shift common to all b. It is solved in float64 by L-BFGS (Liu & Nocedal 1989, Math. Program. 45), many probes at once,
in coordinates in which an upper bound of its Hessian, ½ Σ_i z_i z_iᵀ + 1 (Böhning 1992, Ann. Inst. Stat. Math. 44),
is the identity. There is no randomness.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from app.analyses.hidden_states import as_double

#: largest component of the gradient, of the mean over the examples, at which a probe counts as solved; as scikit-learn
TOLERANCE = 1e-4
#: iterations after which it stops in any case, and the pairs that L-BFGS remembers
MOST_ITERATIONS, MEMORY = 500, 10
#: a feature whose standard deviation is below this part of its mean is constant but for rounding
CONSTANT = 1e-9
#: steps that the line search halves, and the part of the predicted decrease that it asks for (Armijo)
HALVINGS, ENOUGH = 30, 1e-4


def probe_accuracy(
    train: Tensor, train_y: Tensor, test: Tensor, test_y: Tensor, classes: int, tolerance: float = TOLERANCE
) -> Tensor:
    """Share of the test examples that each of k probes classifies correctly, [k], float64.

    Args:
        train, test: features [k, examples, width]. A probe whose features are not finite gives NaN.
        train_y, test_y: labels [examples].
        tolerance: see ``TOLERANCE``.
    """
    weights, bias, scale = fit(train, train_y, classes, tolerance)
    mean, deviation = scale
    logits = torch.baddbmm(bias.unsqueeze(1), (as_double(test) - mean) / deviation, weights)
    right = (logits.argmax(2) == test_y.to(logits.device)).double().mean(1)
    return torch.where(torch.isfinite(logits).all(2).all(1), right, torch.nan)


def fit(
    features: Tensor, labels: Tensor, classes: int, tolerance: float = TOLERANCE
) -> tuple[Tensor, Tensor, tuple[Tensor, Tensor]]:
    """Solve k probes.

    Args:
        features: [k, examples, width].
        labels: [examples].

    Returns:
        weights [k, width, classes] and bias [k, classes] for standardised features, and the mean and the standard
        deviation [k, 1, width] that standardise them (1 where a feature is constant).
    """
    features = as_double(features)
    mean = features.mean(1, keepdim=True)
    deviation = (features - mean).square().mean(1, keepdim=True).sqrt()
    deviation = torch.where(deviation > CONSTANT * mean.abs(), deviation, 1.0)
    z = (features - mean) / deviation
    # what is not finite stays NaN in the result; it must not stop the others
    lost = ~torch.isfinite(z).all(2).all(1)
    z = torch.where(lost.view(-1, 1, 1), 0.0, z)
    found = _minimise(torch.cat([z, torch.ones_like(z[:, :, :1])], 2), labels.to(z.device), classes, tolerance)
    found[lost] = torch.nan
    return found[:, :-1], found[:, -1], (mean, deviation)


def _minimise(z: Tensor, labels: Tensor, classes: int, tolerance: float) -> Tensor:
    """Weights [k, width, classes] of features [k, examples, width], the last of which is 1 and has no penalty."""
    k, n, width = z.shape
    penalty = torch.ones(width, 1, dtype=z.dtype, device=z.device)
    penalty[-1] = 0.0
    target = F.one_hot(labels, classes).to(z.dtype)
    # the bound's Cholesky factor R: in v = Rᵀ w the Hessian is at most 1
    bound = torch.baddbmm(torch.diag(penalty.squeeze(1)).expand(k, -1, -1), z.mT, z, alpha=0.5)
    factor = torch.linalg.cholesky(bound)

    def unwhitened(v: Tensor) -> Tensor:
        w: Tensor = torch.linalg.solve_triangular(factor.mT, v, upper=True)
        return w

    def evaluate(v: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Objective [k], its gradient by v, and the largest component of that by w over the examples [k]."""
        w = unwhitened(v)
        logits = z @ w
        value = (logits.logsumexp(2) - (logits * target).sum(2)).sum(1) + 0.5 * (penalty * w * w).sum((1, 2))
        gradient = z.mT @ (logits.softmax(2) - target) + penalty * w
        whitened = torch.linalg.solve_triangular(factor, gradient, upper=False)
        return value, whitened, gradient.abs().amax((1, 2)) / n

    v = torch.zeros(k, width, classes, dtype=z.dtype, device=z.device)
    value, gradient, largest = evaluate(v)
    steps: list[tuple[Tensor, Tensor]] = []
    for _ in range(MOST_ITERATIONS):
        open_ = largest > tolerance
        if not open_.any():
            break
        direction = -_inverse_hessian(gradient, steps)
        slope = _dot(direction, gradient)
        step = open_.to(z.dtype).view(-1, 1, 1)
        for _ in range(HALVINGS):
            there = v + step * direction
            new_value, new_gradient, new_largest = evaluate(there)
            # the last digits of the objective are rounding
            short = new_value > value + ENOUGH * step.view(-1) * slope + 1e-13 * value.abs()
            if not short.any():
                break
            step = torch.where(short.view(-1, 1, 1), step / 2, step)
        steps = [*steps, (there - v, new_gradient - gradient)][-MEMORY:]
        v, value, gradient, largest = there, new_value, new_gradient, new_largest
    return unwhitened(v)


def _inverse_hessian(gradient: Tensor, steps: list[tuple[Tensor, Tensor]]) -> Tensor:
    """The two-loop recursion (Nocedal & Wright 2006, algorithm 7.4). Where a probe stood still, it has no curvature."""
    q, kept = gradient.clone(), []
    for s, y in reversed(steps):
        curvature = _dot(s, y)
        rho = torch.where(curvature > 0, 1 / curvature, 0.0).view(-1, 1, 1)
        a = rho * _dot(s, q).view(-1, 1, 1)
        q -= a * y
        kept.append((s, y, rho, a))
    if steps:
        s, y = steps[-1]
        curvature, size = _dot(s, y), _dot(y, y)
        q *= torch.where((curvature > 0) & (size > 0), curvature / size, 1.0).view(-1, 1, 1)
    for s, y, rho, a in reversed(kept):
        q += s * (a - rho * _dot(y, q).view(-1, 1, 1))
    return q


def _dot(a: Tensor, b: Tensor) -> Tensor:
    """Inner products, [k]."""
    return (a * b).sum((1, 2))
