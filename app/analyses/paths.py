"""Paths (Veit et al. 2016, arXiv 1605.06431, section 5): how long the ways are on which gradient travels.

Each of n blocks is passed by its shortcut or through its branch F, which makes 2^n paths. With S_i + F_i the Jacobian
of block i at the activations of the pass, what all paths of k branches bring to the first layer is the coefficient
of z^k in the product of the (S_i + z F_i): measured exactly, not sampled. It is found by taking a gradient a
length back through the network, block by block: g_k ← Sᵀ g_k + Fᵀ g_{k−1}.

What counts as what: a dense block's shortcut is the channels it passes on, a highway block's is x(1 − T) with T held
fixed (the gate's own derivative belongs to F), a transition is a fixed map and no branch, a projection belongs to
the shortcut. Where nothing passes by, in plain networks, all gradient is in the one path of length n.
"""

from collections.abc import Generator, Iterator, Sequence
from math import comb

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from app.analyses.bands import band, triple
from app.analyses.effort import afford, size_of
from app.analyses.joins import at_the_end, caveat, parted, reads, squares, through
from app.analyses.subject import Patient, Subject
from app.analyses.words import SUPERSCRIPTS, name_of, share
from app.contract.experiment import Arm, Experiment
from app.contract.findings import ArmPaths, Column, Finding, PathsFinding
from app.contract.questions import Paths
from app.nets.block import Block
from app.nets.stack import Stack

#: numbers in the gradients of all lengths at one place: what is more is done in slices of the examples
MOST_NUMBERS = 8_000_000
#: the words tell on which lengths this share of the gradient lies, the norms of all lengths added
MOST_OF_IT = 0.9
#: mean lengths closer than this are called equal, in branches
SAME = 0.5

Floats = NDArray[np.float64]


def paths(subject: Subject, question: Paths) -> Iterator[float | Finding]:
    """The gradient of the mean loss over the first ``examples`` training examples, by length of path.

    At the output of the first layer, with the running statistics of batch norm. After each arm there is a
    finding of those that are done.

    Raises:
        Refused: as ``Subject.patients``, or the network is too large.
    """
    patients = list(subject.patients(question.depth))
    x, y = subject.train_x[: question.examples], subject.train_y[: question.examples]
    flops = 0.0
    for patient in patients:
        size, n = size_of(patient.stack, x), blocks(patient.stack)
        flops += 2 * size.multiply_adds * (n / 2 + 1) * len(x) * patient.stack.k
    afford(flops, "depth", "ask at a smaller depth, or for fewer examples")
    arms: list[ArmPaths] = []
    for number, patient in enumerate(patients):
        lengths, whole, past, branch = yield from measure(patient.stack, x, y, (number, len(patients)))
        arm, n = subject.experiment.arms[patient.cell.arm], blocks(patient.stack)
        with np.errstate(invalid="ignore"):
            shares = past / (past + branch)
        arms.append(
            ArmPaths(
                patient.cell.arm, patient.cell.layers, list(range(n + 1)), numbers_of(n, skips(arm)),
                band(lengths.T), triple(whole), band(shares.T), band(1 - shares.T),
            )
        )  # fmt: skip
        yield PathsFinding(list(arms), _words(subject.experiment, patients, arms) + caveat(subject))


def blocks(stack: Stack) -> int:
    """How many blocks a network of the stack has. Transitions of dense networks are none."""
    return sum(isinstance(step, Block) for step in stack.steps())


def skips(arm: Arm) -> bool:
    """Whether anything passes by the branches: not in plain networks, nor where the skip is scaled by 0."""
    unscaled = ("highway", "dense", "skipinit", "stochastic")
    return arm.connection in unscaled or (arm.connection != "plain" and arm.skip_scale > 0)


def numbers_of(n: int, skips: bool = True) -> Column:
    """Share of the 2^n paths that have 0 … n branches: Binomial(n, ½), or all in n where there is one path."""
    return [comb(n, k) / 2**n if skips else float(k == n) for k in range(n + 1)]


