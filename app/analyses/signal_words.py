"""Words of the signal: what becomes of two inputs on their way, how the Jacobian spreads, whether the arms differ."""

from collections.abc import Callable, Mapping, Sequence
from itertools import combinations
from math import comb, log
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.analyses.bands import apart
from app.analyses.words import number, share, signed

#: cosines closer than this, and sizes of Jacobians within this factor, are called alike
SAME_COSINE, SAME_SIZE = 0.05, 2.0

Floats = NDArray[np.float64]


class Measured(NamedTuple):
    """One arm in one state of training, [states or blocks, networks].

    Attributes:
        correlation: mean cosine of the states of two inputs.
        spectrum: ``largest``, ``median``, ``smallest`` singular value and ``mean_square``; empty if not asked for.
        branch_share: of the variance at every ⊕; None where the arm has none.
    """

    correlation: Floats
    spectrum: Mapping[str, Floats]
    branch_share: Floats | None


class ArmResult(NamedTuple):
    """What the words are made of: one arm.

    Attributes:
        name: such as ``residual-32``.
        before, after: with the initial weights and with those asked about.
        expected: cosine after the last block that theory predicts before training; None where it has none.
        step: of the weights asked about.
    """

    name: str
    before: Measured
    after: Measured
    expected: float | None
    step: int


def sentences(results: Sequence[ArmResult]) -> list[str]:
    """A sentence an arm, and one that compares what stands behind the last block with the weights asked about.

    Two arms differ where Welch's t-test tells their seeds apart and the difference is worth telling; one seed tells
    nothing.
    """
    words = [_of(arm) for arm in results]
    if len(results) > 1:
        words.append(_compared(results))
    return words


def _of(arm: ArmResult) -> str:
    before, after, later = arm.before, arm.after, f"at step {arm.step}"
    text = f"{arm.name}: the cosine of two inputs after the last block is {_cosine(before.correlation[-1])}"
    text += " before training"
    text += f" (theory {signed(arm.expected)})" if arm.expected is not None else ""
    text += f" and {_cosine(after.correlation[-1])} {later}" if arm.step else ""
    if before.spectrum:
        text += f"; the mean square singular value of the Jacobian there is {_size(before)}"
        text += f" and {_size(after)}" if arm.step else ""
    if before.branch_share is not None and after.branch_share is not None:
        text += f"; the branch brings {_shares(before.branch_share)} before training"
        text += f", {_shares(after.branch_share, short=True)} {later}" if arm.step else ""
    return text + (" (one seed)" if before.correlation.shape[1] == 1 else "")


def _compared(results: Sequence[ArmResult]) -> str:
    step = results[0].step
    when = f"at step {step}" if step else "before training"
    if min(arm.after.correlation.shape[1] for arm in results) < 2:
        return f"Whether the arms differ {when} cannot be told from one seed"
    pairs = 2 * comb(len(results), 2)
    alike = _furthest(results, lambda arm: arm.after.correlation[-1], SAME_COSINE, pairs)
    found = []
    if alike:
        low, high = (f"{arm.name} ({_cosine(arm.after.correlation[-1])})" for arm in alike)
        found.append(f"two inputs are more alike after the last block in {high} than in {low}")
    if all(arm.after.spectrum for arm in results):
        larger = _furthest(results, lambda arm: np.log(arm.after.spectrum["mean_square"][-1]), log(SAME_SIZE), pairs)
        if larger:
            low, high = (f"{arm.name} ({_size(arm.after)})" for arm in larger)
            found.append(f"the Jacobian there is larger in {high} than in {low}")
    if not found:
        return f"No clear difference between the arms after the last block {when}"
    return f"{when.capitalize()} {' and '.join(found)}"


def _furthest(
    results: Sequence[ArmResult], measure: Callable[[ArmResult], Floats], least: float, comparisons: int
) -> tuple[ArmResult, ArmResult] | None:
    """The two arms whose medians are furthest apart, the lower first, among those that differ."""
    found = []
    with np.errstate(divide="ignore"):
        values = [(measure(arm), arm) for arm in results]
    # where nothing arrives there is no size, and nothing to compare
    values = [(own, arm) for own, arm in values if np.isfinite(own).all()]
    for one, other in combinations(values, 2):
        (low, lower), (high, higher) = sorted((one, other), key=lambda pair: float(np.median(pair[0])))
        distance = float(np.median(high) - np.median(low))
        if distance > least and apart(low, high, comparisons):
            found.append((distance, lower, higher))
    return max(found, key=lambda pair: pair[0])[1:] if found else None


def _cosine(values: Floats) -> str:
    middle = float(np.median(values))
    return signed(middle) if np.isfinite(middle) else "undefined"


def _size(measured: Measured) -> str:
    middle = float(np.median(measured.spectrum["mean_square"][-1]))
    return number(middle) if np.isfinite(middle) else "not finite"


def _shares(values: Floats, *, short: bool = False) -> str:
    """``75 % of the variance at the first ⊕ and 5 % at the last``."""
    first, last = (float(np.median(values[index])) for index in (0, -1))
    written = ["undefined" if not np.isfinite(one) else share(one) for one in (first, last)]
    if len(values) == 1:
        return written[0] if short else f"{written[0]} of the variance at its ⊕"
    if short:
        return f"{written[0]} and {written[1]}"
    return f"{written[0]} of the variance at the first ⊕ and {written[1]} at the last"
