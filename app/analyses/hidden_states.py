"""Hidden states: what one block hands to the next, as rows of numbers, and the networks they are measured in.

The *states* of a network are the output of its first layer and of every block and dense transition. They are measured
in double precision whatever the precision of training was: cosines close to 1 and small singular values need it.
"""

from collections.abc import Callable, Sequence
from functools import partial

import torch
from torch import Tensor

from app.contract.experiment import Cell, Experiment
from app.nets.backends import EPSILON
from app.nets.block import Block
from app.nets.copies import copies
from app.nets.specs import NetworkSpec
from app.nets.stack import Stack
from app.nets.structure import structure_of


def precise(device: torch.device) -> torch.dtype:
    """The most precise type of numbers that a device has: Apple's MPS has no float64."""
    return torch.float32 if device.type == "mps" else torch.float64


def as_double(values: Tensor) -> Tensor:
    """The same numbers in double precision; those of MPS on the CPU."""
    return values.cpu().double() if values.device.type == "mps" else values.double()


def in_double(stack: Stack) -> Stack:
    """Copies of all networks of a stack, in double precision and at evaluation."""
    return copies(stack, range(stack.k), precise(stack.device))


def at_start(experiment: Experiment, cell: Cell, seeds: Sequence[int], device: torch.device) -> Stack:
    """The networks of a cell as they were before the first step, for every network draws its weights from its own seed.

    Args:
        seeds: counted from 0.
    """
    arm = experiment.arms[cell.arm]
    specs = [NetworkSpec(cell.layers, experiment.seed + seed, arm, cell.learning_rate) for seed in seeds]
    stack = Stack(structure_of(experiment), specs, dtype=precise(device), device=device)
    stack.at_evaluation = True
    return stack


def has_seen_no_batch(stack: Stack) -> bool:
    """Whether batch norm has seen no batch yet: all running means are 0 and all variances 1."""
    if not stack.running:
        return False
    mean, variance = stack.running
    return bool((mean == 0).all() and (variance == 1).all())


def settle_batch_norms(stack: Stack, x: Tensor) -> None:
    """Set the running statistics of every batch norm to those of what the examples x give it at evaluation.

    Without stochastic depth, which evaluation scales and training drops, that is what a training pass of x normalises
    with. For networks of one depth.
    """
    if not stack.running:
        return
    with torch.no_grad():
        h = _settled(stack, lambda: stack.enter(x))
        for step in stack.steps():
            h = _settled(stack, partial(step, h))
        _settled(stack, partial(stack.leave, h))


def _settled(stack: Stack, part: Callable[[], Tensor]) -> Tensor:
    """What a part of the network gives at evaluation once its norms have taken the statistics of what they read."""
    stack.at_evaluation = False
    with torch.enable_grad():
        part()
    stack.at_evaluation = True
    for norm in stack.norms:
        if norm.kind == "batch" and norm.running.observed is not None:
            mean, rstd, _ = norm.running.observed
            norm.running.mean.copy_(mean)
            norm.running.var.copy_(rstd.pow(-2) - EPSILON)
            norm.running.observed = norm.running.takes_part = None
    return part()


def layers_of_states(stack: Stack) -> list[int]:
    """Numbers of the layers behind which the states stand, ascending from 1. For networks of one depth."""
    found = [1]
    for step in stack.steps():
        found.append(found[-1] + (step.connection.layers if isinstance(step, Block) else 1))
    return found


def layers_of_blocks(stack: Stack) -> list[int]:
    """Numbers of the last layers of the blocks, ascending. For networks of one depth."""
    ends = zip(stack.steps(), layers_of_states(stack)[1:], strict=True)
    return [layer for step, layer in ends if isinstance(step, Block)]


def rows(stack: Stack, h: Tensor) -> Tensor:
    """What h holds of each network and example, all its numbers in a row: [networks, examples, numbers]."""
    if not stack.backend.convolutional:
        return h.transpose(1, 2)
    by_network: Tensor = h.unflatten(1, (stack.k, -1))
    return by_network.transpose(0, 1).flatten(2)


def channels(stack: Stack, h: Tensor) -> Tensor:
    """What h holds of each network and channel, [networks, channels, examples (times pixels)]."""
    if not stack.backend.convolutional:
        return h
    by_network: Tensor = h.unflatten(1, (stack.k, -1))
    return by_network.permute(1, 2, 0, 3, 4).flatten(2)
