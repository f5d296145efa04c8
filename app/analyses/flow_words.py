"""Sentences about the flow: how a gradient changes on its way back along the stream, and whether the arms differ."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.analyses.arm_comparison import ArmMeasure, extremes
from app.analyses.words import SAME, changed, percent, seeds_of, times

#: variance of ln(factor) between equal networks of 16 to 64 layers: half are within 1.3×, 19 of 20 within 11×
SPREAD = 1.0

Floats = NDArray[np.float64]


class ArmResult(NamedTuple):
    """What is known of one arm.

    Attributes:
        name: such as ``residual-32``.
        stream: numbers of the layers behind which the stream was measured.
        back: ‖∂L/∂h‖ there, [places, networks], input side first.
        shares: share of the gradient that comes by the shortcut, [blocks, networks].
        skips: whether there is a shortcut.
        seeds: which they are, counted from 0.
    """

    name: str
    stream: Sequence[int]
    back: Floats
    shares: Floats
    skips: bool
    seeds: Sequence[int]


def sentences(results: Sequence[ArmResult]) -> list[str]:
    """One sentence for each arm, and one that compares them.

    An arm's factor is the median over its seeds. Whether those of two arms differ: ``app.analyses.arm_comparison``.
    """
    words, changes = [], []
    for arm in results:
        arrived: NDArray[np.bool_] = np.all(np.isfinite(arm.back) & (arm.back > 0), axis=0)
        if not arrived.any():
            words.append(f"{arm.name}: no gradient that can be measured reaches layer 1")
            continue
        back = arm.back[:, arrived]
        ratios = back[0] / back[-1]
        with np.errstate(divide="ignore", invalid="ignore"):
            by_seed = np.where(arrived, arm.back[0] / arm.back[-1], np.nan)
        numbers = dict(zip(arm.seeds, by_seed.tolist(), strict=True))
        changes.append(ArmMeasure(arm.name, float(np.median(ratios)), numbers))
        text = f"{arm.name}: from layer {arm.stream[-1]} back to layer 1 the gradient {_change(ratios)}"
        drops = np.median(back[1:] / back[:-1], axis=1)
        place = int(np.argmax(drops))
        if drops[place] > SAME and len(drops) > 1:
            text += (
                f"; it shrinks most from layer {arm.stream[place + 1]} to {arm.stream[place]}, {times(drops[place])}"
            )
        if arm.skips:
            text += f"; {percent(float(np.median(arm.shares[:, arrived])))} of it comes by the shortcut (median block)"
        if not arrived.all():
            text += f"; in {(~arrived).sum()} of {len(arrived)} seeds none reaches layer 1"
        words.append(text)
    if len(changes) > 1:
        low, high, differ, basis = extremes(changes, SPREAD, SAME)
        if differ:
            parts = " and ".join(f"{changed(arm.median)} in {arm.name}" for arm in (low, high))
            words.append(f"On its way back to layer 1 the gradient {parts}{basis}")
        else:
            words.append(f"No clear difference between the arms in how the gradient changes back to layer 1{basis}")
    return words


def _change(ratios: Floats) -> str:
    """``shrinks 310×, 280× to 420× over 3 seeds``, from one ratio a seed."""
    middle = float(np.median(ratios))
    factors = 1 / ratios if middle < 1 / SAME else ratios
    return f"{changed(middle)}, {seeds_of(factors, times)}"
