"""What every block adds, as rows of numbers: how well its state can be read, and whether it goes down the gradient."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from app.analyses.cost import size_of
from app.analyses.hidden_states import rows
from app.analyses.probes import probe_accuracy
from app.analyses.skip_gradients import step_inputs
from app.learning.trainer import losses
from app.nets.block import Block
from app.nets.connections.preact import PreActivation
from app.nets.stack import Stack

#: numbers in all states of the examples that are passed at once
MOST_NUMBERS = 16_000_000

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Examples:
    """What probes are trained and tested on: inputs and labels, and how many classes there are."""

    train_x: Tensor
    train_y: Tensor
    test_x: Tensor
    test_y: Tensor
    classes: int

    def accuracy(self, train: Tensor, test: Tensor) -> Floats:
        """Test accuracy of linear probes of features [k, examples, width], [k]."""
        found: Floats = probe_accuracy(train, self.train_y, test, self.test_y, self.classes).cpu().numpy()
        return found

    def inputs_accuracy(self) -> float:
        """Of a linear probe of the inputs themselves."""
        return float(self.accuracy(self.train_x.flatten(1).unsqueeze(0), self.test_x.flatten(1).unsqueeze(0))[0])

    def state_accuracies(self, stack: Stack) -> Iterator[Floats]:
        """Of a probe of every state, one number a network."""
        both = (probe_features(stack, x) for x in (self.train_x, self.test_x))
        for train, test in zip(*both, strict=True):
            yield self.accuracy(train, test)

    @torch.no_grad()
    def own_accuracy(self, stack: Stack) -> Floats:
        """Share of the test examples that each network classifies correctly itself, [networks]."""
        right = [(stack.forward(x).argmax(1) == y).cpu().double() for x, y in _slices(stack, self.test_x, self.test_y)]
        found: Floats = torch.cat(right, 1).mean(1).numpy()
        return found


def probe_widths(stack: Stack, x: Tensor) -> list[int]:
    """Channels of every state."""
    return [h.shape[2] for h in probe_features(stack, x[:1])]


@torch.no_grad()
def probe_features(stack: Stack, x: Tensor) -> list[Tensor]:
    """What a probe reads of every state, [networks, examples, channels] each; maps are averaged over their pixels.

    The classifier of a network reads the same of the last state.
    """
    slices = [
        [stack.backend.features(h, stack.k).transpose(1, 2) for h in step_inputs(stack, part)]
        for part, _ in _slices(stack, x, x)
    ]
    return [torch.cat(parts, 1) for parts in zip(*slices, strict=True)]


def _slices(stack: Stack, x: Tensor, y: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
    """x and y in parts that are small enough for all states of all networks."""
    numbers = size_of(stack, x).activations * stack.k * (len(stack.steps()) + 1)
    size = max(1, MOST_NUMBERS // numbers)
    for start in range(0, len(x), size):
        yield x[start : start + size], y[start : start + size]


def update(block: Block, h: Tensor) -> Tensor | None:
    """What a block adds to what it reads, in the shape of that: F(h), of a highway block T(h) (H(h) − h).

    None where nothing is added to h itself: at a change of width or resolution, behind a projection, where dense layers
    concatenate, and in the first pre-activation block, whose shortcut reads the activated input.
    """
    join = block.connection.join
    if join not in ("add", "gate") or block.changes_size:
        return None
    if isinstance(block, PreActivation) and block.activated:
        return None
    branch, shortcut = block.parts(h)
    if join == "gate":
        return branch + shortcut - h
    return None if block.s.projection is not None else branch


def cosines(stack: Stack, x: Tensor, y: Tensor) -> Floats:
    """Cosine of what each block adds and −∂L/∂h, h what it reads and L the loss, [blocks, networks, examples].

    Jastrzębski et al. (2018, section 4.1). NaN where ``update`` has none, and for an example without a gradient or
    whose update is zero.
    """
    return np.concatenate([_cosines(stack, *part) for part in _slices(stack, x, y)], 2)


def _cosines(stack: Stack, x: Tensor, y: Tensor) -> Floats:
    states = [stack.enter(x).detach().requires_grad_()]
    for step in stack.steps():
        states.append(step(states[-1]))
    gradients = torch.autograd.grad(losses(stack.leave(states[-1]), y).sum(), states[:-1])
    found = []
    with torch.no_grad():
        for step, h, g in zip(stack.steps(), states, gradients, strict=False):
            if isinstance(step, Block):
                added = update(step, h)
                none = torch.full((stack.k, len(x)), torch.nan)
                found.append(none if added is None else _cosine(rows(stack, added), -rows(stack, g)))
    return torch.stack([one.cpu().double() for one in found]).numpy()


def _cosine(a: Tensor, b: Tensor) -> Tensor:
    """Over the last axis; NaN where one is zero. They are scaled first, for the square of 1e-200 is zero."""
    a, b = (v / v.abs().amax(-1, keepdim=True) for v in (a, b))
    cosine: Tensor = (a * b).sum(-1) / (torch.linalg.vector_norm(a, dim=-1) * torch.linalg.vector_norm(b, dim=-1))
    return cosine
