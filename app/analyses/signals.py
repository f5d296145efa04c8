"""Correlations, Jacobians and shares of variance, state by state (``app.analyses.hidden_states``)."""

import warnings
from collections.abc import Callable, Iterator

import numpy as np
import torch
import torch.autograd.forward_ad as forward_ad
from numpy.typing import NDArray
from torch import Tensor

from app.analyses.hidden_states import as_double, channels, rows
from app.analyses.skip_gradients import step_inputs
from app.nets.block import Block
from app.nets.stack import Stack

Floats = NDArray[np.float64]


@torch.no_grad()
def correlations(stack: Stack, x: Tensor) -> Floats:
    """Mean cosine of the states of two different examples of x, over all pairs, [states, networks].

    A pair of which one state is all zeros has none; NaN where no pair has.
    """
    return np.stack([mean_cosine(rows(stack, h)) for h in step_inputs(stack, x)])


def mean_cosine(states: Tensor) -> Floats:
    """Over all pairs of different examples of states [networks, examples, numbers], one number a network."""
    # a state that is all zeros becomes NaN
    states = as_double(states)
    unit = states / torch.linalg.vector_norm(states, dim=2, keepdim=True)
    first, second = torch.triu_indices(states.shape[1], states.shape[1], 1, device=states.device)
    found: Floats = (unit @ unit.mT)[:, first, second].nanmean(1).cpu().numpy()
    return found


@torch.no_grad()
def branch_shares(stack: Stack, x: Tensor) -> Floats:
    """Var F / (Var F + Var S) at every ⊕, [blocks, networks]: F what reaches it through the branch, S by the shortcut.

    Var is the variance of a unit, or of a channel over its pixels too, over the examples, summed over the units.
    """
    found = []
    for step, h in zip(stack.steps(), step_inputs(stack, x), strict=False):
        if isinstance(step, Block):
            branch, shortcut = (
                as_double(channels(stack, part)).var(2, correction=0).sum(1).cpu().numpy() for part in step.parts(h)
            )
            with np.errstate(invalid="ignore", divide="ignore"):
                found.append(branch / (branch + shortcut))
    return np.stack(found)


def jacobians(stack: Stack, x: Tensor) -> Iterator[list[Tensor]]:
    """∂(state)/∂x at each example of x: for every state a matrix a network, [networks, numbers, inputs].

    By automatic differentiation forward, along all directions of the input at once.
    """
    for example in x:
        directions = torch.eye(example.numel(), dtype=x.dtype, device=x.device).view(-1, *example.shape)
        copies = example.expand_as(directions).contiguous()
        # torch scripts its rules for this when they are first needed, and warns of its own scripting
        with (
            torch.no_grad(),
            warnings.catch_warnings(action="ignore", category=DeprecationWarning),
            forward_ad.dual_level(),
        ):
            yield [rows(stack, _tangent(h)).mT for h in step_inputs(stack, forward_ad.make_dual(copies, directions))]


def _tangent(h: Tensor) -> Tensor:
    tangent = forward_ad.unpack_dual(h).tangent
    return torch.zeros_like(h) if tangent is None else tangent


@torch.no_grad()
def widths(stack: Stack, x: Tensor) -> list[int]:
    """How many numbers every state of a network has."""
    return [rows(stack, h).shape[2] for h in step_inputs(stack, x[:1])]


class Spectrum:
    """Singular values of the Jacobians of all states, taken together over the examples.

    Attributes:
        values: for every state [networks, examples so far, singular values], descending.
    """

    def __init__(self) -> None:
        self.values: list[Tensor] = []

    def add(self, matrices: list[Tensor]) -> None:
        """One more example, as ``jacobians`` yields it. What is zero but for rounding becomes 0."""
        found = [_singular_values(matrix) for matrix in matrices]
        self.values = (
            [torch.cat([old, new], 1) for old, new in zip(self.values, found, strict=True)] if self.values else found
        )

    def summary(self) -> dict[str, Floats]:
        """For every state and network, [states, networks] each; nothing where there was no example.

        ``largest``, ``median`` and ``smallest`` singular value, each the median over the examples, and ``mean_square``
        over all of them. The smallest is 0 where the Jacobian has not full rank.
        """
        measures: dict[str, Callable[[Tensor], Tensor]] = {
            "largest": lambda values: values[:, :, 0].quantile(0.5, 1),
            "median": lambda values: values.quantile(0.5, 2).quantile(0.5, 1),
            "smallest": lambda values: values[:, :, -1].quantile(0.5, 1),
            "mean_square": lambda values: values.square().mean((1, 2)),
        }
        if not self.values:
            return {}
        return {
            name: np.stack([measure(values).numpy() for values in self.values]) for name, measure in measures.items()
        }


def _singular_values(matrices: Tensor) -> Tensor:
    """[networks, 1, min(numbers, inputs)], descending; NaN where the Jacobian is not finite."""
    finite = torch.isfinite(matrices).flatten(1).all(1).cpu()
    exact = torch.where(torch.isfinite(matrices), matrices, 0.0)
    values = torch.linalg.svdvals(as_double(exact)).cpu()
    least = max(matrices.shape[1:]) * torch.finfo(matrices.dtype).eps * values[:, :1]
    values = torch.where(values > least, values, 0.0)
    return torch.where(finite.view(-1, 1), values, torch.nan).unsqueeze(1)
