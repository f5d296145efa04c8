"""Block orders: one network evaluated with its blocks in many orders, or without some of them, in a single pass.

All variants share weights, and at evaluation examples are independent. So a variant is nothing but further examples
in the batch. They are computed together with the others up to the first block where their order differs.
"""

from collections.abc import Generator, Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from app.analyses.cost import Size
from app.learning.trainer import losses
from app.nets.block import Block
from app.nets.stack import Stack

#: for each step of the pass (``Stack.steps``) the number of the step that is computed there, or None for what is left
#: of the block that stood there (``Block.without``)
BlockOrder = tuple[int | None, ...]

#: bytes of one activation of all variants in a slice: few enough for the caches, and for a dozen temporaries
SLICE_BYTES = 2 * 2**20


class _Fork(NamedTuple):
    """What is computed at a step, for which of the variants that reach it (None: all of them, in order)."""

    choice: int | None
    sources: list[int] | None


def unchanged(stack: Stack) -> BlockOrder:
    """The network as it is."""
    return tuple(range(len(stack.steps())))


def blocks(stack: Stack) -> list[int]:
    """Places of the blocks in a block order, input side first. Transitions of dense networks are not blocks."""
    return [place for place, step in enumerate(stack.steps()) if isinstance(step, Block)]


def without(stack: Stack, numbers: set[int]) -> BlockOrder:
    """The network without the blocks of these numbers, counted from 1."""
    removed = {place for number, place in enumerate(blocks(stack), start=1) if number in numbers}
    return tuple(None if place in removed else place for place in range(len(stack.steps())))


def equal_pairs(stack: Stack) -> list[tuple[int, int]]:
    """Pairs of places whose blocks have the same shape."""
    steps, pairs = stack.steps(), []
    shapes = [(p, (s.into, s.out, s.stride)) for p in blocks(stack) if isinstance(s := steps[p], Block)]
    for index, (a, shape) in enumerate(shapes):
        pairs += [(a, b) for b, other in shapes[index + 1 :] if other == shape]
    return pairs


def plan(orders: Sequence[BlockOrder]) -> tuple[list[list[_Fork]], list[int], int]:
    """How to compute block orders of one network together: what they share is computed once.

    Returns:
        for each step its forks; the place of each order in the output; how many steps are computed in all.
    """
    forks: list[list[_Fork]] = []
    together = [list(range(len(orders)))]
    passes = 0
    for place in range(len(orders[0])):
        arriving = len(together)
        found: dict[int | None, list[tuple[int, list[int]]]] = {}
        for source, members in enumerate(together):
            apart: dict[int | None, list[int]] = {}
            for member in members:
                apart.setdefault(orders[member][place], []).append(member)
            for choice, same in apart.items():
                found.setdefault(choice, []).append((source, same))
        here = []
        for choice, parts in found.items():
            sources = [source for source, _ in parts]
            here.append(_Fork(choice, None if sources == list(range(arriving)) else sources))
        forks.append(here)
        together = [same for parts in found.values() for _, same in parts]
        passes += len(together)
    places = {member: place for place, members in enumerate(together) for member in members}
    return forks, [places[member] for member in range(len(orders))], passes


@torch.no_grad()
def evaluate_orders(
    stack: Stack, size: Size, x: Tensor, y: Tensor, orders: Sequence[BlockOrder], share: tuple[float, float] = (0, 1)
) -> Generator[float, None, tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """Accuracy and mean loss of every network in every block order, [orders, networks] each.

    After every step of the pass it yields how much of the whole analysis is done; its own part is from ``share[0]``
    to ``share[1]``.
    """
    each = stack.k * size.activations * x.element_size()
    most = max(1, SLICE_BYTES // each)
    correct, lost = (np.zeros((len(orders), stack.k)) for _ in range(2))
    for first in range(0, len(orders), most):
        some = slice(first, first + most)
        forks, places, _ = plan(orders[some])
        widest = max(places) + 1
        batch = max(1, min(len(x), SLICE_BYTES // (each * widest)))
        for start in range(0, len(x), batch):
            part_x, part_y = x[start : start + batch], y[start : start + batch]
            done = (first + start / len(x) * min(most, len(orders) - first)) / len(orders)
            begun = share[0] + done * (share[1] - share[0])
            logits = yield from _pass(stack, part_x, forks, begun)
            loss = losses(logits, part_y.repeat(widest)).view(stack.k, widest, -1).sum(2).cpu().double()
            hits = (logits.argmax(1).view(stack.k, widest, -1) == part_y).sum(2).cpu().double()
            correct[some] += hits.t().numpy()[places]
            lost[some] += loss.t().numpy()[places]
    return correct / len(x), lost / len(x)


def _pass(stack: Stack, x: Tensor, forks: list[list[_Fork]], begun: float) -> Generator[float, None, Tensor]:
    """Logits [networks, classes, variants · batch], the variants as ``plan`` has put them."""
    axis, steps = 0 if stack.backend.convolutional else 2, stack.steps()
    h = stack.enter(x)
    for step, here in zip(steps, forks, strict=True):
        parts = []
        for choice, sources in here:
            one = h
            if sources is not None:
                by_variant = h.unflatten(axis, (-1, len(x)))
                chosen = torch.tensor(sources, device=h.device)
                one = by_variant.index_select(axis, chosen).flatten(axis, axis + 1)
            if choice is None:
                assert isinstance(step, Block)
                parts.append(step.without(one))
            else:
                parts.append(steps[choice](one))
        h = torch.cat(parts, dim=axis) if len(parts) > 1 else parts[0]
        yield begun
    return stack.leave(h)
