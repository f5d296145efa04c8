"""Words of lesions: what each arm loses without some blocks, and whether the arms differ in it.

What an arm loses is said of these very networks, before and after: whether that is a change at all is a matter of the
test set's sampling error. Whether two arms differ in it is a matter of training, too: ``app.evidence.gap`` holds
each drop.
"""

from collections.abc import Callable, Sequence
from functools import partial
from math import comb, sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.analyses.words import share
from app.contract.findings import ArmCurve
from app.contract.questions import Lesion
from app.evidence import CONFIDENCE, Gap, at_chance, critical, gap


class Told(NamedTuple):
    """What the words are made of: one arm cut up.

    Attributes:
        name: such as ``residual-32``.
        curve: as it is found.
        before: accuracy of the whole networks, one a seed.
        after: accuracies [entries of ``at``, draws, seeds].
        examples, classes: of the test set.
    """

    name: str
    curve: ArmCurve
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
        """From the whole networks to accuracies ``after``, one a seed, as one arm's drop is held against another's."""
        found = gap(self.before, after, self.examples, comparisons)
        assert found is not None
        return found


Say = Callable[[Sequence[Told]], list[str]]


def _said(
    told: Sequence[Told], tell: Callable[[Told], str], stands: Callable[[Told, int], Gap | None], what: str
) -> list[str]:
    """A sentence an arm, and one that compares those that had learned something.

    Args:
        tell: the sentence about an arm.
        stands: what stands for an arm, tested for that many comparisons; None where it was not cut like the others.
        what: how the arms are cut, for the comparison.
    """
    words, drops = [], []
    for arm in told:
        before = float(np.median(arm.before))
        if at_chance(before, arm.classes, arm.examples):
            words.append(f"{arm.name}: the whole network is at chance ({share(before)}); there is nothing to lose")
            continue
        words.append(tell(arm))
        found = stands(arm, max(1, comb(len(told), 2)))
        if found is not None:
            drops.append((-found.difference, found, arm.name))
    if len(drops) > 1:
        (least, gentle, softer), (most, hard, harder) = (pick(drops, key=lambda drop: drop[0]) for pick in (min, max))
        # each margin holds one drop; two independent ones differ by no more than this
        if most - least <= float(np.hypot(gentle.margin, hard.margin)):
            words.append(f"No clear difference between the arms: {what}, accuracy changes by {_change(most, least)}")
        else:
            words.append(f"{what.capitalize()}, {harder} {_changes(most)} and {softer} {_changes(least)}")
    return words


def _change(*drops: float) -> str:
    """Points of accuracy, a loss with its minus: ``−4 to 0 points``."""
    told = dict.fromkeys(f"{round(-100 * drop):d}".replace("-", "−") for drop in drops)
    return " to ".join(told) + " points"


def _changes(drop: float) -> str:
    points = round(100 * abs(drop))
    told = f"{points} point{'s' * (points != 1)} of accuracy"
    return f"{'gains' if drop < 0 < points else 'loses'} {told}"


def said_of_lesion(question: Lesion) -> Say:
    """How to tell of the network without the asked blocks."""
    numbers = sorted(set(question.blocks))
    named = f"block{'s' * (len(numbers) > 1)} {', '.join(map(str, numbers))}" if len(numbers) <= 4 else (
        f"{len(numbers)} blocks"
    )  # fmt: skip

    def tell(arm: Told) -> str:
        before, cut = float(np.median(arm.before)), arm.curve.at[0]
        if not cut:
            return f"{arm.name} has no {named}: {share(before)} as before"
        there = named if cut == len(numbers) else f"{cut} of the {len(numbers)} blocks asked for"
        text = f"{arm.name}: without {there}, accuracy {share(np.median(arm.after))} ({share(before)} whole)"
        return text + _verdict(arm.change(0))

    def stands(arm: Told, comparisons: int) -> Gap | None:
        return arm.gap(arm.after[0].mean(0), comparisons) if arm.curve.at[0] == len(numbers) else None

    return partial(_said, tell=tell, stands=stands, what=f"without {named}")


def _verdict(*gaps: Gap) -> str:
    verdict = "" if any(found.clear for found in gaps) else ", no clear difference"
    return verdict + _seeds(gaps[0])


def _seeds(found: Gap) -> str:
    return " (one seed)" if found.seeds == 1 else ""


def said_of_lesions(told: Sequence[Told]) -> list[str]:
    """Of the network without each block in turn."""

    def tell(arm: Told) -> str:
        after = np.median(arm.after[:, 0], axis=1)
        text = f"{arm.name}: without one block, median accuracy {share(np.median(after))}"
        text += f" ({share(np.median(arm.before))} whole)"
        worst = int(np.argmin(after))
        # the worst is chosen among all
        found = arm.change(worst, comparisons=len(after))
        text += f"; the worst is block {arm.curve.at[worst]}, {share(after[worst])}" if found.clear else (
            "; no single block is clearly missed"
        )  # fmt: skip
        return text + _seeds(found)

    def stands(arm: Told, comparisons: int) -> Gap:
        return arm.gap(np.median(arm.after[:, 0], axis=0), comparisons)

    return _said(told, tell, stands, "without one block (median)")


def said_along(unit: str) -> Say:
    """How to tell of one after another: ``block`` for those that went, ``swap``."""

    def tell(arm: Told) -> str:
        if len(arm.curve.at) == 1:
            return f"{arm.name}: no two blocks have one shape, so there is nothing to swap"
        last = arm.curve.at[-1]
        text = f"{arm.name}: median accuracy {share(np.median(arm.before))} whole"
        text += f", {share(np.median(arm.after[1]))} after 1 {unit}"
        text += f", {share(np.median(arm.after[-1]))} after {last} {unit}s" if last > 1 else ""
        return text + _verdict(arm.change(1, 2), arm.change(len(arm.after) - 1, 2))

    def stands(arm: Told, comparisons: int) -> Gap | None:
        return arm.gap(arm.after[1].mean(0), comparisons) if len(arm.curve.at) > 1 else None

    what = "without 1 random block" if unit == "block" else "after 1 swap"
    return partial(_said, tell=tell, stands=stands, what=what)
