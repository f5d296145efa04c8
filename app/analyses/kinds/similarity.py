"""Similarity: linear CKA of all layers of all arms with all, on test examples.

Kornblith et al. (2019, arXiv 1905.00414), Nguyen et al. (2021, arXiv 2010.15327); how it is estimated:
``app.analyses.cka``.

Layers are those that the diagrams count, the classifier too; the features of a layer are all numbers of its output, of
maps every pixel. Arms are compared seed by seed: networks of one seed begin with the same weights, so they are
more alike than networks of two seeds. What two networks of *one* arm have in common is measured between their seeds;
only what two arms have less than that is a difference between the arms.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from app.analyses.bands import band
from app.analyses.cost import MOST_SEEDS, check_cost, size_of
from app.analyses.record import AnalysisRecord, Answer, Table, steps
from app.analyses.similarity_words import ArmResult, sentences
from app.analyses.words import arm_name, name_of
from app.contract.experiment import Experiment
from app.contract.findings import Band, Column, Finding
from app.contract.questions import Depth, Question
from app.errors import Refused
from app.lazy import Lazy

if TYPE_CHECKING:
    from torch import Tensor

    from app.analyses import cka, hidden_states
    from app.analyses.subject import Replica, Subject
    from app.nets.stack import Stack
else:
    cka, hidden_states = (Lazy(f"app.analyses.{name}") for name in ("cka", "hidden_states"))

#: layers of all arms together that a finding shows; of more, as many of each arm at even distances
MOST_LAYERS = 128
#: numbers in all Gram matrices, and in all layers of one network for all examples
MOST_NUMBERS = 60_000_000
#: digits behind the point: what travels to every viewer stays under 150 kB
DIGITS = 3

Floats = NDArray[np.float64]


class Similarity(Question):
    """Linear CKA of all layers of all arms with all."""

    kind: Literal["similarity"] = "similarity"
    depth: Depth
    examples: Annotated[int, Field(ge=16, le=512, description="test examples")] = 256


@dataclass(frozen=True, slots=True)
class ArmLayers:
    """The layers of one arm.

    Attributes:
        shown: numbers of those that are shown, ascending, the first and the last among them.
        between_seeds: of each of ``shown``, the CKA of this layer in two seeds, a band over all pairs of (the first
            five) seeds; empty with one seed.
    """

    arm: int
    layers: int
    shown: list[int]
    between_seeds: Band


@dataclass(frozen=True, slots=True)
class LayerPairs:
    """The CKA of all shown layers of one arm with all of another, or its own.

    Attributes:
        arm, other: their numbers; ``arm`` is not over ``other``.
        cka: a row for each layer of ``arm``, a column for each of ``other``: median over the seeds that both have, each
            network with that of the same seed. Three digits behind the point. Empty where the arms have none in common.
    """

    arm: int
    other: int
    cka: list[Column]


@dataclass(frozen=True, slots=True)
class SimilarityFinding(Finding):
    """Of ``Similarity``.

    Attributes:
        examples: on which it was measured.
        pairs: of every arm with itself and with those after it.
    """

    examples: int
    arms: list[ArmLayers]
    pairs: list[LayerPairs]


def similarity(subject: Subject, question: Similarity) -> Iterator[float | Finding]:
    """On the first ``examples`` test examples, with the running statistics of batch norm, in double precision.

    After each arm there is a finding of those that are done.

    Raises:
        Refused: as ``Subject.replicas``, or the networks are too large.
    """
    replicas = list(subject.replicas(question.depth, seeds=MOST_SEEDS))
    x = subject.test_x[: question.examples].to(hidden_states.precise(subject.device))
    most = MOST_LAYERS // len(replicas)
    shown = [even(replica.cell.layers, most) for replica in replicas]
    _check_cost(replicas, shown, subject.test_x[: question.examples])
    arms: list[ArmLayers] = []
    pairs: list[LayerPairs] = []
    results: list[ArmResult] = []
    for number, (replica, layers) in enumerate(zip(replicas, shown, strict=True)):
        progress = (number / len(replicas), (number + 1) / len(replicas))
        vectors = yield from _vectors(replica.stack, layers, x, progress)
        result = ArmResult(name_of(subject.experiment, replica.cell), layers, replica.seeds, vectors)
        results.append(result)
        arms.append(ArmLayers(replica.cell.arm, replica.cell.layers, layers, _between_seeds(result)))
        pairs += [LayerPairs(arms[n].arm, arms[-1].arm, _matrix(one, result)) for n, one in enumerate(results)]
        yield SimilarityFinding(len(x), list(arms), list(pairs), words=sentences(results))


def even(layers: int, most: int) -> list[int]:
    """Numbers of all of so many layers, or of at most ``most`` at even distances; always the first, the last hidden one
    and the classifier."""
    hidden_layers = np.linspace(1, layers - 1, min(layers, most) - 1).round().astype(int).tolist()
    return [*dict.fromkeys(hidden_layers), layers]


def _vectors(
    stack: Stack, layers: list[int], x: Tensor, progress: tuple[float, float]
) -> Generator[float, None, Floats]:
    """The unit vectors of ``app.analyses.cka`` of the layers, [layers, networks, pairs of examples]."""
    found = []
    for network in range(stack.k):
        found.append(np.stack([vector.cpu().numpy() for vector in cka.layer_vectors(stack, network, layers, x)]))
        yield progress[0] + (progress[1] - progress[0]) * (network + 1) / (stack.k + 1)
    return np.stack(found, axis=1)


def _between_seeds(arm: ArmResult) -> Band:
    pairs = [(arm.vectors[:, a] * arm.vectors[:, b]).sum(1) for a, b in combinations(range(len(arm.seeds)), 2)]
    return [_rounded(column) for column in band(np.stack(pairs))] if pairs else [[], [], []]


def _matrix(arm: ArmResult, other: ArmResult) -> list[Column]:
    """Median over the seeds that both have."""
    seeds = [(arm.seeds.index(seed), other.seeds.index(seed)) for seed in arm.seeds if seed in other.seeds]
    if not seeds:
        return []
    each = [arm.vectors[:, one] @ other.vectors[:, two].T for one, two in seeds]
    return [_rounded(row) for row in np.median(np.stack(each), axis=0)]


def _rounded(values: Iterable[float | None]) -> Column:
    return [round(float(x), DIGITS) + 0.0 if x is not None and np.isfinite(x) else None for x in values]


def _check_cost(replicas: list[Replica], shown: list[list[int]], x: Tensor) -> None:
    """Raise ``Refused`` if the layers or their Gram matrices take too long or too much room."""
    n, remedy = len(x), "ask for fewer examples or at a smaller depth"
    flops, numbers = 0.0, 0
    for replica, layers in zip(replicas, shown, strict=True):
        size = size_of(replica.stack, x)
        k = replica.stack.k
        numbers += n * n // 2 * len(layers) * k
        flops += 2.0 * size.multiply_adds * n * k + 2.0 * size.activations * n * n * len(layers) * k
        layer_numbers = size.activations * n * replica.cell.layers
        if layer_numbers > MOST_NUMBERS:
            raise Refused(
                f"examples: the layers of one network hold {layer_numbers:,} numbers, over the limit of "
                f"{MOST_NUMBERS:,}; {remedy}",
                "examples",
            )
    if numbers > MOST_NUMBERS:
        raise Refused(
            f"examples: {numbers:,} numbers in the Gram matrices are over the limit of {MOST_NUMBERS:,}; {remedy}",
            "examples",
        )
    total = sum(map(len, shown))
    check_cost(flops + 1.0 * n * n * total * total * MOST_SEEDS, "examples", remedy)


def _table(experiment: Experiment, finding: SimilarityFinding) -> Table:
    """Each layer of the first arm with the layer of the others that is most like it."""
    names = {arm.arm: arm_name(experiment, arm) for arm in finding.arms}
    shown = {arm.arm: arm.shown for arm in finding.arms}
    first = finding.arms[0]
    heads = [f"{names[first.arm]} layer"]
    columns: list[Column] = [list(first.shown)]
    if first.between_seeds[0]:
        heads.append("CKA of two seeds")
        columns.append(first.between_seeds[0])
    for pair in finding.pairs:
        if pair.arm == first.arm and pair.other != first.arm and pair.cka:
            best = [int(np.argmax([-1.0 if value is None else value for value in row])) for row in pair.cka]
            heads += [f"most like {names[pair.other]} layer", "CKA"]
            columns.append([shown[pair.other][index] for index in best])
            columns.append([row[index] for row, index in zip(pair.cka, best, strict=True)])
    return Table.of_columns(heads, columns)


ANALYSIS = AnalysisRecord(
    name="similarity",
    label="Similarity",
    position=90,
    answers=(Answer(Similarity, similarity, steps(lambda question: question.depth)),),
    finding=SimilarityFinding,
    table=_table,
)
