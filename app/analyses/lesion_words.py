"""Sentences about lesions: what each arm loses without some blocks, and whether the arms differ in it.

All accuracies in words are medians, as in the pictures; whether a change or a difference is clear is judged seed by
seed. An arm's loss compares the same networks before and after, so only the sampling error of the test set matters.
Whether two arms differ in it also depends on chance in training: ``app.evidence.gap`` allows for both.
"""

from collections.abc import Callable, Collection, Sequence
from functools import partial
from math import comb, sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.analyses.words import share
from app.evidence import CONFIDENCE, Gap, at_chance, critical, gap


class ArmResult(NamedTuple):
    """What is known of one arm.

    Attributes:
        name: such as ``residual-32``.
        at: the entries, as in ``app.analyses.kinds.lesion.ArmCurve``.
        before: accuracy of the whole networks, one for each seed.
        after: accuracies [entries of ``at``, draws, seeds].
        examples, classes: of the test set.
    """

    name: str
    at: list[int]
    before: NDArray[np.float64]
    after: NDArray[np.float64]
    examples: int
    classes: int

    def change(self, entry: int, comparisons: int = 1) -> Gap:
        """From the whole networks to what is left of them at an entry, the mean over the draws.

        These are the same weights, so training adds no noise; the test set alone is a sample.
        """
        before, after = self.before, self.after[entry].mean(0)
        variance = float((before * (1 - before) + after * (1 - after)).mean()) / self.examples / len(before)
        factor = critical(1 - (1 - CONFIDENCE) / comparisons)
        return Gap(float((after - before).mean()), factor * sqrt(variance), len(before))

    def gap(self, after: NDArray[np.float64], comparisons: int) -> Gap:
        """From the whole networks to accuracies ``after``, one a seed, for a comparison with other arms."""
        found = gap(self.before, after, self.examples, comparisons)
        assert found is not None
        return found


#: from the arms' results to sentences
Sentences = Callable[[Sequence[ArmResult]], list[str]]


def _sentences(
    results: Sequence[ArmResult],
    describe: Callable[[ArmResult], str],
    compared: Callable[[ArmResult, int], tuple[Gap, float] | None],
    what: str,
) -> list[str]:
    """One sentence for each arm, and one that compares those that had learned something.

    Args:
        describe: makes the sentence about an arm.
        compared: the change by which an arm is compared, tested for that many comparisons, and the median accuracy
            after it; None where the arm was not cut like the others.
        what: how the arms are cut, for the comparison.
    """
    words, drops = [], []
    for arm in results:
        before = float(np.median(arm.before))
        if at_chance(before, arm.classes, arm.examples):
            words.append(f"{arm.name}: the whole network is at chance ({share(before)}); there is nothing to lose")
            continue
        words.append(describe(arm))
        found = compared(arm, max(1, comb(len(results), 2)))
        if found is not None:
            change, after = found
            drops.append((change, before - after, arm.name))
    if len(drops) > 1:
        drops.sort(key=lambda drop: -drop[0].difference)
        (gentle, least, softer), (hard, most, harder) = drops[0], drops[-1]
        # each margin is that of one drop; two independent drops differ by no more than this
        if gentle.difference - hard.difference <= float(np.hypot(gentle.margin, hard.margin)):
            changes = _change(most, least)
            words.append(f"No clear difference between the arms: {what}, median accuracy changes by {changes}")
        else:
            words.append(f"{what.capitalize()}, {harder} {_changes(most)} and {softer} {_changes(least)}")
    return words


def _change(*drops: float) -> str:
    """Points of accuracy, a loss with a minus sign: ``−4 to 0 points``."""
    points = dict.fromkeys(f"{round(-100 * drop):d}".replace("-", "−") for drop in drops)
    return " to ".join(points) + " points"


def _changes(drop: float) -> str:
    points = round(100 * abs(drop))
    verb = "gains" if drop < 0 < points else "loses"
    return f"{verb} {points} point{'s' * (points != 1)} of median accuracy"


def without_blocks(asked: Collection[int]) -> Sentences:
    """Sentences about the networks without the asked blocks."""
    numbers = sorted(set(asked))
    named = f"block{'s' * (len(numbers) > 1)} {', '.join(map(str, numbers))}" if len(numbers) <= 4 else (
        f"{len(numbers)} blocks"
    )  # fmt: skip

    def describe(arm: ArmResult) -> str:
        before, cut = float(np.median(arm.before)), arm.at[0]
        if not cut:
            return f"{arm.name} has no {named}: {share(before)} as before"
        there = named if cut == len(numbers) else f"{cut} of the {len(numbers)} blocks asked for"
        text = f"{arm.name}: without {there}, median accuracy {share(np.median(arm.after))} ({share(before)} whole)"
        return text + _verdict(arm.change(0))

    def compared(arm: ArmResult, comparisons: int) -> tuple[Gap, float] | None:
        if arm.at[0] != len(numbers):
            return None
        return arm.gap(arm.after[0].mean(0), comparisons), float(np.median(arm.after))

    return partial(_sentences, describe=describe, compared=compared, what=f"without {named}")


def _verdict(*gaps: Gap) -> str:
    verdict = "" if any(found.clear for found in gaps) else ", no clear difference"
    return verdict + _seeds(gaps[0])


def _seeds(found: Gap) -> str:
    return " (one seed)" if found.seeds == 1 else ""


def without_each(results: Sequence[ArmResult]) -> list[str]:
    """Sentences about the networks without each block in turn."""

    def describe(arm: ArmResult) -> str:
        after = np.median(arm.after[:, 0], axis=1)
        text = f"{arm.name}: without one block, median accuracy {share(np.median(after))}"
        text += f" ({share(np.median(arm.before))} whole)"
        worst = int(np.argmin(after))
        # the worst is chosen among all
        found = arm.change(worst, comparisons=len(after))
        text += f"; the worst is block {arm.at[worst]}, {share(after[worst])}" if found.clear else (
            "; no single block is clearly missed"
        )  # fmt: skip
        return text + _seeds(found)

    def compared(arm: ArmResult, comparisons: int) -> tuple[Gap, float]:
        after = arm.after[:, 0]
        return arm.gap(np.median(after, axis=0), comparisons), float(np.median(np.median(after, axis=1)))

    return _sentences(results, describe, compared, "without one block")


def after_changes(unit: str) -> Sentences:
    """Sentences about one change after another; ``unit`` is what changes: ``block`` (deleted) or ``swap``."""

    def describe(arm: ArmResult) -> str:
        if len(arm.at) == 1:
            return f"{arm.name}: no two blocks have one shape, so there is nothing to swap"
        last = arm.at[-1]
        text = f"{arm.name}: median accuracy {share(np.median(arm.before))} whole"
        text += f", {share(np.median(arm.after[1]))} after 1 {unit}"
        text += f", {share(np.median(arm.after[-1]))} after {last} {unit}s" if last > 1 else ""
        return text + _verdict(arm.change(1, 2), arm.change(len(arm.after) - 1, 2))

    def compared(arm: ArmResult, comparisons: int) -> tuple[Gap, float] | None:
        if len(arm.at) == 1:
            return None
        return arm.gap(arm.after[1].mean(0), comparisons), float(np.median(arm.after[1]))

    what = "without 1 random block" if unit == "block" else "after 1 swap"
    return partial(_sentences, describe=describe, compared=compared, what=what)
