"""Paths (Veit et al. 2016, arXiv 1605.06431, section 5): how long the ways are on which gradient travels.

Each of n blocks is passed by its shortcut or through its branch F, which makes 2^n paths. With S_i + F_i the Jacobian
of block i at the activations of the pass, what all paths of k branches bring to the first layer, g_k, is the
coefficient of z^k in the product of the (S_i + z F_i): measured exactly, not sampled. It is found by taking a gradient
a length back through the network, block by block: g_k ← Sᵀ g_k + Fᵀ g_{k−1}. Two measures of a length, never mixed:

* its *share* of the gradient g = Σ g_k of the mean loss over the batch, ⟨g_k, g⟩/‖g‖². Shares add up to 1. One is
  negative where these paths pull against the whole. At every ⊕ the same is asked of its two ways;
* the authors' own (figure 6): the mean norm of sampled single paths of that length, times the number of such paths.
  Norms do not see that paths cancel, so these products add up to more than the gradient.

The length of a path is the number of weight layers in the branches that it takes. The first layer, the classifier and
the transitions of dense networks stand on every path and are not counted, nor are projections and gates.

What counts as what: a dense block's shortcut is the channels it passes on, a highway block's is x(1 − T) with T held
fixed (the gate's own derivative belongs to F), a transition is a fixed map and no branch, a projection belongs to
the shortcut. Where nothing passes by, in plain networks, all gradient is in the one path of n branches.
"""

from collections.abc import Generator, Iterator
from math import comb
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from app.analyses import effort, single_paths
from app.analyses.bands import column, mean_band, triple
from app.analyses.effort import afford, size_of
from app.analyses.joins import at_the_end, caveat, parted, products, reads, skips, squares, through
from app.analyses.paths_words import Told, said
from app.analyses.subject import Subject
from app.analyses.words import name_of
from app.contract.findings import ArmPaths, Band, Column, Finding, PathsFinding
from app.contract.questions import Paths
from app.nets.block import Block
from app.nets.stack import Stack

#: numbers in the gradients of all lengths at one place: what is more is done in slices of the examples
MOST_NUMBERS = 8_000_000
#: the samples may take this part of the operations of one analysis
SAMPLING = 8

Floats = NDArray[np.float64]


def paths(subject: Subject, question: Paths) -> Iterator[float | Finding]:
    """The gradient of the mean loss over the first ``examples`` training examples, by length of path.

    At the output of the first layer, with the running statistics of batch norm. After each arm there is a
    finding of those that are done. Where sampling as many single paths as asked for takes more than a part of the
    bound, ``SAMPLING``, fewer are sampled; at least one of each length.

    Raises:
        Refused: as ``Subject.patients``, or the network is too large.
    """
    patients = list(subject.patients(question.depth))
    x, y = subject.train_x[: question.examples], subject.train_y[: question.examples]
    skipping = [skips(subject.experiment.arms[patient.cell.arm]) for patient in patients]

    counts = [blocks(patient.stack) for patient in patients]
    works = [size_of(p.stack, x).multiply_adds * p.stack.k * len(x) * 2.0 for p in patients]

    def flops(samples: int) -> float:
        """A path of all branches is a pass back, and so are the two ends of one more."""
        singles = [
            single_paths.branches(n, samples) / n if skip else 1 for n, skip in zip(counts, skipping, strict=True)
        ]
        return sum(w * (n / 2 + 1 + s) for w, n, s in zip(works, counts, singles, strict=True))

    samples = question.samples
    while samples > 1 and flops(samples) - flops(0) > effort.MOST_FLOPS / SAMPLING:
        samples -= 1
    afford(flops(samples), "depth", "ask at a smaller depth, or for fewer examples")
    arms: list[ArmPaths] = []
    told: list[Told] = []
    for number, (patient, skip, n) in enumerate(zip(patients, skipping, counts, strict=True)):
        begun, half, end = ((number + part) / len(patients) for part in (0, 0.5, 1))
        apart = yield from measure(patient.stack, x, y, (begun, half))
        masks = single_paths.draw(n, samples, question.seed) if skip else np.ones((1, n), dtype=bool)
        norms = yield from single_paths.walk(patient.stack, x, y, masks, (half, end))
        sampled = _Sampled(masks, norms, numbers_of(n, skip))
        lengths = [k * patient.stack.block_class.layers for k in range(n + 1)]
        name = name_of(subject.experiment, patient.cell)
        excess = sampled.sum * 2.0**n / apart.whole
        told.append(Told(name, lengths, skip, apart.shares, sampled.products, excess, patient.seeds))
        arms.append(
            ArmPaths(
                patient.cell.arm, patient.cell.layers, lengths, sampled.numbers,
                share=mean_band(apart.shares.T), whole=triple(apart.whole),
                shortcut=mean_band(apart.shortcut.T), branch=mean_band(1 - apart.shortcut.T),
                sampled=sampled.counts, single=sampled.single(), product=mean_band(sampled.products.T),
                mean_length=triple(told[-1].mean_length()), product_length=triple(told[-1].product_length()),
            )
        )  # fmt: skip
        yield PathsFinding(list(arms), said(told) + caveat(subject))


