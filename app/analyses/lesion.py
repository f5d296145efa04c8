"""Lesions (Veit et al. 2016, arXiv 1605.06431): what a trained network does without some of its blocks.

All on the test set, with the running statistics of batch norm. Blocks are numbered from 1 over all stages. To take a
block out is to set its branch to zero, F(x) = 0 (``Block.without``): what stands on the shortcut stays, its scale λ and
its projection too, and the activation behind the ⊕. A plain block has no shortcut; it is replaced by x, or where the
size changes by the shortcut without parameters. Dense transitions are no blocks and stay.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.analyses.bands import band, triple
from app.analyses.effort import afford, size_of
from app.analyses.lesion_words import Say, Told, said_along, said_of_lesion, said_of_lesions
from app.analyses.programmes import Programme, blocks, examine, plan, whole
from app.analyses.subject import Patient, Subject
from app.analyses.words import name_of
from app.contract.experiment import DATASET_SHAPES
from app.contract.findings import ArmCurve, Cut, Finding
from app.contract.questions import Deletions, Lesion, Lesions, Shuffle
from app.errors import Refused
from app.nets.block import Block
from app.nets.stack import Stack

Floats = NDArray[np.float64]


class _Cuts(NamedTuple):
    """What to do to one arm: for each entry of ``at`` the programmes, one a repeat."""

    at: list[int]
    programmes: list[list[Programme]]


def lesion(subject: Subject, question: Lesion) -> Iterator[float | Finding]:
    """Without the asked blocks. An arm that lacks some of them is judged without those that it has.

    Raises:
        Refused: no arm has a block of that number, or as ``Subject.patients``.
    """
    patients = list(subject.patients(question.depth))
    most = max(len(blocks(patient.stack)) for patient in patients)
    beyond = [number for number in question.blocks if number > most]
    if beyond:
        raise Refused(f"blocks: {beyond[0]} is over the number of blocks at depth {question.depth}, {most}", "blocks")

    def cuts(stack: Stack) -> _Cuts:
        there = {number for number in question.blocks if number <= len(blocks(stack))}
        return _Cuts([len(there)], [[_without(stack, there)]])

    yield from _cut(subject, patients, cuts, said_of_lesion(question))


def lesions(subject: Subject, question: Lesions) -> Iterator[float | Finding]:
    """Without each block in turn."""

    def cuts(stack: Stack) -> _Cuts:
        numbers = list(range(1, len(blocks(stack)) + 1))
        return _Cuts(numbers, [[_without(stack, {number})] for number in numbers])

    yield from _cut(subject, list(subject.patients(question.depth)), cuts, said_of_lesions)


def deletions(subject: Subject, question: Deletions) -> Iterator[float | Finding]:
    """Without k random blocks, k from 0 up to ``most`` or all. Bands over seeds and draws.

    A draw is an order of all blocks, of which the first k go. Arms with equally many blocks get the same draws.
    """

    def cuts(stack: Stack) -> _Cuts:
        count = len(blocks(stack))
        orders = [_generator(question.seed, r, count).permutation(count) + 1 for r in range(question.repeats)]
        at = list(range(min(question.most, count) + 1))
        return _Cuts(at, [[_without(stack, set(order[:k].tolist())) for order in orders] for k in at])

    yield from _cut(subject, list(subject.patients(question.depth)), cuts, said_along("block"))


def shuffle(subject: Subject, question: Shuffle) -> Iterator[float | Finding]:
    """After 0 … ``most`` random swaps of two places whose blocks have one shape. Bands over seeds and draws.

    A draw is a row of swaps, of which the first k are made. Arms with equal blocks get the same draws. An arm in
    which no two blocks have one shape (dense ones grow with every block) has the entry 0 alone.
    """

    def cuts(stack: Stack) -> _Cuts:
        pairs, count = _pairs(stack), len(blocks(stack))
        at = list(range(question.most + 1)) if pairs else [0]
        rows = [list(_swapped(stack, pairs, _generator(question.seed, r, count), at)) for r in range(question.repeats)]
        return _Cuts(at, [[row[k] for row in rows] for k in at])

    yield from _cut(subject, list(subject.patients(question.depth)), cuts, said_along("swap"))


# Programmes


def _without(stack: Stack, numbers: set[int]) -> Programme:
    out = {place for number, place in enumerate(blocks(stack), start=1) if number in numbers}
    return tuple(None if place in out else place for place in range(len(stack.steps())))


def _generator(seed: int, repeat: int, count: int) -> np.random.Generator:
    return np.random.default_rng((seed, repeat, count))


def _pairs(stack: Stack) -> list[tuple[int, int]]:
    """Pairs of places whose blocks have one shape."""
    steps, found = stack.steps(), []
    shapes = [(p, (s.into, s.out, s.stride)) for p in blocks(stack) if isinstance(s := steps[p], Block)]
    for index, (a, shape) in enumerate(shapes):
        found += [(a, b) for b, other in shapes[index + 1 :] if other == shape]
    return found


def _swapped(
    stack: Stack, pairs: list[tuple[int, int]], generator: np.random.Generator, at: Sequence[int]
) -> Iterator[Programme]:
    order = list(whole(stack))
    for swaps in at:
        if swaps:
            a, b = pairs[generator.integers(len(pairs))]
            order[a], order[b] = order[b], order[a]
        yield tuple(order)


# What they all do


def _cut(
    subject: Subject, patients: Sequence[Patient], cuts: Callable[[Stack], _Cuts], say: Say
) -> Iterator[float | Finding]:
    """Examine every arm; after each there is a finding of those that are done."""
    x, y = subject.test_x, subject.test_y
    todo = [(patient, size_of(patient.stack, x), cuts(patient.stack)) for patient in patients]
    flops = 0.0
    for patient, size, (_, programmes) in todo:
        passes = plan([one for row in programmes for one in row])[2]
        flops += 2 * size.multiply_adds * len(x) * patient.stack.k * passes / len(patient.stack.steps())
    afford(flops, "depth", "ask at a smaller depth, or for fewer draws")
    told: list[Told] = []
    for number, (patient, size, (at, programmes)) in enumerate(todo):
        part = (number / len(todo), (number + 1) / len(todo))
        together = [whole(patient.stack), *(one for row in programmes for one in row)]
        accuracy, loss = yield from examine(patient.stack, size, x, y, together, part)
        repeats = len(programmes[0])
        curve = ArmCurve(
            patient.cell.arm, patient.cell.layers, at,
            band(_by_entry(accuracy[1:], repeats)), band(_by_entry(loss[1:], repeats)),
            triple(accuracy[0]), triple(loss[0]),
        )  # fmt: skip
        after = accuracy[1:].reshape(len(at), repeats, -1)
        classes = DATASET_SHAPES[subject.experiment.dataset][2]
        told.append(Told(name_of(subject.experiment, patient.cell), curve, accuracy[0], after, len(x), classes))
        yield Cut([one.curve for one in told], say(told))


def _by_entry(values: Floats, repeats: int) -> Floats:
    """[entries · repeats, seeds] → [repeats · seeds, entries]."""
    return values.reshape(-1, repeats * values.shape[1]).T
