"""The way of one image through one network: every state forward, and the loss's gradient at every state back.

The whole way is one pass forward and one back. Each block reads two copies of its input, one through its branch F and
one by its shortcut S (``Block.forward``), so the gradient arrives there in two parts, Fᵀg and Sᵀg, which add up to it.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from app.nets.block import Block
from app.nets.connections.dense import Transition
from app.nets.stack import Stack


@dataclass(frozen=True, slots=True)
class Halves:
    """Of a block: what reaches its ⊕ through F and past it, and the gradient at its input by either way.

    All [channels, height, width]; what passes a plain block is zero.
    """

    through: Tensor
    past: Tensor
    gradient_through: Tensor
    gradient_past: Tensor


@dataclass(frozen=True, slots=True)
class Way:
    """One image in one network. Units of fully connected layers are channels of 1×1.

    Attributes:
        states: the image, the output of the first layer and of every step, and what the classifier reads,
            [channels, height, width] each.
        gradients: ∂L/∂ of each of ``states``.
        halves: of each step; None of a transition.
        logits: [classes], and ``gradient`` that of the loss; both on the CPU.
        target, loss: class of the loss, and −log softmax(logits)[target].
    """

    states: list[Tensor]
    gradients: list[Tensor]
    halves: list[Halves | None]
    logits: Tensor
    gradient: Tensor
    target: int
    loss: float


def way_of(stack: Stack, image: Tensor, target: int | None) -> Way:
    """Pass an image forward, and the loss of a class back.

    Args:
        stack: one network, at evaluation.
        image: [1, channels, side, side].
        target: class of the loss; None: the network's own answer.
    """
    x = image.detach().requires_grad_()
    steps = stack.steps()
    states, copies = [x, stack.enter(x)], []
    for step in steps:
        h = states[-1]
        a, b = h.view_as(h), h.view_as(h)
        copies += [a, b]
        states.append(step.forward(a, b) if isinstance(step, Block) else step(a))
    states.append(stack.read_out(states[-1]))
    logits = stack.classify(states[-1])
    scores = logits[0, :, 0]
    target = int(scores.argmax()) if target is None else target
    loss = -F.log_softmax(scores, 0)[target]
    found = torch.autograd.grad(loss, [*states, *copies, logits], allow_unused=True)
    back = [torch.zeros_like(of) if g is None else g for g, of in zip(found, [*states, *copies, logits], strict=True)]
    by_copy = back[len(states) : -1]
    with torch.no_grad():
        halves = [
            _halves(step, h, through, past)
            for step, h, through, past in zip(steps, states[1:], by_copy[::2], by_copy[1::2], strict=False)
        ]
    return Way(
        [_one(h) for h in states], [_one(g) for g in back[: len(states)]], halves,
        scores.detach().cpu(), back[-1][0, :, 0].cpu(), target, float(loss.detach()),
    )  # fmt: skip


def _halves(step: Block | Transition, h: Tensor, through: Tensor, past: Tensor) -> Halves | None:
    if not isinstance(step, Block):
        return None
    return Halves(*map(_one, (*step.parts(h), through, past)))


@torch.no_grad()
def logits_of(stack: Stack, image: Tensor) -> Tensor:
    """[classes] of one network for one image [1, channels, side, side], on the CPU."""
    return stack.forward(image)[0, :, 0].cpu()


def _one(h: Tensor) -> Tensor:
    """What a stack of one network holds of one example, [channels, height, width]."""
    h = h.detach()[0]
    return h if h.ndim == 3 else h.unsqueeze(2)