def blocks(stack: Stack) -> int:
    """How many blocks a network of the stack has. Transitions of dense networks are none."""
    return sum(isinstance(step, Block) for step in stack.steps())


def numbers_of(n: int, skips: bool = True) -> list[float]:
    """Share of the 2^n paths that have 0 … n branches: Binomial(n, ½), or all in n where there is one path."""
    return [comb(n, k) / 2**n if skips else float(k == n) for k in range(n + 1)]


class Apart(NamedTuple):
    """The gradient of networks, taken apart.

    Attributes:
        shares: of the paths of each number of branches, [n + 1, networks]: ⟨g_k, g⟩/‖g‖². NaN without a gradient.
        whole: ‖g‖, [networks].
        shortcut: of the gradient at every block's input what has come by the shortcut, likewise, [n, networks],
            input side first; by the branch has come the rest.
    """

    shares: Floats
    whole: Floats
    shortcut: Floats


def measure(stack: Stack, x: Tensor, y: Tensor, share: tuple[float, float] = (0, 1)) -> Generator[float, None, Apart]:
    """Take the gradient of the mean loss over x apart, for every network of a stack.

    Args:
        x, y: examples and labels.
        share: from where to where the progress goes that it yields.
    """
    n, k = blocks(stack), stack.k
    by_length, whole = (torch.zeros(*shape, k, dtype=torch.float64) for shape in ((n + 1,), ()))
    by_shortcut, at_block = (torch.zeros(n, k, dtype=torch.float64) for _ in range(2))
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
                by_past = past.sum(0, keepdim=True)
                both = by_past + branch.sum(0, keepdim=True)
                by_shortcut[block] += products(stack, by_past, both[0])[0]
                at_block[block] += squares(stack, both)[0]
                none = torch.zeros_like(past[:1])
                g = torch.cat([past, none]) + torch.cat([none, branch])
                done = (start + (len(g) - 1) / n * len(x[some])) / len(x)
                yield share[0] + done * (share[1] - share[0])
            else:
                g = through(step, h, g)
        by_length += products(stack, g, g.sum(0))
        whole += squares(stack, g.sum(0, keepdim=True))[0]
    return Apart((by_length / whole).numpy(), whole.sqrt().numpy(), (by_shortcut / at_block).numpy())


class _Sampled:
    """Single paths that were sampled, by length.

    Args:
        masks: [paths, blocks].
        norms: of their gradients, [paths, networks].
        numbers: share of all paths that have each length.
    """

    def __init__(self, masks: NDArray[np.bool_], norms: Floats, numbers: list[float]) -> None:
        self.numbers: Column = list(numbers)
        branches = masks.sum(axis=1)
        self.by_length = [norms[branches == length] for length in range(masks.shape[1] + 1)]
        self.counts = [len(some) for some in self.by_length]
        weighted = [
            share * some.mean(axis=0) if len(some) else 0 * norms[0]
            for share, some in zip(numbers, self.by_length, strict=True)
        ]
        #: of the mean norm of all paths, over the networks' own sums; sums over the lengths are 1
        self.sum: Floats = np.sum(weighted, axis=0)
        with np.errstate(invalid="ignore"):
            self.products: Floats = np.array(weighted) / self.sum

    def single(self) -> Band:
        """Norm of one path of each length: [mean, lowest, highest] over paths and networks, None without any."""
        picks = (np.mean, np.min, np.max)
        return [column([pick(some) if len(some) else np.nan for some in self.by_length]) for pick in picks]
