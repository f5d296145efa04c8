"""Joins: how a gradient splits between shortcut and branch at the ⊕ of every block, at evaluation.

With y = block(a, b), where a goes through the branch F and b by the shortcut S, a gradient g at y leaves the ⊕ as Fᵀg
and Sᵀg. F and S are the derivatives with respect to a and b where both are the block's own input.
"""

import torch
from torch import Tensor

from app.analyses.hidden_states import has_seen_no_batch
from app.analyses.subject import Subject
from app.learning.trainer import losses
from app.nets.block import Block
from app.nets.connections.dense import Transition
from app.nets.stack import Stack


@torch.no_grad()
def step_inputs(stack: Stack, x: Tensor) -> list[Tensor]:
    """The input of every step of the pass, input side first, and last the input of ``Stack.leave``."""
    h = stack.enter(x)
    found = [h]
    for step in stack.steps():
        h = step(h)
        found.append(h)
    return found


def gradient_at_end(stack: Stack, h: Tensor, y: Tensor, examples: int) -> Tensor:
    """∂L/∂h, h the input of ``Stack.leave`` for some examples with labels y, L the mean loss over all ``examples``."""
    h = h.detach().requires_grad_()
    loss = losses(stack.leave(h), y).sum() / examples
    return torch.autograd.grad(loss, h)[0]


def split_gradient(block: Block, x: Tensor, g: Tensor) -> tuple[Tensor, Tensor]:
    """(Sᵀg, Fᵀg): gradients at a block's output, taken back to x by the shortcut and by the branch.

    Args:
        x: the block's input.
        g: [n, *shape of its output], n gradients at once.

    Returns:
        two tensors [n, *shape of x].
    """
    a, b = x.detach().requires_grad_(), x.detach().requires_grad_()
    past, through = torch.autograd.grad(block.forward(a, b), (b, a), g, is_grads_batched=True)
    return past, through


def one_part(block: Block, x: Tensor, g: Tensor, branch: bool) -> Tensor:
    """Fᵀg, or Sᵀg where not ``branch``: one half of ``parted``, without computing the other."""
    h = x.detach().requires_grad_()
    y = block.forward(h, x.detach()) if branch else block.forward(x.detach(), h)
    return torch.autograd.grad(y, h, g, is_grads_batched=True)[0]


def back_through(transition: Transition, x: Tensor, g: Tensor) -> Tensor:
    """Gradients at a transition's output, [n, *shape of its output], taken back to its input x."""
    x = x.detach().requires_grad_()
    return torch.autograd.grad(transition(x), x, g, is_grads_batched=True)[0]


def squares(stack: Stack, g: Tensor) -> Tensor:
    """Sums of squares of n gradients of every network, [n, networks], on the CPU in float64."""
    norms = torch.stack([stack.backend.norms(one, stack.k, torch.float64) for one in g])
    return norms.cpu().double().square()


def products(stack: Stack, g: Tensor, h: Tensor) -> Tensor:
    """Inner products ⟨g_i, h⟩ of n gradients with one, [n, networks], on the CPU in float64."""
    one = _rows(stack, h)
    return torch.stack([(_rows(stack, part) * one).sum(1) for part in g])


def _rows(stack: Stack, h: Tensor) -> Tensor:
    """The numbers of each network side by side, [networks, numbers]."""
    h = h.detach().cpu().double()
    if stack.backend.convolutional:
        h = h.unflatten(1, (stack.k, -1)).transpose(0, 1)
    return h.reshape(stack.k, -1)


def caveat(subject: Subject) -> list[str]:
    """A warning about gradients at evaluation as long as no batch norm has seen a batch; else nothing."""
    if not any(has_seen_no_batch(trainer.stack) for trainer in subject.sweep.trainers):
        return []
    return [
        "Before the first step the running means of batch norm are still 0 and the variances 1: this is the network "
        "without normalisation, and not what its first training step sees"
    ]
