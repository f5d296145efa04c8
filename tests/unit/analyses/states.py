"""Independent ``torch.nn`` networks taken apart block by block: the oracle of the analyses that look at every state."""

import torch
from torch import Tensor

from app.nets.stack import Stack
from tests.unit.nets.reference import ReferenceNetwork, reference_of


def references(stack: Stack) -> list[ReferenceNetwork]:
    """Each network of a stack as anyone would write it, at evaluation."""
    return [reference_of(stack, network).eval() for network in range(stack.k)]


def states(reference: ReferenceNetwork, x: Tensor) -> list[Tensor]:
    """Output of the first layer and of every block and transition, examples first."""
    h = reference.stem_norm(reference.stem(x if reference.conv else x.flatten(1)))
    found = [h if reference.last_norm is not None else reference.σ(h)]
    for block in reference.blocks:
        found.append(block(found[-1]))
    return found


def leave(reference: ReferenceNetwork, h: Tensor) -> Tensor:
    """Logits, from the last state."""
    if reference.last_norm is not None:
        h = reference.σ(reference.last_norm(h))
    return reference.head(h.mean((2, 3)) if reference.conv else h)


def branch(reference: ReferenceNetwork, i: int, h: Tensor) -> Tensor:
    """What block i, from 0, adds to h: written out from the weights, in networks with norms and option A."""
    w, n, σ = reference.weights, reference.norms, reference.σ
    match reference.arm.connection:
        case "preact" | "wide":
            return w[2 * i + 2](σ(n[2 * i + 1](w[2 * i + 1](σ(n[2 * i](h))))))
        case "highway":
            T = torch.sigmoid(w[2 * i + 2](h))  # noqa: N806
            return T * (σ(n[i + 1](w[2 * i + 1](h))) - h)
        case "bottleneck" | "resnext":
            for j in (1, 2):
                h = σ(n[3 * i + j](w[3 * i + j](h)))
            return n[3 * i + 3](w[3 * i + 3](h))
    f = n[2 * i + 2](w[2 * i + 2](σ(n[2 * i + 1](w[2 * i + 1](h)))))
    match reference.arm.connection:
        case "skipinit":
            return reference.scales[i] * f
        case "stochastic":
            return f * (1 - (i + 1) / reference.total * (1 - reference.arm.survival))
    return f


def shortcut(reference: ReferenceNetwork, i: int, h: Tensor, out: Tensor) -> Tensor:
    """What reaches the ⊕ of block i past its branch; ``out`` has the shape of the block's output."""
    w, n, σ = reference.weights, reference.norms, reference.σ
    if reference.arm.connection == "dense":
        return h
    if reference.arm.connection in ("preact", "wide") and i == 0:
        h = σ(n[0](h))
    padded = reference.pad(h, out.shape[1], 1 if not reference.conv or h.shape[2:] == out.shape[2:] else 2)
    if reference.arm.connection == "highway":
        return padded * (1 - torch.sigmoid(w[2 * i + 2](h)))
    return padded * (0.0 if reference.arm.connection == "plain" else reference.arm.skip_scale)
