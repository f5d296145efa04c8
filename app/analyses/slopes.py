"""Slopes: the derivative of a network's output along a straight line of inputs, and its autocorrelation."""

import warnings
from collections.abc import Sequence

import numpy as np
import torch
import torch.autograd.forward_ad as forward_ad
from numpy.typing import NDArray
from torch import Tensor

from app.analyses.cost import size_of
from app.nets.backends import EPSILON, MOMENTUM
from app.nets.stack import Stack

#: numbers in one activation of a slice of the line
MOST_NUMBERS = 4_000_000

Floats = NDArray[np.float64]


def centre(stack: Stack, line: Tensor) -> None:
    """Set the running statistics of all batch norms to those of a line of inputs.

    The first layer's norm gets as gain what it divides by, so that it centres and does not scale.
    """
    assert stack.running
    mean, variance = stack.running
    stem, n = stack.stem, len(line)
    if stem.norm.kind == "batch":
        spread = stem.weight(stack.backend.inputs(line, stack.k, None)).var(2, correction=0) + EPSILON
        stem.norm.gain.value.copy_(spread.sqrt().view(-1))
    # a pass in training moves them by the tenth part, here from zero, towards the unbiased variance
    mean.zero_()
    variance.zero_()
    with torch.enable_grad():
        stack.forward(line)
    mean.div_(MOMENTUM)
    variance.mul_((n - 1) / n / MOMENTUM)


@torch.no_grad()
def slopes(stack: Stack, line: Tensor, direction: Tensor, logit: int) -> Floats:
    """Derivatives of a logit of every network along a line, [networks, points], by automatic differentiation forward.

    At evaluation points do not meet, so the line goes in slices.

    Args:
        line: inputs, points first.
        direction: how fast each input moves, in the shape of ``line``.
    """
    each = stack.k * size_of(stack, line).activations
    at_once = max(1, MOST_NUMBERS // each)
    found = []
    for start in range(0, len(line), at_once):
        some = slice(start, start + at_once)
        # torch scripts its rules for this when they are first needed, and warns of its own scripting
        with warnings.catch_warnings(action="ignore", category=DeprecationWarning), forward_ad.dual_level():
            f = stack.forward(forward_ad.make_dual(line[some], direction[some]))
            slope = forward_ad.unpack_dual(f).tangent
            assert slope is not None
            found.append(slope[:, logit].cpu().double())
    return torch.cat(found, 1).numpy()


def autocorrelation(sequences: Floats, lags: Sequence[int]) -> Floats:
    """Σ g_i g_{i+l} / Σ g_i² of each row without its mean, [rows, lags]. NaN where it is constant or overflowed."""
    points = sequences.shape[1]
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        g = sequences - sequences.mean(1, keepdims=True)
        # what rounding leaves of a constant is no signal
        silent = np.abs(g).max(1) <= 1e-6 * np.abs(sequences).max(1)
        sums = np.stack([(g[:, : points - lag] * g[:, lag:]).sum(1) for lag in lags], axis=1)
        found: Floats = np.where(silent[:, None], np.nan, sums / (g * g).sum(1, keepdims=True))
    return found
