"""Joins: a pass at evaluation taken apart at every ⊕, so that a gradient parts into its two ways there.

With y = block(a, b), a through F and b past it, a gradient g at y leaves the ⊕ as Fᵀg and Sᵀg, F and S the
derivatives with respect to a and b where both are the activation that the block did read.
"""

import torch
from torch import Tensor

from app.analyses.subject import Subject
from app.contract.experiment import Arm
from app.learning.trainer import losses
from app.nets.block import Block
from app.nets.connections.dense import Transition
from app.nets.stack import Stack


def skips(arm: Arm) -> bool:
    """Whether anything passes by the branches: not in plain networks, nor where the skip is scaled by 0."""
    unscaled = ("highway", "dense", "skipinit", "stochastic")
    return arm.connection in unscaled or (arm.connection != "plain" and arm.skip_scale > 0)


@torch.no_grad()
def reads(stack: Stack, x: Tensor) -> list[Tensor]:
    """What every step of the pass reads, input side first, and at the end what ``Stack.leave`` reads."""
    h = stack.enter(x)
    found = [h]
    for step in stack.steps():
        h = step(h)
        found.append(h)
    return found


def at_the_end(stack: Stack, h: Tensor, y: Tensor, examples: int) -> Tensor:
    """∂L/∂h, h what ``Stack.leave`` reads of some examples with labels y, L the mean loss over all ``examples``."""
    h = h.detach().requires_grad_()
    loss = losses(stack.leave(h), y).sum() / examples
    return torch.autograd.grad(loss, h)[0]


def parted(block: Block, x: Tensor, g: Tensor) -> tuple[Tensor, Tensor]:
    """(Sᵀg, Fᵀg): gradients at a block's output, brought back to x past the branch and through it.

    Args:
        x: what the block read.
        g: [n, *shape of its output], n gradients at once.

    Returns:
        two tensors [n, *shape of x].
    """
    a, b = x.detach().requires_grad_(), x.detach().requires_grad_()
    past, through = torch.autograd.grad(block.forward(a, b), (b, a), g, is_grads_batched=True)
    return past, through


def by_one_way(block: Block, x: Tensor, g: Tensor, branch: bool) -> Tensor:
    """Fᵀg, or Sᵀg where not ``branch``: half of ``parted``, without the other's work."""
    way = x.detach().requires_grad_()
    y = block.forward(way, x.detach()) if branch else block.forward(x.detach(), way)
    return torch.autograd.grad(y, way, g, is_grads_batched=True)[0]


def through(transition: Transition, x: Tensor, g: Tensor) -> Tensor:
    """Gradients behind a transition, [n, *shape of its output], brought back to what it read. It has one way."""
    x = x.detach().requires_grad_()
    return torch.autograd.grad(transition(x), x, g, is_grads_batched=True)[0]


def squares(stack: Stack, g: Tensor) -> Tensor:
    """Sums of squares of n gradients of every network, [n, networks], on the CPU in float64."""
    norms = torch.stack([stack.space.norms(one, stack.k, torch.float64) for one in g])
    return norms.cpu().double().square()


def products(stack: Stack, g: Tensor, h: Tensor) -> Tensor:
    """Inner products ⟨g_i, h⟩ of n gradients with one, [n, networks], on the CPU in float64."""
    one = _rows(stack, h)
    return torch.stack([(_rows(stack, part) * one).sum(1) for part in g])


def _rows(stack: Stack, h: Tensor) -> Tensor:
    """The numbers of each network side by side, [networks, numbers]."""
    h = h.detach().cpu().double()
    if stack.space.taps:
        h = h.unflatten(1, (stack.k, -1)).transpose(0, 1)
    return h.reshape(stack.k, -1)


def caveat(subject: Subject) -> list[str]:
    """What must be said of gradients at evaluation while no batch norm has seen a batch; else nothing."""
    running = [trainer.stack.running for trainer in subject.sweep.trainers if trainer.stack.running]
    if not any((mean == 0).all() and (variance == 1).all() for mean, variance in running):
        return []
    return [
        "Before the first step the running means of batch norm are still 0 and the variances 1: this is the network "
        "without normalisation, and not what its first training step sees"
    ]
