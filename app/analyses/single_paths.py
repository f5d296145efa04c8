"""Single paths (Veit et al. 2016, arXiv 1605.06431, figure 6): the gradient that one path alone brings back.

A path is a choice at every block, branch or shortcut. Many are taken back through the network at once, as a stack of
gradients; at each block some go through the branch and the others by the shortcut.
"""

from collections.abc import Generator, Sequence
from itertools import combinations
from math import comb

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from app.analyses.skip_gradients import back_through, gradient_at_end, one_part, squares, step_inputs
from app.nets.block import Block
from app.nets.stack import Stack

#: numbers in the gradients of all paths that are taken at once
MOST_NUMBERS = 8_000_000

Masks = NDArray[np.bool_]
Floats = NDArray[np.float64]


def draw(n: int, samples: int, seed: int) -> Masks:
    """Different paths of every length through n blocks, [paths, n], true where a path takes the branch.

    As many of each length as ``samples`` says, at random; all of them where there are no more.
    """
    generator = np.random.default_rng((seed, n))
    rows = []
    for length in range(n + 1):
        if comb(n, length) <= samples:
            chosen = set(combinations(range(n), length))
        else:
            chosen = set()
            while len(chosen) < samples:
                chosen.add(tuple(sorted(generator.choice(n, length, replace=False).tolist())))
        rows += [[block in path for block in range(n)] for path in sorted(chosen)]
    return np.array(rows, dtype=bool).reshape(-1, n)


def branches(n: int, samples: int) -> int:
    """How many branches the paths of ``draw`` take together."""
    return sum(min(comb(n, length), samples) * length for length in range(n + 1))


def walk(
    stack: Stack, x: Tensor, y: Tensor, paths: Masks, share: tuple[float, float] = (0, 1)
) -> Generator[float, None, Floats]:
    """Norms of the gradient of the mean loss over x by each path, at the output of the first layer.

    Args:
        x, y: examples and labels.
        paths: [paths, blocks], as ``draw`` makes them.
        share: from where to where the progress goes that it yields.

    Returns:
        [paths, networks].
    """
    found = torch.zeros(len(paths), stack.k, dtype=torch.float64)
    widest = max(h.numel() for h in step_inputs(stack, x[:1]))
    at_once = max(1, MOST_NUMBERS // (widest * len(x)))
    size = max(1, MOST_NUMBERS // widest)
    for start in range(0, len(x), size):
        some = slice(start, start + size)
        inputs = step_inputs(stack, x[some])
        end = gradient_at_end(stack, inputs[-1], y[some], len(x))
        for first in range(0, len(paths), at_once):
            here = paths[first : first + at_once]
            found[first : first + at_once] += squares(stack, _back(stack, inputs, end, here))
            done = (start + (first + len(here)) / len(paths) * len(x[some])) / len(x)
            yield share[0] + done * (share[1] - share[0])
    return found.sqrt().numpy()


def _back(stack: Stack, inputs: Sequence[Tensor], end: Tensor, paths: Masks) -> Tensor:
    """The gradient at the end of the network, taken back along each path, [paths, *shape of the first input]."""
    g = end.expand(len(paths), *end.shape)
    block = paths.shape[1]
    for step, h in zip(reversed(stack.steps()), reversed(inputs[:-1]), strict=True):
        if not isinstance(step, Block):
            g = back_through(step, h, g)
            continue
        block -= 1
        taken = torch.from_numpy(paths[:, block]).to(h.device)
        back = h.new_empty(len(paths), *h.shape)
        for branch in (True, False):
            rows = taken if branch else ~taken
            if rows.any():
                back[rows] = one_part(step, h, g[rows], branch)
        g = back
    return g
