"""Lesions (Veit et al. 2016, arXiv 1605.06431): what a trained network does without some of its blocks.

All on the test set, with the running statistics of batch norm. Blocks are numbered from 1 over all stages. Without a
block means with its branch at zero, F(x) = 0 (``Block.without``): the shortcut stays, with its scale λ and its
projection, and so does the activation after the ⊕. A plain block has no shortcut; it is replaced by x, or where the
size changes by the shortcut without parameters. Dense transitions are not blocks and stay.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from app.analyses.bands import band, triple
from app.analyses.cost import Size, check_cost, size_of
from app.analyses.lesion_words import ArmResult, Sentences, after_changes, without_blocks, without_each
from app.analyses.record import AnalysisRecord, Answer, Table, steps
from app.analyses.words import arm_name, name_of
from app.contract.experiment import DATASET_SHAPES, Experiment
from app.contract.findings import Band, Column, Finding
from app.contract.questions import Depth, Question, Seed
from app.errors import Refused
from app.lazy import Lazy

if TYPE_CHECKING:
    from app.analyses import block_orders
    from app.analyses.block_orders import BlockOrder
    from app.analyses.subject import Replica, Subject
    from app.nets.stack import Stack
else:
    block_orders = Lazy("app.analyses.block_orders")

Floats = NDArray[np.float64]


class Lesion(Question):
    """Accuracy and loss without some blocks (Veit et al. 2016)."""

    kind: Literal["lesion"] = "lesion"
    depth: Depth
    blocks: Annotated[tuple[Annotated[int, Field(ge=1, le=512)], ...], Field(min_length=1, max_length=512)]


class Lesions(Question):
    """Accuracy and loss without each block in turn."""

    kind: Literal["lesions"] = "lesions"
    depth: Depth


class Deletions(Question):
    """Accuracy and loss without k random blocks, k from 0 up; ``repeats`` draws for each k."""

    kind: Literal["deletions"] = "deletions"
    depth: Depth
    most: Annotated[int, Field(ge=1, le=100, description="most blocks deleted")] = 20
    repeats: Annotated[int, Field(ge=1, le=50)] = 10
    seed: Seed = 0


class Shuffle(Question):
    """Accuracy and loss after random swaps of two blocks of equal shape."""

    kind: Literal["shuffle"] = "shuffle"
    depth: Depth
    most: Annotated[int, Field(ge=1, le=100, description="most swaps")] = 16
    repeats: Annotated[int, Field(ge=1, le=50)] = 10
    seed: Seed = 0


@dataclass(frozen=True, slots=True)
class ArmCurve:
    """Test accuracy and test loss of one arm along an axis.

    Attributes:
        arm: its number in the experiment.
        layers: weight layers.
        at: along the axis: block numbers, numbers of deleted blocks, or numbers of swaps.
        accuracy, loss: bands over seeds (and repeats), one number for each entry of ``at``.
        accuracy_before, loss_before: [median, low, high] of the whole network.
    """

    arm: int
    layers: int
    at: list[int]
    accuracy: Band
    loss: Band
    accuracy_before: Column
    loss_before: Column


@dataclass(frozen=True, slots=True)
class Cut(Finding):
    """Of ``Lesion`` (one entry in ``at``: how many blocks were out), ``Lesions``, ``Deletions`` and ``Shuffle``."""

    arms: list[ArmCurve]


class _Variants(NamedTuple):
    """What to evaluate of one arm: for each entry of ``at`` the block orders, one for each repeat."""

    at: list[int]
    orders: list[list[BlockOrder]]


def lesion(subject: Subject, question: Lesion) -> Iterator[float | Finding]:
    """Without the asked blocks. Of an arm that lacks some of them, those that it has are left out.

    Raises:
        Refused: no arm has a block of that number, or as ``Subject.replicas``.
    """
    replicas = list(subject.replicas(question.depth))
    most = max(len(block_orders.blocks(replica.stack)) for replica in replicas)
    beyond = [number for number in question.blocks if number > most]
    if beyond:
        raise Refused(f"blocks: {beyond[0]} is over the number of blocks at depth {question.depth}, {most}", "blocks")

    def variants(stack: Stack) -> _Variants:
        there = {number for number in question.blocks if number <= len(block_orders.blocks(stack))}
        return _Variants([len(there)], [[block_orders.without(stack, there)]])

    yield from _cut(subject, replicas, variants, without_blocks(question.blocks))


def lesions(subject: Subject, question: Lesions) -> Iterator[float | Finding]:
    """Without each block in turn."""

    def variants(stack: Stack) -> _Variants:
        numbers = list(range(1, len(block_orders.blocks(stack)) + 1))
        return _Variants(numbers, [[block_orders.without(stack, {number})] for number in numbers])

    yield from _cut(subject, list(subject.replicas(question.depth)), variants, without_each)


def deletions(subject: Subject, question: Deletions) -> Iterator[float | Finding]:
    """Without k random blocks, k from 0 up to ``most`` or all. Bands over seeds and draws.

    A draw is a permutation of all blocks, of which the first k are deleted. Arms with equally many blocks get the same
    draws.
    """

    def variants(stack: Stack) -> _Variants:
        count = len(block_orders.blocks(stack))
        orders = [_generator(question.seed, r, count).permutation(count) + 1 for r in range(question.repeats)]
        at = list(range(min(question.most, count) + 1))
        return _Variants(at, [[block_orders.without(stack, set(order[:k].tolist())) for order in orders] for k in at])

    yield from _cut(subject, list(subject.replicas(question.depth)), variants, after_changes("block"))


def shuffle(subject: Subject, question: Shuffle) -> Iterator[float | Finding]:
    """After 0 … ``most`` random swaps of two blocks of equal shape. Bands over seeds and draws.

    A draw is a sequence of swaps, of which the first k are made. Arms with equal blocks get the same draws. An
    arm in which no two blocks have the same shape (dense ones grow with every block) only has the entry 0.
    """

    def variants(stack: Stack) -> _Variants:
        pairs, count = block_orders.equal_pairs(stack), len(block_orders.blocks(stack))
        at = list(range(question.most + 1)) if pairs else [0]
        rows = [list(_swapped(stack, pairs, _generator(question.seed, r, count), at)) for r in range(question.repeats)]
        return _Variants(at, [[row[k] for row in rows] for k in at])

    yield from _cut(subject, list(subject.replicas(question.depth)), variants, after_changes("swap"))


# Random draws


def _generator(seed: int, repeat: int, count: int) -> np.random.Generator:
    return np.random.default_rng((seed, repeat, count))


def _swapped(
    stack: Stack, pairs: list[tuple[int, int]], generator: np.random.Generator, at: Sequence[int]
) -> Iterator[BlockOrder]:
    order = list(block_orders.unchanged(stack))
    for swaps in at:
        if swaps:
            a, b = pairs[generator.integers(len(pairs))]
            order[a], order[b] = order[b], order[a]
        yield tuple(order)


# Common to all four


def _cost(replica: Replica, size: Size, examples: int, orders: Sequence[BlockOrder]) -> float:
    """Floating-point operations of evaluating one arm in all block orders."""
    computed = block_orders.plan(orders)[2]
    return 2.0 * size.multiply_adds * examples * replica.stack.k * computed / len(replica.stack.steps())


def _cut(
    subject: Subject, replicas: Sequence[Replica], variants: Callable[[Stack], _Variants], sentences: Sentences
) -> Iterator[float | Finding]:
    """Evaluate every arm; after each there is a finding of those that are done."""
    x, y = subject.test_x, subject.test_y
    todo = [(replica, size_of(replica.stack, x), variants(replica.stack)) for replica in replicas]
    flops = sum(
        _cost(replica, size, len(x), [one for row in orders for one in row]) for replica, size, (_, orders) in todo
    )
    check_cost(flops, "depth", "ask at a smaller depth, or for fewer draws")
    curves: list[ArmCurve] = []
    results: list[ArmResult] = []
    for number, (replica, size, (at, orders)) in enumerate(todo):
        part = (number / len(todo), (number + 1) / len(todo))
        together = [block_orders.unchanged(replica.stack), *(one for row in orders for one in row)]
        accuracy, loss = yield from block_orders.evaluate_orders(replica.stack, size, x, y, together, part)
        repeats = len(orders[0])
        curves.append(
            ArmCurve(
                replica.cell.arm, replica.cell.layers, at,
                band(_by_entry(accuracy[1:], repeats)), band(_by_entry(loss[1:], repeats)),
                triple(accuracy[0]), triple(loss[0]),
            )
        )  # fmt: skip
        after = accuracy[1:].reshape(len(at), repeats, -1)
        classes = DATASET_SHAPES[subject.experiment.dataset][2]
        results.append(ArmResult(name_of(subject.experiment, replica.cell), at, accuracy[0], after, len(x), classes))
        yield Cut(list(curves), words=sentences(results))


def _by_entry(values: Floats, repeats: int) -> Floats:
    """[entries · repeats, seeds] → [repeats · seeds, entries]."""
    return values.reshape(-1, repeats * values.shape[1]).T


def _table(experiment: Experiment, finding: Cut) -> Table:
    """One row for each entry along the axis, the medians of each arm as columns."""
    heads = [f"{arm_name(experiment, arm)} {what}" for arm in finding.arms for what in ("accuracy", "loss")]
    axis = max((arm.at for arm in finding.arms), key=len)
    columns = [column for arm in finding.arms for column in (arm.accuracy[0], arm.loss[0])]
    return Table.of_columns(["block or count", *heads], [axis, *columns])


ANALYSIS = AnalysisRecord(
    name="lesion",
    label="Lesion",
    position=10,
    answers=(
        Answer(Lesion, lesion),
        Answer(Lesions, lesions, steps(lambda question: question.depth)),
        Answer(Deletions, deletions, steps(lambda question: question.most * question.repeats)),
        Answer(Shuffle, shuffle, steps(lambda question: question.most * question.repeats)),
    ),
    finding=Cut,
    table=_table,
)
