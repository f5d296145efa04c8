"""Paths (Veit et al. 2016, arXiv 1605.06431, section 5): how long the paths are along which gradient travels.

A path passes each of n blocks by its shortcut or through its branch F, which makes 2^n paths. With S_i + F_i the
Jacobian of block i at the activations of the pass, the gradient that all paths of k branches together bring to the
first layer, g_k, is the coefficient of z^k in the product of the (S_i + z F_i): computed exactly, not sampled. It is
found by taking one gradient for each length back through the network, block by block: g_k ← Sᵀ g_k + Fᵀ g_{k−1}. There
are two measures of a length, which are never mixed:

* its *share* of the gradient g = Σ g_k of the mean loss over the batch, ⟨g_k, g⟩/‖g‖². Shares add up to 1. One is
  negative where these paths pull against the whole. At every ⊕ shortcut and branch have such shares, too;
* the authors' own (figure 6): the mean norm of sampled single paths of that length, times the number of such paths.
  Paths can cancel, which norms do not show, so these products add up to more than the gradient.

The length of a path is the number of weight layers in the branches that it takes. The first layer, the classifier and
the transitions of dense networks stand on every path and are not counted, nor are projections and gates.

A dense block's shortcut is the channels that it passes on; a highway block's is x(1 − T) with T held fixed (the gate's
own derivative belongs to F). A transition is a fixed map and not a branch, and a projection belongs to the shortcut.
Plain networks have no shortcut, so all gradient is in the one path of n branches.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import comb
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from app.analyses import cost
from app.analyses.bands import column, mean_band, triple
from app.analyses.cost import check_cost, size_of
from app.analyses.paths_words import ArmResult, sentences
from app.analyses.record import AnalysisRecord, Answer, Table, steps
from app.analyses.words import arm_name, name_of
from app.contract.arms import record_of
from app.contract.experiment import Experiment
from app.contract.findings import Band, Column, Finding
from app.contract.questions import Depth, Question, Seed
from app.lazy import Lazy

if TYPE_CHECKING:
    from app.analyses import path_gradients, single_paths, skip_gradients
    from app.analyses.subject import Replica, Subject
else:
    skip_gradients, single_paths = Lazy("app.analyses.skip_gradients"), Lazy("app.analyses.single_paths")
    path_gradients = Lazy("app.analyses.path_gradients")

#: the samples may take this part of the operations of one analysis
SAMPLING = 8

Floats = NDArray[np.float64]


class Paths(Question):
    """How many paths of each length there are, how much gradient they carry, and what single ones do."""

    kind: Literal["paths"] = "paths"
    depth: Depth
    examples: Annotated[int, Field(ge=1, le=256, description="training examples whose gradient is taken apart")] = 64
    samples: Annotated[int, Field(ge=1, le=256, description="single paths of each length")] = 32
    seed: Annotated[Seed, Field(description="of the samples")] = 0


@dataclass(frozen=True, slots=True)
class ArmPaths:
    """The paths through one arm.

    Attributes:
        lengths: weight layers of a path that stand in branches: 0, the layers of one block, … of all.
        paths: share of the 2^n paths that have this length, Binomial(n, ½); for a plain network all in the last.
        share: [mean, lowest, highest] over the seeds of ⟨g_k, g⟩/‖g‖², g the gradient of the mean loss at the output of
            the first layer and g_k the part of it that all paths of that length bring. Adds up to 1; may be negative.
        whole: [median, low, high] of ‖g‖.
        shortcut, branch: [mean, lowest, highest], one number a block: the same share of what leaves its ⊕ through the
            shortcut and through F. They add up to 1.
        sampled: how many single paths of each length were sampled.
        single: [mean, lowest, highest] over them and the seeds of the norm of the gradient that one path brings.
        product: [mean, lowest, highest] over the seeds of number of paths × mean norm of one, over the sum of all.
        mean_length, product_length: [median, low, high] of the mean length, weighted by ``share`` and by ``product``.
    """

    arm: int
    layers: int
    lengths: list[int]
    paths: Column
    share: Band
    whole: Column
    shortcut: Band
    branch: Band
    sampled: list[int]
    single: Band
    product: Band
    mean_length: Column
    product_length: Column


@dataclass(frozen=True, slots=True)
class PathsFinding(Finding):
    """Of ``Paths``."""

    arms: list[ArmPaths]


def paths(subject: Subject, question: Paths) -> Iterator[float | Finding]:
    """The gradient of the mean loss over the first ``examples`` training examples, by length of path.

    At the output of the first layer, with the running statistics of batch norm. After each arm there is a
    finding of those that are done. Where sampling as many single paths as asked for takes more than a part of the
    limit, ``SAMPLING``, fewer are sampled; at least one of each length.

    Raises:
        Refused: as ``Subject.replicas``, or the network is too large.
    """
    replicas = list(subject.replicas(question.depth))
    x, y = subject.train_x[: question.examples], subject.train_y[: question.examples]
    asked = [subject.experiment.arms[replica.cell.arm] for replica in replicas]
    skipping = [record_of(arm).skips(arm) for arm in asked]
    passes = [size_of(r.stack, x).multiply_adds * r.stack.k * len(x) * 2.0 for r in replicas]

    def flops(samples: int) -> float:
        return sum(_cost(*each, samples) for each in zip(replicas, passes, skipping, strict=True))

    samples = question.samples
    while samples > 1 and flops(samples) - flops(0) > cost.MOST_FLOPS / SAMPLING:
        samples -= 1
    check_cost(flops(samples), "depth", "ask at a smaller depth, or for fewer examples")
    arms: list[ArmPaths] = []
    results: list[ArmResult] = []
    for number, (replica, skip) in enumerate(zip(replicas, skipping, strict=True)):
        begun, half, end = ((number + part) / len(replicas) for part in (0, 0.5, 1))
        n = path_gradients.blocks(replica.stack)
        parts = yield from path_gradients.measure(replica.stack, x, y, (begun, half))
        masks = single_paths.draw(n, samples, question.seed) if skip else np.ones((1, n), dtype=bool)
        norms = yield from single_paths.walk(replica.stack, x, y, masks, (half, end))
        sampled = _Sampled(masks, norms, numbers_of(n, skip))
        lengths = [k * replica.stack.connection.layers for k in range(n + 1)]
        name = name_of(subject.experiment, replica.cell)
        excess = sampled.sum * 2.0**n / parts.whole
        result = ArmResult(name, lengths, skip, parts.shares, sampled.products, excess, replica.seeds)
        results.append(result)
        arms.append(
            ArmPaths(
                replica.cell.arm, replica.cell.layers, lengths, sampled.numbers,
                share=mean_band(parts.shares.T), whole=triple(parts.whole),
                shortcut=mean_band(parts.shortcut.T), branch=mean_band(1 - parts.shortcut.T),
                sampled=sampled.counts, single=sampled.single(), product=mean_band(sampled.products.T),
                mean_length=triple(result.mean_length()), product_length=triple(result.product_length()),
            )
        )  # fmt: skip
        yield PathsFinding(list(arms), words=sentences(results) + skip_gradients.caveat(subject))


def _cost(replica: Replica, one_pass: float, skips: bool, samples: int) -> float:
    """Floating-point operations of one arm. A single path through all branches is a pass back, both ends are another.

    Args:
        one_pass: of a pass forward.
        samples: single paths of each length.
    """
    n = path_gradients.blocks(replica.stack)
    singles = single_paths.branches(n, samples) / n if skips else 1
    return one_pass * (n / 2 + 1 + singles)


def numbers_of(n: int, skips: bool = True) -> list[float]:
    """Share of the 2^n paths that have 0 … n branches: Binomial(n, ½), or all in n where there is one path."""
    return [comb(n, k) / 2**n if skips else float(k == n) for k in range(n + 1)]


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


def _table(experiment: Experiment, finding: PathsFinding) -> Table:
    """One row for each length; blocks of different arms may have different numbers of layers."""
    lengths = sorted({length for arm in finding.arms for length in arm.lengths})
    quantities = ("paths", "share", "one path", "product")
    heads = [f"{arm_name(experiment, arm)} {what}" for arm in finding.arms for what in quantities]
    by_length = [
        dict(zip(arm.lengths, numbers, strict=True))
        for arm in finding.arms
        for numbers in (arm.paths, arm.share[0], arm.single[0], arm.product[0])
    ]
    columns = [[numbers.get(length) for length in lengths] for numbers in by_length]
    return Table.of_columns(["weight layers", *heads], [lengths, *columns])


ANALYSIS = AnalysisRecord(
    name="paths",
    label="Paths",
    position=20,
    answers=(Answer(Paths, paths, steps(lambda question: question.depth)),),
    finding=PathsFinding,
    table=_table,
)
