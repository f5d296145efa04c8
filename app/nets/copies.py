"""Copies of trained networks in a stack of their own: what analyses perturb, cut and question."""

from collections.abc import Sequence

import torch

from app.nets.stack import Stack


@torch.no_grad()
def copies(stack: Stack, networks: Sequence[int], dtype: torch.dtype | None = None) -> Stack:
    """A stack of copies of some networks of another, weights and running statistics, at evaluation.

    Args:
        stack: where they stand.
        networks: positions in it, of one depth, in any order, each as often as wanted.
        dtype: of the copies; None: that of the stack.
    """
    depths = {stack.specs[k].depth for k in networks}
    if len(depths) != 1:
        raise ValueError(f"networks: must have one depth, not {sorted(depths)}")
    out = Stack(
        stack.structure, [stack.specs[k] for k in networks], dtype=dtype or stack.dtype, device=stack.device, blank=True
    )  # fmt: skip
    out.at_evaluation = True
    for name, group in out.parameters.groups.items():
        theirs = stack.parameters.groups[name]
        rows_of = {k: theirs.rows_of([k]) for k in set(networks)}
        for j, k in enumerate(networks):
            group.data[group.rows_of([j])] = theirs.data[rows_of[k]].to(out.dtype)
    for norm, other in zip(out.norms, (norm for norm in stack.norms if norm.k > max(networks)), strict=True):
        if norm.kind == "batch":
            for mine, given in ((norm.running.mean, other.running.mean), (norm.running.var, other.running.var)):
                mine.view(out.k, -1).copy_(given.view(other.k, -1)[list(networks)])
    return out
