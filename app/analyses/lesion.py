"""Lesions (Veit et al. 2016, arXiv 1605.06431): what a trained network does without some of its blocks.

All on the test set, with the running statistics of batch norm. Blocks are numbered from 1 over all stages. A block
that is taken out is replaced by its shortcut (``Block.without``); so is one of a plain network, whose blocks of
constant width pass on what they read. Dense transitions are no blocks and stay.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.analyses.bands import band, triple
from app.analyses.effort import afford, size_of
from app.analyses.programmes import Programme, blocks, examine, plan, whole
from app.analyses.subject import Patient, Subject
from app.analyses.words import at_chance, name_of, share
from app.contract.experiment import Experiment
from app.contract.findings import ArmCurve, Cut, Finding
from app.contract.questions import Deletions, Lesion, Lesions, Shuffle
from app.errors import Refused
from app.nets.block import Block
from app.nets.stack import Stack

#: accuracies that differ by no more than this are called equal
SAME = 0.02


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

    yield from _cut(subject, patients, cuts, _said_of_lesion(question))


def lesions(subject: Subject, question: Lesions) -> Iterator[float | Finding]:
    """Without each block in turn."""

    def cuts(stack: Stack) -> _Cuts:
        numbers = list(range(1, len(blocks(stack)) + 1))
        return _Cuts(numbers, [[_without(stack, {number})] for number in numbers])

    yield from _cut(subject, list(subject.patients(question.depth)), cuts, _said_of_lesions)


def deletions(subject: Subject, question: Deletions) -> Iterator[float | Finding]:
    """Without k random blocks, k from 0 up to ``most`` or all. Bands over seeds and draws.

    A draw is an order of all blocks, of which the first k go. Arms with equally many blocks get the same draws.
    """

    def cuts(stack: Stack) -> _Cuts:
        count = len(blocks(stack))
        orders = [_generator(question.seed, r, count).permutation(count) + 1 for r in range(question.repeats)]
        at = list(range(min(question.most, count) + 1))
        return _Cuts(at, [[_without(stack, set(order[:k].tolist())) for order in orders] for k in at])

    yield from _cut(subject, list(subject.patients(question.depth)), cuts, _said_along("block"))


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

    yield from _cut(subject, list(subject.patients(question.depth)), cuts, _said_along("swap"))


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

_Say = Callable[[Experiment, Sequence[Patient], Sequence[ArmCurve]], list[str]]


def _cut(
    subject: Subject, patients: Sequence[Patient], cuts: Callable[[Stack], _Cuts], say: _Say
) -> Iterator[float | Finding]:
    """Examine every arm; after each there is a finding of those that are done."""
    x, y = subject.test_x, subject.test_y
    todo = [(patient, size_of(patient.stack, x), cuts(patient.stack)) for patient in patients]
    flops = 0.0
    for patient, size, (_, programmes) in todo:
        passes = plan([one for row in programmes for one in row])[2]
        flops += 2 * size.multiply_adds * len(x) * patient.stack.k * passes / len(patient.stack.steps())
    afford(flops, "depth", "ask at a smaller depth, or for fewer draws")
    curves: list[ArmCurve] = []
    for number, (patient, size, (at, programmes)) in enumerate(todo):
        stack = patient.stack
        share = (number / len(todo), (number + 1) / len(todo))
        together = [whole(stack), *(one for row in programmes for one in row)]
        accuracy, loss = yield from examine(stack, size, x, y, together, share)
        repeats = len(programmes[0])
        curves.append(
            ArmCurve(
                patient.cell.arm, patient.cell.layers, at,
                band(_by_entry(accuracy[1:], repeats)), band(_by_entry(loss[1:], repeats)),
                triple(accuracy[0]), triple(loss[0]),
            )
        )  # fmt: skip
        yield Cut(list(curves), say(subject.experiment, patients, curves))


def _by_entry(values: NDArray[np.float64], repeats: int) -> NDArray[np.float64]:
    """[entries · repeats, seeds] → [repeats · seeds, entries]."""
    return values.reshape(-1, repeats * values.shape[1]).T


# Words


def _before(curve: ArmCurve) -> float:
    return curve.accuracy_before[0] or 0.0


def _numbers(column: Sequence[float | None]) -> NDArray[np.float64]:
    return np.array([0.0 if x is None else x for x in column])


def _said(
    experiment: Experiment,
    patients: Sequence[Patient],
    curves: Sequence[ArmCurve],
    tell: Callable[[str, ArmCurve], str],
    after: Callable[[ArmCurve], float | None],
    what: str,
) -> list[str]:
    """A sentence an arm, and one that compares those that had learned something.

    Args:
        tell: the sentence about an arm of this name.
        after: the accuracy that stands for an arm when it is cut; None where it could not be cut like the others.
        what: how the arms are cut, for the comparison.
    """
    words, drops = [], []
    for curve, patient in zip(curves, patients, strict=False):
        name = name_of(experiment, patient.cell)
        if at_chance(experiment, _before(curve)):
            words.append(f"{name}: the whole network is at chance ({share(_before(curve))}); there is nothing to lose")
            continue
        words.append(tell(name, curve))
        left = after(curve)
        if left is not None:
            drops.append((_before(curve) - left, name))
    if len(drops) > 1:
        (least, gentle), (most, hard) = min(drops), max(drops)
        if round(100 * most) <= 0:
            words.append(f"No arm loses accuracy {what}")
        elif most - least <= SAME:
            words.append(f"No difference between the arms: {what}, each loses {_drop(least)} to {_drop(most)}")
        else:
            gains = "gains " * (round(100 * least) < 0)
            words.append(
                f"{what.capitalize()}, {hard} loses {_drop(most)} of accuracy and {gentle} {gains}{_drop(abs(least))}"
            )
    return words


def _drop(drop: float) -> str:
    points = round(100 * max(0.0, drop))
    return f"{points} point{'s' * (points != 1)}"


def _said_of_lesion(question: Lesion) -> _Say:
    numbers = sorted(set(question.blocks))
    named = f"block{'s' * (len(numbers) > 1)} {', '.join(map(str, numbers))}" if len(numbers) <= 4 else (
        f"{len(numbers)} blocks"
    )  # fmt: skip

    def tell(name: str, curve: ArmCurve) -> str:
        if not curve.at[0]:
            return f"{name} has no {named}: {share(_before(curve))} as before"
        there = named if curve.at[0] == len(numbers) else f"{curve.at[0]} of the {len(numbers)} blocks asked for"
        after = _after_first(curve)
        verdict = ", no difference to speak of" if abs(_before(curve) - after) <= SAME else ""
        return f"{name}: without {there}, accuracy {share(after)} ({share(_before(curve))} whole){verdict}"

    def after_all(curve: ArmCurve) -> float | None:
        return _after_first(curve) if curve.at[0] == len(numbers) else None

    return partial(_said, tell=tell, after=after_all, what=f"without {named}")


def _after_first(curve: ArmCurve) -> float:
    return float(_numbers(curve.accuracy[0])[0])


def _said_of_lesions(experiment: Experiment, patients: Sequence[Patient], curves: Sequence[ArmCurve]) -> list[str]:
    def tell(name: str, curve: ArmCurve) -> str:
        accuracy, before = _numbers(curve.accuracy[0]), _before(curve)
        text = f"{name}: without one block, median accuracy {share(np.median(accuracy))} ({share(before)} whole)"
        worst = int(np.argmin(accuracy))
        if before - accuracy[worst] <= SAME:
            return f"{text}; no single block matters"
        return f"{text}; the worst is block {curve.at[worst]}, {share(accuracy[worst])}"

    return _said(experiment, patients, curves, tell, _median_after, "without one block (median)")


def _median_after(curve: ArmCurve) -> float:
    return float(np.median(_numbers(curve.accuracy[0])))


def _said_along(unit: str) -> _Say:
    def tell(name: str, curve: ArmCurve) -> str:
        accuracy = _numbers(curve.accuracy[0])
        if len(accuracy) == 1:
            return f"{name}: no two blocks have one shape, so there is nothing to swap"
        last = curve.at[-1]
        text = f"{name}: median accuracy {share(_before(curve))} whole, {share(accuracy[1])} after 1 {unit}"
        text += f", {share(accuracy[-1])} after {last} {unit}s" if last > 1 else ""
        return text + ("; no difference to speak of" if _before(curve) - accuracy.min() <= SAME else "")

    def second(curve: ArmCurve) -> float | None:
        return float(_numbers(curve.accuracy[0])[1]) if len(curve.at) > 1 else None

    what = "without 1 random block" if unit == "block" else "after 1 swap"
    return partial(_said, tell=tell, after=second, what=what)