def measure(
    stack: Stack, x: Tensor, y: Tensor, share: tuple[int, int] = (0, 1)
) -> Generator[float, None, tuple[Floats, Floats, Floats, Floats]]:
    """Norms of the gradient of the mean loss over x, for every network of a stack.

    Args:
        x, y: examples and labels.
        share: which of how many equal parts of the whole analysis this is, for the progress it yields.

    Returns:
        carried by the paths of each length [n + 1, networks]; the whole [networks]; and leaving each ⊕ by the
        shortcut and through F, [n, networks] each, input side first.
    """
    n, k = blocks(stack), stack.k
    by_length, whole = (torch.zeros(*shape, k, dtype=torch.float64) for shape in ((n + 1,), ()))
    by_shortcut, by_branch = (torch.zeros(n, k, dtype=torch.float64) for _ in range(2))
    widest = max(h.numel() for h in reads(stack, x[:1]))
    size = max(1, MOST_NUMBERS // (widest * (n + 1)))
    for start in range(0, len(x), size):
        some = slice(start, start + size)
        inputs = reads(stack, x[some])
        g = at_the_end(stack, inputs[-1], y[some], len(x)).unsqueeze(0)
        for step, h in zip(reversed(stack.steps()), reversed(inputs[:-1]), strict=True):
            if isinstance(step, Block):
                # gradients that have passed m blocks have taken 0 … m branches
                past, branch = parted(step, h, g)
                block = n - len(g)
                by_shortcut[block] += squares(stack, past.sum(0, keepdim=True))[0]
                by_branch[block] += squares(stack, branch.sum(0, keepdim=True))[0]
                none = torch.zeros_like(past[:1])
                g = torch.cat([past, none]) + torch.cat([none, branch])
                done = (start + (len(g) - 1) / n * len(x[some])) / len(x)
                yield (share[0] + done) / share[1]
            else:
                g = through(step, h, g)
        by_length += squares(stack, g)
        whole += squares(stack, g.sum(0, keepdim=True))[0]
    lengths, total, past_all, branch_all = (s.sqrt().numpy() for s in (by_length, whole, by_shortcut, by_branch))
    return lengths, total, past_all, branch_all


# Words


def most_of(gradient: Column) -> tuple[int, int] | None:
    """The shortest run of lengths on which ``MOST_OF_IT`` of the sum of norms lies; None if there is no gradient."""
    carried = np.array([np.nan if value is None else value for value in gradient])
    total = carried.sum()
    if not np.isfinite(total) or total <= 0:
        return None
    sums = np.concatenate([[0.0], np.cumsum(carried)])
    runs = [
        (last - first, first, last)
        for first in range(len(carried))
        for last in range(first, len(carried))
        if sums[last + 1] - sums[first] >= MOST_OF_IT * total * (1 - 1e-9)
    ]
    return min(runs)[1:]


def mean_length(gradient: Column) -> float:
    """Branches on a path, weighted by what the paths of each length carry."""
    carried = np.array(gradient, dtype=np.float64)
    return float(np.arange(len(carried)) @ carried / carried.sum())


def _words(experiment: Experiment, patients: Sequence[Patient], arms: Sequence[ArmPaths]) -> list[str]:
    words, means = [], []
    for patient, arm in zip(patients, arms, strict=False):
        name, n = name_of(experiment, patient.cell), arm.lengths[-1]
        run = most_of(arm.gradient[0])
        if run is None:
            words.append(f"{name}: no gradient that can be measured reaches the first layer")
            continue
        means.append((mean_length(arm.gradient[0]), name))
        if not skips(experiment.arms[arm.arm]):
            words.append(f"{name} has one path, and all gradient takes it, through {_branches(n, n)}")
            continue
        lengths = f"{run[0]}" if run[0] == run[1] else f"{run[0]} to {run[1]}"
        paths = f"2{str(n).translate(SUPERSCRIPTS)} paths"
        words.append(
            f"{name}: {share(MOST_OF_IT)} of the gradient on its {paths} goes through {lengths} of {_branches(n)}; "
            f"the paths themselves have {n / 2:g} on average"
        )
    if len(means) > 1:
        (least, short), (most, long) = min(means), max(means)
        if most - least < SAME:
            words.append(f"No difference: gradient takes {least:.1f} to {most:.1f} branches on its way in all arms")
        else:
            words.append(
                f"Gradient takes {least:.1f} branches on its way through {short} and {most:.1f} through {long}"
            )
    return words


def _branches(n: int, of: int = 0) -> str:
    both = "its one branch" if n == 1 else f"its {n} branches"
    return both if not of else both.replace("its", "all" if n > 1 else "its")
